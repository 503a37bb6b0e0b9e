//! Linear regression that misses by little in the middle rather than in the mean of squares.

use super::solve;

/// Rounds of reweighting.
const ROUNDS: usize = 30;

/// Least absolute errors with a ridge penalty, by reweighting with the inverse of each error; errors below `smallest`
/// weigh no more than those of that size. `penalties` are per row and column, on columns of one standard deviation; 0
/// leaves a column free, which is for the constant. `None` where the system has no solution.
#[must_use]
pub fn least_absolute<const F: usize>(
    x: &[[f64; F]],
    y: &[f64],
    penalties: &[f64; F],
    smallest: f64,
) -> Option<[f64; F]> {
    let n = x.len() as f64;
    let mut scale = [1.0; F];
    for (j, scale) in scale.iter_mut().enumerate() {
        let mean = x.iter().map(|row| row[j]).sum::<f64>() / n;
        let variance = x.iter().map(|row| (row[j] - mean).powi(2)).sum::<f64>() / n;
        if variance > 0.0 && penalties[j] > 0.0 {
            *scale = variance.sqrt();
        }
    }
    let mut coefficients = [0.0; F];
    let mut weights = vec![1.0; x.len()];
    for _ in 0..ROUNDS {
        let total: f64 = weights.iter().sum();
        let mut squares = [[0.0; F]; F];
        let mut products = [0.0; F];
        for ((row, y), weight) in x.iter().zip(y).zip(&weights) {
            for a in 0..F {
                let left = weight * row[a];
                for b in 0..=a {
                    squares[a][b] += left * row[b];
                }
                products[a] += left * y;
            }
        }
        let mut system = vec![vec![0.0; F]; F];
        for a in 0..F {
            for b in 0..F {
                let square = squares[a.max(b)][a.min(b)];
                system[a][b] = square * n / total / (scale[a] * scale[b]);
            }
            system[a][a] += penalties[a] * n;
            products[a] *= n / total / scale[a];
        }
        let found = solve(system, products.to_vec())?;
        for (own, (found, scale)) in coefficients.iter_mut().zip(found.iter().zip(scale)) {
            *own = found / scale;
        }
        for ((weight, row), y) in weights.iter_mut().zip(x).zip(y) {
            let predicted: f64 = row.iter().zip(&coefficients).map(|(f, c)| f * c).sum();
            *weight = 1.0 / (y - predicted).abs().max(smallest);
        }
    }
    Some(coefficients)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wild_tenth_does_not_bend_the_line() {
        let rows: Vec<[f64; 3]> = (0..100)
            .map(|i| [1.0, f64::from(i) / 50.0 - 1.0, 0.0])
            .collect();
        let y: Vec<f64> = rows
            .iter()
            .enumerate()
            .map(|(i, r)| if i % 10 == 0 { 40.0 } else { 2.0 + 3.0 * r[1] })
            .collect();
        let found = least_absolute(&rows, &y, &[0.0, 1e-6, 0.1], 0.01).unwrap();
        assert!((found[0] - 2.0).abs() < 0.05 && (found[1] - 3.0).abs() < 0.05);
        assert!(found[2].abs() < 1e-12, "a constant 0 says nothing");
        let held = least_absolute(&rows, &y, &[0.0, 1e6, 0.1], 0.01).unwrap();
        assert!(held[1].abs() < 0.01);
    }
}
