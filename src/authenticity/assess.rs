//! Three signals that a plain export carries.
//!
//! Each signal has a strength $s$ between 0 and 1 and a weight $w$; authenticity is
//! $\prod (1 - w s)$. Strengths and weights are a published choice, not learned.
//!
//! | signal | strength | weight |
//! |---|---|---|
//! | follows_many | 0 at a following/followers ratio of 1, rising with its logarithm to 1 at 10 | 0.5 |
//! | engagement_far_below_peers | 0 at the 5th percentile of the peers, rising to 1 at the lowest | 0.5 |
//! | comments_repeat | 0 where a tenth of the comments repeat another's text, rising to 1 at a half | 0.4 |

use crate::engagement::EngagementPrediction;
use crate::schema::{Comment, Creator, CreatorId, PostId};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// Standard error of an authenticity without any signal to go by but one.
const ONE_SIGNAL: f64 = 0.2;
/// Comments below which their repeating says nothing.
const FEWEST_COMMENTS: usize = 10;
/// Letters below which two equal comments are no copy ("wow", "love it").
const SHORTEST_COPY: usize = 15;

/// One thing that was seen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Flag {
    /// Name of the signal.
    pub name: &'static str,
    /// The numbers, in words.
    pub evidence: String,
}

/// What was seen of one creator's audience.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Assessment {
    /// 0..=1; 1 where nothing was seen that speaks against it.
    pub authenticity: f64,
    /// Standard error of it: 0.2 divided by the root of the number of signals looked at.
    pub spread: f64,
    /// What was seen.
    pub flags: Vec<Flag>,
}

/// Looks at every creator, in order; `None` where none of the signals could be looked at.
///
/// `of_post` says whose post a comment stands under where the comment itself does not.
#[must_use]
pub fn assess(
    creators: &[Creator],
    predictions: &[EngagementPrediction],
    comments: &[Comment],
    of_post: &BTreeMap<&PostId, &CreatorId>,
) -> Vec<Option<Assessment>> {
    let copies = copies_by_creator(comments, of_post);
    creators
        .iter()
        .zip(predictions)
        .map(|(creator, prediction)| {
            let signals: Vec<Signal> = [
                following(creator),
                engagement(prediction),
                copies.get(&creator.creator_id).and_then(repeats),
            ]
            .into_iter()
            .flatten()
            .collect();
            (!signals.is_empty()).then(|| Assessment {
                authenticity: signals
                    .iter()
                    .map(|s| 1.0 - s.weight * s.strength)
                    .product(),
                spread: ONE_SIGNAL / (signals.len() as f64).sqrt(),
                flags: signals.into_iter().filter_map(|s| s.flag).collect(),
            })
        })
        .collect()
}

struct Signal {
    strength: f64,
    weight: f64,
    flag: Option<Flag>,
}

impl Signal {
    fn new(name: &'static str, strength: f64, weight: f64, evidence: String) -> Self {
        let strength = strength.clamp(0.0, 1.0);
        Self {
            strength,
            weight,
            flag: (strength > 0.0).then_some(Flag { name, evidence }),
        }
    }
}

fn following(creator: &Creator) -> Option<Signal> {
    let following = creator.following?;
    let followers = creator.followers.0.max(1);
    let ratio = following as f64 / followers as f64;
    Some(Signal::new(
        "follows_many",
        ratio.max(1e-9).log10(),
        0.5,
        format!("follows {following} accounts and has {followers} followers"),
    ))
}

fn engagement(prediction: &EngagementPrediction) -> Option<Signal> {
    // A prediction without own posts says nothing about this creator.
    let percentile = prediction
        .percentile
        .filter(|_| prediction.posts_used > 0)?;
    let rate = prediction.engagement_rate?;
    Some(Signal::new(
        "engagement_far_below_peers",
        (5.0 - percentile) / 5.0,
        0.5,
        format!(
            "median engagement rate {:.3} % of {}, lower than {:.0} % of peers of its platform and size",
            100.0 * rate,
            prediction.basis.name(),
            100.0 - percentile
        ),
    ))
}

/// Comments under a creator's posts, and how many of them repeat an earlier one's text.
#[derive(Default)]
struct Copies<'a> {
    comments: usize,
    repeated: usize,
    texts: HashMap<String, usize>,
    example: Option<&'a str>,
}

fn copies_by_creator<'a>(
    comments: &'a [Comment],
    of_post: &BTreeMap<&PostId, &'a CreatorId>,
) -> HashMap<&'a CreatorId, Copies<'a>> {
    let mut all: HashMap<&CreatorId, Copies<'a>> = HashMap::new();
    for comment in comments {
        let creator = comment
            .creator_id
            .as_ref()
            .or_else(|| of_post.get(comment.post_id.as_ref()?).copied());
        let Some(creator) = creator else { continue };
        let own = all.entry(creator).or_default();
        own.comments += 1;
        let letters: String = comment
            .text
            .to_lowercase()
            .chars()
            .filter(|c| c.is_alphanumeric())
            .collect();
        if letters.chars().count() < SHORTEST_COPY {
            continue;
        }
        let seen = own.texts.entry(letters).or_default();
        *seen += 1;
        if *seen > 1 {
            own.repeated += 1;
            own.example.get_or_insert(&comment.text);
        }
    }
    all
}

fn repeats(copies: &Copies<'_>) -> Option<Signal> {
    if copies.comments < FEWEST_COMMENTS {
        return None;
    }
    let share = copies.repeated as f64 / copies.comments as f64;
    Some(Signal::new(
        "comments_repeat",
        (share - 0.1) / 0.4,
        0.4,
        format!(
            "{} of {} comments repeat an earlier one's text, such as {:?}",
            copies.repeated,
            copies.comments,
            copies.example.unwrap_or_default()
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::assess;
    use crate::engagement::{EngagementOptions, predict};
    use crate::schema::{Comment, Creator, Followers};
    use std::collections::BTreeMap;

    fn comment(i: usize, text: &str) -> Comment {
        Comment {
            creator_id: Some("a".into()),
            ..Comment::new(format!("c{i}").as_str().into(), text)
        }
    }

    #[test]
    fn what_was_seen_is_said_and_counts() {
        let mut a = Creator::new("a".into(), Followers(1_000));
        a.following = Some(10_000);
        let mut b = Creator::new("b".into(), Followers(1_000));
        b.following = Some(200);
        let c = Creator::new("c".into(), Followers(1_000));
        let creators = [a, b, c];
        let report = predict(&creators, &[], &EngagementOptions::default());
        let comments: Vec<Comment> = (0..20)
            .map(|i| comment(i, "Check my page for free followers now"))
            .collect();
        let seen = assess(&creators, &report.predictions, &comments, &BTreeMap::new());
        let a = seen[0].as_ref().unwrap();
        assert_eq!(a.flags.len(), 2);
        assert!((a.authenticity - 0.5 * 0.6).abs() < 1e-9, "{a:?}");
        let b = seen[1].as_ref().unwrap();
        assert!((b.authenticity - 1.0).abs() < 1e-9 && b.flags.is_empty());
        assert!(seen[2].is_none(), "nothing to judge by");
    }
}
