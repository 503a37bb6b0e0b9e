//! Who posts about what: clusters of creators by their profiles, the names of those clusters, and how
//! well a creator fits a niche that somebody asked for.
//!
//! Vectors come from outside, as rows of unit length: this stage knows no model.

mod affinity;
mod growth;
mod label;
mod narrow;
mod query;
mod relevance;
mod taxonomy;

pub use affinity::{
    Affinity, TaxonomyVectors, affinities, broad_niches, nearest as nearest_niche, shares,
    word_evidence,
};
pub use growth::{Growth, Month, growth};
pub use label::{NicheLabel, TermWeight, label};
pub use microfluence_clusters::{
    ClusterOptions, Clusters, KChoice, Method, Placement, Vectors, cluster,
};
pub use narrow::{Source, Text, narrowing};
pub use query::{Modifier, Query, QueryReading, alternatives, read_query};
pub use relevance::{MatchedTerm, Relevance, Search, likeness, relevance, uses, uses_any};
pub use taxonomy::{Niche, Taxonomy};

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
