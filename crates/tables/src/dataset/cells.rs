//! A row before it is a struct: cells by this program's column names.

use super::Pseudonyms;
use super::numbers::{is_missing, parse_bool, parse_count, parse_number};
use super::times::parse_time_in;
use jiff::{Timestamp, tz::TimeZone};
use std::collections::HashMap;

/// Why a row cannot be used: the column, its value and the reason, for the file of rejects.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CellError {
    /// This program's name of the column; empty where the whole row is meant.
    pub column: String,
    /// What stood there.
    pub value: String,
    /// Why that cannot be used.
    pub reason: String,
}

impl CellError {
    /// The same without what stood there, which may be anybody's name; file, line and column still lead to it.
    pub(super) fn unquoted(mut self) -> Self {
        self.value.clear();
        let quoted = self.reason.find('"').zip(self.reason.rfind('"'));
        if let Some((from, to)) = quoted.filter(|(from, to)| from < to) {
            self.reason.replace_range(from..=to, "what stands there");
        }
        self
    }
}

/// The cells of one row.
#[derive(Debug, Clone, Default)]
pub struct Cells {
    by_column: HashMap<&'static str, String>,
    /// Of times that name none; UTC without it.
    zone: Option<TimeZone>,
    /// The handle as it was printed, where the cell `handle` hides it.
    account: Option<String>,
}

impl Cells {
    pub(super) fn in_zone(zone: Option<TimeZone>) -> Self {
        Self {
            by_column: HashMap::new(),
            zone,
            account: None,
        }
    }

    pub(super) fn set(&mut self, column: &'static str, value: String) {
        self.by_column.insert(column, value);
    }

    /// Puts pseudonyms in the place of ids and handles. What can be told from a handle itself is still told from it.
    pub(super) fn hide(&mut self, pseudonyms: &Pseudonyms) {
        self.account = self.by_column.get("handle").cloned();
        self.by_column = std::mem::take(&mut self.by_column)
            .into_iter()
            .filter_map(|(column, text)| Some((column, pseudonyms.cell(column, text)?)))
            .collect();
    }

    /// The handle behind a pseudonym; `None` where handles are not hidden.
    pub(super) fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// The cell's text without surrounding blanks; `None` where it is absent or empty.
    #[must_use]
    pub fn text(&self, column: &str) -> Option<&str> {
        self.by_column
            .get(column)
            .map(|v| v.trim())
            .filter(|v| !v.is_empty())
    }

    /// The cell exactly as it stands, also where it is empty; `None` where the column is absent.
    #[must_use]
    pub fn raw(&self, column: &str) -> Option<&str> {
        self.by_column.get(column).map(String::as_str)
    }

    /// A column whose cell is longer than `bytes`, the first by name.
    pub(super) fn longer_than(&self, bytes: usize) -> Option<&'static str> {
        let long = self
            .by_column
            .iter()
            .filter(|(_, value)| value.len() > bytes);
        long.map(|(column, _)| *column).min()
    }

    /// A required text.
    ///
    /// # Errors
    /// Where it is empty.
    pub fn required(&self, column: &str) -> Result<&str, CellError> {
        self.text(column)
            .ok_or_else(|| self.error(column, "is empty, but required"))
    }

    /// A number that may be missing.
    ///
    /// # Errors
    /// Where something stands there that is not a number.
    pub fn number(&self, column: &str) -> Result<Option<f64>, CellError> {
        self.parse(column, parse_number)
    }

    /// A count that may be missing.
    ///
    /// # Errors
    /// Where something stands there that is not a count.
    pub fn count(&self, column: &str) -> Result<Option<u64>, CellError> {
        self.parse(column, parse_count)
    }

    /// A time that may be missing.
    ///
    /// # Errors
    /// Where something stands there that is not a time.
    pub fn time(&self, column: &str) -> Result<Option<Timestamp>, CellError> {
        let utc = TimeZone::UTC;
        let zone = self.zone.as_ref().unwrap_or(&utc);
        self.parse(column, |text| parse_time_in(text, zone))
    }

    /// Yes or no, that may be missing.
    ///
    /// # Errors
    /// Where something else stands there.
    pub fn flag(&self, column: &str) -> Result<Option<bool>, CellError> {
        self.parse(column, parse_bool)
    }

    /// An error about one of the cells.
    #[must_use]
    pub fn error(&self, column: &str, reason: impl Into<String>) -> CellError {
        CellError {
            column: column.to_owned(),
            value: self.by_column.get(column).cloned().unwrap_or_default(),
            reason: reason.into(),
        }
    }

    fn parse<T>(
        &self,
        column: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, CellError> {
        match self.text(column) {
            Some(text) if !is_missing(text) => parse(text)
                .map(Some)
                .map_err(|reason| self.error(column, reason)),
            _ => Ok(None),
        }
    }
}
