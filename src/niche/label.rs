//! What a cluster is called: the taxonomy's niche nearest to it, and the terms of its own.

use super::{Affinity, Clusters, Taxonomy, broad_niches, shares};
use crate::embedding::Terms;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A term of a cluster and how much it tells it from the others.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TermWeight {
    /// The word or hashtag as the caller gave it.
    pub term: String,
    /// Class-based TF-IDF, positive; to be compared within one run only.
    pub weight: f64,
    /// Members of the cluster who use it.
    pub creators: usize,
}

/// The name of a cluster and why it has it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NicheLabel {
    /// The niche's name, or the top terms where no niche is near; unique within the run.
    pub name: String,
    /// The taxonomy's id where a niche is near enough.
    pub taxonomy_id: Option<String>,
    /// Mean share of that broad niche in the members, 0..=1 (see [`super::Affinity`]); `None` without
    /// a taxonomy.
    pub similarity: Option<f64>,
    /// Terms by falling weight.
    pub terms: Vec<TermWeight>,
}

/// Share of a cluster's members that a narrow niche's words must be most of, and found in.
const MOST_OF_WORDS: f64 = 0.6;
const HALF_OF_MEMBERS: f64 = 0.5;

/// Names every cluster of `clusters`.
///
/// `terms` holds each creator's words and hashtags and `affinities` their evidence, in the order of the
/// placements. A cluster has the name of the broad niche with the highest mean share in its members,
/// where that is above `threshold`; or of a narrower one below it, whose words half of the
/// members use and which make 60 % of the broad one's. Two clusters of one niche, and a cluster near
/// none, are told apart by their terms.
///
/// Terms are weighed by class-based TF-IDF (Grootendorst 2022): tf x ln(1 + A / f), where tf
/// is the share of the cluster's members who use the term (so that nobody's repetition counts
/// twice), f the sum of tf over clusters and A the mean over clusters of the sum of tf.
/// A term must be used by two members, or by one in a cluster of one.
#[must_use]
pub fn label(
    clusters: &Clusters,
    terms: &[&Terms],
    taxonomy: &Taxonomy,
    affinities: &[Affinity],
    threshold: f64,
    top: usize,
) -> Vec<NicheLabel> {
    let broad = broad_niches(taxonomy);
    let mut members: Vec<Vec<&Affinity>> = vec![Vec::new(); clusters.sizes.len()];
    for (placement, affinity) in clusters.placements.iter().zip(affinities) {
        if let Some(niche) = placement.niche {
            members[niche].push(affinity);
        }
    }
    let mut labels: Vec<NicheLabel> = weigh(clusters, terms)
        .into_iter()
        .zip(&members)
        .map(|(mut terms, members)| {
            terms.truncate(top);
            let nearest = nearest(members, &broad);
            let named = nearest
                .filter(|(_, share)| *share > threshold)
                .map(|(place, _)| &taxonomy.niches()[narrowed(members, place, taxonomy)]);
            NicheLabel {
                name: named.map_or_else(|| join(&terms), |niche| niche.name.clone()),
                taxonomy_id: named.map(|niche| niche.id.clone()),
                similarity: nearest.map(|(_, share)| share),
                terms,
            }
        })
        .collect();
    tell_apart(&mut labels);
    labels
}

/// The broad niche of the highest mean share, and that share.
fn nearest(members: &[&Affinity], broad: &[usize]) -> Option<(usize, f64)> {
    let mut means = vec![0.0; broad.len()];
    for member in members {
        for (mean, share) in means.iter_mut().zip(shares(member, broad)) {
            *mean += share / members.len() as f64;
        }
    }
    broad
        .iter()
        .copied()
        .zip(means)
        .reduce(|best, next| if next.1 > best.1 { next } else { best })
}

/// The niche below `broad` that most of the members' words are about, or `broad`.
fn narrowed(members: &[&Affinity], broad: usize, taxonomy: &Taxonomy) -> usize {
    let words = |niche: usize| members.iter().map(|m| m.words_of(niche)).sum::<f64>();
    let users = |niche: usize| members.iter().filter(|m| m.words_of(niche) > 0.0).count() as f64;
    (0..taxonomy.niches().len())
        .filter(|&i| i != broad && taxonomy.broad(i) == broad)
        .reduce(|best, next| {
            if words(next) > words(best) {
                next
            } else {
                best
            }
        })
        .filter(|&i| words(i) > MOST_OF_WORDS * words(broad))
        .filter(|&i| users(i) > HALF_OF_MEMBERS * members.len() as f64)
        .unwrap_or(broad)
}

fn join(terms: &[TermWeight]) -> String {
    let names: Vec<&str> = terms.iter().take(3).map(|t| t.term.as_str()).collect();
    if names.is_empty() {
        "unnamed".to_owned()
    } else {
        names.join(", ")
    }
}

