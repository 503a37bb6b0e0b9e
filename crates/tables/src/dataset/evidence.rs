//! What the cells of a whole column say about its decimal mark or the order of its dates.

use super::columns::Why;
use super::numbers::{Decimal, Marks, is_missing, shape};
use super::times::{DateOrder, Dated, dated};
use jiff::{Timestamp, ToSpan};
use std::collections::BTreeSet;

/// So many cells to one, and the one is a slip.
const SLIP: usize = 20;

/// What evidence comes to.
pub(super) enum Verdict<T> {
    /// Cells fit only this.
    Settled(T, Why),
    /// Cells fit only this, others only that.
    Torn(String),
    /// Every cell fits several.
    Open,
    /// No cell depends on it.
    Nothing,
}

/// Cells of one kind: how many, and the first of them.
#[derive(Debug, Default, Clone)]
struct Tally {
    count: usize,
    first: Option<(String, u64)>,
}

impl Tally {
    fn add(&mut self, text: &str, line: u64) {
        self.count += 1;
        if self.first.is_none() {
            self.first = Some((text.trim().chars().take(40).collect(), line));
        }
    }

    /// `"1.249,00" (line 2)`.
    fn example(&self) -> String {
        self.first
            .as_ref()
            .map_or_else(String::new, |(text, line)| {
                format!("{text:?} (line {line})")
            })
    }

    fn line(&self) -> u64 {
        self.first.as_ref().map_or(1, |(_, line)| *line)
    }
}

/// The decimal mark, by a column's numbers. Arrays are by [`Decimal`]: point, comma.
#[derive(Debug, Default)]
pub(super) struct NumberEvidence {
    /// Plain numbers that fit only one.
    fits: [Tally; 2],
    /// Numbers such as `12.4K` that fit only one.
    abbreviated: [Tally; 2],
    /// `1.500` and `1,500`.
    either: [Tally; 2],
    /// Counts that would have decimals with this mark, so that it must group thousands: `12.400`.
    grouped: [Tally; 2],
    /// `1.100` with a nought at its end: no decimals, where other cells have none.
    zero_ended: [Tally; 2],
    /// Whether the column has counts.
    counts: bool,
    /// All numbers of the column.
    all: usize,
    whole: usize,
    /// Numbers from 1000 on without any mark.
    ungrouped: usize,
}

fn at(decimal: Decimal) -> usize {
    usize::from(decimal == Decimal::Comma)
}

const BOTH: [Decimal; 2] = [Decimal::Point, Decimal::Comma];

/// The side that has all the cells, or nearly all.
fn clear(tallies: &[Tally; 2]) -> Option<Decimal> {
    BOTH.into_iter().find(|decimal| {
        let (own, other) = (
            tallies[at(*decimal)].count,
            tallies[at(decimal.other())].count,
        );
        own > 0 && own >= SLIP * other
    })
}

fn any(tallies: &[Tally; 2]) -> bool {
    tallies.iter().any(|t| t.count > 0)
}

impl NumberEvidence {
    pub(super) fn add(&mut self, text: &str, line: u64, count: bool) {
        self.counts = count;
        if is_missing(text) {
            return;
        }
        let Ok(shape) = shape(text) else { return };
        self.all += 1;
        match shape.marks {
            Marks::Free if shape.abbreviated => {}
            Marks::Free => {
                self.whole += 1;
                self.ungrouped += usize::from(shape.plain_digits > 3);
            }
            Marks::Fits(decimal) if shape.abbreviated => {
                self.abbreviated[at(decimal)].add(text, line);
            }
            Marks::Fits(decimal) => self.fits[at(decimal)].add(text, line),
            Marks::Either(mark) => {
                self.either[at(mark)].add(text, line);
                if count && !shape.round && !shape.abbreviated {
                    self.grouped[at(mark.other())].add(text, line);
                }
                if shape.trailing_zero && !shape.abbreviated {
                    self.zero_ended[at(mark.other())].add(text, line);
                }
            }
        }
    }

