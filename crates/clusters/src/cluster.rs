//! Rows into clusters, and where each stands.

use crate::choose::{KChoice, best, judge};
use crate::method::{Method, labels};
use crate::points::{distances, nearest, silhouette};
use crate::reduce::{principal_components, principal_directions};
use crate::vectors::{Chosen, Vectors};
use microfluence_stats::{mad, median};
use microfluence_tables::error::{Error, Result};
use ndarray::{Array1, Array2, Axis, aview1};
use rayon::prelude::*;
use serde::Serialize;

/// Medoids named per cluster.
const MEDOIDS: usize = 3;
/// A row farther from the centre than the median plus this many MADs (2.7 standard
/// deviations of normal data) is an outlier.
const OUTLIER_MADS: f64 = 4.0;

/// What [`cluster`] may be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClusterOptions {
    /// The number of clusters; `None` chooses it.
    pub k: Option<usize>,
    /// How to cluster.
    pub method: Method,
    /// Principal components kept before clustering. Default 32.
    pub components: usize,
    /// Seed of every draw.
    pub seed: u64,
}

impl Default for ClusterOptions {
    fn default() -> Self {
        Self {
            k: None,
            method: Method::default(),
            components: 32,
            seed: 0,
        }
    }
}

/// Where one row belongs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Placement {
    /// Index of the cluster; `None` for a row without text, or in no dense region.
    pub niche: Option<usize>,
    /// 0..=1: how much of the row belongs to the cluster rather than to the others.
    /// Bezdek's fuzzy membership (1981) with m = 1.5: 1 / sum over clusters c of
    /// (d^2 / `d_c`^2)^2, where d is the distance to the own centre. 0 without text.
    pub membership: f64,
    /// No text, or farther from the centre than all but a few are from theirs.
    pub outlier: bool,
    /// On the map: the first of the two directions in which the clusters lie furthest apart; 0
    /// without text.
    pub x: f64,
    /// The second.
    pub y: f64,
}

/// The clusters of a run, the largest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Clusters {
    /// One per row, in the order of the input.
    pub placements: Vec<Placement>,
    /// Members of each cluster, outliers included.
    pub sizes: Vec<usize>,
    /// Up to three rows nearest to each centre, the nearest first.
    pub medoids: Vec<Vec<usize>>,
    /// Unit vectors, one row per cluster: the mean of the members' input vectors. All zeros
    /// where those cancel out.
    pub centroids: Array2<f32>,
    /// What the chosen number is worth; `k` is the number of clusters that have members.
    /// `None` without a row to cluster.
    pub chosen: Option<KChoice>,
    /// Every number that was tried, ascending; empty where it was given.
    pub tried: Vec<KChoice>,
}

/// Clusters rows by the principal components of their vectors.
///
/// `vectors` has one row per name. Rows are put in the order of the names first, so
/// the input's order changes nothing. Rows without text are placed nowhere. The number of
/// clusters, unless given, is the one with the highest silhouette among the stable ones of 2 to
/// min(60, n / 5); fewer than 10 rows make one cluster. A given number above the number
/// of rows with text is cut to that.
///
/// # Errors
/// A usage error for `k` = 0 and an internal one where the three inputs differ in length.
pub fn cluster(
    names: &[&str],
    vectors: &dyn Vectors,
    has_text: &[bool],
    options: &ClusterOptions,
) -> Result<Clusters> {
    if names.len() != vectors.rows() || names.len() != has_text.len() {
        return Err(Error::Internal(format!(
            "{} names, {} vectors and {} marks of text to cluster",
            names.len(),
            vectors.rows(),
            has_text.len()
        )));
    }
    if options.k == Some(0) {
        return Err(Error::usage("the number of clusters must be at least 1")
            .with_hint("leave it out to have it chosen"));
    }
    let finite = |row: &mut Vec<f32>, i: usize| {
        vectors.write(i, row);
        row.iter().all(|v| v.is_finite())
    };
    let mut used: Vec<usize> = (0..names.len())
        .into_par_iter()
        .filter(|&i| has_text[i])
        .map_init(
            || vec![0.0; vectors.width()],
            |row, i| finite(row, i).then_some(i),
        )
        .flatten()
        .collect();
    used.sort_by(|&a, &b| names[a].cmp(names[b]));
    let rows = Chosen {
        vectors,
        places: &used,
    };
    let points = principal_components(&rows, options.components.max(2), options.seed);
    let Some((mut chosen, tried)) = number(&points, options)? else {
        return Ok(nothing(names.len(), vectors.width()));
    };
    let labels = labels(&points, chosen.k, options.method, options.seed)?;
    let members = by_size(&labels);
    chosen.k = members.len();
    let centres = means(&points, &members);
    if options.method != Method::KMeans {
        // What was judged while choosing were k-means' clusters.
        chosen.silhouette = silhouette(points.view(), &centres).unwrap_or(0.0);
        chosen.stability = None;
    }
    let mut own: Vec<Option<usize>> = vec![None; used.len()];
    for (c, of_cluster) in members.iter().enumerate() {
        for &m in of_cluster {
            own[m] = Some(c);
        }
    }
    let all: Vec<Vec<f64>> = (0..used.len())
        .into_par_iter()
        .map(|i| distances(points.row(i), &centres))
        .collect();
    let map = map(&points, &centres, &members, options.seed);
    let mut placements = vec![nowhere(); names.len()];
    let far = far_from(&all);
    for (place, (&i, d)) in used.iter().zip(&all).enumerate() {
        placements[i] = Placement {
            niche: own[place],
            membership: own[place].map_or(0.0, |own| membership(d, own)),
            outlier: own[place].is_none_or(|own| d[own].sqrt() > far),
            x: coordinate(&map, place, 0),
            y: coordinate(&map, place, 1),
        };
    }
    let medoids = members
        .iter()
        .enumerate()
        .map(|(c, of_cluster)| {
            let mut near = of_cluster.clone();
            near.sort_by(|&a, &b| all[a][c].total_cmp(&all[b][c]).then(a.cmp(&b)));
            near.truncate(MEDOIDS);
            near.into_iter().map(|m| used[m]).collect()
        })
        .collect();
    Ok(Clusters {
        placements,
        sizes: members.iter().map(Vec::len).collect(),
        medoids,
        centroids: centroids(&rows, &members),
        chosen: Some(chosen),
        tried,
    })
}

