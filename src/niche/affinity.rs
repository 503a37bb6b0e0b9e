//! How much a creator belongs to each niche of the taxonomy, by meaning and by words.
//!
//! The log score of niche t is
//!
//! ```text
//! s_t = trust x (5 x cos(profile, text of t) + 5 x cos(profile, name of t))
//!     + 2.6 x [words of t are there] + 1.1 x min(words, 2)
//! ```
//!
//! and, where the multilingual model has read the profile, plus
//!
//! ```text
//! (15 + 25 f) x (m . T_t - mean over the broad niches) + (20 + 20 f) x (m . N_t - mean over the broad niches)
//! ```
//!
//! with m the profile's meaning, `T_t` and `N_t` those of the niche's text and name, and f = (1 - trust) / 0.6, at most
//! 1: what the English model cannot read is left to the other. Chosen on 804 TikTok bios that were read by hand, on
//! which the mean average precision of searches by a broad niche's name rises from 0.82 to 0.85 in English and from
//! 0.67 to 0.72 in other languages.
//!
//! It goes with the trust and the words of [`crate::embedding::Profile`]. A conditional logit model
//! (`McFadden` 1974) makes shares of the scores of all broad niches: `exp(s_t)` / sum of `exp(s_j)`.
//!
//! Its coefficients were fitted on 1,590 TikTok bios that were read by hand; 434 of them are about one
//! of nineteen broad niches, the others about none. On all of them the fit is 3.0, 4.8, 3.4 and 1.3; on
//! the 480 that were read only after the taxonomy's words had been written, and on which words
//! are therefore not flattered, it is 5.8, 5.4, 2.4 and 1.1. The numbers here stand between the
//! two, nearer to the second.

use super::Taxonomy;
use crate::embedding::{Profile, Topics};
use crate::stats::dot;
use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

/// Log score of "no niche at all", for tables in which a third of the creators' texts name none. Among
/// the bios that were read three in four name none, which makes 7.3; lists that are searched for
/// creators are chosen with more care.
pub(super) const NOTHING: f64 = 5.0;

const PER_TEXT_COSINE: f64 = 5.0;
const PER_NAME_COSINE: f64 = 5.0;
const ANY_WORD: f64 = 2.6;
const PER_WORD: f64 = 1.1;
const MOST_WORDS: f64 = 2.0;
/// A broad niche takes the cosine of its nearest narrower one, less this.
const CHILD_LOSS: f64 = 0.03;
/// A handle's word is more often a name or a pun than a bio's.
const HANDLE_WORD: f64 = 0.7;
/// All posts about one niche count as this many words of a bio.
const ALL_POSTS: f64 = 4.0;
/// So many posts are believed half.
const HALF_POSTS: f64 = 2.0;

/// Coefficients of the meanings of a niche's text and name, for a profile that the English model reads in full.
const MEANING: [f64; 2] = [15.0, 20.0];
/// What is added to them for one that it does not.
const FOREIGN_MEANING: [f64; 2] = [25.0, 20.0];
/// Distrust of the English vector from which all of that is added: a profile in another language in Latin letters.
const FOREIGN: f64 = 0.6;

/// The taxonomy's vectors, one row per niche, of unit length.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TaxonomyVectors {
    /// Of name, description and tags.
    pub texts: Array2<f32>,
    /// Of the name alone.
    pub names: Array2<f32>,
    /// By the multilingual model, of name and description and of the name alone, as [`crate::embedding::meanings`]
    /// gives them; `None` without that model.
    pub meanings: Option<[Array2<f32>; 2]>,
}

/// Words for each label, summed over bio, handle and posts.
#[must_use]
pub fn word_evidence(topics: &Topics, niches: usize) -> Vec<f64> {
    let mut words = vec![0.0; niches];
    let mut add = |of: &[(u32, f32)], weight: f64| {
        for (label, value) in of {
            if let Some(words) = words.get_mut(*label as usize) {
                *words += weight * f64::from(*value);
            }
        }
    };
    add(&topics.bio, 1.0);
    add(&topics.handle, HANDLE_WORD);
    let read = topics.posts_read as f64;
    add(&topics.posts, ALL_POSTS * read / (read + HALF_POSTS));
    words
}

