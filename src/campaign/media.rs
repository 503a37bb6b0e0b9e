//! What a creator's campaign posts reached.

use super::money::ExchangeRates;
use crate::engagement::engagements;
use crate::error::Result;
use crate::schema::{Creator, CreatorId, Post, PostId, Spend};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What impressions are, and what the engagement rate is divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaBasis {
    /// Views of the posts; where a post prints none, its reach.
    Impressions,
    /// No post prints views or reach: followers, once per post. Impressions are then unknown.
    Followers,
}

impl MediaBasis {
    /// The name used in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Impressions => "impressions",
            Self::Followers => "followers",
        }
    }
}

/// A creator's posts for the campaign, summed.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Media {
    /// Posts.
    pub posts: u64,
    /// Views, else reach, of the posts that print them; `None` where none does.
    pub impressions: Option<u64>,
    /// Likes + comments + shares + saves of the posts that print likes; `None` where none does.
    pub engagements: Option<u64>,
    /// Engagements divided by the basis, over the posts that print both, 0 on.
    pub engagement_rate: Option<f64>,
    /// What it was divided by.
    pub basis: Option<MediaBasis>,
    /// What the engagements would be worth by the user's own rates; `None` unless asked for.
    pub emv: Option<f64>,
    /// What was paid for the posts whose impressions are known, in the campaign's currency: cost per mille is over
    /// these alone.
    pub spend_with_impressions: f64,
    /// The same of those whose engagements are known.
    pub spend_with_engagements: f64,
}

/// What the user takes one engagement of each kind to be worth, in the campaign's currency.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct EngagementValues {
    /// A like.
    pub likes: f64,
    /// A comment.
    pub comments: f64,
    /// A share.
    pub shares: f64,
    /// A save.
    pub saves: f64,
    /// A view.
    pub views: f64,
}

impl EngagementValues {
    fn of(&self, post: &Post) -> f64 {
        [
            (post.likes, self.likes),
            (post.comments, self.comments),
            (post.shares, self.shares),
            (post.saves, self.saves),
            (post.views, self.views),
        ]
        .into_iter()
        .map(|(n, worth)| n.unwrap_or_default() as f64 * worth)
        .sum()
    }
}

/// The campaign's posts by creator: those named in the spend table; for a creator of whom it names none, the sponsored
/// ones within `period`; where nothing says what is sponsored, all within it. Also the ids of paid posts that are in no
/// table.
///
/// What was paid for a post is that post's; what was paid without naming one is shared evenly by the creator's posts.
///
/// # Errors
/// Where a currency has no rate.
pub fn campaign_media(
    spend: &[Spend],
    posts: &[Post],
    creators: &[Creator],
    period: (Timestamp, Timestamp),
    values: Option<&EngagementValues>,
    rates: &ExchangeRates,
) -> Result<(BTreeMap<CreatorId, Media>, Vec<PostId>)> {
    let mut paid: BTreeMap<&CreatorId, BTreeSet<&PostId>> = BTreeMap::new();
    for row in spend {
        paid.entry(&row.creator_id)
            .or_default()
            .extend(&row.post_id);
    }
    let followers: BTreeMap<&CreatorId, u64> = creators
        .iter()
        .filter_map(|c| Some((&c.creator_id, c.followers?.0)))
        .collect();
    let says_sponsored = posts.iter().any(|post| post.sponsored.is_some());
    let mut missing: BTreeSet<&PostId> = paid.values().flatten().copied().collect();
    let mut sums: BTreeMap<&CreatorId, Vec<&Post>> = BTreeMap::new();
    for post in posts {
        let Some(named) = paid.get(&post.creator_id) else {
            continue;
        };
        let within = (period.0..=period.1).contains(&post.published_at);
        let counts = if named.is_empty() {
            within && (!says_sponsored || post.sponsored == Some(true))
        } else {
            named.contains(&post.post_id)
        };
        missing.remove(&post.post_id);
        if counts {
            sums.entry(&post.creator_id).or_default().push(post);
        }
    }
    let mut media: BTreeMap<CreatorId, Media> = sums
        .iter()
        .map(|(id, posts)| {
            (
                (*id).clone(),
                sum(posts, followers.get(*id).copied(), values),
            )
        })
        .collect();
    for row in spend {
        let (Some(media), Some(posts)) =
            (media.get_mut(&row.creator_id), sums.get(&row.creator_id))
        else {
            continue;
        };
        let amount = row.amount * rates.rate_of(row.currency.as_deref())?;
        let of: Vec<&Post> = posts
            .iter()
            .filter(|post| row.post_id.as_ref().is_none_or(|id| *id == post.post_id))
            .copied()
            .collect();
        // Posts that are paid for and in no table are among those whose figures are unknown.
        let absent = paid.get(&row.creator_id).map_or(0, |named| {
            named.iter().filter(|id| missing.contains(*id)).count()
        });
        let all = of.len() + if row.post_id.is_none() { absent } else { 0 };
        let share = |known: &dyn Fn(&Post) -> bool| {
            amount * of.iter().filter(|post| known(post)).count() as f64 / all.max(1) as f64
        };
        media.spend_with_impressions += share(&|post| seen(post).is_some());
        media.spend_with_engagements += share(&|post| engagements(post).is_some());
    }
    Ok((media, missing.into_iter().cloned().collect()))
}

