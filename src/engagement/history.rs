//! What a creator's past posts come down to.

use super::effects::{Effects, Traits};
use super::{EngagementOptions, post_rate};
use crate::schema::{Post, RateBasis};
use crate::stats::{MAD_TO_SD, huber_weight, mad, median};
use std::ops::Range;

/// Posts farther than this many robust standard deviations from the level pull only like posts at that distance.
const HUBER_BOUND: f64 = 3.0;
/// Rounds in which level and weights are fitted to each other.
const ROUNDS: usize = 6;
/// From this many posts on a creator's own MAD says what is far, mixed with the usual one ...
const OWN_SCALE_FROM: usize = 5;
/// ... as if that were seen on so many posts.
const USUAL_SCALE_COUNTS_AS: f64 = 8.0;
/// As if so many posts of the usual kind had been seen beside the creator's own, when what kind the next will be is
/// guessed.
const USUAL_KIND_COUNTS_AS: f64 = 3.0;

/// How past posts are weighed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scales {
    /// Robust standard deviation of a creator's log rates, in the middle of the group.
    pub(super) usual: f64,
    /// After how many newer posts a post counts half.
    pub(super) posts: f64,
    /// After how many days before the newest known post a post counts half.
    pub(super) days: f64,
}

impl Scales {
    /// The options' half lives, where they are positive.
    pub(super) fn of(options: &EngagementOptions, usual: f64) -> Self {
        let default = EngagementOptions::default();
        let positive = |asked: f64, usual: f64| if asked > 0.0 { asked } else { usual };
        Self {
            usual,
            posts: positive(options.half_life_posts, default.half_life_posts),
            days: positive(options.half_life_days, default.half_life_days),
        }
    }
}

/// A creator's usable posts, newest first.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    /// Shares of the basis.
    pub(super) rates: Vec<f64>,
    /// Their logarithms.
    pub(super) logs: Vec<f64>,
    /// What each was divided by.
    pub(super) bases: Vec<f64>,
    /// Days since 1970.
    pub(super) days: Vec<f64>,
    /// Whether each was paid for, where the export says.
    pub(super) sponsored: Vec<Option<bool>>,
    pub(super) traits: Vec<Traits>,
    /// Log rates without what kind of post it was, and that part.
    plain: Vec<f64>,
    kind: Vec<f64>,
    usual_kind: f64,
}

/// The level of a history and the scatter about it, in log units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Level {
    /// Mean with weights for recency and against outliers, for a post of the kind that the creator is expected to make.
    pub(super) mean: f64,
    /// Sum of squares about the mean, scaled to `n` posts; outliers count in full, because
    /// the next post may be one.
    pub(super) squares: f64,
    /// Effective number of posts: (sum of weights)^2 / sum of squared weights.
    pub(super) n: f64,
}

/// Newest first; ties in time go by post id.
pub(super) fn newest_first(posts: &mut [&Post]) {
    posts.sort_by(|a, b| {
        b.published_at
            .cmp(&a.published_at)
            .then_with(|| a.post_id.cmp(&b.post_id))
    });
}

impl History {
    /// The usable ones of `posts`, which come newest first.
    pub(super) fn of(
        posts: &[&Post],
        followers: u64,
        basis: RateBasis,
        traits: impl Fn(&Post) -> Traits,
    ) -> Self {
        let mut history = Self::default();
        for post in posts {
            let Some((rate, log)) = post_rate(post, followers, basis) else {
                continue;
            };
            history.rates.push(rate);
            history.logs.push(log);
            history.bases.push(0.5 / (log.exp() - rate));
            history
                .days
                .push(post.published_at.as_second() as f64 / 86_400.0);
            history.sponsored.push(post.sponsored);
            history.traits.push(traits(post));
        }
        history.plain.clone_from(&history.logs);
        history.kind = vec![0.0; history.logs.len()];
        history
    }

    /// Takes out of the log rates what kind of post it was.
    pub(super) fn clean(&mut self, effects: &Effects) {
        self.kind = self.traits.iter().map(|t| effects.of(t)).collect();
        self.plain = self
            .logs
            .iter()
            .zip(&self.kind)
            .map(|(y, k)| y - k)
            .collect();
        self.usual_kind = effects.usual();
    }

    /// Without the `n` newest posts.
    pub(super) fn older(&self, n: usize) -> Self {
        fn rest<T: Copy>(values: &[T], n: usize) -> Vec<T> {
            values.get(n..).unwrap_or_default().to_vec()
        }
        Self {
            rates: rest(&self.rates, n),
            logs: rest(&self.logs, n),
            bases: rest(&self.bases, n),
            days: rest(&self.days, n),
            sponsored: rest(&self.sponsored, n),
            traits: rest(&self.traits, n),
            plain: rest(&self.plain, n),
            kind: rest(&self.kind, n),
            usual_kind: self.usual_kind,
        }
    }

    /// Usable posts.
    pub(super) fn len(&self) -> usize {
        self.logs.len()
    }

    /// Robust standard deviation of the log rates; `None` with too few posts to say.
    pub(super) fn scale(&self) -> Option<f64> {
        robust_scale(&self.plain).filter(|s| *s > 0.0)
    }

