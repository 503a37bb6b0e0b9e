//! What the hierarchy's forecast misses and the posts show: a drift of all creators, levels that few posts pull too
//! far.

use super::group::{Case, GroupFit};
use crate::stats::{least_absolute, median};
use rayon::prelude::*;
use std::ops::Range;

/// Newest posts whose median is aimed at.
const AHEAD: usize = 3;
/// Moments in every creator's past from which those posts are predicted.
const ORIGINS: usize = 7;
/// How many posts are known at each of them; the last is all.
const KNOWN: [usize; 6] = [1, 2, 3, 5, 10, usize::MAX];
/// Fewest creators of a group who teach it; each with five posts and more.
const FEWEST_CREATORS: usize = 100;
const FEWEST_POSTS: usize = 5;
/// Creators beyond which no more are asked, which keeps a run over a million short.
const MOST_CREATORS: usize = 10_000;
/// Ridge penalties per case, on features of one standard deviation: what is the same for all is free; what says how
/// often somebody posts has helped in one of three sets and must be plain to count.
const PENALTIES: [f64; FEATURES] = [0.0, 0.1, 0.1, 0.1, 1.0, 0.3];
/// Errors below this weigh no more.
const SMALLEST_ERROR: f64 = 0.05;
/// No correction is larger, in log units.
const LARGEST: f64 = 1.5;
/// Half life, in days, of the posts' mean age.
const AGE_HALF_LIFE: f64 = 90.0;
/// log10 of posts ever made from which the features count: about 300.
const USUAL_POSTS: f64 = 2.5;
const FEATURES: usize = 6;
/// Where the age of the posts stands among the features.
const AGE: usize = 4;

/// A linear correction of a group's forecasts, learned from its creators' past.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BiasCorrection {
    coefficients: [f64; FEATURES],
    /// The mean age of posts, for those of whom none is known.
    usual_age: f64,
}

impl BiasCorrection {
    /// Learns what to add to a forecast so that the median of the next three posts is met: least absolute errors by
    /// reweighted ridge regression, over every creator's forecasts from up to seven moments of their past, by the last
    /// 1, 2, 3, 5, 10 or all posts before. The `newest` posts are not looked at. `None` below a hundred creators with
    /// five posts.
    pub(super) fn fit(group: &GroupFit, cases: &[Case], newest: usize) -> Option<Self> {
        let teach: Vec<&Case> = cases
            .iter()
            .filter(|c| c.history.len() >= newest + FEWEST_POSTS)
            .take(MOST_CREATORS)
            .collect();
        if teach.len() < FEWEST_CREATORS {
            return None;
        }
        let fitted: Vec<Vec<([f64; FEATURES], f64)>> = teach
            .into_par_iter()
            .map(|case| {
                let mut rows = Vec::new();
                for origin in newest..newest + ORIGINS {
                    let from = origin + AHEAD;
                    let Some(left) = case.history.len().checked_sub(from).filter(|n| *n > 0) else {
                        break;
                    };
                    let Some(target) = median(&case.history.logs[origin..from]) else {
                        break;
                    };
                    for known in KNOWN {
                        let all = known == usize::MAX;
                        if (known > left && !all) || (all && KNOWN.contains(&left)) {
                            continue;
                        }
                        let seen = from..from + known.min(left);
                        if let Some((features, mean)) = features(group, case, seen) {
                            rows.push((features, target - mean));
                        }
                    }
                }
                rows
            })
            .collect();
        let (x, y): (Vec<_>, Vec<_>) = fitted.into_iter().flatten().unzip();
        let coefficients = least_absolute(&x, &y, &PENALTIES, SMALLEST_ERROR)?;
        let usual_age = x.iter().map(|row| row[AGE]).sum::<f64>() / x.len() as f64;
        Some(Self {
            coefficients,
            usual_age,
        })
    }

    /// What to add to the forecast from the posts `seen`; where there are none, what goes with the usual creator of a
    /// long history.
    pub(super) fn of(&self, group: &GroupFit, case: &Case, seen: Range<usize>) -> f64 {
        let unseen = || [1.0, 0.0, 0.0, 0.0, self.usual_age, posts_ever(case)];
        let features = features(group, case, seen).map_or_else(unseen, |(features, _)| features);
        let pairs = features.iter().zip(&self.coefficients);
        f64::clamp(pairs.map(|(f, c)| f * c).sum(), -LARGEST, LARGEST)
    }
}

/// 1; one by the number of posts; the forecast's distance from what is said without posts, plain and by their number;
/// how old the posts are; how many were ever made. With them, the forecast.
fn features(group: &GroupFit, case: &Case, seen: Range<usize>) -> Option<([f64; FEATURES], f64)> {
    let level = case.history.level(seen.clone(), group.scales)?;
    let forecast = group.forecast(case.x, case.prior, Some(level));
    let away = forecast.mean - forecast.prior;
    let age = case.history.age(seen, AGE_HALF_LIFE);
    let features = [
        1.0,
        1.0 / level.n,
        away,
        away / level.n,
        age,
        posts_ever(case),
    ];
    Some((features, forecast.mean))
}

fn posts_ever(case: &Case) -> f64 {
    case.profile.posts_ever().map_or(0.0, |n| n - USUAL_POSTS)
}

#[cfg(test)]
mod tests {
    use super::super::group::fit;
    use super::super::history::{History, Scales};
    use super::*;
    use crate::schema::{RateBasis, Tier};
    use crate::stats::Rng;

    #[test]
    fn a_drift_of_all_creators_is_followed() {
        let mut rng = Rng::new(1, "drift");
        let mut cases: Vec<Case> = (0..200)
            .map(|_| {
                let level = -3.0 + rng.normal();
                // A tenth less with every newer post.
                let logs: Vec<f64> = (0..14)
                    .map(|age| level + 0.1 * f64::from(age) + 0.1 * rng.normal())
                    .collect();
                Case {
                    x: 4.0,
                    tier: Tier::MicroHigh,
                    history: History::of_logs(&logs),
                    profile: super::super::profile::Profile::default(),
                    prior: super::super::group::Prior::default(),
                }
            })
            .collect();
        let scales = Scales {
            usual: 0.3,
            posts: 10.0,
            days: 90.0,
        };
        let members: Vec<_> = cases
            .iter()
            .map(|c| (4.0, c.history.level(0..14, scales).unwrap()))
            .collect();
        let group = fit(None, RateBasis::Followers, &members, 2_800, scales).unwrap();
        for case in &mut cases {
            case.prior = group.prior_of(&case.profile, true);
        }
        let correction = BiasCorrection::fit(&group, &cases, 0).unwrap();
        let error = |corrected: bool| -> f64 {
            let errors = cases.iter().map(|c| {
                let level = c.history.level(3..14, scales);
                let mean = group.forecast(4.0, c.prior, level).mean;
                let more = if corrected {
                    correction.of(&group, c, 3..14)
                } else {
                    0.0
                };
                (c.history.logs[1] - mean - more).abs()
            });
            errors.sum::<f64>() / 200.0
        };
        assert!(
            error(true) < 0.5 * error(false),
            "{} {}",
            error(true),
            error(false)
        );
        assert!(BiasCorrection::fit(&group, &cases[..50], 0).is_none());
        assert!(
            correction.of(&group, &cases[0], 14..14) < -0.1,
            "the drift of all"
        );
    }
}
