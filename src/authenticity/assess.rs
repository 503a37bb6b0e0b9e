//! The signals that a plain export carries.
//!
//! Each signal has a strength s between 0 and 1 and a weight w; authenticity is the product of all (1 - w s).
//!
//! | signal | strength | weight |
//! |---|---|---|
//! | `fake_account` | the probability of a logistic regression over followers, following, posts and handle, learned from labelled accounts (`account.rs`) | 0.9 |
//! | `engagement_far_below_peers` | 0 where the median rate per follower is 0.4 of that of ten peers and more, rising to 1 at a tenth | 0.5 |
//! | `follows_thousands` | 0 where 3,000 accounts are followed, rising to 1 at 7,500, the most that Instagram allows | 0.3 |
//! | `followers_jump` | 0 for a rise of 0.15 of the followers beyond what is usual for the account within a month, rising to 1 at 0.6; 1 where 0.3 of it is lost again within 90 days; 0 where a post of those days has three times the usual engagements; half where no posts are known; from four exports of different days on | 0.4 |
//! | `generic_comments` | 0 where the share of comments of fewer than 15 letters is twice the median of all creators, or 0.3 if that is more; rising to 1 at 0.3 above | 0.4 |
//! | `few_commenters` | 0 where there are 0.6 times as many authors per comment as usual, rising to 1 at 0.2 | 0.3 |
//! | `comments_in_bursts` | 0 where a tenth came with two others within ten seconds under otherwise quiet posts, rising to 1 at a half | 0.3 |
//! | `engagement_pod` | 0 where a tenth of the comments is by creators whom this one comments on too, rising to 1 at a half | 0.3 |
//! | `comments_repeat` | 0 where a tenth of the comments repeat another's text, rising to 1 at a half | 0.4 |
//! | `few_comments_for_likes` | 0 where there are 0.25 times as many comments per like as is usual on the platform, rising to 1 at 0.05 | 0.4 |
//! | `captions_repeat` | 0 where half of the captions repeat an earlier one, rising to 1 at 0.9 | 0.2 |
//! | `tag_block_repeats` | 0 where 0.4 of the posts with five tags and more have another's block, rising to 1 at 0.9 | 0.15 |
//! | `reposts` | 0 where a fifth of the captions credit somebody else by `@`, rising to 1 at 0.7; at least 0.7 where the bio asks to be featured | 0.3 |
//! | `giveaways` | 0 where 0.15 of the captions promise a prize, rising to 1 at 0.55 | 0.15 |
//! | `spam_comments` | 0 where a fifth of the comments read like spam to the trained model or the comment filter, rising to 1 at all of them | 0.3 |
//!
//! The first is learned; the strengths and weights of the others are a published choice.

use super::account::profile;
use super::commenters::{Commenters, commenters};
use super::content::{PostSigns, signals as of_posts};
use super::spam::spam;
use crate::engagement::EngagementPrediction;
use crate::schema::{Comment, Creator, CreatorId, PostOwners, Tier};
use crate::sentiment::CommentFilter;
use crate::stats::median;
use rayon::prelude::*;
use serde::Serialize;
use std::collections::HashMap;

/// Standard error of an authenticity without any signal to go by but one.
const ONE_SIGNAL: f64 = 0.2;
/// Comments below which their repeating says nothing.
const FEWEST_COMMENTS: usize = 10;

/// An account's probability of being one of those sold below which it is no sign worth naming.
const NAMED_FROM: f64 = 0.3;
/// A comment's probability of being spam from which it counts as that.
const SPAM_FROM: f64 = 0.8;

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
    /// Signals that could be looked at.
    pub signals: usize,
    /// What was seen.
    pub flags: Vec<Flag>,
}

