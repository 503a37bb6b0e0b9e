//! What differs between two runs, as a table and as a document.

use super::Manifest;
use super::sheet::Sheet;
use crate::dataset::{Cell, Kind};
use crate::history::{Alert, Difference, ListChange, RunRecord};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// One row for each thing that differs: what (`net_sentiment`, `score`, `ranking`, `plan`, `price`, `followers`,
/// `rows`, `unknown`, `campaign`, `fault`, `setting`), whose, before, now, the difference with its interval where it
/// has one, and why.
#[must_use]
pub fn changes_sheet(difference: &Difference, old: &RunRecord, new: &RunRecord) -> Sheet {
    let mut rows = Rows {
        sheet: Sheet::new(&[
            ("what", Kind::Text),
            ("of", Kind::Text),
            ("name", Kind::Text),
            ("before", Kind::Float),
            ("now", Kind::Float),
            ("difference", Kind::Float),
            ("lower", Kind::Float),
            ("upper", Kind::Float),
            ("beyond_chance", Kind::Bool),
            ("why", Kind::Text),
        ]),
        runs: [old, new],
    };
    for line in &difference.asked_otherwise {
        rows.said("setting", None, line);
    }
    for fault in &difference.new_faults {
        rows.said("fault", None, fault);
    }
    for s in difference.sentiment.iter().filter(|s| s.moved()) {
        let brand = s.brand.as_deref().unwrap_or("all comments");
        let cells = [
            s.net_sentiment[0],
            s.net_sentiment[1],
            s.difference,
            s.lower,
            s.upper,
        ];
        let beyond = s.difference.map(|_| s.beyond_chance);
        rows.push(
            "net_sentiment",
            Some(brand),
            cells,
            beyond,
            s.incomparable.as_deref(),
        );
    }
    rows.list("plan", &difference.plan);
    rows.list("ranking", &difference.ranked);
    for m in &difference.moves {
        let id = Some(m.creator_id.as_str());
        let [before, now] = m.rank.map(|rank| Some(rank as f64));
        rows.push("rank", id, [before, now, None, None, None], None, None);
        let cells = [
            Some(m.score[0]),
            Some(m.score[1]),
            Some(m.difference),
            Some(m.lower),
            Some(m.upper),
        ];
        rows.push(
            "score",
            id,
            cells,
            Some(m.beyond_chance),
            Some(&evidence(m)),
        );
    }
    for (what, figures) in [
        ("price", &difference.prices),
        ("followers", &difference.followers),
    ] {
        for c in figures {
            rows.figures(what, &c.creator_id, c.figure);
        }
    }
    rows.list("creators", &difference.creators);
    for table in &difference.tables {
        rows.figures("rows", &table.table, table.rows.map(|n| n as f64));
        if table.rejected[0] != table.rejected[1] {
            rows.figures("rejected", &table.table, table.rejected.map(|n| n as f64));
        }
    }
    for column in &difference.unknown {
        rows.figures(
            "unknown",
            &format!("{} of {}", column.column, column.table),
            column.share,
        );
    }
    for figure in &difference.campaign {
        rows.figures("campaign", &figure.figure, figure.value);
    }
    rows.sheet
}

struct Rows<'r> {
    sheet: Sheet,
    runs: [&'r RunRecord; 2],
}

impl Rows<'_> {
    fn push(
        &mut self,
        what: &str,
        of: Option<&str>,
        numbers: [Option<f64>; 5],
        beyond_chance: Option<bool>,
        why: Option<&str>,
    ) {
        let name = of.and_then(|id| {
            let runs = self.runs.iter().rev();
            let mut known = runs.filter(|run| run.creators.contains_key(id));
            known.next().map(|run| run.name_of(id))
        });
        let mut cells: Vec<Cell> = vec![what.into(), of.into(), name.as_deref().into()];
        cells.extend(numbers.map(Cell::from));
        cells.push(beyond_chance.map_or(Cell::Empty, Cell::Bool));
        cells.push(why.into());
        self.sheet.rows.push(cells);
    }

    fn said(&mut self, what: &str, of: Option<&str>, why: &str) {
        self.push(what, of, [None; 5], None, Some(why));
    }

    fn figures(&mut self, what: &str, of: &str, figure: [f64; 2]) {
        let [before, now] = figure;
        let cells = [Some(before), Some(now), Some(now - before), None, None];
        self.push(what, Some(of), cells, None, None);
    }

    fn list(&mut self, what: &str, change: &ListChange) {
        for (sign, who) in [("in", &change.added), ("out", &change.removed)] {
            for (id, why) in who {
                let why = why
                    .as_ref()
                    .map_or_else(|| sign.to_owned(), |why| format!("{sign}: {why}"));
                self.said(what, Some(id), &why);
            }
        }
    }
}

/// What moved a score, with the evidence before and after where it differs.
fn evidence(m: &crate::history::Move) -> String {
    let parts: Vec<String> = m
        .reasons()
        .map(|part| {
            let [before, now] = &part.evidence;
            match (before, now) {
                (Some(before), Some(now)) if before != now => {
                    format!(
                        "{} {:+.3}: {now}; before: {before}",
                        part.criterion, part.effect
                    )
                }
                _ => format!("{} {:+.3}", part.criterion, part.effect),
            }
        })
        .collect();
    parts.join("; ")
}

/// Everything that differs, with the sentences that tell it, the names of the creators that it speaks of, and the
/// alerts that were raised.
#[must_use]
pub fn changes_summary(
    manifest: Option<&Manifest>,
    difference: &Difference,
    (old, new): (&RunRecord, &RunRecord),
    alerts: &[Alert],
) -> Value {
    let mut ids: BTreeSet<&str> = BTreeSet::new();
    for list in [&difference.creators, &difference.ranked, &difference.plan] {
        ids.extend(
            list.added
                .iter()
                .chain(&list.removed)
                .map(|(id, _)| id.as_str()),
        );
    }
    ids.extend(difference.moves.iter().map(|m| m.creator_id.as_str()));
    for figures in [&difference.prices, &difference.followers] {
        ids.extend(figures.iter().map(|c| c.creator_id.as_str()));
    }
    let names: Map<String, Value> = ids
        .into_iter()
        .map(|id| {
            let run = if new.creators.contains_key(id) {
                new
            } else {
                old
            };
            (id.to_owned(), run.name_of(id).into())
        })
        .collect();
    let mut document = json!({
        "sentences": difference.sentences(old, new),
        "alerts": alerts,
        "changes": difference,
        "names": names,
    });
    if let Some(manifest) = manifest {
        document["manifest"] = json!(manifest);
    }
    document
}
