//! Random numbers that depend on a seed and a purpose, never on time or threads.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{RngCore, SeedableRng};

/// A seeded generator (xoshiro256++) with the few draws that the statistics need.
///
/// Two purposes of one seed give two independent streams, so that a new draw in one part of
/// the program changes no number of another.
#[derive(Debug, Clone)]
pub struct Rng(Xoshiro256PlusPlus);

impl Rng {
    /// The stream of `seed` for `purpose`.
    #[must_use]
    pub fn new(seed: u64, purpose: &str) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(mix(
            seed,
            hash_text(purpose),
        )))
    }

    /// Uniform in 0..1, both ends excluded.
    pub fn uniform(&mut self) -> f64 {
        unit(self.0.next_u64())
    }

    /// A uniform index below `n`, and 0 for `n` = 0. Lemire's multiplication; its bias is below
    /// n / 2^64.
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.0.next_u64()) * n as u128) >> 64) as usize
    }

    /// A standard normal draw by inversion.
    pub fn normal(&mut self) -> f64 {
        super::normal_quantile(self.uniform())
    }

    /// `k` distinct indices below `n` in ascending order; all of them where `k >= n`.
    pub fn sample(&mut self, n: usize, k: usize) -> Vec<usize> {
        let mut all: Vec<usize> = (0..n).collect();
        if k >= n {
            return all;
        }
        for i in 0..k {
            let j = i + self.below(n - i);
            all.swap(i, j);
        }
        all.truncate(k);
        all.sort_unstable();
        all
    }

    /// The generator itself, for libraries that want one.
    #[must_use]
    pub fn into_inner(self) -> Xoshiro256PlusPlus {
        self.0
    }
}

/// Two numbers to one by the finaliser of `SplitMix64` (Steele, Lea and Flood 2014): a counter
/// in, an evenly spread number out. Draws made of it need no order.
#[must_use]
pub fn mix(a: u64, b: u64) -> u64 {
    let mut z = a
        .wrapping_add(0x9e37_79b9_7f4a_7c15)
        .wrapping_mul(0xd134_2543_de82_ef95)
        ^ b;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The 64-bit FNV-1a hash of a text: the same on every machine and in every version.
#[must_use]
pub fn hash_text(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Random bits to a number in 0..1, both ends excluded.
#[must_use]
pub fn unit(bits: u64) -> f64 {
    ((bits >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_repeat_and_differ() {
        let draw = |seed, purpose| Rng::new(seed, purpose).uniform().to_bits();
        assert_eq!(draw(1, "a"), draw(1, "a"));
        assert_ne!(draw(1, "a"), draw(1, "b"));
        assert_ne!(draw(1, "a"), draw(2, "a"));
    }

    #[test]
    fn normal_draws_have_the_right_moments() {
        let mut rng = Rng::new(7, "moments");
        let draws: Vec<f64> = (0..20_000).map(|_| rng.normal()).collect();
        let mean = draws.iter().sum::<f64>() / 20_000.0;
        let variance = draws.iter().map(|d| d * d).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.04);
    }

    #[test]
    fn samples_are_distinct_and_within() {
        let picked = Rng::new(0, "sample").sample(50, 20);
        assert_eq!(picked.len(), 20);
        assert!(picked.windows(2).all(|w| w[0] < w[1]) && picked[19] < 50);
        assert_eq!(Rng::new(0, "sample").sample(3, 9), vec![0, 1, 2]);
    }

    #[test]
    fn counters_spread_evenly() {
        let mean = (0..10_000).map(|i| unit(mix(3, i))).sum::<f64>() / 10_000.0;
        assert!((mean - 0.5).abs() < 0.01);
    }
}
