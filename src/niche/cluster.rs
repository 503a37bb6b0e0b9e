//! Creators into niches by their profile vectors.

use super::choose::{KChoice, best, judge};
use super::points::{assign, centres, distances, nearest};
use super::reduce::principal_components;
use crate::schema::CreatorId;
use crate::stats::{mad, median};
use crate::{Error, Result};
use ndarray::{Array2, ArrayView2, Axis};
use serde::Serialize;

/// Medoids named per cluster.
const MEDOIDS: usize = 3;
/// A creator farther from the centre than the median plus this many MADs (2.7 standard
/// deviations of normal data) is an outlier.
const OUTLIER_MADS: f64 = 4.0;

/// What [`cluster`] may be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClusterOptions {
    /// The number of clusters; `None` chooses it.
    pub k: Option<usize>,
    /// Principal components kept before clustering. Default 32.
    pub components: usize,
    /// Seed of every draw.
    pub seed: u64,
}

impl Default for ClusterOptions {
    fn default() -> Self {
        Self {
            k: None,
            components: 32,
            seed: 0,
        }
    }
}

/// Where one creator belongs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Placement {
    /// Index of the cluster; `None` for a creator without text.
    pub niche: Option<usize>,
    /// 0..=1: how much of the creator belongs to the cluster rather than to the others.
    /// Bezdek's fuzzy membership (1981) with m = 1.5: 1 / sum over clusters c of
    /// (d^2 / `d_c`^2)^2, where d is the distance to the own centre. 0 without text.
    pub membership: f64,
    /// No text, or farther from the centre than all but a few are from theirs.
    pub outlier: bool,
    /// First principal component; 0 without text.
    pub x: f64,
    /// Second principal component; 0 without text.
    pub y: f64,
}

/// The clusters of a run, the largest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Clusters {
    /// One per creator, in the order of the input.
    pub placements: Vec<Placement>,
    /// Members of each cluster, outliers included.
    pub sizes: Vec<usize>,
    /// Up to three members nearest to each centre, the nearest first.
    pub medoids: Vec<Vec<CreatorId>>,
    /// Unit vectors, one row per cluster: the mean of the members' input vectors. All zeros
    /// where those cancel out.
    pub centroids: Array2<f32>,
    /// What the chosen number is worth; `k` is the number of clusters that have members.
    /// `None` without a creator to cluster.
    pub chosen: Option<KChoice>,
    /// Every number that was tried, ascending; empty where it was given.
    pub tried: Vec<KChoice>,
}

/// Clusters creators by k-means on the principal components of their vectors.
///
/// `vectors` has one row of unit length per id. Rows are put in the order of the ids first, so
/// the input's order changes nothing. Creators without text are placed nowhere. The number of
/// clusters, unless given, is the one with the highest silhouette x stability among 2 to
/// min(30, n / 5); fewer than 10 creators make one cluster. A given number above the number
/// of creators with text is cut to that.
///
/// # Errors
/// A usage error for `k` = 0 and an internal one where the three inputs differ in length.
pub fn cluster(
    ids: &[CreatorId],
    vectors: ArrayView2<'_, f32>,
    has_text: &[bool],
    options: &ClusterOptions,
) -> Result<Clusters> {
    if ids.len() != vectors.nrows() || ids.len() != has_text.len() {
        return Err(Error::Internal(format!(
            "{} ids, {} vectors and {} marks of text to cluster",
            ids.len(),
            vectors.nrows(),
            has_text.len()
        )));
    }
    if options.k == Some(0) {
        return Err(Error::usage("the number of clusters must be at least 1")
            .with_hint("leave it out to have it chosen"));
    }
    let mut used: Vec<usize> = (0..ids.len())
        .filter(|&i| has_text[i] && vectors.row(i).iter().all(|v| v.is_finite()))
        .collect();
    used.sort_by(|&a, &b| ids[a].cmp(&ids[b]));
    let rows = vectors.select(Axis(0), &used);
    let points = principal_components(rows.view(), options.components.max(2), options.seed);
    let Some((mut chosen, tried)) = number(&points, options)? else {
        return Ok(nothing(ids.len(), vectors.ncols()));
    };
    let k = chosen.k;
    let centres = centres(&points, k, 10, options.seed)?;
    let labels = assign(points.view(), &centres);
    let members = by_size(&labels, k);
    chosen.k = members.len();
    let kept: Vec<usize> = members.iter().map(|m| labels[m[0]]).collect();
    let centres = centres.select(Axis(0), &kept);
    let all: Vec<Vec<f64>> = points
        .rows()
        .into_iter()
        .map(|row| distances(row, &centres))
        .collect();
    let mut placements = vec![nowhere(); ids.len()];
    let far = far_from(&all);
    for (place, (&i, d)) in used.iter().zip(&all).enumerate() {
        let own = kept.iter().position(|&l| l == labels[place]).unwrap_or(0);
        placements[i] = Placement {
            niche: Some(own),
            membership: membership(d, own),
            outlier: d[own].sqrt() > far,
            x: coordinate(&points, place, 0),
            y: coordinate(&points, place, 1),
        };
    }
    let medoids = members
        .iter()
        .enumerate()
        .map(|(c, of_cluster)| {
            let mut near = of_cluster.clone();
            near.sort_by(|&a, &b| all[a][c].total_cmp(&all[b][c]).then(a.cmp(&b)));
            near.truncate(MEDOIDS);
            near.into_iter().map(|m| ids[used[m]].clone()).collect()
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
    match options.k {
        Some(k) => Ok(Some((judge(points, k.min(n), options.seed)?, Vec::new()))),
        None => best(points, options.seed).map(Some),
    }
}

/// The clusters' members by falling size, then by first member; empty clusters are left out.
fn by_size(labels: &[usize], k: usize) -> Vec<Vec<usize>> {
    let mut members = vec![Vec::new(); k];
    for (i, &label) in labels.iter().enumerate() {
        members[label].push(i);
    }
    members.retain(|m| !m.is_empty());
    members.sort_by(|a, b| b.len().cmp(&a.len()).then(a[0].cmp(&b[0])));
    members
}

fn far_from(all: &[Vec<f64>]) -> f64 {
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

fn centroids(rows: &Array2<f32>, members: &[Vec<usize>]) -> Array2<f32> {
    let mut centroids = Array2::zeros((members.len(), rows.ncols()));
    for (mut centroid, of_cluster) in centroids.rows_mut().into_iter().zip(members) {
        for &i in of_cluster {
            centroid += &rows.row(i);
        }
        let length = centroid.dot(&centroid).sqrt();
        if length > 0.0 {
            centroid /= length;
        }
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
#[path = "cluster_tests.rs"]
mod tests;
