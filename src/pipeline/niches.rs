//! What creators are about, and the niches they form.

use super::Tables;
use crate::embedding::{Phrases, Profile, ProfileOptions, QUERY, Terms, meanings, profiles};
use crate::error::Result;
use crate::inference::{Encoder, Input};
use crate::niche::{
    Affinity, ClusterOptions, Clusters, Growth, Niche, NicheLabel, Taxonomy, TaxonomyVectors,
    Vectors, affinities, broad_niches, cluster, growth, label, shares,
};
use crate::schema::CreatorId;
use crate::text::normalize;
use jiff::Timestamp;
use ndarray::Array2;
use std::collections::HashMap;

/// What creators are about, as vectors and in words.
#[derive(Debug, Clone)]
pub struct Profiles {
    /// One per creator, in their order.
    pub profiles: Vec<Profile>,
    /// How much each belongs to every niche of the taxonomy, in the same order.
    pub affinities: Vec<Affinity>,
    pub(super) taxonomy_vectors: TaxonomyVectors,
    pub(super) phrases: Phrases,
    /// Whose each post is (the creator's place) and when it was published.
    posts: Vec<(usize, Timestamp)>,
}

impl Profiles {
    /// Creators who write mostly in languages that the embedding model was not made for: they are
    /// judged by words, tags and emoji more than by meaning.
    #[must_use]
    pub fn unreadable(&self) -> usize {
        self.profiles
            .iter()
            .filter(|p| p.texts_unreadable > p.texts_read)
            .count()
    }

    /// Whether anything is known of what the creator at that place is about.
    pub(super) fn says_something(&self, place: usize) -> bool {
        let profile = &self.profiles[place];
        profile.vector.is_some() || self.affinities[place].has_words()
    }
}

/// Reads every creator's texts, and the taxonomy's, with the embedding model; and once more with the multilingual one,
/// where it is at hand (see [`crate::niche::Affinity`]).
///
/// # Errors
/// If the encoder fails.
pub fn read_profiles(
    encoder: &dyn Encoder,
    multilingual: Option<&dyn Encoder>,
    tables: &Tables,
    taxonomy: &Taxonomy,
) -> Result<Profiles> {
    let texts = taxonomy.niches().iter().map(Niche::text);
    let names = taxonomy.niches().iter().map(|niche| niche.name.clone());
    let taxonomy_vectors = TaxonomyVectors {
        texts: encoded(encoder, &texts.collect::<Vec<_>>())?,
        names: encoded(encoder, &names.collect::<Vec<_>>())?,
        meanings: multilingual
            .map(|encoder| taxonomy_meanings(encoder, taxonomy))
            .transpose()?,
    };
    let phrases = taxonomy.phrases();
    let profiles = profiles(
        encoder,
        multilingual,
        &tables.creators,
        &tables.posts,
        &phrases,
        &ProfileOptions::default(),
    )?;
    let place: HashMap<&CreatorId, usize> = tables
        .creators
        .iter()
        .enumerate()
        .map(|(i, creator)| (&creator.creator_id, i))
        .collect();
    Ok(Profiles {
        affinities: affinities(&profiles, taxonomy, &taxonomy_vectors),
        profiles,
        taxonomy_vectors,
        phrases,
        posts: tables
            .posts
            .iter()
            .filter_map(|post| Some((*place.get(&post.creator_id)?, post.published_at)))
            .collect(),
    })
}

/// What the niches' texts and names mean.
fn taxonomy_meanings(encoder: &dyn Encoder, taxonomy: &Taxonomy) -> Result<[Array2<f32>; 2]> {
    let texts = |text: &dyn Fn(&Niche) -> String| -> Result<Array2<f32>> {
        let texts: Vec<String> = taxonomy.niches().iter().map(text).collect();
        let rows: Vec<Vec<f32>> = meanings(encoder, QUERY, &texts)?
            .into_iter()
            .map(Option::unwrap_or_default)
            .collect();
        let width = rows.iter().map(Vec::len).max().unwrap_or(0);
        let mut vectors = Array2::zeros((rows.len(), width));
        for (mut to, from) in vectors.rows_mut().into_iter().zip(&rows) {
            for (to, from) in to.iter_mut().zip(from) {
                *to = *from;
            }
        }
        Ok(vectors)
    };
    Ok([
        texts(&|niche| format!("{}: {}", niche.name, niche.description))?,
        texts(&|niche| niche.name.clone())?,
    ])
}

