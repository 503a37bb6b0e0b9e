//! One meaning per column: which decimal mark its numbers have and in which order its dates stand, settled by the cells
//! that fit only one.
//!
//! A file is read row by row as long as no cell depends on what stands elsewhere. The first that does has the whole
//! file looked through once ([`Columns::look`], then [`Columns::settle`]), and the reading goes on by what was found
//! there.

use super::evidence::{DateEvidence, NumberEvidence, Verdict};
use super::numbers::{Decimal, Marks, Number, Shape, read_number, shape};
use super::times::{DateOrder, Dated, dated};
use jiff::Timestamp;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// How many: whole, not negative.
    Count,
    /// Any number.
    Amount,
    /// A moment or a day.
    Time,
}

/// What the cells of a table's column are; `None` for texts.
pub(super) fn meaning(column: &str) -> Option<Meaning> {
    Some(match column {
        "followers" | "following" | "posts_count" | "likes" | "comments" | "shares" | "saves"
        | "views" | "reach" | "quantity" => Meaning::Count,
        "price" | "value" | "amount" | "outcome" | "gain" | "refunded" => Meaning::Amount,
        "published_at" | "created_at" | "at" | "date" | "updated_at" => Meaning::Time,
        _ => return None,
    })
}

/// Why a column's cells are read as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Why {
    /// By cells that fit only this; the first of them.
    Cells(String),
    /// By what is likelier, which is said.
    Assumed(String),
}

/// What was found out about one column.
#[derive(Debug, Default)]
struct Column {
    decimal: Cell<Option<Decimal>>,
    order: Cell<Option<DateOrder>>,
    /// Why neither could be settled.
    refused: RefCell<Option<String>>,
    counts: Counts,
}

/// What was met on the way and is to be said.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) known: Cell<usize>,
    pub(super) ranges: Cell<usize>,
    pub(super) about: Cell<usize>,
    pub(super) scientific: Cell<usize>,
    pub(super) serial_days: Cell<usize>,
}

fn one_more(count: &Cell<usize>) {
    count.set(count.get() + 1);
}

/// The columns of one file.
#[derive(Debug, Default)]
pub(super) struct Columns {
    by_name: Vec<(&'static str, Column)>,
    /// Whether a cell was met that the others have to settle.
    asks: Cell<bool>,
    looked: Cell<bool>,
    /// Rows that were used.
    rows: Cell<usize>,
    /// Ids that are longer numbers than a spreadsheet keeps, by column.
    long_ids: RefCell<BTreeMap<&'static str, LongIds>>,
    notes: RefCell<Vec<String>>,
}

/// What a whole file says of its columns.
#[derive(Debug, Default)]
pub(super) struct Look {
    numbers: BTreeMap<&'static str, NumberEvidence>,
    dates: BTreeMap<&'static str, DateEvidence>,
}

impl Look {
    /// Takes one cell.
    pub(super) fn cell(&mut self, column: &'static str, text: &str, line: u64) {
        match meaning(column) {
            Some(Meaning::Time) => self.dates.entry(column).or_default().add(text, line),
            Some(meaning) => {
                let evidence = self.numbers.entry(column).or_default();
                evidence.add(text, line, meaning == Meaning::Count);
            }
            None => {}
        }
    }
}

/// Ids of a column that are numbers of more than fifteen digits.
#[derive(Debug, Default)]
struct LongIds {
    count: usize,
    /// Digits beyond the fifteenth, of all of them.
    digits: usize,
    /// Whether any of these digits is no nought.
    whole: bool,
}

/// What is known of a file beside its cells.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around {
    /// When it is read: no post is from later.
    pub(super) now: Timestamp,
    /// Whether `;` stands between its cells, as where commas stand before decimals.
    pub(super) semicolons: bool,
    /// What the flag or the map says, for what the cells leave open.
    pub(super) told: Conventions,
    /// What an earlier file of the same table was read by.
    pub(super) before: Conventions,
}

/// How the numbers and dates of a file are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Conventions {
    /// The decimal mark.
    pub decimal: Option<Decimal>,
    /// The order of day, month and year.
    pub dates: Option<DateOrder>,
}