/// Looks at every creator, in order; `None` where none of the signals could be looked at.
///
/// `predictions` are of followers, whatever the platform's usual basis: followers that were bought do not watch.
/// `of_post` says whose post a comment stands under where the comment itself does not.
#[must_use]
pub fn assess(
    creators: &[Creator],
    predictions: &[EngagementPrediction],
    comments: &[Comment],
    owners: &PostOwners<'_>,
    signs: &PostSigns,
) -> Vec<Option<Assessment>> {
    let copies = copies_by_creator(comments, owners);
    let commenters = commenters(creators, comments, owners);
    let peers = peers(creators, predictions);
    creators
        .iter()
        .zip(predictions)
        .enumerate()
        .map(|(i, (creator, prediction))| {
            let who = commenters.get(&i);
            let signals: Vec<Signal> = [
                account(creator),
                follows(creator),
                engagement(creator, prediction, &peers),
                copies.get(&creator.creator_id).and_then(repeats),
                copies.get(&creator.creator_id).and_then(advertises),
                who.and_then(generic),
                who.and_then(few),
                who.and_then(bursts),
                who.and_then(pod),
            ]
            .into_iter()
            .flatten()
            .chain(
                signs
                    .all
                    .get(i)
                    .into_iter()
                    .flat_map(|own| of_posts(creator, own, &signs.usual)),
            )
            .collect();
            (!signals.is_empty()).then(|| Assessment {
                authenticity: signals
                    .iter()
                    .map(|s| 1.0 - s.weight * s.strength)
                    .product(),
                spread: ONE_SIGNAL / (signals.len() as f64).sqrt(),
                signals: signals.len(),
                flags: signals.into_iter().filter_map(|s| s.flag).collect(),
            })
        })
        .collect()
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Signal {
    pub(super) strength: f64,
    pub(super) weight: f64,
    pub(super) flag: Option<Flag>,
}

impl Signal {
    pub(super) fn new(name: &'static str, strength: f64, weight: f64, evidence: String) -> Self {
        let strength = strength.clamp(0.0, 1.0);
        Self {
            strength,
            weight,
            flag: (strength > 0.0).then_some(Flag { name, evidence }),
        }
    }
}

fn account(creator: &Creator) -> Option<Signal> {
    let seen = profile(creator)?;
    let mut signal = Signal::new(
        "fake_account",
        seen.probability,
        0.9,
        format!(
            "{}: of labelled accounts with such numbers, about {:.0} in 100 had been made to be sold",
            seen.evidence,
            100.0 * seen.probability
        ),
    );
    signal.flag = signal.flag.filter(|_| seen.probability >= NAMED_FROM);
    Some(signal)
}

/// Median rates and numbers of the creators with posts, by platform and tier.
/// Platform and size class, where known.
type Kin = (Option<String>, Option<Tier>);
type Peers = HashMap<Kin, (f64, usize)>;

/// Peers with posts of their own below which a median says nothing.
const FEWEST_PEERS: usize = 10;

fn peers(creators: &[Creator], predictions: &[EngagementPrediction]) -> Peers {
    let mut rates: HashMap<Kin, Vec<f64>> = HashMap::new();
    for (creator, prediction) in creators.iter().zip(predictions) {
        if let Some(rate) = prediction
            .engagement_rate
            .filter(|_| prediction.posts_used > 0)
        {
            rates
                .entry(kin(creator, prediction))
                .or_default()
                .push(rate);
        }
    }
    rates
        .into_iter()
        .filter(|(_, rates)| rates.len() >= FEWEST_PEERS)
        .filter_map(|(kin, rates)| Some((kin, (median(&rates)?, rates.len()))))
        .collect()
}

fn kin(creator: &Creator, prediction: &EngagementPrediction) -> Kin {
    let platform = creator.platform.as_ref().map(|p| p.to_lowercase());
    (platform, prediction.tier)
}

fn engagement(
    creator: &Creator,
    prediction: &EngagementPrediction,
    peers: &Peers,
) -> Option<Signal> {
    // A prediction without own posts says nothing about this creator.
    let rate = prediction
        .engagement_rate
        .filter(|_| prediction.posts_used > 0)?;
    let (usual, n) = *peers.get(&kin(creator, prediction))?;
    let ratio = if usual > 0.0 {
        rate / usual
    } else {
        return None;
    };
    Some(Signal::new(
        "engagement_far_below_peers",
        (0.4 - ratio) / 0.3,
        0.5,
        format!(
            "median engagement rate {:.3} % of followers, {ratio:.2} of the {:.3} % that is usual among {n} creators of its platform and size",
            100.0 * rate,
            100.0 * usual,
        ),
    ))
}

fn follows(creator: &Creator) -> Option<Signal> {
    let following = creator.following?;
    Some(Signal::new(
        "follows_thousands",
        (following as f64 - 3_000.0) / 4_500.0,
        0.3,
        format!("follows {following} accounts, as who follows to be followed back"),
    ))
}

fn generic(who: &Commenters) -> Option<Signal> {
    let (share, usual) = who.generic?;
    Some(Signal::new(
        "generic_comments",
        (share - (2.0 * usual).max(0.3)) / 0.3,
        0.4,
        format!(
            "{:.0} % of {} comments say nothing of the post (fewer than 15 letters), where {:.0} % is usual",
            100.0 * share,
            who.comments,
            100.0 * usual
        ),
    ))
}

fn few(who: &Commenters) -> Option<Signal> {
    let (share, usual) = who.authors?;
    if usual <= 0.0 {
        return None;
    }
    Some(Signal::new(
        "few_commenters",
        (0.6 - share / usual) / 0.4,
        0.3,
        format!(
            "{share:.2} different authors per comment over {} comments, where {usual:.2} are usual",
            who.comments
        ),
    ))
}

fn bursts(who: &Commenters) -> Option<Signal> {
    let share = who.bursts?;
    Some(Signal::new(
        "comments_in_bursts",
        (share - 0.1) / 0.4,
        0.3,
        format!(
            "{:.0} % of the comments came with two others within ten seconds under otherwise quiet posts",
            100.0 * share
        ),
    ))
}

fn pod(who: &Commenters) -> Option<Signal> {
    let (share, partners) = who.pod.as_ref()?;
    Some(Signal::new(
        "engagement_pod",
        (share - 0.1) / 0.4,
        0.3,
        format!(
            "{:.0} % of the comments are by creators whom this one comments on too: {}",
            100.0 * share,
            partners.join(", ")
        ),
    ))
}

/// Comments under a creator's posts, and how many of them repeat an earlier one's text.
#[derive(Default)]
struct Copies<'a> {
    comments: usize,
    repeated: usize,
    example: Option<&'a str>,
    spam: usize,
    spam_example: Option<&'a str>,
}

