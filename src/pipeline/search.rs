//! A search over profiles: what was typed, and how well each creator fits it.

use super::{Profiles, RankRequest, Tables};
use crate::embedding::{Profile, query_vector};
use crate::error::{Error, Result};
use crate::inference::Encoder;
use crate::niche::{
    Affinity, Query, QueryReading, Relevance, Search, Source, Taxonomy, Text, alternatives, cosine,
    likeness, narrowing, read_query, relevance, uses, uses_any,
};
use crate::schema::CreatorId;
use std::collections::HashMap;

/// What narrows a search beside the niche.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NicheSearch {
    /// Look-alikes of this creator.
    pub like: Option<CreatorId>,
    /// Words, hashtags and niches that nobody found may use.
    pub exclude_terms: Vec<String>,
    /// Leave out links and addresses, as where people are hidden.
    pub hide_contacts: bool,
}

/// A search over profiles.
pub(super) struct Finder<'a> {
    profiles: &'a Profiles,
    tables: &'a Tables,
    /// Places of each creator's posts; empty where no query needs them.
    posts: HashMap<&'a CreatorId, Vec<usize>>,
    search: Search<'a>,
    wanted: Vec<Wanted>,
    unwanted: Vec<Query>,
    /// Place of the creator whose look-alikes are wanted.
    like: Option<usize>,
}

/// An alternative of what was asked for.
struct Wanted {
    query: Query,
    /// Nothing is known of any of its words.
    unknown: bool,
}

impl<'a> Finder<'a> {
    pub(super) fn new(
        encoder: &dyn Encoder,
        tables: &'a Tables,
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
            let mut query = read_query(text, vector, taxonomy, search.phrases, vectors);
            if !query.plain.0.is_empty() {
                query.plain.1 = query_vector(encoder, &query.plain.0)?;
            }
            Ok(query)
        };
        let like = match &request.search.like {
            None => None,
            Some(id) => Some(place_of(id, profiles)?),
        };
        let phrases = alternatives(&request.niche);
        let wanted = phrases.iter().map(|text| {
            let query = read(text)?;
            let unknown = query.heads.is_empty()
                && !profiles.profiles.iter().any(|p| uses_any(&query.words, p))
                && !is_meant(&query, profiles);
            Ok(Wanted { query, unknown })
        });
        let wanted: Vec<Wanted> = wanted.collect::<Result<_>>()?;
        let mut posts: HashMap<&CreatorId, Vec<usize>> = HashMap::new();
        if wanted.iter().any(|w| !w.query.modifiers.is_empty()) {
            for (place, post) in tables.posts.iter().enumerate() {
                posts.entry(&post.creator_id).or_default().push(place);
            }
        }
        Ok(Self {
            profiles,
            tables,
            posts,
            wanted,
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

    /// The relevance of the creator at that place: of the best of several alternatives, and of the lower of
    /// niche and likeness where both are asked for. `None` without a text that says anything.
    pub(super) fn fit(&self, place: usize) -> Option<Relevance> {
        if !self.profiles.says_something(place) {
            return None;
        }
        let (profile, affinity) = self.at(place);
        let niche = self
            .wanted
            .iter()
            .map(|wanted| self.relevance(wanted, place))
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

    fn relevance(&self, wanted: &Wanted, place: usize) -> Relevance {
        let (profile, affinity) = self.at(place);
        let query = &wanted.query;
        let mut found = relevance(query, profile, affinity, &self.search, 1.0);
        if wanted.unknown {
            (found.value, found.spread) = (0.0, 0.0);
        } else if !query.modifiers.is_empty() && found.value >= WORTH_READING {
            let texts = self.texts(place);
            let narrowing = narrowing(query, profile, affinity, &self.search, texts);
            found = relevance(query, profile, affinity, &self.search, narrowing);
        } else if !query.modifiers.is_empty() {
            found = relevance(query, profile, affinity, &self.search, 0.0);
        }
        found
    }

    /// Everything that the creator at that place says.
    fn texts(&self, place: usize) -> impl Iterator<Item = Text<'a>> {
        let tables = self.tables;
        let creator = &tables.creators[place];
        let said = |text: Option<&'a str>, source| {
            text.map(|text| Text {
                text,
                tags: &[],
                source,
            })
        };
        let own = [
            said(creator.bio.as_deref(), Source::Bio),
            said(creator.category.as_deref(), Source::Bio),
            said(creator.account(), Source::Handle),
        ];
        let posts = self
            .posts
            .get(&creator.creator_id)
            .cloned()
            .unwrap_or_default();
        let posts = posts.into_iter().map(move |place| {
            let post = &tables.posts[place];
            Text {
                text: post.caption.as_deref().unwrap_or_default(),
                tags: &post.hashtags,
                source: Source::Post,
            }
        });
        own.into_iter().flatten().chain(posts)
    }

    fn at(&self, place: usize) -> (&Profile, &Affinity) {
        (
            &self.profiles.profiles[place],
            &self.profiles.affinities[place],
        )
    }

    /// How the request was read, by its alternatives.
    pub(super) fn read_as(&self) -> Vec<QueryReading> {
        let reading = |wanted: &Wanted| wanted.query.reading(self.search.taxonomy, wanted.unknown);
        self.wanted.iter().map(reading).collect()
    }
}

/// Relevance without what narrows it, below which nobody's texts are read for that.
const WORTH_READING: f64 = 0.02;
/// Cosine with a niche from which words that nobody uses are meant in earnest.
const MEANT: f64 = 0.45;

fn is_meant(query: &Query, profiles: &Profiles) -> bool {
    let rows = profiles.taxonomy_vectors.texts.rows().into_iter();
    rows.map(|row| cosine(&query.vector, &row.to_vec()))
        .fold(0.0, f64::max)
        >= MEANT
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
