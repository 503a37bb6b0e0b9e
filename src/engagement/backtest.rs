//! How well the next posts were predicted, by creators whose next posts are known.

use super::effects::Media;
use super::group::{Case, GroupFit, Prior};
use super::history::{History, newest_first};
use super::predict::{posts_of, size, tier_of};
use super::profile::Profile;
use super::{EngagementOptions, post_rate, rate};
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
    /// This many, the newest before those held out; 0: of no post the counts, but the account and the captions of the
    /// posts before.
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
    /// `hierarchical` is the one in use; `followers_only`, `last_post`, `history_median` and `shrunk_mean` are what it
    /// must beat. Without known posts, `account_only` is the one in use for those of whom no post is given, and
    /// `tier_mean` what it must beat.
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
struct Trial<'a> {
    creator: &'a Creator,
    /// What is known before the held-out posts, of all posts then.
    case: Case,
    /// Those posts, newest first.
    posts: Vec<&'a Post>,
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
/// creators (by a hash of the id) and tried on the other half, so no creator is predicted by a fit that knew them.
/// Posts after `options.as_of` are never read. Rows by platform, posts known, tier and model; fewer than five creators
/// make no row.
#[must_use]
pub fn backtest(
    creators: &[Creator],
    posts: &[Post],
    options: &EngagementOptions,
) -> Vec<BacktestRow> {
    let by_creator = posts_of(creators, posts, options);
    let basis_of = rate::bases(creators, &by_creator, options.basis);
    let mut members: BTreeMap<Option<String>, Vec<usize>> = BTreeMap::new();
    let mut order: Vec<usize> = (0..creators.len()).collect();
    order.sort_by(|a, b| creators[*a].creator_id.cmp(&creators[*b].creator_id));
    for i in order {
        let platform = rate::platform_of(&creators[i]);
        members.entry(platform).or_default().push(i);
    }
    let mut rows = Vec::new();
    for (platform, of_group) in members {
        let basis = basis_of[&platform];
        let media = Media::of(of_group.iter().flat_map(|&i| by_creator[i].iter().copied()));
        let trials: Vec<Trial<'_>> = of_group
            .par_iter()
            .filter_map(|&i| trial(&creators[i], &by_creator[i], basis, &media))
            .collect();
        rows.extend(platform_rows(&(platform, basis), &media, trials, options));
    }
    rows
}

fn trial<'a>(
    creator: &'a Creator,
    posts: &[&'a Post],
    basis: RateBasis,
    media: &Media,
) -> Option<Trial<'a>> {
    let followers = creator.followers_or_none();
    let mut posts: Vec<&Post> = posts
        .iter()
        .copied()
        .filter(|post| post_rate(post, followers, basis).is_some())
        .collect();
    newest_first(&mut posts);
    let all = History::of(&posts, followers, basis, |p| media.traits(p));
    let held_out = all.logs.get(..HELD_OUT)?;
    let (target, next) = (median(held_out)?, held_out[HELD_OUT - 1]);
    posts.drain(..HELD_OUT);
    Some(Trial {
        creator,
        case: Case {
            x: size(creator),
            tier: tier_of(creator),
            history: all.older(HELD_OUT),
            profile: Profile::of(creator, &posts, media),
            prior: Prior::default(),
        },
        posts,
        target,
        next,
        half: hash_text(creator.creator_id.as_str())
            .count_ones()
            .is_multiple_of(2),
    })
}