    /// The level by the posts `seen`, counted from the newest; `None` where there are none.
    pub(super) fn level(&self, seen: Range<usize>, scales: Scales) -> Option<Level> {
        let plain = self.plain.get(seen.clone()).filter(|p| !p.is_empty())?;
        let (logs, days, kind) = (
            &self.logs[seen.clone()],
            &self.days[seen.clone()],
            &self.kind[seen],
        );
        let count = plain.len() as f64;
        let recency: Vec<f64> = (0..plain.len())
            .map(|i| {
                let old = i as f64 / scales.posts + (days[0] - days[i]) / scales.days;
                0.5_f64.powf(old)
            })
            .collect();
        let scale = robust_scale(plain).map_or(scales.usual, |own| {
            let usual = USUAL_SCALE_COUNTS_AS * scales.usual.powi(2);
            ((usual + count * own * own) / (USUAL_SCALE_COUNTS_AS + count)).sqrt()
        });
        let mut centre = if plain.len() > 2 {
            weighted_median(plain, &recency)
        } else {
            plain.iter().sum::<f64>() / count
        };
        let mut n = count;
        for _ in 0..ROUNDS {
            let (mut total, mut total_squared, mut sum) = (0.0, 0.0, 0.0);
            for (y, recent) in plain.iter().zip(&recency) {
                let weight = recent * huber_weight(y - centre, scale, HUBER_BOUND);
                total += weight;
                total_squared += weight * weight;
                sum += weight * y;
            }
            centre = sum / total;
            n = total * total / total_squared;
        }
        let total: f64 = recency.iter().sum();
        let weighted = |value: &dyn Fn(usize) -> f64| -> f64 {
            let sum: f64 = recency.iter().enumerate().map(|(i, w)| w * value(i)).sum();
            sum / total
        };
        let plain_mean = weighted(&|i| logs[i]);
        let variance = weighted(&|i| (logs[i] - plain_mean).powi(2));
        let expected_kind = (kind.iter().sum::<f64>() + USUAL_KIND_COUNTS_AS * self.usual_kind)
            / (count + USUAL_KIND_COUNTS_AS);
        Some(Level {
            mean: centre + expected_kind,
            squares: variance * n,
            n,
        })
    }

    /// How old the posts `seen` are against the newest of them: ln(1 + days), the days their mean with weights that
    /// halve every `half_life` days; 0 for none.
    pub(super) fn age(&self, seen: Range<usize>, half_life: f64) -> f64 {
        let days = self.days.get(seen).unwrap_or_default();
        let (mut total, mut sum) = (0.0, 0.0);
        for day in days {
            let age = days[0] - day;
            let weight = 0.5_f64.powf(age / half_life);
            total += weight;
            sum += weight * age;
        }
        if total > 0.0 {
            (sum / total).ln_1p()
        } else {
            0.0
        }
    }

    /// The median rate of the posts for which `sponsored` is so; `None` without one.
    pub(super) fn rate_where(&self, sponsored: bool) -> Option<f64> {
        let rates = self.rates.iter().zip(&self.sponsored);
        let of_kind = rates.filter(|(_, paid)| **paid == Some(sponsored));
        median(&of_kind.map(|(rate, _)| *rate).collect::<Vec<f64>>())
    }
}

fn robust_scale(values: &[f64]) -> Option<f64> {
    (values.len() >= OWN_SCALE_FROM)
        .then(|| mad(values).map(|m| m * MAD_TO_SD))
        .flatten()
}

/// The value below which half of the weight lies.
fn weighted_median(values: &[f64], weights: &[f64]) -> f64 {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let half = weights.iter().sum::<f64>() / 2.0;
    let mut below = 0.0;
    for &i in &order {
        below += weights[i];
        if below >= half {
            return values[i];
        }
    }
    values[order[order.len() - 1]]
}

#[cfg(test)]
impl History {
    /// Of log rates alone, newest first, a day apart.
    pub(super) fn of_logs(logs: &[f64]) -> Self {
        Self {
            rates: logs.iter().map(|y| y.exp()).collect(),
            logs: logs.to_vec(),
            bases: vec![1e6; logs.len()],
            days: (0..logs.len()).map(|i| -(i as f64)).collect(),
            sponsored: vec![None; logs.len()],
            traits: vec![Traits::default(); logs.len()],
            plain: logs.to_vec(),
            kind: vec![0.0; logs.len()],
            usual_kind: 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scales(usual: f64, posts: f64) -> Scales {
        let days = 1e6;
        Scales { usual, posts, days }
    }

    #[test]
    fn one_viral_post_hardly_moves_the_level() {
        let calm = [-3.0, -3.2, -2.8, -3.1, -2.9, -3.0];
        let mut viral = calm.to_vec();
        viral.push(4.0);
        let level = |logs: &[f64]| {
            let history = History::of_logs(logs);
            history.level(0..logs.len(), scales(0.2, 10.0)).unwrap()
        };
        let (a, b) = (level(&calm), level(&viral));
        assert!((a.mean - b.mean).abs() < 0.15, "{a:?} {b:?}");
        assert!(b.squares > a.squares);
    }

    #[test]
    fn newer_posts_count_more() {
        let rising = History::of_logs(&[-2.0, -2.1, -2.2, -4.0, -4.1, -4.2]);
        let level = rising.level(0..6, scales(5.0, 2.0)).unwrap();
        assert!(level.mean > -3.0 && level.n < 6.0);
        assert_eq!(rising.level(6..6, scales(1.0, 2.0)), None);
        let by_time = Scales {
            days: 2.0,
            ..scales(5.0, 1e6)
        };
        let timed = rising.level(0..6, by_time).unwrap();
        assert!((timed.mean - level.mean).abs() < 0.01, "a day a post");
    }

    #[test]
    fn two_posts_are_met_in_the_middle() {
        let history = History::of_logs(&[-1.0, -3.0]);
        let level = history.level(0..2, scales(0.3, 1e6)).unwrap();
        assert!((level.mean + 2.0).abs() < 1e-3);
    }
}
