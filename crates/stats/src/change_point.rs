//! Where the level of a series moved.

/// Periods that must stand on either side of a change.
const LEAST_SIDE: usize = 2;

/// A place where the level moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChangePoint {
    /// The first index of the new level.
    pub at: usize,
    /// Share of series without a change that would show one as large somewhere, 0..=1.
    pub p_value: f64,
}

/// The changes in a series of levels, in order of place, by binary segmentation.
///
/// A place is as likely as the weighted means left and right of it differ in standard errors; the most likely place is
/// compared with the most likely place in series that have noise alone (the maximally selected statistic of James,
/// James and Siegmund 1987, with its null distribution by bootstrap). `noise` holds one row per draw: how far each
/// period's level is from its estimate in that draw, so that periods may differ in precision and need not be
/// independent. If neighbours differ by more than that noise explains, the noise is taken to be that much larger. Where
/// a change is found, both sides are searched again. In a series without a change, one is reported with probability
/// `alpha`.
#[must_use]
pub fn change_points(values: &[f64], noise: &[Vec<f64>], alpha: f64) -> Vec<ChangePoint> {
    let mut found = Vec::new();
    search(values, noise, alpha, 0, values.len(), &mut found);
    found.sort_by_key(|c| c.at);
    found
}

fn search(
    values: &[f64],
    noise: &[Vec<f64>],
    alpha: f64,
    from: usize,
    to: usize,
    found: &mut Vec<ChangePoint>,
) {
    if to - from < 2 * LEAST_SIDE || noise.is_empty() {
        return;
    }
    let draws = noise.len() as f64;
    let variances: Vec<f64> = (from..to)
        .map(|t| noise.iter().map(|row| row[t] * row[t]).sum::<f64>() / draws)
        .collect();
    let typical = variances.iter().sum::<f64>() / variances.len() as f64;
    if !(typical > 0.0 && typical.is_finite()) {
        return;
    }
    // A period whose comments all say the same must not weigh without bound.
    let weights: Vec<f64> = variances
        .iter()
        .map(|v| 1.0 / v.max(0.05 * typical))
        .collect();
    let (at, statistic) = most_likely(&values[from..to], &weights);
    let statistic = statistic / excess(&values[from..to], &weights).sqrt();
    let as_large = noise
        .iter()
        .filter(|row| most_likely(&row[from..to], &weights).1 >= statistic)
        .count();
    let p_value = (1.0 + as_large as f64) / (1.0 + draws);
    if p_value > alpha {
        return;
    }
    let at = from + at;
    found.push(ChangePoint { at, p_value });
    search(values, noise, alpha, from, at, found);
    search(values, noise, alpha, at, to, found);
}

/// The place with the largest difference in standard errors, and that.
fn most_likely(values: &[f64], weights: &[f64]) -> (usize, f64) {
    let all_weight: f64 = weights.iter().sum();
    let all: f64 = values.iter().zip(weights).map(|(v, w)| v * w).sum();
    let (mut weight, mut sum) = (0.0, 0.0);
    let mut best = (LEAST_SIDE, 0.0);
    for t in 0..values.len() - LEAST_SIDE {
        weight += weights[t];
        sum += weights[t] * values[t];
        if t + 1 < LEAST_SIDE {
            continue;
        }
        let rest = all_weight - weight;
        let gap = (all - sum) / rest - sum / weight;
        let statistic = gap.abs() / (1.0 / weight + 1.0 / rest).sqrt();
        if statistic > best.1 {
            best = (t + 1, statistic);
        }
    }
    best
}

/// By how much more neighbours differ than their noise explains, at least 1. The largest tenth of the differences is
/// left out: that may be the change itself.
fn excess(values: &[f64], weights: &[f64]) -> f64 {
    let mut ratios: Vec<f64> = values
        .windows(2)
        .zip(weights.windows(2))
        .map(|(v, w)| (v[1] - v[0]).powi(2) / (1.0 / w[0] + 1.0 / w[1]))
        .collect();
    ratios.sort_by(f64::total_cmp);
    // The mean of the lower nine tenths of squared normal draws is 0.63.
    let kept = (ratios.len() * 9).div_ceil(10).max(1);
    let mean = ratios[..kept.min(ratios.len())].iter().sum::<f64>() / kept as f64;
    (mean / 0.63).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::change_points;
    use crate::Rng;

    fn series(seed: u64, step: f64) -> (Vec<f64>, Vec<Vec<f64>>) {
        let mut rng = Rng::new(seed, "series");
        let spread: Vec<f64> = (0..52).map(|_| 3.0 + 4.0 * rng.uniform()).collect();
        let values = spread
            .iter()
            .enumerate()
            .map(|(t, s)| s * rng.normal() + if t < 30 { 0.0 } else { step })
            .collect();
        let noise = (0..200)
            .map(|_| spread.iter().map(|s| s * rng.normal()).collect())
            .collect();
        (values, noise)
    }

    #[test]
    fn finds_a_step_where_it_is_and_none_where_there_is_none() {
        let near = (0..200)
            .filter(|&seed| {
                let (values, noise) = series(seed, 10.0);
                change_points(&values, &noise, 0.03)
                    .iter()
                    .any(|c| c.at.abs_diff(30) <= 2)
            })
            .count();
        assert!(near >= 176, "{near} of 200");
        let alarms = (0..400)
            .filter(|&seed| {
                let (values, noise) = series(seed, 0.0);
                !change_points(&values, &noise, 0.03).is_empty()
            })
            .count();
        assert!((2..=20).contains(&alarms), "{alarms} of 400");
    }

    #[test]
    fn short_and_flat_series_have_no_change() {
        assert!(change_points(&[1.0, 9.0], &[vec![0.1, 0.1]], 0.05).is_empty());
        assert!(change_points(&[1.0; 9], &vec![vec![0.0; 9]; 50], 0.05).is_empty());
        assert!(change_points(&[], &[], 0.05).is_empty());
    }
}
