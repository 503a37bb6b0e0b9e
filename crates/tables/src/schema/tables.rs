//! One struct per table. Field names are the tables' column names.

use super::{AuthorId, CommentId, CreatorId, Followers, Polarity, PostId};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};

/// Who stands behind an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CreatorKind {
    /// One human being.
    Person,
    /// Several: a band, a couple, a club.
    Group,
    /// A company or a product.
    Brand,
}

/// A row of the creators table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Creator {
    /// Unique within the table.
    pub creator_id: CreatorId,
    /// Audience size at the time of the export; `None` where it is not known.
    pub followers: Option<Followers>,
    /// instagram, tiktok, youtube, ...; lower case.
    pub platform: Option<String>,
    /// The account's name without `@`; a pseudonym where people are hidden.
    pub handle: Option<String>,
    /// The name behind the pseudonym, for what can be told from a name alone. It is never written.
    #[serde(skip)]
    pub(crate) account: Option<String>,
    /// The name shown.
    pub name: Option<String>,
    /// Person, group or brand.
    pub kind: Option<CreatorKind>,
    /// What the creator says of themselves.
    pub bio: Option<String>,
    /// Accounts that the creator follows.
    pub following: Option<u64>,
    /// Posts ever made.
    pub posts_count: Option<u64>,
    /// The platform's badge.
    pub verified: Option<bool>,
    /// When the account was made.
    pub created_at: Option<Timestamp>,
    /// Where the creator says to be.
    pub country: Option<String>,
    /// The language they post in, as the export names it.
    pub language: Option<String>,
    /// The platform's own category.
    pub category: Option<String>,
    /// What one post costs, in `currency`.
    pub price: Option<f64>,
    /// ISO 4217 code of `price`.
    pub currency: Option<String>,
    /// When all of this was so, where the export says it: of several rows about an account the newest counts.
    pub updated_at: Option<Timestamp>,
    /// The followers that older rows about the account told, the oldest first, at most one a day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub past: Vec<FollowerCount>,
}

/// How many followers an account had at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowerCount {
    /// When.
    pub at: Timestamp,
    /// How many.
    pub followers: Followers,
}

impl FollowerCount {
    fn day(&self) -> i64 {
        self.at.as_second().div_euclid(86_400)
    }
}

impl Creator {
    /// Takes over what another row about the account tells of its past.
    pub(crate) fn remember(&mut self, other: Self) {
        let told = other.updated_at.zip(other.followers);
        let told = told.map(|(at, followers)| FollowerCount { at, followers });
        if self.past.is_empty() {
            self.past = other.past;
        } else {
            other.past.into_iter().for_each(|count| self.insert(count));
        }
        if let Some(count) = told {
            self.insert(count);
        }
    }

    /// Keeps the last count of a day.
    fn insert(&mut self, count: FollowerCount) {
        let at = self.past.partition_point(|known| known.day() < count.day());
        match self
            .past
            .get_mut(at)
            .filter(|known| known.day() == count.day())
        {
            Some(known) if known.at <= count.at => *known = count,
            Some(_) => {}
            None => self.past.insert(at, count),
        }
    }

    /// Every known count of the followers with its time, the oldest first; empty where no row says when it was.
    #[must_use]
    pub fn follower_counts(&self) -> Vec<FollowerCount> {
        let now = self.updated_at.zip(self.followers);
        let Some(now) = now.map(|(at, followers)| FollowerCount { at, followers }) else {
            return self.past.clone();
        };
        let before = self.past.iter().filter(|count| count.day() < now.day());
        before.copied().chain([now]).collect()
    }

    /// A creator of whom only the required columns are known.
    #[must_use]
    pub fn new(creator_id: CreatorId, followers: impl Into<Option<Followers>>) -> Self {
        Self {
            creator_id,
            followers: followers.into(),
            platform: None,
            handle: None,
            account: None,
            name: None,
            kind: None,
            bio: None,
            following: None,
            posts_count: None,
            verified: None,
            created_at: None,
            country: None,
            language: None,
            category: None,
            price: None,
            currency: None,
            updated_at: None,
            past: Vec::new(),
        }
    }

