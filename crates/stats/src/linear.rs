//! Small systems of linear equations, and least squares through them.

/// The solution of `a x = b` by elimination with partial pivoting; `None` where `a` is singular or
/// not square with `b`.
#[must_use]
pub fn solve(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Option<Vec<f64>> {
    let n = b.len();
    if a.len() != n || a.iter().any(|row| row.len() != n) {
        return None;
    }
    for column in 0..n {
        let pivot =
            (column..n).max_by(|&i, &j| a[i][column].abs().total_cmp(&a[j][column].abs()))?;
        if a[pivot][column].abs() < 1e-12 {
            return None;
        }
        a.swap(column, pivot);
        b.swap(column, pivot);
        let (done, below) = a.split_at_mut(column + 1);
        let lead = &done[column];
        for (offset, row) in below.iter_mut().enumerate() {
            let factor = row[column] / lead[column];
            for (cell, above) in row.iter_mut().zip(lead).skip(column) {
                *cell -= factor * above;
            }
            b[column + 1 + offset] -= factor * b[column];
        }
    }
    for row in (0..n).rev() {
        let known: f64 = (row + 1..n).map(|j| a[row][j] * b[j]).sum();
        b[row] = (b[row] - known) / a[row][row];
    }
    b.iter().all(|x| x.is_finite()).then_some(b)
}

/// Weighted least squares of `y` on an intercept and the columns of `x`: intercept first. A column that does
/// not vary, or is a combination of others, gets a coefficient near 0 by a ridge of one millionth.
#[must_use]
pub fn least_squares(x: &[Vec<f64>], y: &[f64], weights: &[f64]) -> Option<Vec<f64>> {
    let columns = x.first()?.len();
    let total: f64 = weights.iter().sum();
    let mean = |value: &dyn Fn(usize) -> f64| {
        (0..y.len()).map(|i| weights[i] * value(i)).sum::<f64>() / total
    };
    let centres: Vec<f64> = (0..columns).map(|c| mean(&|i| x[i][c])).collect();
    let centre = mean(&|i| y[i]);
    let mut squares = vec![vec![0.0; columns]; columns];
    let mut products = vec![0.0; columns];
    for (i, row) in x.iter().enumerate() {
        for a in 0..columns {
            let left = weights[i] * (row[a] - centres[a]);
            for b in 0..columns {
                squares[a][b] += left * (row[b] - centres[b]);
            }
            products[a] += left * (y[i] - centre);
        }
    }
    for (a, row) in squares.iter_mut().enumerate() {
        row[a] += 1e-6 * total;
    }
    let slopes = solve(squares, products)?;
    let intercept = centre - slopes.iter().zip(&centres).map(|(s, c)| s * c).sum::<f64>();
    Some(std::iter::once(intercept).chain(slopes).collect())
}

/// The product of two vectors, of their common length. Sixteen sums stand side by side, which a processor adds at once;
/// one sum after the other would take several times as long.
#[must_use]
pub fn dot(a: &[f32], b: &[f32]) -> f64 {
    let mut sums = [0.0_f32; 16];
    let (a, b) = (a.chunks_exact(16), b.chunks_exact(16));
    let rest: f32 = (a.remainder().iter().zip(b.remainder()))
        .map(|(x, y)| x * y)
        .sum();
    for (a, b) in a.zip(b) {
        for ((sum, x), y) in sums.iter_mut().zip(a).zip(b) {
            *sum += x * y;
        }
    }
    f64::from(sums.iter().sum::<f32>() + rest)
}

#[cfg(test)]
mod tests {
    use super::{least_squares, solve};

    #[test]
    fn solves_and_refuses() {
        let x = solve(vec![vec![0.0, 2.0], vec![3.0, 1.0]], vec![4.0, 5.0]).unwrap();
        assert!((x[0] - 1.0).abs() < 1e-12 && (x[1] - 2.0).abs() < 1e-12);
        assert_eq!(
            solve(vec![vec![1.0, 2.0], vec![2.0, 4.0]], vec![1.0, 2.0]),
            None
        );
    }

    #[test]
    fn finds_a_plane_and_survives_a_constant_column() {
        let x: Vec<Vec<f64>> = (0..20)
            .map(|i| vec![f64::from(i), f64::from(i * i % 7), 1.0])
            .collect();
        let y: Vec<f64> = x.iter().map(|r| 3.0 + 2.0 * r[0] - r[1]).collect();
        let fit = least_squares(&x, &y, &[1.0; 20]).unwrap();
        for (found, expected) in fit.iter().zip([3.0, 2.0, -1.0, 0.0]) {
            assert!((found - expected).abs() < 1e-4, "{fit:?}");
        }
    }
}
