//! How well a classifier does: counts of truth against answer, and whether its probabilities
//! mean what they say.

use super::Rng;
use super::bootstrap::Interval;
use super::order::quantile_sorted;
use serde::Serialize;

/// How often each class was given each answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Confusion {
    /// `counts[truth][answer]`.
    counts: Vec<Vec<usize>>,
}

impl Confusion {
    /// No counts yet, for this many classes.
    #[must_use]
    pub fn new(classes: usize) -> Self {
        Self {
            counts: vec![vec![0; classes]; classes],
        }
    }

    /// The counts of (truth, answer) pairs; both below `classes`.
    #[must_use]
    pub fn of(pairs: impl IntoIterator<Item = (usize, usize)>, classes: usize) -> Self {
        let mut confusion = Self::new(classes);
        for (truth, answer) in pairs {
            confusion.counts[truth][answer] += 1;
        }
        confusion
    }

    /// `[truth][answer]`.
    #[must_use]
    pub fn counts(&self) -> &[Vec<usize>] {
        &self.counts
    }

    fn of_truth(&self, class: usize) -> usize {
        self.counts[class].iter().sum()
    }

    fn of_answer(&self, class: usize) -> usize {
        self.counts.iter().map(|row| row[class]).sum()
    }

    /// Rows counted.
    #[must_use]
    pub fn total(&self) -> usize {
        (0..self.counts.len()).map(|c| self.of_truth(c)).sum()
    }

    /// Share of the rows that got the right answer, 0..=1; `None` without rows.
    #[must_use]
    pub fn accuracy(&self) -> Option<f64> {
        let right: usize = (0..self.counts.len()).map(|c| self.counts[c][c]).sum();
        share(right, self.total())
    }

    /// Share of a class's rows that got it as the answer; `None` where the class has no row.
    #[must_use]
    pub fn recall(&self, class: usize) -> Option<f64> {
        share(self.counts[class][class], self.of_truth(class))
    }

    /// Share of an answer's rows that were of its class; `None` where it was never given.
    #[must_use]
    pub fn precision(&self, class: usize) -> Option<f64> {
        share(self.counts[class][class], self.of_answer(class))
    }

    /// 2 right / (rows of the class + answers of the class): the harmonic mean of recall and
    /// precision; `None` where the class has no row.
    #[must_use]
    pub fn f1(&self, class: usize) -> Option<f64> {
        let rows = self.of_truth(class);
        (rows > 0)
            .then(|| share(2 * self.counts[class][class], rows + self.of_answer(class)))
            .flatten()
    }

    /// Mean recall of the classes that have rows: what always giving one answer makes 1 / classes.
    #[must_use]
    pub fn macro_recall(&self) -> Option<f64> {
        self.mean(Self::recall)
    }

    /// Mean F1 of the classes that have rows.
    #[must_use]
    pub fn macro_f1(&self) -> Option<f64> {
        self.mean(Self::f1)
    }

    fn mean(&self, measure: impl Fn(&Self, usize) -> Option<f64>) -> Option<f64> {
        let values: Vec<f64> = (0..self.counts.len())
            .filter_map(|c| measure(self, c))
            .collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    }
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Rows whose probabilities are alike.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ReliabilityBin {
    /// Lowest probability of the bin.
    pub lower: f64,
    /// Highest.
    pub upper: f64,
    /// Rows in it.
    pub n: usize,
    /// Mean probability of the answers; `None` without rows.
    pub confidence: Option<f64>,
    /// Share of right answers; `None` without rows.
    pub accuracy: Option<f64>,
}

/// Whether answers given with 80 % are right in 80 %.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reliability {
    /// Equally wide bins from 0 to 1.
    pub bins: Vec<ReliabilityBin>,
    /// Expected calibration error, 0..=1: the mean over rows of their bin's
    /// |accuracy - confidence| (Naeini, Cooper and Hauskrecht 2015).
    pub ece: f64,
}

/// Bins the answers, given as (probability of the answer, whether it was right), by probability.
/// `None` without rows or bins, or for a probability that is not within 0..=1.
#[must_use]
pub fn reliability(answers: &[(f64, bool)], bins: usize) -> Option<Reliability> {
    if answers.is_empty() || bins == 0 || answers.iter().any(|(p, _)| !(0.0..=1.0).contains(p)) {
        return None;
    }
    let mut sums = vec![(0usize, 0.0f64, 0usize); bins];
    for (p, right) in answers {
        let bin = ((p * bins as f64) as usize).min(bins - 1);
        sums[bin].0 += 1;
        sums[bin].1 += p;
        sums[bin].2 += usize::from(*right);
    }
    let mut ece = 0.0;
    let bins = sums
        .iter()
        .enumerate()
        .map(|(i, &(n, sum, right))| {
            let confidence = (n > 0).then(|| sum / n as f64);
            let accuracy = share(right, n);
            if let (Some(c), Some(a)) = (confidence, accuracy) {
                ece += (c - a).abs() * n as f64 / answers.len() as f64;
            }
            ReliabilityBin {
                lower: i as f64 / sums.len() as f64,
                upper: (i + 1) as f64 / sums.len() as f64,
                n,
                confidence,
                accuracy,
            }
        })
        .collect();
    Some(Reliability { bins, ece })
}