/// Adds terms, then a number, to names that occur twice.
fn tell_apart(labels: &mut [NicheLabel]) {
    let names: Vec<String> = labels.iter().map(|l| l.name.clone()).collect();
    for (label, name) in labels.iter_mut().zip(&names) {
        let twice = names.iter().filter(|n| *n == name).count() > 1;
        if twice && label.taxonomy_id.is_some() && !label.terms.is_empty() {
            label.name = format!("{name} ({})", join(&label.terms));
        }
    }
    let mut seen = BTreeSet::new();
    for label in labels {
        let plain = label.name.clone();
        let mut number = 2;
        while !seen.insert(label.name.clone()) {
            label.name = format!("{plain} {number}");
            number += 1;
        }
    }
}

/// Every cluster's terms by falling weight, then by name.
fn weigh<'t>(clusters: &Clusters, terms: &[&'t Terms]) -> Vec<Vec<TermWeight>> {
    let mut used: Vec<BTreeMap<&'t str, usize>> = vec![BTreeMap::new(); clusters.sizes.len()];
    for (placement, terms) in clusters.placements.iter().zip(terms) {
        if let Some(niche) = placement.niche {
            for (term, _) in terms.iter() {
                *used[niche].entry(term).or_default() += 1;
            }
        }
    }
    let share = |niche: usize, creators: usize| creators as f64 / clusters.sizes[niche] as f64;
    let (mut overall, mut total) = (BTreeMap::<&str, f64>::new(), 0.0);
    for (niche, counts) in used.iter().enumerate() {
        for (term, &creators) in counts {
            *overall.entry(term).or_default() += share(niche, creators);
            total += share(niche, creators);
        }
    }
    let mean = total / clusters.sizes.len().max(1) as f64;
    used.iter()
        .enumerate()
        .map(|(niche, counts)| {
            let least = clusters.sizes[niche].min(2);
            let mut weighed: Vec<TermWeight> = counts
                .iter()
                .filter(|(_, creators)| **creators >= least)
                .map(|(term, &creators)| TermWeight {
                    term: (*term).to_owned(),
                    weight: share(niche, creators) * (1.0 + mean / overall[term]).ln(),
                    creators,
                })
                .collect();
            weighed.sort_by(|a, b| {
                b.weight
                    .total_cmp(&a.weight)
                    .then_with(|| a.term.cmp(&b.term))
            });
            weighed
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::niche::Placement;
    use ndarray::array;

    fn two_clusters() -> Clusters {
        let placed = |niche| Placement {
            niche: Some(niche),
            membership: 1.0,
            outlier: false,
            x: 0.0,
            y: 0.0,
        };
        Clusters {
            placements: vec![placed(0), placed(0), placed(1), placed(1)],
            sizes: vec![2, 2],
            medoids: vec![vec![], vec![]],
            centroids: array![[1.0, 0.0], [0.0, 1.0]],
            chosen: None,
            tried: vec![],
        }
    }

    fn words(text: &str) -> Terms {
        text.split(' ').map(|word| (word.to_owned(), 1)).collect()
    }

    #[test]
    fn terms_that_tell_apart_come_first() {
        let terms = [
            words("love dress style"),
            words("love dress style"),
            words("love recipe recipe"),
            words("love recipe once"),
        ];
        let niches = Taxonomy::built_in().unwrap();
        let labels = label(&two_clusters(), &terms.each_ref(), &niches, &[], 0.3, 5);
        assert_eq!(labels[0].name, "dress, style, love");
        assert_eq!(labels[1].terms[0].term, "recipe");
        assert!(labels[1].terms.iter().all(|t| t.term != "once"));
        assert_eq!(labels[0].taxonomy_id, None);
    }

    #[test]
    fn near_niches_give_their_names_once() {
        let niches = Taxonomy::built_in().unwrap();
        let member = |niche: usize| {
            let mut words = vec![0.0; niches.niches().len()];
            words[niche] = 2.0;
            let scores: Vec<f64> = words.iter().map(|w| 3.0 * w).collect();
            Affinity::new(&scores, &words, 1.0)
        };
        let terms = [words("a"), words("a"), words("b"), words("b")];
        let of = [member(0), member(0), member(0), member(0)];
        let labels = label(&two_clusters(), &terms.each_ref(), &niches, &of, 0.3, 5);
        let name = &niches.niches()[0].name;
        assert_eq!(labels[0].name, format!("{name} (a)"));
        assert_eq!(labels[1].name, format!("{name} (b)"));
        let strict = label(&two_clusters(), &terms.each_ref(), &niches, &of, 0.99, 5);
        assert_eq!(strict[0].name, "a");
    }
}
