//! What a series would have been, from other series that follow it: synthetic control, its ridge
//! augmentation, and difference in differences.

use super::linear::solve;
use super::simplex_weights::{dot, simplex_weights};

/// How the other series are weighted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// All alike, levels removed: difference in differences.
    Uniform,
    /// Shares by least squares (Abadie, Diamond and Hainmueller 2010).
    Simplex,
    /// Shares, and a ridge correction of what they leave (Ben-Michael, Feller and Rothstein 2021).
    Augmented,
}

/// A weighting of the other series.
#[derive(Debug, Clone, PartialEq)]
pub struct ControlFit {
    /// One weight per other series; they sum to 1 except under [`Control::Augmented`].
    pub weights: Vec<f64>,
    /// Added to the weighted sum: the difference of the levels, 0 where they are kept.
    pub level: f64,
    /// The ridge penalty, where one was chosen.
    pub penalty: Option<f64>,
}

impl ControlFit {
    /// What the weighted series say for each of the `times`.
    #[must_use]
    pub fn predict(&self, others: &[Vec<f64>], times: std::ops::Range<usize>) -> Vec<f64> {
        times
            .map(|t| {
                self.level
                    + self
                        .weights
                        .iter()
                        .zip(others)
                        .map(|(w, o)| w * o[t])
                        .sum::<f64>()
            })
            .collect()
    }
}

/// Weights `others` so that they follow `target` over the times in `fitted`, each series less its
/// own mean over these times where `centred` is set (unit fixed effects; always so for
/// [`Control::Uniform`]).
///
/// The correction of [`Control::Augmented`] is w + (X'X + pI)^-1 X'(y - Xw), its penalty p the
/// one of eleven, from 1e-4 to 10 times the mean square of X times the number of times, that errs
/// least on five successive blocks of time, each left out in turn, unless `penalty` is given.
#[must_use]
pub fn fit_control(
    target: &[f64],
    others: &[Vec<f64>],
    fitted: &[usize],
    control: Control,
    centred: bool,
    penalty: Option<f64>,
) -> ControlFit {
    let centred = centred || control == Control::Uniform;
    let (y, own) = taken(target, fitted, centred);
    let (x, means): (Vec<Vec<f64>>, Vec<f64>) =
        others.iter().map(|o| taken(o, fitted, centred)).unzip();
    let mut used = None;
    let weights = match control {
        Control::Uniform => vec![1.0 / others.len().max(1) as f64; others.len()],
        Control::Simplex => simplex_weights(&x, &y),
        Control::Augmented => {
            let chosen = penalty.unwrap_or_else(|| choose_penalty(&x, &y));
            used = Some(chosen);
            augment(&x, &y, simplex_weights(&x, &y), chosen)
        }
    };
    let level = own - dot(&weights, &means);
    ControlFit {
        weights,
        level,
        penalty: used,
    }
}

/// The values at `times`, less their mean where asked, and the mean that was taken off.
fn taken(series: &[f64], times: &[usize], centred: bool) -> (Vec<f64>, f64) {
    let mean = if centred {
        times.iter().map(|t| series[*t]).sum::<f64>() / times.len().max(1) as f64
    } else {
        0.0
    };
    (times.iter().map(|t| series[*t] - mean).collect(), mean)
}

fn choose_penalty(x: &[Vec<f64>], y: &[f64]) -> f64 {
    let n = y.len();
    let scale = x.iter().map(|c| dot(c, c)).sum::<f64>() / x.len().max(1) as f64;
    let scale = if scale > 0.0 { scale } else { 1.0 };
    let grid: Vec<f64> = (0..11)
        .map(|i| scale * 10_f64.powf(f64::from(i).mul_add(0.5, -4.0)))
        .collect();
    let folds = n.min(5);
    let mut errors = vec![0.0; grid.len()];
    for fold in 0..folds {
        let (from, to) = (fold * n / folds, (fold + 1) * n / folds);
        let kept = |c: &[f64]| [&c[..from], &c[to..]].concat();
        let (some, aim): (Vec<Vec<f64>>, _) = (x.iter().map(|c| kept(c)).collect(), kept(y));
        let base = simplex_weights(&some, &aim);
        for (penalty, error) in grid.iter().zip(&mut errors) {
            let w = augment(&some, &aim, base.clone(), *penalty);
            for t in from..to {
                let predicted: f64 = w.iter().zip(x).map(|(w, c)| w * c[t]).sum();
                *error += (y[t] - predicted).powi(2);
            }
        }
    }
    // The strongest of equals: it stays nearest to the shares.
    let best = (0..grid.len())
        .rev()
        .min_by(|a, b| errors[*a].total_cmp(&errors[*b]));
    best.map_or(scale, |i| grid[i])
}

fn augment(x: &[Vec<f64>], y: &[f64], mut weights: Vec<f64>, penalty: f64) -> Vec<f64> {
    let residual: Vec<f64> = (0..y.len())
        .map(|t| y[t] - weights.iter().zip(x).map(|(w, c)| w * c[t]).sum::<f64>())
        .collect();
    let matrix: Vec<Vec<f64>> = (0..x.len())
        .map(|i| {
            (0..x.len())
                .map(|j| dot(&x[i], &x[j]) + if i == j { penalty } else { 0.0 })
                .collect()
        })
        .collect();
    let right = x.iter().map(|c| dot(c, &residual)).collect();
    // The penalty keeps the system regular; only series that are 0 throughout leave it singular.
    if let Some(steps) = solve(matrix, right) {
        for (w, step) in weights.iter_mut().zip(steps) {
            *w += step;
        }
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn difference_in_differences_by_hand() {
        let others = vec![vec![1.0, 3.0, 5.0], vec![3.0, 5.0, 9.0]];
        let fit = fit_control(
            &[10.0, 12.0, 20.0],
            &others,
            &[0, 1],
            Control::Uniform,
            false,
            None,
        );
        // Levels 11 and 3 before; the others stand at 7 after.
        assert!((fit.predict(&others, 2..3)[0] - 15.0).abs() < 1e-12);
    }

    #[test]
    fn augmenting_follows_what_no_share_can() {
        let others: Vec<Vec<f64>> = (1..4)
            .map(|k| (0..40).map(|t| (f64::from(t * k) * 0.7).sin()).collect())
            .collect();
        // Twice the second series: outside what shares of one can make.
        let target: Vec<f64> = others[1].iter().map(|v| 2.0 * v).collect();
        let times: Vec<usize> = (0..30).collect();
        let error = |control| {
            let predicted =
                fit_control(&target, &others, &times, control, true, None).predict(&others, 30..40);
            predicted
                .iter()
                .zip(&target[30..])
                .map(|(a, b)| (a - b).powi(2))
                .sum::<f64>()
        };
        assert!(error(Control::Augmented) < 0.01 * error(Control::Simplex));
    }
}
