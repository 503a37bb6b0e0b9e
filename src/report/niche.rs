//! Niches, as a table and as a document.

use super::Manifest;
use super::sheet::{Sheet, id, int};
use crate::dataset::{Cell, Kind};
use crate::pipeline::Niches;
use crate::schema::Creator;
use serde_json::{Value, json};

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
                "medoids": niches.typical[i],
                "growth": niches.growth.get(i),
            })
        })
        .collect();
    let chosen = clusters.chosen.as_ref();
    json!({
        "manifest": manifest,
        "niches": entries,
        "without_text": niches.without_text,
        "unreadable": niches.unreadable,
        "chosen_k": chosen.map(|c| c.k),
        "silhouette": chosen.map(|c| c.silhouette),
        "stability": chosen.map(|c| c.stability),
        "tried": clusters.tried.iter().map(|c| json!({
            "k": c.k, "silhouette": c.silhouette, "stability": c.stability,
        })).collect::<Vec<_>>(),
    })
}
