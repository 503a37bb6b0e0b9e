//! What was said about the brand before, during and after a campaign, where it was seen and where not.

use crate::schema::{Comment, CommentId, CreatorId, PostId};
use crate::sentiment::{CommentFilter, NetAccumulator, PostContext, ScoredComment};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeSet;

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
    /// In points, uncorrected; `None` without a comment.
    pub net_sentiment: Option<f64>,
    /// Lower end of its sampling range, 95 %; `None` with fewer than five independent authors.
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

impl ShiftGap {
    /// `Σ weight · net sentiment`; the difference alone where the comments are too few for a range.
    fn of(groups: &[(f64, &NetAccumulator)]) -> Self {
        if let Some(gap) = NetAccumulator::contrast(groups) {
            return Self {
                difference: Some(gap.difference),
                lower: Some(gap.lower),
                upper: Some(gap.upper),
            };
        }
        let sum = groups.iter().try_fold(0.0, |sum, (weight, group)| {
            Some(sum + weight * group.estimate().net_sentiment?)
        });
        Self {
            difference: sum,
            ..Self::default()
        }
    }
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

/// Takes scored comments one by one; authors are resampled for the intervals. Spam and copies are left out.
#[derive(Debug, Clone)]
pub struct ExposureTally {
    creators: BTreeSet<CreatorId>,
    posts: BTreeSet<PostId>,
    period: (Timestamp, Timestamp),
    context: PostContext,
    filter: CommentFilter,
    last: Option<(CommentId, bool)>,
    brand: Option<String>,
    cells: [[NetAccumulator; 3]; 2],
    without_time: u64,
}

impl ExposureTally {
    /// Comments under posts of `creators` (or under `posts`, the paid ones) are exposed; `period` is the campaign's.
    #[must_use]
    pub fn new(
        creators: BTreeSet<CreatorId>,
        posts: BTreeSet<PostId>,
        period: (Timestamp, Timestamp),
        context: PostContext,
        seed: u64,
    ) -> Self {
        let empty = || NetAccumulator::new(seed);
        Self {
            creators,
            posts,
            period,
            context,
            filter: CommentFilter::default(),
            last: None,
            brand: None,
            cells: [(); 2].map(|()| [empty(), empty(), empty()]),
            without_time: 0,
        }
    }

    /// Takes a comment about the brand: one that names it, or stands under a post about it or a paid post. Others say
    /// nothing of it.
    pub fn push(&mut self, comment: &Comment, scored: &ScoredComment) {
        let creator = self.context.creator_of(comment);
        // All rows of a comment come together.
        let excluded = match &self.last {
            Some((id, excluded)) if *id == comment.comment_id => *excluded,
            _ => self.filter.look(comment, creator).reason().is_some(),
        };
        let of_campaign = creator.is_some_and(|c| self.creators.contains(c));
        self.last = Some((comment.comment_id.clone(), excluded));
        if excluded || scored.probabilities.is_none() {
            return;
        }
        let under_paid = comment
            .post_id
            .as_ref()
            .is_some_and(|p| self.posts.contains(p));
        let about = scored.brand.is_none() || self.context.about(comment, scored).is_some();
        if !(about || under_paid) {
            return;
        }
        if self.brand.is_none() {
            self.brand.clone_from(&scored.brand);
        }
        let Some(at) = comment.created_at else {
            self.without_time += 1;
            return;
        };
        let exposed = under_paid || of_campaign;
        let phase = if at < self.period.0 {
            0
        } else if at <= self.period.1 {
            1
        } else {
            2
        };
        self.cells[usize::from(!exposed)][phase].push(comment, scored);
    }

    /// The levels and their moves; `None` where no comment was about the brand.
    #[must_use]
    pub fn finish(self) -> Option<SentimentShift> {
        const PHASES: [Phase; 3] = [Phase::Before, Phase::During, Phase::After];
        if self.without_time == 0 && self.cells.iter().flatten().all(|c| c.n() == 0) {
            return None;
        }
        let mut cells = Vec::new();
        for (row, exposed) in self.cells.iter().zip([true, false]) {
            for (sums, phase) in row.iter().zip(PHASES) {
                let level = sums.estimate();
                cells.push(ShiftCell {
                    exposed,
                    phase,
                    n: sums.n(),
                    net_sentiment: level.net_sentiment,
                    lower: level.sampling_lower,
                    upper: level.sampling_upper,
                });
            }
        }
        let shifts = [1, 2].map(|to| {
            let [(after, before), (others_after, others_before)] =
                [0, 1].map(|row| (&self.cells[row][to], &self.cells[row][0]));
            let seen = [(1.0, after), (-1.0, before)];
            let anyway = [(1.0, others_after), (-1.0, others_before)];
            let both = [seen[0], seen[1], (-1.0, others_after), (1.0, others_before)];
            Shift {
                to: PHASES[to],
                exposed: ShiftGap::of(&seen),
                not_exposed: ShiftGap::of(&anyway),
                difference: ShiftGap::of(&both),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Polarity;
    use crate::sentiment::Status;
    use crate::stats::Rng;
    use crate::text::Language;

    #[test]
    fn a_planted_shift_is_found_beside_what_happened_anyway() {
        let time = |t: &str| t.parse::<Timestamp>().unwrap();
        let period = (time("2026-04-01T00:00:00Z"), time("2026-05-01T00:00:00Z"));
        let mut tally = ExposureTally::new(
            ["a".into()].into(),
            BTreeSet::new(),
            period,
            PostContext::default(),
            0,
        );
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
                    label: Some(if positive > 0.5 {
                        Polarity::Positive
                    } else {
                        Polarity::Negative
                    }),
                    probabilities: Some([1.0 - positive as f32, 0.0, positive as f32]),
                    mentions_brand: Some(true),
                    about_brand: true,
                    language: Language::Unknown,
                    status: Status::Scored,
                    model: None,
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
