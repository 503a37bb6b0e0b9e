//! Net sentiment where nobody has labelled anything: half-way between counting the model's labels and what its mistakes
//! on sets of the same kind make of that count.
//!
//! Counting is off by as much as the model misses more of one class than of another, and less as the classes are more
//! even; an adjusted count by the matrix of other sets undoes that, but takes on how differently each set is told
//! apart. The mean of both was the best of what was tried over sets that the matrix had not seen: see docs/sentiment.md
//! for the table.

use crate::stats::quantification::{CLASSES, shares_on_simplex};
use crate::stats::solve;
use std::sync::LazyLock;

/// Of each class (negative, neutral, positive), the shares of the model's labels: the mean over eight sets of tweets
/// and of comments from Reddit, of which no text was trained on.
const CONFUSION: [[f64; CLASSES]; CLASSES] = [
    [0.716, 0.220, 0.064],
    [0.146, 0.707, 0.147],
    [0.058, 0.209, 0.733],
];

/// Root mean square error in points over these eight sets, each by the matrix of the other seven, in mixtures with 5 to
/// 90 % positive.
pub(super) const MODEL_ERROR: f64 = 16.1;

/// The matrix undone, row by class: what each label says of each class where no share is below 0.
static UNDONE: LazyLock<[[f64; CLASSES]; CLASSES]> = LazyLock::new(|| {
    let transposed: Vec<Vec<f64>> = (0..CLASSES)
        .map(|j| (0..CLASSES).map(|k| CONFUSION[k][j]).collect())
        .collect();
    let mut undone = [[0.0; CLASSES]; CLASSES];
    for label in 0..CLASSES {
        let mut unit = vec![0.0; CLASSES];
        unit[label] = 1.0;
        let column = solve(transposed.clone(), unit.clone()).unwrap_or(unit);
        for (row, value) in undone.iter_mut().zip(column) {
            row[label] = value;
        }
    }
    undone
});

/// The shares of the classes where the model's labels have these shares.
pub(super) fn shares(labels: &[f64; CLASSES]) -> [f64; CLASSES] {
    let adjusted = shares_on_simplex(&CONFUSION, labels);
    std::array::from_fn(|k| f64::midpoint(labels[k], adjusted[k]))
}

/// The same without the rule that no share is below 0, so that it is linear in the labels: for the scatter of the
/// draws.
pub(super) fn linear_shares(labels: &[f64; CLASSES]) -> [f64; CLASSES] {
    std::array::from_fn(|k| {
        let adjusted: f64 = UNDONE[k].iter().zip(labels).map(|(u, l)| u * l).sum();
        f64::midpoint(labels[k], adjusted)
    })
}

#[cfg(test)]
mod tests {
    use super::{CONFUSION, linear_shares, shares};

    #[test]
    fn half_of_what_the_model_misses_is_put_back() {
        for truth in [[0.2, 0.5, 0.3], [0.6, 0.3, 0.1], [0.1, 0.1, 0.8]] {
            let labels =
                std::array::from_fn(|j| (0..3).map(|k| truth[k] * CONFUSION[k][j]).sum::<f64>());
            for found in [shares(&labels), linear_shares(&labels)] {
                for k in 0..3 {
                    let half = f64::midpoint(labels[k], truth[k]);
                    assert!((found[k] - half).abs() < 1e-9, "{found:?} {truth:?}");
                }
            }
        }
        let all_negative = shares(&[1.0, 0.0, 0.0]);
        assert!((all_negative[0] - 1.0).abs() < 1e-9 && all_negative[2].abs() < 1e-9);
    }
}
