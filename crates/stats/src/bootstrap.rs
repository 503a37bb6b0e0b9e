//! An interval for a ratio whose observations come in clusters.

use super::{Rng, order::quantile_sorted};

/// What one cluster (an author, a day, a customer) adds to a ratio of sums. For a mean, the
/// denominator is the cluster's number of observations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cluster {
    /// Share of the sum above the line.
    pub numerator: f64,
    /// Share of the sum below the line; not negative.
    pub denominator: f64,
}

/// An estimate with its interval; lower <= estimate <= upper.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The value on the data as they are.
    pub estimate: f64,
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// Standard deviation of the draws: the estimate's standard error.
    pub se: f64,
}

/// The percentile bootstrap of sum(numerators) / sum(denominators), resampling whole clusters
/// (Davison and Hinkley 1997, section 3.8), so that observations of one cluster need not be
/// independent.
///
/// Draws whose denominator is 0 are left out. The clusters are put in order first, so the
/// order of the input does not matter. `None` where the denominators sum to 0, a number is not
/// finite, `draws` is 0 or `level` is not within 0..1. One cluster gives an interval of no
/// width: it says nothing about the scatter between clusters.
#[must_use]
pub fn cluster_bootstrap(
    clusters: &[Cluster],
    draws: usize,
    level: f64,
    seed: u64,
) -> Option<Interval> {
    let mut clusters = clusters.to_vec();
    clusters.sort_by(|a, b| {
        a.denominator
            .total_cmp(&b.denominator)
            .then(a.numerator.total_cmp(&b.numerator))
    });
    let estimate = ratio(clusters.iter().copied())?;
    if draws == 0 || !(level > 0.0 && level < 1.0) {
        return None;
    }
    let mut rng = Rng::new(seed, "cluster bootstrap");
    let mut values: Vec<f64> = (0..draws)
        .filter_map(|_| ratio((0..clusters.len()).map(|_| clusters[rng.below(clusters.len())])))
        .collect();
    values.sort_by(f64::total_cmp);
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    Some(Interval {
        estimate,
        lower: quantile_sorted(&values, 0.5 - level / 2.0)?.min(estimate),
        upper: quantile_sorted(&values, 0.5 + level / 2.0)?.max(estimate),
        se: (squares / (values.len() as f64 - 1.0).max(1.0)).sqrt(),
    })
}

fn ratio(clusters: impl Iterator<Item = Cluster>) -> Option<f64> {
    let (above, below) =
        clusters.fold((0.0, 0.0), |(a, b), c| (a + c.numerator, b + c.denominator));
    let value = above / below;
    (below > 0.0 && value.is_finite()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clusters(seed: u64) -> Vec<Cluster> {
        let mut rng = Rng::new(seed, "clusters");
        (0..60)
            .map(|_| {
                let n = 1.0 + rng.below(5) as f64;
                let centre = 3.0 + rng.normal();
                Cluster {
                    numerator: n * centre,
                    denominator: n,
                }
            })
            .collect()
    }

    #[test]
    fn covers_the_truth_about_as_often_as_it_says() {
        let hits = (0..300)
            .filter(|&seed| {
                let i = cluster_bootstrap(&clusters(seed), 300, 0.9, seed).unwrap();
                i.lower <= 3.0 && 3.0 <= i.upper
            })
            .count();
        assert!((250..=289).contains(&hits), "{hits} of 300");
    }

    #[test]
    fn order_does_not_matter() {
        let forward = clusters(1);
        let backward: Vec<Cluster> = forward.iter().rev().copied().collect();
        assert_eq!(
            cluster_bootstrap(&forward, 100, 0.95, 4),
            cluster_bootstrap(&backward, 100, 0.95, 4)
        );
    }

    #[test]
    fn nothing_from_nothing() {
        assert_eq!(cluster_bootstrap(&[], 100, 0.95, 0), None);
        let empty = Cluster {
            numerator: 1.0,
            denominator: 0.0,
        };
        assert_eq!(cluster_bootstrap(&[empty], 100, 0.95, 0), None);
    }
}