/// The score of evidence: see the module.
pub(super) fn score(trust: f64, text_cosine: f64, name_cosine: f64, words: f64) -> f64 {
    let some = words.min(1.0);
    trust * (PER_TEXT_COSINE * text_cosine + PER_NAME_COSINE * name_cosine)
        + ANY_WORD * some
        + PER_WORD * words.min(MOST_WORDS)
}

/// Evidence of one creator for every niche.
#[derive(Debug, Clone, PartialEq)]
pub struct Affinity {
    /// Log scores, one per niche.
    scores: Box<[f32]>,
    /// Words for each niche that has any, ascending by niche.
    words: Box<[(u32, f32)]>,
    /// The profile's trust.
    pub trust: f64,
}

impl Affinity {
    /// Of scores and words that have an entry per niche.
    pub(super) fn new(scores: &[f64], words: &[f64], trust: f64) -> Self {
        let some = words.iter().enumerate().filter(|(_, words)| **words != 0.0);
        Self {
            scores: scores.iter().map(|score| *score as f32).collect(),
            words: some
                .map(|(niche, words)| (niche as u32, *words as f32))
                .collect(),
            trust,
        }
    }

    /// The log score of a niche, by its place in the taxonomy.
    ///
    /// # Panics
    /// For a place that the taxonomy does not have.
    #[must_use]
    pub fn score(&self, niche: usize) -> f64 {
        f64::from(self.scores[niche])
    }

    /// Words for a niche, by its place in the taxonomy.
    #[must_use]
    pub fn words_of(&self, niche: usize) -> f64 {
        self.words
            .binary_search_by_key(&(niche as u32), |(of, _)| *of)
            .map_or(0.0, |at| f64::from(self.words[at].1))
    }

    /// Whether any niche's words are there.
    #[must_use]
    pub fn has_words(&self) -> bool {
        self.words.iter().any(|(_, words)| *words > 0.0)
    }
}

/// The evidence of every profile, in their order.
#[must_use]
pub fn affinities(
    profiles: &[Profile],
    taxonomy: &Taxonomy,
    vectors: &TaxonomyVectors,
) -> Vec<Affinity> {
    let n = taxonomy.niches().len();
    let rows = |m: ArrayView2<'_, f32>| -> Vec<Vec<f32>> {
        m.rows().into_iter().map(|row| row.to_vec()).collect()
    };
    let (texts, names) = (rows(vectors.texts.view()), rows(vectors.names.view()));
    let meanings = vectors.meanings.as_ref();
    let meanings = meanings.map(|of| [rows(of[0].view()), rows(of[1].view())]);
    let broad = broad_niches(taxonomy);
    profiles
        .par_iter()
        .map(|profile| {
            let words = word_evidence(&profile.topics, n);
            let cosines = |of: &[Vec<f32>]| -> Vec<f64> {
                match &profile.vector {
                    Some(v) if of.len() == n => of.iter().map(|row| dot(v, row)).collect(),
                    _ => vec![0.0; n],
                }
            };
            let (mut text, name) = (cosines(&texts), cosines(&names));
            let own = text.clone();
            for (i, cosine) in own.iter().enumerate() {
                let broad = taxonomy.broad(i);
                text[broad] = text[broad].max(cosine - if broad == i { 0.0 } else { CHILD_LOSS });
            }
            let trust = f64::from(profile.trust);
            let mut scores: Vec<f64> = (0..n)
                .map(|i| score(trust, text[i], name[i], words[i]))
                .collect();
            if let (Some(of), Some(meaning)) = (&meanings, &profile.meaning) {
                let foreign = ((1.0 - trust) / FOREIGN).min(1.0);
                for (kind, rows) in of.iter().enumerate() {
                    let weight = MEANING[kind] + FOREIGN_MEANING[kind] * foreign;
                    add_meaning(&mut scores, weight, meaning, rows, &broad);
                }
            }
            Affinity::new(&scores, &words, trust)
        })
        .collect()
}

