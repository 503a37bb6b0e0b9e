//! One post's rate, and which basis a platform's rates have.

use crate::schema::{Creator, Post, RateBasis};
use std::collections::BTreeMap;

/// Platforms whose posts are watched rather than followed.
const VIDEO_PLATFORMS: [&str; 2] = ["tiktok", "youtube"];

/// Likes + comments + shares + saves, as far as the export prints them. `None` without likes:
/// a sum that lacks its largest part is no engagement count.
#[must_use]
pub fn engagements(post: &Post) -> Option<u64> {
    let rest = [post.comments, post.shares, post.saves];
    Some(
        rest.into_iter()
            .flatten()
            .fold(post.likes?, u64::saturating_add),
    )
}

/// The post's rate, a share of the basis, and its logarithm ln((engagements + 0.5) / basis).
/// `None` where the likes or the basis are not printed, or the basis is 0.
#[must_use]
pub fn post_rate(post: &Post, followers: u64, basis: RateBasis) -> Option<(f64, f64)> {
    let below = match basis {
        RateBasis::Followers => followers,
        RateBasis::Views => post.views?,
        RateBasis::Reach => post.reach?,
    };
    if below == 0 {
        return None;
    }
    let (above, below) = (engagements(post)? as f64, below as f64);
    Some((above / below, ((above + 0.5) / below).ln()))
}

/// The basis of every platform among `creators`, by the rule of
/// [`super::EngagementOptions::basis`]. One basis per platform, so that its creators can be
/// compared with each other.
pub(super) fn bases(
    creators: &[Creator],
    posts: &[Vec<&Post>],
    asked: Option<RateBasis>,
) -> BTreeMap<Option<String>, RateBasis> {
    let mut counts: BTreeMap<Option<String>, (usize, usize)> = BTreeMap::new();
    for (creator, posts) in creators.iter().zip(posts) {
        let (all, seen) = counts.entry(platform_of(creator)).or_default();
        *all += posts.len();
        *seen += posts
            .iter()
            .filter(|post| post.views.is_some_and(|views| views > 0))
            .count();
    }
    counts
        .into_iter()
        .map(|(platform, (all, seen))| {
            let video = platform
                .as_deref()
                .is_some_and(|name| VIDEO_PLATFORMS.contains(&name));
            let usual = if video && seen > 0 && 2 * seen >= all {
                RateBasis::Views
            } else {
                RateBasis::Followers
            };
            (platform, asked.unwrap_or(usual))
        })
        .collect()
}

/// The platform in lower case without spaces around it; an empty one is none.
pub(super) fn platform_of(creator: &Creator) -> Option<String> {
    let name = creator.platform.as_deref()?.trim().to_lowercase();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Followers;
    use jiff::Timestamp;

    fn post() -> Post {
        let mut post = Post::new("p".into(), "c".into(), Timestamp::UNIX_EPOCH);
        post.likes = Some(30);
        post.comments = Some(10);
        post
    }

    #[test]
    fn rate_counts_what_is_printed() {
        let (rate, log) = post_rate(&post(), 1000, RateBasis::Followers).unwrap();
        assert!((rate - 0.04).abs() < 1e-12 && (log - (0.0405_f64).ln()).abs() < 1e-12);
        assert_eq!(post_rate(&post(), 0, RateBasis::Followers), None);
        assert_eq!(post_rate(&post(), 1000, RateBasis::Views), None);
        let silent = Post {
            likes: None,
            ..post()
        };
        assert_eq!(engagements(&silent), None);
    }

    #[test]
    fn video_platforms_count_views_where_they_have_them() {
        let mut creator = Creator::new("c".into(), Followers(1));
        creator.platform = Some("TikTok".into());
        let mut seen = post();
        seen.views = Some(100);
        let unseen = post();
        let basis = |posts: Vec<&Post>, asked| {
            bases(std::slice::from_ref(&creator), &[posts], asked)[&Some("tiktok".to_owned())]
        };
        assert_eq!(basis(vec![&seen, &unseen], None), RateBasis::Views);
        assert_eq!(basis(vec![&unseen], None), RateBasis::Followers);
        let asked = Some(RateBasis::Reach);
        assert_eq!(basis(vec![&seen], asked), RateBasis::Reach);
    }
}
