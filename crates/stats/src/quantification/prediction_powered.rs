//! Prediction-powered inference for the shares of classes.

use super::CLASSES;
use crate::{least_squares, solve};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Numbers fitted beside each share: an intercept and two slopes.
const FITTED: f64 = 3.0;

/// A case that people labelled, drawn at random from the population.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelledCase {
    /// The classifier's probabilities.
    pub predicted: [f64; CLASSES],
    /// What people said.
    pub class: usize,
    /// The probability, above 0 and up to 1, with which the case was drawn, up to a common factor.
    pub probability: f64,
    /// The stratum it was drawn from.
    pub stratum: u64,
}

/// The tuned estimator: `θ = mean_n(Y) + λᵀ(mean_N(f) - mean_n(f))`, the labelled cases' mean moved
/// by how far the classifier's mean over the population is from its mean over them.
///
/// Angelopoulos, Duchi and Zrnic (2023, "PPI++") tune a single λ; this takes the probabilities of two classes as two
/// predictors, so that λ is a vector, fitted by least squares, weighted by the inverse of the probabilities of being
/// drawn: the regression estimator of survey sampling (Särndal, Swensson and Wretman 1992, chapter 6). For any
/// classifier it is consistent, and no worse than the labelled cases alone in large samples.
#[derive(Debug, Clone, PartialEq)]
pub struct PredictionPowered {
    /// Intercept and slopes on the first and last class's probability, per class.
    coefficients: [[f64; 3]; CLASSES],
    /// Of each labelled case, what the regression leaves of each class.
    residuals: Vec<[f64; CLASSES]>,
    /// How much each case draws the regression to itself, 0..1.
    leverages: Vec<f64>,
    weights: Vec<f64>,
    strata: Vec<u64>,
}

impl PredictionPowered {
    /// Fits the slopes; `None` with fewer than five cases or a probability that is none.
    #[must_use]
    pub fn fit(cases: &[LabelledCase]) -> Option<Self> {
        let proper = |c: &LabelledCase| c.probability > 0.0 && c.probability.is_finite();
        if cases.len() < 5 || !cases.iter().all(proper) {
            return None;
        }
        let weights: Vec<f64> = cases.iter().map(|c| 1.0 / c.probability).collect();
        let x: Vec<Vec<f64>> = cases
            .iter()
            .map(|c| vec![c.predicted[0], c.predicted[CLASSES - 1]])
            .collect();
        let mut coefficients = [[0.0; 3]; CLASSES];
        for (k, row) in coefficients.iter_mut().enumerate() {
            let y: Vec<f64> = cases
                .iter()
                .map(|c| f64::from(u8::from(c.class == k)))
                .collect();
            let fit = least_squares(&x, &y, &weights)?;
            *row = [fit[0], fit[1], fit[2]];
        }
        let residuals = cases
            .iter()
            .map(|c| {
                std::array::from_fn(|k| {
                    f64::from(u8::from(c.class == k)) - line(&coefficients[k], &c.predicted)
                })
            })
            .collect();
        Some(Self {
            coefficients,
            residuals,
            leverages: leverages(cases, &weights)?,
            weights,
            strata: cases.iter().map(|c| c.stratum).collect(),
        })
    }

    /// Shares in a population whose mean probabilities are these. They add up to 1 and may leave 0..=1 in small
    /// samples.
    #[must_use]
    pub fn shares(&self, mean: &[f64; CLASSES]) -> [f64; CLASSES] {
        std::array::from_fn(|k| line(&self.coefficients[k], mean))
    }

    /// The same in a bootstrap draw: the draw's mean over the population, and how often each labelled case counts in
    /// it.
    #[must_use]
    pub fn shares_in_draw(&self, mean: &[f64; CLASSES], counts: &[u8]) -> Option<[f64; CLASSES]> {
        let mut total_residual = [0.0; CLASSES];
        let mut total = 0.0;
        for ((residual, weight), count) in self.residuals.iter().zip(&self.weights).zip(counts) {
            let weight = weight * f64::from(*count);
            total += weight;
            for (l, r) in total_residual.iter_mut().zip(residual) {
                *l += weight * r;
            }
        }
        let shares = self.shares(mean);
        (total > 0.0).then(|| std::array::from_fn(|k| shares[k] + total_residual[k] / total))
    }

