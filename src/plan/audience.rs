//! Who is in whose audience, by sketches of those who comment.

use crate::stats::mix;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Most pairs of creator and commenter that are kept; above it the sketches get coarser.
const MOST_PAIRS: usize = 4_000_000;
/// A creator with fewer sketched commenters is judged by the niche.
const FEWEST: usize = 10;
/// Share of an audience that a niche is taken to have in common where nothing was measured.
const ASSUMED_OVERLAP: f64 = 0.1;
/// Pairs measured per niche.
const PAIRS_PER_NICHE: usize = 400;

/// What is known of one creator's audience.
#[derive(Debug, Clone, PartialEq)]
pub struct AudienceInput {
    /// The niche that the creator is nearest to; `None` shares with nobody.
    pub niche: Option<String>,
    /// A 64-bit hash of every commenter's id, in any order, repeated or not.
    pub commenters: Vec<u64>,
}

/// How a creator's audience is cut up: shares that are this creator's alone, and elements that
/// others may hold too.
#[derive(Debug, Clone, PartialEq)]
pub struct Audience {
    /// Elements, ascending: sketched commenters, or one pool of the niche.
    pub shared: Vec<u32>,
    /// Share of the audience in each element of `shared`.
    pub each: f64,
    /// Share that is nobody else's: 1 - `each` x elements.
    pub alone: f64,
    /// Whether the elements are commenters; else the niche stands in for them.
    pub measured: bool,
}

/// Everybody's audiences, ready for [`super::choose`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Audiences {
    /// One per input, in order.
    #[serde(skip)]
    pub audiences: Vec<Audience>,
    /// Creators judged by their commenters.
    pub measured: usize,
    /// Creators judged by the niche's overlap, without commenters enough.
    pub by_niche: usize,
    /// Creators of whom neither is known: taken to share with nobody.
    pub alone: usize,
    /// Share of the smaller audience that two creators of a niche have in common: the mean over
    /// measured pairs. `None` where no pair was measured; 0.1 is assumed then.
    pub niche_overlap: Option<f64>,
    /// Share of all commenters that the sketches keep, 0..=1; 1 is exact.
    pub sampled: f64,
}

/// Sketches every audience.
///
/// A sketch keeps the commenters whose hash lies below one threshold common to all creators (the
/// theta sketch of Dasgupta, Lang, Rhodes and Thaler 2016, with a fixed threshold): the same
/// person is kept everywhere or nowhere, so overlaps in sketches estimate overlaps of audiences
/// without bias. The threshold is 1, and the sketches exact, up to four million pairs of creator
/// and commenter. A creator with fewer than ten sketched commenters is cut by the niche: as much
/// as two creators of a niche have in common on average goes into one pool that all of the
/// niche's creators share.
#[must_use]
pub fn audiences(inputs: &[AudienceInput]) -> Audiences {
    let sets: Vec<Vec<u64>> = inputs
        .iter()
        .map(|input| {
            // A second hash, so that ids that are numbers spread evenly too.
            let mut set: Vec<u64> = input.commenters.iter().map(|c| mix(0, *c)).collect();
            set.sort_unstable();
            set.dedup();
            set
        })
        .collect();
    let pairs: usize = sets.iter().map(Vec::len).sum();
    let mut threshold = u64::MAX;
    let mut kept = pairs;
    while kept > MOST_PAIRS {
        threshold /= 2;
        kept = sets
            .iter()
            .map(|set| set.partition_point(|h| *h <= threshold))
            .sum();
    }
    let sketches: Vec<&[u64]> = sets
        .iter()
        .map(|set| &set[..set.partition_point(|h| *h <= threshold)])
        .collect();
    let measured = |i: usize| sketches[i].len() >= FEWEST;
    let niche_overlap = overlap_within_niches(inputs, &sketches);
    let pool_share = niche_overlap.unwrap_or(ASSUMED_OVERLAP);

    let people: BTreeSet<u64> = (0..inputs.len())
        .filter(|i| measured(*i))
        .flat_map(|i| sketches[i].iter().copied())
        .collect();
    let people: Vec<u64> = people.into_iter().collect();
    let niches: BTreeSet<&str> = inputs.iter().filter_map(|i| i.niche.as_deref()).collect();
    let pool: BTreeMap<&str, u32> = niches
        .into_iter()
        .enumerate()
        .map(|(i, niche)| (niche, (people.len() + i) as u32))
        .collect();
    let audiences: Vec<Audience> = inputs
        .iter()
        .enumerate()
        .map(|(i, input)| {
            if measured(i) {
                let shared: Vec<u32> = sketches[i]
                    .iter()
                    .map(|h| people.partition_point(|p| p < h) as u32)
                    .collect();
                return Audience {
                    each: 1.0 / shared.len() as f64,
                    shared,
                    alone: 0.0,
                    measured: true,
                };
            }
            let shared: Vec<u32> = input
                .niche
                .as_deref()
                .and_then(|niche| pool.get(niche).copied())
                .into_iter()
                .collect();
            let alone = if shared.is_empty() {
                1.0
            } else {
                1.0 - pool_share
            };
            Audience {
                shared,
                each: pool_share,
                alone,
                measured: false,
            }
        })
        .collect();
    let count = |f: &dyn Fn(&Audience) -> bool| audiences.iter().filter(|a| f(a)).count();
    Audiences {
        measured: count(&|a| a.measured),
        by_niche: count(&|a| !a.measured && !a.shared.is_empty()),
        alone: count(&|a| !a.measured && a.shared.is_empty()),
        niche_overlap,
        sampled: if threshold == u64::MAX {
            1.0
        } else {
            threshold as f64 / u64::MAX as f64
        },
        audiences,
    }
}

