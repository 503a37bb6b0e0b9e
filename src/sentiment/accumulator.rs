//! Net sentiment of comments at hand, without labels: what ranking and campaigns show is what `sentiment` shows of the
//! same comments.

use super::change::Gap;
use super::estimate::{BiasCorrection, NetSentiment, cluster_of, uncorrected_net, variance};
use super::sums::{Entry, SLICE_DRAWS, Sums};
use super::{ScoredComment, Status};
use crate::schema::Comment;
use crate::stats::{poisson_weights, student_quantile};

/// Takes scored comments one by one; authors (else posts) are resampled together.
#[derive(Debug, Clone)]
pub struct NetAccumulator {
    sums: Sums,
    seed: u64,
}

impl NetAccumulator {
    /// Nothing yet.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            sums: Sums::new(SLICE_DRAWS),
            seed,
        }
    }

    /// Takes a comment, where it was scored. What is to be left out ([`CommentFilter`](super::CommentFilter)) must not
    /// come here.
    pub fn push(&mut self, comment: &Comment, row: &ScoredComment) {
        let (Some(p), Some(label), Status::Scored) = (row.probabilities, row.label, row.status)
        else {
            return;
        };
        let cluster = cluster_of(comment).0;
        let mut weights = [0; SLICE_DRAWS];
        poisson_weights(self.seed, cluster, &mut weights);
        self.sums
            .push(Entry::new(cluster, p), label, &weights, self.seed);
    }

    /// Comments taken.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.sums.n
    }

    /// Their net sentiment.
    #[must_use]
    pub fn estimate(&self) -> NetSentiment {
        BiasCorrection::Uncorrected.level(&self.sums, None, self.seed)
    }

    /// `Σ weight · net sentiment` over groups, with the range that chance gives it: a difference, or a difference of
    /// differences. Authors in several groups count once. `None` where a group has no comment or fewer than five
    /// independent authors.
    #[must_use]
    pub fn contrast(groups: &[(f64, &Self)]) -> Option<Gap> {
        let mut difference = 0.0;
        let mut draws = vec![0.0; SLICE_DRAWS];
        let mut clusters = f64::INFINITY;
        for (weight, group) in groups {
            let level = group.estimate();
            level.std_error?;
            let centre = level.net_sentiment?;
            difference += weight * centre;
            let resampled = group.sums.draws(group.seed);
            clusters = clusters.min(group.sums.clusters(&resampled));
            for (sum, draw) in draws.iter_mut().zip(&resampled) {
                *sum += weight * uncorrected_net(draw).unwrap_or(centre);
            }
        }
        let centre = draws.iter().sum::<f64>() / draws.len() as f64;
        let factor = clusters / (clusters - 1.0).max(1.0);
        let half =
            student_quantile(0.975, clusters - 1.0) * (factor * variance(&draws, centre)).sqrt();
        Some(Gap {
            difference,
            lower: difference - half,
            upper: difference + half,
        })
    }
}
