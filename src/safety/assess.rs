//! From texts and comments to a safety per creator, with every sighting.

use super::advertising::{for_competitor, undisclosed};
use super::comments::hostile_sections;
use super::context::Context;
use super::lists::{Counts, SafetyLists};
use super::words::Sighting;
use crate::error::Result;
use crate::schema::{Comment, Creator, Post, PostId, PostOwners, PostsOf};
use crate::sentiment::ScoredComment;
use crate::text::Brand;
use jiff::Timestamp;
use rayon::prelude::*;
use serde::Serialize;
use std::collections::HashMap;

/// Probability from which a sighting counts and is shown.
const SHOWN_FROM: f64 = 0.5;
/// Share of the texts at which a category that counts by share is a clear case.
const CLEAR_SHARE: f64 = 0.1;
/// Newest sightings per creator that are read in context: the others would change nothing that these do not.
const READ_IN_CONTEXT: usize = 60;
/// Share of unsafe texts assumed in half a text before any is read, as the error of what was not seen.
const UNSEEN: f64 = 0.5;

/// The kinds that are no lists: id, name, weight, what makes a clear case.
const COMPETITOR: Kind<'static> = Kind {
    id: "competitor",
    name: "Advertising for a competitor",
    weight: 0.4,
    counts: Counts::Once,
};
const UNDISCLOSED: Kind<'static> = Kind {
    id: "undisclosed_advertising",
    name: "Advertising that does not say so",
    weight: 0.3,
    counts: Counts::Share,
};
const HOSTILE: Kind<'static> = Kind {
    id: "hostile_comments",
    name: "Hostile comment sections",
    weight: 0.3,
    counts: Counts::Once,
};

#[derive(Debug, Clone, Copy)]
struct Kind<'a> {
    id: &'a str,
    name: &'a str,
    weight: f64,
    counts: Counts,
}

/// What [`assess_safety`] may be told.
#[derive(Debug, Clone, Default)]
pub struct SafetyOptions {
    /// Brands whose advertising speaks against a creator.
    pub competitors: Vec<Brand>,
    /// Posts published after this moment are never read.
    pub as_of: Option<Timestamp>,
}

/// One thing that was seen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SafetyHit {
    /// Id of the category; `competitor`, `undisclosed_advertising` and `hostile_comments` are no lists.
    pub category: String,
    /// What people call it.
    pub name: String,
    /// 0.5..=1: how likely it is what it looks like.
    pub probability: f64,
    /// The post; `None` for the bio.
    pub post_id: Option<PostId>,
    /// When the post was published.
    pub published_at: Option<Timestamp>,
    /// The word that was found, or what was counted.
    pub term: String,
    /// As written, at most 240 letters.
    pub quotation: String,
}

/// What was seen of one creator's texts and comment sections.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SafetyAssessment {
    /// 0..=1; 1 where nothing was seen that speaks against it.
    pub safety: f64,
    /// Standard error: what the sightings leave open, and 0.5 / (texts + 2) for what was not seen.
    pub spread: f64,
    /// Bio and captions that were read.
    pub texts_read: usize,
    /// The strength of each category seen, 0..1, the heaviest first.
    pub strengths: Vec<(String, f64)>,
    /// Every sighting of probability 0.5 and more, the surest first.
    pub hits: Vec<SafetyHit>,
}

/// A sighting before its sentence has been read.
struct Pending<'a> {
    post: Option<&'a Post>,
    sighting: Sighting,
}

/// What the words of one creator's texts gave.
#[derive(Default)]
struct Read<'a> {
    texts: usize,
    pending: Vec<Pending<'a>>,
    hits: Vec<SafetyHit>,
}

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct SafetyTables<'a> {
    /// Everybody.
    pub creators: &'a [Creator],
    /// Their posts.
    pub posts: &'a [Post],
    /// Comments under them.
    pub comments: &'a [Comment],
    /// Judged ones, by their index in `comments`; may be empty.
    pub scored: &'a [ScoredComment],
    /// Whose post each is, for comments that do not say so themselves.
    pub owners: &'a PostOwners<'a>,
}

