//! Rows of a table of cells, as CSV and spreadsheets have them: held to the header, without empty rows and totals.

use super::cells::CellError;
use super::notes::{Notes, lines};
use super::read::{Row, Visit};
use super::totals::{Total, total};
use crate::error::Result;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What stands between the names of columns that make one list together.
pub(super) const TOGETHER: char = '\u{1f}';

/// One row and where its columns stand.
struct TextRow<'a> {
    headers: &'a [String],
    text: &'a str,
    bounds: &'a [(usize, usize)],
    id: &'a dyn Fn() -> String,
}

impl TextRow<'_> {
    fn cell(&self, source: &str) -> Option<&str> {
        self.at(self.headers.iter().position(|h| h == source)?)
    }
}

impl Row for TextRow<'_> {
    fn at(&self, column: usize) -> Option<&str> {
        // A row that ends early has nothing there.
        let bounds = self.bounds.get(column);
        Some(bounds.map_or("", |&(a, b)| &self.text[a..b]))
    }

    fn get(&self, source: &str) -> Option<Cow<'_, str>> {
        if source == "@row" {
            return Some(Cow::Owned((self.id)()));
        }
        if source.contains(TOGETHER) {
            let cells = source.split(TOGETHER).filter_map(|name| self.cell(name));
            let filled: Vec<&str> = cells.map(str::trim).filter(|c| !c.is_empty()).collect();
            return Some(Cow::Owned(filled.join(" ")));
        }
        self.cell(source).map(Cow::Borrowed)
    }
}

/// A row that is kept back until it is known whether it is the last.
struct Held {
    line: u64,
    text: String,
    bounds: Vec<(usize, usize)>,
}

/// Hands on the rows of one table.
pub(super) struct TableRows {
    stem: String,
    headers: Vec<String>,
    /// Fields that a row must have at least.
    least: usize,
    rows: usize,
    held: Option<Held>,
    totals: Vec<u64>,
    /// Lines on which the header comes again, where files were put one behind the other.
    again: Vec<u64>,
    empty: usize,
    longer: usize,
}

impl TableRows {
    /// A table under `headers`; rows may have as few fields as `least`.
    pub(super) fn new(stem: String, headers: Vec<String>, least: Option<usize>) -> Self {
        Self {
            stem,
            least: least.unwrap_or(headers.len()),
            headers,
            rows: 0,
            held: None,
            totals: Vec::new(),
            again: Vec::new(),
            empty: 0,
            longer: 0,
        }
    }

    /// Hands on a row, unless it is none.
    pub(super) fn row(
        &mut self,
        line: u64,
        text: &str,
        bounds: &[(usize, usize)],
        visit: &mut Visit<'_>,
    ) -> Result<()> {
        let n = self.headers.len();
        let cells = || bounds.iter().map(|&(a, b)| &text[a..b]);
        let doubtful = match bounds.first() {
            Some(&(a, b)) => {
                text[a..b].is_empty()
                    || (b - a <= 32 && text[a..b].trim_start().starts_with(suspicious))
            }
            None => true,
        };
        let mut held = None;
        if self.is_header(text, bounds) {
            self.again.push(line);
            return Ok(());
        }
        if doubtful {
            if cells().all(|c| c.trim().is_empty()) && n > 1 {
                self.empty += 1;
                return Ok(());
            }
            match total(cells()) {
                Some(Total::Named) => {
                    self.totals.push(line);
                    return Ok(());
                }
                Some(Total::Unnamed) if self.rows == 0 => {
                    self.totals.push(line);
                    return Ok(());
                }
                Some(Total::Unnamed) => {
                    held = Some(Held {
                        line,
                        text: text.to_owned(),
                        bounds: bounds.to_vec(),
                    });
                }
                None => {}
            }
        }
        if let Some(before) = self.held.take() {
            self.hand_on(before.line, &before.text, &before.bounds, visit)?;
        }
        self.rows += 1;
        if held.is_some() {
            self.held = held;
            return Ok(());
        }
        self.hand_on(line, text, bounds, visit)
    }

    fn hand_on(
        &mut self,
        line: u64,
        text: &str,
        mut bounds: &[(usize, usize)],
        visit: &mut Visit<'_>,
    ) -> Result<()> {
        let n = self.headers.len();
        if bounds.len() > n
            && bounds[n..]
                .iter()
                .all(|&(a, b)| text[a..b].trim().is_empty())
        {
            bounds = &bounds[..n];
            self.longer += 1;
        }
        if bounds.len() > n || bounds.len() < self.least.min(n) {
            let reason = format!("{} fields, the header has {n}", bounds.len());
            return visit(
                line,
                Err(CellError {
                    column: String::new(),
                    value: text.to_owned(),
                    reason,
                }),
            );
        }
        let id = || format!("{}:{line}", self.stem);
        visit(
            line,
            Ok(&TextRow {
                headers: &self.headers,
                text,
                bounds,
                id: &id,
            }),
        )
    }

    /// Whether a row is the header once more, with or without the mark of a file's beginning.
    fn is_header(&self, text: &str, bounds: &[(usize, usize)]) -> bool {
        let Some((name, &(a, b))) = self.headers.first().zip(bounds.first()) else {
            return false;
        };
        let plain = |cell: &str| cell.trim().trim_matches(['\u{feff}', '"']).to_owned();
        text[a..b].ends_with(name.as_str())
            && bounds.len() == self.headers.len()
            && bounds.len() > 1
            && bounds
                .iter()
                .zip(&self.headers)
                .all(|(&(a, b), name)| plain(&text[a..b]) == *name)
    }

    /// The table's headers.
    pub(super) fn headers(&self) -> &[String] {
        &self.headers
    }

    /// Ends the table: says what was left out.
    pub(super) fn finish(self, notes: &Notes) {
        let mut totals = self.totals;
        totals.extend(self.held.map(|held| held.line));
        notes.leave_out(totals.len() + self.again.len() + self.empty);
        if !totals.is_empty() {
            let what = if totals.len() == 1 {
                "a row of totals"
            } else {
                "rows of totals"
            };
            notes.say(format!("{what} ({}) left out", lines(&totals)));
        }
        if !self.again.is_empty() {
            notes.say(format!(
                "the header comes again ({}); left out",
                lines(&self.again)
            ));
        }
        if self.empty > 0 {
            notes.say(format!("{} empty rows left out", self.empty));
        }
        if self.longer > 0 {
            notes.say(format!(
                "{} rows end with more separators than the header; nothing stands behind them",
                self.longer
            ));
        }
    }
}

/// Letters that a row of totals may begin with, told fast.
fn suspicious(c: char) -> bool {
    matches!(c, 't' | 'T' | 'g' | 'G' | 's' | 'S' | 'i' | 'I' | 'o' | 'O')
}

/// Says which names of columns come more than once.
pub(super) fn check_names(headers: &[String], notes: &Notes) {
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for name in headers.iter().filter(|name| !name.is_empty()) {
        *times.entry(name).or_default() += 1;
    }
    for (name, _) in times.into_iter().filter(|(_, times)| *times > 1).take(10) {
        notes.say(format!(
            "several columns are called {name:?}; the first of them is read"
        ));
    }
}
