//! How well a creator fits what was asked for, between 0 and 1.

use super::cosine;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};

/// A word or hashtag of a query.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryTerm {
    /// Lower case, without `#`.
    pub term: String,
    /// How much it counts; 1 for the words that were typed.
    pub weight: f64,
}

/// What was asked for. [`super::expand`] makes one of a text and the niches it names.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Query {
    /// Vectors of the same model as the profiles'; the nearest one counts.
    pub vectors: Vec<Vec<f32>>,
    /// Words and hashtags.
    pub terms: Vec<QueryTerm>,
}

/// The words and hashtags of one creator.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ProfileTerms {
    /// In how many texts (posts, and the bio as one) each term stands.
    pub counts: HashMap<String, u32>,
    /// How many texts there are.
    pub texts: u32,
}

/// How rare terms are among the creators.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Idf {
    creators: usize,
    users: HashMap<String, u32>,
}

impl Idf {
    /// Counts who uses what.
    pub fn of<'a>(profiles: impl IntoIterator<Item = &'a ProfileTerms>) -> Self {
        let mut idf = Self::default();
        for profile in profiles {
            idf.creators += 1;
            let used: HashSet<&String> = profile.counts.keys().collect();
            for term in used {
                *idf.users.entry(term.clone()).or_default() += 1;
            }
        }
        idf
    }

    /// ln(1 + creators / users): 0.69 for a term that all use, more for rarer ones.
    #[must_use]
    pub fn weight(&self, term: &str) -> f64 {
        let users = self.users.get(term).copied().unwrap_or(0).max(1);
        (1.0 + self.creators as f64 / f64::from(users)).ln()
    }
}

/// The logistic function that turns evidence into a relevance. Its coefficients are fixed
/// rather than fitted to a run, so that 0.6 means the same in every run: with cosine c and
/// match m, relevance = 1 / (1 + exp(-(intercept + `per_cosine` c + `per_match` m))).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RelevanceModel {
    /// Log odds with neither. Default -4: 2 %.
    pub intercept: f64,
    /// Log odds per unit of cosine. Default 8: sentence models put unrelated texts near 0.1
    /// and texts of one topic at 0.4 or more, which makes 0.04 and 0.31.
    pub per_cosine: f64,
    /// Log odds for a full match of terms. Default 3.
    pub per_match: f64,
}

impl Default for RelevanceModel {
    fn default() -> Self {
        Self {
            intercept: -4.0,
            per_cosine: 8.0,
            per_match: 3.0,
        }
    }
}

/// A term of the query that a creator uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MatchedTerm {
    /// Lower case, without `#`.
    pub term: String,
    /// In how many of the creator's texts it stands.
    pub texts: u32,
}

/// How well a creator fits, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Relevance {
    /// 0..=1.
    pub value: f64,
    /// Standard error of `value`; see [`relevance`].
    pub spread: f64,
    /// Highest cosine of the profile and a vector of the query, -1..=1.
    pub cosine: f64,
    /// 0..1: the saturating sum of matched terms.
    pub term_match: f64,
    /// The matched terms, the one that counts most first.
    pub matched_terms: Vec<MatchedTerm>,
    /// The creator's texts.
    pub texts: u32,
}

/// Matches worth this much, in nats of rarity, make 1 - 1/e of a full match.
const SATURATION: f64 = 3.0;
/// A term in this many texts counts half of what it can.
const HALF_COUNT: f64 = 2.0;
/// Standard error of a profile's log odds from one text, and what no number of texts removes.
/// Assumptions, not measurements.
const ONE_TEXT: f64 = 1.5;
const FLOOR: f64 = 0.2;

