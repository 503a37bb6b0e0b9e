//! Least squares whose weights are shares: none negative, their sum one.

/// Steps of the gradient method at most; it ends earlier where the weights stand still.
const STEPS: usize = 3_000;
/// A change of every weight below this is standing still.
const STILL: f64 = 1e-10;

/// The weights w (one per column, each from 0 on, summing to 1) that minimise
/// |target - sum of w\[j\] columns\[j\]|^2, found by accelerated projected gradient (Beck and
/// Teboulle 2009) with restarts where the momentum points uphill (O'Donoghue and Candes 2015).
///
/// Every column is as long as `target`. No column gives no weights.
#[must_use]
pub fn simplex_weights(columns: &[Vec<f64>], target: &[f64]) -> Vec<f64> {
    let n = columns.len();
    if n == 0 {
        return Vec::new();
    }
    let gram: Vec<Vec<f64>> = columns
        .iter()
        .map(|a| columns.iter().map(|b| dot(a, b)).collect())
        .collect();
    let aim: Vec<f64> = columns.iter().map(|a| dot(a, target)).collect();
    // No eigenvalue of a symmetric matrix is above its largest absolute row sum.
    let steepest = gram
        .iter()
        .map(|row| row.iter().map(|v| v.abs()).sum::<f64>())
        .fold(0.0, f64::max);
    let mut weights = vec![1.0 / n as f64; n];
    if steepest <= 0.0 || !steepest.is_finite() {
        return weights;
    }
    let mut ahead = weights.clone();
    let mut momentum = 1.0_f64;
    for _ in 0..STEPS {
        let slope: Vec<f64> = gram
            .iter()
            .zip(&aim)
            .map(|(row, b)| dot(row, &ahead) - b)
            .collect();
        let moved: Vec<f64> = ahead
            .iter()
            .zip(&slope)
            .map(|(w, g)| w - g / steepest)
            .collect();
        let next = onto_simplex(&moved);
        let change: Vec<f64> = next.iter().zip(&weights).map(|(a, b)| a - b).collect();
        let uphill = dot(&slope, &change) > 0.0;
        let faster = if uphill {
            1.0
        } else {
            f64::midpoint(1.0, (4.0 * momentum).mul_add(momentum, 1.0).sqrt())
        };
        let share = if uphill {
            0.0
        } else {
            (momentum - 1.0) / faster
        };
        ahead = next
            .iter()
            .zip(&change)
            .map(|(w, c)| w + share * c)
            .collect();
        momentum = faster;
        weights = next;
        if !uphill && change.iter().all(|c| c.abs() < STILL) {
            break;
        }
    }
    weights
}

/// The nearest point whose coordinates are shares (Held, Wolfe and Crowder 1974).
fn onto_simplex(point: &[f64]) -> Vec<f64> {
    let mut falling = point.to_vec();
    falling.sort_by(|a, b| b.total_cmp(a));
    let (mut sum, mut cut) = (0.0, 0.0);
    for (i, v) in falling.iter().enumerate() {
        sum += v;
        let level = (sum - 1.0) / (i + 1) as f64;
        if *v > level {
            cut = level;
        }
    }
    point.iter().map(|v| (v - cut).max(0.0)).collect()
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rng;

    #[test]
    fn a_mixture_is_found_again() {
        let mut rng = Rng::new(1, "simplex");
        let columns: Vec<Vec<f64>> = (0..6)
            .map(|_| (0..40).map(|_| rng.normal()).collect())
            .collect();
        let truth = [0.5, 0.0, 0.3, 0.0, 0.2, 0.0];
        let target: Vec<f64> = (0..40)
            .map(|t| (0..6).map(|j| truth[j] * columns[j][t]).sum())
            .collect();
        let found = simplex_weights(&columns, &target);
        for (a, b) in found.iter().zip(truth) {
            assert!((a - b).abs() < 1e-4, "{found:?}");
        }
    }

    #[test]
    fn weights_are_shares_and_no_corner_is_better() {
        let mut rng = Rng::new(2, "simplex");
        let columns: Vec<Vec<f64>> = (0..9)
            .map(|_| (0..30).map(|_| 5.0 * rng.normal()).collect())
            .collect();
        let target: Vec<f64> = (0..30).map(|_| rng.normal()).collect();
        let w = simplex_weights(&columns, &target);
        assert!((w.iter().sum::<f64>() - 1.0).abs() < 1e-9 && w.iter().all(|v| *v >= 0.0));
        // At the minimum no column's slope is below the weighted mean of the slopes.
        let gap: Vec<f64> = (0..30)
            .map(|t| (0..9).map(|j| w[j] * columns[j][t]).sum::<f64>() - target[t])
            .collect();
        let slopes: Vec<f64> = columns.iter().map(|c| dot(c, &gap)).collect();
        let mean = dot(&slopes, &w);
        assert!(slopes.iter().all(|s| *s > mean - 1e-3), "{slopes:?}");
    }
}
