//! The hierarchy of one platform and basis: a line for the creators, a scatter about it, and a
//! scatter of posts about their creator.

use super::calibrate::{Case, ends};
use super::correct::Correction;
use super::history::{History, Level};
use crate::schema::{RateBasis, Tier};
use crate::stats::{between_variance, huber_weight, robust_line, weighted_line};
use serde::Serialize;
use std::collections::BTreeMap;

/// Below this many creators with posts no slope is estimated: it is taken as 0.
const SLOPE_FROM: usize = 10;
/// How many posts' worth of evidence the pooled variance holds against a creator's own.
const PRIOR_FREEDOM: f64 = 8.0;
/// Standard deviation of one post's log rate where no creator has two posts to tell it by:
/// a factor of two either way.
const UNKNOWN_SD: f64 = 0.7;

/// What a group's posts say together. Logarithms are natural ones of the rate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupFit {
    /// The platform; `None` where the export prints none.
    pub platform: Option<String>,
    /// The basis of its rates.
    pub basis: RateBasis,
    /// Change of the log rate per tenfold of followers: -0.5 means that ten times the
    /// followers go with exp(-0.5) = 0.61 of the rate. 0 where not estimated.
    pub size_slope: f64,
    /// Its standard error; `None` where fewer than 10 creators with posts, or creators all of
    /// one size, allow no estimate.
    pub size_slope_se: Option<f64>,
    /// The line's log rate at one follower (log10 = 0).
    pub intercept: f64,
    /// Standard deviation of a post's log rate about its creator's level, pooled.
    pub within_sd: f64,
    /// Standard deviation of the creators' levels about the line.
    pub between_sd: f64,
    /// Creators with at least one usable post.
    pub creators: usize,
    /// Usable posts.
    pub posts: usize,
    /// Ends of the 90 % interval of one next post, in predictive standard deviations times
    /// Student's quantile: (-1, 1) is the model's own interval, others were learnt from the
    /// newest posts.
    pub calibration: (f64, f64),
    /// The same by size class, for those with posts to learn from.
    pub calibration_by_tier: BTreeMap<Tier, (f64, f64)>,
    /// What is added to a forecast, where enough creators' past could teach it.
    #[serde(skip)]
    pub(super) correction: Option<Correction>,
}

/// A prediction of the next post's log rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Forecast {
    /// Mean and median.
    pub(super) mean: f64,
    /// Standard error of the mean.
    pub(super) mean_se: f64,
    /// Standard deviation of one next post about `mean`, the mean's uncertainty included.
    pub(super) sd: f64,
    /// Degrees of freedom of that standard deviation.
    pub(super) freedom: f64,
}

/// A creator's place on the line and what their posts say: log10(followers) and level.
pub(super) type Member = (f64, Level);

/// Fits the hierarchy. `None` where no creator has a usable post.
///
/// The line is a Huber fit weighted by 1 / (between + within / n), the variance between
/// creators Paule and Mandel's; the two are iterated to each other.
pub(super) fn fit(
    platform: Option<String>,
    basis: RateBasis,
    members: &[Member],
    posts: usize,
) -> Option<GroupFit> {
    if members.is_empty() {
        return None;
    }
    let squares: f64 = members.iter().map(|(_, l)| l.squares).sum();
    let freedom: f64 = members.iter().map(|(_, l)| (l.n - 1.0).max(0.0)).sum();
    let within = if freedom > 0.5 && squares > 0.0 {
        squares / freedom
    } else {
        UNKNOWN_SD * UNKNOWN_SD
    };
    let x: Vec<f64> = members.iter().map(|m| m.0).collect();
    let y: Vec<f64> = members.iter().map(|m| m.1.mean).collect();
    let mut between = within;
    let (mut intercept, mut slope, mut slope_se) = (0.0, 0.0, None);
    for _ in 0..10 {
        let weights: Vec<f64> = members
            .iter()
            .map(|(_, level)| 1.0 / (between + within / level.n))
            .collect();
        let line = (members.len() >= SLOPE_FROM)
            .then(|| robust_line(&x, &y, &weights).or_else(|| weighted_line(&x, &y, &weights)))
            .flatten();
        if let Some(line) = line {
            (intercept, slope, slope_se) = (line.intercept, line.slope, Some(line.slope_se));
        } else {
            (intercept, slope, slope_se) = (robust_centre(&y, &weights), 0.0, None);
        }
        let residuals: Vec<(f64, f64)> = members
            .iter()
            .map(|(x, level)| (level.mean - intercept - slope * x, within / level.n))
            .collect();
        let parameters = if slope_se.is_some() { 2.0 } else { 1.0 };
        between = if members.len() > 2 {
            between_variance(&residuals, parameters)
        } else {
            within
        };
    }
    Some(GroupFit {
        platform,
        basis,
        size_slope: slope,
        size_slope_se: slope_se,
        intercept,
        within_sd: within.sqrt(),
        between_sd: between.sqrt(),
        creators: members.len(),
        posts,
        calibration: (-1.0, 1.0),
        calibration_by_tier: BTreeMap::new(),
        correction: None,
    })
}

