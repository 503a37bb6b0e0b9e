//! Whether the model is as sure of these comments as of those it was calibrated on.

/// Shares of the highest probability by tenths, of the 6,588 scored rows (1,990 tweets of TweetEval's validation split,
/// 1,988 Reddit comments, 1,332 sentences on restaurants, 658 tweets towards a target and others) that the shipped
/// English model's temperature was fitted on.
const AT_CALIBRATION: [f64; 10] = [
    0.0000, 0.0000, 0.0000, 0.0090, 0.0785, 0.1451, 0.1472, 0.1553, 0.2587, 0.2063,
];

/// Population stability index above which a distribution counts as shifted, by the convention of credit scoring
/// (Siddiqi 2006).
const SHIFTED: f64 = 0.25;
/// Comments below which shares say nothing.
const FEWEST: u64 = 100;

/// The population stability index `Σ (a - b) ln(a / b)` of counts by confidence against those at calibration, where it
/// is above 0.25.
pub(super) fn population_stability_index(confidence: &[u64; 10]) -> Option<f64> {
    let n: u64 = confidence.iter().sum();
    if n < FEWEST {
        return None;
    }
    let index: f64 = confidence
        .iter()
        .zip(AT_CALIBRATION)
        .filter(|(count, b)| **count > 0 || *b > 0.0)
        .map(|(count, b)| {
            let a = (*count as f64 / n as f64).max(0.001);
            let b = b.max(0.001);
            (a - b) * (a / b).ln()
        })
        .sum();
    (index > SHIFTED).then_some(index)
}

#[cfg(test)]
mod tests {
    use super::{AT_CALIBRATION, population_stability_index};

    #[test]
    fn other_confidence_is_seen() {
        let same = AT_CALIBRATION.map(|share| (share * 10_000.0) as u64);
        assert_eq!(population_stability_index(&same), None);
        let mut unsure = [0; 10];
        unsure[3] = 2000;
        unsure[4] = 2000;
        assert!(population_stability_index(&unsure).unwrap() > 0.25);
        assert_eq!(
            population_stability_index(&[0, 0, 0, 9, 0, 0, 0, 0, 0, 0]),
            None
        );
    }
}
