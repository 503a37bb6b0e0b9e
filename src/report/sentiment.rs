//! What was said, as tables and as a document.

use super::sheet::Sheet;
use super::{Manifest, Section};
use crate::dataset::{Cell, Column, Kind};
use crate::schema::CommentId;
use crate::sentiment::{
    BrandSentiment, Change, Drawn, Driver, ExclusionReason, Gap, LanguageSentiment, Method, Named,
    NetSentiment, Period, ScoredComment, Slice, Theme,
};
use serde_json::{Value, json};

/// Parts listed under a brand on the page and the terminal.
const PARTS: usize = 12;

/// The columns of [`sentiment_cells`].
#[must_use]
pub fn sentiment_columns() -> Vec<Column> {
    [
        ("comment_id", Kind::Text),
        ("brand", Kind::Text),
        ("label", Kind::Text),
        ("p_negative", Kind::Float),
        ("p_neutral", Kind::Float),
        ("p_positive", Kind::Float),
        ("mentions_brand", Kind::Bool),
        ("language", Kind::Text),
        ("status", Kind::Text),
        ("excluded", Kind::Text),
        ("model", Kind::Text),
    ]
    .iter()
    .map(|(name, kind)| Column::new(name, *kind))
    .collect()
}

/// The row of a comment and a target; `left_out` is what the tally said of it.
#[must_use]
pub fn sentiment_cells(row: &ScoredComment, left_out: Option<ExclusionReason>) -> Vec<Cell> {
    let [negative, neutral, positive] = probabilities(row);
    vec![
        row.comment_id.as_str().into(),
        row.brand.as_deref().into(),
        row.label.map(|l| Cell::from(l.name())).into(),
        negative,
        neutral,
        positive,
        row.mentions_brand.map_or(Cell::Empty, Cell::Bool),
        row.language.code().into(),
        row.status.name().into(),
        left_out.map(ExclusionReason::name).into(),
        row.model.as_deref().into(),
    ]
}

/// The three cells of a row's probabilities.
pub(super) fn probabilities(row: &ScoredComment) -> [Cell; 3] {
    std::array::from_fn(|class| row.probabilities.map(|p| six_decimals(p[class])).into())
}

/// Six digits of a probability are more than the model knows and keep files small.
pub(super) fn six_decimals(probability: f32) -> f64 {
    (f64::from(probability) * 1e6).round() / 1e6
}

/// Net sentiment per brand.
#[must_use]
pub fn sentiment_summary(manifest: &Manifest, brands: &[BrandSentiment]) -> Value {
    json!({ "manifest": manifest, "brands": brands })
}

/// The columns of a sheet of comments for people to label.
pub const LABEL_COLUMNS: [(&str, Kind); 6] = [
    ("comment_id", Kind::Text),
    ("brand", Kind::Text),
    ("text", Kind::Text),
    ("label", Kind::Text),
    ("probability", Kind::Float),
    ("stratum", Kind::Int),
];

/// A sheet of comments for people to judge: they fill in the column `label`.
#[must_use]
pub fn label_sheet(drawn: &[Drawn]) -> Sheet {
    let mut sheet = Sheet::new(&LABEL_COLUMNS);
    for row in drawn {
        sheet.rows.push(vec![
            row.comment.comment_id.as_str().into(),
            row.brand.as_deref().into(),
            row.comment.text.as_str().into(),
            Cell::Empty,
            Some(row.probability).into(),
            super::sheet::int(row.stratum as usize),
        ]);
    }
    sheet
}

/// Points with their sign; a dash for nothing.
fn points(x: Option<f64>) -> String {
    x.map_or_else(|| "-".to_owned(), |x| format!("{x:+.1}"))
}

/// The 95 % interval; without labels the sampling range, named as such, with the model's error beside it.
fn interval(interval: [Option<f64>; 2], sampling: [Option<f64>; 2], error: Option<f64>) -> String {
    match (interval, sampling, error) {
        ([Some(lower), Some(upper)], ..) => format!("{lower:+.1} to {upper:+.1}"),
        (_, [Some(lower), Some(upper)], Some(error)) => {
            format!("sampling {lower:+.1} to {upper:+.1}, model \u{b1}{error:.0}")
        }
        (_, _, Some(error)) => format!("too few for a range, model \u{b1}{error:.0}"),
        _ => "too few".to_owned(),
    }
}

