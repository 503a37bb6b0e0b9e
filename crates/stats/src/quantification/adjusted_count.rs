//! Adjusted counting with labelled cases from elsewhere.

use super::recalibration::posterior;
use super::{CLASSES, Recalibration, shares_on_simplex};
use crate::{Rng, poisson_weights, quantile_sorted};

/// Levels of each of two probabilities in a [`cell_of`].
const LEVELS: usize = 24;
/// Cells of a histogram of probabilities.
pub const CELLS: usize = LEVELS * LEVELS;
/// Draws of the confusion.
const DRAWS: usize = 400;
/// How far the shares that the probabilities are moved to are held from 0: at 0 a class could not be seen.
const LEAST_SHARE: f64 = 0.2;

/// The cell of some probabilities in a histogram: first and last class by 24 levels each.
#[must_use]
pub fn cell_of(first: f64, last: f64) -> usize {
    let level = |p: f64| ((p * LEVELS as f64) as usize).min(LEVELS - 1);
    level(first) * LEVELS + level(last)
}

/// The probabilities in the middle of a cell.
fn middle(cell: usize) -> [f64; CLASSES] {
    let centre = |level: usize| (level as f64 + 0.5) / LEVELS as f64;
    let (first, last) = (centre(cell / LEVELS), centre(cell % LEVELS));
    let rest = (1.0 - first - last).max(0.002);
    let total = first + last + rest;
    [first / total, rest / total, last / total]
}

/// Shares with their uncertainty.
#[derive(Debug, Clone, PartialEq)]
pub struct Shares {
    /// They add up to 1.
    pub shares: [f64; CLASSES],
    /// Draws of them, each on the simplex.
    pub draws: Vec<[f64; CLASSES]>,
}

impl Shares {
    /// An interval that holds `level` of the draws of a function of the shares, widened to hold its value; and
    /// the standard deviation of the draws.
    #[must_use]
    pub fn interval(
        &self,
        level: f64,
        value: impl Fn(&[f64; CLASSES]) -> Option<f64>,
    ) -> Option<(f64, f64, f64)> {
        let estimate = value(&self.shares)?;
        let mut values: Vec<f64> = self.draws.iter().filter_map(&value).collect();
        values.sort_by(f64::total_cmp);
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
        Some((
            quantile_sorted(&values, 0.5 - level / 2.0)?.min(estimate),
            quantile_sorted(&values, 0.5 + level / 2.0)?.max(estimate),
            variance.sqrt(),
        ))
    }
}

/// Probabilistic adjusted counting (Bella and others 2010): `q = Σ π_k M_k`, with `M_k` the mean of the class
/// probabilities over the labelled cases of class k and `q` their mean over the population, solved for shares on the
/// simplex.
///
/// It holds where a class looks the same to the classifier there and here, whatever its share. The probabilities are
/// first fitted anew to the labelled cases and moved to the population's likely shares (by [`Recalibration`]): that
/// makes them tell most about the shares, and as the same is done to both sides of the equation, no error of that fit
/// shifts the result.
#[derive(Debug, Clone)]
pub struct AdjustedCount {
    /// What the classifier's answer in each cell is taken for.
    features: Vec<[f64; CLASSES]>,
    by_class: [[f64; CLASSES]; CLASSES],
    by_class_draws: Vec<[[f64; CLASSES]; CLASSES]>,
    seed: u64,
}

impl AdjustedCount {
    /// Learns the confusion from labelled cases (probabilities, class) for populations like the one of this histogram.
    /// `None` where a class has fewer than five cases.
    #[must_use]
    pub fn fit(cases: &[([f64; CLASSES], usize)], histogram: &[u32], seed: u64) -> Option<Self> {
        let refit = Recalibration::fit(cases);
        let likelihoods: Vec<[f64; CLASSES]> =
            (0..CELLS).map(|c| refit.likelihoods(&middle(c))).collect();
        let population: Vec<([f64; CLASSES], f64)> = likelihoods
            .iter()
            .zip(histogram)
            .filter(|(_, n)| **n > 0)
            .map(|(l, n)| (*l, f64::from(*n)))
            .collect();
        let likely = Recalibration::likely_shares(&population);
        let shares = likely.map(|s| (1.0 - LEAST_SHARE) * s + LEAST_SHARE / CLASSES as f64);
        let features = likelihoods.iter().map(|l| posterior(l, &shares)).collect();
        Self::with_features(features, cases, seed)
    }

