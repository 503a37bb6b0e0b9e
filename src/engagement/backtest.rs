//! How well the next posts were predicted, by creators whose next posts are known.

use super::calibrate::Case;
use super::group::{GroupFit, Member, fit};
use super::history::History;
use super::predict::{USUAL_SCALE, posts_of, size};
use super::{EngagementOptions, rate};
use crate::schema::{Creator, Post, RateBasis, Tier};
use crate::stats::{
    GroupSums, NormalMeans, hash_text, median, ndcg, normal_quantile, spearman, student_quantile,
};
use rayon::prelude::*;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// Newest posts that are held out.
const HELD_OUT: usize = 3;
/// Fewest creators of which a row is made.
const FEWEST: usize = 5;

/// How many of a creator's posts the prediction may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PostsKnown {
    /// This many, the newest before those held out; 0: followers alone.
    Exactly(usize),
    /// All before those held out, of creators with at least this many.
    AtLeast(usize),
}

impl PostsKnown {
    /// The cases of a backtest.
    pub const ALL: [Self; 7] = [
        Self::Exactly(0),
        Self::Exactly(1),
        Self::Exactly(2),
        Self::Exactly(3),
        Self::Exactly(5),
        Self::AtLeast(5),
        Self::AtLeast(10),
    ];

    /// `3`, or `10+`.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Exactly(n) => n.to_string(),
            Self::AtLeast(n) => format!("{n}+"),
        }
    }

    fn fewest(self) -> usize {
        match self {
            Self::Exactly(n) | Self::AtLeast(n) => n,
        }
    }
}

impl Serialize for PostsKnown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name())
    }
}

/// How well one way of predicting did on some creators.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BacktestRow {
    /// `hierarchical` is the one in use; `followers_only`, `last_post`, `history_median` and `shrunk_mean` are what it must beat.
    pub model: &'static str,
    /// How much it saw.
    pub posts_known: PostsKnown,
    /// The size class, or `all`.
    pub tier: &'static str,
    /// Whose rates: creators of different platforms are not compared.
    pub platform: Option<String>,
    /// What the rates are divided by.
    pub basis: RateBasis,
    /// Creators.
    pub n: usize,
    /// Rank correlation of the predicted rate with the median of the next three posts' rates.
    pub spearman: Option<f64>,
    /// NDCG of the first 50 by predicted rate, the gain being that median.
    pub ndcg_50: Option<f64>,
    /// Mean absolute difference of the logarithms of the two.
    pub mae_log: f64,
    /// Share of the single next posts within the 90 % interval; `None` for models without one.
    pub coverage_90: Option<f64>,
    /// Mean of ln(upper / lower).
    pub log_width_90: Option<f64>,
}

/// One creator whose next posts are known.
struct Trial {
    x: f64,
    tier: Tier,
    /// Posts before the held-out ones, newest first.
    known: History,
    /// Median log rate of the held-out posts.
    target: f64,
    /// Log rate of the very next post.
    next: f64,
    half: bool,
}

/// A prediction of a log rate, with the ends of its interval.
#[derive(Clone, Copy)]
struct Said {
    middle: f64,
    ends: Option<(f64, f64)>,
}

/// Holds out every creator's three newest posts and predicts them from those before, as if only so many were known.
///
/// What creators have in common is learned from the full histories before the held-out posts of one half of the
/// creators (by a hash of the id) and tried on the other half, so no creator is predicted by a fit that knew them. Posts after
/// `options.as_of` are never read. Rows by platform, posts known, tier and model; fewer than five creators make no row.
#[must_use]
pub fn backtest(
    creators: &[Creator],
    posts: &[Post],
    options: &EngagementOptions,
) -> Vec<BacktestRow> {
    let by_creator = posts_of(creators, posts, options);
    let basis_of = rate::bases(creators, &by_creator, options.basis);
    let mut trials: BTreeMap<Option<String>, Vec<Trial>> = BTreeMap::new();
    let mut order: Vec<usize> = (0..creators.len()).collect();
    order.sort_by(|a, b| creators[*a].creator_id.cmp(&creators[*b].creator_id));
    for i in order {
        let creator = &creators[i];
        let platform = rate::platform_of(creator);
        let all = History::of(&by_creator[i], creator.followers.0, basis_of[&platform]);
        let Some(held_out) = all.logs.get(..HELD_OUT) else {
            continue;
        };
        let trial = Trial {
            x: size(creator),
            tier: Tier::of(creator.followers),
            target: median(held_out).unwrap_or_default(),
            next: held_out[HELD_OUT - 1],
            known: all.older(HELD_OUT),
            half: hash_text(creator.creator_id.as_str())
                .count_ones()
                .is_multiple_of(2),
        };
        trials.entry(platform).or_default().push(trial);
    }
    let mut rows = Vec::new();
    for (platform, trials) in trials {
        let basis = basis_of[&platform];
        rows.extend(platform_rows(
            platform.as_ref(),
            basis,
            &trials,
            options.half_life_posts,
        ));
    }
    rows
}

