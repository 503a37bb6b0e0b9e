//! Results as tables, with the columns that the documentation promises.

use crate::authenticity::Assessment;
use crate::dataset::{Cell, Column, Kind, TableWriter};
use crate::engagement::EngagementReport;
use crate::error::Result;
use crate::pipeline::{Niches, RankResult};
use crate::ranking::{Criterion, Excluded, Ranked};
use crate::schema::{Creator, CreatorId, LabelledText};
use crate::sentiment::ScoredComment;
use std::collections::HashMap;
use std::path::Path;

/// A table that is ready to be written.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sheet {
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, each as long as `columns`.
    pub rows: Vec<Vec<Cell>>,
}

impl Sheet {
    fn new(columns: &[(&str, Kind)]) -> Self {
        Self {
            columns: columns
                .iter()
                .map(|(name, kind)| Column::new(name, *kind))
                .collect(),
            rows: Vec::new(),
        }
    }

    /// Whether a table can be written under this name, said before the work is done.
    ///
    /// # Errors
    /// [`crate::Error::Usage`] for an unknown ending.
    pub fn check_ending(path: &Path) -> Result<()> {
        TableWriter::check_ending(path)
    }

    /// Writes the table; the format follows the ending, `-` is CSV on standard output.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let mut writer = TableWriter::create(path, &self.columns)?;
        for row in &self.rows {
            writer.write(row)?;
        }
        writer.finish()
    }
}

fn int(n: usize) -> Cell {
    Cell::Int(i64::try_from(n).unwrap_or(i64::MAX))
}

fn id(id: &CreatorId) -> Cell {
    Cell::from(id.as_str())
}

/// One row per comment and target, in the order of the comments.
#[must_use]
pub fn sentiment_sheet(scored: &[ScoredComment]) -> Sheet {
    let mut sheet = Sheet::new(&[
        ("comment_id", Kind::Text),
        ("brand", Kind::Text),
        ("label", Kind::Text),
        ("p_negative", Kind::Float),
        ("p_neutral", Kind::Float),
        ("p_positive", Kind::Float),
        ("mentions_brand", Kind::Bool),
        ("language", Kind::Text),
        ("status", Kind::Text),
    ]);
    for row in scored {
        let [negative, neutral, positive] = probabilities(row);
        sheet.rows.push(vec![
            row.comment_id.as_str().into(),
            row.brand.as_deref().into(),
            row.label.map(|l| Cell::from(l.name())).into(),
            negative,
            neutral,
            positive,
            row.mentions_brand.map_or(Cell::Empty, Cell::Bool),
            row.language.code().into(),
            row.status.name().into(),
        ]);
    }
    sheet
}

/// The three cells of a row's probabilities; six digits are more than the model knows and keep
/// files small.
fn probabilities(row: &ScoredComment) -> [Cell; 3] {
    std::array::from_fn(|class| {
        row.probabilities
            .map(|p| (f64::from(p[class]) * 1e6).round() / 1e6)
            .into()
    })
}

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

/// One row per creator: where they belong.
#[must_use]
pub fn niche_sheet(creators: &[Creator], niches: &Niches) -> Sheet {
    let mut sheet = Sheet::new(&[
        ("creator_id", Kind::Text),
        ("niche_id", Kind::Int),
        ("niche", Kind::Text),
        ("membership", Kind::Float),
        ("outlier", Kind::Bool),
        ("x", Kind::Float),
        ("y", Kind::Float),
    ]);
    for (creator, place) in creators.iter().zip(&niches.clusters.placements) {
        sheet.rows.push(vec![
            id(&creator.creator_id),
            place.niche.map_or(Cell::Empty, int),
            place.niche.map(|n| niches.labels[n].name.as_str()).into(),
            place.membership.into(),
            Cell::Bool(place.outlier),
            place.x.into(),
            place.y.into(),
        ]);
    }
    sheet
}

