//! A model's evaluation as a document and as a page.

use super::chart::reliability_diagram;
use super::sentiment::probabilities;
use super::sheet::Sheet;
use super::{Manifest, Page, Section};
use crate::dataset::{Cell, Kind};
use crate::schema::{LabelledText, Polarity};
use crate::sentiment::{CoverageReport, Estimate, Evaluation, Measures, ScoredComment};
use serde_json::{Value, json};

/// One row per labelled text: what people said, and what the model says.
#[must_use]
pub fn evaluation_sheet(rows: &[LabelledText], scored: &[ScoredComment]) -> Sheet {
    let mut sheet = Sheet::new(&[
        ("text", Kind::Text),
        ("target", Kind::Text),
        ("source", Kind::Text),
        ("label", Kind::Text),
        ("answer", Kind::Text),
        ("p_negative", Kind::Float),
        ("p_neutral", Kind::Float),
        ("p_positive", Kind::Float),
        ("status", Kind::Text),
    ]);
    for (row, scored) in rows.iter().zip(scored) {
        let [negative, neutral, positive] = probabilities(scored);
        sheet.rows.push(vec![
            row.text.as_str().into(),
            row.target.as_deref().into(),
            row.source.as_deref().into(),
            row.label.name().into(),
            scored.label.map(|l| Cell::from(l.name())).into(),
            negative,
            neutral,
            positive,
            scored.status.name().into(),
        ]);
    }
    sheet
}

/// Every group's measures, the model's beside the baseline's.
#[must_use]
pub fn evaluation_summary(manifest: &Manifest, groups: &[Evaluation]) -> Value {
    json!({ "manifest": manifest, "evaluations": groups })
}

/// The names of [`evaluation_rows`]' columns.
pub const EVALUATION_COLUMNS: [&str; 8] = [
    "source",
    "rows",
    "judge",
    "macro recall (95 %)",
    "macro F1 (95 %)",
    "accuracy (95 %)",
    "recall neg / neu / pos",
    "calibration error",
];

/// One row per source and judge, as text.
#[must_use]
pub fn evaluation_rows(groups: &[Evaluation]) -> Vec<Vec<String>> {
    let row = |group: &Evaluation, judge: &str, measures: &Measures| {
        vec![
            group.source.clone().unwrap_or_else(|| "all".to_owned()),
            if group.declined > 0 {
                format!("{} ({} declined)", group.n, group.declined)
            } else {
                group.n.to_string()
            },
            judge.to_owned(),
            with_interval(measures.macro_recall),
            with_interval(measures.macro_f1),
            with_interval(measures.accuracy),
            measures.recall.map(percent).join(" / "),
            measures
                .calibration
                .as_ref()
                .map_or_else(|| "-".to_owned(), |c| format!("{:.3}", c.ece)),
        ]
    };
    groups
        .iter()
        .flat_map(|g| [row(g, "model", &g.model), row(g, "VADER", &g.vader)])
        .collect()
}

fn with_interval(estimate: Option<Estimate>) -> String {
    estimate.map_or_else(
        || "-".to_owned(),
        |e| {
            format!(
                "{:.1} ({:.1} to {:.1})",
                100.0 * e.value,
                100.0 * e.lower,
                100.0 * e.upper
            )
        },
    )
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |s| format!("{:.1}", 100.0 * s))
}

/// The page: the table, then for every source what was taken for what, and the reliability diagram.
#[must_use]
pub fn evaluation_page(model: &str, groups: &[Evaluation]) -> Page {
    let lead = groups
        .first()
        .and_then(|all| {
            let recall = all.model.macro_recall?;
            let vader = all.vader.macro_recall?;
            Some(format!(
                "On {} labelled texts {model} finds {:.1} % of the average class ({:.1} to {:.1}, 95 %); VADER, a lexicon, finds {:.1} %.",
                all.n - all.declined,
                100.0 * recall.value,
                100.0 * recall.lower,
                100.0 * recall.upper,
                100.0 * vader.value
            ))
        })
        .unwrap_or_else(|| "No row could be labelled.".to_owned());
    let mut sections = vec![Section {
        title: "Measures".to_owned(),
        note: "In percent, with 95 % intervals by bootstrap over rows. Macro: the mean over the classes, so that a rare class counts as much as a frequent one. \
               Calibration error: how far, on average, the probability of an answer is from the share of such answers that are right."
            .to_owned(),
        columns: EVALUATION_COLUMNS.map(str::to_owned).into(),
        rows: evaluation_rows(groups),
        figure: None,
    }];
    for group in groups {
        let name = group.source.as_deref().unwrap_or("all rows");
        sections.push(Section {
            title: format!("What was taken for what: {name}"),
            note: "Rows are what people said, columns what the model answers.".to_owned(),
            columns: std::iter::once("people say")
                .chain(Polarity::ALL.map(Polarity::name))
                .map(str::to_owned)
                .collect(),
            rows: Polarity::ALL
                .iter()
                .zip(group.model.confusion.counts())
                .map(|(truth, counts)| {
                    std::iter::once(truth.name().to_owned())
                        .chain(counts.iter().map(ToString::to_string))
                        .collect()
                })
                .collect(),
            figure: group.model.calibration.as_ref().map(reliability_diagram),
        });
    }
    Page {
        title: format!("How well {model} judges"),
        lead,
        sections,
    }
}

/// The names of [`coverage_rows`]' columns.
pub const COVERAGE_COLUMNS: [&str; 11] = [
    "setting",
    "rounds",
    "error",
    "counting",
    "labelled alone",
    "covered %",
    "naive %",
    "width",
    "narrower %",
    "found %",
    "quiet %",
];

/// What was reached in each setting: errors and widths in points, shares in percent.
#[must_use]
pub fn coverage_rows(settings: &[CoverageReport]) -> Vec<Vec<String>> {
    let points = |x: Option<f64>| x.map_or_else(|| "-".to_owned(), |x| format!("{x:.1}"));
    settings
        .iter()
        .map(|q| {
            vec![
                q.setting.to_owned(),
                q.rounds.to_string(),
                points(q.error),
                points(q.error_counting),
                points(q.error_labelled_alone),
                percent(q.coverage),
                percent(q.coverage_naive),
                points(q.width),
                percent(q.narrower),
                percent(q.found),
                percent(q.quiet),
            ]
        })
        .collect()
}