/// Views, else reach.
fn seen(post: &Post) -> Option<u64> {
    post.views.or(post.reach)
}

fn sum(posts: &[&Post], followers: Option<u64>, values: Option<&EngagementValues>) -> Media {
    let mut media = Media {
        posts: posts.len() as u64,
        emv: values.map(|v| posts.iter().map(|p| v.of(p)).sum()),
        ..Media::default()
    };
    let by_seen = posts.iter().any(|p| seen(p).is_some());
    let (mut above, mut below) = (0, 0);
    for post in posts {
        if let Some(seen) = seen(post) {
            *media.impressions.get_or_insert(0) += seen;
        }
        let Some(n) = engagements(post) else { continue };
        *media.engagements.get_or_insert(0) += n;
        if let Some(base) = if by_seen { seen(post) } else { followers } {
            above += n;
            below += base;
        }
    }
    if below > 0 {
        media.engagement_rate = Some(above as f64 / below as f64);
        media.basis = Some(if by_seen {
            MediaBasis::Impressions
        } else {
            MediaBasis::Followers
        });
    }
    media
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Followers;

    fn post(id: &str, at: &str, likes: u64, views: Option<u64>) -> Post {
        let mut post = Post::new(id.into(), "a".into(), at.parse().unwrap());
        post.likes = Some(likes);
        post.views = views;
        post
    }

    #[test]
    fn paid_posts_else_sponsored_ones_else_all_in_the_period() {
        let mut spend = Spend {
            creator_id: "a".into(),
            amount: 10.0,
            currency: None,
            post_id: Some("p1".into()),
            promo_code: None,
            campaign: None,
        };
        let in_time = "2026-04-06T00:00:00Z";
        let mut posts = vec![
            post("p1", "2026-01-01T00:00:00Z", 30, Some(1000)),
            post("p2", in_time, 40, Some(100)),
            post("p3", in_time, 50, None),
        ];
        let creator = Creator::new("a".into(), Followers(500));
        let period = (
            "2026-04-01T00:00:00Z".parse().unwrap(),
            "2026-05-01T00:00:00Z".parse().unwrap(),
        );
        let values = EngagementValues {
            likes: 0.1,
            ..EngagementValues::default()
        };
        let media = |spend: &Spend, posts: &[Post]| {
            let (media, missing) = campaign_media(
                std::slice::from_ref(spend),
                posts,
                std::slice::from_ref(&creator),
                period,
                Some(&values),
                &ExchangeRates::default(),
            )
            .unwrap();
            (media[&CreatorId::from("a")], missing)
        };
        let (paid, missing) = media(&spend, &posts);
        assert_eq!(
            (paid.posts, paid.impressions, paid.engagement_rate),
            (1, Some(1000), Some(0.03))
        );
        assert!(missing.is_empty() && (paid.emv.unwrap() - 3.0).abs() < 1e-12);
        assert!((paid.spend_with_impressions - 10.0).abs() < 1e-12);
        spend.post_id = None;
        // The rate takes only the post that prints both; the sum of engagements takes both posts.
        let (all, _) = media(&spend, &posts);
        assert_eq!(
            (all.posts, all.engagements, all.engagement_rate),
            (2, Some(90), Some(0.4))
        );
        // Of the two posts one prints impressions, and both engagements.
        assert!((all.spend_with_impressions - 5.0).abs() < 1e-12);
        assert!((all.spend_with_engagements - 10.0).abs() < 1e-12);
        posts[2].sponsored = Some(true);
        let (sponsored, _) = media(&spend, &posts);
        assert_eq!((sponsored.posts, sponsored.impressions), (1, None));
        assert_eq!(
            (sponsored.basis, sponsored.engagement_rate),
            (Some(MediaBasis::Followers), Some(0.1))
        );
        spend.post_id = Some("p9".into());
        posts.push(post("p9x", in_time, 1, None));
        let rates = ExchangeRates::default();
        let (media, missing) = campaign_media(&[spend], &posts, &[], period, None, &rates).unwrap();
        assert!(media.is_empty() && missing == ["p9".into()]);
    }
}
