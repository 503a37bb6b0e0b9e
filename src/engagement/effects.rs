//! What kind of post it was, and how much that changes its rate.

use super::history::History;
use crate::schema::Post;
use crate::stats::{least_absolute, median};
use serde::Serialize;
use std::collections::BTreeMap;

/// Media types told apart beside the most common one.
const MEDIA: usize = 3;
/// Everything that is looked at.
const TRAITS: usize = MEDIA + 8;
const NAMES: [&str; TRAITS - MEDIA] = [
    "tenfold_hashtags",
    "tenfold_mentions",
    "tenfold_caption_length",
    "question",
    "hour_sine",
    "hour_cosine",
    "weekend",
    "sponsored",
];
/// The traits that say how long or full a text is; they stand first after the media.
const COUNTS: usize = 3;
/// Media types below this share of the posts are no type of their own.
const RAREST: f64 = 0.01;
/// Fewest posts by which a creator's own middle is known.
const FEWEST_POSTS: usize = 4;
/// Newest posts of a creator that are asked.
const MOST_POSTS: usize = 40;
/// Creators beyond which no more are asked.
const MOST_CREATORS: usize = 5_000;
/// Fewest posts that teach anything.
const FEWEST: usize = 200;
/// Ridge penalty per post, on traits of one standard deviation.
const PENALTY: f64 = 0.1;
/// Errors below this weigh no more.
const SMALLEST_ERROR: f64 = 0.05;
/// A trait that varies less within creators says nothing: dates without a time of day vary by chance.
const LEAST_VARIATION: f64 = 0.05;

/// What kind of post it was, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Traits(pub(super) [f32; TRAITS]);

/// The media types of a group that have a number of their own.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Media(Vec<String>);

impl Media {
    /// The most common types but the first.
    pub(super) fn of<'a>(posts: impl Iterator<Item = &'a Post>) -> Self {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let mut all = 0;
        for post in posts {
            let name = post.media_type.as_deref().unwrap_or_default();
            all += 1;
            if let Some(count) = counts.get_mut(name) {
                *count += 1;
            } else {
                counts.insert(name.to_owned(), 1);
            }
        }
        let mut kinds: Vec<(String, usize)> = counts.into_iter().collect();
        kinds.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let common = kinds
            .into_iter()
            .filter(|(_, n)| *n as f64 >= RAREST * f64::from(all))
            .skip(1);
        Self(common.take(MEDIA).map(|(name, _)| name).collect())
    }

    pub(super) fn traits(&self, post: &Post) -> Traits {
        let mut traits = [0.0; TRAITS];
        let name = post.media_type.as_deref().unwrap_or_default();
        if let Some(i) = self.0.iter().position(|kind| kind == name) {
            traits[i] = 1.0;
        }
        let caption = post.caption.as_deref().unwrap_or_default();
        let tenfold = |n: usize| (1.0 + n as f32).log10();
        let tags = if post.hashtags.is_empty() {
            caption.matches('#').count()
        } else {
            post.hashtags.len()
        };
        let second = post.published_at.as_second();
        let hour = second.rem_euclid(86_400) as f32 / 86_400.0 * std::f32::consts::TAU;
        // 1970 began on a Thursday: days 2 and 3 were its first weekend.
        let weekend = matches!(second.div_euclid(86_400).rem_euclid(7), 2 | 3);
        let rest = [
            tenfold(tags),
            tenfold(caption.matches('@').count()),
            tenfold(caption.chars().count()),
            f32::from(u8::from(caption.contains(['?', '？', '؟']))),
            hour.sin(),
            hour.cos(),
            f32::from(u8::from(weekend)),
            f32::from(u8::from(post.sponsored == Some(true))),
        ];
        traits[MEDIA..].copy_from_slice(&rest);
        Traits(traits)
    }
}

impl Traits {
    /// The first media type, and how long or full the text is: what a creator's posts are like in the mean.
    pub(super) fn style(&self) -> [f32; 1 + COUNTS] {
        [
            self.0[0],
            self.0[MEDIA],
            self.0[MEDIA + 1],
            self.0[MEDIA + 2],
        ]
    }
}

/// One trait and what goes with it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PostEffect {
    /// A media type against the most common one as `media:TYPE`; `sponsored`; `weekend` (Saturday and Sunday, UTC); a
    /// question mark in the caption; ten times the hashtags, mentions or caption; sine and cosine of the hour (UTC).
    pub name: String,
    /// Factor on the rate, of posts of one creator that differ in this alone.
    pub factor: f64,
}

/// How much each trait changes a post's log rate, among posts of the same creator.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Effects {
    media: Vec<String>,
    changes: [f64; TRAITS],
    middle: [f64; TRAITS],
}