/// One row per text.
fn encoded(encoder: &dyn Encoder, texts: &[String]) -> Result<Array2<f32>> {
    let texts: Vec<String> = texts.iter().map(|text| normalize(text, &[])).collect();
    let inputs: Vec<Input<'_>> = texts
        .iter()
        .map(|text| Input { text, target: None })
        .collect();
    let rows = encoder.encode(&inputs)?;
    let mut vectors = Array2::zeros((texts.len(), rows.width()));
    for (mut to, from) in vectors.rows_mut().into_iter().zip(rows.iter()) {
        for (to, from) in to.iter_mut().zip(from) {
            *to = *from;
        }
    }
    Ok(vectors)
}

/// Clusters with their names.
#[derive(Debug, Clone)]
pub struct Niches {
    /// Who is where.
    pub clusters: Clusters,
    /// Up to three creators of each cluster, the most typical first.
    pub typical: Vec<Vec<CreatorId>>,
    /// One per cluster.
    pub labels: Vec<NicheLabel>,
    /// One per cluster: its posts over time.
    pub growth: Vec<Growth>,
    /// Creators without a text that says anything.
    pub without_text: usize,
    /// Creators who write mostly in languages that the embedding model was not made for.
    pub unreadable: usize,
}

/// Mean share of its members above which a cluster takes a niche's name.
const NAME_THRESHOLD: f64 = 0.25;

/// Terms given per cluster.
const TERMS: usize = 12;

/// Weight of the profile's vector beside the roots of its shares of the broad niches, whose
/// length is 1: shares tell niches apart, the vector what is within them.
const VECTOR_WEIGHT: f32 = 0.5;

/// The rows that are clustered, made when they are looked at: a million of them would take 1.6 GB.
struct Features<'p> {
    profiles: &'p Profiles,
    broad: Vec<usize>,
}

impl Vectors for Features<'_> {
    fn rows(&self) -> usize {
        self.profiles.profiles.len()
    }

    fn width(&self) -> usize {
        self.broad.len() + self.profiles.taxonomy_vectors.texts.ncols()
    }

    fn write(&self, row: usize, to: &mut [f32]) {
        let shares = shares(&self.profiles.affinities[row], &self.broad);
        let vector = self.profiles.profiles[row].vector.iter().flatten();
        let values = shares
            .into_iter()
            .map(|share| share.sqrt() as f32)
            .chain(vector.map(|v| VECTOR_WEIGHT * v));
        to.fill(0.0);
        for (to, value) in to.iter_mut().zip(values) {
            *to = value;
        }
    }
}

/// Groups creators into niches, by what they belong to of the taxonomy and by their vectors.
///
/// # Errors
/// If the number of clusters is 0.
pub fn find_niches(
    profiles: &Profiles,
    taxonomy: &Taxonomy,
    options: &ClusterOptions,
) -> Result<Niches> {
    let n = profiles.profiles.len();
    let has_text: Vec<bool> = (0..n).map(|i| profiles.says_something(i)).collect();
    let ids: Vec<&CreatorId> = profiles.profiles.iter().map(|p| &p.creator_id).collect();
    let names: Vec<&str> = ids.iter().map(|id| id.0.as_str()).collect();
    let features = Features {
        profiles,
        broad: broad_niches(taxonomy),
    };
    let clusters = cluster(&names, &features, &has_text, options)?;
    let terms: Vec<&Terms> = profiles.profiles.iter().map(|p| &p.terms).collect();
    let labels = label(
        &clusters,
        &terms,
        taxonomy,
        &profiles.affinities,
        NAME_THRESHOLD,
        TERMS,
    );
    let typical = |rows: &Vec<usize>| rows.iter().map(|row| ids[*row].clone()).collect();
    Ok(Niches {
        typical: clusters.medoids.iter().map(typical).collect(),
        growth: growth(&clusters, &profiles.posts, options.seed),
        clusters,
        labels,
        without_text: has_text.iter().filter(|has| !**has).count(),
        unreadable: profiles.unreadable(),
    })
}
