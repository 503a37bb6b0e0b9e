//! The ways to cluster, all by linfa: which cluster each row of points falls into.

use crate::points::{assign, centres, silhouette, squared};
use linfa::prelude::*;
use linfa_clustering::{Dbscan, GaussianMixtureModel};
use microfluence_stats::{Rng, mix, quantile};
use microfluence_tables::error::{Error, Result};
use ndarray::{Array2, ArrayView2, Axis, s};
use rayon::prelude::*;
use std::str::FromStr;

/// Rows that k-means and the mixture are fitted on, at most; every row is then given its cluster.
const FIT_ROWS: usize = 20_000;
/// Rows that DBSCAN looks for dense regions in, at most.
const DENSITY_ROWS: usize = 4_000;
/// Principal components that the mixture sees: each of its covariances has the square of it to learn.
const MIXTURE_COMPONENTS: usize = 8;
/// Neighbours within the radius that make a point the core of a dense region.
const NEIGHBOURS: usize = 8;
/// Radii that are tried: quantiles of the distances to the neighbour of that number.
const RADII: [f64; 7] = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/// How creators are clustered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Method {
    /// Lloyd's k-means with k-means++ starts.
    #[default]
    KMeans,
    /// A mixture of Gaussians, each with its own covariance.
    Gmm,
    /// Dense regions; who is in none belongs nowhere. It finds the number of clusters itself.
    Dbscan,
}

impl Method {
    /// The name that is typed.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::KMeans => "kmeans",
            Self::Gmm => "gmm",
            Self::Dbscan => "dbscan",
        }
    }
}

impl FromStr for Method {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        [Self::KMeans, Self::Gmm, Self::Dbscan]
            .into_iter()
            .find(|method| method.name() == text)
            .ok_or_else(|| {
                Error::usage(format!("--method {text:?}: expected kmeans, gmm or dbscan"))
            })
    }
}

/// The cluster of every row, `None` for a row in no dense region.
pub(crate) fn labels(
    points: &Array2<f32>,
    k: usize,
    method: Method,
    seed: u64,
) -> Result<Vec<Option<usize>>> {
    let all = |labels: Vec<usize>| labels.into_iter().map(Some).collect();
    match method {
        Method::KMeans => {
            let centres = centres(&sampled(points, FIT_ROWS, seed), k, runs(points), seed)?;
            Ok(all(assign(points.view(), &centres)))
        }
        Method::Gmm => mixture(points, k, seed).map(all),
        Method::Dbscan => dense(points, seed),
    }
}

/// Starts: a large sample has few bad local optima, and each start costs more.
fn runs(points: &Array2<f32>) -> usize {
    if points.nrows() > 5_000 { 3 } else { 10 }
}

fn sampled(points: &Array2<f32>, most: usize, seed: u64) -> Array2<f32> {
    if points.nrows() <= most {
        return points.clone();
    }
    let rows = Rng::new(seed, "rows to fit").sample(points.nrows(), most);
    points.select(Axis(0), &rows)
}

fn mixture(points: &Array2<f32>, k: usize, seed: u64) -> Result<Vec<usize>> {
    let columns = points.ncols().min(MIXTURE_COMPONENTS);
    let narrow = |rows: &Array2<f32>| rows.slice(s![.., ..columns]).mapv(f64::from);
    let rng = Rng::new(mix(seed, k as u64), "mixture").into_inner();
    let model = GaussianMixtureModel::params_with_rng(k, rng)
        .n_runs(3)
        .max_n_iterations(200)
        .tolerance(1e-3)
        .reg_covariance(1e-4)
        .fit(&DatasetBase::from(narrow(&sampled(points, FIT_ROWS, seed))))
        .map_err(|e| {
            Error::usage(format!("a mixture of {k} Gaussians cannot be fitted: {e}"))
                .with_hint("take --method kmeans, or fewer --clusters")
        })?;
    Ok(model.predict(&narrow(points)).to_vec())
}

/// DBSCAN (Ester et al. 1996) for the radius of the highest simplified silhouette x share of rows in a
/// cluster. Rows that were not looked at follow their nearest clustered one within the radius.
fn dense(points: &Array2<f32>, seed: u64) -> Result<Vec<Option<usize>>> {
    let sample = sampled(points, DENSITY_ROWS, seed);
    let reach = neighbour_distances(sample.view());
    let mut best: Option<(f64, f64, Vec<Option<usize>>)> = None;
    for radius in RADII.iter().filter_map(|q| quantile(&reach, *q)) {
        if radius <= 0.0 {
            continue;
        }
        let found = Dbscan::params(NEIGHBOURS)
            .tolerance(radius as f32)
            .transform(&sample)
            .map_err(|e| Error::Internal(format!("DBSCAN with radius {radius}: {e}")))?
            .to_vec();
        let value = worth(&sample, &found);
        if best.as_ref().is_none_or(|(most, _, _)| value > *most) {
            best = Some((value, radius, found));
        }
    }
    let Some((_, radius, found)) = best else {
        // All points are one: a single dense region.
        return Ok(vec![Some(0); points.nrows()]);
    };
    let followed = |row: usize| {
        let point = points.row(row);
        sample
            .rows()
            .into_iter()
            .zip(&found)
            .filter_map(|(other, label)| Some((squared(point, other), (*label)?)))
            .filter(|(d, _)| d.sqrt() <= radius)
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, label)| label)
    };
    if sample.nrows() == points.nrows() {
        return Ok(found);
    }
    Ok((0..points.nrows()).into_par_iter().map(followed).collect())
}

fn worth(points: &Array2<f32>, labels: &[Option<usize>]) -> f64 {
    let inside: Vec<usize> = (0..labels.len()).filter(|&i| labels[i].is_some()).collect();
    let k = labels.iter().flatten().max().map_or(0, |m| m + 1);
    if k < 2 {
        return 0.0;
    }
    let mut centres = Array2::zeros((k, points.ncols()));
    let mut sizes = vec![0.0_f32; k];
    for &i in &inside {
        let label = labels[i].unwrap_or(0);
        let mut centre = centres.row_mut(label);
        centre += &points.row(i);
        sizes[label] += 1.0;
    }
    for (mut centre, size) in centres.rows_mut().into_iter().zip(sizes) {
        centre /= size.max(1.0);
    }
    let share = inside.len() as f64 / labels.len() as f64;
    silhouette(points.select(Axis(0), &inside).view(), &centres).unwrap_or(0.0) * share
}

/// Every row's distance to its eighth neighbour.
fn neighbour_distances(points: ArrayView2<'_, f32>) -> Vec<f64> {
    (0..points.nrows())
        .into_par_iter()
        .map(|i| {
            let mut distances: Vec<f64> = (0..points.nrows())
                .filter(|&j| j != i)
                .map(|j| squared(points.row(i), points.row(j)))
                .collect();
            let nth = NEIGHBOURS.min(distances.len()).saturating_sub(1);
            if distances.is_empty() {
                return 0.0;
            }
            *distances.select_nth_unstable_by(nth, f64::total_cmp).1
        })
        .map(f64::sqrt)
        .collect()
}
