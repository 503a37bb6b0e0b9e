//! The Poisson bootstrap: weights that a cluster's name alone decides.

use super::mix;
use statrs::function::gamma::gamma_lr;

/// Counts of 256 bytes, so that a byte draws from a distribution with mean 1, variance 1 and third
/// moment 4.96 (Poisson's: 5): 95 bytes mean 0, 92 mean 1, 49 mean 2, 15 mean 3, 4 mean 4, 1 means 5.
const TABLE: [u8; 256] = table();

const fn table() -> [u8; 256] {
    let mut table = [0; 256];
    let bounds = [95, 187, 236, 251, 255];
    let mut byte = 0;
    while byte < 256 {
        let mut weight = 0;
        while weight < bounds.len() && byte >= bounds[weight] {
            weight += 1;
        }
        table[byte] = weight as u8;
        byte += 1;
    }
    table
}

/// How often a cluster counts in each of `weights.len()` bootstrap draws.
///
/// Resampling clusters with replacement gives each a count that is close to Poisson with mean 1, and close to
/// independent (Chamandy and others 2012, "Estimating uncertainty for massive data streams"). Here that count is a
/// function of seed, cluster and draw, so that observations of one cluster share it without anybody remembering them:
/// the bootstrap of a sum needs one pass, no sample in memory, and merges by addition. A shorter slice gives the first
/// of the same weights.
pub fn poisson_weights(seed: u64, cluster: u64, weights: &mut [u8]) {
    let key = mix(seed, cluster);
    for (counter, eight) in weights.chunks_mut(8).enumerate() {
        let bytes = mix(key, counter as u64).to_le_bytes();
        for (weight, byte) in eight.iter_mut().zip(bytes) {
            *weight = TABLE[byte as usize];
        }
    }
}

/// The exact interval of a Poisson mean of which `count` was seen, with confidence `level` (Garwood 1936); the lower
/// end of a count of 0 is 0.
#[must_use]
pub fn poisson_interval(count: u64, level: f64) -> (f64, f64) {
    let tail = f64::midpoint(1.0, -level).clamp(1e-12, 0.5);
    let n = count as f64;
    // The chance of `shape` and more events rises with the mean.
    let mean_where = |shape: f64, chance: f64| {
        let (mut low, mut high) = (0.0, n + 10.0);
        while gamma_lr(shape, high) < chance {
            high *= 2.0;
        }
        for _ in 0..100 {
            let middle = f64::midpoint(low, high);
            if gamma_lr(shape, middle) < chance {
                low = middle;
            } else {
                high = middle;
            }
        }
        f64::midpoint(low, high)
    };
    let lower = if count == 0 { 0.0 } else { mean_where(n, tail) };
    (lower, mean_where(n + 1.0, 1.0 - tail))
}

/// Adds `value` times each draw's weight to that draw's sum. A value of 800 million times a weight of 5 still fits.
pub fn add_weighted(sums: &mut [u64], weights: &[u8], value: u32) {
    for (sum, weight) in sums.iter_mut().zip(weights) {
        *sum += u64::from(u32::from(*weight) * value);
    }
}

/// Adds each draw's weight to that draw's count.
pub fn add_weights(counts: &mut [u32], weights: &[u8]) {
    for (count, weight) in counts.iter_mut().zip(weights) {
        *count += u32::from(*weight);
    }
}

#[cfg(test)]
mod tests {
    use super::{TABLE, poisson_weights};

    #[test]
    fn a_byte_has_mean_and_variance_one() {
        let moment = |k: u32| TABLE.iter().map(|w| u64::from(*w).pow(k)).sum::<u64>();
        assert_eq!((moment(1), moment(2)), (256, 512));
    }

    #[test]
    fn weights_repeat_and_are_independent_between_clusters() {
        let weights = |cluster| {
            let mut all = [0; 400];
            poisson_weights(3, cluster, &mut all);
            all
        };
        assert_eq!(weights(1), weights(1));
        let mut short = [0; 20];
        poisson_weights(3, 1, &mut short);
        assert_eq!(short, weights(1)[..20]);
        // Correlation of the weights of 2,000 pairs of clusters, over all draws.
        let mut product = 0.0;
        for cluster in 0..2000 {
            let (a, b) = (weights(cluster), weights(cluster + 1));
            for (x, y) in a.iter().zip(b) {
                product += (f64::from(*x) - 1.0) * (f64::from(y) - 1.0);
            }
        }
        assert!((product / (2000.0 * 400.0)).abs() < 0.01);
    }

    #[test]
    fn exact_intervals_are_those_of_the_tables() {
        for (count, lower, upper) in [
            (0, 0.0, 3.688_879),
            (1, 0.025_318, 5.571_643),
            (10, 4.795_389, 18.390_356),
        ] {
            let found = super::poisson_interval(count, 0.95);
            assert!(
                (found.0 - lower).abs() < 1e-5 && (found.1 - upper).abs() < 1e-5,
                "{found:?}"
            );
        }
    }
}