/// Mean share of the smaller of two audiences that is in the larger, over pairs of one niche.
fn overlap_within_niches(inputs: &[AudienceInput], sketches: &[&[u64]]) -> Option<f64> {
    let mut members: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, input) in inputs.iter().enumerate() {
        if let (Some(niche), true) = (&input.niche, sketches[i].len() >= FEWEST) {
            members.entry(niche).or_default().push(i);
        }
    }
    let mut shares = Vec::new();
    for places in members.values() {
        let n = places.len();
        // Neighbours at growing distances: every member takes part before any pair is dear.
        let pairs = (1..n).flat_map(|gap| (0..n - gap).map(move |i| (i, i + gap)));
        for (a, b) in pairs.take(PAIRS_PER_NICHE) {
            let (a, b) = (sketches[places[a]], sketches[places[b]]);
            shares.push(common(a, b) as f64 / a.len().min(b.len()) as f64);
        }
    }
    let mean = shares.iter().sum::<f64>() / shares.len() as f64;
    (!shares.is_empty()).then_some(mean)
}

/// How many entries two ascending lists have in common.
fn common(a: &[u64], b: &[u64]) -> usize {
    let mut rest = b.iter().peekable();
    a.iter()
        .filter(|value| {
            while rest.next_if(|other| other < value).is_some() {}
            rest.peek() == Some(value)
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(niche: &str, from: u64, n: u64) -> AudienceInput {
        AudienceInput {
            niche: Some(niche.to_owned()),
            commenters: (from..from + n).chain(from..from + n / 2).collect(),
        }
    }

    #[test]
    fn commenters_are_shared_and_the_niche_stands_in_for_them() {
        let found = audiences(&[
            input("a", 0, 100),
            input("a", 80, 40),
            input("a", 0, 3),
            AudienceInput {
                niche: None,
                commenters: Vec::new(),
            },
        ]);
        assert_eq!((found.measured, found.by_niche, found.alone), (2, 1, 1));
        // 20 of the smaller one's 40.
        assert_eq!(found.niche_overlap, Some(0.5));
        let [a, b, few, nobody] = &found.audiences[..] else {
            unreachable!("one each");
        };
        assert_eq!((a.shared.len(), a.each, a.alone), (100, 0.01, 0.0));
        assert_eq!(b.shared.iter().filter(|p| a.shared.contains(p)).count(), 20);
        assert_eq!((few.shared.len(), few.each, few.alone), (1, 0.5, 0.5));
        assert_eq!((nobody.shared.len(), nobody.alone), (0, 1.0));
    }

    #[test]
    fn coarse_sketches_keep_the_overlap() {
        let big = [input("a", 0, 3_000_000), input("a", 2_000_000, 3_000_000)];
        let found = audiences(&big);
        assert!((found.sampled - 0.5).abs() < 1e-9);
        let overlap = found.niche_overlap.unwrap();
        assert!((overlap - 1.0 / 3.0).abs() < 0.002, "{overlap}");
    }
}
