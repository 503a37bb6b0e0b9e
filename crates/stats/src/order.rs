//! Quantiles, the median, the median absolute deviation and percentiles by mid-rank.

/// Turns a median absolute deviation into a standard deviation where the data are normal:
/// 1 / Phi^-1(3/4).
pub const MAD_TO_SD: f64 = 1.482_602_218_505_602;

/// The finite values in ascending order; NaN and infinities are left out.
#[must_use]
pub fn sorted(values: &[f64]) -> Vec<f64> {
    let mut kept: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    kept.sort_by(f64::total_cmp);
    kept
}

/// The `p` quantile by linear interpolation between order statistics: type 7 of Hyndman and
/// Fan (1996), the default of R and `NumPy`. `p` is cut to 0..=1; `None` for no finite value.
#[must_use]
pub fn quantile(values: &[f64], p: f64) -> Option<f64> {
    quantile_sorted(&sorted(values), p)
}

/// [`quantile`] of values that are already ascending and finite.
#[must_use]
pub fn quantile_sorted(ascending: &[f64], p: f64) -> Option<f64> {
    let last = ascending.len().checked_sub(1)?;
    let at = p.clamp(0.0, 1.0) * last as f64;
    let below = (at.floor() as usize).min(last);
    let above = (below + 1).min(last);
    let part = at - below as f64;
    Some(ascending[below] + part * (ascending[above] - ascending[below]))
}

/// The median; `None` for no finite value.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    quantile(values, 0.5)
}

/// The median absolute deviation from the median, in the values' unit and not rescaled: times
/// [`MAD_TO_SD`] it estimates a standard deviation. `None` for no finite value.
#[must_use]
pub fn mad(values: &[f64]) -> Option<f64> {
    let centre = median(values)?;
    let gaps: Vec<f64> = values.iter().map(|v| (v - centre).abs()).collect();
    median(&gaps)
}

/// Where `value` stands among `ascending`, 0..=100: the share below it plus half of the share
/// equal to it. A value alone with itself stands at 50; among none, at 50 too.
#[must_use]
pub fn mid_rank_percentile(ascending: &[f64], value: f64) -> f64 {
    if ascending.is_empty() {
        return 50.0;
    }
    let below = ascending.partition_point(|&v| v < value);
    let upto = ascending.partition_point(|&v| v <= value);
    100.0 * (below + upto) as f64 / (2 * ascending.len()) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_follow_type_seven() {
        let values = [4.0, 1.0, 3.0, 2.0];
        assert_eq!(quantile(&values, 0.25), Some(1.75));
        assert_eq!(median(&values), Some(2.5));
        assert_eq!(quantile(&values, 1.0), Some(4.0));
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(median(&[f64::NAN, 7.0]), Some(7.0));
    }

    #[test]
    fn deviation_ignores_one_wild_value() {
        assert_eq!(mad(&[1.0, 2.0, 3.0, 4.0, 1000.0]), Some(1.0));
    }

    #[test]
    fn mid_ranks_are_symmetric() {
        let values = [1.0, 2.0, 2.0, 3.0];
        assert!((mid_rank_percentile(&values, 1.0) - 12.5).abs() < 1e-12);
        assert!((mid_rank_percentile(&values, 2.0) - 50.0).abs() < 1e-12);
        assert!((mid_rank_percentile(&values, 3.0) - 87.5).abs() < 1e-12);
        assert!((mid_rank_percentile(&[], 3.0) - 50.0).abs() < 1e-12);
    }
}
