//! A classifier's probabilities fitted anew to labelled cases, and moved to other shares.

use super::CLASSES;
use crate::solve;

/// Steps of Newton's method; it settles in fewer than ten.
const STEPS: usize = 25;
/// Steps of the expectation maximisation.
const EM_STEPS: usize = 300;
/// Ridge on the slopes: a case's worth.
const RIDGE: f64 = 1.0;
const FREE: usize = CLASSES - 1;
/// Intercept and two log ratios.
const INPUTS: usize = 3;

/// Multinomial logistic regression of the labelled class on the logarithms of the classifier's ratios to its middle
/// class.
#[derive(Debug, Clone, PartialEq)]
pub struct Recalibration {
    coefficients: [[f64; INPUTS]; FREE],
    /// Shares of the classes among the cases it was fitted on.
    shares: [f64; CLASSES],
}

impl Recalibration {
    /// Fits it to cases as (probabilities, class). A class without cases counts as one hundredth of a case.
    #[must_use]
    pub fn fit(cases: &[([f64; CLASSES], usize)]) -> Self {
        let mut beta = vec![0.0; FREE * INPUTS];
        let inputs: Vec<[f64; INPUTS]> = cases.iter().map(|c| ratios(&c.0)).collect();
        for _ in 0..STEPS {
            let mut gradient = vec![0.0; FREE * INPUTS];
            let mut hessian = vec![vec![0.0; FREE * INPUTS]; FREE * INPUTS];
            for (x, (_, class)) in inputs.iter().zip(cases) {
                let p = soft(&beta, x);
                for a in 0..FREE {
                    let error = f64::from(u8::from(*class == free(a))) - p[free(a)];
                    for i in 0..INPUTS {
                        gradient[a * INPUTS + i] += error * x[i];
                        for b in 0..FREE {
                            let weight = p[free(a)] * (f64::from(u8::from(a == b)) - p[free(b)]);
                            for j in 0..INPUTS {
                                hessian[a * INPUTS + i][b * INPUTS + j] += weight * x[i] * x[j];
                            }
                        }
                    }
                }
            }
            for (k, row) in hessian.iter_mut().enumerate() {
                let ridge = if k % INPUTS == 0 { 1e-3 } else { RIDGE };
                gradient[k] -= ridge * beta[k];
                row[k] += ridge;
            }
            let Some(step) = solve(hessian, gradient) else {
                break;
            };
            let longest = step.iter().fold(0.0_f64, |m, s| m.max(s.abs()));
            // Long steps overshoot where the classes are nearly told apart.
            let scale = if longest > 2.0 { 2.0 / longest } else { 1.0 };
            for (b, s) in beta.iter_mut().zip(step) {
                *b += scale * s;
            }
            if longest < 1e-8 {
                break;
            }
        }
        let mut shares = [0.01; CLASSES];
        for (_, class) in cases {
            shares[*class] += 1.0;
        }
        let total: f64 = shares.iter().sum();
        Self {
            coefficients: std::array::from_fn(|a| std::array::from_fn(|i| beta[a * INPUTS + i])),
            shares: shares.map(|s| s / total),
        }
    }

    /// How likely each class makes these probabilities, up to a common factor: what is left of the fitted probability
    /// when the shares it was fitted at are divided out (Saerens, Latinne and Decaestecker 2002).
    #[must_use]
    pub fn likelihoods(&self, probabilities: &[f64; CLASSES]) -> [f64; CLASSES] {
        let flat: Vec<f64> = self.coefficients.iter().flatten().copied().collect();
        let p = soft(&flat, &ratios(probabilities));
        std::array::from_fn(|k| p[k] / self.shares[k])
    }

    /// The shares under which a population of `(likelihoods, count)` is most likely, by expectation maximisation.
    #[must_use]
    pub fn likely_shares(population: &[([f64; CLASSES], f64)]) -> [f64; CLASSES] {
        let total: f64 = population.iter().map(|c| c.1).sum();
        let mut shares = [1.0 / CLASSES as f64; CLASSES];
        if total <= 0.0 {
            return shares;
        }
        for _ in 0..EM_STEPS {
            let mut next = [0.0; CLASSES];
            for (likelihoods, count) in population {
                let p = posterior(likelihoods, &shares);
                for (n, p) in next.iter_mut().zip(p) {
                    *n += count * p / total;
                }
            }
            let moved = next
                .iter()
                .zip(shares)
                .fold(0.0_f64, |m, (a, b)| m.max((a - b).abs()));
            shares = next;
            if moved < 1e-7 {
                break;
            }
        }
        shares
    }
}

/// Probabilities of the classes at these shares.
pub(super) fn posterior(likelihoods: &[f64; CLASSES], shares: &[f64; CLASSES]) -> [f64; CLASSES] {
    let joint: [f64; CLASSES] = std::array::from_fn(|k| likelihoods[k] * shares[k]);
    let total: f64 = joint.iter().sum::<f64>().max(1e-300);
    joint.map(|j| j / total)
}

/// The class of a free row of coefficients: the middle one is the reference.
fn free(row: usize) -> usize {
    2 * row
}

fn ratios(p: &[f64; CLASSES]) -> [f64; INPUTS] {
    let log = |x: f64| (x + 1e-4).ln();
    let ratio = |k: usize| (log(p[k]) - log(p[1])).clamp(-8.0, 8.0);
    [1.0, ratio(0), ratio(2)]
}

fn soft(beta: &[f64], x: &[f64; INPUTS]) -> [f64; CLASSES] {
    let mut logits = [0.0; CLASSES];
    for row in 0..FREE {
        logits[free(row)] = (0..INPUTS).map(|i| beta[row * INPUTS + i] * x[i]).sum();
    }
    let top = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers = logits.map(|l| (l - top).exp());
    let total: f64 = powers.iter().sum();
    powers.map(|p| p / total)
}

#[cfg(test)]
mod tests {
    use super::Recalibration;
    use crate::Rng;

    #[test]
    fn learns_what_a_timid_classifier_means() {
        // The classifier says 0.5 where 0.9 would be right.
        let mut rng = Rng::new(0, "timid");
        let cases: Vec<([f64; 3], usize)> = (0..3000)
            .map(|i| {
                let labelled = 2 * (i % 2);
                let mut p = [0.25; 3];
                p[labelled] = 0.5;
                (p, if rng.uniform() < 0.9 { labelled } else { 1 })
            })
            .collect();
        let fit = Recalibration::fit(&cases);
        let likelihoods = fit.likelihoods(&[0.5, 0.25, 0.25]);
        assert!(likelihoods[0] > 20.0 * likelihoods[2], "{likelihoods:?}");
        let population = [
            (likelihoods, 80.0),
            (fit.likelihoods(&[0.25, 0.25, 0.5]), 20.0),
        ];
        let shares = Recalibration::likely_shares(&population);
        assert!(shares[0] > 0.6 && shares[2] < 0.25, "{shares:?}");
    }
}
