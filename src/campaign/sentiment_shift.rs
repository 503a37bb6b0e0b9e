//! What was said about the brand before, during and after a campaign, where it was seen and where not.

use crate::schema::{Comment, CreatorId, PostId};
use crate::sentiment::ScoredComment;
use crate::stats::{hash_text, poisson_weights, quantile_sorted};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeSet;

/// Bootstrap draws.
const DRAWS: usize = 500;

/// When a comment was written, by the campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Before its start.
    Before,
    /// From its start to its end.
    During,
    /// After its end.
    After,
}

/// Net sentiment of some comments.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ShiftCell {
    /// Whether the comments stand under the posts of the campaign's creators.
    pub exposed: bool,
    /// When they were written.
    pub phase: Phase,
    /// Comments.
    pub n: u64,
    /// Mean of P(positive) - P(negative), in points; `None` without a comment.
    pub net_sentiment: Option<f64>,
    /// Lower end of its 95 % interval.
    pub lower: Option<f64>,
    /// Upper end.
    pub upper: Option<f64>,
}

/// A difference in points with its 95 % interval; `None` where a side has no comment.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct ShiftGap {
    /// Points.
    pub difference: Option<f64>,
    /// Lower end.
    pub lower: Option<f64>,
    /// Upper end.
    pub upper: Option<f64>,
}

/// How far the level moved from before the campaign.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shift {
    /// To when.
    pub to: Phase,
    /// Among comments under the campaign's creators.
    pub exposed: ShiftGap,
    /// Among all others: what happened anyway.
    pub not_exposed: ShiftGap,
    /// The first less the second: difference in differences.
    pub difference: ShiftGap,
}

/// Brand sentiment around a campaign.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SentimentShift {
    /// The brand.
    pub brand: Option<String>,
    /// Levels, exposed first, in order of time.
    pub cells: Vec<ShiftCell>,
    /// Moves from before.
    pub shifts: Vec<Shift>,
    /// Comments about the brand without a time: they are in no level.
    pub without_time: u64,
}

#[derive(Debug, Clone)]
struct Sums {
    n: u64,
    sum: f64,
    count_draws: Vec<f64>,
    sum_draws: Vec<f64>,
}

impl Default for Sums {
    fn default() -> Self {
        Self {
            n: 0,
            sum: 0.0,
            count_draws: vec![0.0; DRAWS],
            sum_draws: vec![0.0; DRAWS],
        }
    }
}

impl Sums {
    fn net(&self) -> Option<f64> {
        (self.n > 0).then(|| 100.0 * self.sum / self.n as f64)
    }

    fn draws(&self) -> Vec<f64> {
        let both = self.sum_draws.iter().zip(&self.count_draws);
        both.map(|(sum, n)| 100.0 * sum / n).collect()
    }
}

/// Takes judged comments one by one; authors are resampled for the intervals.
#[derive(Debug, Clone)]
pub struct ExposureTally {
    creators: BTreeSet<CreatorId>,
    posts: BTreeSet<PostId>,
    period: (Timestamp, Timestamp),
    seed: u64,
    brand: Option<String>,
    cells: [[Sums; 3]; 2],
    without_time: u64,
}

impl ExposureTally {
    /// Comments under posts of `creators` (or under `posts`, the paid ones) are exposed; `period` is the campaign's.
    #[must_use]
    pub fn new(
        creators: BTreeSet<CreatorId>,
        posts: BTreeSet<PostId>,
        period: (Timestamp, Timestamp),
        seed: u64,
    ) -> Self {
        Self {
            creators,
            posts,
            period,
            seed,
            brand: None,
            cells: <[[Sums; 3]; 2]>::default(),
            without_time: 0,
        }
    }

    /// Takes a comment about the brand: one that names it, or stands under a paid post. Others say nothing of it.
    pub fn push(&mut self, comment: &Comment, scored: &ScoredComment) {
        let Some([negative, _, positive]) = scored.probabilities else {
            return;
        };
        let under_paid = comment
            .post_id
            .as_ref()
            .is_some_and(|p| self.posts.contains(p));
        if !(scored.about_brand || under_paid) {
            return;
        }
        if self.brand.is_none() {
            self.brand.clone_from(&scored.brand);
        }
        let Some(at) = comment.created_at else {
            self.without_time += 1;
            return;
        };
        let exposed = under_paid
            || comment
                .creator_id
                .as_ref()
                .is_some_and(|c| self.creators.contains(c));
        let phase = if at < self.period.0 {
            0
        } else if at <= self.period.1 {
            1
        } else {
            2
        };
        let author = comment.author_id.as_ref().map_or_else(
            || !hash_text(comment.comment_id.as_str()),
            |a| hash_text(a.as_str()),
        );
        let cell = &mut self.cells[usize::from(!exposed)][phase];
        let value = f64::from(positive) - f64::from(negative);
        cell.n += 1;
        cell.sum += value;
        let mut weights = [0_u8; DRAWS];
        poisson_weights(self.seed, author, &mut weights);
        let sums = cell.count_draws.iter_mut().zip(&mut cell.sum_draws);
        for ((count, sum), weight) in sums.zip(weights) {
            *count += f64::from(weight);
            *sum += f64::from(weight) * value;
        }
    }

