//! The whole stage: creators and posts in, one prediction per creator out.

use super::calibrate::IntervalScale;
use super::counts::{NextCount, next_count};
use super::effects::Media;
use super::group::{Case, Forecast, GroupFit, Prior};
use super::history::{History, newest_first};
use super::profile::Profile;
use super::{EngagementOptions, rate};
use crate::schema::{Creator, CreatorId, Followers, Post, RateBasis, Tier};
use crate::stats::{median, mid_rank_percentile, sorted, student_quantile};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// What is expected of a creator's next post. Rates are shares of `basis`: 0.03 is 3 %.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EngagementPrediction {
    /// Whose.
    pub creator_id: CreatorId,
    /// What the rates are divided by.
    pub basis: RateBasis,
    /// The median rate of the usable posts; `None` without one.
    pub engagement_rate: Option<f64>,
    /// The median of the next post's rate, not negative. `None`, as are the interval and the
    /// percentile, where no creator of the platform has a usable post.
    pub expected: Option<f64>,
    /// The median rate of the posts that are said to be paid for; `None` without one.
    pub sponsored_rate: Option<f64>,
    /// The same of those that are said not to be.
    pub organic_rate: Option<f64>,
    /// Lower end of the 90 % interval of one next post.
    pub lower_90: Option<f64>,
    /// Upper end of it; it can exceed 1.
    pub upper_90: Option<f64>,
    /// Usable posts: not later than the time asked for, with likes and the basis.
    pub posts_used: usize,
    /// The size class by followers; `None` where they are not known.
    pub tier: Option<Tier>,
    /// Where `expected` stands among the given creators of the same platform, basis and tier:
    /// 0..=100, the share below plus half of the share equal.
    pub percentile: Option<f64>,
    /// Standard error of the percentile, in its points: half of what one standard error of the
    /// expected log rate either way makes.
    pub percentile_se: Option<f64>,
}

/// Everything that [`predict`] has to say.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EngagementReport {
    /// One per creator, in the creators' order.
    pub predictions: Vec<EngagementPrediction>,
    /// One per platform with a usable post, by name.
    pub groups: Vec<GroupFit>,
}

/// Predicts every creator's next post.
///
/// Posts later than `options.as_of` are never read; posts of creators not given are left out.
/// `creator_id` must be unique: posts go to the first creator of that id. The order of posts
/// and of creators changes no prediction beyond the last bits of a sum.
#[must_use]
pub fn predict(
    creators: &[Creator],
    posts: &[Post],
    options: &EngagementOptions,
) -> EngagementReport {
    let mut by_creator = posts_of(creators, posts, options);
    let basis_of = rate::bases(creators, &by_creator, options.basis);
    by_creator
        .par_iter_mut()
        .for_each(|posts| newest_first(posts));
    let mut members: BTreeMap<Option<String>, Vec<usize>> = BTreeMap::new();
    for (i, creator) in creators.iter().enumerate() {
        members
            .entry(rate::platform_of(creator))
            .or_default()
            .push(i);
    }
    // Platforms have nothing in common, so each is fitted by itself.
    let fitted: Vec<_> = members
        .into_iter()
        .collect::<Vec<_>>()
        .into_par_iter()
        .map(|(platform, mut of_group)| {
            of_group.sort_by(|&a, &b| creators[a].creator_id.cmp(&creators[b].creator_id));
            let kind = (platform.clone(), basis_of[&platform]);
            let (group, made) = forecast_group(kind, creators, &by_creator, &of_group, options);
            (group, of_group, made)
        })
        .collect();
    let mut forecasts: Vec<Option<(Forecast, IntervalScale)>> = vec![None; creators.len()];
    let mut histories: Vec<History> = Vec::new();
    histories.resize_with(creators.len(), History::default);
    let mut groups = Vec::new();
    for (group, of_group, made) in fitted {
        for (i, (history, forecast)) in of_group.into_iter().zip(made) {
            let tier = tier_of(&creators[i]);
            forecasts[i] = group
                .as_ref()
                .zip(forecast)
                .map(|(group, forecast)| (forecast, group.interval_scale_of(tier, history.len())));
            histories[i] = history;
        }
        groups.extend(group);
    }
    let peers = peers(creators, &forecasts);
    let predictions = creators
        .iter()
        .zip(&histories)
        .zip(&forecasts)
        .map(|((creator, history), forecast)| {
            let platform = rate::platform_of(creator);
            let basis = basis_of[&platform];
            let tier = tier_of(creator);
            let peer_rates = peers.get(&(platform, tier)).map_or(&[][..], Vec::as_slice);
            prediction(creator, basis, history, *forecast, peer_rates)
        })
        .collect();
    EngagementReport {
        predictions,
        groups,
    }
}