/// Looks at the creators that are `wanted` (one entry per creator), in the creators' order; `None` for the others and
/// for those without a text.
///
/// # Errors
/// If the encoder fails.
pub fn assess_safety(
    context: &Context<'_>,
    lists: &SafetyLists,
    tables: SafetyTables<'_>,
    wanted: &[bool],
    options: &SafetyOptions,
) -> Result<Vec<Option<SafetyAssessment>>> {
    let SafetyTables {
        creators,
        posts,
        comments,
        scored,
        owners,
    } = tables;
    let own_posts = PostsOf::until(posts, options.as_of);
    let dates: HashMap<&PostId, Timestamp> =
        posts.iter().map(|p| (&p.post_id, p.published_at)).collect();
    let mut hostile = hostile_sections(comments, scored, owners);
    let mut read: Vec<Option<Read<'_>>> = creators
        .par_iter()
        .zip(wanted)
        .map(|(creator, wanted)| {
            let own = own_posts.of(&creator.creator_id);
            wanted.then(|| read_texts(lists, creator, own, options))
        })
        .collect();
    let sightings: Vec<&Sighting> = read
        .iter()
        .flatten()
        .flat_map(|r| r.pending.iter().map(|p| &p.sighting))
        .collect();
    let mut probabilities = context.probabilities(&sightings)?.into_iter();
    for read in read.iter_mut().flatten() {
        for pending in std::mem::take(&mut read.pending) {
            let probability = probabilities.next().unwrap_or(0.0);
            let category = &lists.categories()[pending.sighting.category];
            read.hits.push(SafetyHit {
                category: category.id.clone(),
                name: category.name.clone(),
                probability,
                post_id: pending.post.map(|p| p.post_id.clone()),
                published_at: pending.post.map(|p| p.published_at),
                term: pending.sighting.term,
                quotation: pending.sighting.sentence,
            });
        }
    }
    Ok(creators
        .iter()
        .zip(read)
        .map(|(creator, read)| {
            let mut read = read?;
            for section in hostile.remove(&creator.creator_id).unwrap_or_default() {
                read.hits.push(SafetyHit {
                    category: HOSTILE.id.to_owned(),
                    name: HOSTILE.name.to_owned(),
                    probability: 1.0,
                    published_at: section
                        .post_id
                        .as_ref()
                        .and_then(|id| dates.get(id).copied()),
                    post_id: section.post_id,
                    term: format!(
                        "{} of {} comments negative",
                        section.negative, section.judged
                    ),
                    quotation: section.quotation,
                });
            }
            (read.texts > 0 || !read.hits.is_empty()).then(|| together(lists, read))
        })
        .collect())
}

/// Everything that one creator's words say; `posts` are the newest first.
fn read_texts<'a>(
    lists: &SafetyLists,
    creator: &'a Creator,
    posts: &[&'a Post],
    options: &SafetyOptions,
) -> Read<'a> {
    let mut read = Read::default();
    let bio = creator.bio.as_deref().unwrap_or_default();
    let texts =
        std::iter::once((None, bio.to_owned())).chain(posts.iter().map(|p| (Some(*p), text_of(p))));
    for (post, text) in texts.filter(|(_, text)| !text.trim().is_empty()) {
        read.texts += 1;
        let (sightings, words) = lists.finder.look(&text);
        let room = READ_IN_CONTEXT.saturating_sub(read.pending.len());
        read.pending.extend(
            sightings
                .into_iter()
                .take(room)
                .map(|sighting| Pending { post, sighting }),
        );
        let Some(post) = post else { continue };
        let paid = [
            (
                COMPETITOR,
                for_competitor(post, &words, &options.competitors),
            ),
            (UNDISCLOSED, undisclosed(post, &words)),
        ];
        for (kind, seen) in paid {
            let Some(seen) = seen else { continue };
            read.hits.push(SafetyHit {
                category: kind.id.to_owned(),
                name: kind.name.to_owned(),
                probability: seen.probability,
                post_id: Some(post.post_id.clone()),
                published_at: Some(post.published_at),
                term: seen.term,
                quotation: seen.quotation,
            });
        }
    }
    read
}