/// Net sentiment, with the word where nothing was labelled.
fn named_points(net: Option<f64>, method: Method) -> String {
    match (net, method) {
        (Some(net), Method::Uncorrected) => format!("{net:+.1} uncorrected"),
        (net, _) => points(net),
    }
}

fn gap(gap: &Gap) -> String {
    format!(
        "{:+.1} ({:+.1} to {:+.1})",
        gap.difference, gap.lower, gap.upper
    )
}

fn level_cells(name: &str, level: &NetSentiment) -> Vec<String> {
    vec![
        name.to_owned(),
        level.n.to_string(),
        named_points(level.net_sentiment, level.method),
        if level.n == 0 {
            "no comments".to_owned()
        } else {
            interval(
                [level.net_sentiment_lower, level.net_sentiment_upper],
                [level.sampling_lower, level.sampling_upper],
                level.model_error,
            )
        },
        points(level.net_sentiment_raw),
        points(level.net_sentiment_polar),
        level.method.name().to_owned(),
    ]
}

/// The names of a part's columns: what it is, and its level.
const LEVEL: [&str; 6] = [
    "comments",
    "net sentiment",
    "95 % interval",
    "label count",
    "without neutrals",
    "method",
];

fn section(title: &str, note: &str, columns: &[&str], rows: Vec<Vec<String>>) -> Section {
    Section {
        title: title.to_owned(),
        note: note.to_owned(),
        columns: columns.iter().map(|c| (*c).to_owned()).collect(),
        rows,
        figure: None,
    }
}

fn parts(title: &str, what: &str, rows: Vec<Vec<String>>) -> Option<Section> {
    let columns: Vec<&str> = std::iter::once(what).chain(LEVEL).collect();
    (!rows.is_empty()).then(|| section(title, "", &columns, rows))
}

/// The languages with their models; those that are in no other figure say so.
fn languages(rows: &[LanguageSentiment]) -> Vec<Vec<String>> {
    let mut rows: Vec<&LanguageSentiment> = rows.iter().collect();
    rows.sort_by_key(|r| std::cmp::Reverse(r.level.n));
    rows.truncate(PARTS);
    rows.iter()
        .map(|r| {
            let apart = if r.pooled { "" } else { " (apart)" };
            level_cells(&format!("{}{apart}, {}", r.name, r.model), &r.level)
        })
        .collect()
}

fn named(rows: &[Named]) -> Vec<Vec<String>> {
    let mut rows: Vec<&Named> = rows.iter().collect();
    rows.sort_by_key(|r| std::cmp::Reverse(r.level.n));
    rows.truncate(PARTS);
    rows.iter()
        .map(|r| level_cells(&r.name, &r.level))
        .collect()
}

fn quotations(driver: &Driver) -> String {
    let ids: Vec<&str> = driver.quotations.iter().map(CommentId::as_str).collect();
    ids.join(", ")
}

fn driver_cells(driver: &Driver) -> Vec<String> {
    vec![
        if driver.aspect {
            format!("{} (aspect)", driver.term)
        } else {
            driver.term.clone()
        },
        driver.count.to_string(),
        points(Some(driver.net_sentiment)),
        points(Some(driver.contribution)),
        points(driver.contribution_to_change),
        quotations(driver),
    ]
}

fn theme_cells(theme: &Theme) -> Vec<String> {
    let level = &theme.level;
    let creators: Vec<&str> = theme.creators.iter().map(|c| c.id.as_str()).collect();
    let quotations: Vec<&str> = theme.quotations.iter().map(CommentId::as_str).collect();
    vec![
        theme.name.clone(),
        format!("{:.1} %", 100.0 * theme.share),
        level.n.to_string(),
        named_points(level.net_sentiment, level.method),
        interval(
            [level.net_sentiment_lower, level.net_sentiment_upper],
            [level.sampling_lower, level.sampling_upper],
            level.model_error,
        ),
        creators.join(", "),
        quotations.join(", "),
    ]
}

const DRIVERS: [&str; 6] = [
    "term",
    "comments",
    "net sentiment",
    "adds to the level",
    "adds to the change",
    "comments to read",
];