/// Every creator's posts, up to the time asked for.
pub(super) fn posts_of<'a>(
    creators: &[Creator],
    posts: &'a [Post],
    options: &EngagementOptions,
) -> Vec<Vec<&'a Post>> {
    let mut place: HashMap<&str, usize> = HashMap::new();
    for (i, creator) in creators.iter().enumerate() {
        place.entry(creator.creator_id.as_str()).or_insert(i);
    }
    let mut by_creator = vec![Vec::new(); creators.len()];
    for post in posts {
        if options.as_of.is_some_and(|as_of| post.published_at > as_of) {
            continue;
        }
        if let Some(&i) = place.get(post.creator_id.as_str()) {
            by_creator[i].push(post);
        }
    }
    by_creator
}

/// Followers that stand for those of an account whose followers are not known: nothing else than its size is taken from
/// them.
const TYPICAL: Followers = Followers(10_000);

pub(super) fn size(creator: &Creator) -> f64 {
    (creator.followers.unwrap_or(TYPICAL).0.max(1) as f64).log10()
}

/// The size class that a creator is held against.
pub(super) fn tier_of(creator: &Creator) -> Tier {
    Tier::of(creator.followers.unwrap_or(TYPICAL))
}

/// Fits one group and forecasts its members, in their order.
fn forecast_group(
    kind: (Option<String>, RateBasis),
    creators: &[Creator],
    by_creator: &[Vec<&Post>],
    of_group: &[usize],
    options: &EngagementOptions,
) -> (Option<GroupFit>, Vec<(History, Option<Forecast>)>) {
    let media = Media::of(of_group.iter().flat_map(|&i| by_creator[i].iter().copied()));
    let mut cases: Vec<Case> = of_group
        .par_iter()
        .map(|&i| {
            let (creator, posts) = (&creators[i], &by_creator[i]);
            Case {
                x: size(creator),
                tier: tier_of(creator),
                history: History::of(posts, creator.followers_or_none(), kind.1, |p| {
                    media.traits(p)
                }),
                profile: Profile::of(creator, posts, &media),
                prior: Prior::default(),
            }
        })
        .collect();
    let group = GroupFit::fit(kind, &media, &mut cases, options);
    let forecasts: Vec<Option<Forecast>> = cases
        .par_iter()
        .map(|case| {
            let group = group.as_ref()?;
            Some(group.forecast_of(case, 0..case.history.len()))
        })
        .collect();
    let histories = cases.into_iter().map(|case| case.history);
    (group, histories.zip(forecasts).collect())
}

type Peers = BTreeMap<(Option<String>, Tier), Vec<f64>>;

/// The expected log rates of every platform and tier, ascending.
fn peers(creators: &[Creator], forecasts: &[Option<(Forecast, IntervalScale)>]) -> Peers {
    let mut peers = Peers::new();
    for (creator, forecast) in creators.iter().zip(forecasts) {
        if let Some((forecast, _)) = forecast {
            let key = (rate::platform_of(creator), tier_of(creator));
            peers.entry(key).or_default().push(forecast.mean);
        }
    }
    for peer_rates in peers.values_mut() {
        *peer_rates = sorted(peer_rates);
    }
    peers
}

fn prediction(
    creator: &Creator,
    basis: RateBasis,
    history: &History,
    forecast: Option<(Forecast, IntervalScale)>,
    peer_rates: &[f64],
) -> EngagementPrediction {
    // What the next post will be divided by: the followers, or as many views as its predecessors had.
    let below = match basis {
        RateBasis::Followers => creator.followers.map(|f| f.0 as f64),
        _ => median(&history.bases),
    }
    .filter(|below| *below > 0.0 && below.is_finite());
    let next = forecast.map(|(f, scale)| {
        let half = f.sd * student_quantile(0.95, f.degrees_of_freedom);
        let Some(below) = below else {
            let end = |scale: f64| (f.mean + scale * half).exp();
            return NextCount {
                median: f.mean.exp(),
                lower: end(scale.0),
                upper: end(scale.1),
            };
        };
        let middle = below * f.mean.exp();
        let count = next_count(middle, -scale.0 * half, scale.1 * half, history.len());
        NextCount {
            median: count.median / below,
            lower: count.lower / below,
            upper: count.upper / below,
        }
    });
    let standing = |shift: f64| {
        forecast.map(|(f, _)| mid_rank_percentile(peer_rates, f.mean + shift * f.mean_se))
    };
    EngagementPrediction {
        creator_id: creator.creator_id.clone(),
        basis,
        engagement_rate: median(&history.rates),
        expected: next.map(|n| n.median),
        sponsored_rate: history.rate_where(true),
        organic_rate: history.rate_where(false),
        lower_90: next.map(|n| n.lower),
        upper_90: next.map(|n| n.upper),
        posts_used: history.len(),
        tier: creator.followers.map(Tier::of),
        percentile: standing(0.0),
        percentile_se: standing(1.0)
            .zip(standing(-1.0))
            .map(|(up, down)| (up - down) / 2.0),
    }
}
