//! Whether the intervals are as wide as they ought to be, learnt from the newest posts.

use super::group::GroupFit;
use super::history::History;
use crate::schema::Tier;
use crate::stats::{quantile_sorted, sorted, student_quantile};
use std::collections::BTreeMap;

/// With this many newest posts, what they say and what the model (or all tiers together) says count alike.
const MODEL_COUNTS_AS: f64 = 50.0;
/// No end comes closer to the median than this part of the model's own distance.
const CLOSEST: f64 = 0.5;

/// The share of the newest posts that is left below the upper end. It is above the 0.95 that is promised: posts still to come
/// differ from the newest ones by a little more than these did from those before them.
const UPPER: f64 = 0.962;
/// The model's own ends are those of its 90 % interval.
const OWN_UPPER: f64 = 0.95;

/// A creator's place and history, with the robust scale to use where their own is not known.
pub(super) struct Case<'a> {
    pub(super) x: f64,
    pub(super) tier: Tier,
    pub(super) history: &'a History,
}

/// The ends of the 90 % interval in units of the model's own half width: of all tiers, and of each that has posts to learn from.
///
/// Every creator's newest post is predicted from the posts before it; the quantiles of (newest - median) / half width are what the ends
/// should have been (split conformal prediction, Lei et al. 2018, with the group's few shared parameters fitted on all
/// posts). They are mixed with the model's -1 and 1 by n / (n + 50), and those of a tier with those of all tiers likewise. Skew,
/// heavy tails and drift, which the model does not know, so come into the interval.
pub(super) fn ends(
    group: &GroupFit,
    cases: &[Case<'_>],
    usual_scale: f64,
    half_life: f64,
) -> ((f64, f64), BTreeMap<Tier, (f64, f64)>) {
    let mut by_tier: BTreeMap<Tier, Vec<f64>> = BTreeMap::new();
    for case in cases {
        let (Some(newest), Some(_)) = (case.history.logs.first(), case.history.logs.get(1)) else {
            continue;
        };
        let forecast = group.forecast_of(case.x, case.history, 1, (usual_scale, half_life));
        let half = forecast.sd * student_quantile(OWN_UPPER, forecast.freedom);
        let gap = (newest - forecast.mean) / half;
        by_tier.entry(case.tier).or_default().push(gap);
    }
    let all: Vec<f64> = by_tier.values().flatten().copied().collect();
    let whole = mixed(&all, (-1.0, 1.0));
    let tiers = by_tier
        .into_iter()
        .map(|(tier, gaps)| (tier, mixed(&gaps, whole)))
        .collect();
    (whole, tiers)
}

/// The ends that `gaps` ask for, drawn to `own` as far as they are few.
fn mixed(gaps: &[f64], own: (f64, f64)) -> (f64, f64) {
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
