//! Signs in a creator's own posts: likes without comments, texts and tag blocks that repeat, others' pictures, prizes.

use super::assess::Signal;
use super::followers;
use crate::embedding::{Phrases, tokens};
use crate::schema::{Creator, Post, PostsOf};
use crate::stats::median;
use crate::text::hashtags_in;
use jiff::Timestamp;
use rayon::prelude::*;
use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

/// Posts below which nothing is said of them.
const FEWEST_POSTS: usize = 5;
/// Newest posts that are looked at.
const READ: usize = 200;
/// Likes below which their comments say nothing.
const FEWEST_LIKES: u64 = 2_000;
/// Creators of a platform below which nothing is usual.
const FEWEST_PEERS: usize = 10;
/// Letters below which two equal captions are no copy.
const SHORTEST_COPY: usize = 25;
/// Tags that make a block.
const BLOCK: usize = 5;

/// Words of a prize, in the languages most written.
const PRIZES: &[&str] = &[
    "giveaway*",
    "sorteo*",
    "sorteio*",
    "gewinnspiel*",
    "verlosung*",
    "verlosen",
    "concours",
    "tirage au sort",
    "estrazione a premi",
    "διαγωνισμος",
    "διαγωνισμό",
    "розыгрыш*",
    "конкурс*",
    "cekilis*",
    "çekiliş*",
    "konkurs*",
    "winactie*",
    "win a",
    "enter to win",
    "to enter",
    "win one of",
];
/// Words that name somebody else's picture.
const CREDITS: &[&str] = &[
    "repost*",
    "regram*",
    "reposted from",
    "via",
    "credit",
    "credits",
    "credit to",
    "photo by",
    "pic by",
    "picture by",
    "foto de",
    "courtesy of",
    "cr",
    "dm for credit",
    "tag us",
    "follow us for more",
    "follow for more",
    "rp",
];
/// Words of a page that shows others' posts.
const HUB: &[&str] = &[
    "to be featured",
    "for a feature",
    "get featured",
    "be featured",
    "dm to be featured",
    "tag us to",
    "use our hashtag",
    "feature page",
    "featuring the best",
    "submit your",
    "daily dose of",
    "the best of",
    "we feature",
    "tag to be featured",
    "repost page",
    "curated by",
    "credits to owners",
    "credit to owners",
];

fn list(entries: &[&str]) -> Phrases {
    let mut phrases = Phrases::default();
    for entry in entries {
        phrases.add(entry, 0, 0);
    }
    phrases
}

static PRIZE: LazyLock<Phrases> = LazyLock::new(|| list(PRIZES));
static CREDIT: LazyLock<Phrases> = LazyLock::new(|| list(CREDITS));
static HUBS: LazyLock<Phrases> = LazyLock::new(|| list(HUB));

/// What was counted in one creator's posts.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Content {
    posts: usize,
    /// Comments by likes over the posts that have both, and those posts.
    comment_ratio: Option<(f64, usize)>,
    repeated: usize,
    captions: usize,
    repeated_tags: usize,
    tagged: usize,
    prizes: usize,
    credited: usize,
    /// What the bio says of showing others' posts.
    pub(super) hub: Option<String>,
    /// How the followers moved, beside the posts of that time.
    followers: Option<Signal>,
}

/// What was counted in every creator's posts, in their order.
#[derive(Debug, Clone, Default)]
pub struct PostSigns {
    pub(super) all: Vec<Content>,
    pub(super) usual: Usual,
}

