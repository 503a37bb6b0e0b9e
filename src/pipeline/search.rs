//! A search over profiles: what was typed, and how well each creator fits it.

use super::{Profiles, RankRequest};
use crate::embedding::{Profile, query_vector};
use crate::error::{Error, Result};
use crate::inference::Encoder;
use crate::niche::{
    Affinity, Query, Relevance, Search, Taxonomy, likeness, read_query, relevance, uses,
};
use crate::schema::CreatorId;

/// What narrows a search beside the niche.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NicheSearch {
    /// Look-alikes of this creator.
    pub like: Option<CreatorId>,
    /// Words, hashtags and niches that nobody found may use.
    pub exclude_terms: Vec<String>,
}

/// A search over profiles.
pub(super) struct Finder<'a> {
    profiles: &'a Profiles,
    search: Search<'a>,
    wanted: Vec<Query>,
    unwanted: Vec<Query>,
    /// Place of the creator whose look-alikes are wanted.
    like: Option<usize>,
}

impl<'a> Finder<'a> {
    pub(super) fn new(
        encoder: &dyn Encoder,
        profiles: &'a Profiles,
        taxonomy: &'a Taxonomy,
        broad: &'a [usize],
        request: &RankRequest,
    ) -> Result<Self> {
        let search = Search {
            taxonomy,
            phrases: &profiles.phrases,
            broad,
        };
        let read = |text: &str| -> Result<Query> {
            let vector = query_vector(encoder, text)?;
            let vectors = &profiles.taxonomy_vectors;
            Ok(read_query(text, vector, taxonomy, search.phrases, vectors))
        };
        let lines = request.niche.lines().filter(|line| !line.trim().is_empty());
        let like = match &request.search.like {
            None => None,
            Some(id) => Some(place_of(id, profiles)?),
        };
        Ok(Self {
            profiles,
            wanted: lines.map(read).collect::<Result<_>>()?,
            unwanted: request
                .search
                .exclude_terms
                .iter()
                .map(|t| read(t))
                .collect::<Result<_>>()?,
            like,
            search,
        })
    }

    /// The relevance of the creator at that place: of the best of several niches, and of the lower of
    /// niche and likeness where both are asked for. `None` without a text that says anything.
    pub(super) fn fit(&self, place: usize) -> Option<Relevance> {
        if !self.profiles.says_something(place) {
            return None;
        }
        let (profile, affinity) = self.at(place);
        let niche = self
            .wanted
            .iter()
            .map(|query| relevance(query, profile, affinity, &self.search))
            .reduce(|best, next| if next.value > best.value { next } else { best });
        let alike = self
            .like
            .map(|model| likeness(self.at(model), (profile, affinity), &self.search));
        let mut found = match (niche, alike) {
            (Some(niche), Some(alike)) if alike.value < niche.value => alike,
            (niche, alike) => niche.or(alike)?,
        };
        let uses = |query: &Query| uses(query, profile, affinity);
        if self.like == Some(place) || self.unwanted.iter().any(uses) {
            (found.value, found.spread) = (0.0, 0.0);
        }
        Some(found)
    }

    fn at(&self, place: usize) -> (&Profile, &Affinity) {
        (
            &self.profiles.profiles[place],
            &self.profiles.affinities[place],
        )
    }

    /// Names of the niches that the request was read as, each once.
    pub(super) fn read_as(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for query in &self.wanted {
            for place in query.named.iter().copied().chain(query.near) {
                let name = &self.search.taxonomy.niches()[place].name;
                if !names.contains(name) {
                    names.push(name.clone());
                }
            }
        }
        names
    }
}

fn place_of(id: &CreatorId, profiles: &Profiles) -> Result<usize> {
    let found = profiles.profiles.iter().position(|p| p.creator_id == *id);
    let place = found.ok_or_else(|| {
        Error::usage(format!(
            "--like {id}: no creator of that id is in the tables"
        ))
        .with_hint("give a creator_id as it stands in the table of creators")
    })?;
    if profiles.says_something(place) {
        Ok(place)
    } else {
        Err(Error::usage(format!(
            "--like {id}: this creator has no text to find look-alikes by"
        )))
    }
}
