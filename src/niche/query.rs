//! From what somebody typed to the niches they mean, and what narrows them.

use super::affinity::TaxonomyVectors;
use super::{Niche, Taxonomy, cosine};
use crate::embedding::{Phrases, is_measure, tokens};
use crate::text::split_hashtag;
use serde::Serialize;
use std::collections::BTreeSet;

/// A query that names no niche takes the nearest one, if its cosine is at least this.
const NEAR: f64 = 0.35;
/// Words of a search that say nothing of what the creators are about: of grammar, and for creators themselves.
const EMPTY_WORDS: &[&str] = &[
    "and",
    "or",
    "the",
    "for",
    "of",
    "in",
    "on",
    "at",
    "to",
    "by",
    "a",
    "an",
    "with",
    "about",
    "who",
    "that",
    "is",
    "are",
    "my",
    "our",
    "y",
    "e",
    "o",
    "de",
    "del",
    "da",
    "do",
    "di",
    "para",
    "con",
    "com",
    "en",
    "el",
    "la",
    "los",
    "las",
    "le",
    "les",
    "et",
    "du",
    "des",
    "pour",
    "und",
    "mit",
    "der",
    "das",
    "og",
    "och",
    "i",
    "va",
    "και",
    "для",
    "и",
    "ve",
    "video",
    "videos",
    "creator",
    "creators",
    "creadores",
    "influencer",
    "influencers",
    "blogger",
    "bloggers",
    "vlogger",
    "vloggers",
    "content",
    "contenido",
    "account",
    "accounts",
    "page",
    "pages",
    "people",
    "person",
    "best",
    "top",
    "good",
    "tip",
    "tips",
    "lover",
    "lovers",
    "fan",
    "fans",
    "niche",
    "community",
];
/// First words of names that are none without the rest ("Fit and healthy recipes").
const NO_NAMES: [&str; 4] = ["quick", "fit", "regional", "special effects"];
/// Longest name or entry, in words.
const LONGEST: usize = 4;
/// How far words of a narrow niche stand for a single word of it, such as "pizza" of restaurants.
const WORD_OF_NICHE: f64 = 0.5;

/// What was asked for. [`read_query`] makes one of a text.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Query {
    /// As typed.
    pub text: String,
    /// The text's vector, of the same model as the profiles'.
    pub vector: Vec<f32>,
    /// Places of the taxonomy's niches that it names: a creator must fit one of each list.
    pub heads: Vec<Vec<usize>>,
    /// What narrows them.
    pub modifiers: Vec<Modifier>,
    /// The words that narrow nothing, and the vector of them: what the query would be without its modifiers.
    pub plain: (String, Vec<f32>),
    /// Where no niche is named, the broad one nearest in meaning.
    pub near: Option<usize>,
    /// Its words, as [`tokens`] writes them.
    pub words: Vec<String>,
    /// Words that were left out: of numbers and units, of grammar, and such as "creators".
    pub ignored: Vec<String>,
}

/// A word or phrase that creators must use, mean, or be of the niche of.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Modifier {
    /// Its words, in order.
    pub words: Vec<String>,
    /// Places of the niches that the taxonomy lists it for.
    pub niches: Vec<usize>,
    /// 0..=1: how far those niches' other words stand for it.
    pub weight: f64,
    /// Whether the words are an entry of the taxonomy, and so say something wherever they stand.
    pub listed: bool,
}

/// How a query was read, for people.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct QueryReading {
    /// As typed.
    pub phrase: String,
    /// Names of the niches it was read as: a creator must fit one of each list.
    pub niches: Vec<Vec<String>>,
    /// What must also be said, or meant.
    pub narrowed_by: Vec<String>,
    /// Words of a narrow niche that stand for all of it.
    pub broadened: Vec<String>,
    /// The niche nearest in meaning, where no word names one.
    pub nearest: Option<String>,
    /// Words that were left out.
    pub ignored: Vec<String>,
    /// Whether neither the taxonomy, nor a creator's texts, nor the meaning know any of it: nobody is found.
    pub unknown: bool,
}

impl Query {
    /// Every niche that it names.
    #[must_use]
    pub fn named(&self) -> Vec<usize> {
        self.heads.iter().flatten().copied().collect()
    }

    /// Its words that narrow nothing.
    pub(super) fn plain_words(&self) -> Vec<&String> {
        let narrows = |word: &String| self.modifiers.iter().any(|m| m.words.contains(word));
        let plain: Vec<&String> = self.words.iter().filter(|w| !narrows(w)).collect();
        if plain.is_empty() {
            self.words.iter().collect()
        } else {
            plain
        }
    }

