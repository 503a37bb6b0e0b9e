//! The hierarchy of one platform and basis: a line for the creators, a scatter about it, and a
//! scatter of posts about their creator.

use super::EngagementOptions;
use super::calibrate::{Calibration, IntervalScale};
use super::correct::BiasCorrection;
use super::effects::{Effects, Media, PostEffect};
use super::history::{History, Level, Scales};
use super::profile::{Parts, Profile, ProfileFit};
use crate::schema::{RateBasis, Tier};
use crate::stats::{between_variance, huber_weight, median, robust_line, weighted_line};
use serde::Serialize;
use std::ops::Range;

/// Below this many creators with posts no slope is estimated: it is taken as 0.
const SLOPE_FROM: usize = 10;
/// How many posts' worth of evidence the pooled variance holds against a creator's own.
const PRIOR_FREEDOM: f64 = 8.0;
/// Standard deviation of one post's log rate where no creator has two posts to tell it by:
/// a factor of two either way.
const UNKNOWN_SD: f64 = 0.7;
/// Robust standard deviation of a creator's log rates where nobody has five posts; 0.19 to 0.54 in four sets of
/// Instagram and TikTok.
const USUAL_SCALE: f64 = 0.35;
/// Levels farther from the line than so many standard deviations count as if they stood there when the scatter between
/// creators is estimated.
const FARTHEST: f64 = 3.0;

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
    /// Robust standard deviation of a post's log rate about its creator's level, that of the creator in the middle.
    pub usual_sd: f64,
    /// Standard deviation of the creators' levels about the line.
    pub between_sd: f64,
    /// The same about what the line and the creators' profiles say together, of creators whose level was not known to
    /// the fit; `None` where profiles say nothing.
    pub between_sd_by_profile: Option<f64>,
    /// Creators with at least one usable post.
    pub creators: usize,
    /// Usable posts.
    pub posts: usize,
    /// What goes with a post's kind, where 200 posts could teach it.
    pub effects: Vec<PostEffect>,
    /// The ends of the 90 % intervals.
    pub calibration: Calibration,
    /// How past posts are weighed.
    #[serde(skip)]
    pub(super) scales: Scales,
    /// What is added to a forecast, where enough creators' past could teach it.
    #[serde(skip)]
    correction: Option<BiasCorrection>,
    /// What is added to the line by what an account, its posts and their times are like, in the order of [`Parts`],
    /// with the scatter that is left; each where that is known to help.
    #[serde(skip)]
    profiles: [Option<(ProfileFit, f64)>; 3],
    /// What is taken out of a history before its level is taken.
    #[serde(skip)]
    pub(super) kinds: Effects,
}

/// A creator and what is known of them.
pub(super) struct Case {
    /// log10(followers).
    pub(super) x: f64,
    pub(super) tier: Tier,
    pub(super) history: History,
    pub(super) profile: Profile,
    /// What is said without the counts of posts, by a fit that did not know this creator's.
    pub(super) prior: Prior,
}

/// What a profile says of a creator's level.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Prior {
    /// What it adds to the line.
    pub(super) offset: f64,
    /// Standard deviation of levels about that.
    pub(super) between_sd: f64,
}

impl Case {
    /// Nobody.
    pub(super) fn empty() -> Self {
        Self {
            x: 0.0,
            tier: Tier::Nano,
            history: History::default(),
            profile: Profile::default(),
            prior: Prior::default(),
        }
    }
}

/// A prediction of the next post's log rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Forecast {
    /// Mean and median.
    pub(super) mean: f64,
    /// What would be said without posts.
    pub(super) prior: f64,
    /// Standard error of the mean.
    pub(super) mean_se: f64,
    /// Standard deviation of one next post about `mean`, the mean's uncertainty included.
    pub(super) sd: f64,
    /// Degrees of freedom of that standard deviation.
    pub(super) degrees_of_freedom: f64,
}

/// A creator's place on the line and what their posts say: log10(followers) and level.
pub(super) type Member = (f64, Level);