/// A weighted mean with Huber's weights at two standard deviations.
fn robust_centre(values: &[f64], weights: &[f64]) -> f64 {
    let mut centre = crate::stats::median(values).unwrap_or(0.0);
    for _ in 0..10 {
        let (mut total, mut sum) = (0.0, 0.0);
        for (v, w) in values.iter().zip(weights) {
            let weight = w * huber_weight(v - centre, w.sqrt().recip(), 2.0);
            total += weight;
            sum += weight * v;
        }
        centre = sum / total;
    }
    centre
}

impl GroupFit {
    /// Learns from the creators' past what is added to a forecast, and how wide its interval must be. The width is checked on
    /// posts that the correction it is checked with has not seen.
    pub(super) fn learn(&mut self, cases: &[Case<'_>], usual_scale: f64, half_life: f64) {
        let scales = (usual_scale, half_life);
        self.correction = Correction::learn(self, cases, scales, 1);
        (self.calibration, self.calibration_by_tier) = ends(self, cases, usual_scale, half_life);
        self.correction = Correction::learn(self, cases, scales, 0);
    }

    /// The ends of the 90 % interval for a creator of that size.
    pub(super) fn ends_of(&self, tier: Tier) -> (f64, f64) {
        let own = self.calibration_by_tier.get(&tier);
        own.copied().unwrap_or(self.calibration)
    }

    /// The forecast from a history without its `skip` newest posts, corrected by what the group's past has taught.
    pub(super) fn forecast_of(
        &self,
        x: f64,
        history: &History,
        skip: usize,
        (usual_scale, half_life): (f64, f64),
    ) -> Forecast {
        let mut forecast = self.forecast(x, history.level(skip, usual_scale, half_life));
        if let Some(correction) = &self.correction {
            forecast.mean += correction.of(history, skip, forecast.mean);
        }
        forecast
    }

    /// The forecast for a creator at `x` = log10(followers).
    ///
    /// With a level: the posterior of the creator's mean, their variance shrunk to the pooled
    /// one as if that held 8 posts. Without one: the line, with the scatter between creators.
    pub(super) fn forecast(&self, x: f64, level: Option<Level>) -> Forecast {
        let prior = self.intercept + self.size_slope * x;
        let (within, between) = (self.within_sd.powi(2), self.between_sd.powi(2));
        let line_variance = (within + between) / self.creators.max(1) as f64;
        let Some(level) = level else {
            let mean_variance = between + line_variance;
            return Forecast {
                mean: prior,
                mean_se: mean_variance.sqrt(),
                sd: (mean_variance + within).sqrt(),
                freedom: (self.creators as f64 - 1.0).max(3.0),
            };
        };
        let own = (level.n - 1.0).max(0.0);
        let scatter = (PRIOR_FREEDOM * within + level.squares) / (PRIOR_FREEDOM + own);
        let noise = scatter / level.n;
        // The line itself is an estimate, so a group of few creators holds its members less.
        let prior_variance = between + line_variance;
        let weight = prior_variance / (prior_variance + noise);
        let mean_variance = weight * noise;
        Forecast {
            mean: prior + weight * (level.mean - prior),
            mean_se: mean_variance.sqrt(),
            sd: (mean_variance + scatter).sqrt(),
            freedom: PRIOR_FREEDOM + own,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(mean: f64, n: f64) -> Level {
        Level {
            mean,
            squares: 0.25 * n,
            n,
        }
    }

    #[test]
    fn short_histories_are_drawn_to_the_line() {
        let members: Vec<Member> = (0..40)
            .map(|i| {
                let x = 3.0 + f64::from(i) / 20.0;
                let wobble = if i % 2 == 0 { 0.4 } else { -0.4 };
                (x, level(-1.0 - 0.5 * x + wobble, 20.0))
            })
            .collect();
        let group = fit(None, RateBasis::Followers, &members, 800).unwrap();
        assert!((group.size_slope + 0.5).abs() < 3.0 * group.size_slope_se.unwrap());
        let line = group.forecast(4.0, None).mean;
        let few = group.forecast(4.0, Some(level(0.0, 1.0))).mean;
        let many = group.forecast(4.0, Some(level(0.0, 20.0))).mean;
        assert!(line < few && few < many && many < 0.0);
        assert!(group.forecast(4.0, None).sd > group.forecast(4.0, Some(level(0.0, 9.0))).sd);
    }

    #[test]
    fn one_creator_is_enough_for_a_forecast() {
        let group = fit(None, RateBasis::Views, &[(3.0, level(-2.0, 1.0))], 1).unwrap();
        assert_eq!(group.size_slope_se, None);
        let forecast = group.forecast(3.0, None);
        assert!((forecast.mean + 2.0).abs() < 1e-9 && forecast.sd.is_finite());
    }
}