impl Effects {
    /// Least absolute errors of log rates less their creator's median, on traits less their creator's mean. No effects
    /// below 200 posts of creators with four and more.
    pub(super) fn fit<'a>(media: &Media, histories: impl Iterator<Item = &'a History>) -> Self {
        let mut fitted = Self {
            media: media.0.clone(),
            ..Self::default()
        };
        let (mut x, mut y, mut creators) = (Vec::new(), Vec::new(), 0.0);
        for history in histories.filter(|h| h.len() > 0).take(MOST_CREATORS) {
            let asked = history.len().min(MOST_POSTS);
            let traits = &history.traits[..asked];
            let mut mean = [0.0; TRAITS];
            for t in traits {
                for (m, t) in mean.iter_mut().zip(t.0) {
                    *m += f64::from(t) / asked as f64;
                }
            }
            for (middle, mean) in fitted.middle.iter_mut().zip(mean) {
                *middle += mean;
            }
            creators += 1.0;
            let Some(level) = median(&history.logs[..asked]).filter(|_| asked >= FEWEST_POSTS)
            else {
                continue;
            };
            for (t, log) in traits.iter().zip(&history.logs) {
                let mut row = [1.0; TRAITS + 1];
                for (cell, (t, mean)) in row[1..].iter_mut().zip(t.0.iter().zip(mean)) {
                    *cell = f64::from(*t) - mean;
                }
                x.push(row);
                y.push(log - level);
            }
        }
        for middle in &mut fitted.middle {
            *middle /= f64::max(creators, 1.0);
        }
        if x.len() < FEWEST {
            return fitted;
        }
        for j in 1..=TRAITS {
            let variance = x.iter().map(|row| row[j].powi(2)).sum::<f64>() / x.len() as f64;
            if variance.sqrt() < LEAST_VARIATION {
                for row in &mut x {
                    row[j] = 0.0;
                }
            }
        }
        let mut penalties = [PENALTY; TRAITS + 1];
        penalties[0] = 0.0;
        if let Some(found) = least_absolute(&x, &y, &penalties, SMALLEST_ERROR) {
            fitted.changes.copy_from_slice(&found[1..]);
        }
        fitted
    }

    /// What the post's kind adds to its log rate.
    pub(super) fn of(&self, traits: &Traits) -> f64 {
        let pairs = self.changes.iter().zip(traits.0);
        pairs.map(|(c, t)| c * f64::from(t)).sum()
    }

    /// The same for the mean creator's posts.
    pub(super) fn usual(&self) -> f64 {
        self.changes
            .iter()
            .zip(self.middle)
            .map(|(c, m)| c * m)
            .sum()
    }

    /// Those that are not nothing, for people.
    pub(super) fn named(&self) -> Vec<PostEffect> {
        let media = self.media.iter().map(|name| format!("media:{name}"));
        let unused = std::iter::repeat_n(String::new(), MEDIA - self.media.len());
        let rest = NAMES.iter().map(|&name| name.to_owned());
        media
            .chain(unused)
            .chain(rest)
            .zip(self.changes)
            .filter(|(_, change)| *change != 0.0)
            .map(|(name, change)| PostEffect {
                name,
                factor: change.exp(),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::RateBasis;
    use crate::stats::Rng;
    use jiff::{SignedDuration, Timestamp};

    fn post(creator: usize, hour: i64, media: &str, likes: f64) -> Post {
        let at = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hour);
        let id = format!("{creator}-{hour}");
        let mut post = Post::new(id.as_str().into(), "c".into(), at);
        post.media_type = Some(media.to_owned());
        post.likes = Some(likes as u64);
        post
    }

    #[test]
    fn the_factor_of_a_media_type_is_found_whatever_the_creators_level() {
        let mut rng = Rng::new(7, "media");
        let posts: Vec<Vec<Post>> = (0..60)
            .map(|c| {
                let level = (4.0 + 1.5 * rng.normal()).exp();
                let made = (0..20).map(|n| {
                    let video = n % 4 == 0;
                    let factor = if video { 0.6 } else { 1.0 } * (0.2 * rng.normal()).exp();
                    post(
                        c,
                        31 * n,
                        if video { "video" } else { "photo" },
                        100.0 * level * factor,
                    )
                });
                made.collect()
            })
            .collect();
        let media = Media::of(posts.iter().flatten());
        assert_eq!(media.0, ["video"]);
        let histories: Vec<History> = posts
            .iter()
            .map(|posts| {
                let posts: Vec<&Post> = posts.iter().rev().collect();
                History::of(&posts, 1_000_000, RateBasis::Followers, |p| media.traits(p))
            })
            .collect();
        let named = Effects::fit(&media, histories.iter()).named();
        assert_eq!(named[0].name, "media:video");
        // The penalty draws 0.6 a little to 1.
        assert!((0.57..0.72).contains(&named[0].factor), "{named:?}");
        assert!(
            named[1..].iter().all(|e| (e.factor - 1.0).abs() < 0.08),
            "{named:?}"
        );
        let few = Effects::fit(&media, histories[..5].iter());
        assert!(few.named().is_empty());
    }
}
