//! What the hierarchy's forecast misses and the posts show: drifts, and levels that few posts pull too far.

use super::calibrate::Case;
use super::group::GroupFit;
use super::history::History;
use crate::stats::{median, solve};
use serde::Serialize;

/// Newest posts whose median is aimed at.
const AHEAD: usize = 3;
/// Moments in every creator's past from which those posts are predicted.
const ORIGINS: usize = 7;
/// Fewest posts that a correction may go by.
const FEWEST_POSTS: usize = 2;
/// Fewest creators of a group who teach it.
const FEWEST_CREATORS: usize = 100;
/// Creators beyond which no more are asked, which keeps a run over a million short.
const MOST_CREATORS: usize = 20_000;
/// Ridge penalty per case, on features of one standard deviation.
const PENALTY: f64 = 0.1;
/// Rounds of reweighting towards least absolute errors.
const ROUNDS: usize = 30;
/// Errors below this weigh no more.
const SMALLEST_ERROR: f64 = 0.05;
/// No correction is larger, in log units.
const LARGEST: f64 = 1.5;
/// Half lives, in posts, of the recent means that are compared with the forecast.
const HALF_LIVES: [f64; 3] = [1.5, 4.0, 40.0];
/// Newest posts whose median is compared with it.
const RECENT: usize = 5;
const FEATURES: usize = 13;

/// A linear correction of a group's forecasts, learned from its creators' past.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Correction {
    coefficients: [f64; FEATURES],
    centre: f64,
}

impl Correction {
    /// Learns what to add to a forecast so that the median of the next three posts is met: least absolute errors by reweighted ridge
    /// regression, over every creator's forecasts from up to seven moments of their past. The `newest` posts are not looked at. `None` below a hundred creators.
    pub(super) fn learn(
        group: &GroupFit,
        cases: &[Case<'_>],
        (usual_scale, half_life): (f64, f64),
        newest: usize,
    ) -> Option<Self> {
        let mut learned = Self {
            coefficients: [0.0; FEATURES],
            centre: group.intercept + group.size_slope * 4.0,
        };
        let (mut x, mut y, mut creators) = (Vec::new(), Vec::new(), 0);
        for case in cases {
            let before = x.len();
            for origin in newest..newest + ORIGINS {
                let skip = origin + AHEAD;
                if case.history.logs.len() < skip + FEWEST_POSTS {
                    break;
                }
                let level = case.history.level(skip, usual_scale, half_life)?;
                let mean = group.forecast(case.x, Some(level)).mean;
                x.push(learned.features(case.history, skip, mean)?);
                y.push(median(&case.history.logs[origin..skip])? - mean);
            }
            creators += usize::from(x.len() > before);
            if creators >= MOST_CREATORS {
                break;
            }
        }
        if creators < FEWEST_CREATORS {
            return None;
        }
        learned.coefficients = least_absolute(&x, &y)?;
        Some(learned)
    }

    /// What to add to the forecast `mean` made without the `skip` newest posts; 0 where there are too few posts to go by.
    pub(super) fn of(&self, history: &History, skip: usize, mean: f64) -> f64 {
        let sum = self.features(history, skip, mean).map_or(0.0, |features| {
            features
                .iter()
                .zip(&self.coefficients)
                .map(|(f, c)| f * c)
                .sum()
        });
        f64::clamp(sum, -LARGEST, LARGEST)
    }

    /// 1; recent means and medians less the forecast, plain and divided by the number of posts; the forecast's distance from the group, likewise.
    fn features(&self, history: &History, skip: usize, mean: f64) -> Option<[f64; FEATURES]> {
        let logs = history
            .logs
            .get(skip..)
            .filter(|l| l.len() >= FEWEST_POSTS)?;
        let n = logs.len() as f64;
        let mut features = [1.0; FEATURES];
        for (i, half_life) in HALF_LIVES.into_iter().enumerate() {
            features[1 + i] = recent_mean(logs, half_life) - mean;
        }
        features[4] = median(logs)? - mean;
        features[5] = median(&logs[..RECENT.min(logs.len())])? - mean;
        features[6] = mean - self.centre;
        for i in 1..=6 {
            features[6 + i] = features[i] / n;
        }
        Some(features)
    }
}

/// The mean of log rates, newest first, each post counting half as much as one `half_life` posts newer.
fn recent_mean(logs: &[f64], half_life: f64) -> f64 {
    let fade = 0.5_f64.powf(1.0 / half_life);
    let (mut weight, mut sum, mut total) = (1.0, 0.0, 0.0);
    for y in logs {
        sum += weight * y;
        total += weight;
        weight *= fade;
    }
    sum / total
}

/// Ridge regression reweighted by the inverse of each error, the intercept (first column) free.
fn least_absolute(x: &[[f64; FEATURES]], y: &[f64]) -> Option<[f64; FEATURES]> {
    let n = x.len() as f64;
    let mut scale = [1.0; FEATURES];
    for (j, scale) in scale.iter_mut().enumerate().skip(1) {
        let mean = x.iter().map(|row| row[j]).sum::<f64>() / n;
        let variance = x.iter().map(|row| (row[j] - mean).powi(2)).sum::<f64>() / n;
        if variance > 0.0 {
            *scale = variance.sqrt();
        }
    }
    let mut coefficients = [0.0; FEATURES];
    let mut weights = vec![1.0; x.len()];
    for _ in 0..ROUNDS {
        let total: f64 = weights.iter().sum();
        let mut squares = vec![vec![0.0; FEATURES]; FEATURES];
        let mut products = vec![0.0; FEATURES];
        for ((row, y), weight) in x.iter().zip(y).zip(&weights) {
            let weight = weight * n / total;
            for (a, line) in squares.iter_mut().enumerate() {
                let left = weight * row[a] / scale[a];
                for (cell, (f, s)) in line.iter_mut().zip(row.iter().zip(&scale)) {
                    *cell += left * f / s;
                }
                products[a] += left * y;
            }
        }
        for (a, line) in squares.iter_mut().enumerate().skip(1) {
            line[a] += PENALTY * n;
        }
        let found = solve(squares, products)?;
        for (own, (found, scale)) in coefficients.iter_mut().zip(found.iter().zip(scale)) {
            *own = found / scale;
        }
        for ((weight, row), y) in weights.iter_mut().zip(x).zip(y) {
            let said: f64 = row.iter().zip(&coefficients).map(|(f, c)| f * c).sum();
            *weight = 1.0 / (y - said).abs().max(SMALLEST_ERROR);
        }
    }
    Some(coefficients)
}

#[cfg(test)]
mod tests {
    use super::super::group::fit;
    use super::*;
    use crate::schema::RateBasis;
    use crate::stats::Rng;

