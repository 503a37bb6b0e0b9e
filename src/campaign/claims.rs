//! Which creators were met on the way to an order, and whose it is.

use super::ledger::Sale;
use super::rules::CreatorResolver;
use super::visits::{Touch, VisitLog};
use serde::Serialize;
use std::collections::HashMap;

/// By what an order is known to be a creator's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimedBy {
    /// The creator's promo code alone.
    Code,
    /// A visit by the creator's link alone.
    Click,
    /// Both.
    CodeAndClick,
}

/// An order that a creator can claim.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Claim {
    /// Index of the sale.
    pub sale: usize,
    /// The creators met, in order of time, each with the milliseconds before the order; not empty.
    pub path: Vec<(u32, i64)>,
    /// Whose order it is: the code's creator, else the last one met.
    pub creator: u32,
    pub by: ClaimedBy,
}

/// What was odd on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub(super) struct ClaimNotes {
    /// Orders whose code belongs to nobody in the spend table.
    pub unknown_codes: u64,
    /// Orders whose code belongs to several creators, so that it tells nothing.
    pub shared_codes: u64,
    /// Orders whose code and last click name different creators; the code decides.
    pub code_against_click: u64,
    /// Orders without a visit before them whose visitor lands within ten minutes after: clocks that disagree.
    pub before_their_visit: u64,
    /// Orders that have neither a visitor nor a code.
    pub without_visitor: u64,
    /// Orders that creators can claim of visitors who had ordered before: clicks before that earlier order are on their
    /// path, too.
    pub repeat_orders: u64,
}

/// Ten minutes: visits this soon after an order were probably before it.
const SOON: i64 = 600_000;

/// Finds the path of every order: the visits by creators' links within `lookback` milliseconds before it (and up to
/// `tolerance` after it, for clocks that disagree), and the code as a touch at the moment of the order, unless the
/// last click was the same creator's.
pub(super) fn claim_orders(
    sales: &[Sale],
    log: &VisitLog,
    lookback: i64,
    tolerance: i64,
) -> (Vec<Claim>, ClaimNotes) {
    let mut notes = ClaimNotes::default();
    let mut claims = Vec::new();
    let mut first: HashMap<u64, i64> = HashMap::new();
    for sale in sales.iter().filter(|sale| sale.known) {
        let at = first.entry(sale.visitor).or_insert(sale.at);
        *at = sale.at.min(*at);
    }
    for (index, sale) in sales.iter().enumerate() {
        let code = code_of(sale, &log.names, &mut notes);
        let all: &[Touch] = if sale.known {
            log.of(sale.visitor)
        } else {
            &[]
        };
        let mut path: Vec<(u32, i64)> = all
            .iter()
            .filter(|t| t.at <= sale.latest + tolerance && t.at >= sale.at - lookback)
            .map(|t| (t.creator, (sale.at - t.at).max(0)))
            .collect();
        let clicked = path.last().map(|step| step.0);
        if !sale.known && sale.code.is_none() {
            notes.without_visitor += 1;
        }
        if sale.known && clicked.is_none() && after_only(sale, all, log) {
            notes.before_their_visit += 1;
        }
        let by = match code {
            None => ClaimedBy::Click,
            Some(code) if path.iter().any(|step| step.0 == code) => ClaimedBy::CodeAndClick,
            Some(_) => ClaimedBy::Code,
        };
        if let Some(code) = code {
            if clicked.is_some_and(|creator| creator != code) {
                notes.code_against_click += 1;
            }
            if clicked != Some(code) {
                path.push((code, 0));
            }
        }
        let Some((creator, _)) = path.last().copied() else {
            continue;
        };
        notes.repeat_orders += u64::from(first.get(&sale.visitor).is_some_and(|at| *at < sale.at));
        claims.push(Claim {
            sale: index,
            path,
            creator,
            by,
        });
    }
    (claims, notes)
}

fn code_of(sale: &Sale, names: &CreatorResolver, notes: &mut ClaimNotes) -> Option<u32> {
    match names.of_code(sale.code.as_deref()?) {
        Ok(Some(creator)) => Some(creator),
        Ok(None) => {
            notes.unknown_codes += 1;
            None
        }
        Err(()) => {
            notes.shared_codes += 1;
            None
        }
    }
}