/// One row per creator: what their next post is expected to do.
#[must_use]
pub fn engagement_sheet(report: &EngagementReport) -> Sheet {
    let mut sheet = Sheet::new(&[
        ("creator_id", Kind::Text),
        ("basis", Kind::Text),
        ("engagement_rate", Kind::Float),
        ("expected_engagement_rate", Kind::Float),
        ("lower_90", Kind::Float),
        ("upper_90", Kind::Float),
        ("posts_used", Kind::Int),
        ("tier", Kind::Text),
        ("percentile", Kind::Float),
    ]);
    for p in &report.predictions {
        sheet.rows.push(vec![
            id(&p.creator_id),
            p.basis.name().into(),
            p.engagement_rate.into(),
            p.expected.into(),
            p.lower_90.into(),
            p.upper_90.into(),
            int(p.posts_used),
            p.tier.name().into(),
            p.percentile.into(),
        ]);
    }
    sheet
}

/// One row per creator of whom something was looked at.
#[must_use]
pub fn authenticity_sheet(creators: &[Creator], seen: &[Option<Assessment>]) -> Sheet {
    let mut sheet = Sheet::new(&[
        ("creator_id", Kind::Text),
        ("authenticity", Kind::Float),
        ("flags", Kind::Text),
    ]);
    for (creator, seen) in creators.iter().zip(seen) {
        let flags = seen
            .iter()
            .flat_map(|s| &s.flags)
            .map(|f| format!("{}: {}", f.name, f.evidence))
            .collect::<Vec<_>>()
            .join("; ");
        sheet.rows.push(vec![
            id(&creator.creator_id),
            seen.as_ref().map(|s| s.authenticity).into(),
            flags.as_str().into(),
        ]);
    }
    sheet
}

/// The ranking, with one column per criterion's contribution; they add up to the score.
#[must_use]
pub fn ranking_sheet(creators: &[Creator], result: &RankResult, rows: &[Ranked]) -> Sheet {
    let contributions: Vec<String> = Criterion::ALL
        .iter()
        .map(|c| format!("contribution_{}", c.name()))
        .collect();
    let mut columns = vec![
        ("rank", Kind::Int),
        ("creator_id", Kind::Text),
        ("score", Kind::Float),
        ("score_lower", Kind::Float),
        ("score_upper", Kind::Float),
        ("rank_lower", Kind::Int),
        ("rank_upper", Kind::Int),
        ("niche", Kind::Text),
        ("relevance", Kind::Float),
        ("expected_engagement_rate", Kind::Float),
        ("lower_90", Kind::Float),
        ("upper_90", Kind::Float),
        ("audience_sentiment", Kind::Float),
        ("authenticity", Kind::Float),
        ("safety", Kind::Float),
        ("price", Kind::Float),
    ];
    columns.extend(contributions.iter().map(|c| (c.as_str(), Kind::Float)));
    let mut sheet = Sheet::new(&columns);
    let niche_of: HashMap<&CreatorId, Option<&str>> = creators
        .iter()
        .zip(&result.niches)
        .map(|(c, niche)| (&c.creator_id, niche.as_deref()))
        .collect();
    for row in rows {
        let e = &row.evidence;
        let engagement = e.engagement.as_ref();
        let mut cells = vec![
            int(row.rank),
            id(&row.creator_id),
            row.score.into(),
            row.score_lower.into(),
            row.score_upper.into(),
            int(row.rank_lower),
            int(row.rank_upper),
            niche_of.get(&row.creator_id).copied().flatten().into(),
            e.relevance.as_ref().map(|r| r.value).into(),
            engagement.and_then(|p| p.expected).into(),
            engagement.and_then(|p| p.lower_90).into(),
            engagement.and_then(|p| p.upper_90).into(),
            e.sentiment.map(|s| s.net).into(),
            e.authenticity.map(|a| a.value).into(),
            e.safety.map(|a| a.value).into(),
            e.price.as_ref().map(|p| p.amount).into(),
        ];
        cells.extend(row.parts.iter().map(|part| Cell::from(part.contribution)));
        sheet.rows.push(cells);
    }
    sheet
}

/// Who was left out, and why.
#[must_use]
pub fn excluded_sheet(excluded: &[Excluded]) -> Sheet {
    let mut sheet = Sheet::new(&[("creator_id", Kind::Text), ("reason", Kind::Text)]);
    for out in excluded {
        sheet
            .rows
            .push(vec![id(&out.creator_id), out.reason.as_str().into()]);
    }
    sheet
}
