//! How a niche grows or shrinks over time, by when its creators posted.

use super::Clusters;
use crate::stats::{Cluster, cluster_bootstrap, quantile};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use std::collections::BTreeMap;

/// Fewest posts of a niche, in each half, from which a change is computed.
const FEWEST: f64 = 10.0;
const DRAWS: usize = 500;
const LEVEL: f64 = 0.9;

/// One month of one niche.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Month {
    /// `2017-02`, in UTC.
    pub month: String,
    /// Posts of the niche's creators.
    pub posts: usize,
    /// Their share of all posts of that month, 0..=1.
    pub share: f64,
}

/// A niche over time.
#[derive(Debug, Clone, PartialEq, Serialize, Default)]
pub struct Growth {
    /// Months with posts, in order.
    pub months: Vec<Month>,
    /// Its posts in the newer half of all posts over those in the older half, less 1: 0.2 is a fifth
    /// more. Measured against all posts, so that an export that holds the newest posts of
    /// everybody does not make everything grow. `None` with fewer than ten posts in either half.
    pub change: Option<f64>,
    /// 90 % interval of the change, by bootstrap over creators.
    pub lower: Option<f64>,
    /// See `lower`.
    pub upper: Option<f64>,
}

/// The growth of every cluster. `posts` holds, per post, the creator's place in the order of the
/// placements and the time.
#[must_use]
pub fn growth(clusters: &Clusters, posts: &[(usize, Timestamp)], seed: u64) -> Vec<Growth> {
    let k = clusters.sizes.len();
    let times: Vec<f64> = posts.iter().map(|(_, at)| at.as_second() as f64).collect();
    let Some(middle) = quantile(&times, 0.5) else {
        return vec![Growth::default(); k];
    };
    let mut all: BTreeMap<String, usize> = BTreeMap::new();
    let mut months: Vec<BTreeMap<String, usize>> = vec![BTreeMap::new(); k];
    let mut halves: Vec<BTreeMap<usize, (f64, f64)>> = vec![BTreeMap::new(); k];
    let (mut newer_all, mut older_all) = (0.0_f64, 0.0_f64);
    for ((creator, at), time) in posts.iter().zip(&times) {
        let date = at.to_zoned(TimeZone::UTC).date();
        let month = format!("{:04}-{:02}", date.year(), date.month());
        *all.entry(month.clone()).or_default() += 1;
        let newer = *time > middle;
        *(if newer {
            &mut newer_all
        } else {
            &mut older_all
        }) += 1.0;
        if let Some(niche) = clusters.placements.get(*creator).and_then(|p| p.niche) {
            *months[niche].entry(month).or_default() += 1;
            let of = halves[niche].entry(*creator).or_default();
            *(if newer { &mut of.0 } else { &mut of.1 }) += 1.0;
        }
    }
    months
        .into_iter()
        .zip(halves)
        .map(|(months, halves)| {
            let months = months
                .into_iter()
                .map(|(month, posts)| Month {
                    posts,
                    share: posts as f64 / all[&month] as f64,
                    month,
                })
                .collect();
            let newer: f64 = halves.values().map(|h| h.0).sum();
            let older: f64 = halves.values().map(|h| h.1).sum();
            if newer < FEWEST || older < FEWEST || newer_all < 1.0 || older_all < 1.0 {
                return Growth {
                    months,
                    ..Growth::default()
                };
            }
            // Ties at the middle make the halves unequal.
            let scale = older_all / newer_all;
            let creators: Vec<Cluster> = halves
                .values()
                .map(|(newer, older)| Cluster {
                    numerator: newer * scale,
                    denominator: *older,
                })
                .collect();
            let change = cluster_bootstrap(&creators, DRAWS, LEVEL, seed);
            Growth {
                months,
                change: change.map(|c| c.estimate - 1.0),
                lower: change.map(|c| c.lower - 1.0),
                upper: change.map(|c| c.upper - 1.0),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::niche::Placement;
    use ndarray::Array2;

    #[test]
    fn a_niche_that_posts_more_lately_grows() {
        let placed = |niche| Placement {
            niche: Some(niche),
            membership: 1.0,
            outlier: false,
            x: 0.0,
            y: 0.0,
        };
        let clusters = Clusters {
            placements: vec![placed(0), placed(0), placed(1), placed(1)],
            sizes: vec![2, 2],
            medoids: vec![vec![], vec![]],
            centroids: Array2::zeros((2, 1)),
            chosen: None,
            tried: vec![],
        };
        // Niche 0 posts 3 a day lately and 1 before; niche 1 the other way round.
        let day = |d: i64| Timestamp::from_second(1_500_000_000 + 86_400 * d).unwrap();
        let mut posts = Vec::new();
        for d in 0..60 {
            let (first, second) = if d < 30 { (1, 3) } else { (3, 1) };
            posts.extend((0..first).map(|i| (i % 2, day(d))));
            posts.extend((0..second).map(|i| (2 + i % 2, day(d))));
        }
        let found = growth(&clusters, &posts, 0);
        assert!(
            (found[0].change.unwrap() - 2.0).abs() < 0.3,
            "{:?}",
            found[0].change
        );
        assert!(found[1].change.unwrap() < -0.5 && found[0].lower <= found[0].change);
        assert!((found[0].months[0].share - 0.25).abs() < 1e-9);
        assert_eq!(growth(&clusters, &[], 0)[0], Growth::default());
    }
}