fn copies_by_creator<'a>(
    comments: &'a [Comment],
    owners: &PostOwners<'a>,
) -> HashMap<&'a CreatorId, Copies<'a>> {
    let mut all: HashMap<&CreatorId, Copies<'a>> = HashMap::new();
    let spam: Vec<bool> = comments
        .par_iter()
        .map(|c| spam(&c.text).is_ok_and(|s| s.probability >= SPAM_FROM))
        .collect();
    let mut filter = CommentFilter::default();
    for (comment, spam) in comments.iter().zip(spam) {
        let creator = comment.whose(owners);
        let noise = filter.look(comment, creator);
        let Some(creator) = creator else { continue };
        let own = all.entry(creator).or_default();
        own.comments += 1;
        if spam || noise.spam {
            own.spam += 1;
            own.spam_example.get_or_insert(&comment.text);
        }
        if noise.copy {
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

fn advertises(copies: &Copies<'_>) -> Option<Signal> {
    if copies.comments < FEWEST_COMMENTS {
        return None;
    }
    let share = copies.spam as f64 / copies.comments as f64;
    Some(Signal::new(
        "spam_comments",
        (share - 0.2) / 0.8,
        0.3,
        format!(
            "{} of {} comments read like spam, such as {:?}",
            copies.spam,
            copies.comments,
            copies.spam_example.unwrap_or_default()
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::{PostSigns, assess};
    use crate::engagement::{EngagementOptions, predict};
    use crate::schema::{Comment, Creator, Followers, PostOwners};

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
        let seen = assess(
            &creators,
            &report.predictions,
            &comments,
            &PostOwners::default(),
            &PostSigns::default(),
        );
        let a = seen[0].as_ref().unwrap();
        let names: Vec<&str> = a.flags.iter().map(|f| f.name).collect();
        assert_eq!(
            names,
            [
                "fake_account",
                "follows_thousands",
                "comments_repeat",
                "spam_comments"
            ]
        );
        assert!(a.authenticity < 0.6 * 0.7, "{a:?}");
        let b = seen[1].as_ref().unwrap();
        assert!(b.authenticity > 0.97 && b.flags.is_empty(), "{b:?}");
        assert!(seen[2].is_none(), "nothing to judge by");
    }
}