    pub(super) fn verdict(&self) -> Verdict<Decimal> {
        let settled = |decimal: Decimal, tally: &Tally| {
            Verdict::Settled(decimal, Why::Cells(tally.example()))
        };
        let found = if any(&self.fits) {
            clear(&self.fits).map(|d| (d, &self.fits))
        } else if any(&self.grouped) {
            clear(&self.grouped).map(|d| (d, &self.grouped))
        } else if any(&self.abbreviated) {
            clear(&self.abbreviated).map(|d| (d, &self.abbreviated))
        } else if any(&self.zero_ended) && self.whole > 0 && self.ungrouped == 0 {
            clear(&self.zero_ended).map(|d| (d, &self.zero_ended))
        } else if any(&self.either) {
            return Verdict::Open;
        } else {
            return Verdict::Nothing;
        };
        let Some((decimal, tallies)) = found else {
            return Verdict::Torn(self.torn());
        };
        // `12.4K` beside `12.400`: one of them is not what it seems.
        let other = at(decimal.other());
        if self.abbreviated[other].count > 0 && self.abbreviated[at(decimal)].count == 0 {
            return Verdict::Torn(self.torn());
        }
        settled(decimal, &tallies[at(decimal)])
    }

    /// Whether so few cells depend on the mark that they are slips.
    pub(super) fn few(&self) -> bool {
        let tallies = [&self.fits, &self.abbreviated, &self.either];
        let marked: usize = tallies.into_iter().flatten().map(|t| t.count).sum();
        self.all >= SLIP * marked
    }

    pub(super) fn line(&self) -> u64 {
        let all = self
            .fits
            .iter()
            .chain(&self.abbreviated)
            .chain(&self.either);
        all.filter(|t| t.count > 0)
            .map(Tally::line)
            .min()
            .unwrap_or(1)
    }

    /// A cell, and what it is read as.
    pub(super) fn example(&self, decimal: Decimal) -> String {
        let tally = if self.either[0].count > 0 {
            &self.either[0]
        } else {
            &self.either[1]
        };
        let Some((text, _)) = &tally.first else {
            return String::new();
        };
        let value = super::numbers::read_number(text, decimal).map_or(f64::NAN, |n| n.value);
        format!("{text:?} as {value}")
    }

    /// What is likelier where no cell settles it; `None` where neither is.
    pub(super) fn likely(&self, semicolons: bool) -> Option<Decimal> {
        let [point, comma] = [self.either[0].count, self.either[1].count];
        match (point > 0, comma > 0) {
            // Nobody counts in thousandths.
            (true, false) if self.counts => Some(Decimal::Comma),
            (false, true) if self.counts => Some(Decimal::Point),
            // `1.500` between semicolons is a German fifteen hundred; elsewhere it may be three decimals.
            (true, false) => semicolons.then_some(Decimal::Comma),
            (false, true) => (!semicolons).then_some(Decimal::Point),
            _ => None,
        }
    }

    pub(super) fn torn(&self) -> String {
        let sides = BOTH.map(|d| {
            let of = [&self.fits, &self.grouped, &self.abbreviated]
                .into_iter()
                .find(|t| t[at(d)].count > 0);
            of.map_or_else(String::new, |t| t[at(d)].example())
        });
        format!(
            "the column has two decimal marks: a point as in {}, a comma as in {}; write it with one, or say --decimal point or comma",
            sides[0], sides[1]
        )
    }

    pub(super) fn open(&self) -> String {
        let example = |d| self.example(d);
        format!(
            "nothing in the file says whether to read {}, or {}; say --decimal comma or --decimal point",
            example(Decimal::Comma),
            example(Decimal::Point)
        )
    }
}

/// The order of day, month and year, by a column's dates.
#[derive(Debug, Default)]
pub(super) struct DateEvidence {
    /// All times of the column.
    all: usize,
    /// Dates that depend on the order.
    count: usize,
    /// Of these, how many each order allows.
    allowed: [usize; 3],
    /// The first that each order does not allow.
    not: [Tally; 3],
    first: Tally,
    /// How many days it would be from the latest date to the first, by each order: the latest date.
    latest: [Option<jiff::civil::Date>; 3],
    years: [BTreeSet<i16>; 3],
    days: [BTreeSet<jiff::civil::Date>; 3],
    dotted: usize,
}

/// Different dates that are kept to see which part moves.
const KEPT: usize = 400;

