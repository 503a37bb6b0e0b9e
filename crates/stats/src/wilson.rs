//! An interval of a share.

/// Wilson's score interval (1927) of `successes` in `trials` at `level` (0.95 and the like).
///
/// Unlike the textbook's p +- z se it keeps within 0..=1 and says something for none and for
/// all. Counts may be fractions (weighted rows). `None` unless `trials` > 0,
/// 0 <= `successes` <= `trials` and 0 < `level` < 1.
#[must_use]
pub fn wilson(successes: f64, trials: f64, level: f64) -> Option<(f64, f64)> {
    let sound = trials > 0.0
        && trials.is_finite()
        && (0.0..=trials).contains(&successes)
        && level > 0.0
        && level < 1.0;
    if !sound {
        return None;
    }
    let z = super::normal_quantile(0.5 + level / 2.0);
    let share = successes / trials;
    let z2 = z * z;
    let scale = 1.0 + z2 / trials;
    let centre = (share + z2 / (2.0 * trials)) / scale;
    let half = z / scale * (share * (1.0 - share) / trials + z2 / (4.0 * trials * trials)).sqrt();
    Some((
        (centre - half).clamp(0.0, share),
        (centre + half).clamp(share, 1.0),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn textbook_value_and_edges() {
        let (low, high) = wilson(10.0, 20.0, 0.95).unwrap();
        assert!((low - 0.2993).abs() < 1e-4 && (high - 0.7007).abs() < 1e-4);
        let (low, high) = wilson(0.0, 10.0, 0.95).unwrap();
        assert!(low == 0.0 && (high - 0.2775).abs() < 1e-4);
        assert_eq!(wilson(1.0, 0.0, 0.95), None);
        assert_eq!(wilson(3.0, 2.0, 0.95), None);
        assert_eq!(wilson(f64::NAN, 2.0, 0.95), None);
    }
}