    /// How it was read.
    #[must_use]
    pub fn reading(&self, taxonomy: &Taxonomy, unknown: bool) -> QueryReading {
        let name = |place: &usize| taxonomy.niches()[*place].name.clone();
        let broadened = self.modifiers.iter().filter(|m| m.weight > 0.0);
        QueryReading {
            phrase: self.text.trim().to_owned(),
            niches: self
                .heads
                .iter()
                .map(|head| head.iter().map(name).collect())
                .collect(),
            narrowed_by: self.modifiers.iter().map(|m| m.words.join(" ")).collect(),
            broadened: broadened
                .map(|m| {
                    let names: Vec<String> = m.niches.iter().map(name).collect();
                    format!("{} to {}", m.words.join(" "), names.join(" or "))
                })
                .collect(),
            nearest: self.near.as_ref().map(name),
            ignored: self.ignored.clone(),
            unknown,
        }
    }
}

/// The alternatives of a phrase: what stands between its lines and its `or`.
#[must_use]
pub fn alternatives(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines() {
        let mut words: Vec<&str> = Vec::new();
        for word in line.split_whitespace().chain(["or"]) {
            if word.eq_ignore_ascii_case("or") {
                if !words.is_empty() {
                    found.push(words.join(" "));
                }
                words.clear();
            } else {
                words.push(word);
            }
        }
    }
    found
}

/// Reads a phrase or hashtags, without an `or` (see [`alternatives`]).
///
/// Its words are taken from the left, the longest name or entry of the taxonomy first. A niche's name (or id; a final s
/// does not matter), and a word of a broad niche, name that niche: of two niches a creator must fit both. A word or
/// phrase that the taxonomy lists for a narrow niche, or for another broad one, narrows what is named beside it; so
/// does a word that the taxonomy does not have. Where a listed word stands alone, the narrow niche stands for it by
/// half (`broadened`). Where all words are of one niche's name, that niche is meant ("parenting": "Family and
/// parenting"; the broad ones come before the narrow ones). Where nothing is listed, the niche nearest by cosine is
/// noted, if it is at 0.35 or above. `vector` is the query's.
#[must_use]
pub fn read_query(
    text: &str,
    vector: Vec<f32>,
    taxonomy: &Taxonomy,
    phrases: &Phrases,
    vectors: &TaxonomyVectors,
) -> Query {
    let (words, ignored) = words_of(text);
    let mut query = Query {
        text: text.to_owned(),
        vector,
        words,
        ignored,
        ..Query::default()
    };
    let whole = named_in_part(taxonomy, &query.words);
    if whole.is_empty() {
        let segments = segments(&query.words, taxonomy, phrases);
        name(&mut query, &segments, taxonomy, vectors);
    } else {
        query.heads = vec![whole];
    }
    if query.heads.is_empty() {
        query.near = nearest(&query.vector, vectors).map(|i| taxonomy.broad(i));
    }
    let plain: Vec<String> = query.plain_words().into_iter().cloned().collect();
    query.plain.0 = if query.modifiers.is_empty() {
        String::new()
    } else if query.modifiers.iter().map(|m| m.words.len()).sum::<usize>() < query.words.len() {
        plain.join(" ")
    } else {
        let named = query.heads.iter().flatten().next().or(query.near.as_ref());
        named.map_or_else(String::new, |&i| {
            taxonomy.niches()[taxonomy.broad(i)].name.clone()
        })
    };
    query
}

/// Words of the query that belong together, and what they say.
struct Segment {
    words: Vec<String>,
    /// Niches that have this name.
    names: Vec<usize>,
    /// Niches that list it.
    listed: Vec<usize>,
}

fn segments(words: &[String], taxonomy: &Taxonomy, phrases: &Phrases) -> Vec<Segment> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let longest = LONGEST.min(words.len() - at);
        let segment = (1..=longest).rev().find_map(|length| {
            let own = &words[at..at + length];
            let names = named_exactly(taxonomy, own);
            let listed: Vec<usize> = phrases
                .labels(own)
                .into_iter()
                .map(|l| l as usize)
                .collect();
            (!names.is_empty() || !listed.is_empty()).then(|| Segment {
                words: own.to_vec(),
                names,
                listed,
            })
        });
        let segment = segment.unwrap_or_else(|| Segment {
            words: vec![words[at].clone()],
            names: Vec::new(),
            listed: Vec::new(),
        });
        at += segment.words.len();
        found.push(segment);
    }
    found
}

