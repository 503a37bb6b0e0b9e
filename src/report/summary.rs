//! The summary documents, one JSON object per command.

use super::Manifest;
use crate::engagement::EngagementReport;
use crate::pipeline::{Niches, RankResult};
use crate::ranking::{Criterion, Ranked, explain};
use crate::sentiment::BrandSentiment;
use serde_json::{Value, json};

/// Net sentiment per brand.
#[must_use]
pub fn sentiment_summary(manifest: &Manifest, brands: &[BrandSentiment]) -> Value {
    json!({ "manifest": manifest, "brands": brands })
}

/// The niches, and how their number was chosen.
#[must_use]
pub fn niche_summary(manifest: &Manifest, niches: &Niches) -> Value {
    let clusters = &niches.clusters;
    let entries: Vec<Value> = niches
        .labels
        .iter()
        .enumerate()
        .map(|(i, label)| {
            json!({
                "niche_id": i,
                "niche": label.name,
                "taxonomy_id": label.taxonomy_id,
                "similarity": label.similarity,
                "terms": label.terms,
                "size": clusters.sizes[i],
                "medoids": clusters.medoids[i],
            })
        })
        .collect();
    let chosen = clusters.chosen.as_ref();
    json!({
        "manifest": manifest,
        "niches": entries,
        "chosen_k": chosen.map(|c| c.k),
        "silhouette": chosen.map(|c| c.silhouette),
        "stability": chosen.map(|c| c.stability),
        "tried": clusters.tried.iter().map(|c| json!({
            "k": c.k, "silhouette": c.silhouette, "stability": c.stability,
        })).collect::<Vec<_>>(),
    })
}

/// The fits behind the predictions.
#[must_use]
pub fn engagement_summary(manifest: &Manifest, report: &EngagementReport) -> Value {
    json!({ "manifest": manifest, "creators": report.predictions.len(), "groups": report.groups })
}

/// The ranking with every part and its reasons.
#[must_use]
pub fn rank_summary(manifest: &Manifest, result: &RankResult, rows: &[Ranked]) -> Value {
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
            json!({
                "rank": row.rank,
                "creator_id": row.creator_id,
                "score": row.score,
                "score_lower": row.score_lower,
                "score_upper": row.score_upper,
                "rank_lower": row.rank_lower,
                "rank_upper": row.rank_upper,
                "parts": row.parts,
                "reasons": explain(row),
            })
        })
        .collect();
    json!({
        "manifest": manifest,
        "read_as": result.read_as,
        "criteria": criteria,
        "switched_off": result.ranking.switched_off,
        "ranked": result.ranking.rows.len(),
        "excluded": result.ranking.excluded.len(),
        "creators": entries,
    })
}
