//! Is the end of a series of residuals unlike the rest of it? Moving-block permutations and placebo
//! ranks.

/// The p-value of "the last `after` residuals are like the others" (Chernozhukov, Wüthrich and Zhu
/// 2021): the share of the cyclic shifts of `residuals`, the shift by nothing among them, under
/// which the absolute sum of the last `after` is at least as large as it is.
///
/// The residuals must come from a fit to all times under the hypothesis. Shifts keep their order, so that dependence
/// from one time to the next is allowed. 1 where there is nothing to compare or a residual is not a number.
#[must_use]
pub fn moving_block_p(residuals: &[f64], after: usize) -> f64 {
    let n = residuals.len();
    if after == 0 || after >= n {
        return 1.0;
    }
    let block = |from: usize| -> f64 {
        (0..after)
            .map(|i| residuals[(from + i) % n])
            .sum::<f64>()
            .abs()
    };
    let seen = block(n - after);
    // What is not known is not significant.
    if !seen.is_finite() {
        return 1.0;
    }
    // Sums that differ by rounding alone are equal.
    let floor = seen - 1e-9 * seen;
    (0..n).filter(|from| block(*from) >= floor).count() as f64 / n as f64
}

/// The p-value by rank of `own` among what the same computation gave for the untreated (`placebos`): (1 + how many are
/// at least as large) / (1 + how many there are). What is not a number counts as the larger one of a placebo, and makes
/// 1 of an own one: nothing is rare by not being known.
#[must_use]
pub fn placebo_p(own: f64, placebos: &[f64]) -> f64 {
    if own.is_nan() {
        return 1.0;
    }
    let above = placebos.iter().filter(|p| p.is_nan() || **p >= own).count();
    (1 + above) as f64 / (1 + placebos.len()) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rng;

    #[test]
    fn a_shifted_end_is_seen_and_level_noise_is_level() {
        let mut rng = Rng::new(5, "conformal");
        let mut low = 0;
        for _ in 0..400 {
            let noise: Vec<f64> = (0..100).map(|_| rng.normal()).collect();
            if moving_block_p(&noise, 10) <= 0.1 {
                low += 1;
            }
        }
        assert!(
            (20..=60).contains(&low),
            "{low} of 400 at the level of 10 %"
        );
        let mut shifted = vec![0.0; 90];
        shifted.extend([1.0; 10]);
        assert!((moving_block_p(&shifted, 10) - 0.01).abs() < 1e-12);
        assert!((moving_block_p(&shifted, 100) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn ranks_count_the_own_one() {
        assert!((placebo_p(3.0, &[1.0, 2.0, 3.0]) - 0.5).abs() < 1e-12);
        assert!((placebo_p(9.0, &[1.0, 2.0, 3.0]) - 0.25).abs() < 1e-12);
        assert!((placebo_p(9.0, &[1.0, f64::NAN, 3.0]) - 0.5).abs() < 1e-12);
        assert!((placebo_p(f64::NAN, &[1.0]) - 1.0).abs() < 1e-12);
        assert!((moving_block_p(&[0.0, f64::NAN, 1.0, 2.0, 3.0], 4) - 1.0).abs() < 1e-12);
    }
}
