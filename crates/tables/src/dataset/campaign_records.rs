//! How rows of visits, orders and spend become structs.

use super::cells::{CellError, Cells};
use super::records::{Record, currency, id, not_negative, owned};
use crate::schema::{CreatorId, Order, OrderId, Refund, Spend, Visit, VisitId};
use std::borrow::Cow;

impl Record for Visit {
    const TABLE: &'static str = "visits";
    const REQUIRED: &'static [&'static str] = &["visit_id", "at"];
    const OPTIONAL: &'static [&'static str] = &[
        "visitor_id",
        "creator_id",
        "utm_source",
        "utm_medium",
        "utm_campaign",
        "utm_content",
        "landing_page",
    ];

    fn from_cells(cells: &Cells) -> Result<Self, CellError> {
        Ok(Self {
            visit_id: VisitId::from(cells.required("visit_id")?),
            at: cells
                .time("at")?
                .ok_or_else(|| cells.error("at", "is empty, but required"))?,
            visitor_id: id(cells, "visitor_id"),
            creator_id: id(cells, "creator_id"),
            utm_source: owned(cells, "utm_source"),
            utm_medium: owned(cells, "utm_medium"),
            utm_campaign: owned(cells, "utm_campaign"),
            utm_content: owned(cells, "utm_content"),
            landing_page: owned(cells, "landing_page"),
        })
    }

    fn key(&self) -> Option<Cow<'_, str>> {
        Some(self.visit_id.as_str().into())
    }
}

/// Words for an order that was never carried out.
const VOID: [&str; 5] = ["void", "voided", "cancelled", "canceled", "failed"];
/// Words for an order that was paid back.
const REFUNDED: [&str; 4] = ["refunded", "refund", "full", "returned"];

impl Record for Order {
    const TABLE: &'static str = "orders";
    const REQUIRED: &'static [&'static str] = &["order_id", "at", "value"];
    const OPTIONAL: &'static [&'static str] = &[
        "visitor_id",
        "promo_code",
        "refunded",
        "currency",
        "quantity",
    ];

    fn from_cells(cells: &Cells) -> Result<Self, CellError> {
        let (value, sign) = cells
            .amount("value")?
            .ok_or_else(|| cells.error("value", "is empty, but required"))?;
        Ok(Self {
            order_id: OrderId::from(cells.required("order_id")?),
            at: cells
                .time("at")?
                .ok_or_else(|| cells.error("at", "is empty, but required"))?,
            whole_day: cells.text("at").is_some_and(is_date_alone),
            value,
            visitor_id: id(cells, "visitor_id"),
            promo_code: id::<CreatorId>(cells, "promo_code").map(|code| code.0),
            refund: refund(cells)?,
            currency: currency(cells, sign),
            quantity: cells.known(cells.count("quantity")),
        })
    }

    /// Rows of one order are put together by the campaign, which counts them.
    fn key(&self) -> Option<Cow<'_, str>> {
        None
    }
}

/// Whether a time that can be read has no hours: a date, and no number of seconds.
fn is_date_alone(text: &str) -> bool {
    let seconds = text.len() >= 9 && text.bytes().all(|b| b.is_ascii_digit());
    let hours = text.contains(':')
        || text
            .as_bytes()
            .windows(2)
            .any(|w| w[0] == b'T' && w[1].is_ascii_digit());
    !seconds && !hours
}

/// Yes, no, a word for it, or the amount that was paid back.
fn refund(cells: &Cells) -> Result<Refund, CellError> {
    let Some(text) = cells.text("refunded").map(str::to_lowercase) else {
        return Ok(Refund::None);
    };
    if VOID.contains(&text.as_str()) {
        return Ok(Refund::Void);
    }
    if REFUNDED.contains(&text.as_str()) {
        return Ok(Refund::Full);
    }
    // 1, 1.0 and 1.00 are one number, however a program prints it.
    if matches!(cells.number("refunded"), Ok(Some(1.0))) {
        return Ok(Refund::One);
    }
    if let Ok(flag) = cells.flag("refunded") {
        return Ok(if flag == Some(true) {
            Refund::Full
        } else {
            Refund::None
        });
    }
    match cells.number("refunded") {
        Ok(Some(amount)) if amount > 0.0 => Ok(Refund::Part(amount)),
        Ok(Some(0.0)) => Ok(Refund::None),
        _ => Err(cells.error(
            "refunded",
            "expected true, false, void or the amount that was paid back",
        )),
    }
}

impl Record for Spend {
    const TABLE: &'static str = "spend";
    const REQUIRED: &'static [&'static str] = &["creator_id", "amount"];
    const OPTIONAL: &'static [&'static str] = &["currency", "post_id", "promo_code", "campaign"];

    fn from_cells(cells: &Cells) -> Result<Self, CellError> {
        let (amount, sign) = not_negative(cells, "amount")?
            .ok_or_else(|| cells.error("amount", "is empty, but required"))?;
        Ok(Self {
            creator_id: CreatorId::from(cells.required("creator_id")?),
            amount,
            currency: currency(cells, sign),
            post_id: id(cells, "post_id"),
            promo_code: id::<CreatorId>(cells, "promo_code").map(|code| code.0),
            campaign: owned(cells, "campaign"),
        })
    }

    fn key(&self) -> Option<Cow<'_, str>> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(refunded: &str) -> Result<Order, CellError> {
        let mut cells = Cells::default();
        for (column, value) in [
            ("order_id", "o1"),
            ("at", "2026-04-06"),
            ("value", "83.70"),
            ("refunded", refunded),
        ] {
            cells.set(column, value.to_owned());
        }
        Order::from_cells(&cells)
    }

    #[test]
    fn refunds_in_every_print() {
        for (text, expected) in [
            ("", Refund::None),
            ("false", Refund::None),
            ("0.00", Refund::None),
            ("1", Refund::One),
            ("1.00", Refund::One),
            ("TRUE", Refund::Full),
            ("Refunded", Refund::Full),
            ("voided", Refund::Void),
            ("12.50", Refund::Part(12.5)),
        ] {
            assert_eq!(order(text).unwrap().refund, expected, "{text}");
        }
        assert!(order("perhaps").is_err() && order("-3").is_err());
    }

    #[test]
    fn a_date_without_hours_is_a_whole_day() {
        for text in ["2026-04-01", "01.04.2026", "3 Oct 2026", "20260401"] {
            assert!(is_date_alone(text), "{text}");
        }
        for text in [
            "2026-04-01T10:00:00Z",
            "2026-04-01 00:00",
            "1775000000",
            "20260401T10",
        ] {
            assert!(!is_date_alone(text), "{text}");
        }
    }
}