/// Fits the hierarchy. `None` where no creator has a usable post.
///
/// The line is a Huber fit weighted by 1 / (between + usual^2 / n), the variance between creators Paule and Mandel's
/// with outlying creators drawn in; the two are iterated to each other. A level is an outlier-resistant mean, so its
/// noise is that of the usual creator's posts, not that of all posts with the viral ones.
pub(super) fn fit(
    platform: Option<String>,
    basis: RateBasis,
    members: &[Member],
    posts: usize,
    scales: Scales,
) -> Option<GroupFit> {
    if members.is_empty() {
        return None;
    }
    let squares: f64 = members.iter().map(|(_, l)| l.squares).sum();
    let degrees_of_freedom: f64 = members.iter().map(|(_, l)| (l.n - 1.0).max(0.0)).sum();
    let within = if degrees_of_freedom > 0.5 && squares > 0.0 {
        squares / degrees_of_freedom
    } else {
        UNKNOWN_SD * UNKNOWN_SD
    };
    let x: Vec<f64> = members.iter().map(|m| m.0).collect();
    let y: Vec<f64> = members.iter().map(|m| m.1.mean).collect();
    let usual = scales.usual.powi(2);
    let mut between = within;
    let (mut intercept, mut slope, mut slope_se) = (0.0, 0.0, None);
    for _ in 0..10 {
        let weights: Vec<f64> = members
            .iter()
            .map(|(_, level)| 1.0 / (between + usual / level.n))
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
            .map(|(x, level)| {
                let farthest = FARTHEST * (between + usual / level.n).sqrt();
                let away = level.mean - intercept - slope * x;
                (away.clamp(-farthest, farthest), usual / level.n)
            })
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
        usual_sd: scales.usual,
        between_sd: between.sqrt(),
        between_sd_by_profile: None,
        creators: members.len(),
        posts,
        effects: Vec::new(),
        calibration: Calibration::default(),
        scales,
        correction: None,
        profiles: [None, None, None],
        kinds: Effects::default(),
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
    /// Learns all that the creators of one platform have in common, and writes into `cases` what it says of them.
    /// `None` where no creator has a usable post.
    pub(super) fn fit(
        (platform, basis): (Option<String>, RateBasis),
        media: &Media,
        cases: &mut [Case],
        options: &EngagementOptions,
    ) -> Option<Self> {
        let effects = Effects::fit(media, cases.iter().map(|c| &c.history));
        for case in cases.iter_mut() {
            case.history.clean(&effects);
        }
        let own: Vec<f64> = cases.iter().filter_map(|c| c.history.scale()).collect();
        let scales = Scales::of(options, median(&own).unwrap_or(USUAL_SCALE));
        let levels: Vec<(usize, Level)> = cases
            .iter()
            .enumerate()
            .filter_map(|(i, c)| Some((i, c.history.level(0..c.history.len(), scales)?)))
            .collect();
        let members: Vec<Member> = levels.iter().map(|(i, l)| (cases[*i].x, *l)).collect();
        let posts = cases.iter().map(|c| c.history.len()).sum();
        let mut group = fit(platform, basis, &members, posts, scales)?;
        group.effects = effects.named();
        group.kinds = effects;
        group.learn_profiles(cases, &levels);
        // The width is checked on posts that the correction it is checked with has not seen.
        group.correction = BiasCorrection::fit(&group, cases, 1);
        group.calibration = Calibration::fit(&group, cases);
        group.correction = BiasCorrection::fit(&group, cases, 0);
        Some(group)
    }

    fn learn_profiles(&mut self, cases: &mut [Case], levels: &[(usize, Level)]) {
        let (between, usual) = (self.between_sd.powi(2), self.scales.usual.powi(2));
        let away: Vec<f64> = levels
            .iter()
            .map(|(i, level)| level.mean - self.intercept - self.size_slope * cases[*i].x)
            .collect();
        let weights: Vec<f64> = levels
            .iter()
            .map(|(_, level)| between / (between + usual / level.n))
            .collect();
        let farthest = FARTHEST * self.between_sd;
        let profiles: Vec<&Profile> = levels.iter().map(|(i, _)| &cases[*i].profile).collect();
        let fit_parts = |parts: Parts| -> Option<(ProfileFit, f64, Vec<f64>)> {
            let (fit, predicted) =
                ProfileFit::fit(&profiles, parts, &away, &weights, self.between_sd)?;
            let left: Vec<(f64, f64)> = levels
                .iter()
                .zip(away.iter().zip(&predicted))
                .map(|((_, level), (away, predicted))| {
                    (
                        (away - predicted).clamp(-farthest, farthest),
                        usual / level.n,
                    )
                })
                .collect();
            Some((fit, between_variance(&left, 1.0).sqrt(), predicted))
        };
        let fits = [Parts::Account, Parts::Posts, Parts::PostsInTime].map(fit_parts);
        let predicted = fits[1]
            .as_ref()
            .map(|(_, sd, predicted)| (*sd, predicted.clone()));
        self.between_sd_by_profile = predicted.as_ref().map(|(sd, _)| *sd);
        self.profiles = fits.map(|fit| fit.map(|(fit, sd, _)| (fit, sd)));
        for case in cases.iter_mut() {
            case.prior = self.prior_of(&case.profile, case.history.len() > 0);
        }
        // Of those whose posts were learned from, what others teach.
        if let Some((between_sd, predicted)) = predicted {
            for ((i, _), offset) in levels.iter().zip(predicted) {
                cases[*i].prior = Prior { offset, between_sd };
            }
        }
    }

    /// What the profile of somebody whom the fits did not know says, where the counts of some of their posts are known,
    /// or of none.
    pub(super) fn prior_of(&self, profile: &Profile, counted: bool) -> Prior {
        let fit = &self.profiles[match profile.parts() {
            Parts::Account => 0,
            Parts::PostsInTime if !counted => 2,
            _ => 1,
        }];
        fit.as_ref().map_or(
            Prior {
                offset: 0.0,
                between_sd: self.between_sd,
            },
            |(fit, between_sd)| Prior {
                offset: fit.of(profile),
                between_sd: *between_sd,
            },
        )
    }

    /// The ends for a creator of that size of whom so many posts are known.
    pub(super) fn interval_scale_of(&self, tier: Tier, posts: usize) -> IntervalScale {
        self.calibration.interval_scale_of(tier, posts)
    }

    /// The forecast from the posts `seen`, counted from the newest, corrected by what the group's past has taught.
    pub(super) fn forecast_of(&self, case: &Case, seen: Range<usize>) -> Forecast {
        let level = case.history.level(seen.clone(), self.scales);
        let mut forecast = self.forecast(case.x, case.prior, level);
        if let Some(correction) = &self.correction {
            forecast.mean += correction.of(self, case, seen);
        }
        forecast
    }

    /// The forecast for a creator at `x` = log10(followers) of whom the profile says `prior`.
    ///
    /// With a level: the posterior of the creator's mean, the scatter of a next post that of their own posts, drawn to
    /// the pooled one as if that held 8 posts. Without one: line and profile, with the scatter between creators.
    pub(super) fn forecast(&self, x: f64, prior: Prior, level: Option<Level>) -> Forecast {
        let between = prior.between_sd.powi(2);
        let prior = self.intercept + self.size_slope * x + prior.offset;
        let within = self.within_sd.powi(2);
        let line_variance = (within + between) / self.creators.max(1) as f64;
        let Some(level) = level else {
            let mean_variance = between + line_variance;
            return Forecast {
                mean: prior,
                prior,
                mean_se: mean_variance.sqrt(),
                sd: (mean_variance + within).sqrt(),
                degrees_of_freedom: (self.creators as f64 - 1.0).max(3.0),
            };
        };
        let own = (level.n - 1.0).max(0.0);
        let scatter = (PRIOR_FREEDOM * within + level.squares) / (PRIOR_FREEDOM + own);
        // The line itself is an estimate, so a group of few creators holds its members less.
        let prior_variance = between + line_variance;
        let weight = prior_variance / (prior_variance + self.scales.usual.powi(2) / level.n);
        let mean_variance = weight * scatter / level.n;
        Forecast {
            mean: prior + weight * (level.mean - prior),
            prior,
            mean_se: mean_variance.sqrt(),
            sd: (mean_variance + scatter).sqrt(),
            degrees_of_freedom: PRIOR_FREEDOM + own,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCALES: Scales = Scales {
        usual: 0.5,
        posts: 20.0,
        days: 90.0,
    };

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
        let group = fit(None, RateBasis::Followers, &members, 800, SCALES).unwrap();
        assert!((group.size_slope + 0.5).abs() < 3.0 * group.size_slope_se.unwrap());
        let prior = group.prior_of(&Profile::default(), false);
        let line = group.forecast(4.0, prior, None).mean;
        let few = group.forecast(4.0, prior, Some(level(0.0, 1.0))).mean;
        let many = group.forecast(4.0, prior, Some(level(0.0, 20.0))).mean;
        assert!(line < few && few < many && many < 0.0);
        assert!(
            group.forecast(4.0, prior, None).sd
                > group.forecast(4.0, prior, Some(level(0.0, 9.0))).sd
        );
    }

    #[test]
    fn one_creator_is_enough_for_a_forecast() {
        let group = fit(
            None,
            RateBasis::Views,
            &[(3.0, level(-2.0, 1.0))],
            1,
            SCALES,
        )
        .unwrap();
        assert_eq!(group.size_slope_se, None);
        let forecast = group.forecast(3.0, group.prior_of(&Profile::default(), false), None);
        assert!((forecast.mean + 2.0).abs() < 1e-9 && forecast.sd.is_finite());
    }
}