fn platform_rows(
    kind: &(Option<String>, RateBasis),
    media: &Media,
    mut trials: Vec<Trial<'_>>,
    options: &EngagementOptions,
) -> Vec<BacktestRow> {
    trials.sort_by_key(|t| t.half);
    let middle = trials.partition_point(|t| !t.half);
    let (ones, others) = trials.split_at_mut(middle);
    let fit_half = |trials: &mut [Trial<'_>]| FittedHalf::from(trials, kind, media, options);
    let (Some(one), Some(other)) = (fit_half(ones), fit_half(others)) else {
        return Vec::new();
    };
    let mut rows = Vec::new();
    for known in PostsKnown::ALL {
        let tried: Vec<(&Trial<'_>, Vec<(&'static str, Said)>)> = trials
            .par_iter()
            .filter(|t| t.case.history.len() >= known.fewest())
            .map(|trial| {
                // FittedHalf from the half that this creator is not in.
                let fitted = if trial.half { &one } else { &other };
                (trial, fitted.say(trial, known, media))
            })
            .collect();
        let tiers = std::iter::once(None).chain(Tier::ALL.into_iter().map(Some));
        for tier in tiers {
            let some: Vec<&(&Trial<'_>, Vec<(&'static str, Said)>)> = tried
                .iter()
                .filter(|(trial, _)| tier.is_none_or(|tier| trial.case.tier == tier))
                .collect();
            if some.len() < FEWEST {
                continue;
            }
            for (m, (model, _)) in some[0].1.iter().enumerate() {
                let pairs: Vec<(&Trial<'_>, Said)> =
                    some.iter().map(|(t, s)| (*t, s[m].1)).collect();
                rows.push(row(model, known, tier, kind.clone(), &pairs));
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
    pairs: &[(&Trial<'_>, Said)],
) -> BacktestRow {
    let n = pairs.len();
    let predicted: Vec<f64> = pairs.iter().map(|p| p.1.middle).collect();
    let came: Vec<f64> = pairs.iter().map(|p| p.0.target).collect();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|a, b| predicted[*b].total_cmp(&predicted[*a]));
    let gains: Vec<f64> = order.iter().map(|i| came[*i].exp()).collect();
    let missed = predicted.iter().zip(&came).map(|(s, c)| (s - c).abs());
    let intervals: Vec<(f64, f64, f64)> = pairs
        .iter()
        .filter_map(|(trial, predicted)| predicted.ends.map(|(low, high)| (low, high, trial.next)))
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
        spearman: spearman(&predicted, &came),
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
struct FittedHalf {
    group: GroupFit,
    plain: NormalMeans,
    /// Mean level of each size class, and of all.
    by_tier: BTreeMap<Option<Tier>, f64>,
}

impl FittedHalf {
    fn from(
        trials: &mut [Trial<'_>],
        kind: &(Option<String>, RateBasis),
        media: &Media,
        options: &EngagementOptions,
    ) -> Option<Self> {
        let mut cases: Vec<Case> = trials
            .iter_mut()
            .map(|t| std::mem::replace(&mut t.case, Case::empty()))
            .collect();
        let group = GroupFit::fit(kind.clone(), media, &mut cases, options);
        for (trial, case) in trials.iter_mut().zip(cases) {
            trial.case = case;
        }
        let logs = || trials.iter().map(|t| &t.case.history.logs);
        let sums: Vec<GroupSums> = logs().filter_map(|l| GroupSums::of(l)).collect();
        let mut levels: BTreeMap<Option<Tier>, Vec<f64>> = BTreeMap::new();
        for trial in trials.iter() {
            if let Some(own) = GroupSums::of(&trial.case.history.logs) {
                for tier in [None, Some(trial.case.tier)] {
                    levels.entry(tier).or_default().push(own.mean);
                }
            }
        }
        let mean = |levels: Vec<f64>| levels.iter().sum::<f64>() / levels.len() as f64;
        Some(Self {
            group: group?,
            plain: NormalMeans::fit(&sums)?,
            by_tier: levels.into_iter().map(|(t, l)| (t, mean(l))).collect(),
        })
    }

    /// What every model says of a creator of whom so much is known.
    fn say(
        &self,
        trial: &Trial<'_>,
        known: PostsKnown,
        media: &Media,
    ) -> Vec<(&'static str, Said)> {
        let case = &trial.case;
        let shown = match known {
            PostsKnown::Exactly(n) => n,
            PostsKnown::AtLeast(_) => case.history.len(),
        };
        let only = |middle| Said { middle, ends: None };
        let hierarchical = |posts: &[&Post]| {
            let profile = Profile::of(trial.creator, posts, media);
            let prior = self.group.prior_of(&profile, shown > 0);
            let mut history = case.history.clone();
            history.clean(&self.group.kinds);
            let case = Case {
                history,
                profile,
                prior,
                ..*case
            };
            let forecast = self.group.forecast_of(&case, 0..shown);
            let (below, above) = self.group.interval_scale_of(case.tier, shown);
            let half = forecast.sd * student_quantile(0.95, forecast.degrees_of_freedom);
            Said {
                middle: forecast.mean,
                ends: Some((forecast.mean + below * half, forecast.mean + above * half)),
            }
        };
        let line = self.group.intercept + self.group.size_slope * case.x;
        let logs = &case.history.logs[..shown];
        let own = GroupSums::of(logs);
        let shrunk = self
            .plain
            .shrink(own.map_or(0.0, |o| o.mean), own.map_or(0.0, |o| o.n));
        let normal = normal_quantile(0.95) * self.plain.within.sqrt().hypot(shrunk.se);
        let shrunk = Said {
            middle: shrunk.mean,
            ends: Some((shrunk.mean - normal, shrunk.mean + normal)),
        };
        if shown == 0 {
            let tier = self.by_tier.get(&Some(case.tier));
            let mean = tier.or_else(|| self.by_tier.get(&None)).copied();
            return vec![
                ("hierarchical", hierarchical(&trial.posts)),
                ("account_only", hierarchical(&[])),
                ("followers_only", only(line)),
                ("tier_mean", only(mean.unwrap_or(line))),
                ("last_post", only(line)),
                ("history_median", only(line)),
                ("shrunk_mean", shrunk),
            ];
        }
        vec![
            ("hierarchical", hierarchical(&trial.posts[..shown])),
            ("followers_only", only(line)),
            ("last_post", only(logs[0])),
            ("history_median", only(median(logs).unwrap_or(line))),
            ("shrunk_mean", shrunk),
        ]
    }
}