/// The relevance of one creator.
///
/// The term match is 1 - exp(-S / 3), S being the sum over the query's terms of
/// weight x idf x n / (n + 2) x sqrt(n / texts), where n is the number of the creator's texts
/// with the term: words that few creators use tell more, the tenth hashtag adds less than the
/// first, and who posts a dress once a month is not about fashion.
/// The spread is value (1 - value) x s with s^2 = 1.5^2 / (texts + 1) + 0.2^2, the delta method on an
/// assumed error of the log odds: a profile of two posts may have shown one side of a creator.
#[must_use]
pub fn relevance(
    query: &Query,
    profile: &[f32],
    terms: &ProfileTerms,
    idf: &Idf,
    model: &RelevanceModel,
) -> Relevance {
    let cosine = query
        .vectors
        .iter()
        .map(|v| cosine(v, profile))
        .reduce(f64::max)
        .unwrap_or(0.0);
    let mut weights: BTreeMap<&str, f64> = BTreeMap::new();
    for wanted in &query.terms {
        let held = weights.entry(&wanted.term).or_default();
        *held = held.max(wanted.weight);
    }
    let mut matched: Vec<(f64, MatchedTerm)> = weights
        .into_iter()
        .filter_map(|(term, weight)| {
            let texts = *terms.counts.get(term)?;
            let n = f64::from(texts);
            let share = (n / f64::from(terms.texts.max(1))).min(1.0);
            let worth = weight * idf.weight(term) * n / (n + HALF_COUNT) * share.sqrt();
            let term = term.to_owned();
            (worth > 0.0).then_some((worth, MatchedTerm { term, texts }))
        })
        .collect();
    matched.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.term.cmp(&b.1.term)));
    let sum: f64 = matched.iter().map(|(worth, _)| worth).sum();
    let term_match = 1.0 - (-sum / SATURATION).exp();
    let odds = model.intercept + model.per_cosine * cosine + model.per_match * term_match;
    let value = 1.0 / (1.0 + (-odds).exp());
    let error = (ONE_TEXT.powi(2) / (f64::from(terms.texts) + 1.0) + FLOOR.powi(2)).sqrt();
    Relevance {
        value,
        spread: value * (1.0 - value) * error,
        cosine,
        term_match,
        matched_terms: matched.into_iter().map(|(_, term)| term).collect(),
        texts: terms.texts,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(words: &[(&str, u32)], texts: u32) -> ProfileTerms {
        ProfileTerms {
            counts: words.iter().map(|(w, n)| ((*w).to_owned(), *n)).collect(),
            texts,
        }
    }

    fn query() -> Query {
        let term = |term: &str, weight| QueryTerm {
            term: term.to_owned(),
            weight,
        };
        Query {
            vectors: vec![vec![1.0, 0.0], vec![0.0, 1.0]],
            terms: vec![term("fashion", 1.0), term("ootd", 0.5)],
        }
    }

    fn judge(vector: &[f32], terms: &ProfileTerms) -> Relevance {
        let idf = Idf::of([
            &profile(&[("fashion", 1)], 1),
            &profile(&[("fashion", 9), ("ootd", 2)], 9),
            &profile(&[("cake", 3)], 3),
        ]);
        relevance(&query(), vector, terms, &idf, &RelevanceModel::default())
    }

    #[test]
    fn meaning_and_words_both_count() {
        let none = judge(&[0.0, 0.0], &profile(&[], 0));
        let words = judge(&[0.0, 0.0], &profile(&[("fashion", 9), ("ootd", 4)], 10));
        let both = judge(&[0.5, 0.866], &profile(&[("fashion", 9), ("ootd", 4)], 10));
        assert!(none.value < 0.05 && none.value < words.value && words.value < both.value);
        assert!(both.value < 1.0 && (both.cosine - 0.866).abs() < 1e-3);
        let first = &words.matched_terms[0];
        assert_eq!((first.term.as_str(), first.texts), ("fashion", 9));
    }

    #[test]
    fn repetition_saturates_and_texts_narrow() {
        let value = |n| judge(&[0.1, 0.0], &profile(&[("fashion", n)], n)).value;
        assert!(value(2) - value(1) > value(20) - value(19));
        let few = judge(&[1.0, 0.0], &profile(&[], 1));
        let many = judge(&[1.0, 0.0], &profile(&[], 100));
        assert!(few.spread > many.spread && many.spread > 0.0);
    }

    #[test]
    fn rare_terms_weigh_more() {
        let idf = Idf::of([&profile(&[("a", 1)], 1), &profile(&[("a", 1), ("b", 1)], 1)]);
        assert!(idf.weight("b") > idf.weight("a") && idf.weight("unseen").is_finite());
    }
}
