//! Which comments people should judge: a random sample, larger where the model is less sure.

use super::estimate::FEWEST_LABELLED;
use super::sums::Entry;
use super::{ScoredComment, Status};
use crate::schema::Comment;
use crate::stats::{hash_text, mix};
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Share of the sample that is spread evenly over all comments, whatever the model says of them: the sure can be wrong
/// too.
const EVEN: f64 = 0.5;
/// Comments below which the sample is not stratified: each stratum needs some.
const FEWEST_FOR_STRATA: usize = 60;
/// Bounds of p(positive) - p(negative) between strata.
const BOUNDS: [f64; 4] = [-0.6, -0.2, 0.2, 0.6];
const STRATA: usize = BOUNDS.len() + 1;

/// A comment drawn for judging.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn {
    /// The comment.
    pub comment: Comment,
    /// Towards what it is to be labelled.
    pub brand: Option<String>,
    /// The probability with which it was drawn.
    pub probability: f64,
    /// The stratum it was drawn from.
    pub stratum: u64,
}

/// A candidate with its random number; the heap's top is the largest, which goes first.
#[derive(Debug, Clone)]
struct Candidate {
    number: u64,
    comment: Comment,
    brand: Option<String>,
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}
impl Eq for Candidate {}
impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        self.number.cmp(&other.number)
    }
}

#[derive(Debug, Clone, Default)]
struct Stratum {
    n: usize,
    /// Sum of the standard deviations that the model expects of each comment's label.
    spread: f64,
    kept: BinaryHeap<Candidate>,
}

/// A sampler that sees every comment once and keeps as many as are wanted per stratum.
#[derive(Debug, Clone)]
pub struct LabelSampler {
    wanted: usize,
    seed: u64,
    strata: Vec<Stratum>,
}

impl LabelSampler {
    /// A sampler of `wanted` comments.
    #[must_use]
    pub fn new(wanted: usize, seed: u64) -> Self {
        Self {
            wanted,
            seed,
            strata: vec![Stratum::default(); STRATA],
        }
    }

    /// Offers a row that is about the brand; rows without a score are passed by.
    pub fn push(&mut self, comment: &Comment, row: &ScoredComment) {
        let (Some(p), Status::Scored) = (row.probabilities, row.status) else {
            return;
        };
        let p = Entry::new(0, p).probabilities();
        let net = p[2] - p[0];
        let stratum = if self.wanted < FEWEST_FOR_STRATA {
            0
        } else {
            BOUNDS.iter().filter(|b| net >= **b).count()
        };
        let stratum = &mut self.strata[stratum];
        stratum.n += 1;
        stratum.spread += (p[0] + p[2] - net * net).max(0.0).sqrt();
        // A comment's number depends on it alone, so that the order of the comments does not matter.
        let brand = hash_text(row.brand.as_deref().unwrap_or_default());
        let number = mix(
            mix(self.seed, brand),
            hash_text(comment.comment_id.as_str()),
        );
        if stratum.kept.len() == self.wanted
            && stratum.kept.peek().is_some_and(|top| top.number <= number)
        {
            return;
        }
        stratum.kept.push(Candidate {
            number,
            comment: comment.clone(),
            brand: row.brand.clone(),
        });
        if stratum.kept.len() > self.wanted {
            stratum.kept.pop();
        }
    }

    /// Comments that could be drawn.
    #[must_use]
    pub fn available(&self) -> usize {
        self.strata.iter().map(|s| s.n).sum()
    }

    /// The sample in random order, so that judging its first half is a sample too. Half of it is spread by the strata's
    /// sizes and half by sizes times what the model expects labels to scatter there (Neyman 1934).
    #[must_use]
    pub fn draw(self) -> Vec<Drawn> {
        let all = self.available();
        let wanted = self.wanted.min(all);
        let spread: f64 = self.strata.iter().map(|s| s.spread).sum();
        let quota: Vec<f64> = self
            .strata
            .iter()
            .map(|s| {
                let even = s.n as f64 / all.max(1) as f64;
                let by_spread = if spread > 0.0 {
                    s.spread / spread
                } else {
                    even
                };
                wanted as f64 * (EVEN * even + (1.0 - EVEN) * by_spread)
            })
            .collect();
        let counts = whole_numbers(&quota, &self.strata, wanted);
        let mut drawn: Vec<(u64, Drawn)> = Vec::with_capacity(wanted);
        for (at, (stratum, count)) in self.strata.into_iter().zip(counts).enumerate() {
            let probability = count as f64 / stratum.n.max(1) as f64;
            for candidate in stratum.kept.into_sorted_vec().into_iter().take(count) {
                drawn.push((
                    mix(candidate.number, 1),
                    Drawn {
                        comment: candidate.comment,
                        brand: candidate.brand,
                        probability,
                        stratum: at as u64,
                    },
                ));
            }
        }
        drawn.sort_by_key(|d| d.0);
        drawn.into_iter().map(|d| d.1).collect()
    }
}