impl Conventions {
    /// These, and for what they leave open the others.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            decimal: self.decimal.or(other.decimal),
            dates: self.dates.or(other.dates),
        }
    }
}

/// A problem with a whole column.
pub(super) struct Unsettled {
    pub(super) column: &'static str,
    pub(super) line: u64,
    pub(super) reason: String,
    /// Whether it is a few cells only, which their rows can be rejected for.
    pub(super) few: bool,
}

impl Columns {
    pub(super) fn new(names: impl Iterator<Item = &'static str>) -> Self {
        let typed = names.filter(|name| meaning(name).is_some());
        Self {
            by_name: typed.map(|name| (name, Column::default())).collect(),
            ..Self::default()
        }
    }

    /// Whether a cell was met that needs a look at the whole file; asked once.
    pub(super) fn asks(&self) -> bool {
        self.asks.replace(false)
    }

    /// Counts an id that is a number of more than fifteen digits.
    pub(super) fn long_id(&self, column: &'static str, digits: usize, lost: bool) {
        let mut all = self.long_ids.borrow_mut();
        let ids = all.entry(column).or_default();
        ids.count += 1;
        ids.digits += digits;
        ids.whole |= !lost;
    }

    /// A column whose ids have lost what stood behind their fifteenth digit: noughts stand there in all of them.
    pub(super) fn rounded_ids(&self) -> Option<&'static str> {
        let all = self.long_ids.borrow();
        let rounded = |ids: &LongIds| !ids.whole && ids.count >= 3 && ids.digits >= 6;
        all.iter()
            .find(|(_, ids)| rounded(ids))
            .map(|(column, _)| *column)
    }

    /// What there is to say of the file, in the order of the columns' names.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = self.notes.borrow().clone();
        let cells = |n: usize| {
            if n == 1 {
                "1 cell".to_owned()
            } else {
                format!("{n} cells")
            }
        };
        for (name, column) in &self.by_name {
            let counts = &column.counts;
            for (count, said) in [
                (&counts.ranges, "a range is read as its middle"),
                (&counts.about, "a number with + or ~ is read as it stands"),
                (
                    &counts.scientific,
                    "a number such as 1.24E+04 may be rounded by a spreadsheet",
                ),
                (
                    &counts.serial_days,
                    "a number of days is read as a spreadsheet's, from 1900 on",
                ),
            ] {
                if count.get() > 0 {
                    notes.push(format!("{name}: {said} ({})", cells(count.get())));
                }
            }
        }
        notes
    }

    fn column(&self, name: &str) -> Option<&Column> {
        self.at(name).map(|at| &self.by_name[at].1)
    }

    fn at(&self, name: &str) -> Option<usize> {
        self.by_name.iter().position(|(n, _)| *n == name)
    }

    /// Notes in a row's set that it has a value in a column.
    pub(super) fn mark(&self, name: &str, known: &Cell<u32>) {
        if let Some(at) = self.at(name) {
            known.set(known.get() | 1 << at);
        }
    }

    /// The contrary.
    pub(super) fn unmark(&self, name: &str, known: &Cell<u32>) {
        if let Some(at) = self.at(name) {
            known.set(known.get() & !(1 << at));
        }
    }

    /// Counts a row that is used, by the set of its known columns.
    pub(super) fn count_row(&self, known: u32) {
        one_more(&self.rows);
        for (at, (_, column)) in self.by_name.iter().enumerate() {
            let value = usize::from(known & 1 << at != 0);
            column.counts.known.set(column.counts.known.get() + value);
        }
    }

    /// How many of the used rows have no known value, by column.
    pub(super) fn unknown(&self) -> BTreeMap<&'static str, usize> {
        let counts = self
            .by_name
            .iter()
            .map(|(name, c)| (*name, self.rows.get() - c.counts.known.get()));
        counts.filter(|(_, n)| *n > 0).collect()
    }

    /// The decimal mark and the order of dates that this file was read by, for the next of the same table.
    pub(super) fn conventions(&self) -> Conventions {
        let decimals: Vec<Decimal> = self
            .by_name
            .iter()
            .filter_map(|(_, c)| c.decimal.get())
            .collect();
        let orders: Vec<DateOrder> = self
            .by_name
            .iter()
            .filter_map(|(_, c)| c.order.get())
            .collect();
        Conventions {
            decimal: all_alike(&decimals),
            dates: all_alike(&orders),
        }
    }

    /// A number by its column's decimal mark.
    pub(super) fn number(&self, name: &str, text: &str) -> Result<Number, String> {
        let Some(column) = self.column(name) else {
            let decimal = match shape(text)?.marks {
                Marks::Fits(decimal) => decimal,
                _ => Decimal::Point,
            };
            return read_number(text, decimal);
        };
        let found = shape(text)?;
        let decimal = self.decimal(column, &found, text)?;
        let number = read_number(text, decimal)?;
        match number.exactness {
            super::numbers::Exactness::Exact => {}
            super::numbers::Exactness::Range => one_more(&column.counts.ranges),
            super::numbers::Exactness::About => one_more(&column.counts.about),
            super::numbers::Exactness::Scientific => one_more(&column.counts.scientific),
        }
        Ok(number)
    }

    fn decimal(&self, column: &Column, shape: &Shape, text: &str) -> Result<Decimal, String> {
        if let Some(reason) = column.refused.borrow().as_ref()
            && shape.marks != Marks::Free
        {
            return Err(format!("{text:?}: {reason}"));
        }
        match (shape.marks, column.decimal.get()) {
            (Marks::Free, known) => Ok(known.unwrap_or(Decimal::Point)),
            (Marks::Either(_), Some(known)) => Ok(known),
            (Marks::Fits(own), Some(known)) if own == known || self.looked.get() => Ok(known),
            // What machines write; a column that has the other mark further down is found out there.
            (Marks::Fits(Decimal::Point), None) if !shape.abbreviated => {
                column.decimal.set(Some(Decimal::Point));
                Ok(Decimal::Point)
            }
            _ if self.looked.get() => Ok(Decimal::Point),
            _ => {
                self.asks.set(true);
                Err(String::new())
            }
        }
    }

    /// A time by its column's order of day, month and year.
    pub(super) fn time(
        &self,
        name: &str,
        text: &str,
        zone: &jiff::tz::TimeZone,
    ) -> Result<Timestamp, String> {
        let found = dated(text)?;
        let Some(column) = self.column(name) else {
            return found.moment(None, zone);
        };
        if found.is_serial_day() {
            one_more(&column.counts.serial_days);
        }
        if let Dated::Numeric { .. } = found
            && column.order.get().is_none()
        {
            if let Some(reason) = column.refused.borrow().as_ref() {
                return Err(format!("{text:?}: {reason}"));
            }
            if !self.looked.get() {
                self.asks.set(true);
                return Err(String::new());
            }
        }
        found.moment(column.order.get(), zone)
    }

    /// Settles every column by what the whole file says; gives those that nothing settles.
    pub(super) fn settle(&self, look: &Look, around: Around) -> Vec<Unsettled> {
        self.looked.set(true);
        let mut left = Vec::new();
        self.settle_numbers(look, around, &mut left);
        self.settle_dates(look, around, &mut left);
        left
    }

    fn settle_numbers(&self, look: &Look, around: Around, left: &mut Vec<Unsettled>) {
        let mut open = Vec::new();
        let mut known = Vec::new();
        for (name, evidence) in &look.numbers {
            let Some(column) = self.column(name) else {
                continue;
            };
            // What was read so far was read by it.
            let locked = column.decimal.get();
            let free = |decimal| locked.is_none_or(|locked| locked == decimal);
            match evidence.verdict() {
                Verdict::Settled(decimal, why) if free(decimal) => {
                    column.decimal.set(Some(decimal));
                    known.push(decimal);
                    if decimal == Decimal::Comma {
                        self.note_decimal(name, decimal, &why);
                    }
                }
                Verdict::Torn(_) if around.told.decimal.is_some_and(free) => {
                    column.decimal.set(around.told.decimal);
                    known.extend(around.told.decimal);
                }
                Verdict::Settled(..) | Verdict::Torn(_) => {
                    column.refuse(
                        left,
                        (name, evidence.line(), evidence.few()),
                        evidence.torn(),
                    );
                }
                Verdict::Open => open.push((*name, evidence, column)),
                Verdict::Nothing => {}
            }
        }
        let others = all_alike(&known);
        for (name, evidence, column) in open {
            if let Some(told) = around.told.decimal {
                column.decimal.set(Some(told));
                continue;
            }
            let (decimal, why) = if let Some(decimal) = others {
                (decimal, "as in the file's other columns")
            } else if let Some(decimal) = around.before.decimal {
                (decimal, "as in the file before it")
            } else if let Some(decimal) = evidence.likely(around.semicolons) {
                (
                    decimal,
                    "as nothing in the file says otherwise; --decimal comma or point settles it",
                )
            } else {
                column.refuse(
                    left,
                    (name, evidence.line(), evidence.few()),
                    evidence.open(),
                );
                continue;
            };
            column.decimal.set(Some(decimal));
            self.note_decimal(
                name,
                decimal,
                &Why::Assumed(format!("{}: {why}", evidence.example(decimal))),
            );
        }
    }

    fn note_decimal(&self, name: &str, decimal: Decimal, why: &Why) {
        let why = match why {
            Why::Cells(cell) => format!(", as in {cell}"),
            Why::Assumed(said) => format!(" assumed, {said}"),
        };
        let note = format!("{name}: decimal {}{why}", decimal.name());
        self.notes.borrow_mut().push(note);
    }

    fn settle_dates(&self, look: &Look, around: Around, left: &mut Vec<Unsettled>) {
        let mut open = Vec::new();
        let mut known = Vec::new();
        for (name, evidence) in &look.dates {
            let Some(column) = self.column(name) else {
                continue;
            };
            match evidence.verdict() {
                Verdict::Settled(order, why) => {
                    column.order.set(Some(order));
                    known.push(order);
                    self.note_order(name, order, &why);
                }
                Verdict::Torn(_) if around.told.dates.is_some() => {
                    column.order.set(around.told.dates);
                    known.extend(around.told.dates);
                }
                Verdict::Torn(reason) => {
                    column.refuse(left, (name, evidence.line(), evidence.few()), reason);
                }
                Verdict::Open => open.push((*name, evidence, column)),
                Verdict::Nothing => {}
            }
        }
        let others = all_alike(&known);
        for (name, evidence, column) in open {
            if let Some(told) = around.told.dates.filter(|told| evidence.allows(*told)) {
                column.order.set(Some(told));
                continue;
            }
            let found = others
                .filter(|order| evidence.allows(*order))
                .map(|order| (order, "as in the file's other columns".to_owned()))
                .or_else(|| {
                    let order = around
                        .before
                        .dates
                        .filter(|order| evidence.allows(*order))?;
                    Some((order, "as in the file before it".to_owned()))
                })
                .or_else(|| evidence.likely(around.now));
            let Some((order, why)) = found else {
                column.refuse(
                    left,
                    (name, evidence.line(), evidence.few()),
                    evidence.open(),
                );
                continue;
            };
            column.order.set(Some(order));
            self.note_order(name, order, &Why::Assumed(why));
        }
    }

    fn note_order(&self, name: &str, order: DateOrder, why: &Why) {
        let why = match why {
            Why::Cells(cell) => format!(", as in {cell}"),
            Why::Assumed(said) => format!(" assumed, {said}"),
        };
        let note = format!("{name}: {}{why}", order.words());
        self.notes.borrow_mut().push(note);
    }
}

impl Column {
    fn refuse(
        &self,
        left: &mut Vec<Unsettled>,
        (column, line, few): (&'static str, u64, bool),
        reason: String,
    ) {
        *self.refused.borrow_mut() = Some(reason.clone());
        self.decimal.set(None);
        self.order.set(None);
        left.push(Unsettled {
            column,
            line,
            reason,
            few,
        });
    }
}

/// The one thing that all say; `None` where they differ or there are none.
fn all_alike<T: Copy + PartialEq>(said: &[T]) -> Option<T> {
    let first = *said.first()?;
    said.iter().all(|s| *s == first).then_some(first)
}