/// The caption, and the hashtags that do not stand in it.
fn text_of(post: &Post) -> String {
    let mut text = post.caption.clone().unwrap_or_default();
    for tag in &post.hashtags {
        if !text.contains(tag.as_str()) {
            text += " #";
            text += tag;
        }
    }
    text
}

/// Strengths, the product, and its error.
fn together(lists: &SafetyLists, mut read: Read<'_>) -> SafetyAssessment {
    read.hits.retain(|hit| hit.probability >= SHOWN_FROM);
    read.hits.sort_by(|a, b| {
        b.probability
            .total_cmp(&a.probability)
            .then_with(|| b.published_at.cmp(&a.published_at))
            .then_with(|| {
                (&a.category, &a.post_id, &a.term).cmp(&(&b.category, &b.post_id, &b.term))
            })
    });
    let own = lists.categories().iter().map(|c| Kind {
        id: &c.id,
        name: &c.name,
        weight: c.weight,
        counts: c.counts,
    });
    let mut safety = 1.0;
    let mut relative_variance = 0.0;
    let mut strengths: Vec<(f64, String, f64)> = Vec::new();
    for kind in own.chain([COMPETITOR, UNDISCLOSED, HOSTILE]) {
        let seen: Vec<f64> = read
            .hits
            .iter()
            .filter(|hit| hit.category == kind.id && hit.name == kind.name)
            .map(|hit| hit.probability)
            .collect();
        if seen.is_empty() {
            continue;
        }
        let (strength, variance) = strength(&seen, kind.counts, read.texts);
        let left = 1.0 - kind.weight * strength;
        safety *= left;
        relative_variance += kind.weight.powi(2) * variance / left.max(0.05).powi(2);
        strengths.push((kind.weight * strength, kind.id.to_owned(), strength));
    }
    strengths.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let unseen = UNSEEN / (read.texts as f64 + 2.0);
    SafetyAssessment {
        safety,
        spread: (safety * relative_variance.sqrt()).hypot(unseen).min(0.5),
        texts_read: read.texts,
        strengths: strengths.into_iter().map(|(_, id, s)| (id, s)).collect(),
        hits: read.hits,
    }
}

/// A category's strength by the probabilities of its sightings, and the variance of it.
///
/// Once: that of the surest sighting; several are not multiplied, for what is misread once in a creator's texts is
/// misread again.
fn strength(seen: &[f64], counts: Counts, texts: usize) -> (f64, f64) {
    match counts {
        Counts::Once => {
            let surest = seen.iter().copied().fold(0.0, f64::max);
            (surest, surest * (1.0 - surest))
        }
        Counts::Share => {
            let clear = CLEAR_SHARE * texts.max(1) as f64;
            let sum: f64 = seen.iter().sum();
            let variance: f64 = seen.iter().map(|p| p * (1.0 - p)).sum();
            ((sum / clear).min(1.0), variance / clear.max(1.0).powi(2))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strengths_by_once_and_by_share() {
        assert!((strength(&[0.6, 0.9], Counts::Once, 100).0 - 0.9).abs() < 1e-12);
        assert!((strength(&[0.6, 0.9], Counts::Share, 100).0 - 0.15).abs() < 1e-12);
        assert!((strength(&[1.0; 40], Counts::Share, 100).0 - 1.0).abs() < 1e-12);
        assert!(strength(&[0.5], Counts::Once, 1).1 > strength(&[0.99], Counts::Once, 1).1);
    }

    #[test]
    fn few_texts_leave_much_unseen() {
        let lists = SafetyLists::built_in().unwrap();
        let with = |texts| {
            let read = Read {
                texts,
                ..Read::default()
            };
            together(&lists, read)
        };
        assert!((with(1).safety - 1.0).abs() < 1e-12);
        assert!(with(1).spread > 0.15 && with(100).spread < 0.01);
    }
}
