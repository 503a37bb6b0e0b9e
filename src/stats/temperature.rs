//! One temperature that makes a classifier's probabilities mean what they say.

/// Mean negative log likelihood of the labels when logits are divided by `temperature`.
fn loss(logits: &[Vec<f64>], labels: &[usize], temperature: f64) -> f64 {
    let total: f64 = logits
        .iter()
        .zip(labels)
        .map(|(row, &label)| {
            let most = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = row.iter().map(|l| ((l - most) / temperature).exp()).sum();
            sum.ln() - (row[label] - most) / temperature
        })
        .sum();
    total / logits.len().max(1) as f64
}

/// The temperature by which logits are to be divided: between 0.2 and 5, the one with the least
/// negative log likelihood of the labels (Guo and others 2017, "On Calibration of Modern Neural
/// Networks"), by golden-section search on its logarithm, in which the loss has one minimum.
/// 1 where there are no rows.
///
/// `logits` are rows of one number per class, up to a constant per row, so logarithms of
/// probabilities will do; `labels` are indices into them.
#[must_use]
pub fn temperature(logits: &[Vec<f64>], labels: &[usize]) -> f64 {
    if logits.is_empty() {
        return 1.0;
    }
    let golden = f64::midpoint(5f64.sqrt(), -1.0);
    let (mut low, mut high) = (0.2f64.ln(), 5f64.ln());
    for _ in 0..60 {
        let left = high - golden * (high - low);
        let right = low + golden * (high - low);
        if loss(logits, labels, left.exp()) < loss(logits, labels, right.exp()) {
            high = right;
        } else {
            low = left;
        }
    }
    f64::midpoint(low, high).exp()
}

#[cfg(test)]
mod tests {
    use super::temperature;

    #[test]
    fn over_confident_logits_are_cooled() {
        // Right three times in four, but sure of it each time: the best probability is 3/4,
        // which log-odds of 4 reach at 4 / ln 3.
        let logits = vec![vec![4.0, 0.0]; 4];
        let fitted = temperature(&logits, &[0, 0, 0, 1]);
        assert!((fitted - 4.0 / 3f64.ln()).abs() < 1e-3, "{fitted}");
        assert!((temperature(&[], &[]) - 1.0).abs() < f64::EPSILON);
    }
}
