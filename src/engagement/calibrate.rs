//! Whether the intervals are as wide as they ought to be, learnt from the newest posts.

use super::group::{Case, GroupFit};
use crate::schema::Tier;
use crate::stats::{quantile_sorted, sorted, student_quantile};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;

/// With this many newest posts, what they say and what the model (or all tiers together) says count alike.
const MODEL_COUNTS_AS: f64 = 50.0;
/// No end comes closer to the median than this part of the model's own distance.
const CLOSEST: f64 = 0.5;

/// The share of the newest posts that is left below the upper end. It is above the 0.95 that is promised: posts still
/// to come differ from the newest ones by a little more than these did from those before them.
const UPPER: f64 = 0.962;
/// The model's own ends are those of its 90 % interval.
const OWN_UPPER: f64 = 0.95;
/// Posts known from which the ends are told apart by size class.
const MANY: usize = 5;

/// Lower and upper end of the 90 % interval of one next post, in predictive standard deviations times
/// Student's quantile: (-1, 1) is the model's own interval.
pub type IntervalScale = (f64, f64);

/// The ends that the newest posts ask for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Calibration {
    /// Of creators without posts, with one post, and with two to four.
    pub of_few_posts: [IntervalScale; 3],
    /// With five posts and more.
    pub of_many_posts: IntervalScale,
    /// The same by size class, for those with posts to learn from.
    pub by_tier: BTreeMap<Tier, IntervalScale>,
}

impl Default for Calibration {
    fn default() -> Self {
        Self {
            of_few_posts: [(-1.0, 1.0); 3],
            of_many_posts: (-1.0, 1.0),
            by_tier: BTreeMap::new(),
        }
    }
}

impl Calibration {
    /// The ends for a creator of that size of whom so many posts are known.
    pub(super) fn interval_scale_of(&self, tier: Tier, posts: usize) -> IntervalScale {
        if posts < MANY {
            return self.of_few_posts[class(posts)];
        }
        let own = self.by_tier.get(&tier);
        own.copied().unwrap_or(self.of_many_posts)
    }

    /// Every creator's newest post is predicted from the posts before it, or from the last one or three or none of
    /// them; the quantiles of (newest - median) / half width are what the ends should have been (split conformal
    /// prediction, Lei et al. 2018, with the group's few shared parameters fitted on all posts). They are mixed with
    /// the model's -1 and 1 by n / (n + 50), those by how many posts are known with those of all, and those of a tier
    /// with those of all tiers likewise. Skew, heavy tails and drift, which the model does not know, so come into the
    /// interval.
    pub(super) fn fit(group: &GroupFit, cases: &[Case]) -> Self {
        let gaps: Vec<(Tier, [Option<f64>; 4])> = cases
            .par_iter()
            .filter_map(|case| {
                let newest = *case.history.logs.first()?;
                let before = case.history.len() - 1;
                let mut gaps = [None; 4];
                for known in [0, 1, 3.min(before), before] {
                    if known > before || gaps[class(known)].is_some() {
                        continue;
                    }
                    let forecast = group.forecast_of(case, 1..1 + known);
                    let half =
                        forecast.sd * student_quantile(OWN_UPPER, forecast.degrees_of_freedom);
                    gaps[class(known)] = Some((newest - forecast.mean) / half);
                }
                Some((case.tier, gaps))
            })
            .collect();
        let own = (-1.0, 1.0);
        let of_class = |class: usize| -> Vec<f64> {
            gaps.iter().filter_map(|(_, gaps)| gaps[class]).collect()
        };
        // What few and many posts say together stands behind each, where they are rare.
        let posts = [1, 2, 3].map(of_class);
        let together = mixed(&posts.concat(), own);
        let [one, few, many] = posts.map(|gaps| mixed(&gaps, together));
        let mut by_tier: BTreeMap<Tier, Vec<f64>> = BTreeMap::new();
        for (tier, gaps) in &gaps {
            if let Some(gap) = gaps[class(MANY)] {
                by_tier.entry(*tier).or_default().push(gap);
            }
        }
        Self {
            of_few_posts: [mixed(&of_class(0), own), one, few],
            of_many_posts: many,
            by_tier: by_tier
                .into_iter()
                .map(|(tier, gaps)| (tier, mixed(&gaps, many)))
                .collect(),
        }
    }
}

/// None, one, few, many.
fn class(posts: usize) -> usize {
    match posts {
        0 | 1 => posts,
        2..MANY => 2,
        _ => 3,
    }
}

/// The ends that `gaps` ask for, drawn to `own` as far as they are few.
fn mixed(gaps: &[f64], own: IntervalScale) -> IntervalScale {
    let gaps = sorted(gaps);
    let weight = gaps.len() as f64 / (gaps.len() as f64 + MODEL_COUNTS_AS);
    let end = |p: f64, own: f64| {
        quantile_sorted(&gaps, p).map_or(own, |seen| weight * seen + (1.0 - weight) * own)
    };
    (
        end(1.0 - UPPER, own.0).min(-CLOSEST),
        end(UPPER, own.1).max(CLOSEST),
    )
}