/// Adds what a profile means of each niche, beside what it means of the broad ones in the mean.
fn add_meaning(
    scores: &mut [f64],
    weight: f64,
    meaning: &[f32],
    rows: &[Vec<f32>],
    broad: &[usize],
) {
    let cosines: Vec<f64> = rows.iter().map(|row| dot(meaning, row)).collect();
    let mean = broad.iter().map(|&i| cosines[i]).sum::<f64>() / broad.len().max(1) as f64;
    for (score, cosine) in scores.iter_mut().zip(cosines) {
        *score += weight * (cosine - mean);
    }
}

/// Shares of the broad niches in one creator, one per niche of `broad` and summing to 1.
#[must_use]
pub fn shares(affinity: &Affinity, broad: &[usize]) -> Vec<f64> {
    let scores: Vec<f64> = broad.iter().map(|&i| affinity.score(i)).collect();
    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let odds: Vec<f64> = scores.iter().map(|s| (s - most).exp()).collect();
    let sum: f64 = odds.iter().sum();
    odds.into_iter().map(|o| o / sum).collect()
}

/// Places of the broad niches, in the taxonomy's order.
#[must_use]
pub fn broad_niches(taxonomy: &Taxonomy) -> Vec<usize> {
    (0..taxonomy.niches().len())
        .filter(|&i| taxonomy.broad(i) == i)
        .collect()
}

/// The niche that fits a creator best: the broad one of the highest score, or the narrower one below
/// it whose own words are most of the broad one's.
#[must_use]
pub fn nearest(affinity: &Affinity, taxonomy: &Taxonomy) -> Option<usize> {
    let best = |of: &mut dyn Iterator<Item = usize>, by: &dyn Fn(usize) -> f64| {
        of.reduce(|best, next| if by(next) > by(best) { next } else { best })
    };
    let score = |niche| affinity.score(niche);
    let words = |niche| affinity.words_of(niche);
    let top = best(&mut broad_niches(taxonomy).into_iter(), &score)?;
    let all = 0..taxonomy.niches().len();
    let below = best(
        &mut all.filter(|&i| i != top && taxonomy.broad(i) == top),
        &words,
    );
    Some(match below {
        Some(child) if words(child) > 0.6 * words(top) => child,
        _ => top,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn affinity(words: &[(&str, f64)]) -> (Affinity, Taxonomy) {
        let taxonomy = Taxonomy::built_in().unwrap();
        let n = taxonomy.niches().len();
        let mut of = vec![0.0; n];
        for (id, weight) in words {
            let i = taxonomy.niches().iter().position(|x| x.id == *id).unwrap();
            of[i] = *weight;
        }
        let scores: Vec<f64> = of.iter().map(|w| score(1.0, 0.1, 0.1, *w)).collect();
        (Affinity::new(&scores, &of, 1.0), taxonomy)
    }

    #[test]
    fn words_decide_and_shares_sum_to_one() {
        let (some, taxonomy) = affinity(&[("fitness", 2.0), ("yoga", 2.0), ("food", 1.0)]);
        let broad = broad_niches(&taxonomy);
        let of = shares(&some, &broad);
        assert!((of.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        let place = |id: &str| {
            let i = taxonomy.niches().iter().position(|n| n.id == id).unwrap();
            of[broad.iter().position(|b| *b == i).unwrap()]
        };
        assert!(place("fitness") > place("food") && place("food") > 10.0 * place("cars"));
        let near = nearest(&some, &taxonomy).unwrap();
        assert_eq!(taxonomy.niches()[near].id, "yoga");
    }

    #[test]
    fn posts_count_by_their_share() {
        let topics = |posts_read| Topics {
            posts: vec![(3, 0.5)],
            posts_read,
            ..Topics::default()
        };
        let of = |n| word_evidence(&topics(n), 5)[3];
        assert!(of(1) < of(50) && of(50) <= 2.0);
    }
}
