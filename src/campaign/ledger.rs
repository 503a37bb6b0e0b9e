//! Orders, each counted once, with what was paid back.

use super::money::ExchangeRates;
use super::visits::visitor_key;
use crate::error::Result;
use crate::schema::{Order, Refund};
use crate::stats::hash_text;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::HashMap;

/// What was odd about the orders.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct OrderNotes {
    /// Rows of an order that was there already.
    pub repeated: u64,
    /// Of these, rows with another value or currency; the first row's is kept.
    pub conflicting: u64,
    /// Orders that were voided: neither orders nor revenue.
    pub voided: u64,
    /// Orders that were paid back in full.
    pub refunded_in_full: u64,
    /// Orders of which a part was paid back.
    pub refunded_in_part: u64,
    /// Orders of which more was paid back than had been paid; no more than the value is counted.
    pub refunded_beyond_value: u64,
    /// Orders whose own row and whose rows of negative value both tell what was paid back; the larger is counted.
    pub refunds_told_twice: u64,
    /// Orders of which only the day is known: every click of that day counts as before them.
    pub without_time: u64,
    /// Refunds of orders that are not in the table: left out of every sum.
    pub refunds_without_order: u64,
    /// What they come to.
    pub refunds_without_order_amount: f64,
    /// Orders outside the campaign's period.
    pub outside_period: u64,
}

/// An order as it is counted.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sale {
    /// Milliseconds since 1970; of the day's beginning where only the day is known,
    pub at: i64,
    /// and the last at which it can have been placed.
    pub latest: i64,
    /// Hash of the visitor's id; of the order's own where the visitor is unknown.
    pub visitor: u64,
    /// Whether the visitor is known.
    pub known: bool,
    pub code: Option<String>,
    /// What was paid, in the campaign's currency.
    pub gross: f64,
    /// What of it was paid back.
    pub refund: f64,
}

impl Sale {
    /// What is left.
    pub(super) fn net(&self) -> f64 {
        self.gross - self.refund
    }

    /// 1 for an order that stands, 0 for one that was paid back in full.
    pub(super) fn stands(&self) -> bool {
        self.refund < self.gross || self.gross == 0.0
    }
}

#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own that rows of the order tell"
)]
struct Entry {
    at: Timestamp,
    value: f64,
    currency: Option<String>,
    visitor: Option<u64>,
    code: Option<String>,
    full: bool,
    void: bool,
    whole_day: bool,
    /// The worth of the 1 that stands for yes, or for an amount of one.
    one: Option<f64>,
    /// Amounts paid back, once each: what one row says, and rows of negative value by their time.
    said: f64,
    rows: Vec<(i64, u64, f64)>,
    /// Whether there is a row of the order itself.
    real: bool,
}

/// Takes orders row by row; rows of one order, in any order, become one.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    entries: HashMap<String, Entry>,
    period: (Option<Timestamp>, Option<Timestamp>),
    /// Whether a row names an amount that was paid back, so that a 1 is one too.
    amounts: bool,
    notes: OrderNotes,
}

/// Milliseconds from the first to the last of a day.
const DAY: i64 = 86_399_999;

impl Ledger {
    /// An empty ledger; orders outside `period` (both ends included) are counted as that and left out.
    #[must_use]
    pub fn new(period: (Option<Timestamp>, Option<Timestamp>)) -> Self {
        Self {
            period,
            ..Self::default()
        }
    }

    /// Takes a row. A row with the id of an earlier one is the same order: it may add a visitor, a code or a refund,
    /// never a value. A row of negative value is a refund.
    ///
    /// # Errors
    /// Where a currency has no rate.
    pub fn push(&mut self, order: &Order, rates: &ExchangeRates) -> Result<()> {
        let worth = rates.rate_of(order.currency.as_deref())?;
        let refund_row = order.value < 0.0;
        let fresh = || Entry {
            at: order.at,
            value: 0.0,
            currency: None,
            visitor: None,
            code: None,
            full: false,
            void: false,
            whole_day: order.whole_day,
            one: None,
            said: 0.0,
            rows: Vec::new(),
            real: false,
        };
        let entry = self
            .entries
            .entry(order.order_id.0.clone())
            .or_insert_with(fresh);
        if refund_row {
            let row = (
                order.at.as_millisecond(),
                order.value.to_bits(),
                -order.value * worth,
            );
            if entry.rows.contains(&row) {
                self.notes.repeated += 1;
            } else {
                entry.rows.push(row);
            }
        } else if entry.real {
            self.notes.repeated += 1;
            let same = (entry.value - order.value * worth).abs() < 1e-9;
            if !same || entry.currency != order.currency {
                self.notes.conflicting += 1;
            }
        } else {
            entry.real = true;
            entry.at = order.at;
            entry.whole_day = order.whole_day;
            entry.value = order.value * worth;
            entry.currency.clone_from(&order.currency);
        }
        if entry.visitor.is_none() {
            entry.visitor = order.visitor_id.as_ref().map(visitor_key);
        }
        if entry.code.is_none() {
            entry.code.clone_from(&order.promo_code);
        }
        match order.refund {
            Refund::None => {}
            // A row of negative value that is marked as refunded says it twice.
            Refund::Full | Refund::One if refund_row => {}
            Refund::Full => entry.full = true,
            Refund::One => entry.one = Some(worth),
            Refund::Part(amount) => {
                self.amounts = true;
                entry.said = entry.said.max(amount * worth);
            }
            Refund::Void => entry.void = true,
        }
        Ok(())
    }

