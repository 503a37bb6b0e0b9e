//! How far scores and ranks may move within what is not known.

use super::rank::Part;
use crate::stats::{hash_text, mix, normal_quantile, quantile_sorted, unit};
use rayon::prelude::*;

/// The 90 % intervals of one candidate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Uncertainty {
    pub(super) score: (f64, f64),
    pub(super) rank: (usize, usize),
    /// Share of the draws with a rank of `top` or better.
    pub(super) in_top: f64,
}

/// Draws every candidate's values `draws` times and ranks the candidates each time.
///
/// A known value is drawn from a normal with its standard error, a missing one from all of 0..=1 alike. The normal is
/// not cut at 0 and 1: that would move its middle away from the value, and the score to an end of its interval. The
/// ends are the 5th and 95th percentiles within 0..=1, widened to hold the score and rank themselves. Every number
/// drawn depends on seed, creator, draw and criterion only, so neither threads nor other candidates change it.
/// `candidates` are in order of rank: id and parts.
pub(super) fn uncertainties(
    candidates: &[(&str, &[Part], f64)],
    draws: usize,
    seed: u64,
    top: usize,
) -> Vec<Uncertainty> {
    let streams: Vec<u64> = candidates
        .iter()
        .map(|(id, _, _)| mix(seed, hash_text(id)))
        .collect();
    let samplers: Vec<Vec<Sampler>> = candidates
        .iter()
        .map(|(_, parts, _)| {
            let counting = parts.iter().filter(|part| part.weight > 0.0);
            counting.map(Sampler::of).collect()
        })
        .collect();
    let simulations: Vec<(Vec<f64>, Vec<u32>)> = (0..draws as u64)
        .into_par_iter()
        .map(|draw| {
            let scores: Vec<f64> = samplers
                .iter()
                .zip(&streams)
                .map(|(samplers, stream)| {
                    let stream = mix(*stream, draw);
                    let one = |s: &Sampler| s.weight * s.value(unit(mix(stream, s.purpose)));
                    samplers.iter().map(one).sum()
                })
                .collect();
            let ranks = ranks(&scores);
            (scores, ranks)
        })
        .collect();
    candidates
        .par_iter()
        .enumerate()
        .map(|(i, (_, _, score))| {
            let mut scores: Vec<f64> = simulations.iter().map(|d| d.0[i]).collect();
            let mut places: Vec<f64> = simulations.iter().map(|d| f64::from(d.1[i])).collect();
            scores.sort_by(f64::total_cmp);
            places.sort_by(f64::total_cmp);
            let rank = i + 1;
            let end = |values: &[f64], p: f64, own: f64| quantile_sorted(values, p).unwrap_or(own);
            let (low, high) = (
                end(&places, 0.05, rank as f64).floor() as usize,
                end(&places, 0.95, rank as f64).ceil() as usize,
            );
            Uncertainty {
                score: (
                    end(&scores, 0.05, *score).max(0.0).min(*score),
                    end(&scores, 0.95, *score).min(1.0).max(*score),
                ),
                rank: (low.clamp(1, rank), high.max(rank)),
                in_top: if places.is_empty() {
                    f64::from(u8::from(rank <= top))
                } else {
                    places.partition_point(|p| *p <= top as f64) as f64 / places.len() as f64
                },
            }
        })
        .collect()
}

/// A part made ready to be drawn many times.
struct Sampler {
    weight: f64,
    purpose: u64,
    centre: f64,
    std_error: f64,
    missing: bool,
}

impl Sampler {
    fn of(part: &Part) -> Self {
        Self {
            weight: part.weight,
            purpose: part.criterion as u64,
            centre: part.value,
            std_error: part.std_error,
            missing: part.missing,
        }
    }

    /// The value at the share `u` of its distribution.
    fn value(&self, u: f64) -> f64 {
        if self.missing {
            return u;
        }
        self.centre + self.std_error * normal_quantile(u.clamp(1e-12, 1.0 - 1e-12))
    }
}

/// Ranks from 1 by falling score; equal ones in the given order.
fn ranks(scores: &[f64]) -> Vec<u32> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
    let mut ranks = vec![0; scores.len()];
    for (place, i) in order.into_iter().enumerate() {
        ranks[i] = place as u32 + 1;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ranking::Criterion;

    fn part(value: f64, std_error: f64, missing: bool) -> Part {
        Part {
            criterion: Criterion::Relevance,
            value,
            std_error,
            weight: 1.0,
            contribution: value,
            missing,
        }
    }

    #[test]
    fn certain_values_do_not_move_and_missing_ones_span_the_range() {
        let (sure, unknown) = ([part(0.6, 0.0, false)], [part(0.5, 0.29, true)]);
        let found = uncertainties(&[("a", &sure, 0.6), ("b", &unknown, 0.5)], 400, 1, 1);
        assert!((found[0].score.1 - found[0].score.0).abs() < 1e-7);
        assert!((found[1].score.0 - 0.05).abs() < 0.04);
        assert!((found[1].score.1 - 0.95).abs() < 0.04);
        assert_eq!((found[0].rank, found[1].rank), ((1, 2), (1, 2)));
        assert!((found[0].in_top - 0.6).abs() < 0.08);
        assert!((found[0].in_top + found[1].in_top - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_normal_spread_gives_a_normal_interval() {
        let parts = [part(0.5, 0.1, false)];
        let found = uncertainties(&[("a", &parts, 0.5)], 4000, 1, 1);
        assert!((found[0].score.0 - (0.5 - 0.1645)).abs() < 0.01);
        assert!((found[0].score.1 - (0.5 + 0.1645)).abs() < 0.01);
        // A value at the top is uncertain downwards and, in a sum, upwards.
        let top = [Part {
            weight: 0.5,
            ..part(1.0, 0.1, false)
        }];
        let found = uncertainties(&[("a", &top, 0.5)], 4000, 1, 1);
        assert!(
            (found[0].score.1 - (0.5 + 0.082)).abs() < 0.01,
            "{:?}",
            found[0].score
        );
    }
}
