//! From what somebody typed to the niches they mean.

use super::relevance::{Query, QueryTerm};
use super::{Niche, Taxonomy, cosine};
use ndarray::ArrayView2;
use std::collections::BTreeMap;

/// A query that names no niche takes the nearest one, if its cosine is at least this.
const NEAR: f64 = 0.35;
/// Weight of the tags of a niche that the query means; the query's own words weigh 1.
const TAG_WEIGHT: f64 = 0.5;
/// Weight of the tags of the niches below it.
const CHILD_WEIGHT: f64 = 0.25;
/// Words that name nothing.
const EMPTY_WORDS: [&str; 8] = ["and", "or", "the", "for", "of", "in", "a", "with"];

/// A niche that a query means.
#[derive(Debug, Clone, PartialEq)]
pub struct TaxonomyMatch {
    /// Its place in [`Taxonomy::niches`].
    pub index: usize,
    /// Whether the query's words name it; otherwise it was the nearest by meaning.
    pub named: bool,
    /// Cosine of the query's and the niche's vectors, -1..=1; 0 without vectors.
    pub similarity: f64,
}

/// The niches that the query's words name, or else the nearest one by cosine where that is at
/// least 0.35, or else none.
///
/// A niche is named where every word of its name or of its id is among `query_terms` (lower
/// case; a final s does not matter), so "fashion and beauty" means two of them. A narrow
/// niche whose broad one has the same words does not count twice. `vectors` has one row per
/// niche, or none where there is no model.
#[must_use]
pub fn match_taxonomy(
    query_vector: &[f32],
    query_terms: &[String],
    taxonomy: &Taxonomy,
    vectors: ArrayView2<'_, f32>,
) -> Vec<TaxonomyMatch> {
    let words: Vec<&str> = query_terms.iter().flat_map(|t| words_of(t)).collect();
    let similarity = |i: usize| {
        if i < vectors.nrows() {
            cosine(query_vector, &vectors.row(i).to_vec())
        } else {
            0.0
        }
    };
    let named: Vec<TaxonomyMatch> = taxonomy
        .niches()
        .iter()
        .enumerate()
        .filter(|(_, niche)| is_named(niche, &words))
        .map(|(index, _)| TaxonomyMatch {
            index,
            named: true,
            similarity: similarity(index),
        })
        .collect();
    if !named.is_empty() {
        return named;
    }
    (0..taxonomy.niches().len())
        .map(|index| TaxonomyMatch {
            index,
            named: false,
            similarity: similarity(index),
        })
        .reduce(|best, next| {
            if next.similarity > best.similarity {
                next
            } else {
                best
            }
        })
        .filter(|best| best.similarity >= NEAR)
        .into_iter()
        .collect()
}

/// The query with the vectors and tags of the niches that it means.
///
/// Vectors: the query's own, and one per named niche, so that a creator who is all beauty
/// answers "fashion and beauty" as well as one who is half of each. Terms: the query's words
/// with weight 1, the niches' tags with 0.5, the tags of the niches below them with 0.25;
/// a term that comes more than once keeps its highest weight.
#[must_use]
pub fn expand(
    query_vector: &[f32],
    query_terms: &[String],
    matches: &[TaxonomyMatch],
    taxonomy: &Taxonomy,
    vectors: ArrayView2<'_, f32>,
) -> Query {
    let mut weights: BTreeMap<String, f64> = BTreeMap::new();
    let mut add = |term: &str, weight: f64| {
        let held = weights.entry(term.to_owned()).or_insert(weight);
        *held = held.max(weight);
    };
    for term in query_terms {
        for word in words_of(term) {
            add(word, 1.0);
        }
    }
    let mut all = vec![query_vector.to_vec()];
    for found in matches {
        let Some(niche) = taxonomy.niches().get(found.index) else {
            continue;
        };
        for tag in &niche.tags {
            add(tag, TAG_WEIGHT);
        }
        for child in taxonomy.children(&niche.id) {
            for tag in &child.tags {
                add(tag, CHILD_WEIGHT);
            }
        }
        if found.named && found.index < vectors.nrows() {
            all.push(vectors.row(found.index).to_vec());
        }
    }
    Query {
        vectors: all,
        terms: weights
            .into_iter()
            .map(|(term, weight)| QueryTerm { term, weight })
            .collect(),
    }
}

fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && !EMPTY_WORDS.contains(word))
}

fn stem(word: &str) -> &str {
    match word.strip_suffix('s') {
        Some(short) if short.len() >= 3 && !short.ends_with('s') => short,
        _ => word,
    }
}

fn is_named(niche: &Niche, words: &[&str]) -> bool {
    let says = |text: &str| {
        let text = text.to_lowercase();
        let mut wanted = words_of(&text).peekable();
        wanted.peek().is_some() && wanted.all(|w| words.iter().any(|q| stem(q) == stem(w)))
    };
    says(&niche.name) || says(&niche.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    fn terms(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    fn named(text: &str) -> Vec<String> {
        let niches = Taxonomy::built_in().unwrap();
        let vectors = Array2::zeros((0, 2));
        match_taxonomy(&[1.0, 0.0], &terms(text), &niches, vectors.view())
            .into_iter()
            .map(|m| niches.niches()[m.index].id.clone())
            .collect()
    }

    #[test]
    fn words_name_niches() {
        assert_eq!(named("fashion and beauty"), ["fashion", "beauty"]);
        assert_eq!(named("dog"), ["dogs"]);
        assert_eq!(named("surfing holidays"), Vec::<String>::new());
    }

    #[test]
    fn meaning_helps_where_words_do_not() {
        let niches = Taxonomy::built_in().unwrap();
        let mut vectors = Array2::zeros((niches.niches().len(), 2));
        vectors[(4, 0)] = 1.0;
        let found = match_taxonomy(&[0.9, 0.1], &terms("frocks"), &niches, vectors.view());
        assert_eq!((found.len(), found[0].index, found[0].named), (1, 4, false));
        let none = match_taxonomy(&[0.0, 1.0], &terms("frocks"), &niches, vectors.view());
        assert!(none.is_empty());
    }

    #[test]
    fn expansion_keeps_the_highest_weight() {
        let niches = Taxonomy::built_in().unwrap();
        let vectors = Array2::from_elem((niches.niches().len(), 2), 0.5);
        let words = terms("fashion and beauty");
        let found = match_taxonomy(&[1.0, 0.0], &words, &niches, vectors.view());
        let query = expand(&[1.0, 0.0], &words, &found, &niches, vectors.view());
        let weight = |term: &str| {
            query
                .terms
                .iter()
                .find(|t| t.term == term)
                .map(|t| t.weight)
        };
        assert_eq!(weight("fashion"), Some(1.0));
        assert_eq!(weight("ootd"), Some(0.5));
        assert_eq!(weight("sneakers"), Some(0.25));
        assert_eq!(weight("and"), None);
        assert_eq!(query.vectors.len(), 3);
    }
}