/// The percentile bootstrap (Davison and Hinkley 1997, section 5.3.1) of measures of (truth, answer) pairs: rows are
/// drawn with replacement, and every measure is taken of each draw, so that two classifiers judged on the same rows
/// with the same seed meet the same draws.
///
/// The measures come back in order; `None` for one that has no value on the rows themselves.
#[must_use]
pub fn confusion_intervals<const M: usize>(
    pairs: &[(usize, usize)],
    classes: usize,
    measures: [fn(&Confusion) -> Option<f64>; M],
    draws: usize,
    level: f64,
    seed: u64,
) -> [Option<Interval>; M] {
    let whole = Confusion::of(pairs.iter().copied(), classes);
    let mut values: [Vec<f64>; M] = std::array::from_fn(|_| Vec::with_capacity(draws));
    let mut rng = Rng::new(seed, "confusion intervals");
    for _ in 0..draws {
        if pairs.is_empty() {
            break;
        }
        let resample = (0..pairs.len()).map(|_| pairs[rng.below(pairs.len())]);
        let confusion = Confusion::of(resample, classes);
        for (values, measure) in values.iter_mut().zip(measures) {
            values.extend(measure(&confusion));
        }
    }
    std::array::from_fn(|m| {
        let estimate = measures[m](&whole)?;
        let sorted = &mut values[m];
        sorted.sort_by(f64::total_cmp);
        let at = |share: f64| quantile_sorted(sorted, share);
        let lower = at((1.0 - level) / 2.0)?.min(estimate);
        let upper = at(f64::midpoint(1.0, level))?.max(estimate);
        let mean = sorted.iter().sum::<f64>() / sorted.len() as f64;
        let squares: f64 = sorted.iter().map(|v| (v - mean).powi(2)).sum();
        Some(Interval {
            estimate,
            lower,
            upper,
            se: (squares / (sorted.len() as f64 - 1.0).max(1.0)).sqrt(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{Confusion, confusion_intervals, reliability};

    fn close(a: Option<f64>, b: f64) {
        assert!(a.is_some_and(|a| (a - b).abs() < 1e-12), "{a:?} is not {b}");
    }

    /// Three of four of class 0 right, one of two of class 1, class 2 has no row.
    const PAIRS: [(usize, usize); 6] = [(0, 0), (0, 0), (0, 0), (0, 1), (1, 1), (1, 2)];

    #[test]
    fn measures_by_hand() {
        let c = Confusion::of(PAIRS, 3);
        assert_eq!(c.total(), 6);
        close(c.accuracy(), 4.0 / 6.0);
        close(c.recall(0), 0.75);
        close(c.precision(1), 0.5);
        close(c.macro_recall(), 0.625);
        close(c.f1(0), 6.0 / 7.0);
        close(c.macro_f1(), f64::midpoint(6.0 / 7.0, 0.5));
        assert_eq!((c.recall(2), c.f1(2)), (None, None));
        close(c.precision(2), 0.0);
        assert_eq!(Confusion::new(3).accuracy(), None);
    }

    #[test]
    fn calibration_error_by_hand() {
        // Two rows at 0.9 with one right, two at 0.5 with one right: (0.4 + 0) / 2.
        let rows = [(0.9, true), (0.9, false), (0.5, true), (0.5, false)];
        let r = reliability(&rows, 10).unwrap();
        assert!((r.ece - 0.2).abs() < 1e-12);
        assert_eq!(r.bins.iter().map(|b| b.n).sum::<usize>(), 4);
        assert!(reliability(&[(1.0, true)], 10).unwrap().ece < 1e-12);
        assert!(reliability(&[], 10).is_none() && reliability(&[(1.5, true)], 10).is_none());
    }

    #[test]
    fn intervals_hold_the_estimate_and_narrow_with_rows() {
        let measure: [fn(&Confusion) -> Option<f64>; 1] = [Confusion::macro_recall];
        let few = confusion_intervals(&PAIRS, 3, measure, 500, 0.95, 1)[0].unwrap();
        assert!(few.lower <= few.estimate && few.estimate <= few.upper);
        let many: Vec<_> = PAIRS.iter().copied().cycle().take(600).collect();
        let many = confusion_intervals(&many, 3, measure, 500, 0.95, 1)[0].unwrap();
        assert!(many.upper - many.lower < 0.5 * (few.upper - few.lower));
        assert_eq!(confusion_intervals(&[], 3, measure, 500, 0.95, 1), [None]);
    }
}
