//! What is kept of a group of comments: sums, and the same sums in every bootstrap draw.

use crate::schema::Polarity;
use crate::stats::quantification::{CELLS, cell_of};
use crate::stats::{add_weighted, add_weights, poisson_weights};
use serde::{Deserialize, Serialize};

/// Bootstrap draws of a brand's level: its standard error then varies by 3.5 % from seed to seed.
pub(super) const DRAWS: usize = 400;
/// Draws of a part of it, by period or creator.
pub(super) const SLICE_DRAWS: usize = 200;
/// Comments that a group remembers one by one before it keeps draws: many groups are smaller.
const FEW: usize = 48;
/// Probabilities are summed as whole millionths, so that sums are exact and merge in any order.
const UNIT: f64 = 1e6;

/// Probabilities of negative and positive in millionths, the label, and whose cluster.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) cluster: u64,
    pub(super) negative: u32,
    pub(super) positive: u32,
    /// The class of the highest probability; the first of equals.
    label: u8,
}

impl Entry {
    pub(super) fn new(cluster: u64, p: [f32; 3]) -> Self {
        let units = |x: f32| (f64::from(x.clamp(0.0, 1.0)) * UNIT).round() as u32;
        Self {
            cluster,
            negative: units(p[0]),
            positive: units(p[2]),
            label: (1..3).fold(0, |best, k| if p[k] > p[best] { k } else { best }) as u8,
        }
    }

    /// p(positive) - p(negative) in millionths.
    pub(super) fn net(&self) -> i64 {
        i64::from(self.positive) - i64::from(self.negative)
    }

    /// The probabilities as they were summed.
    pub(super) fn probabilities(&self) -> [f64; 3] {
        let (negative, positive) = (
            f64::from(self.negative) / UNIT,
            f64::from(self.positive) / UNIT,
        );
        [negative, (1.0 - negative - positive).max(0.0), positive]
    }

    fn cell(&self) -> usize {
        cell_of(
            f64::from(self.negative) / UNIT,
            f64::from(self.positive) / UNIT,
        )
    }
}

/// One bootstrap draw of a group: comments, the sums of p(negative) and p(positive), and the labels negative and
/// positive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Draw {
    pub(super) n: f64,
    pub(super) negative: f64,
    pub(super) positive: f64,
    pub(super) labels: [f64; 2],
}

impl Draw {
    /// Mean of p(positive) - p(negative); `None` for an empty draw.
    pub(super) fn net(&self) -> Option<f64> {
        (self.n > 0.0).then(|| (self.positive - self.negative) / self.n)
    }

    /// Mean probabilities.
    pub(super) fn mean(&self) -> Option<[f64; 3]> {
        (self.n > 0.0).then(|| {
            let (negative, positive) = (self.negative / self.n, self.positive / self.n);
            [negative, 1.0 - negative - positive, positive]
        })
    }