/// Counts of every creator, in their order, with the usual comments by likes of each platform. Posts after `as_of` are
/// not read.
#[must_use]
pub fn post_signs(creators: &[Creator], posts: &[Post], as_of: Option<Timestamp>) -> PostSigns {
    let own = PostsOf::until(posts, as_of);
    let all: Vec<Content> = creators
        .par_iter()
        .map(|creator| {
            let posts = own.of(&creator.creator_id);
            of(creator, &posts[..posts.len().min(READ)])
        })
        .collect();
    let mut ratios: HashMap<Option<String>, Vec<f64>> = HashMap::new();
    for (creator, content) in creators.iter().zip(&all) {
        if let Some((ratio, _)) = content.comment_ratio {
            ratios.entry(platform(creator)).or_default().push(ratio);
        }
    }
    let usual = ratios
        .into_iter()
        .filter(|(_, ratios)| ratios.len() >= FEWEST_PEERS)
        .filter_map(|(platform, ratios)| Some((platform, (median(&ratios)?, ratios.len()))))
        .collect();
    PostSigns { all, usual }
}

/// Comments by likes that are usual on a platform, and among how many creators.
pub(super) type Usual = HashMap<Option<String>, (f64, usize)>;

fn platform(creator: &Creator) -> Option<String> {
    creator.platform.as_ref().map(|p| p.to_lowercase())
}

fn of(creator: &Creator, posts: &[&Post]) -> Content {
    let mut found = Content {
        posts: posts.len(),
        ..Content::default()
    };
    let (mut likes, mut comments, mut both) = (0_u64, 0_u64, 0);
    let mut captions: BTreeSet<String> = BTreeSet::new();
    let mut blocks: BTreeSet<Vec<String>> = BTreeSet::new();
    for post in posts {
        if let (Some(l), Some(c)) = (post.likes, post.comments) {
            likes = likes.saturating_add(l);
            comments = comments.saturating_add(c);
            both += 1;
        }
        let caption = post.caption.as_deref().unwrap_or_default();
        let words = tokens(caption);
        let text: Vec<&str> = caption
            .split_whitespace()
            .filter(|w| !w.starts_with('#'))
            .collect();
        let letters: String = text
            .concat()
            .to_lowercase()
            .chars()
            .filter(|c| c.is_alphanumeric())
            .collect();
        if letters.chars().count() >= SHORTEST_COPY {
            found.captions += 1;
            found.repeated += usize::from(!captions.insert(letters));
        }
        let mut tags = if post.hashtags.is_empty() {
            hashtags_in(caption)
        } else {
            post.hashtags.clone()
        };
        tags.sort_unstable();
        tags.dedup();
        if tags.len() >= BLOCK {
            found.tagged += 1;
            found.repeated_tags += usize::from(!blocks.insert(tags));
        }
        found.prizes += usize::from(!PRIZE.find(&words).is_empty());
        found.credited += usize::from(caption.contains('@') && !CREDIT.find(&words).is_empty());
    }
    if likes >= FEWEST_LIKES && both >= FEWEST_POSTS {
        found.comment_ratio = Some((comments as f64 / likes as f64, both));
    }
    let bio = tokens(creator.bio.as_deref().unwrap_or_default());
    found.followers = followers::signal(creator, posts);
    found.hub = HUBS.terms(&bio).into_iter().next().map(|(term, _)| term);
    found
}

