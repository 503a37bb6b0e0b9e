//! Fewer dimensions before clustering: the principal components, by orthogonal iteration.

use crate::vectors::{Vectors, gathered};
use microfluence_stats::Rng;
use ndarray::{Array1, Array2, Axis};
use rayon::prelude::*;

/// Rows from which the components are learnt, at most.
const SAMPLE: usize = 20_000;
const ITERATIONS: usize = 60;
/// Rows that are in memory at a time for each thread while they are projected.
const TOGETHER: usize = 2048;

/// The rows' coordinates on the first principal components (columns by falling variance),
/// n x min(`components`, d, n). k-means on hundreds of dimensions is slow and mostly measures
/// noise; the components keep the directions in which the rows differ.
///
/// Orthogonal iteration (Golub and Van Loan 2013, section 8.2.4) on the covariance, started
/// from seeded normal draws. Each component's sign makes its largest coefficient positive.
pub(crate) fn principal_components(
    rows: &dyn Vectors,
    components: usize,
    seed: u64,
) -> Array2<f32> {
    let (mean, basis) = principal_directions(rows, components, seed);
    let (n, width) = (rows.rows(), basis.ncols());
    let parts: Vec<Array2<f32>> = (0..n.div_ceil(TOGETHER))
        .into_par_iter()
        .map(|part| {
            let places: Vec<usize> = (part * TOGETHER..n).take(TOGETHER).collect();
            (gathered(rows, &places) - &mean).dot(&basis)
        })
        .collect();
    let mut reduced = Array2::zeros((n, width));
    for (mut to, part) in reduced.axis_chunks_iter_mut(Axis(0), TOGETHER).zip(parts) {
        to.assign(&part);
    }
    reduced
}

/// The rows' mean and their first principal components, one per column.
pub(crate) fn principal_directions(
    rows: &dyn Vectors,
    components: usize,
    seed: u64,
) -> (Array1<f32>, Array2<f32>) {
    let (n, d) = (rows.rows(), rows.width());
    let p = components.min(d).min(n);
    if p == 0 {
        return (Array1::zeros(d), Array2::zeros((d, 0)));
    }
    let rng = &mut Rng::new(seed, "principal components");
    let sample = rng.sample(n, SAMPLE);
    let mut learnt = gathered(rows, &sample);
    let mean = learnt.sum_axis(Axis(0)) / learnt.nrows() as f32;
    learnt -= &mean;
    let covariance = learnt.t().dot(&learnt) / learnt.nrows() as f32;
    let mut basis = Array2::from_shape_fn((d, p), |_| rng.normal() as f32);
    orthonormalise(&mut basis);
    for _ in 0..ITERATIONS {
        basis = covariance.dot(&basis);
        orthonormalise(&mut basis);
    }
    let image = covariance.dot(&basis);
    let mut order: Vec<(usize, f32)> = (0..p)
        .map(|j| (j, basis.column(j).dot(&image.column(j))))
        .collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let columns: Vec<usize> = order.into_iter().map(|(j, _)| j).collect();
    let mut basis = basis.select(Axis(1), &columns);
    for mut column in basis.columns_mut() {
        let largest =
            column.iter().copied().fold(
                0.0_f32,
                |best, v| if v.abs() > best.abs() { v } else { best },
            );
        if largest < 0.0 {
            column.mapv_inplace(|v| -v);
        }
    }
    (mean, basis)
}

/// Gram and Schmidt's procedure, twice over for accuracy. A column that depends on the ones
/// before it becomes 0.
fn orthonormalise(basis: &mut Array2<f32>) {
    for j in 0..basis.ncols() {
        let mut column = basis.column(j).to_owned();
        let before = column.dot(&column).sqrt();
        for _ in 0..2 {
            for k in 0..j {
                let share = basis.column(k).dot(&column);
                column.scaled_add(-share, &basis.column(k));
            }
        }
        let length = column.dot(&column).sqrt();
        if length > 1e-6 * before && length > 1e-20 {
            column /= length;
        } else {
            column.fill(0.0);
        }
        basis.column_mut(j).assign(&column);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_widest_direction_comes_first() {
        let mut rng = Rng::new(1, "cloud");
        let rows = Array2::from_shape_fn((500, 6), |(_, j)| {
            let sd = if j == 4 { 5.0 } else { 1.0 };
            (sd * rng.normal()) as f32
        });
        let reduced = principal_components(&rows.view(), 3, 0);
        assert_eq!(reduced.dim(), (500, 3));
        let agreement: f32 = reduced
            .column(0)
            .iter()
            .zip(rows.column(4))
            .map(|(a, b)| a * b)
            .sum();
        assert!(agreement > 0.9 * 25.0 * 500.0 * 0.9);
        let spread = |j: usize| reduced.column(j).iter().map(|v| v * v).sum::<f32>();
        assert!(spread(0) > spread(1) && spread(1) >= spread(2));
    }

    #[test]
    fn flat_and_small_clouds_stay_finite() {
        let flat = Array2::from_elem((5, 4), 0.5_f32);
        assert!(
            principal_components(&flat.view(), 32, 0)
                .iter()
                .all(|v| v.is_finite())
        );
        let empty = Array2::<f32>::zeros((0, 4));
        assert_eq!(principal_components(&empty.view(), 32, 0).dim(), (0, 0));
    }
}