    /// Shares of the labels.
    pub(super) fn label_shares(&self) -> Option<[f64; 3]> {
        (self.n > 0.0).then(|| {
            let [negative, positive] = self.labels.map(|l| l / self.n);
            [negative, 1.0 - negative - positive, positive]
        })
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
enum Scatter {
    Few(Vec<Entry>),
    Many(Box<Many>),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Many {
    n: Vec<u32>,
    negative: Vec<u64>,
    positive: Vec<u64>,
    labels: [Vec<u32>; 2],
    histogram: Vec<u32>,
}

impl Many {
    fn new(draws: usize) -> Self {
        Self {
            n: vec![0; draws],
            negative: vec![0; draws],
            positive: vec![0; draws],
            labels: [vec![0; draws], vec![0; draws]],
            histogram: vec![0; CELLS],
        }
    }

    fn add(&mut self, entry: &Entry, weights: &[u8]) {
        let (negative, positive) = (entry.negative, entry.positive);
        add_weights(&mut self.n, weights);
        add_weighted(&mut self.negative, weights, negative);
        add_weighted(&mut self.positive, weights, positive);
        let labels = match entry.label {
            0 => Some(0),
            2 => Some(1),
            _ => None,
        };
        if let Some(at) = labels {
            add_weights(&mut self.labels[at], weights);
        }
        self.histogram[entry.cell()] += 1;
    }
}

/// The sums of a group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Sums {
    pub(super) n: u64,
    negative: u64,
    positive: u64,
    /// Of the squared net in units of a millionth.
    squares: u64,
    pub(super) labels: [u64; 3],
    draws: usize,
    scatter: Scatter,
}

impl Sums {
    /// An empty group that keeps this many draws.
    pub(super) fn new(draws: usize) -> Self {
        Self {
            n: 0,
            negative: 0,
            positive: 0,
            squares: 0,
            labels: [0; 3],
            draws,
            scatter: Scatter::Few(Vec::new()),
        }
    }

    /// Adds a comment; `weights` are its cluster's for `seed`, at least as many as the group's draws.
    pub(super) fn push(&mut self, entry: Entry, label: Polarity, weights: &[u8], seed: u64) {
        self.n += 1;
        self.negative += u64::from(entry.negative);
        self.positive += u64::from(entry.positive);
        self.squares += entry.net().unsigned_abs().pow(2) / UNIT as u64;
        self.labels[label as usize] += 1;
        let draws = self.draws.min(weights.len());
        match &mut self.scatter {
            Scatter::Few(few) if few.len() < FEW => few.push(entry),
            Scatter::Few(_) => self.many(seed).add(&entry, &weights[..draws]),
            Scatter::Many(many) => many.add(&entry, &weights[..draws]),
        }
    }

    /// The draws, made of what was remembered where there are none yet.
    fn many(&mut self, seed: u64) -> &mut Many {
        if let Scatter::Few(few) = &self.scatter {
            let mut many = Many::new(self.draws);
            let mut weights = vec![0; self.draws];
            for entry in few {
                poisson_weights(seed, entry.cluster, &mut weights);
                many.add(entry, &weights);
            }
            self.scatter = Scatter::Many(Box::new(many));
        }
        match &mut self.scatter {
            Scatter::Many(many) => many,
            Scatter::Few(_) => unreachable!("it was turned into draws above"),
        }
    }

    /// Adds another group's comments.
    pub(super) fn merge(&mut self, other: &Self, seed: u64) {
        self.n += other.n;
        self.negative += other.negative;
        self.positive += other.positive;
        self.squares += other.squares;
        for (own, more) in self.labels.iter_mut().zip(other.labels) {
            *own += more;
        }
        if let (Scatter::Few(own), Scatter::Few(more)) = (&mut self.scatter, &other.scatter)
            && own.len() + more.len() <= FEW
        {
            own.extend_from_slice(more);
            return;
        }
        let mut other = other.clone();
        let more = other.many(seed).clone();
        let own = self.many(seed);
        let add = |own: &mut [u64], more: &[u64]| {
            own.iter_mut().zip(more).for_each(|(a, b)| *a += b);
        };
        own.n.iter_mut().zip(&more.n).for_each(|(a, b)| *a += b);
        add(&mut own.negative, &more.negative);
        add(&mut own.positive, &more.positive);
        for (own, more) in own.labels.iter_mut().zip(&more.labels) {
            own.iter_mut().zip(more).for_each(|(a, b)| *a += b);
        }
        own.histogram
            .iter_mut()
            .zip(&more.histogram)
            .for_each(|(a, b)| *a += b);
    }

    /// Mean probabilities of negative, neutral and positive; `None` without comments.
    pub(super) fn mean(&self) -> Option<[f64; 3]> {
        self.whole().mean()
    }

    fn whole(&self) -> Draw {
        Draw {
            n: self.n as f64,
            negative: self.negative as f64 / UNIT,
            positive: self.positive as f64 / UNIT,
            labels: [0, 2].map(|class| self.labels[class] as f64),
        }
    }

    /// Shares of the labels; `None` without comments.
    pub(super) fn label_shares(&self) -> Option<[f64; 3]> {
        self.whole().label_shares()
    }

    /// Mean of p(positive) - p(negative).
    pub(super) fn net(&self) -> Option<f64> {
        self.whole().net()
    }

    /// Variance of p(positive) - p(negative) between comments.
    pub(super) fn variance(&self) -> f64 {
        let mean = self.net().unwrap_or(0.0);
        (self.squares as f64 / UNIT / (self.n as f64).max(1.0) - mean * mean).max(0.0)
    }

    /// Every draw of the group.
    pub(super) fn draws(&self, seed: u64) -> Vec<Draw> {
        let mut own = self.clone();
        let many = own.many(seed);
        (0..many.n.len())
            .map(|d| Draw {
                n: f64::from(many.n[d]),
                negative: many.negative[d] as f64 / UNIT,
                positive: many.positive[d] as f64 / UNIT,
                labels: [0, 1].map(|at| f64::from(many.labels[at][d])),
            })
            .collect()
    }

    /// Counts by [`cell_of`].
    pub(super) fn histogram(&self) -> Vec<u32> {
        match &self.scatter {
            Scatter::Many(many) => many.histogram.clone(),
            Scatter::Few(few) => {
                let mut histogram = vec![0; CELLS];
                for entry in few {
                    histogram[entry.cell()] += 1;
                }
                histogram
            }
        }
    }

    /// Clusters of equal size that would scatter as these do: n² over the sum of the clusters' squared sizes. Where
    /// only draws are left, that sum is the variance of the draws' sizes, since each cluster's weight has variance 1.
    pub(super) fn clusters(&self, draws: &[Draw]) -> f64 {
        let n = self.n as f64;
        let squares = match &self.scatter {
            Scatter::Few(few) => {
                let mut clusters: Vec<u64> = few.iter().map(|e| e.cluster).collect();
                clusters.sort_unstable();
                clusters
                    .chunk_by(|a, b| a == b)
                    .map(|c| (c.len() * c.len()) as f64)
                    .sum()
            }
            Scatter::Many(_) => {
                draws.iter().map(|d| (d.n - n).powi(2)).sum::<f64>() / draws.len() as f64
            }
        };
        if squares > 0.0 {
            (n * n / squares).min(n)
        } else {
            n
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Entry, SLICE_DRAWS, Sums};
    use crate::schema::Polarity;
    use crate::stats::{Rng, poisson_weights};

    fn entries(n: usize, per_author: usize) -> Vec<Entry> {
        let mut rng = Rng::new(0, "entries");
        (0..n)
            .map(|i| {
                let p = rng.uniform() as f32;
                Entry::new((i / per_author) as u64, [p * 0.5, 1.0 - p, p * 0.5])
            })
            .collect()
    }

    fn sums(entries: &[Entry]) -> Sums {
        let mut sums = Sums::new(SLICE_DRAWS);
        let mut weights = [0; SLICE_DRAWS];
        for entry in entries {
            poisson_weights(7, entry.cluster, &mut weights);
            sums.push(*entry, Polarity::Neutral, &weights, 7);
        }
        sums
    }

    #[test]
    fn parts_merge_to_the_same_as_the_whole() {
        let all = entries(300, 3);
        let whole = sums(&all);
        for cut in [0, 10, 40, 150, 290] {
            let mut merged = sums(&all[..cut]);
            merged.merge(&sums(&all[cut..]), 7);
            assert_eq!(merged.draws(7), whole.draws(7), "{cut}");
            assert_eq!(merged.histogram(), whole.histogram());
            assert_eq!(merged.net(), whole.net());
        }
    }

    #[test]
    fn clusters_are_counted_with_and_without_memory() {
        let few = sums(&entries(40, 4));
        assert!((few.clusters(&few.draws(7)) - 10.0).abs() < 1e-9);
        let many = sums(&entries(4000, 4));
        let clusters = many.clusters(&many.draws(7));
        assert!((clusters / 1000.0 - 1.0).abs() < 0.25, "{clusters}");
    }
}