    #[test]
    fn a_drift_of_all_creators_is_followed() {
        let mut rng = Rng::new(1, "drift");
        let histories: Vec<History> = (0..200)
            .map(|_| {
                let level = -3.0 + rng.normal();
                // A tenth less with every newer post.
                let logs: Vec<f64> = (0..14)
                    .map(|age| level + 0.1 * f64::from(age) + 0.1 * rng.normal())
                    .collect();
                History {
                    rates: logs.iter().map(|y| y.exp()).collect(),
                    logs,
                }
            })
            .collect();
        let members: Vec<_> = histories
            .iter()
            .map(|h| (4.0, h.level(0, 0.3, 10.0).unwrap()))
            .collect();
        let group = fit(None, RateBasis::Followers, &members, 2_800).unwrap();
        let cases: Vec<Case<'_>> = histories
            .iter()
            .map(|history| Case {
                x: 4.0,
                tier: crate::schema::Tier::MicroHigh,
                history,
            })
            .collect();
        let correction = Correction::learn(&group, &cases, (0.3, 10.0), 0).unwrap();
        let error = |corrected: bool| -> f64 {
            let errors = histories.iter().map(|h| {
                let mean = group.forecast(4.0, h.level(3, 0.3, 10.0)).mean;
                let more = if corrected {
                    correction.of(h, 3, mean)
                } else {
                    0.0
                };
                (h.logs[1] - mean - more).abs()
            });
            errors.sum::<f64>() / 200.0
        };
        assert!(
            error(true) < 0.5 * error(false),
            "{} {}",
            error(true),
            error(false)
        );
        assert!(Correction::learn(&group, &cases[..50], (0.3, 10.0), 0).is_none());
        let short = histories[0].newest(1);
        assert!(correction.of(&short, 0, -3.0).abs() < 1e-12);
    }
}
