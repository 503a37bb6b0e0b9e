//! A row before it is a struct: cells by this program's column names.

use super::Pseudonyms;
use super::columns::Columns;
use super::ids::{clean, lost_digits, named};
use super::numbers::{Number, count_of, is_blank, is_missing, parse_bool, plain_count};
use jiff::{Timestamp, tz::TimeZone};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

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
    values: Vec<(&'static str, String)>,
    /// Of times that name none; UTC without it.
    zone: Option<TimeZone>,
    /// The handle as it was printed, where the cell `handle` hides it.
    account: Option<String>,
    /// What the file's columns mean.
    columns: Rc<Columns>,
    /// Cells that are unknown because something is wrong with them.
    faults: RefCell<Vec<CellError>>,
    /// The columns, by their number in `columns`, of which the row has a value.
    known: Cell<u32>,
}

impl Cells {
    pub(super) fn of(columns: Rc<Columns>, zone: Option<TimeZone>) -> Self {
        Self {
            zone,
            columns,
            ..Self::default()
        }
    }

    /// Adds a column that is not there yet.
    pub(super) fn push(&mut self, column: &'static str, value: String) {
        self.values.push((column, value));
    }

    pub(super) fn set(&mut self, column: &'static str, value: String) {
        match self.values.iter_mut().find(|(name, _)| *name == column) {
            Some(cell) => cell.1 = value,
            None => self.values.push((column, value)),
        }
    }

    /// Takes off ids what a spreadsheet put around them.
    ///
    /// # Errors
    /// The first id of which it has taken digits away.
    pub(super) fn clean_ids(&mut self) -> Result<(), CellError> {
        for (column, text) in &mut self.values {
            if named(column).is_none() {
                continue;
            }
            match clean(text) {
                Ok(Cow::Borrowed(id)) if id.len() == text.len() => {}
                Ok(id) => *text = id.into_owned(),
                Err(reason) => {
                    return Err(CellError {
                        column: (*column).to_owned(),
                        value: text.clone(),
                        reason,
                    });
                }
            }
            if let Some((digits, lost)) = lost_digits(text) {
                self.columns.long_id(column, digits, lost);
            }
        }
        Ok(())
    }

    /// Puts another text into a cell that is there.
    pub(super) fn replace(&mut self, column: &str, value: String) {
        if let Some((_, cell)) = self.values.iter_mut().find(|(name, _)| *name == column) {
            *cell = value;
        }
    }

    /// Puts pseudonyms in the place of ids and handles. What can be told from a handle itself is still told from it.
    pub(super) fn hide(&mut self, pseudonyms: &Pseudonyms) {
        self.account = self.raw("handle").map(str::to_owned);
        self.values = std::mem::take(&mut self.values)
            .into_iter()
            .filter_map(|(column, text)| Some((column, pseudonyms.cell(column, text)?)))
            .collect();
    }

    /// The handle behind a pseudonym; `None` where handles are not hidden.
    pub(super) fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// Every cell, as it stands.
    pub(super) fn all(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.values
            .iter()
            .map(|(column, text)| (*column, text.as_str()))
    }

    /// Forgets what reading the row has found, before it is read again.
    pub(super) fn begin(&self) {
        self.faults.borrow_mut().clear();
        self.known.set(0);
    }

    /// The faults of cells that need not be there, once the row is read; what is known of it is counted.
    pub(super) fn end(&self) -> Vec<CellError> {
        self.columns.count_row(self.known.get());
        self.faults.take()
    }

    /// The cell's text without surrounding blanks; `None` where it is absent or empty.
    #[must_use]
    pub fn text(&self, column: &str) -> Option<&str> {
        self.raw(column)
            .map(|v| v.trim_matches(is_blank))
            .filter(|v| !v.is_empty())
    }

    /// The cell exactly as it stands, also where it is empty; `None` where the column is absent.
    #[must_use]
    pub fn raw(&self, column: &str) -> Option<&str> {
        let cell = self.values.iter().find(|(name, _)| *name == column);
        cell.map(|(_, text)| text.as_str())
    }

    /// A column whose cell is longer than `bytes`, the first by name.
    pub(super) fn longer_than(&self, bytes: usize) -> Option<&'static str> {
        let long = self.values.iter().filter(|(_, value)| value.len() > bytes);
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

    /// What a cell says; where something is wrong with it, nothing is known, and the row goes on without it.
    pub(super) fn known<T>(&self, cell: Result<Option<T>, CellError>) -> Option<T> {
        cell.unwrap_or_else(|fault| {
            self.faults.borrow_mut().push(fault);
            None
        })
    }

    /// A number that may be missing.
    ///
    /// # Errors
    /// Where something stands there that is not a number.
    pub fn number(&self, column: &str) -> Result<Option<f64>, CellError> {
        let number = self.parse(column, |text| self.columns.number(column, text))?;
        Ok(number.map(|n| n.value))
    }

    /// An amount of money that may be missing, and its currency where a sign or a code beside it says one.
    ///
    /// # Errors
    /// Where something stands there that is not an amount.
    pub(super) fn amount(
        &self,
        column: &str,
    ) -> Result<Option<(f64, Option<&'static str>)>, CellError> {
        let number = self.parse(column, |text| {
            let number = self.columns.number(column, text)?;
            if number.percent {
                return Err(format!("{text:?} is a percentage, expected an amount"));
            }
            Ok(number)
        })?;
        Ok(number.map(
            |Number {
                 value, currency, ..
             }| (value, currency),
        ))
    }

    /// A count that may be missing; exports print -1 for one that is hidden.
    ///
    /// # Errors
    /// Where something stands there that is not a count.
    pub fn count(&self, column: &str) -> Result<Option<u64>, CellError> {
        let Some(count) = self.parse(column, |text| {
            if let Some(count) = plain_count(text) {
                return Ok(Some(count));
            }
            let number = self.columns.number(column, text)?;
            if (number.value + 1.0).abs() < f64::EPSILON {
                return Ok(None);
            }
            count_of(&number, text).map(Some)
        })?
        else {
            return Ok(None);
        };
        if count.is_none() {
            self.columns.unmark(column, &self.known);
        }
        Ok(count)
    }

    /// A whole number that may be missing, and may be negative.
    ///
    /// # Errors
    /// Where something stands there that is not a whole number.
    pub(super) fn score(&self, column: &str) -> Result<Option<i64>, CellError> {
        self.parse(column, |text| {
            if let Some(count) = plain_count(text) {
                return Ok(count as i64);
            }
            let number = self.columns.number(column, text)?;
            let sign = if number.value < 0.0 { -1 } else { 1 };
            let size = Number {
                value: number.value.abs(),
                ..number
            };
            count_of(&size, text).map(|count| sign * count as i64)
        })
    }

    /// A time that may be missing.
    ///
    /// # Errors
    /// Where something stands there that is not a time.
    pub fn time(&self, column: &str) -> Result<Option<Timestamp>, CellError> {
        let utc = TimeZone::UTC;
        let zone = self.zone.as_ref().unwrap_or(&utc);
        self.parse(column, |text| self.columns.time(column, text, zone))
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
            value: self.raw(column).unwrap_or_default().to_owned(),
            reason: reason.into(),
        }
    }

    fn parse<T>(
        &self,
        column: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, CellError> {
        let Some(text) = self.text(column).filter(|text| !is_missing(text)) else {
            return Ok(None);
        };
        let value = parse(text).map_err(|reason| self.error(column, reason))?;
        self.columns.mark(column, &self.known);
        Ok(Some(value))
    }
}
