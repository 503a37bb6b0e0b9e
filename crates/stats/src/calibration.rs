//! Few numbers that make a classifier's probabilities mean what they say.

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

/// A temperature and an offset per class: probabilities are the softmax of
/// `logit / temperature + offset`.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// Logits are divided by this.
    pub temperature: f64,
    /// Added to the divided logits, one per class; they add up to 0.
    pub offsets: Vec<f64>,
}

/// Sweeps over the coordinates; the loss is convex and a few dozen settle it.
const SWEEPS: usize = 200;

impl Calibration {
    /// The temperature and offsets with the least weighted negative log likelihood of the labels
    /// (bias-corrected temperature scaling: Alexandari and others 2020), by Newton's method on one
    /// coordinate at a time.
    ///
    /// `logits` are rows of `classes` numbers, up to a constant per row; `labels` are indices into
    /// them; `weights` are positive, one per row. Without rows, or with a class that has none, the
    /// temperature is 1 and the offsets are 0.
    #[must_use]
    pub fn fit(logits: &[Vec<f64>], labels: &[usize], weights: &[f64], classes: usize) -> Self {
        let mut fit = Self {
            temperature: 1.0,
            offsets: vec![0.0; classes],
        };
        if (0..classes).any(|class| !labels.contains(&class)) {
            return fit;
        }
        let mut sharpness = 1.0;
        for _ in 0..SWEEPS {
            let mut moved = 0.0f64;
            for coordinate in 0..=classes {
                let (mut slope, mut bend) = (0.0, 0.0);
                for ((row, &label), weight) in logits.iter().zip(labels).zip(weights) {
                    let p = softmax(row, sharpness, &fit.offsets);
                    if coordinate < classes {
                        let hit = f64::from(u8::from(label == coordinate));
                        slope += weight * (p[coordinate] - hit);
                        bend += weight * p[coordinate] * (1.0 - p[coordinate]);
                    } else {
                        let mean: f64 = p.iter().zip(row).map(|(p, z)| p * z).sum();
                        let square: f64 = p.iter().zip(row).map(|(p, z)| p * z * z).sum();
                        slope += weight * (mean - row[label]);
                        bend += weight * (square - mean * mean);
                    }
                }
                // Bounded, since far from the minimum the parabola tells little.
                let step = (slope / bend.max(1e-12)).clamp(-0.5, 0.5);
                if coordinate < classes {
                    fit.offsets[coordinate] -= step;
                } else {
                    sharpness = (sharpness - step).clamp(0.2, 5.0);
                }
                moved = moved.max(step.abs());
            }
            if moved < 1e-9 {
                break;
            }
        }
        let mean = fit.offsets.iter().sum::<f64>() / classes as f64;
        for offset in &mut fit.offsets {
            *offset -= mean;
        }
        fit.temperature = 1.0 / sharpness;
        fit
    }
}

fn softmax(row: &[f64], sharpness: f64, offsets: &[f64]) -> Vec<f64> {
    let scaled = || row.iter().zip(offsets).map(|(z, b)| z * sharpness + b);
    let most = scaled().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = scaled().map(|z| (z - most).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|p| p / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::{Calibration, softmax, temperature};

    #[test]
    fn over_confident_logits_are_cooled() {
        // Right three times in four, but sure of it each time: the best probability is 3/4,
        // which log-odds of 4 reach at 4 / ln 3.
        let logits = vec![vec![4.0, 0.0]; 4];
        let fitted = temperature(&logits, &[0, 0, 0, 1]);
        assert!((fitted - 4.0 / 3f64.ln()).abs() < 1e-3, "{fitted}");
        assert!((temperature(&[], &[]) - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn what_made_the_labels_is_found_again() {
        // Labels in the shares that a temperature of 2 and known offsets give, as weights.
        let (mut logits, mut labels, mut weights) = (vec![], vec![], vec![]);
        let offsets = [0.3, -0.4, 0.1];
        for i in 0..60 {
            let row = vec![f64::from(i % 5), f64::from(i % 7) - 3.0, f64::from(i % 3)];
            let p = softmax(&row, 0.5, &offsets);
            for (label, share) in p.into_iter().enumerate() {
                logits.push(row.clone());
                labels.push(label);
                weights.push(share);
            }
        }
        let fit = Calibration::fit(&logits, &labels, &weights, 3);
        assert!((fit.temperature - 2.0).abs() < 1e-4, "{fit:?}");
        for (found, truth) in fit.offsets.iter().zip(offsets) {
            assert!((found - truth).abs() < 1e-4, "{fit:?}");
        }
    }

    #[test]
    fn a_class_that_was_never_seen_leaves_everything_as_it_was() {
        let fit = Calibration::fit(&[vec![1.0, 0.0, 0.0]], &[0], &[1.0], 3);
        assert_eq!(fit.offsets, [0.0; 3]);
        assert!((fit.temperature - 1.0).abs() < f64::EPSILON);
    }
}
