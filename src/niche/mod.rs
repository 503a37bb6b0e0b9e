//! Who posts about what: clusters of creators by their profile vectors, the names of those
//! clusters, and how well a creator fits a niche that somebody asked for.
//!
//! Vectors come from outside, as rows of unit length: this stage knows no model.

mod choose;
mod cluster;
mod label;
mod points;
mod reduce;
mod relevance;
mod taxonomy;
mod taxonomy_match;

pub use choose::KChoice;
pub use cluster::{ClusterOptions, Clusters, Placement, cluster};
pub use label::{NicheLabel, TermWeight, label};
pub use relevance::{
    Idf, MatchedTerm, ProfileTerms, Query, QueryTerm, Relevance, RelevanceModel, relevance,
};
pub use taxonomy::{Niche, Taxonomy};
pub use taxonomy_match::{TaxonomyMatch, expand, match_taxonomy};

/// The cosine of two vectors, -1..=1; 0 where one has no length or the lengths differ.
#[must_use]
pub fn cosine(a: &[f32], b: &[f32]) -> f64 {
    if a.len() != b.len() {
        return 0.0;
    }
    let (mut dot, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        let (x, y) = (f64::from(*x), f64::from(*y));
        dot += x * y;
        aa += x * x;
        bb += y * y;
    }
    let length = (aa * bb).sqrt();
    if length > 0.0 && length.is_finite() {
        (dot / length).clamp(-1.0, 1.0)
    } else {
        0.0
    }
}