impl DateEvidence {
    pub(super) fn add(&mut self, text: &str, line: u64) {
        if is_missing(text) {
            return;
        }
        let Ok(found) = dated(text) else { return };
        self.all += 1;
        let Dated::Numeric { parts, .. } = found else {
            return;
        };
        self.count += 1;
        self.first.add(text, line);
        self.dotted += usize::from(parts.dotted());
        for (i, order) in DateOrder::ALL.into_iter().enumerate() {
            let Some(date) = parts.date(order) else {
                self.not[i].add(text, line);
                continue;
            };
            self.allowed[i] += 1;
            self.latest[i] = self.latest[i].max(Some(date));
            if self.days[i].len() < KEPT {
                self.years[i].insert(date.year());
                self.days[i].insert(date);
            }
        }
    }

    /// The orders that all cells allow, or all but slips.
    fn candidates(&self) -> Vec<DateOrder> {
        let whole: Vec<usize> = (0..3).filter(|i| self.allowed[*i] == self.count).collect();
        let nearly = || {
            (0..3)
                .filter(|i| self.allowed[*i] >= SLIP * (self.count - self.allowed[*i]).max(1))
                .collect()
        };
        let found: Vec<usize> = if whole.is_empty() { nearly() } else { whole };
        found.into_iter().map(|i| DateOrder::ALL[i]).collect()
    }

    pub(super) fn verdict(&self) -> Verdict<DateOrder> {
        if self.count == 0 {
            return Verdict::Nothing;
        }
        match self.candidates().as_slice() {
            [] => Verdict::Torn(format!(
                "the column has its dates in two orders: {} has no month of that number if the day comes second, {} none if it comes first; \
                 write it in one, or say --dates dmy or mdy",
                self.not[DateOrder::Mdy.index()].example(),
                self.not[DateOrder::Dmy.index()].example(),
            )),
            [order] => {
                let other = [DateOrder::Mdy, DateOrder::Dmy, DateOrder::Ymd]
                    .into_iter()
                    .find(|o| o != order && self.not[o.index()].count > 0);
                let example =
                    other.map_or_else(|| self.first.example(), |o| self.not[o.index()].example());
                Verdict::Settled(*order, Why::Cells(example))
            }
            _ => Verdict::Open,
        }
    }

    pub(super) fn allows(&self, order: DateOrder) -> bool {
        self.candidates().contains(&order)
    }

    pub(super) fn line(&self) -> u64 {
        self.first.line()
    }

    /// Whether so few dates depend on the order that they are slips.
    pub(super) fn few(&self) -> bool {
        self.all >= SLIP * self.count
    }

    /// What is likelier where every cell allows several: no date from after today, the year being what moves least,
    /// points between.
    pub(super) fn likely(&self, now: Timestamp) -> Option<(DateOrder, String)> {
        let today = (now + 48.hours()).to_zoned(jiff::tz::TimeZone::UTC).date();
        let past: Vec<DateOrder> = self
            .candidates()
            .into_iter()
            .filter(|o| self.latest[o.index()].is_some_and(|d| d <= today))
            .collect();
        match past.as_slice() {
            [] => return None,
            [order] => {
                return Some((
                    *order,
                    "as any other order has dates after today; --dates settles it".to_owned(),
                ));
            }
            _ => {}
        }
        // Of dates that are days of a few months, a wrong order makes one day of as many years or months.
        let fewest = past.iter().map(|o| self.years[o.index()].len()).min()?;
        let steady: Vec<DateOrder> = past
            .iter()
            .copied()
            .filter(|o| self.years[o.index()].len() == fewest)
            .collect();
        if let [order] = steady.as_slice()
            && past
                .iter()
                .any(|o| self.years[o.index()].len() >= fewest + 4)
        {
            return Some((
                *order,
                "as it has the fewest different years; --dates settles it".to_owned(),
            ));
        }
        (self.dotted == self.count && past.contains(&DateOrder::Dmy)).then(|| {
            (
                DateOrder::Dmy,
                "as dates with points are written; --dates settles it".to_owned(),
            )
        })
    }

    pub(super) fn open(&self) -> String {
        let orders: Vec<&str> = self.candidates().into_iter().map(DateOrder::name).collect();
        format!(
            "nothing in the file says in which order {} has day and month; say --dates {}",
            self.first.example(),
            orders.join(" or --dates ")
        )
    }
}
