//! What was seen of brand safety, as tables and as a document.

use super::Manifest;
use super::sheet::{Sheet, id, int};
use crate::dataset::{Cell, Kind};
use crate::safety::{SafetyAssessment, SafetyLists};
use crate::schema::{CreatorId, PostId};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// One row per creator with a text: the safety, its error, and the strength of each category seen.
#[must_use]
pub fn safety_sheet(seen: &[(&CreatorId, &SafetyAssessment)]) -> Sheet {
    let mut sheet = Sheet::new(&[
        ("creator_id", Kind::Text),
        ("safety", Kind::Float),
        ("spread", Kind::Float),
        ("texts_read", Kind::Int),
        ("categories", Kind::Text),
    ]);
    for (creator, seen) in seen {
        let categories: Vec<String> = seen
            .strengths
            .iter()
            .map(|(id, strength)| format!("{id} {strength:.2}"))
            .collect();
        sheet.rows.push(vec![
            id(creator),
            seen.safety.into(),
            seen.spread.into(),
            int(seen.texts_read),
            categories.join("; ").as_str().into(),
        ]);
    }
    sheet
}

/// One row per sighting, the creators in the given order, the surest first.
#[must_use]
pub fn safety_hits_sheet(seen: &[(&CreatorId, &SafetyAssessment)]) -> Sheet {
    let mut sheet = Sheet::new(&[
        ("creator_id", Kind::Text),
        ("category", Kind::Text),
        ("probability", Kind::Float),
        ("post_id", Kind::Text),
        ("published_at", Kind::Text),
        ("term", Kind::Text),
        ("quotation", Kind::Text),
    ]);
    for (creator, seen) in seen {
        for hit in &seen.hits {
            let at = hit.published_at.map(|at| at.to_string());
            sheet.rows.push(vec![
                id(creator),
                hit.category.as_str().into(),
                hit.probability.into(),
                Cell::from(hit.post_id.as_ref().map(PostId::as_str)),
                Cell::from(at.as_deref()),
                hit.term.as_str().into(),
                hit.quotation.as_str().into(),
            ]);
        }
    }
    sheet
}

/// How many creators were read, how many show a sighting, and sightings by category.
#[must_use]
pub fn safety_summary(
    manifest: &Manifest,
    lists: &SafetyLists,
    seen: &[(&CreatorId, &SafetyAssessment)],
) -> Value {
    let mut by_category: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (_, seen) in seen {
        for (category, _) in &seen.strengths {
            let hits = seen.hits.iter().filter(|hit| hit.category == *category);
            let held = by_category.entry(category).or_default();
            held.0 += 1;
            held.1 += hits.count();
        }
    }
    let by_category: BTreeMap<&str, Value> = by_category
        .into_iter()
        .map(|(id, (creators, hits))| (id, json!({ "creators": creators, "sightings": hits })))
        .collect();
    let categories: Vec<Value> = lists
        .categories()
        .iter()
        .map(
            |c| json!({ "category": c.id, "name": c.name, "weight": c.weight, "counts": c.counts }),
        )
        .collect();
    json!({
        "manifest": manifest,
        "creators": seen.len(),
        "with_sightings": seen.iter().filter(|(_, s)| !s.hits.is_empty()).count(),
        "sightings": by_category,
        "categories": categories,
    })
}