    /// The followers where they are known, 0 where they are not: nothing is ever divided by 0 of them.
    #[must_use]
    pub fn followers_or_none(&self) -> u64 {
        self.followers.map_or(0, |f| f.0)
    }

    /// The account's name as people read it, also where [`Self::handle`] is a pseudonym: to compute with, not to be
    /// shown.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        self.account.as_deref().or(self.handle.as_deref())
    }
}

/// A row of the posts table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Post {
    /// Unique within the table.
    pub post_id: PostId,
    /// Who posted it.
    pub creator_id: CreatorId,
    /// When.
    pub published_at: Timestamp,
    /// The text under it.
    pub caption: Option<String>,
    /// Tags without `#`, in the order of the export; empty where it prints none.
    pub hashtags: Vec<String>,
    /// photo, video, reel, ...
    pub media_type: Option<String>,
    /// Likes, hearts, thumbs up.
    pub likes: Option<u64>,
    /// Number of comments.
    pub comments: Option<u64>,
    /// Shares or reposts.
    pub shares: Option<u64>,
    /// Saves or bookmarks.
    pub saves: Option<u64>,
    /// Plays of a video.
    pub views: Option<u64>,
    /// Accounts that saw it.
    pub reach: Option<u64>,
    /// Whether it was paid for.
    pub sponsored: Option<bool>,
    /// The brand it is about.
    pub brand: Option<String>,
    /// instagram, tiktok, youtube, ...; lower case. Where an id is on several, it says whose post it is.
    pub platform: Option<String>,
}

impl Post {
    /// A post of which only the required columns are known.
    #[must_use]
    pub fn new(post_id: PostId, creator_id: CreatorId, published_at: Timestamp) -> Self {
        Self {
            post_id,
            creator_id,
            published_at,
            caption: None,
            hashtags: Vec::new(),
            media_type: None,
            likes: None,
            comments: None,
            shares: None,
            saves: None,
            views: None,
            reach: None,
            sponsored: None,
            brand: None,
            platform: None,
        }
    }
}

/// A row of the comments table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comment {
    /// Unique within the table.
    pub comment_id: CommentId,
    /// What was written.
    pub text: String,
    /// The post under which it stands.
    pub post_id: Option<PostId>,
    /// The creator under whose post it stands (not its author).
    pub creator_id: Option<CreatorId>,
    /// Who wrote it.
    pub author_id: Option<AuthorId>,
    /// When.
    pub created_at: Option<Timestamp>,
    /// Likes of the comment itself; below 0 where a platform counts those against it.
    pub likes: Option<i64>,
    /// The brand it is about.
    pub brand: Option<String>,
}

impl Comment {
    /// A comment of which only the required columns are known.
    #[must_use]
    pub fn new(comment_id: CommentId, text: &str) -> Self {
        Self {
            comment_id,
            text: text.to_owned(),
            post_id: None,
            creator_id: None,
            author_id: None,
            created_at: None,
            likes: None,
            brand: None,
        }
    }

    /// Whose post it stands under: as the row itself says, or by its post.
    #[must_use]
    pub fn whose<'a>(&'a self, owners: &PostOwners<'a>) -> Option<&'a CreatorId> {
        let by_post = || owners.0.get(self.post_id.as_ref()?).copied();
        self.creator_id.as_ref().or_else(by_post)
    }
}

/// Whose the posts are that comments name without saying their creator.
#[derive(Debug, Clone, Default)]
pub struct PostOwners<'a>(HashMap<&'a PostId, &'a CreatorId>);

impl<'a> PostOwners<'a> {
    /// Of the `posts` that some of the `comments` ask for.
    #[must_use]
    pub fn of(posts: &'a [Post], comments: &[Comment]) -> Self {
        let without = comments.iter().filter(|c| c.creator_id.is_none());
        let asked: HashSet<&PostId> = without.filter_map(|c| c.post_id.as_ref()).collect();
        let posts = posts.iter().filter(|p| asked.contains(&p.post_id));
        Self(posts.map(|p| (&p.post_id, &p.creator_id)).collect())
    }
}

