//! Hostile comment sections.

use super::words::quotation;
use crate::schema::{Comment, CreatorId, PostId, PostOwners};
use crate::sentiment::ScoredComment;
use crate::stats::wilson;
use std::collections::BTreeMap;

/// Judged comments below which a section says nothing.
const FEWEST: usize = 8;
/// Share of negative comments from which a section is hostile.
const HOSTILE: f64 = 0.5;
/// Level of the interval about the share.
const LEVEL: f64 = 0.9;

/// A post whose comments turned against it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct HostileSection {
    pub(super) post_id: Option<PostId>,
    pub(super) negative: usize,
    pub(super) judged: usize,
    /// The most negative comment.
    pub(super) quotation: String,
}

/// Sections of which more than half is negative, even at the lower end of the 90 % interval; by creator, the posts by
/// id. Comments that name no post are one section.
pub(super) fn hostile_sections<'a>(
    comments: &'a [Comment],
    scored: &[ScoredComment],
    owners: &PostOwners<'a>,
) -> BTreeMap<&'a CreatorId, Vec<HostileSection>> {
    type Section<'s> = BTreeMap<Option<&'s PostId>, (usize, usize, f32, &'s str)>;
    let mut sections: BTreeMap<&CreatorId, Section<'a>> = BTreeMap::new();
    for row in scored {
        let Some([negative, neutral, positive]) = row.probabilities else {
            continue;
        };
        let comment = &comments[row.index];
        let Some(creator) = comment.whose(owners) else {
            continue;
        };
        let own = sections.entry(creator).or_default();
        let section = own
            .entry(comment.post_id.as_ref())
            .or_insert((0, 0, -1.0, ""));
        section.0 += usize::from(negative > neutral.max(positive));
        section.1 += 1;
        if negative > section.2 {
            (section.2, section.3) = (negative, &comment.text);
        }
    }
    let hostile =
        |(post, (negative, judged, _, worst)): (Option<&PostId>, (usize, usize, f32, &str))| {
            let (lower, _) = wilson(negative as f64, judged as f64, LEVEL)?;
            (judged >= FEWEST && lower > HOSTILE).then(|| HostileSection {
                post_id: post.cloned(),
                negative,
                judged,
                quotation: quotation(worst),
            })
        };
    sections
        .into_iter()
        .map(|(creator, own)| {
            (
                creator,
                own.into_iter().filter_map(hostile).collect::<Vec<_>>(),
            )
        })
        .filter(|(_, own)| !own.is_empty())
        .collect()
}