    /// The orders by their ids, so that no sum depends on the order of rows, and what was odd about them.
    pub(super) fn settle(self) -> (Vec<Sale>, OrderNotes) {
        let mut notes = self.notes;
        let mut entries: Vec<(String, Entry)> = self.entries.into_iter().collect();
        entries.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let mut sales = Vec::with_capacity(entries.len());
        for (id, mut entry) in entries {
            match entry.one {
                Some(worth) if self.amounts => entry.said = entry.said.max(worth),
                Some(_) => entry.full = true,
                None => {}
            }
            // The order's own row tells what was paid back in all, and rows of negative value tell it again.
            let by_rows = entry.rows.iter().map(|row| row.2).sum::<f64>();
            let paid_back = entry.said.max(by_rows);
            let at = entry.at.as_millisecond();
            let latest = if entry.whole_day { at + DAY } else { at };
            if self
                .period
                .0
                .is_some_and(|start| latest < start.as_millisecond())
                || self.period.1.is_some_and(|end| entry.at > end)
            {
                notes.outside_period += 1;
                continue;
            }
            if !entry.real {
                notes.refunds_without_order += 1;
                notes.refunds_without_order_amount += paid_back;
                continue;
            }
            if entry.void {
                notes.voided += 1;
                continue;
            }
            notes.refunds_told_twice +=
                u64::from((entry.said > 0.0 || entry.full) && by_rows > 0.0);
            notes.without_time += u64::from(entry.whole_day);
            if paid_back > entry.value + 0.005 {
                notes.refunded_beyond_value += 1;
            }
            let refund = if entry.full || paid_back > entry.value - 0.005 && paid_back > 0.0 {
                entry.value
            } else {
                paid_back
            };
            if entry.full || refund > 0.0 {
                if refund >= entry.value {
                    notes.refunded_in_full += 1;
                } else {
                    notes.refunded_in_part += 1;
                }
            }
            sales.push(Sale {
                at,
                latest,
                visitor: entry.visitor.unwrap_or_else(|| !hash_text(&id)),
                known: entry.visitor.is_some(),
                code: entry.code,
                gross: entry.value,
                refund,
            });
        }
        (sales, notes)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn order(id: &str, at: &str, value: f64) -> Order {
        Order {
            order_id: id.into(),
            at: at.parse().unwrap(),
            whole_day: false,
            value,
            visitor_id: None,
            promo_code: None,
            refund: Refund::None,
            currency: None,
            quantity: None,
        }
    }

    const AT: &str = "2026-04-06T10:00:00Z";
    const LATER: &str = "2026-04-09T10:00:00Z";

    fn settled(rows: &[Order]) -> (Vec<Sale>, OrderNotes) {
        let mut ledger = Ledger::default();
        for row in rows {
            ledger.push(row, &ExchangeRates::default()).unwrap();
        }
        ledger.settle()
    }

    #[test]
    fn rows_of_one_order_are_one_order_with_what_each_knows() {
        let by_code = Order {
            promo_code: Some("ISLA15".to_owned()),
            ..order("o1", AT, 50.0)
        };
        let by_click = Order {
            visitor_id: Some("v1".into()),
            ..order("o1", AT, 50.0)
        };
        let wrong = order("o1", AT, 60.0);
        let (sales, notes) = settled(&[by_code, by_click, wrong]);
        assert_eq!(sales.len(), 1);
        assert!(sales[0].known && sales[0].code.is_some());
        assert!((sales[0].net() - 50.0).abs() < 1e-12);
        assert_eq!((notes.repeated, notes.conflicting), (2, 1));
    }

    #[test]
    fn a_one_is_a_yes_or_an_amount_as_the_other_rows_tell() {
        let row = |id: &str, refund| Order {
            refund,
            ..order(id, AT, 20.0)
        };
        let net = |rows: &[Order]| settled(rows).0.iter().map(Sale::net).sum::<f64>();
        assert!(net(&[row("a", Refund::One), row("b", Refund::None)]) < 20.5);
        let amounts = [row("a", Refund::One), row("b", Refund::Part(2.5))];
        assert!((net(&amounts) - 36.5).abs() < 1e-9);
    }

    #[test]
    fn a_refund_that_two_rows_tell_is_one() {
        let told = Order {
            refund: Refund::Part(8.0),
            ..order("a", AT, 20.0)
        };
        let (sales, notes) = settled(&[told, order("a", LATER, -8.0)]);
        assert!((sales[0].net() - 12.0).abs() < 1e-9);
        assert_eq!(notes.refunds_told_twice, 1);
    }

    #[test]
    fn refunds_by_flag_by_amount_and_by_row() {
        let marked = Order {
            refund: Refund::Full,
            ..order("flag", AT, 20.0)
        };
        let part = Order {
            refund: Refund::Part(5.0),
            ..order("part", AT, 20.0)
        };
        let void = Order {
            refund: Refund::Void,
            ..order("void", AT, 20.0)
        };
        let (sales, notes) = settled(&[
            marked,
            part,
            void,
            order("row", LATER, -8.0),
            order("row", AT, 20.0),
            order("row", LATER, -8.0),
            order("lost", AT, -7.0),
            order("some", AT, 20.0),
            order("some", LATER, -30.0),
            order("gift", AT, 0.0),
        ]);
        let net: Vec<f64> = sales.iter().map(Sale::net).collect();
        // By id: flag, gift, part, row, some.
        assert_eq!(net, [0.0, 0.0, 15.0, 12.0, 0.0]);
        let stand: Vec<bool> = sales.iter().map(Sale::stands).collect();
        assert_eq!(stand, [false, true, true, true, false]);
        assert_eq!(
            notes,
            OrderNotes {
                repeated: 1,
                voided: 1,
                refunded_in_full: 2,
                refunded_in_part: 2,
                refunded_beyond_value: 1,
                refunds_without_order: 1,
                refunds_without_order_amount: 7.0,
                ..OrderNotes::default()
            }
        );
    }
}
