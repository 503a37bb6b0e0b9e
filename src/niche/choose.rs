//! How many clusters: those that stand apart and come back when some creators are left out.

use super::points::{assign, centres, silhouette};
use crate::Result;
use crate::stats::{Rng, ari, mix};
use ndarray::{Array2, Axis};
use rayon::prelude::*;
use serde::Serialize;

/// Rows on which numbers of clusters are compared, at most.
const SAMPLE: usize = 2_000;
/// Refits per number of clusters, each on 80 % of the sample.
const REFITS: u64 = 3;
const KEPT: f64 = 0.8;

/// What one number of clusters is worth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct KChoice {
    /// The number of clusters.
    pub k: usize,
    /// Simplified silhouette, -1..=1: how far nearer the own centre is than the next one.
    pub silhouette: f64,
    /// Mean adjusted Rand index of refits without a fifth of the creators, 1 for the same
    /// clusters each time.
    pub stability: f64,
}

impl KChoice {
    /// silhouette x stability, stability counted from 0: clusters must both stand apart and
    /// come back.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.silhouette * self.stability.max(0.0)
    }
}

/// Judges one number of clusters on (a sample of) the rows. One cluster has silhouette 0 and
/// stability 1.
pub(super) fn judge(rows: &Array2<f32>, k: usize, seed: u64) -> Result<KChoice> {
    let sample = Rng::new(seed, "sample for k").sample(rows.nrows(), SAMPLE);
    let rows = rows.select(Axis(0), &sample);
    if k < 2 {
        return Ok(KChoice {
            k,
            silhouette: 0.0,
            stability: 1.0,
        });
    }
    let base = centres(&rows, k, 3, seed)?;
    let labels = assign(rows.view(), &base);
    let mut agreement = 0.0;
    for refit in 0..REFITS {
        let kept = (KEPT * rows.nrows() as f64).ceil() as usize;
        let some = Rng::new(mix(seed, refit), "refit").sample(rows.nrows(), kept);
        let seed = mix(seed, 1 + refit);
        let again = centres(&rows.select(Axis(0), &some), k, 3, seed)?;
        agreement += ari(&labels, &assign(rows.view(), &again)).unwrap_or(0.0);
    }
    Ok(KChoice {
        k,
        silhouette: silhouette(rows.view(), &base).unwrap_or(0.0),
        stability: agreement / REFITS as f64,
    })
}

/// Every number from 2 to min(30, n / 5), judged; empty where n is below 10.
pub(super) fn judge_all(rows: &Array2<f32>, seed: u64) -> Result<Vec<KChoice>> {
    (2..=(rows.nrows() / 5).min(30))
        .into_par_iter()
        .map(|k| judge(rows, k, seed))
        .collect()
}

/// The number of the highest value, the smaller of equal ones; 1 where none was judged.
pub(super) fn best(scores: &[KChoice]) -> usize {
    let mut best: Option<&KChoice> = None;
    for score in scores {
        if best.is_none_or(|b| score.value() > b.value()) {
            best = Some(score);
        }
    }
    best.map_or(1, |b| b.k)
}