/// Heads and modifiers of the segments.
fn name(query: &mut Query, segments: &[Segment], taxonomy: &Taxonomy, vectors: &TaxonomyVectors) {
    let broad_words = |segment: &Segment| -> Vec<usize> {
        let own = segment.listed.iter().copied();
        own.filter(|&i| taxonomy.broad(i) == i).collect()
    };
    let mut modifiers: Vec<&Segment> = Vec::new();
    for segment in segments {
        if segment.names.is_empty() {
            modifiers.push(segment);
        } else if !query.heads.contains(&segment.names) {
            query.heads.push(segment.names.clone());
        }
    }
    // A broad niche's word names it where nothing else does; beside its own niche it says nothing more.
    let by_name = !query.heads.is_empty();
    modifiers.retain(|segment| {
        let broad = broad_words(segment);
        if broad.is_empty() {
            return true;
        }
        let same = |head: &Vec<usize>| head.iter().any(|&i| broad.contains(&taxonomy.broad(i)));
        if query.heads.iter().any(same) {
            return false;
        }
        if !by_name {
            query.heads.push(broad);
        }
        by_name
    });
    // Two segments of one broad niche name it once; the narrower one is kept as well.
    let alone = query.heads.is_empty();
    for segment in modifiers {
        let several = segment.words.len() > 1;
        let mut niches = segment.listed.clone();
        if alone && !niches.is_empty() {
            let broad: BTreeSet<usize> = niches.iter().map(|&i| taxonomy.broad(i)).collect();
            let head: Vec<usize> = broad.into_iter().collect();
            if !query.heads.contains(&head) {
                query.heads.push(head);
            }
        }
        niches.retain(|&i| !alone || taxonomy.broad(i) != i);
        let weight = if niches.is_empty() {
            0.0
        } else if several {
            let best = niches
                .iter()
                .map(|&i| row_cosine(&query.vector, vectors, i));
            ((best.fold(0.0, f64::max) - 0.55) / 0.3).clamp(0.0, WORD_OF_NICHE)
        } else if alone {
            WORD_OF_NICHE
        } else {
            0.0
        };
        query.modifiers.push(Modifier {
            words: segment.words.clone(),
            listed: !segment.listed.is_empty(),
            niches,
            weight,
        });
    }
}

/// The query's words; a hashtag counts in its parts where its capitals part it. Beside them those that are left out.
fn words_of(text: &str) -> (Vec<String>, Vec<String>) {
    let mut words: Vec<String> = Vec::new();
    for piece in text.split_whitespace() {
        match piece.strip_prefix('#').map(split_hashtag) {
            Some(parts) if parts.len() > 1 => {
                words.extend(parts.iter().flat_map(|part| tokens(part)));
            }
            _ => words.extend(tokens(piece)),
        }
    }
    let mut seen = BTreeSet::new();
    words.retain(|word| seen.insert(word.clone()));
    let empty = |word: &String| EMPTY_WORDS.contains(&word.as_str()) || is_measure(word);
    let (ignored, kept): (Vec<String>, Vec<String>) = words.into_iter().partition(empty);
    // Words that are all there is are what was meant.
    if kept.is_empty() {
        (
            ignored.into_iter().filter(|w| !is_measure(w)).collect(),
            Vec::new(),
        )
    } else {
        (kept, ignored)
    }
}

fn nearest(vector: &[f32], vectors: &TaxonomyVectors) -> Option<usize> {
    (0..vectors.texts.nrows())
        .map(|i| (i, row_cosine(vector, vectors, i)))
        .reduce(|best, next| if next.1 > best.1 { next } else { best })
        .filter(|(_, cosine)| *cosine >= NEAR)
        .map(|(i, _)| i)
}

fn row_cosine(vector: &[f32], vectors: &TaxonomyVectors, niche: usize) -> f64 {
    if niche < vectors.texts.nrows() {
        cosine(vector, &vectors.texts.row(niche).to_vec())
    } else {
        0.0
    }
}

/// A word without its final s.
pub(super) fn stem(word: &str) -> &str {
    match word.strip_suffix('s') {
        Some(short) if short.len() >= 3 && !short.ends_with('s') => short,
        _ => word,
    }
}

/// Names of a niche: its id, its name, and the parts of the name between commas and `and`.
fn names_of(niche: &Niche) -> Vec<Vec<String>> {
    let parts = niche
        .name
        .split([',', '/', '&'])
        .flat_map(|n| n.split(" and "));
    let parts = parts.filter(|part| !NO_NAMES.contains(&part.trim().to_lowercase().as_str()));
    let all = parts
        .map(str::to_owned)
        .chain([niche.name.clone(), niche.id.replace('-', " ")]);
    all.map(|name| words_of(&name).0)
        .filter(|words| !words.is_empty())
        .collect()
}

