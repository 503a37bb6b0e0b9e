//! From what somebody typed to the niches they mean.

use super::affinity::TaxonomyVectors;
use super::relevance::Query;
use super::{Niche, Taxonomy, cosine};
use crate::embedding::{Phrases, tokens};
use crate::text::split_hashtag;

/// A query that names no niche takes the nearest one, if its cosine is at least this.
const NEAR: f64 = 0.35;
/// Words that name nothing.
const EMPTY_WORDS: [&str; 12] = [
    "and", "or", "the", "for", "of", "in", "a", "with", "y", "e", "de", "para",
];

/// Reads a phrase or hashtags.
///
/// A niche is named where every word of its name or of its id is among the query's (a final s does not
/// matter), so "fashion and beauty" means two of them; failing that, where the query's words are all among
/// those of its name, so "parenting" means "Family and parenting" (the broad niches come before the narrow
/// ones); failing that, where a word, tag or emoji of the query is one of the niche's, in any language that
/// the taxonomy has words of. Failing that,
/// the niche nearest by cosine is noted, if it is at 0.35 or above. `vector` is the query's.
#[must_use]
pub fn read_query(
    text: &str,
    vector: Vec<f32>,
    taxonomy: &Taxonomy,
    phrases: &Phrases,
    vectors: &TaxonomyVectors,
) -> Query {
    let words = words_of(text);
    let niches = taxonomy.niches();
    let mut named: Vec<usize> = (0..niches.len())
        .filter(|&i| is_named(&niches[i], &words))
        .collect();
    if named.is_empty() {
        named = named_in_part(taxonomy, &words);
    }
    if named.is_empty() {
        let found: Vec<usize> = phrases
            .find(&words)
            .into_iter()
            .map(|(label, _)| label as usize)
            .collect();
        // A broad niche comes along with each narrower one; the narrower one was meant.
        let narrower = |broad: usize| {
            found
                .iter()
                .any(|&other| other != broad && taxonomy.broad(other) == broad)
        };
        named = found.iter().copied().filter(|&i| !narrower(i)).collect();
    }
    let near = if named.is_empty() {
        nearest(&vector, vectors).map(|i| taxonomy.broad(i))
    } else {
        None
    };
    Query {
        vector,
        named,
        near,
        words,
    }
}

/// The query's words; a hashtag counts whole and in parts.
fn words_of(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for piece in text.split_whitespace() {
        if let Some(tag) = piece.strip_prefix('#') {
            words.extend(split_hashtag(tag).iter().flat_map(|part| tokens(part)));
        }
        words.extend(tokens(piece));
    }
    words.retain(|word| !EMPTY_WORDS.contains(&word.as_str()));
    let mut seen = std::collections::BTreeSet::new();
    words.retain(|word| seen.insert(word.clone()));
    words
}

fn nearest(vector: &[f32], vectors: &TaxonomyVectors) -> Option<usize> {
    vectors
        .texts
        .rows()
        .into_iter()
        .map(|row| cosine(vector, &row.to_vec()))
        .enumerate()
        .reduce(|best, next| if next.1 > best.1 { next } else { best })
        .filter(|(_, cosine)| *cosine >= NEAR)
        .map(|(i, _)| i)
}

fn stem(word: &str) -> &str {
    match word.strip_suffix('s') {
        Some(short) if short.len() >= 3 && !short.ends_with('s') => short,
        _ => word,
    }
}

fn is_named(niche: &Niche, words: &[String]) -> bool {
    let says = |text: &str| {
        let wanted = words_of(&text.replace('-', " "));
        !wanted.is_empty()
            && wanted
                .iter()
                .all(|w| words.iter().any(|q| stem(q) == stem(w)))
    };
    says(&niche.name) || says(&niche.id)
}

/// Niches whose name holds all of the query's words: the broad ones, or else the narrow ones.
fn named_in_part(taxonomy: &Taxonomy, words: &[String]) -> Vec<usize> {
    let holds = |niche: &Niche| {
        let name = words_of(&niche.name);
        !words.is_empty()
            && words
                .iter()
                .all(|q| name.iter().any(|w| stem(q) == stem(w)))
    };
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
        let ids = query.named.iter().map(|&i| taxonomy.niches()[i].id.clone());
        (query.clone(), ids.collect())
    }

    fn named(text: &str) -> Vec<String> {
        read(text, vec![1.0, 0.0], &TaxonomyVectors::default()).1
    }

    #[test]
    fn words_name_niches() {
        assert_eq!(named("fashion and beauty"), ["fashion", "beauty"]);
        assert_eq!(named("dog"), ["dogs"]);
        assert_eq!(named("parenting"), ["family"], "and not the advice alone");
        assert_eq!(named("#StandUpComedy"), ["comedy", "stand-up"]);
        assert_eq!(named("maquillaje"), ["makeup"]);
        assert_eq!(named("quantum holograms"), Vec::<String>::new());
    }

    #[test]
    fn meaning_helps_where_words_do_not() {
        let taxonomy = Taxonomy::built_in().unwrap();
        let mut texts = Array2::zeros((taxonomy.niches().len(), 2));
        texts[(0, 0)] = 1.0;
        let vectors = TaxonomyVectors {
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
