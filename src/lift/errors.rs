//! How far off such a counterfactual is: over blocks of time before the start, and over the places that were not
//! treated.

use super::estimate::{LiftMethod, Series};
use rayon::prelude::*;
use std::ops::Range;

/// Degrees of freedom per block that does not overlap another: overlapping ones say a little more (docs/lift.md).
const PER_BLOCK: f64 = 1.5;
/// Places that the ratio of errors is taken over at most, evenly from all.
const MOST_PLACES: usize = 16;
/// How many places a ratio of 1 counts as.
const PRIOR_PLACES: f64 = 4.0;

/// The error of mean gaps over blocks of time.
pub(super) struct ErrorInTime {
    /// Mean square.
    pub mean_square: f64,
    pub degrees_of_freedom: f64,
}

/// The mean square of the mean gap over as many days as the campaign has.
///
/// Every block of that length before the start (at most a third of those days), moved on by a quarter of its length at
/// a time, is predicted twice: from all other days, and from the days on its longer side alone, so that a drift counts
/// as it does for the campaign, which has days on one side only.
pub(super) fn error_in_time(
    series: &Series<'_>,
    during: &Range<usize>,
    method: LiftMethod,
    penalty: Option<f64>,
) -> ErrorInTime {
    let (before, length) = (during.start, block_length(during));
    ErrorInTime {
        mean_square: mean_square(series, during, (length / 4).max(1), method, penalty),
        degrees_of_freedom: PER_BLOCK * before as f64 / length as f64,
    }
}

fn block_length(during: &Range<usize>) -> usize {
    during.len().min(during.start / 3).max(1)
}

fn mean_square(
    series: &Series<'_>,
    during: &Range<usize>,
    step: usize,
    method: LiftMethod,
    penalty: Option<f64>,
) -> f64 {
    let (before, length) = (during.start, block_length(during));
    let starts: Vec<usize> = (0..=before - length).step_by(step).collect();
    let squares: Vec<f64> = starts
        .par_iter()
        .flat_map_iter(|from| {
            let block = *from..from + length;
            let around: Vec<usize> = (0..before).filter(|t| !block.contains(t)).collect();
            let beside: Vec<usize> = if block.start >= before - block.end {
                (0..block.start).collect()
            } else {
                (block.end..before).collect()
            };
            [around, beside].map(|fitted| {
                let found = series.counterfactual(&fitted, method, penalty);
                series.gap(&found.values, block.clone()).powi(2)
            })
        })
        // A block whose other days count nothing cannot be predicted.
        .filter(|square| square.is_finite())
        .collect();
    squares.iter().sum::<f64>() / squares.len().max(1) as f64
}

/// What the same computation finds where there was no campaign.
pub(super) struct PlacebosInSpace {
    /// Of every control: mean square gap during the campaign over that before it.
    pub square_ratios: Vec<f64>,
    /// Mean of squared gap during the campaign over mean square gap of blocks before it, with a prior of 1. Above 1
    /// where places drift apart: a series that remembers goes farther in a campaign after the past than in a block
    /// within it.
    pub ratio: f64,
}

/// Takes every control for treated, and the others as its controls.
pub(super) fn placebos_in_space(
    series: &Series<'_>,
    during: &Range<usize>,
    method: LiftMethod,
    penalty: Option<f64>,
) -> PlacebosInSpace {
    let before: Vec<usize> = (0..during.start).collect();
    let places = series.others.len();
    let every = places.div_ceil(MOST_PLACES);
    let found: Vec<(f64, Option<f64>)> = (0..places)
        .into_par_iter()
        .map(|place| {
            let placebo = Series {
                target: series.others[place],
                others: (0..places)
                    .filter(|p| *p != place)
                    .map(|p| series.others[p])
                    .collect(),
            };
            let found = placebo.counterfactual(&before, method, penalty);
            let square_ratio = placebo.ratio(&found.values, during);
            let ratio = place.is_multiple_of(every).then(|| {
                let step = (block_length(during) / 2).max(1);
                let in_time = mean_square(&placebo, during, step, method, penalty);
                placebo.gap(&found.values, during.clone()).powi(2) / in_time
            });
            (square_ratio, ratio)
        })
        .collect();
    let ratios: Vec<f64> = found
        .iter()
        .filter_map(|f| f.1)
        .filter(|ratio| ratio.is_finite())
        .collect();
    PlacebosInSpace {
        square_ratios: found.into_iter().map(|f| f.0).collect(),
        ratio: (PRIOR_PLACES + ratios.iter().sum::<f64>()) / (PRIOR_PLACES + ratios.len() as f64),
    }
}