/// The number taken and the ones tried; `None` where there is nothing to cluster.
fn number(
    points: &Array2<f32>,
    options: &ClusterOptions,
) -> Result<Option<(KChoice, Vec<KChoice>)>> {
    let n = points.nrows();
    if n == 0 {
        return Ok(None);
    }
    if options.method == Method::Dbscan {
        let found = KChoice {
            k: 1,
            silhouette: 0.0,
            stability: None,
        };
        return Ok(Some((found, Vec::new())));
    }
    match options.k {
        Some(k) => Ok(Some((judge(points, k.min(n), options.seed)?, Vec::new()))),
        None => best(points, options.seed).map(Some),
    }
}

/// The clusters' members by falling size, then by first member; empty clusters are left out.
fn by_size(labels: &[Option<usize>]) -> Vec<Vec<usize>> {
    let k = labels.iter().flatten().max().map_or(0, |most| most + 1);
    let mut members = vec![Vec::new(); k];
    for (i, label) in labels.iter().enumerate() {
        if let Some(label) = label {
            members[*label].push(i);
        }
    }
    members.retain(|m| !m.is_empty());
    members.sort_by(|a, b| b.len().cmp(&a.len()).then(a[0].cmp(&b[0])));
    members
}

/// The members' means.
fn means(points: &Array2<f32>, members: &[Vec<usize>]) -> Array2<f32> {
    let mut means = Array2::zeros((members.len(), points.ncols()));
    for (mut mean, of_cluster) in means.rows_mut().into_iter().zip(members) {
        for &i in of_cluster {
            mean += &points.row(i);
        }
        mean /= of_cluster.len() as f32;
    }
    means
}

/// Two coordinates per point: the principal directions of the clusters' centres, each centre counted
/// by the root of its size; of the points themselves where there are fewer than three clusters.
fn map(
    points: &Array2<f32>,
    centres: &Array2<f32>,
    members: &[Vec<usize>],
    seed: u64,
) -> Array2<f32> {
    let Some(mean) = points.mean_axis(Axis(0)) else {
        return Array2::zeros((0, 2));
    };
    if members.len() < 3 || points.ncols() < 2 {
        return principal_components(&points.view(), 2, seed);
    }
    let mut weighted = centres - &mean;
    for (mut row, of_cluster) in weighted.rows_mut().into_iter().zip(members) {
        row *= (of_cluster.len() as f32).sqrt();
    }
    let (_, basis) = principal_directions(&weighted.view(), 2, seed);
    (points - &mean).dot(&basis)
}

fn far_from(all: &[Vec<f64>]) -> f64 {
    if all.iter().any(Vec::is_empty) {
        return f64::INFINITY;
    }
    let own: Vec<f64> = all.iter().map(|d| d[nearest(d)].sqrt()).collect();
    match (median(&own), mad(&own)) {
        (Some(middle), Some(spread)) => middle + OUTLIER_MADS * spread + 1e-6,
        _ => f64::INFINITY,
    }
}

fn membership(squared: &[f64], own: usize) -> f64 {
    if squared[own] <= 0.0 {
        return 1.0;
    }
    let sum: f64 = squared.iter().map(|d| (squared[own] / d).powi(2)).sum();
    1.0 / sum
}

fn centroids(rows: &dyn Vectors, members: &[Vec<usize>]) -> Array2<f32> {
    let sums: Vec<Array1<f32>> = members
        .par_iter()
        .map(|of_cluster| {
            let mut sum = Array1::zeros(rows.width());
            let mut row = vec![0.0; rows.width()];
            for &i in of_cluster {
                rows.write(i, &mut row);
                sum += &aview1(&row);
            }
            sum
        })
        .collect();
    let mut centroids = Array2::zeros((members.len(), rows.width()));
    for (mut centroid, sum) in centroids.rows_mut().into_iter().zip(sums) {
        let length = sum.dot(&sum).sqrt();
        centroid.assign(&if length > 0.0 { sum / length } else { sum });
    }
    centroids
}

fn coordinate(points: &Array2<f32>, row: usize, column: usize) -> f64 {
    points.get((row, column)).map_or(0.0, |&v| f64::from(v))
}

fn nowhere() -> Placement {
    Placement {
        niche: None,
        membership: 0.0,
        outlier: true,
        x: 0.0,
        y: 0.0,
    }
}

fn nothing(n: usize, columns: usize) -> Clusters {
    Clusters {
        placements: vec![nowhere(); n],
        sizes: Vec::new(),
        medoids: Vec::new(),
        centroids: Array2::zeros((0, columns)),
        chosen: None,
        tried: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