    /// Standard error of `contrast` times the shares, as an estimate of what holds in a finite population of `size`
    /// cases of which these were drawn without replacement: `Σ (N_h/N)² (1 - n_h/N_h) s_h² / n_h` over the strata,
    /// `s_h²` the variance of the residuals. Judging all of them leaves no error.
    #[must_use]
    pub fn finite_se(&self, contrast: &[f64; CLASSES], size: f64) -> f64 {
        // What the regression would leave of a case if it were fitted without it (MacKinnon and White 1985, HC3).
        let values: Vec<f64> = self
            .residuals
            .iter()
            .zip(&self.leverages)
            .map(|(r, h)| {
                let residual: f64 = r.iter().zip(contrast).map(|(r, c)| r * c).sum();
                residual / (1.0 - h).max(0.1)
            })
            .collect();
        let n = values.len() as f64;
        let all: f64 = self.weights.iter().sum();
        let overall = values
            .iter()
            .zip(&self.weights)
            .map(|(v, w)| w * v * v)
            .sum::<f64>()
            / all;
        let mut strata: BTreeMap<u64, (f64, f64, f64, f64)> = BTreeMap::new();
        for ((value, weight), stratum) in values.iter().zip(&self.weights).zip(&self.strata) {
            let s = strata.entry(*stratum).or_default();
            s.0 += 1.0;
            s.1 += weight;
            s.2 += value;
            s.3 += value * value;
        }
        let variance: f64 = strata
            .values()
            .map(|(count, weight, sum, squares)| {
                let share = weight / all;
                let within = if *count > 1.0 {
                    ((squares - sum * sum / count) / (count - 1.0)).max(0.0)
                } else {
                    overall
                };
                let left_out = (1.0 - count / (share * size)).max(0.0);
                share * share * left_out * within / count
            })
            .sum();
        variance.sqrt().min(1.0 + n)
    }

    /// Residuals are smaller than errors by what was fitted to them: n / (n - 3) makes up for it in a variance.
    #[must_use]
    pub fn fitting_factor(&self) -> f64 {
        let n = self.residuals.len() as f64;
        (n - 1.0) / (n - FITTED)
    }

    /// Degrees of freedom that are left for the variance.
    #[must_use]
    pub fn degrees_of_freedom(&self) -> f64 {
        self.residuals.len() as f64 - FITTED
    }
}

/// `w x' (X'WX)^-1 x` of every case; `None` where the cases do not span the plane.
fn leverages(cases: &[LabelledCase], weights: &[f64]) -> Option<Vec<f64>> {
    let row = |case: &LabelledCase| [1.0, case.predicted[0], case.predicted[CLASSES - 1]];
    let mut normal = vec![vec![0.0; 3]; 3];
    for (case, weight) in cases.iter().zip(weights) {
        let x = row(case);
        for i in 0..3 {
            for j in 0..3 {
                normal[i][j] += weight * x[i] * x[j];
            }
        }
    }
    // The same ridge that keeps least squares solvable where a probability never varies.
    let scale = normal[0][0].max(f64::MIN_POSITIVE);
    for (i, row) in normal.iter_mut().enumerate() {
        row[i] += 1e-9 * scale;
    }
    cases
        .iter()
        .zip(weights)
        .map(|(case, weight)| {
            let x = row(case);
            let solved = solve(normal.clone(), x.to_vec())?;
            let leverage: f64 = solved.iter().zip(x).map(|(s, x)| s * x).sum();
            Some((weight * leverage).clamp(0.0, 1.0))
        })
        .collect()
}

fn line(coefficients: &[f64; 3], p: &[f64; CLASSES]) -> f64 {
    coefficients[0] + coefficients[1] * p[0] + coefficients[2] * p[CLASSES - 1]
}

#[cfg(test)]
mod tests {
    use super::{LabelledCase, PredictionPowered};
    use crate::Rng;

    const NET: [f64; 3] = [-1.0, 0.0, 1.0];

