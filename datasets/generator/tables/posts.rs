//! A year of posts, and what they earned.

use super::brands::{BRANDS, Brand};
use super::captions::{caption, hashtags};
use super::creators::Creator;
use super::dice::{Dice, exp};
use super::niches::{NICHES, Words};
use super::rows::{Post, time};

/// 2025-06-01T00:00:00Z.
pub(crate) const START: i64 = 1_748_736_000;
pub(crate) const DAY: i64 = 86_400;
const DAYS: i64 = 365;
const COUNT: usize = 6_000;
/// The campaign's posts go out on these days after the start: 6 April to 3 May 2026.
pub(crate) const CAMPAIGN_DAYS: (i64, i64) = (309, 337);

/// All posts, creator by creator, each one's in the order of time. Sets the creators' number
/// of posts.
pub(crate) fn make(seed: u64, words: &Words, creators: &mut [Creator]) -> Vec<Post> {
    let mut dice = Dice::new(seed, "posts");
    let counts = counts(&mut dice, creators);
    let mut posts = Vec::with_capacity(COUNT);
    for (index, creator) in creators.iter_mut().enumerate() {
        creator.row.posts_count = (counts[index] as f64 * dice.between(1.0, 14.0)) as u64 + 1;
        let mut seconds: Vec<i64> = (0..counts[index])
            .map(|_| moment(&mut dice, 0, DAYS))
            .collect();
        let paid = if creator.campaign {
            1 + usize::from(dice.chance(0.3))
        } else {
            0
        };
        let briefs: Vec<i64> = (0..paid)
            .map(|_| moment(&mut dice, CAMPAIGN_DAYS.0, CAMPAIGN_DAYS.1))
            .collect();
        seconds.truncate(counts[index] - paid);
        seconds.extend(&briefs);
        seconds.sort_unstable();
        let mut style = Style::of(&mut dice, creator);
        for second in seconds {
            let brand = if briefs.contains(&second) {
                Some((&BRANDS[0], true))
            } else {
                sponsor(&mut dice, creator)
            };
            let mut post = one(&mut dice, words, creator, &mut style, second, brand);
            post.post_id = format!("p{:05}", posts.len() + 1);
            post.creator = index;
            posts.push(post);
        }
    }
    posts
}

/// Posts per creator: long-tailed, some with hardly any, and exactly `COUNT` in all.
fn counts(dice: &mut Dice, creators: &[Creator]) -> Vec<usize> {
    let mut counts: Vec<usize> = creators
        .iter()
        .map(|creator| {
            if dice.chance(0.04) && !creator.campaign {
                dice.below(3)
            } else {
                dice.log_normal(18.0, 0.6).clamp(4.0, 70.0) as usize
            }
        })
        .collect();
    while counts.iter().sum::<usize>() != COUNT {
        let index = dice.below(counts.len());
        if counts[index] < 4 || counts[index] > 69 {
            continue;
        }
        if counts.iter().sum::<usize>() < COUNT {
            counts[index] += 1;
        } else if counts[index] > 4 {
            counts[index] -= 1;
        }
    }
    counts
}

/// Some second of these days, by day more than by night.
fn moment(dice: &mut Dice, from: i64, to: i64) -> i64 {
    let day = dice.between(from as f64, to as f64).floor() as i64;
    let hour = (14.5 + 3.8 * dice.normal()).clamp(0.0, 23.9);
    START + day * DAY + (hour * 3_600.0 + dice.between(0.0, 300.0)) as i64
}

/// What stays the same over a creator's posts.
struct Style {
    /// Growth of the rate over the year, in logarithms.
    trend: f64,
    comment_share: f64,
    shows_shares: bool,
    shows_reach: bool,
    hides_likes: f64,
    /// Phrases of captions that were there before.
    used: Vec<String>,
}

