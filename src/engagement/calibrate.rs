//! Whether the intervals are as wide as they ought to be, learnt from the newest posts.

use super::group::GroupFit;
use super::history::History;
use crate::stats::{quantile_sorted, sorted, student_quantile};

/// With this many newest posts, what they say and what the model says count alike.
const MODEL_COUNTS_AS: f64 = 50.0;
/// No end comes closer to the median than this part of the model's own distance.
const CLOSEST: f64 = 0.5;

/// A share of 5 % lies beyond each end.
const UPPER: f64 = 0.95;

/// A creator's place and history, with the robust scale to use where their own is not known.
pub(super) struct Case<'a> {
    pub(super) x: f64,
    pub(super) history: &'a History,
}

/// The ends of the 90 % interval in units of the model's own half width.
///
/// Every creator's newest post is predicted from the posts before it; the 5 % and 95 %
/// quantiles of (newest - median) / half width are what the ends should have been (split
/// conformal prediction, Lei et al. 2018, with the group's few shared parameters fitted on all
/// posts). They are mixed with the model's -1 and 1 by n / (n + 50). Skew, heavy tails and
/// drift, which the model does not know, so come into the interval.
pub(super) fn ends(
    group: &GroupFit,
    cases: &[Case<'_>],
    usual_scale: f64,
    half_life: f64,
) -> (f64, f64) {
    let gaps: Vec<f64> = cases
        .iter()
        .filter_map(|case| {
            let newest = case.history.logs.first()?;
            let level = case.history.level(1, usual_scale, half_life)?;
            let forecast = group.forecast(case.x, Some(level));
            let half = forecast.sd * student_quantile(UPPER, forecast.freedom);
            Some((newest - forecast.mean) / half)
        })
        .collect();
    let gaps = sorted(&gaps);
    let weight = gaps.len() as f64 / (gaps.len() as f64 + MODEL_COUNTS_AS);
    let mixed = |p: f64, own: f64| {
        quantile_sorted(&gaps, p).map_or(own, |seen| weight * seen + (1.0 - weight) * own)
    };
    (
        mixed(1.0 - UPPER, -1.0).min(-CLOSEST),
        mixed(UPPER, 1.0).max(CLOSEST),
    )
}