    /// A population with its classes, labelled by a classifier that shouts "positive" at everything.
    fn population(rng: &mut Rng, n: usize, signal: f64) -> Vec<([f64; 3], usize)> {
        (0..n)
            .map(|_| {
                let u = rng.uniform();
                let class = if u < 0.4 {
                    0
                } else if u < 0.7 {
                    1
                } else {
                    2
                };
                let mut p = [0.1, 0.1, 0.8];
                p[class] += signal * rng.uniform();
                let total: f64 = p.iter().sum();
                (p.map(|x| x / total), class)
            })
            .collect()
    }

    fn net(shares: &[f64; 3]) -> f64 {
        shares[2] - shares[0]
    }

    /// Mean error, share covered and mean width over 300 populations.
    fn simulate(signal: f64, sample: usize) -> (f64, f64, f64) {
        let (mut error, mut covered, mut width) = (0.0, 0.0, 0.0);
        for round in 0..300 {
            let mut rng = Rng::new(round, "ppi");
            let all = population(&mut rng, 1500, signal);
            let truth = all.iter().map(|c| NET[c.1]).sum::<f64>() / 1500.0;
            let cases: Vec<LabelledCase> = rng
                .sample(1500, sample)
                .into_iter()
                .map(|i| LabelledCase {
                    predicted: all[i].0,
                    class: all[i].1,
                    probability: 1.0,
                    stratum: 0,
                })
                .collect();
            let mean = std::array::from_fn(|k| all.iter().map(|c| c.0[k]).sum::<f64>() / 1500.0);
            let fit = PredictionPowered::fit(&cases).unwrap();
            let off = net(&fit.shares(&mean)) - truth;
            let half = 1.97 * fit.finite_se(&NET, 1500.0);
            error += off.abs() / 300.0;
            covered += f64::from(u8::from(off.abs() <= half)) / 300.0;
            width += 2.0 * half / 300.0;
        }
        (error, covered, width)
    }

    #[test]
    fn a_wrong_classifier_does_no_harm_and_a_telling_one_helps() {
        let (_, covered_blind, blind) = simulate(0.0, 200);
        let (_, covered_telling, telling) = simulate(2.0, 200);
        for covered in [covered_blind, covered_telling] {
            assert!((0.92..=0.98).contains(&covered), "{covered}");
        }
        // The labelled cases alone: 2 * 1.97 * sqrt(0.69 / 200 * (1 - 200 / 1500)).
        assert!((blind / 0.215 - 1.0).abs() < 0.05, "{blind}");
        assert!(telling < 0.6 * blind, "{telling}");
    }

    #[test]
    fn judging_all_leaves_no_error() {
        let (error, _, width) = simulate(1.0, 1500);
        assert!(error < 1e-9 && width < 1e-9, "{error} {width}");
    }

    #[test]
    fn unequal_probabilities_are_made_up_for() {
        let (mut sum, mut plain) = (0.0, 0.0);
        for round in 0..200 {
            let mut rng = Rng::new(round, "unequal");
            let all = population(&mut rng, 2000, 0.5);
            let truth = all.iter().map(|c| NET[c.1]).sum::<f64>() / 2000.0;
            let mut cases = Vec::new();
            for (p, class) in &all {
                // Those that look positive are drawn four times as often.
                let stratum = u64::from(p[2] > 0.7);
                let probability = if stratum == 1 { 0.2 } else { 0.05 };
                if rng.uniform() < probability {
                    cases.push(LabelledCase {
                        predicted: *p,
                        class: *class,
                        probability,
                        stratum,
                    });
                }
            }
            let mean = std::array::from_fn(|k| all.iter().map(|c| c.0[k]).sum::<f64>() / 2000.0);
            sum += net(&PredictionPowered::fit(&cases).unwrap().shares(&mean)) - truth;
            let labelled = cases.iter().map(|c| NET[c.class]).sum::<f64>() / cases.len() as f64;
            plain += labelled - truth;
        }
        assert!((sum / 200.0).abs() < 0.012, "{}", sum / 200.0);
        assert!((plain / 200.0).abs() > 0.03, "{}", plain / 200.0);
    }
}
