//! The one filter of comments: which say nothing of an audience, since they advertise something else or copy another.

use crate::schema::{Comment, CreatorId, PostOwners};
use crate::stats::{hash_text, mix};
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Letters below which two equal comments are no copy ("wow", "love it").
const SHORTEST_COPY: usize = 15;
/// Texts that are remembered: 60 MB. A text that first appears after so many others is not known again.
const REMEMBERED: usize = 3_600_000;

/// Why a comment is left out of the figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExclusionReason {
    /// It advertises something else.
    Spam,
    /// Its words are an earlier comment's.
    Copy,
}

impl ExclusionReason {
    /// The name used in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Spam => "spam",
            Self::Copy => "copy",
        }
    }
}

/// What spammers ask for: each of these says enough by itself.
const CALLS: [&str; 32] = [
    "check out my",
    "check my channel",
    "check my page",
    "check out this video",
    "check out our",
    "visit my channel",
    "visit my page",
    "subscribe to my",
    "subscribe to me",
    "subscribe my",
    "subscribe and i",
    "please subscribe",
    "sub to my",
    "sub for sub",
    "sub4sub",
    "follow for follow",
    "follow me back",
    "f4f",
    "like for like",
    "l4l",
    "free followers",
    "buy followers",
    "get followers",
    "on my channel",
    "my new song",
    "my youtube channel",
    "make money online",
    "earn money",
    "work from home",
    "dm me to",
    "whatsapp me",
    "click my profile",
];
/// The same as words, by the first.
static BY_FIRST_WORD: LazyLock<HashMap<&str, Vec<Vec<&str>>>> = LazyLock::new(|| {
    let mut by_first: HashMap<&str, Vec<Vec<&str>>> = HashMap::new();
    for phrase in CALLS {
        let words: Vec<&str> = phrase.split(' ').collect();
        by_first.entry(words[0]).or_default().push(words);
    }
    by_first
});

/// Words that say enough together with a link.
const WITH_LINK: [&str; 16] = [
    "subscribe",
    "giveaway",
    "win",
    "free",
    "earn",
    "cash",
    "bitcoin",
    "crypto",
    "invest",
    "vote",
    "channel",
    "video",
    "album",
    "mixtape",
    "discount",
    "followers",
];

/// Whether a text reads like an advertisement of something else: it asks for followers of its own, or
/// baits to a link.
#[must_use]
pub fn looks_like_spam(text: &str) -> bool {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .collect();
    let calls = words.iter().enumerate().any(|(at, word)| {
        BY_FIRST_WORD
            .get(word)
            .is_some_and(|phrases| phrases.iter().any(|phrase| words[at..].starts_with(phrase)))
    });
    if calls {
        return true;
    }
    let link = lower.contains("http://") || lower.contains("https://") || lower.contains("www.");
    link && words.iter().filter(|w| WITH_LINK.contains(w)).count() >= 2
}

/// What two texts share of which one is a copy of the other: a hash of their letters and digits. `None` for a text that
/// is too short to be one.
#[must_use]
pub fn copy_key(text: &str) -> Option<u64> {
    let letters: String = text
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    (letters.chars().count() >= SHORTEST_COPY).then(|| hash_text(&letters))
}

/// Where a comment's copies are looked for, as a number: among the comments of its creator, else of its post, else of
/// the table.
#[must_use]
pub fn copy_scope(comment: &Comment, creator: Option<&CreatorId>) -> u64 {
    match (creator.or(comment.creator_id.as_ref()), &comment.post_id) {
        (Some(creator), _) => mix(1, hash_text(creator.as_str())),
        (None, Some(post)) => mix(2, hash_text(post.as_str())),
        (None, None) => 0,
    }
}

/// What was seen of a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Noise {
    /// It advertises something else.
    pub spam: bool,
    /// An earlier comment of its creator (else its post, else the table) has the same words.
    pub copy: bool,
}

impl Noise {
    /// Why the comment is left out; `None` where it counts.
    #[must_use]
    pub fn reason(self) -> Option<ExclusionReason> {
        if self.spam {
            Some(ExclusionReason::Spam)
        } else {
            self.copy.then_some(ExclusionReason::Copy)
        }
    }
}