/// The signals of one creator's posts.
pub(super) fn signals(creator: &Creator, content: &Content, usual: &Usual) -> Vec<Signal> {
    let mut all: Vec<Signal> = content.followers.iter().cloned().collect();
    if let (Some((ratio, posts)), Some((usual, peers))) = (
        content.comment_ratio,
        usual.get(&platform(creator)).copied(),
    ) && usual > 0.0
    {
        all.push(Signal::new(
                "few_comments_for_likes",
                (0.25 - ratio / usual) / 0.2,
                0.4,
                format!(
                    "{:.2} comments per 100 likes over {posts} posts, where {:.2} are usual among {peers} creators of the platform",
                    100.0 * ratio,
                    100.0 * usual
                ),
            ));
    }
    let share = |n: usize, of: usize| n as f64 / of.max(1) as f64;
    if content.captions >= FEWEST_POSTS {
        all.push(Signal::new(
            "captions_repeat",
            (share(content.repeated, content.captions) - 0.5) / 0.4,
            0.2,
            format!(
                "{} of {} captions repeat an earlier one word for word",
                content.repeated, content.captions
            ),
        ));
    }
    if content.tagged >= FEWEST_POSTS {
        all.push(Signal::new(
            "tag_block_repeats",
            (share(content.repeated_tags, content.tagged) - 0.4) / 0.5,
            0.15,
            format!(
                "{} of {} posts with five tags and more carry a block of tags that another has",
                content.repeated_tags, content.tagged
            ),
        ));
    }
    if content.posts >= FEWEST_POSTS || content.hub.is_some() {
        let credited = share(content.credited, content.posts);
        let hub = content
            .hub
            .as_ref()
            .map_or_else(String::new, |term| format!("; the bio says {term:?}"));
        let strength = ((credited - 0.2) / 0.5).max(if content.hub.is_some() { 0.7 } else { 0.0 });
        all.push(Signal::new(
            "reposts",
            strength,
            0.3,
            format!(
                "{} of {} captions credit somebody else by @{hub}",
                content.credited, content.posts
            ),
        ));
    }
    if content.posts >= FEWEST_POSTS {
        all.push(Signal::new(
            "giveaways",
            (share(content.prizes, content.posts) - 0.15) / 0.4,
            0.15,
            format!(
                "{} of {} captions promise a prize, which draws followers for the prize",
                content.prizes, content.posts
            ),
        ));
    }
    all
}

/// Share of the captions that credit somebody else, from which an account is taken for a page of reposts.
pub(super) fn is_hub(content: &Content) -> Option<String> {
    let credited = content.credited as f64 / content.posts.max(1) as f64;
    if let Some(term) = &content.hub {
        return Some(format!("the bio says {term:?}"));
    }
    (content.posts >= FEWEST_POSTS && credited >= 0.5).then(|| {
        format!(
            "{} of {} captions credit somebody else",
            content.credited, content.posts
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Followers;

    fn posts(who: &str, n: i64, caption: impl Fn(i64) -> String, comments: u64) -> Vec<Post> {
        (0..n)
            .map(|i| Post {
                caption: Some(caption(i)),
                likes: Some(1_000),
                comments: Some(comments),
                ..Post::new(
                    format!("{who}{i}").as_str().into(),
                    who.into(),
                    Timestamp::from_second(1_700_000_000 + i * 86_400).unwrap(),
                )
            })
            .collect()
    }

    fn names(creators: &[Creator], posts: &[Post], place: usize) -> Vec<&'static str> {
        let found = post_signs(creators, posts, None);
        let signals = signals(&creators[place], &found.all[place], &found.usual);
        signals
            .into_iter()
            .filter_map(|s| s.flag)
            .map(|flag| flag.name)
            .collect()
    }

    #[test]
    fn likes_without_comments_repeats_reposts_and_prizes_are_seen() {
        let mut creators: Vec<Creator> = (0..12)
            .map(|i| Creator::new(format!("k{i}").as_str().into(), Followers(9_000)))
            .collect();
        creators.push(Creator::new("hub".into(), Followers(9_000)));
        let mut all = Vec::new();
        for i in 0..12 {
            all.extend(posts(
                &format!("k{i}"),
                8,
                |n| format!("My walk number {n} through the quiet old town"),
                7,
            ));
        }
        all.extend(posts(
            "hub",
            8,
            |_| "Lovely look by @somebody, credit to her! Giveaway soon #a #b #c #d #e".to_owned(),
            0,
        ));
        assert_eq!(
            names(&creators, &all, 12),
            [
                "few_comments_for_likes",
                "captions_repeat",
                "tag_block_repeats",
                "reposts",
                "giveaways"
            ]
        );
        assert_eq!(names(&creators, &all, 0), Vec::<&str>::new());
        let found = post_signs(&creators, &all, None).all;
        assert!(is_hub(&found[12]).is_some() && is_hub(&found[3]).is_none());
    }
}