    /// The same with the probabilities as the classifier gives them.
    #[must_use]
    pub fn plain(cases: &[([f64; CLASSES], usize)], seed: u64) -> Option<Self> {
        Self::with_features((0..CELLS).map(middle).collect(), cases, seed)
    }

    /// Adjusted counting of the answers (Forman 2008): the most probable class alone.
    #[must_use]
    pub fn of_answers(cases: &[([f64; CLASSES], usize)], seed: u64) -> Option<Self> {
        let answer = |cell| {
            let p = middle(cell);
            let best = (1..CLASSES).fold(0, |b, k| if p[k] > p[b] { k } else { b });
            std::array::from_fn(|k| f64::from(u8::from(k == best)))
        };
        Self::with_features((0..CELLS).map(answer).collect(), cases, seed)
    }

    fn with_features(
        features: Vec<[f64; CLASSES]>,
        cases: &[([f64; CLASSES], usize)],
        seed: u64,
    ) -> Option<Self> {
        let as_features: Vec<([f64; CLASSES], usize)> = cases
            .iter()
            .map(|(p, class)| (features[cell_of(p[0], p[CLASSES - 1])], *class))
            .collect();
        if (0..CLASSES).any(|k| as_features.iter().filter(|c| c.1 == k).count() < 5) {
            return None;
        }
        let by_class = confusion(&as_features, |_| 1.0)?;
        let mut weights = vec![[0_u8; DRAWS]; as_features.len()];
        for (i, row) in weights.iter_mut().enumerate() {
            poisson_weights(seed ^ 0xadc0, i as u64, row);
        }
        let by_class_draws = (0..DRAWS)
            .map(|d| confusion(&as_features, |i| f64::from(weights[i][d])).unwrap_or(by_class))
            .collect();
        Some(Self {
            features,
            by_class,
            by_class_draws,
            seed,
        })
    }

    /// The shares of a population of which the histogram tells. `design_effect` says by how much more its mean scatters
    /// than that of as many independent cases; the draws carry that and the uncertainty of the confusion. `None` for an
    /// empty one.
    #[must_use]
    pub fn shares(&self, histogram: &[u32], design_effect: f64) -> Option<Shares> {
        let total: f64 = histogram.iter().map(|count| f64::from(*count)).sum();
        if total <= 0.0 {
            return None;
        }
        let mut mean = [0.0; CLASSES];
        let mut squares = [[0.0; CLASSES]; CLASSES];
        for (feature, count) in self.features.iter().zip(histogram).filter(|(_, c)| **c > 0) {
            let share = f64::from(*count) / total;
            for i in 0..CLASSES {
                mean[i] += share * feature[i];
                for j in 0..CLASSES {
                    squares[i][j] += share * feature[i] * feature[j];
                }
            }
        }
        let scale = design_effect.max(0.0) / total;
        let covariance: [[f64; CLASSES]; CLASSES] = std::array::from_fn(|i| {
            std::array::from_fn(|j| scale * (squares[i][j] - mean[i] * mean[j]))
        });
        let mut rng = Rng::new(self.seed, "adjusted count");
        // The features add up to 1, so two of them draw the third.
        let first_sd = covariance[0][0].max(0.0).sqrt();
        let common = if first_sd > 0.0 {
            covariance[0][2] / first_sd
        } else {
            0.0
        };
        let own = (covariance[2][2] - common * common).max(0.0).sqrt();
        let draws = self
            .by_class_draws
            .iter()
            .map(|by_class| {
                let (x, y) = (rng.normal(), rng.normal());
                let first = mean[0] + first_sd * x;
                let last = mean[2] + common * x + own * y;
                shares_on_simplex(by_class, &[first, 1.0 - first - last, last])
            })
            .collect();
        Some(Shares {
            shares: shares_on_simplex(&self.by_class, &mean),
            draws,
        })
    }
}