fn platform_rows(
    platform: Option<&String>,
    basis: RateBasis,
    trials: &[Trial],
    half_life: f64,
) -> Vec<BacktestRow> {
    let fits = [false, true].map(|half| {
        let learned: Vec<&Trial> = trials.iter().filter(|t| t.half == half).collect();
        Learned::from(&learned, basis, half_life)
    });
    let [Some(one), Some(other)] = fits else {
        return Vec::new();
    };
    let mut rows = Vec::new();
    for known in PostsKnown::ALL {
        let tried: Vec<(&Trial, Vec<(&'static str, Said)>)> = trials
            .par_iter()
            .filter(|t| t.known.logs.len() >= known.fewest())
            .map(|trial| {
                // Learned from the half that this creator is not in.
                let learned = if trial.half { &one } else { &other };
                (trial, learned.say(trial, known, half_life))
            })
            .collect();
        let tiers = std::iter::once(None).chain(Tier::ALL.into_iter().map(Some));
        for tier in tiers {
            let some: Vec<&(&Trial, Vec<(&'static str, Said)>)> = tried
                .iter()
                .filter(|(trial, _)| tier.is_none_or(|tier| trial.tier == tier))
                .collect();
            if some.len() < FEWEST {
                continue;
            }
            for (m, (model, _)) in some[0].1.iter().enumerate() {
                let pairs: Vec<(&Trial, Said)> = some.iter().map(|(t, s)| (*t, s[m].1)).collect();
                rows.push(row(model, known, tier, (platform.cloned(), basis), &pairs));
            }
        }
    }
    rows
}

fn row(
    model: &'static str,
    posts_known: PostsKnown,
    tier: Option<Tier>,
    (platform, basis): (Option<String>, RateBasis),
    pairs: &[(&Trial, Said)],
) -> BacktestRow {
    let n = pairs.len();
    let said: Vec<f64> = pairs.iter().map(|p| p.1.middle).collect();
    let came: Vec<f64> = pairs.iter().map(|p| p.0.target).collect();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|a, b| said[*b].total_cmp(&said[*a]));
    let gains: Vec<f64> = order.iter().map(|i| came[*i].exp()).collect();
    let missed = said.iter().zip(&came).map(|(s, c)| (s - c).abs());
    let intervals: Vec<(f64, f64, f64)> = pairs
        .iter()
        .filter_map(|(trial, said)| said.ends.map(|(low, high)| (low, high, trial.next)))
        .collect();
    let whole = intervals.len() == n;
    let held = intervals
        .iter()
        .filter(|(low, high, next)| (low..=high).contains(&next));
    BacktestRow {
        model,
        posts_known,
        tier: tier.map_or("all", Tier::name),
        platform,
        basis,
        n,
        spearman: spearman(&said, &came),
        ndcg_50: ndcg(&gains, 50),
        mae_log: missed.sum::<f64>() / n as f64,
        coverage_90: whole.then(|| held.count() as f64 / n as f64),
        log_width_90: whole.then(|| {
            intervals
                .iter()
                .map(|(low, high, _)| high - low)
                .sum::<f64>()
                / n as f64
        }),
    }
}

/// What creators have in common.
struct Learned {
    group: GroupFit,
    usual: f64,
    plain: NormalMeans,
}

impl Learned {
    fn from(trials: &[&Trial], basis: RateBasis, half_life: f64) -> Option<Self> {
        let scales: Vec<f64> = trials.iter().filter_map(|t| t.known.scale()).collect();
        let usual = median(&scales).unwrap_or(USUAL_SCALE);
        let members: Vec<Member> = trials
            .iter()
            .filter_map(|t| Some((t.x, t.known.level(0, usual, half_life)?)))
            .collect();
        let posts = trials.iter().map(|t| t.known.logs.len()).sum();
        let mut group = fit(None, basis, &members, posts)?;
        let cases: Vec<Case<'_>> = trials
            .iter()
            .map(|t| Case {
                x: t.x,
                tier: t.tier,
                history: &t.known,
            })
            .collect();
        group.learn(&cases, usual, half_life);
        let sums: Vec<GroupSums> = trials
            .iter()
            .filter_map(|t| GroupSums::of(&t.known.logs))
            .collect();
        Some(Self {
            group,
            usual,
            plain: NormalMeans::fit(&sums)?,
        })
    }

    /// What every model says of a creator of whom so much is known.
    fn say(&self, trial: &Trial, known: PostsKnown, half_life: f64) -> Vec<(&'static str, Said)> {
        let seen = match known {
            PostsKnown::Exactly(n) => trial.known.newest(n),
            PostsKnown::AtLeast(_) => trial.known.clone(),
        };
        let forecast = self
            .group
            .forecast_of(trial.x, &seen, 0, (self.usual, half_life));
        let (below, above) = self.group.ends_of(trial.tier);
        let half = forecast.sd * student_quantile(0.95, forecast.freedom);
        let line = self.group.intercept + self.group.size_slope * trial.x;
        let only = |middle| Said { middle, ends: None };
        let own = GroupSums::of(&seen.logs);
        let shrunk = self
            .plain
            .shrink(own.map_or(0.0, |o| o.mean), own.map_or(0.0, |o| o.n));
        let normal = normal_quantile(0.95) * self.plain.within.sqrt().hypot(shrunk.se);
        vec![
            (
                "hierarchical",
                Said {
                    middle: forecast.mean,
                    ends: Some((forecast.mean + below * half, forecast.mean + above * half)),
                },
            ),
            ("followers_only", only(line)),
            (
                "last_post",
                only(seen.logs.first().copied().unwrap_or(line)),
            ),
            ("history_median", only(median(&seen.logs).unwrap_or(line))),
            (
                "shrunk_mean",
                Said {
                    middle: shrunk.mean,
                    ends: Some((shrunk.mean - normal, shrunk.mean + normal)),
                },
            ),
        ]
    }
}