fn change_cells(change: &Change) -> Vec<String> {
    let others: Vec<String> = change
        .against
        .iter()
        .map(|a| format!("{}: {}", a.brand, gap(&a.difference)))
        .collect();
    vec![
        change.at.clone(),
        points(change.before.net_sentiment),
        points(change.after.net_sentiment),
        gap(&change.change),
        change
            .p_value
            .map_or_else(|| "given".to_owned(), |p| format!("{p:.3}")),
        others.join("\n"),
    ]
}

/// Everything about a brand as tables: periods, creators, parts, changes and drivers, each where there is something to
/// show.
#[must_use]
pub fn sentiment_sections(brand: &BrandSentiment) -> Vec<Section> {
    let period = |p: &Period| level_cells(&p.period, &p.level);
    let creator = |s: &&Slice| level_cells(s.creator_id.as_str(), &s.level);
    let mut creators: Vec<&Slice> = brand.by_creator.iter().collect();
    creators.sort_by_key(|s| std::cmp::Reverse(s.level.n));
    creators.truncate(PARTS);
    let mut sections: Vec<Section> = [
        parts(
            "By period",
            "period",
            brand.by_period.iter().map(period).collect(),
        ),
        parts(
            "By creator",
            "creator",
            creators.iter().map(creator).collect(),
        ),
        parts("By platform", "platform", named(&brand.by_platform)),
        parts("By product", "product", named(&brand.by_product)),
        parts(
            "By language",
            "language, model",
            languages(&brand.by_language),
        ),
    ]
    .into_iter()
    .flatten()
    .collect();
    let changes: Vec<&Change> = brand.before_after.iter().chain(&brand.changes).collect();
    if !changes.is_empty() {
        sections.push(section(
            "Changes",
            "Points with 95 % intervals; in series without a change, 3 in 100 report one.",
            &[
                "at",
                "before",
                "after",
                "change",
                "p",
                "minus others' change",
            ],
            changes.iter().map(|c| change_cells(c)).collect(),
        ));
    }
    if !brand.against.is_empty() {
        sections.push(section(
            "Against others",
            "",
            &["brand", "net sentiment minus theirs (95 %)"],
            brand
                .against
                .iter()
                .map(|a| vec![a.brand.clone(), gap(&a.difference)])
                .collect(),
        ));
    }
    if !brand.themes.is_empty() {
        sections.push(section(
            "Themes",
            "What people talk about, complaints first; a comment may speak of several.",
            &[
                "theme",
                "share",
                "comments",
                "net sentiment",
                "95 % interval",
                "most under creators",
                "comments to read",
            ],
            brand.themes.iter().take(PARTS).map(theme_cells).collect(),
        ));
    }
    let movers = changes.iter().find(|c| !c.drivers.is_empty());
    let drivers = movers.map_or(&brand.drivers, |c| &c.drivers);
    if !drivers.is_empty() {
        sections.push(section(
            "Drivers",
            "By how many points the level, or the change, would differ without the comments that hold the term; by the model's scores.",
            &DRIVERS,
            drivers.iter().take(PARTS).map(driver_cells).collect(),
        ));
    }
    sections
}

/// The columns of [`brand_cells`].
pub const BRAND_COLUMNS: [&str; 10] = [
    "brand",
    "rows",
    "scored",
    "on-brand mentions",
    "share of voice",
    "net sentiment",
    "95 % interval",
    "label count",
    "pos / neu / neg",
    "method",
];

/// A brand in one row.
#[must_use]
pub fn brand_cells(brand: &BrandSentiment) -> Vec<String> {
    let level = &brand.level;
    vec![
        brand
            .brand
            .clone()
            .unwrap_or_else(|| "(whole text)".to_owned()),
        brand.n.to_string(),
        brand.scored.to_string(),
        brand.about.to_string(),
        brand
            .share_of_voice
            .map_or_else(|| "-".to_owned(), |s| format!("{:.1} %", 100.0 * s)),
        named_points(level.net_sentiment, level.method),
        interval(
            [level.net_sentiment_lower, level.net_sentiment_upper],
            [level.sampling_lower, level.sampling_upper],
            level.model_error,
        ),
        points(level.net_sentiment_raw),
        ["positive", "neutral", "negative"]
            .map(|label| brand.counts.get(label).copied().unwrap_or(0).to_string())
            .join(" / "),
        level.method.name().to_owned(),
    ]
}