impl Style {
    fn of(dice: &mut Dice, creator: &Creator) -> Self {
        let share = match creator.row.platform {
            "tiktok" => 0.018,
            "youtube" => 0.07,
            _ => 0.035,
        };
        Self {
            trend: 0.2 * dice.normal(),
            comment_share: dice.log_normal(share, 0.35).min(0.3),
            shows_shares: dice.chance(0.6),
            shows_reach: dice.chance(0.25),
            hides_likes: if dice.chance(0.08) { 0.4 } else { 0.0 },
            used: Vec::new(),
        }
    }
}

fn sponsor(dice: &mut Dice, creator: &Creator) -> Option<(&'static Brand, bool)> {
    let paid = creator.row.followers > 1_500 && dice.chance(0.085);
    if !paid && !dice.chance(0.02) {
        return None;
    }
    let brands = NICHES[creator.niche].brands;
    let index = if dice.chance(0.6) {
        brands[0]
    } else {
        *dice.pick(brands)
    };
    Some((&BRANDS[index], paid))
}

fn one(
    dice: &mut Dice,
    words: &Words,
    creator: &Creator,
    style: &mut Style,
    second: i64,
    brand: Option<(&'static Brand, bool)>,
) -> Post {
    let words = &words.niches[creator.niche];
    let month = jiff::Timestamp::from_second(second)
        .map_or(1, |at| at.to_zoned(jiff::tz::TimeZone::UTC).month());
    let paid = brand.is_some_and(|(_, paid)| paid);
    let brand = brand.map(|(brand, _)| brand);
    let (media_type, media, sigma) = match creator.row.platform {
        "tiktok" => ("video", 1.0, 0.85),
        "youtube" => [("video", 1.0, 0.55), ("short", 1.1, 0.75)][dice.weighted(&[0.7, 0.3])],
        _ => [
            ("photo", 0.9, 0.42),
            ("carousel", 1.05, 0.45),
            ("reel", 1.2, 0.6),
        ][dice.weighted(&[0.4, 0.25, 0.35])],
    };
    let year = (second - START) as f64 / (DAYS * DAY) as f64;
    let mut rate = dice.log_normal(creator.level, sigma) * media * exp(style.trend * (year - 0.5));
    if paid {
        rate *= 0.8;
    }
    // A video that leaves the creator's own audience.
    if media_type != "photo"
        && dice.chance(if media_type == "video" && sigma > 0.8 {
            0.05
        } else {
            0.01
        })
    {
        rate *= exp(dice.between(1.0, 2.8));
    }
    let engaged = rate * creator.row.followers as f64;
    let comments = (engaged * dice.log_normal(style.comment_share, 0.4).min(0.5)).round();
    let likes = (engaged - comments).max(0.0).round();
    let views = match media_type {
        "photo" | "carousel" => None,
        "reel" => Some(likes / dice.between(0.04, 0.1)),
        "short" => Some(likes / dice.between(0.03, 0.07)),
        _ if creator.row.platform == "youtube" => Some(likes / dice.between(0.03, 0.06)),
        _ => Some(likes / dice.between(0.06, 0.14)),
    };
    let youtube = creator.row.platform == "youtube";
    let reach = style
        .shows_reach
        .then(|| views.unwrap_or(likes / dice.between(0.05, 0.13)) * dice.between(0.7, 0.92));
    let shares = (likes * dice.log_normal(0.04, 0.6)).round() as u64;
    let saves = (likes * dice.log_normal(0.05, 0.6)).round() as u64;
    let hidden = dice.chance(style.hides_likes);
    Post {
        post_id: String::new(),
        creator_id: creator.row.creator_id.clone(),
        published_at: time(second),
        caption: caption(dice, words, creator, month, brand, &mut style.used),
        hashtags: hashtags(dice, words, creator, brand, paid),
        media_type,
        likes: (!hidden).then_some(likes as u64),
        comments: comments as u64,
        shares: (style.shows_shares && !youtube).then_some(shares),
        saves: (style.shows_shares && !youtube).then_some(saves),
        views: views.map(|views| views.round() as u64),
        reach: reach.map(|reach| reach.round() as u64),
        sponsored: paid,
        brand: brand.map(|brand| brand.name),
        second,
        creator: 0,
    }
}
