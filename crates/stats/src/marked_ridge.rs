//! Ridge regression on rows that are some numbers and a few marks out of thousands, as words are.

/// A row of a matrix: numbers, then columns of which a few are marked, each group of marks by one weight.
#[derive(Debug, Clone, Copy)]
pub struct MarkedRow<'a> {
    /// The first columns.
    pub numbers: &'a [f64],
    /// Groups: the weight that stands in each of its columns, and which those are, from 0 after the numbers.
    pub marks: &'a [(f64, &'a [u16])],
}

impl MarkedRow<'_> {
    /// The row times `coefficients`, those of the numbers first.
    #[must_use]
    pub fn product(&self, coefficients: &[f64]) -> f64 {
        let (numbers, marks) = coefficients.split_at(self.numbers.len());
        let mut sum: f64 = self.numbers.iter().zip(numbers).map(|(x, c)| x * c).sum();
        for (weight, found) in self.marks {
            let own: f64 = found.iter().map(|w| marks[usize::from(*w)]).sum();
            sum += weight * own;
        }
        sum
    }

    fn add(&self, by: f64, sum: &mut [f64]) {
        let (numbers, marks) = sum.split_at_mut(self.numbers.len());
        for (s, x) in numbers.iter_mut().zip(self.numbers) {
            *s += by * x;
        }
        for (weight, found) in self.marks {
            for mark in *found {
                marks[usize::from(*mark)] += by * weight;
            }
        }
    }
}

/// What [`winsorized_ridge`] is told.
#[derive(Debug, Clone, Copy)]
pub struct RidgeOptions<'a> {
    /// Which columns are used; the coefficients of the others are 0.
    pub used: &'a [bool],
    /// Ridge penalty: what the square of each coefficient costs.
    pub penalty: f64,
    /// Values farther than this from what is predicted pull only like values at that distance.
    pub bound: f64,
    /// How often values are winsorized anew.
    pub rounds: usize,
    /// Most steps of conjugate gradients in a round; they end early once the residual is a millionth of the first.
    pub steps: usize,
}

/// What a fit predicts: `centre + row x coefficients`.
#[derive(Debug, Clone, PartialEq)]
pub struct RidgeFit {
    /// Where every column is 0.
    pub centre: f64,
    /// One per column, those of the numbers first.
    pub coefficients: Vec<f64>,
}

/// Weighted ridge regression of `values` on the `rows` that are `taken`, by conjugate gradients (Hestenes and Stiefel
/// 1952), with outlying values winsorized: moved to `bound` from what the last round predicted. Columns are centred.
///
/// `values` and `weights` have one per row; every row has as many numbers, and `options.used` one per column.
#[must_use]
pub fn winsorized_ridge(
    rows: &[MarkedRow<'_>],
    values: &[f64],
    weights: &[f64],
    taken: &[usize],
    options: RidgeOptions<'_>,
) -> RidgeFit {
    let total: f64 = taken.iter().map(|&i| weights[i]).sum();
    let columns = options.used.len();
    // Columns are centred without being written down: X - 1 m'.
    let mut means = vec![0.0; columns];
    for &i in taken {
        rows[i].add(weights[i] / total, &mut means);
    }
    mask(&mut means, options.used);
    let mut found = vec![0.0; columns];
    let mut centre = 0.0;
    for _ in 0..options.rounds {
        let shift = dot(&means, &found);
        let winsorized: Vec<f64> = taken
            .iter()
            .map(|&i| {
                let predicted = centre + rows[i].product(&found) - shift;
                predicted + (values[i] - predicted).clamp(-options.bound, options.bound)
            })
            .collect();
        centre = taken
            .iter()
            .zip(&winsorized)
            .map(|(&i, y)| weights[i] * y)
            .sum::<f64>()
            / total;
        // X'W(y - X b) - penalty b, for the columns that are in use.
        let gradient = |b: &[f64], with: &dyn Fn(usize) -> f64| -> Vec<f64> {
            let shift = dot(&means, b);
            let (mut sum, mut all) = (vec![0.0; columns], 0.0);
            for (k, &i) in taken.iter().enumerate() {
                let pull = weights[i] * (with(k) - rows[i].product(b) + shift);
                rows[i].add(pull, &mut sum);
                all += pull;
            }
            for ((s, m), b) in sum.iter_mut().zip(&means).zip(b) {
                *s -= all * m + options.penalty * b;
            }
            mask(&mut sum, options.used);
            sum
        };
        let mut residual = gradient(&found, &|k| winsorized[k] - centre);
        let mut direction = residual.clone();
        let mut size = dot(&residual, &residual);
        let enough = 1e-12 * size;
        for _ in 0..options.steps {
            if size <= enough || size <= 0.0 {
                break;
            }
            let mut hessian_direction = gradient(&direction, &|_| 0.0);
            for a in &mut hessian_direction {
                *a = -*a;
            }
            let step = size / dot(&direction, &hessian_direction);
            for ((f, w), (l, a)) in found
                .iter_mut()
                .zip(&direction)
                .zip(residual.iter_mut().zip(&hessian_direction))
            {
                *f += step * w;
                *l -= step * a;
            }
            let next = dot(&residual, &residual);
            for (w, l) in direction.iter_mut().zip(&residual) {
                *w = l + next / size * *w;
            }
            size = next;
        }
    }
    RidgeFit {
        centre: centre - dot(&means, &found),
        coefficients: found,
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn mask(values: &mut [f64], used: &[bool]) {
    for (value, used) in values.iter_mut().zip(used) {
        if !used {
            *value = 0.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without a penalty to speak of and far from the bound it is least squares: y = 1 + 2 x + 3 mark 0, and mark 1 is
    /// not used.
    #[test]
    fn a_plane_without_noise_is_found() {
        let marks: [&[u16]; 3] = [&[], &[0], &[0, 1]];
        let numbers: Vec<[f64; 1]> = (0..30).map(|i| [f64::from(i % 7) - 3.0]).collect();
        let groups: Vec<[(f64, &[u16]); 1]> = (0..30).map(|i| [(1.0, marks[i % 3])]).collect();
        let rows: Vec<MarkedRow<'_>> = numbers
            .iter()
            .zip(&groups)
            .map(|(numbers, marks)| MarkedRow { numbers, marks })
            .collect();
        let of = |i: usize| 1.0 + 2.0 * numbers[i][0] + if i.is_multiple_of(3) { 0.0 } else { 3.0 };
        let values: Vec<f64> = (0..30).map(of).collect();
        let options = RidgeOptions {
            used: &[true, true, false],
            penalty: 1e-9,
            bound: 1e6,
            rounds: 2,
            steps: 40,
        };
        let taken: Vec<usize> = (0..30).collect();
        let fit = winsorized_ridge(&rows, &values, &[1.0; 30], &taken, options);
        assert!((fit.centre - 1.0).abs() < 1e-6, "{fit:?}");
        assert!((fit.coefficients[0] - 2.0).abs() < 1e-6);
        assert!((fit.coefficients[1] - 3.0).abs() < 1e-6);
        assert!(fit.coefficients[2].abs() < 1e-12);
        assert!((fit.centre + rows[4].product(&fit.coefficients) - of(4)).abs() < 1e-6);

        // One wild value moves a fit that is bound by no more than the bound does.
        let mut wild = values.clone();
        wild[4] += 1e4;
        let bound = RidgeOptions {
            bound: 0.5,
            rounds: 20,
            ..options
        };
        let fit = winsorized_ridge(&rows, &wild, &[1.0; 30], &taken, bound);
        assert!((fit.coefficients[0] - 2.0).abs() < 0.1, "{fit:?}");
    }
}