/// Every creator's posts, the newest first; of the same time by id.
#[derive(Debug, Clone, Default)]
pub struct PostsOf<'a>(HashMap<&'a CreatorId, Vec<&'a Post>>);

impl<'a> PostsOf<'a> {
    /// The posts up to a time, of each creator.
    #[must_use]
    pub fn until(posts: &'a [Post], as_of: Option<Timestamp>) -> Self {
        let mut of: HashMap<&CreatorId, Vec<&Post>> = HashMap::new();
        for post in posts {
            if as_of.is_none_or(|as_of| post.published_at <= as_of) {
                of.entry(&post.creator_id).or_default().push(post);
            }
        }
        for own in of.values_mut() {
            own.sort_by(|a, b| (b.published_at, &a.post_id).cmp(&(a.published_at, &b.post_id)));
        }
        Self(of)
    }

    /// A creator's.
    #[must_use]
    pub fn of(&self, creator: &CreatorId) -> &[&'a Post] {
        self.0.get(creator).map_or(&[], Vec::as_slice)
    }

    /// Those of each creator who has any, in no order.
    pub fn each(&self) -> impl Iterator<Item = &[&'a Post]> {
        self.0.values().map(Vec::as_slice)
    }
}

/// A text with the polarity that people gave it: a row to train or to judge a model on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelledText {
    /// What was written.
    pub text: String,
    /// What people said of it.
    pub label: Polarity,
    /// What they labelled it towards; `None` is the whole text.
    pub target: Option<String>,
    /// Where the row comes from, to tell sets apart in one file.
    pub source: Option<String>,
}

/// A comment that people labelled, or were asked to: a row of the sheet that `label` makes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelledComment {
    /// Which comment; without it, `text` says so.
    pub comment_id: Option<CommentId>,
    /// What was written.
    pub text: Option<String>,
    /// What people said of it; `None` where nobody has yet.
    pub label: Option<Polarity>,
    /// What they labelled it towards; `None` is whatever was asked about.
    pub brand: Option<String>,
    /// The probability with which the comment was drawn, above 0 and up to 1; `None` where all were equally likely.
    pub probability: Option<f64>,
    /// The number of the stratum it was drawn from.
    pub stratum: Option<u64>,
}

/// A creator on a shortlist, as the report's page exports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShortlistEntry {
    /// Who.
    pub creator_id: CreatorId,
    /// How far it has come: proposed, contacted, booked, declined, or whatever somebody wrote; in lower case.
    pub status: Option<String>,
}

impl ShortlistEntry {
    /// Whether the creator has said no, or nobody wants them any more.
    #[must_use]
    pub fn is_declined(&self) -> bool {
        self.status.as_deref() == Some("declined")
    }
}

/// A row of a panel: what was counted in a place on a day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// The place.
    pub location: String,
    /// The day.
    pub date: Date,
    /// What was counted there on that day, in any unit; finite.
    pub outcome: f64,
}

/// What `rank` had said of a creator: a row of its output, read back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PredictedCreator {
    /// Who.
    pub creator_id: CreatorId,
    /// Place in the ranking, from 1.
    pub rank: Option<u64>,
    /// 0..1.
    pub score: Option<f64>,
    /// Share of the basis that the next post was expected to engage.
    pub expected_engagement_rate: Option<f64>,
    /// Lower end of its 90 % interval.
    pub lower_90: Option<f64>,
    /// Upper end.
    pub upper_90: Option<f64>,
}

/// What came of a creator: a row of a table that a ranking is held against.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Who; `None` in rows of totals, which are nobody's.
    pub creator_id: Option<CreatorId>,
    /// Engagements, orders, revenue: not negative, more is better; `None` where nothing is known.
    pub gain: Option<f64>,
}
