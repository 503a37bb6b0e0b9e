//! What a creator's past posts come down to.

use crate::schema::{Post, RateBasis};
use crate::stats::{MAD_TO_SD, huber_weight, mad, median};

/// Posts farther than this many robust standard deviations from the median pull only like
/// posts at that distance.
const HUBER_BOUND: f64 = 2.0;
/// From this many posts on a creator's own MAD says what is far.
const OWN_SCALE_FROM: usize = 5;

/// A creator's usable posts, newest first, as rates and log rates.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    pub(super) rates: Vec<f64>,
    pub(super) logs: Vec<f64>,
}

/// The level of a history and the scatter about it, in log units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Level {
    /// Mean with weights for recency and against outliers.
    pub(super) mean: f64,
    /// Sum of squares about the mean, scaled to `n` posts; outliers count in full, because
    /// the next post may be one.
    pub(super) squares: f64,
    /// Effective number of posts: (sum of weights)^2 / sum of squared weights.
    pub(super) n: f64,
}

impl History {
    /// The usable ones of `posts`, which may come in any order; ties in time go by post id.
    pub(super) fn of(posts: &[&Post], followers: u64, basis: RateBasis) -> Self {
        let mut posts = posts.to_vec();
        posts.sort_by(|a, b| {
            b.published_at
                .cmp(&a.published_at)
                .then_with(|| a.post_id.cmp(&b.post_id))
        });
        let (rates, logs) = posts
            .iter()
            .filter_map(|post| super::post_rate(post, followers, basis))
            .unzip();
        Self { rates, logs }
    }

    /// Without the `n` newest posts.
    pub(super) fn older(&self, n: usize) -> Self {
        let rest = |values: &[f64]| values.get(n..).unwrap_or_default().to_vec();
        Self {
            rates: rest(&self.rates),
            logs: rest(&self.logs),
        }
    }

    /// The `n` newest posts alone.
    pub(super) fn newest(&self, n: usize) -> Self {
        let first = |values: &[f64]| values[..n.min(values.len())].to_vec();
        Self {
            rates: first(&self.rates),
            logs: first(&self.logs),
        }
    }

    /// Robust standard deviation of the log rates; `None` with too few posts to say.
    pub(super) fn scale(&self) -> Option<f64> {
        if self.logs.len() < OWN_SCALE_FROM {
            return None;
        }
        mad(&self.logs).map(|m| m * MAD_TO_SD).filter(|s| *s > 0.0)
    }

    /// The level without the `skip` newest posts; `None` where none are left. `usual_scale` is
    /// the robust standard deviation to go by where the creator's own is not known.
    pub(super) fn level(&self, skip: usize, usual_scale: f64, half_life: f64) -> Option<Level> {
        let logs = self.logs.get(skip..)?;
        let centre = median(logs)?;
        let scale = self.scale().unwrap_or(usual_scale);
        let (mut total, mut total_squared, mut sum) = (0.0, 0.0, 0.0);
        let (mut recent, mut recent_sum) = (0.0, 0.0);
        for (age, y) in logs.iter().enumerate() {
            let recency = 0.5_f64.powf(age as f64 / half_life);
            let weight = recency * huber_weight(y - centre, scale, HUBER_BOUND);
            total += weight;
            total_squared += weight * weight;
            sum += weight * y;
            recent += recency;
            recent_sum += recency * y;
        }
        let n = total * total / total_squared;
        let plain_mean = recent_sum / recent;
        let variance: f64 = logs
            .iter()
            .enumerate()
            .map(|(age, y)| {
                0.5_f64.powf(age as f64 / half_life) * (y - plain_mean).powi(2) / recent
            })
            .sum();
        Some(Level {
            mean: sum / total,
            squares: variance * n,
            n,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(logs: &[f64]) -> History {
        History {
            rates: logs.iter().map(|y| y.exp()).collect(),
            logs: logs.to_vec(),
        }
    }

    #[test]
    fn one_viral_post_hardly_moves_the_level() {
        let calm = [-3.0, -3.2, -2.8, -3.1, -2.9, -3.0];
        let mut viral = calm.to_vec();
        viral.push(4.0);
        let a = history(&calm).level(0, 0.3, 10.0).unwrap();
        let b = history(&viral).level(0, 0.3, 10.0).unwrap();
        assert!((a.mean - b.mean).abs() < 0.1);
        assert!(b.squares > a.squares);
    }

    #[test]
    fn newer_posts_count_more() {
        let rising = history(&[-2.0, -2.1, -2.2, -4.0, -4.1, -4.2]);
        let level = rising.level(0, 5.0, 2.0).unwrap();
        assert!(level.mean > -3.0 && level.n < 6.0);
        assert_eq!(rising.level(6, 1.0, 2.0), None);
    }
}
