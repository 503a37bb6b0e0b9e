//! A ranking, as tables and as a document.

use super::Manifest;
use super::sheet::{Sheet, id, int};
use crate::dataset::{Cell, Kind};
use crate::niche::QueryReading;
use crate::pipeline::{RankResult, Reach};
use crate::ranking::{Criterion, Excluded, Ranked, RankingEvaluation, Sensitivity, reasons};
use crate::schema::{Creator, CreatorId, CreatorKind};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Sightings per creator in the document; the table of sightings has all.
const SHOWN_HITS: usize = 12;

/// Names of the niches that a search was read as: of one alternative all must fit, of several any.
#[must_use]
pub fn read_as_names(readings: &[QueryReading]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for reading in readings {
        let heads = reading.niches.iter().map(|head| head.join(" or "));
        let own: Vec<String> = heads.chain(reading.nearest.clone()).collect();
        let own = if readings.len() > 1 && !own.is_empty() {
            vec![own.join(" and ")]
        } else {
            own
        };
        for name in own {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

/// A row per order: the ranking and what it must beat.
#[must_use]
pub fn ranking_evaluation_sheet(evaluation: &RankingEvaluation) -> Sheet {
    let mut sheet = Sheet::new(&[
        ("order", Kind::Text),
        ("ndcg_10", Kind::Float),
        ("ndcg_50", Kind::Float),
        ("auc", Kind::Float),
        ("recall_10", Kind::Float),
        ("recall_50", Kind::Float),
        ("median_rank", Kind::Float),
        ("spearman", Kind::Float),
    ]);
    for q in &evaluation.orders {
        let measures = [
            q.ndcg_10,
            q.ndcg_50,
            q.auc,
            q.recall_10,
            q.recall_50,
            q.median_rank,
            q.spearman,
        ];
        let mut row: Vec<Cell> = vec![q.order.into()];
        row.extend(measures.map(Cell::from));
        sheet.rows.push(row);
    }
    sheet
}

/// The measures, and how many creators they are of.
#[must_use]
pub fn ranking_evaluation_summary(manifest: &Manifest, evaluation: &RankingEvaluation) -> Value {
    let mut document = json!({ "manifest": manifest });
    if let (Value::Object(all), Value::Object(found)) = (&mut document, json!(evaluation)) {
        all.extend(found);
    }
    document
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
    columns.extend([
        ("rank_in_top", Kind::Float),
        ("posts", Kind::Int),
        ("kind", Kind::Text),
        ("kind_evidence", Kind::Text),
        ("profile_url", Kind::Text),
        ("email", Kind::Text),
        ("site", Kind::Text),
    ]);
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
            e.safety.as_ref().map(|a| a.safety).into(),
            e.price.as_ref().map(|p| p.amount).into(),
        ];
        cells.extend(row.parts.iter().map(|part| Cell::from(part.contribution)));
        let reach = result.reach.get(&row.creator_id);
        let link =
            |of: fn(&Reach) -> &Option<String>| Cell::from(reach.and_then(|r| of(r).as_deref()));
        cells.extend([
            row.rank_in_top.into(),
            int(e.posts),
            e.kind.map(kind_name).into(),
            e.kind_evidence.as_deref().into(),
            link(|r| &r.profile_url),
            link(|r| &r.email),
            link(|r| &r.site),
        ]);
        sheet.rows.push(cells);
    }
    sheet
}

fn kind_name(kind: CreatorKind) -> &'static str {
    match kind {
        CreatorKind::Person => "person",
        CreatorKind::Group => "group",
        CreatorKind::Brand => "brand",
    }
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

/// The ranking with every part and its reasons.
#[must_use]
pub fn rank_summary(
    manifest: &Manifest,
    result: &RankResult,
    rows: &[Ranked],
    moved: &[Sensitivity],
) -> Value {
    let criteria: Vec<Value> = Criterion::ALL
        .iter()
        .map(|c| {
            let weight = result
                .ranking
                .rows
                .first()
                .and_then(|row| row.parts.iter().find(|p| p.criterion == *c))
                .map(|p| p.weight);
            json!({ "criterion": c.name(), "sentence": c.sentence(), "weight": weight })
        })
        .collect();
    let entries: Vec<Value> = rows
        .iter()
        .map(|row| {
            let (criteria, sentences): (Vec<&str>, Vec<String>) = reasons(row)
                .into_iter()
                .map(|(criterion, reason)| (criterion.name(), reason))
                .unzip();
            json!({
                "rank": row.rank,
                "creator_id": row.creator_id,
                "score": row.score,
                "score_lower": row.score_lower,
                "score_upper": row.score_upper,
                "rank_lower": row.rank_lower,
                "rank_upper": row.rank_upper,
                "rank_in_top": row.rank_in_top,
                "parts": row.parts,
                "reasons": sentences,
                "reasons_about": criteria,
                "posts": row.evidence.posts,
                "kind": row.evidence.kind.map(kind_name),
                "kind_evidence": row.evidence.kind_evidence,
                "reach": result.reach.get(&row.creator_id),
                "safety_hits": row.evidence.safety.as_ref().map(|s| &s.hits[..s.hits.len().min(SHOWN_HITS)]),
            })
        })
        .collect();
    json!({
        "manifest": manifest,
        "read_as": read_as_names(&result.read_as),
        "queries": result.read_as,
        "also_possible": result.also_possible.iter().map(|(id, relevance)| json!({ "creator_id": id, "relevance": relevance })).collect::<Vec<_>>(),
        "criteria": criteria,
        "draws": json!({ "n": result.ranking.draws, "seed": result.ranking.seed }),
        "sensitivity": moved,
        "switched_off": result.ranking.switched_off,
        "ranked": result.ranking.rows.len(),
        "excluded": result.ranking.excluded.len(),
        "creators": entries,
    })
}