/// Mean features of each class; `None` where a class has no weight.
fn confusion(
    cases: &[([f64; CLASSES], usize)],
    weight: impl Fn(usize) -> f64,
) -> Option<[[f64; CLASSES]; CLASSES]> {
    let mut sums = [[0.0; CLASSES]; CLASSES];
    let mut totals = [0.0; CLASSES];
    for (i, (p, class)) in cases.iter().enumerate() {
        let weight = weight(i);
        totals[*class] += weight;
        for (sum, p) in sums[*class].iter_mut().zip(p) {
            *sum += weight * p;
        }
    }
    totals
        .iter()
        .all(|t| *t > 0.0)
        .then(|| std::array::from_fn(|k| sums[k].map(|s| s / totals[k])))
}

#[cfg(test)]
mod tests {
    use super::{AdjustedCount, CELLS, cell_of};
    use crate::Rng;

    /// Cases of given shares as a classifier sees them that is right more often than not.
    fn cases(rng: &mut Rng, n: usize, shares: [f64; 3]) -> Vec<([f64; 3], usize)> {
        (0..n)
            .map(|_| {
                let u = rng.uniform();
                let class = if u < shares[0] {
                    0
                } else {
                    1 + usize::from(u >= shares[0] + shares[1])
                };
                let mut logits = [0.0, 0.6, 0.0].map(|bias: f64| bias + rng.normal());
                logits[class] += 1.6;
                let powers = logits.map(f64::exp);
                let total: f64 = powers.iter().sum();
                (powers.map(|p| p / total), class)
            })
            .collect()
    }

    fn histogram(cases: &[([f64; 3], usize)]) -> Vec<u32> {
        let mut histogram = vec![0; CELLS];
        for (p, _) in cases {
            histogram[cell_of(p[0], p[2])] += 1;
        }
        histogram
    }

    #[test]
    fn finds_other_shares_than_those_it_learned_at_and_knows_how_well() {
        let (mut covered, mut fitted, mut counted) = (0, 0.0, 0.0);
        for round in 0..100 {
            let mut rng = Rng::new(round, "shares");
            let labelled = cases(&mut rng, 800, [0.3, 0.5, 0.2]);
            let there = cases(&mut rng, 2000, [0.1, 0.2, 0.7]);
            let net = |s: &[f64; 3]| s[2] - s[0];
            let truth = there.iter().map(|c| [-1.0, 0.0, 1.0][c.1]).sum::<f64>() / 2000.0;
            let histogram = histogram(&there);
            let fit = AdjustedCount::fit(&labelled, &histogram, 0).unwrap();
            let shares = fit.shares(&histogram, 1.0).unwrap();
            let (lower, upper, _) = shares.interval(0.95, |s| Some(net(s))).unwrap();
            covered += usize::from(lower <= truth && truth <= upper);
            fitted += (net(&shares.shares) - truth).abs() / 100.0;
            let mean: f64 = there.iter().map(|c| c.0[2] - c.0[0]).sum::<f64>() / 2000.0;
            counted += (mean - truth).abs() / 100.0;
        }
        assert!((88..=100).contains(&covered), "{covered} of 100");
        assert!(fitted < 0.05 && counted > 0.1, "{fitted} {counted}");
    }

    #[test]
    fn too_few_cases_of_a_class_teach_nothing() {
        let mut rng = Rng::new(0, "few");
        let labelled = cases(&mut rng, 100, [0.5, 0.5, 0.0]);
        assert!(AdjustedCount::plain(&labelled, 0).is_none());
    }
}