    /// The levels and their moves; `None` where no comment was about the brand.
    #[must_use]
    pub fn finish(self) -> Option<SentimentShift> {
        const PHASES: [Phase; 3] = [Phase::Before, Phase::During, Phase::After];
        if self.without_time == 0 && self.cells.iter().flatten().all(|c| c.n == 0) {
            return None;
        }
        let mut cells = Vec::new();
        for (row, exposed) in self.cells.iter().zip([true, false]) {
            for (sums, phase) in row.iter().zip(PHASES) {
                let (lower, upper) = ends(&sums.draws());
                cells.push(ShiftCell {
                    exposed,
                    phase,
                    n: sums.n,
                    net_sentiment: sums.net(),
                    lower,
                    upper,
                });
            }
        }
        let gap = |row: usize, to: usize| -> (Option<f64>, Vec<f64>) {
            let (before, after) = (&self.cells[row][0], &self.cells[row][to]);
            let difference = after.net().zip(before.net()).map(|(a, b)| a - b);
            let pairs = after.draws().into_iter().zip(before.draws());
            (difference, pairs.map(|(a, b)| a - b).collect())
        };
        let shift_gap = |difference: Option<f64>, draws: &[f64]| {
            let (lower, upper) = ends(draws);
            ShiftGap {
                difference,
                lower: lower.filter(|_| difference.is_some()),
                upper: upper.filter(|_| difference.is_some()),
            }
        };
        let shifts = [1, 2].map(|to| {
            let (exposed, others) = (gap(0, to), gap(1, to));
            let both: Vec<f64> = exposed
                .1
                .iter()
                .zip(&others.1)
                .map(|(a, b)| a - b)
                .collect();
            let difference = exposed.0.zip(others.0).map(|(a, b)| a - b);
            Shift {
                to: PHASES[to],
                exposed: shift_gap(exposed.0, &exposed.1),
                not_exposed: shift_gap(others.0, &others.1),
                difference: shift_gap(difference, &both),
            }
        });
        Some(SentimentShift {
            brand: self.brand,
            cells,
            shifts: shifts.to_vec(),
            without_time: self.without_time,
        })
    }
}

/// The middle 95 % of the draws that say something.
fn ends(draws: &[f64]) -> (Option<f64>, Option<f64>) {
    let mut values: Vec<f64> = draws.iter().copied().filter(|v| v.is_finite()).collect();
    values.sort_by(f64::total_cmp);
    (
        quantile_sorted(&values, 0.025),
        quantile_sorted(&values, 0.975),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sentiment::Status;
    use crate::stats::Rng;
    use crate::text::Language;

    #[test]
    fn a_planted_shift_is_found_beside_what_happened_anyway() {
        let time = |t: &str| t.parse::<Timestamp>().unwrap();
        let period = (time("2026-04-01T00:00:00Z"), time("2026-05-01T00:00:00Z"));
        let mut tally = ExposureTally::new(["a".into()].into(), BTreeSet::new(), period, 0);
        let mut rng = Rng::new(1, "comments");
        // Everybody rises by 20 points; those who saw the campaign by 30 more.
        for i in 0..4000 {
            let (exposed, during) = (i % 2 == 0, i % 4 < 2);
            let mut comment = Comment::new(i.to_string().as_str().into(), "text");
            comment.creator_id = Some(if exposed { "a" } else { "b" }.into());
            comment.author_id = Some((i / 8).to_string().as_str().into());
            comment.created_at = Some(time(if during {
                "2026-04-10T00:00:00Z"
            } else {
                "2026-03-10T00:00:00Z"
            }));
            let net = if during { 0.2 } else { 0.0 } + if during && exposed { 0.3 } else { 0.0 };
            let positive = f64::from(u8::from(rng.uniform() < f64::midpoint(1.0, net)));
            tally.push(
                &comment,
                &ScoredComment {
                    comment_id: comment.comment_id.clone(),
                    index: i,
                    brand: Some("x".to_owned()),
                    label: None,
                    probabilities: Some([1.0 - positive as f32, 0.0, positive as f32]),
                    mentions_brand: Some(true),
                    about_brand: true,
                    language: Language::Unknown,
                    status: Status::Scored,
                },
            );
        }
        let shift = tally.finish().unwrap();
        let gap = shift.shifts[0].difference;
        assert!(
            gap.lower.unwrap() < 30.0 && 30.0 < gap.upper.unwrap(),
            "{gap:?}"
        );
        assert!(gap.lower.unwrap() > 5.0, "{gap:?}");
        let anyway = shift.shifts[0].not_exposed.difference.unwrap();
        assert!((anyway - 20.0).abs() < 12.0, "{anyway}");
        assert_eq!(shift.shifts[1].difference, ShiftGap::default());
        assert_eq!(shift.cells[0].n, 1000);
    }
}