/// Quotas as whole numbers that add up to `wanted`, none above what the stratum holds, and two or more where it holds
/// so many.
fn whole_numbers(quota: &[f64], strata: &[Stratum], wanted: usize) -> Vec<usize> {
    let mut counts: Vec<usize> = quota
        .iter()
        .zip(strata)
        .map(|(q, s)| (q.floor() as usize).max(2).min(s.n))
        .collect();
    loop {
        let sum: usize = counts.iter().sum();
        // The stratum that is furthest behind (or ahead of) its quota gives way; of equals, the first.
        let lag = |i: usize| quota[i] - counts[i] as f64;
        let next = match sum.cmp(&wanted) {
            Ordering::Less => (0..counts.len())
                .filter(|&i| counts[i] < strata[i].n)
                .min_by(|&a, &b| lag(b).total_cmp(&lag(a))),
            Ordering::Greater => (0..counts.len())
                .filter(|&i| counts[i] > 0)
                .min_by(|&a, &b| lag(a).total_cmp(&lag(b))),
            Ordering::Equal => None,
        };
        match next {
            Some(i) if sum < wanted => counts[i] += 1,
            Some(i) => counts[i] -= 1,
            None => return counts,
        }
    }
}

/// What to say where a sample would be too small to correct with.
#[must_use]
pub fn too_small(wanted: usize) -> Option<String> {
    (wanted < FEWEST_LABELLED).then(|| {
        format!("{wanted} labelled comments would correct nothing: {FEWEST_LABELLED} are the least, 300 serve well")
    })
}

#[cfg(test)]
mod tests {
    use super::LabelSampler;
    use crate::schema::{Comment, Polarity};
    use crate::sentiment::{ScoredComment, Status};
    use crate::stats::Rng;
    use crate::text::Language;

    fn rows(n: usize) -> Vec<(Comment, ScoredComment)> {
        let mut rng = Rng::new(1, "rows");
        (0..n)
            .map(|i| {
                let id = format!("c{i}");
                let p = rng.uniform() as f32;
                let row = ScoredComment {
                    comment_id: id.as_str().into(),
                    index: i,
                    brand: None,
                    label: Some(Polarity::Neutral),
                    probabilities: Some([0.0, 1.0 - p, p]),
                    mentions_brand: None,
                    about_brand: true,
                    language: Language::Unknown,
                    status: Status::Scored,
                    model: None,
                };
                (Comment::new(id.as_str().into(), "text"), row)
            })
            .collect()
    }

    #[test]
    fn the_sample_is_whole_and_its_weights_give_the_table_back() {
        for wanted in [10, 59, 60, 300, 5000] {
            let mut sampler = LabelSampler::new(wanted, 3);
            let rows = rows(4000);
            for (comment, row) in &rows {
                sampler.push(comment, row);
            }
            let drawn = sampler.draw();
            assert_eq!(drawn.len(), wanted.min(4000));
            let size: f64 = drawn.iter().map(|d| 1.0 / d.probability).sum();
            assert!((size - 4000.0).abs() < 1e-6, "{wanted}: {size}");
            let mut ids: Vec<_> = drawn.iter().map(|d| d.comment.comment_id.clone()).collect();
            ids.sort();
            ids.dedup();
            assert_eq!(ids.len(), drawn.len());
        }
    }

    #[test]
    fn order_does_not_matter() {
        let rows = rows(1000);
        let draw = |rows: &mut dyn Iterator<Item = &(Comment, ScoredComment)>| {
            let mut sampler = LabelSampler::new(100, 3);
            rows.for_each(|(c, r)| sampler.push(c, r));
            sampler.draw()
        };
        assert_eq!(draw(&mut rows.iter()), draw(&mut rows.iter().rev()));
    }
}