/// Tells which comments count: takes them one by one, in order.
///
/// A copy is told within what it copies, so that no creator's comments depend on those of another, wherever these stand
/// in the table.
#[derive(Debug, Clone, Default)]
pub struct CommentFilter {
    seen: HashSet<u64>,
}

impl CommentFilter {
    /// Looks at a comment; `creator` is whose post it stands under, where the comment does not say so itself. Remembers
    /// its words.
    pub fn look(&mut self, comment: &Comment, creator: Option<&CreatorId>) -> Noise {
        Noise {
            spam: looks_like_spam(&comment.text),
            copy: self.is_copy(&comment.text, copy_scope(comment, creator)),
        }
    }

    /// Why each comment is left out, in order.
    #[must_use]
    pub fn exclusions(
        comments: &[Comment],
        owners: &PostOwners<'_>,
    ) -> Vec<Option<ExclusionReason>> {
        let mut filter = Self::default();
        comments
            .iter()
            .map(|comment| filter.look(comment, comment.whose(owners)).reason())
            .collect()
    }

    /// Whether an earlier text of the scope had the same letters; remembers this one.
    pub(super) fn is_copy(&mut self, text: &str, scope: u64) -> bool {
        let Some(hash) = copy_key(text).map(|key| mix(key, scope)) else {
            return false;
        };
        if self.seen.len() >= REMEMBERED {
            return self.seen.contains(&hash);
        }
        !self.seen.insert(hash)
    }

    pub(super) fn merge(&mut self, other: Self) {
        let room = REMEMBERED.saturating_sub(self.seen.len());
        let mut more: Vec<u64> = other.seen.into_iter().collect();
        // The set's own order differs from run to run.
        more.sort_unstable();
        self.seen.extend(more.into_iter().take(room));
    }
}

#[cfg(test)]
mod tests {
    use super::{CommentFilter, ExclusionReason, looks_like_spam};
    use crate::schema::{Comment, PostOwners};

    #[test]
    fn advertisements_are_told_from_talk() {
        for text in [
            "Check out my channel!!",
            "hey guys, SUB 4 SUB? sub4sub",
            "WIN a free phone at http://x.example",
            "please subscribe, thanks",
        ] {
            assert!(looks_like_spam(text), "{text}");
        }
        for text in [
            "love this, check the price though",
            "I subscribed because of this serum",
            "free returns, great",
            "read it here https://news.example",
            "",
        ] {
            assert!(!looks_like_spam(text), "{text}");
        }
    }

    fn comment(text: &str, creator: Option<&str>, post: Option<&str>) -> Comment {
        Comment {
            creator_id: creator.map(Into::into),
            post_id: post.map(Into::into),
            ..Comment::new("1".into(), text)
        }
    }

    #[test]
    fn copies_are_told_within_what_they_copy() {
        let long = "This is the best serum I ever had";
        let dressed = "this is the BEST serum, i ever had!!";
        let comments = [
            comment(long, Some("a"), Some("p1")),
            comment(dressed, Some("a"), Some("p2")),
            comment(long, Some("b"), Some("p3")),
            comment(long, None, Some("p4")),
            comment(dressed, None, Some("p4")),
            comment(long, None, None),
            comment(long, None, None),
            comment("love it", Some("a"), None),
            comment("love it", Some("a"), None),
            comment("check out my channel", Some("a"), None),
        ];
        let found = CommentFilter::exclusions(&comments, &PostOwners::default());
        let copy = Some(ExclusionReason::Copy);
        let spam = Some(ExclusionReason::Spam);
        assert_eq!(
            found,
            [None, copy, None, None, copy, None, copy, None, None, spam]
        );
        // Whose comments come first makes no difference.
        let turned: Vec<Comment> = comments.iter().rev().cloned().collect();
        let turned = CommentFilter::exclusions(&turned, &PostOwners::default());
        assert_eq!(turned.iter().flatten().count(), 4);
    }
}
