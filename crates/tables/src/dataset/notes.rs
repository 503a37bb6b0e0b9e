//! What is said about how a file was read: its encoding, where its header stands, what was left out.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Remarks on one file, gathered while it is read.
#[derive(Debug, Clone, Default)]
pub(super) struct Notes {
    said: Rc<RefCell<Vec<String>>>,
    left_out: Rc<Cell<usize>>,
}

impl Notes {
    /// Adds a remark; one that was made before is not made again.
    pub(super) fn say(&self, text: impl Into<String>) {
        let text = text.into();
        let mut said = self.said.borrow_mut();
        if !said.contains(&text) {
            said.push(text);
        }
    }

    /// All remarks so far, in order.
    pub(super) fn all(&self) -> Vec<String> {
        self.said.borrow().clone()
    }

    /// Sets how many rows were no rows of the table: totals, headers that come again, empty ones. A file that is looked
    /// through twice says it twice.
    pub(super) fn leave_out(&self, rows: usize) {
        self.left_out.set(rows);
    }

    /// Rows that were left out.
    pub(super) fn left_out(&self) -> usize {
        self.left_out.get()
    }
}

/// Line numbers for a remark: the first few of many.
pub(super) fn lines(lines: &[u64]) -> String {
    let shown: Vec<String> = lines.iter().take(5).map(u64::to_string).collect();
    let word = if lines.len() == 1 { "line" } else { "lines" };
    let more = if lines.len() > shown.len() {
        ", …"
    } else {
        ""
    };
    format!("{word} {}{more}", shown.join(", "))
}