/// Niches with exactly this name: broad ones, or else narrow ones.
fn named_exactly(taxonomy: &Taxonomy, words: &[String]) -> Vec<usize> {
    let same = |name: &Vec<String>| {
        name.len() == words.len() && name.iter().zip(words).all(|(a, b)| stem(a) == stem(b))
    };
    broad_first(taxonomy, |niche| names_of(niche).iter().any(same))
}

/// Niches whose name holds all of the query's words.
fn named_in_part(taxonomy: &Taxonomy, words: &[String]) -> Vec<usize> {
    if words.is_empty() {
        return Vec::new();
    }
    broad_first(taxonomy, |niche| {
        let name = words_of(&niche.name).0;
        words
            .iter()
            .all(|q| name.iter().any(|w| stem(q) == stem(w)))
    })
}

fn broad_first(taxonomy: &Taxonomy, holds: impl Fn(&Niche) -> bool) -> Vec<usize> {
    let niches = taxonomy.niches();
    let found: Vec<usize> = (0..niches.len()).filter(|&i| holds(&niches[i])).collect();
    let broad: Vec<usize> = found
        .iter()
        .copied()
        .filter(|&i| taxonomy.broad(i) == i)
        .collect();
    if broad.is_empty() { found } else { broad }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    fn read(text: &str, vector: Vec<f32>, vectors: &TaxonomyVectors) -> (Query, Vec<String>) {
        let taxonomy = Taxonomy::built_in().unwrap();
        let query = read_query(text, vector, &taxonomy, &taxonomy.phrases(), vectors);
        let ids = query
            .named()
            .into_iter()
            .map(|i| taxonomy.niches()[i].id.clone());
        let ids = ids.collect();
        (query, ids)
    }

    fn named(text: &str) -> Vec<String> {
        read(text, vec![1.0, 0.0], &TaxonomyVectors::default()).1
    }

    fn narrowed(text: &str) -> (Vec<String>, Vec<String>) {
        let (query, ids) = read(text, vec![1.0, 0.0], &TaxonomyVectors::default());
        (
            ids,
            query.modifiers.iter().map(|m| m.words.join(" ")).collect(),
        )
    }

    #[test]
    fn words_name_niches() {
        assert_eq!(named("fashion and beauty"), ["fashion", "beauty"]);
        assert_eq!(named("dog"), ["dogs"]);
        assert_eq!(named("parenting"), ["family"], "and not the advice alone");
        assert_eq!(named("#StandUpComedy"), ["stand-up"]);
        assert_eq!(named("recetas de cocina"), ["food"]);
        assert_eq!(named("quantum holograms"), Vec::<String>::new());
    }

    #[test]
    fn modifiers_narrow() {
        let of = |text: &str| {
            let (ids, by) = narrowed(text);
            (ids.join(","), by.join(","))
        };
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(of("street food"), pair("food", "street food"));
        assert_eq!(of("nail art"), pair("beauty", "nail art"));
        assert_eq!(of("vegan recipes"), pair("vegan,recipes", ""));
        assert_eq!(of("sustainable fashion"), pair("fashion", "sustainable"));
        assert_eq!(of("trail running"), pair("running", "trail"));
        assert_eq!(of("yoga teacher"), pair("fitness", "yoga teacher"));
    }

    #[test]
    fn numbers_with_units_and_words_of_grammar_are_left_out() {
        let (query, ids) = read(
            "5k running for creators",
            vec![1.0, 0.0],
            &TaxonomyVectors::default(),
        );
        assert_eq!(
            (ids, query.ignored),
            (
                vec!["running".to_owned()],
                vec!["5k".to_owned(), "for".to_owned(), "creators".to_owned()]
            )
        );
        assert_eq!(
            alternatives("running or cycling\n#yoga OR"),
            ["running", "cycling", "#yoga"]
        );
    }

    #[test]
    fn meaning_helps_where_words_do_not() {
        let taxonomy = Taxonomy::built_in().unwrap();
        let mut texts = Array2::zeros((taxonomy.niches().len(), 2));
        texts[(0, 0)] = 1.0;
        let vectors = TaxonomyVectors {
            meanings: None,
            names: texts.clone(),
            texts,
        };
        let (found, _) = read("frocks", vec![0.9, 0.1], &vectors);
        assert_eq!(
            (found.near, found.words),
            (Some(0), vec!["frocks".to_owned()])
        );
        assert_eq!(read("frocks", vec![0.0, 1.0], &vectors).0.near, None);
    }
}
