//! From the logarithm of a count and a half back to counts.
//!
//! y = ln((n + 0.5) / basis) is near enough to normal where posts have tens of engagements. Where they have none or a
//! few it is not: the half is then most of the number, and a post's count is chance. There the next count is drawn from
//! a negative binomial: the creator's posts scatter about a rate as the forecast says, less what chance alone makes of
//! such small counts; the rate is as uncertain as so many posts leave it; and the count is Poisson's of the rate.

use crate::stats::normal_quantile;

/// Expected counts from which the half is simply taken off.
const LARGE: f64 = 20.0;
/// Points at which the scatter of posts is looked at, equally likely.
const POINTS: usize = 41;
/// The 95 % quantile of the standard normal.
const Z_95: f64 = 1.644_853_626_951_472_7;

/// Median and 90 % interval of the next post's count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct NextCount {
    pub median: f64,
    pub lower: f64,
    pub upper: f64,
}

/// What `middle`, the median of count and a half, its distances to the ends in log units (`below` and `above`, neither
/// negative) and the number of `posts` behind it say of the next count.
pub(super) fn next_count(middle: f64, below: f64, above: f64, posts: usize) -> NextCount {
    let off = |y: f64| (y - 0.5).max(0.0);
    let plain = NextCount {
        median: off(middle),
        lower: off(middle * (-below).exp()),
        upper: off(middle * above.exp()),
    };
    if middle >= LARGE || !middle.is_finite() {
        return plain;
    }
    let rate = rate_of(middle.ln());
    let (_, chance) = moments(rate);
    let sd = (below + above) / (2.0 * Z_95);
    let kept = if sd > 0.0 {
        (1.0 - chance / (sd * sd)).max(0.0).sqrt()
    } else {
        0.0
    };
    // Without posts the forecast's own scatter holds all that is not known.
    let shape = (posts > 0).then(|| (posts as f64).mul_add(rate, 0.5));
    let mean = shape.map_or(rate, |shape| shape / posts as f64);
    let means: Vec<f64> = (0..POINTS)
        .map(|i| {
            let z = normal_quantile((i as f64 + 0.5) / POINTS as f64);
            let side = if z < 0.0 { below } else { above };
            mean * (kept * z / Z_95 * side).exp()
        })
        .collect();
    let mut chances: Vec<f64> = means
        .iter()
        .map(|m| match shape {
            Some(shape) => (shape * (shape / (shape + m)).ln()).exp(),
            None => (-m).exp(),
        })
        .collect();
    let (mut below_or_equal, mut n) = (0.0, 0.0);
    let mut ends = [None; 3];
    while ends[2].is_none() && n < 1e5 {
        below_or_equal += chances.iter().sum::<f64>() / POINTS as f64;
        if n == 0.0 && below_or_equal >= 0.05 {
            ends[0] = Some(n);
        }
        // Where a count of 0 is within the interval nothing can lie below it, so all of the tenth lies above.
        let upper = if ends[0] == Some(0.0) { 0.90 } else { 0.95 };
        for (end, p) in ends.iter_mut().zip([0.05, 0.5, upper]) {
            if end.is_none() && below_or_equal >= p {
                *end = Some(n);
            }
        }
        for (chance, m) in chances.iter_mut().zip(&means) {
            *chance *= match shape {
                Some(shape) => (shape + n) / (n + 1.0) * m / (shape + m),
                None => m / (n + 1.0),
            };
        }
        n += 1.0;
    }
    NextCount {
        median: ends[1].unwrap_or(plain.median),
        lower: ends[0].unwrap_or(plain.lower),
        upper: ends[2].unwrap_or(plain.upper),
    }
}

/// Mean and variance of ln(n + 0.5) for a Poisson count n.
fn moments(rate: f64) -> (f64, f64) {
    let last = (rate + 10.0 * rate.sqrt() + 20.0).ceil() as usize;
    let (mut chance, mut sum, mut squares) = ((-rate).exp(), 0.0, 0.0);
    for n in 0..last {
        let y = (n as f64 + 0.5).ln();
        sum += chance * y;
        squares += chance * y * y;
        chance *= rate / (n as f64 + 1.0);
    }
    (sum, (squares - sum * sum).max(0.0))
}

/// The Poisson rate whose counts have this mean of ln(n + 0.5); 0 where it is ln(0.5) or less.
fn rate_of(mean_log: f64) -> f64 {
    let (mut low, mut high) = (0.0, 2.0 * LARGE);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if moments(middle).0 < mean_log {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Rng;

    #[test]
    fn the_half_comes_off_and_large_counts_are_as_before() {
        let large = next_count(1000.5, 0.5, 0.7, 10);
        assert!((large.median - 1000.0).abs() < 1e-9);
        assert!((large.upper - (1000.5 * 0.7_f64.exp() - 0.5)).abs() < 1e-9);
        let none = next_count(0.5, 0.0, 0.0, 5);
        assert!(
            none.lower == 0.0 && none.median == 0.0 && none.upper <= 1.0,
            "{none:?}"
        );
        assert!((rate_of(moments(3.0).0) - 3.0).abs() < 1e-6);
    }

    #[test]
    fn small_counts_are_held_nine_times_in_ten() {
        let mut rng = Rng::new(1, "small counts");
        for rate in [0.2_f64, 1.0, 5.0] {
            let mut held = 0;
            for _ in 0..1000 {
                let mut draw = || {
                    let (floor, mut product, mut n) = ((-rate).exp(), rng.uniform(), 0.0);
                    while product > floor {
                        product *= rng.uniform();
                        n += 1.0;
                    }
                    n
                };
                let logs: Vec<f64> = (0..8).map(|_| (draw() + 0.5_f64).ln()).collect();
                let next = draw();
                let mean = logs.iter().sum::<f64>() / 8.0;
                let sd = (logs.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / 7.0).sqrt();
                let found = next_count(mean.exp(), 1.9 * sd, 1.9 * sd, 8);
                held += u32::from(found.lower <= next && next <= found.upper);
            }
            assert!((870..=990).contains(&held), "{held} of 1000 at {rate}");
        }
    }
}
