//! k-means on reduced points, and distances of points to centres.

use linfa::prelude::*;
use linfa_clustering::{KMeans, KMeansInit};
use microfluence_stats::{Rng, mix};
use microfluence_tables::error::{Error, Result};
use ndarray::{Array2, ArrayView1, ArrayView2};
use rayon::prelude::*;

/// Centres of `k` clusters by Lloyd's k-means with k-means++ starts, the best of `runs`.
///
/// The result depends on the order of the rows and on the seed only, not on threads.
pub(crate) fn centres(rows: &Array2<f32>, k: usize, runs: usize, seed: u64) -> Result<Array2<f32>> {
    let rng = Rng::new(mix(seed, k as u64), "k-means").into_inner();
    let dataset = DatasetBase::from(rows.view());
    let model = KMeans::params_with_rng(k, rng)
        .n_runs(runs)
        .max_n_iterations(100)
        .tolerance(1e-3)
        .init_method(KMeansInit::KMeansPlusPlus)
        .fit(&dataset)
        .map_err(|e| Error::Internal(format!("k-means with {k} clusters: {e}")))?;
    Ok(model.centroids().clone())
}

/// The squared distance of two points.
pub(crate) fn squared(a: ArrayView1<'_, f32>, b: ArrayView1<'_, f32>) -> f64 {
    a.iter().zip(b).map(|(x, y)| f64::from(x - y).powi(2)).sum()
}

/// The squared distances of a point to every centre.
pub(crate) fn distances(point: ArrayView1<'_, f32>, centres: &Array2<f32>) -> Vec<f64> {
    centres
        .rows()
        .into_iter()
        .map(|c| squared(point, c))
        .collect()
}

/// Index of the smallest value; the first of equal ones, 0 of none.
pub(crate) fn nearest(distances: &[f64]) -> usize {
    let mut best = 0;
    for (i, d) in distances.iter().enumerate() {
        if *d < distances[best] {
            best = i;
        }
    }
    best
}

/// The nearest centre of every row.
pub(crate) fn assign(rows: ArrayView2<'_, f32>, centres: &Array2<f32>) -> Vec<usize> {
    (0..rows.nrows())
        .into_par_iter()
        .map(|i| nearest(&distances(rows.row(i), centres)))
        .collect()
}

/// The simplified silhouette (Hruschka et al. 2006), -1..=1: the mean over rows of
/// 1 - own / other, where `own` is the distance to the nearest centre and `other` the distance
/// to the second nearest. It needs no pair of rows. `None` for fewer than two centres or no
/// row.
pub(crate) fn silhouette(rows: ArrayView2<'_, f32>, centres: &Array2<f32>) -> Option<f64> {
    if centres.nrows() < 2 || rows.nrows() == 0 {
        return None;
    }
    let sum: f64 = rows
        .rows()
        .into_iter()
        .map(|row| {
            let mut d = distances(row, centres);
            d.sort_by(f64::total_cmp);
            if d[1] > 0.0 {
                1.0 - (d[0] / d[1]).sqrt()
            } else {
                0.0
            }
        })
        .sum();
    Some(sum / rows.nrows() as f64)
}
