//! What people talk about: the aspects that comments speak of, complaints first.

use super::estimate::{BiasCorrection, NetSentiment};
use super::sums::{SLICE_DRAWS, Sums};
use super::tally::{Group, Part, part_level};
use super::{Period, Span};
use crate::schema::{Comment, CommentId, CreatorId};
use crate::stats::{hash_text, mix};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// Comments below which an aspect is no theme.
const FEWEST: u64 = 5;
/// Creators and posts named for each theme.
const NAMED: usize = 3;
/// Creators, or posts, that are remembered for each theme; when there are twice as many, the rarer half goes.
const KEPT: usize = 2_000;

/// A creator or a post, and how many of a theme's comments stand there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Origin {
    /// Its id.
    pub id: String,
    /// Comments.
    pub n: u64,
}

/// An aspect that people speak of. A comment may speak of several.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Theme {
    /// Its name.
    pub name: String,
    /// Its comments among the scored ones about the brand, 0..1.
    pub share: f64,
    /// What is said of it.
    #[serde(flatten)]
    pub level: NetSentiment,
    /// The same over time; periods without a comment on it are left out.
    pub by_period: Vec<Period>,
    /// The creators under whose posts most of it is said.
    pub creators: Vec<Origin>,
    /// The posts under which most of it is said.
    pub posts: Vec<Origin>,
    /// Comments to read, on the side of its net sentiment, the clearest first.
    pub quotations: Vec<CommentId>,
}

/// What is kept of an aspect's comments.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ThemeSums {
    pub(super) sums: Sums,
    pub(super) periods: BTreeMap<i64, Sums>,
    creators: HashMap<String, u64>,
    posts: HashMap<String, u64>,
}

impl Default for ThemeSums {
    fn default() -> Self {
        Self {
            sums: Sums::new(SLICE_DRAWS),
            periods: BTreeMap::new(),
            creators: HashMap::new(),
            posts: HashMap::new(),
        }
    }
}

impl ThemeSums {
    /// Notes where a comment stands.
    pub(super) fn count(&mut self, comment: &Comment, creator: Option<&CreatorId>) {
        let places = [
            (&mut self.creators, creator.map(CreatorId::as_str)),
            (
                &mut self.posts,
                comment.post_id.as_ref().map(crate::schema::PostId::as_str),
            ),
        ];
        for (counts, id) in places {
            if let Some(id) = id {
                add(counts, id.to_owned(), 1);
            }
        }
    }

    pub(super) fn merge(&mut self, other: Self, seed: u64) {
        self.sums.merge(&other.sums, seed);
        for (period, sums) in other.periods {
            self.periods
                .entry(period)
                .or_insert_with(|| Sums::new(SLICE_DRAWS))
                .merge(&sums, seed);
        }
        for (own, more) in [
            (&mut self.creators, other.creators),
            (&mut self.posts, other.posts),
        ] {
            for (id, n) in sorted(more) {
                add(own, id, n);
            }
        }
    }
}

fn add(counts: &mut HashMap<String, u64>, id: String, n: u64) {
    *counts.entry(id).or_default() += n;
    if counts.len() > 2 * KEPT {
        let kept = sorted(std::mem::take(counts)).into_iter().take(KEPT);
        counts.extend(kept);
    }
}

/// The most frequent first; of equals, the first in the alphabet.
fn sorted(counts: HashMap<String, u64>) -> Vec<(String, u64)> {
    let mut all: Vec<(String, u64)> = counts.into_iter().collect();
    all.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    all
}

/// A brand's themes: complaints first, those that most comments speak of before others.
pub(super) fn themes(
    group: &Group,
    correction: &BiasCorrection,
    span: Span,
    seed: u64,
) -> Vec<Theme> {
    let origins = |counts: &HashMap<String, u64>| -> Vec<Origin> {
        let first = sorted(counts.clone()).into_iter().take(NAMED);
        first.map(|(id, n)| Origin { id, n }).collect()
    };
    let mut all: Vec<Theme> = group
        .themes
        .iter()
        .filter(|(_, theme)| theme.sums.n >= FEWEST)
        .filter_map(|(name, theme)| {
            let level = part_level(correction, &theme.sums, Part::Theme.named(name), seed);
            let net = level.net_sentiment?;
            Some(Theme {
                name: name.clone(),
                share: theme.sums.n as f64 / group.whole.n as f64,
                by_period: theme
                    .periods
                    .iter()
                    .map(|(number, sums)| Period {
                        period: span.name(*number),
                        level: part_level(
                            correction,
                            sums,
                            Part::Theme.key(mix(hash_text(name), *number as u64)),
                            seed,
                        ),
                    })
                    .collect(),
                creators: origins(&theme.creators),
                posts: origins(&theme.posts),
                quotations: group.terms.quotations_of(name, net),
                level,
            })
        })
        .collect();
    let weight = |t: &Theme| t.share * t.level.net_sentiment.unwrap_or(0.0);
    all.sort_by(|a, b| {
        let complaint = |t: &Theme| weight(t) < 0.0;
        complaint(b)
            .cmp(&complaint(a))
            .then_with(|| weight(b).abs().total_cmp(&weight(a).abs()))
            .then_with(|| a.name.cmp(&b.name))
    });
    all
}
