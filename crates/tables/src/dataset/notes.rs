//! What is said about how a file was read: its encoding, where its header stands, what was left out.

use std::cell::RefCell;
use std::rc::Rc;

/// Remarks on one file, gathered while it is read.
#[derive(Debug, Clone, Default)]
pub(super) struct Notes(Rc<RefCell<Vec<String>>>);

impl Notes {
    /// Adds a remark; one that was made before is not made again.
    pub(super) fn say(&self, text: impl Into<String>) {
        let text = text.into();
        let mut said = self.0.borrow_mut();
        if !said.contains(&text) {
            said.push(text);
        }
    }

    /// All remarks so far, in order.
    pub(super) fn all(&self) -> Vec<String> {
        self.0.borrow().clone()
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
