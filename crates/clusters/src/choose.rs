//! How many clusters: those that stand apart and come back when some creators are left out.

use crate::points::{assign, centres, silhouette};
use microfluence_stats::{Rng, ari, mix};
use microfluence_tables::error::Result;
use ndarray::{Array2, Axis};
use rayon::prelude::*;
use serde::Serialize;

/// Rows on which numbers of clusters are compared, at most.
const SAMPLE: usize = 2_000;
/// Refits per number of clusters, each on 80 % of the sample.
const REFITS: u64 = 3;
const KEPT: f64 = 0.8;

/// Starts of the fit that is judged, and of each refit.
const RUNS: usize = 8;
const REFIT_RUNS: usize = 4;

/// What one number of clusters is worth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct KChoice {
    /// The number of clusters.
    pub k: usize,
    /// Simplified silhouette, -1..=1: how far nearer the own centre is than the next one.
    pub silhouette: f64,
    /// Mean adjusted Rand index of refits without a fifth of the creators, 1 for the same
    /// clusters each time. `None` where a number was not refitted.
    pub stability: Option<f64>,
}

/// Clusters that come back at this adjusted Rand index are no accident of the creators at hand.
const STABLE: f64 = 0.75;
/// Numbers that are refitted in search of stable ones, at most.
const REFITTED: usize = 12;

/// One number of clusters, fitted.
struct Fitted {
    k: usize,
    silhouette: f64,
    labels: Vec<usize>,
}

fn sampled(rows: &Array2<f32>, seed: u64) -> Array2<f32> {
    let sample = Rng::new(seed, "sample for k").sample(rows.nrows(), SAMPLE);
    rows.select(Axis(0), &sample)
}

fn fitted(rows: &Array2<f32>, k: usize, seed: u64) -> Result<Fitted> {
    let centres = centres(rows, k, RUNS, seed)?;
    Ok(Fitted {
        k,
        silhouette: silhouette(rows.view(), &centres).unwrap_or(0.0),
        labels: assign(rows.view(), &centres),
    })
}

fn stability(rows: &Array2<f32>, fitted: &Fitted, seed: u64) -> Result<f64> {
    let kept = (KEPT * rows.nrows() as f64).ceil() as usize;
    let agreements: Vec<f64> = (0..REFITS)
        .into_par_iter()
        .map(|refit| {
            let some = Rng::new(mix(seed, refit), "refit").sample(rows.nrows(), kept);
            let some = rows.select(Axis(0), &some);
            let k = fitted.k.min(some.nrows());
            let again = centres(&some, k, REFIT_RUNS, mix(seed, 1 + refit))?;
            let agreement = ari(&fitted.labels, &assign(rows.view(), &again));
            Ok(agreement.unwrap_or(0.0))
        })
        .collect::<Result<_>>()?;
    Ok(agreements.iter().sum::<f64>() / REFITS as f64)
}

/// Judges one number of clusters. One cluster has silhouette 0 and stability 1.
pub(crate) fn judge(rows: &Array2<f32>, k: usize, seed: u64) -> Result<KChoice> {
    if k < 2 {
        return Ok(KChoice {
            k,
            silhouette: 0.0,
            stability: Some(1.0),
        });
    }
    let rows = sampled(rows, seed);
    let fitted = fitted(&rows, k.min(rows.nrows()), seed)?;
    Ok(KChoice {
        k,
        silhouette: fitted.silhouette,
        stability: Some(stability(&rows, &fitted, seed)?),
    })
}

/// Judges every number from 2 to min(60, n / 5) and names the one of the highest silhouette among those
/// whose clusters come back (stability 0.75 or more), the smaller of equal ones; 1 and an empty
/// list where n is below 10.
///
/// Stability is a bar rather than a factor: two clusters nearly always come back, whatever else there is
/// to see. Numbers are refitted in the order of their silhouettes until one passes. Where none of
/// the first twelve does, the one of them with the highest silhouette x stability is taken.
pub(crate) fn best(rows: &Array2<f32>, seed: u64) -> Result<(KChoice, Vec<KChoice>)> {
    let most = (rows.nrows() / 5).min(60);
    if most < 2 {
        return Ok((judge(rows, 1, seed)?, Vec::new()));
    }
    let rows = sampled(rows, seed);
    let mut fits: Vec<Fitted> = (2..=most)
        .into_par_iter()
        .map(|k| fitted(&rows, k, seed))
        .collect::<Result<_>>()?;
    fits.sort_by(|a, b| b.silhouette.total_cmp(&a.silhouette).then(a.k.cmp(&b.k)));
    let mut tried: Vec<KChoice> = fits
        .iter()
        .map(|fit| KChoice {
            k: fit.k,
            silhouette: fit.silhouette,
            stability: None,
        })
        .collect();
    let mut best: Option<(KChoice, f64)> = None;
    for (choice, fit) in tried.iter_mut().zip(&fits).take(REFITTED) {
        let stable = stability(&rows, fit, seed)?;
        choice.stability = Some(stable);
        let value = fit.silhouette * stable.max(0.0);
        if stable >= STABLE || best.is_none_or(|(_, most)| value > most) {
            best = Some((*choice, value));
        }
        if stable >= STABLE {
            break;
        }
    }
    tried.sort_by_key(|c| c.k);
    match best {
        Some((choice, _)) => Ok((choice, tried)),
        None => Ok((judge(&rows, 1, seed)?, tried)),
    }
}
