//! Why the level is what it is: the terms that come with good and bad comments.

use super::ScoredComment;
use crate::schema::{Comment, CommentId};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A term and the sentiment of the comments that hold it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Driver {
    /// The word or hashtag, in lower case.
    pub term: String,
    /// Comments that hold it.
    pub count: usize,
    /// Their mean of p(positive) - p(negative), in points, -100..100.
    pub net_sentiment: f64,
    /// By how many points the brand's net sentiment would differ if these comments were as
    /// the others are: share of the comments times the distance to the rest's mean.
    pub contribution: f64,
    /// Comments to read, the most telling first.
    pub quotations: Vec<CommentId>,
}

/// Comments under which a term says little.
const FEWEST: usize = 3;
/// Comments named for each term.
const QUOTATIONS: usize = 3;

/// Words that carry no topic. Short, since rare words cannot be drivers anyway and frequent
/// ones come out with a contribution near zero.
const STOP_WORDS: &str = "the and for that this with you your are was have has had but not all \
    can its it's just from they she her his him our out get got too very what when will would \
    there their them been were than then who how why about into over only some more most also \
    one two user http here still really even much ever never now day today new via don't i'm";

/// The terms with the largest contribution either way, largest first; at most `limit`.
#[must_use]
pub fn drivers(
    comments: &[Comment],
    scored: &[&ScoredComment],
    own_names: &[String],
    limit: usize,
) -> Vec<Driver> {
    let stop: BTreeSet<&str> = STOP_WORDS.split_whitespace().collect();
    let mut by_term: BTreeMap<String, Vec<(f64, usize)>> = BTreeMap::new();
    let mut total = 0.0;
    let mut n = 0usize;
    for (at, row) in scored.iter().enumerate() {
        let Some(p) = row.probabilities else { continue };
        let net = f64::from(p[2] - p[0]);
        total += net;
        n += 1;
        let words: BTreeSet<String> = comments[row.index]
            .text
            .split(|c: char| !(c.is_alphanumeric() || c == '\''))
            .map(str::to_lowercase)
            .filter(|w| w.chars().filter(|c| c.is_alphabetic()).count() >= 3)
            .filter(|w| !stop.contains(w.as_str()) && !own_names.contains(w))
            .collect();
        for word in words {
            by_term.entry(word).or_default().push((net, at));
        }
    }
    let mut drivers: Vec<Driver> = by_term
        .into_iter()
        .filter(|(_, hits)| hits.len() >= FEWEST && hits.len() < n)
        .map(|(term, mut hits)| {
            let sum: f64 = hits.iter().map(|h| h.0).sum();
            let mean = sum / hits.len() as f64;
            let rest = (total - sum) / (n - hits.len()) as f64;
            // The comments furthest towards the term's own side tell most.
            hits.sort_by(|a, b| {
                (b.0 * mean.signum())
                    .total_cmp(&(a.0 * mean.signum()))
                    .then(a.1.cmp(&b.1))
            });
            Driver {
                count: hits.len(),
                net_sentiment: 100.0 * mean,
                contribution: 100.0 * hits.len() as f64 / n as f64 * (mean - rest),
                quotations: hits
                    .iter()
                    .take(QUOTATIONS)
                    .map(|h| scored[h.1].comment_id.clone())
                    .collect(),
                term,
            }
        })
        .collect();
    drivers.sort_by(|a, b| {
        b.contribution
            .abs()
            .total_cmp(&a.contribution.abs())
            .then_with(|| a.term.cmp(&b.term))
    });
    drivers.truncate(limit);
    drivers
}