/// Whether the visitor was seen soon after the order, and never before it.
fn after_only(sale: &Sale, touches: &[Touch], log: &VisitLog) -> bool {
    let from = log.others.partition_point(|o| o.0 < sale.visitor);
    let others = log.others[from..]
        .iter()
        .take_while(|o| o.0 == sale.visitor)
        .map(|o| o.1);
    let mut soon = false;
    for at in touches.iter().map(|t| t.at).chain(others) {
        if at <= sale.latest {
            return false;
        }
        soon |= at <= sale.latest + SOON;
    }
    soon
}

#[cfg(test)]
mod tests {
    use super::super::ledger::tests::order;
    use super::super::rules::tests::visit;
    use super::super::rules::{AttributionRules, CreatorResolver};
    use super::super::{ExchangeRates, Ledger, VisitLog};
    use super::*;
    use crate::schema::{Order, Spend};

    const DAY: i64 = 86_400_000;

    fn log(visits: &[(&str, &str, &str)]) -> VisitLog {
        let spend = |id: &str| Spend {
            creator_id: id.into(),
            amount: 1.0,
            currency: None,
            post_id: None,
            promo_code: Some(format!("{id}15")),
            campaign: None,
        };
        let names = CreatorResolver::new(&[spend("a"), spend("b")], &[], &[]);
        let mut log = VisitLog::new(names, AttributionRules::default(), None, (None, None));
        for (i, (visitor, creator, at)) in visits.iter().enumerate() {
            let mut row = visit(&i.to_string(), at);
            row.visitor_id = Some((*visitor).into());
            row.creator_id = (!creator.is_empty()).then(|| (*creator).into());
            log.push(&row);
        }
        log.settle();
        log
    }

    fn sale(visitor: &str, code: &str, at: &str) -> Vec<Sale> {
        let mut ledger = Ledger::default();
        let row = Order {
            visitor_id: (!visitor.is_empty()).then(|| visitor.into()),
            promo_code: (!code.is_empty()).then(|| code.to_owned()),
            ..order("o", at, 10.0)
        };
        ledger.push(&row, &ExchangeRates::default()).unwrap();
        ledger.settle().0
    }

    #[test]
    fn clicks_within_the_window_and_codes_make_the_path() {
        let log = log(&[
            ("v", "a", "2026-03-01T00:00:00Z"),
            ("v", "b", "2026-04-01T00:00:00Z"),
            ("v", "a", "2026-04-05T00:00:00Z"),
            ("v", "b", "2026-04-07T00:00:00Z"),
            ("w", "", "2026-04-06T10:03:00Z"),
        ]);
        let claim = |visitor, code, tolerance| {
            let sales = sale(visitor, code, "2026-04-06T10:00:00Z");
            claim_orders(&sales, &log, 30 * DAY, tolerance)
        };
        let (claims, notes) = claim("v", "", 0);
        let creators: Vec<u32> = claims[0].path.iter().map(|p| p.0).collect();
        assert_eq!(
            (creators, claims[0].creator, claims[0].by),
            (vec![1, 0], 0, ClaimedBy::Click)
        );
        assert_eq!(notes, ClaimNotes::default());
        // The same creator's code adds no touch; another's does, and decides.
        let (claims, _) = claim("v", "A15", 0);
        assert_eq!(
            (claims[0].path.len(), claims[0].by),
            (2, ClaimedBy::CodeAndClick)
        );
        let (claims, notes) = claim("v", "b15", 0);
        assert_eq!((claims[0].path.len(), claims[0].creator), (3, 1));
        assert_eq!(notes.code_against_click, 1);
        // A code needs no visitor, and an unknown one helps nobody.
        let (claims, _) = claim("", "b15", 0);
        assert_eq!((claims[0].creator, claims[0].by), (1, ClaimedBy::Code));
        let (claims, notes) = claim("", "OLD", 0);
        assert!(claims.is_empty() && notes.unknown_codes == 1);
        // Of a date alone every click of the day counts.
        let mut sales = sale("v", "", "2026-04-07T00:00:00Z");
        sales[0].at -= 3_600_000;
        sales[0].latest = sales[0].at;
        assert_eq!(claim_orders(&sales, &log, 30 * DAY, 0).0[0].creator, 0);
        sales[0].latest = sales[0].at + DAY - 1;
        assert_eq!(claim_orders(&sales, &log, 30 * DAY, 0).0[0].creator, 1);
        // A visit after the order leads to it only within the tolerance.
        let (claims, _) = claim("v", "", DAY);
        assert_eq!(claims[0].creator, 1);
        assert_eq!(claim("w", "", 0).1.before_their_visit, 1);
    }
}
