//! How to reach a creator, and what to look at first: links, addresses, posts, and where they seem to be.

use crate::authenticity::{FollowerGrowth, follower_growth};
use crate::engagement::engagements;
use crate::schema::{Creator, FollowerCount, Post, PostId};
use crate::stats::median;
use crate::text::{Language, language_of};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use std::collections::BTreeMap;

/// Posts of each list.
const SHOWN: usize = 3;
/// Texts read for the language.
const READ: usize = 30;

/// A post to look at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PostLink {
    /// Which.
    pub post_id: PostId,
    /// Its address, where the platform's form is known.
    pub url: Option<String>,
    /// When it was published.
    pub published_at: Timestamp,
    /// Likes, comments, shares and saves, as far as they are printed.
    pub engagements: Option<u64>,
}

/// A value and what it was seen by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidenced {
    /// What.
    pub value: String,
    /// Seen by what.
    pub evidence: String,
}

/// How to reach a creator.
#[derive(Debug, Clone, PartialEq, Serialize, Default)]
pub struct Reach {
    /// The profile's address.
    pub profile_url: Option<String>,
    /// An e-mail address that stands in the bio.
    pub email: Option<String>,
    /// A site that stands in the bio.
    pub site: Option<String>,
    /// The country, as the table has it or as a flag or a pin of the bio says.
    pub country: Option<Evidenced>,
    /// The language, as the table has it or as most texts are written.
    pub language: Option<Evidenced>,
    /// The three posts of the most engagements.
    pub best_posts: Vec<PostLink>,
    /// The three newest posts.
    pub newest_posts: Vec<PostLink>,
    /// The followers that exports of several days tell, the oldest first, evenly thinned to 60; empty where only one
    /// does.
    pub followers_over_time: Vec<FollowerCount>,
    /// How fast they grew over all of that time.
    pub follower_growth: Option<FollowerGrowth>,
    /// What the posts of each of the last twelve months with posts engaged, the oldest first.
    pub engagement_by_month: Vec<MonthlyEngagement>,
}

/// What posts of one month engaged.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MonthlyEngagement {
    /// As `2026-11`, in UTC.
    pub month: String,
    /// Posts that say what they engaged.
    pub posts: usize,
    /// The median of their engagements.
    pub median_engagements: f64,
}

/// Counts of followers that are shown.
const COUNTS: usize = 60;
/// Months that are shown.
const MONTHS: usize = 12;

fn by_month(newest: &[&Post]) -> Vec<MonthlyEngagement> {
    let mut months: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for post in newest {
        if let Some(n) = engagements(post) {
            let date = post.published_at.to_zoned(TimeZone::UTC).date();
            let month = date.strftime("%Y-%m").to_string();
            months.entry(month).or_default().push(n as f64);
        }
    }
    let skipped = months.len().saturating_sub(MONTHS);
    months
        .into_iter()
        .skip(skipped)
        .filter_map(|(month, all)| {
            Some(MonthlyEngagement {
                month,
                posts: all.len(),
                median_engagements: median(&all)?,
            })
        })
        .collect()
}

/// At most so many of the counts, the first and the last among them.
fn thinned(counts: &[FollowerCount], most: usize) -> Vec<FollowerCount> {
    if counts.len() <= most {
        return counts.to_vec();
    }
    let last = counts.len() - 1;
    (0..most).map(|i| counts[i * last / (most - 1)]).collect()
}

/// Of one creator and their posts, the newest first. `hide` leaves out every link and address.
#[must_use]
pub(super) fn reach(creator: &Creator, newest: &[&Post], hide: bool) -> Reach {
    let bio = creator.bio.as_deref().unwrap_or_default();
    let mut best: Vec<&Post> = newest.to_vec();
    best.sort_by_key(|post| std::cmp::Reverse(engagements(post)));
    let link = |post: &&Post| PostLink {
        post_id: post.post_id.clone(),
        url: post_url(creator, post).filter(|_| !hide),
        published_at: post.published_at,
        engagements: engagements(post),
    };
    best.retain(|post| engagements(post).is_some());
    let counts = creator.follower_counts();
    Reach {
        profile_url: profile_url(creator).filter(|_| !hide),
        email: email(bio).filter(|_| !hide),
        site: site(bio).filter(|_| !hide),
        country: country(creator, bio),
        language: language(creator, newest),
        best_posts: best.iter().take(SHOWN).map(link).collect(),
        newest_posts: newest.iter().take(SHOWN).map(link).collect(),
        follower_growth: follower_growth(&counts),
        followers_over_time: if counts.len() < 2 {
            Vec::new()
        } else {
            thinned(&counts, COUNTS)
        },
        engagement_by_month: by_month(newest),
    }
}

fn handle(creator: &Creator) -> Option<&str> {
    let handle = creator.handle.as_deref()?.trim().trim_start_matches('@');
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
    (!handle.is_empty() && handle.chars().all(plain)).then_some(handle)
}

fn profile_url(creator: &Creator) -> Option<String> {
    let handle = handle(creator)?;
    match creator.platform.as_deref()?.to_lowercase().as_str() {
        "instagram" => Some(format!("https://www.instagram.com/{handle}/")),
        "tiktok" => Some(format!("https://www.tiktok.com/@{handle}")),
        "youtube" => Some(format!("https://www.youtube.com/@{handle}")),
        _ => None,
    }
}

fn post_url(creator: &Creator, post: &Post) -> Option<String> {
    let id = post.post_id.as_str();
    if id.starts_with("https://") {
        return Some(id.to_owned());
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !id.chars().all(plain) {
        return None;
    }
    match creator.platform.as_deref()?.to_lowercase().as_str() {
        "instagram" if id.len() == 11 => Some(format!("https://www.instagram.com/p/{id}/")),
        "tiktok" if id.len() >= 18 && id.chars().all(|c| c.is_ascii_digit()) => Some(format!(
            "https://www.tiktok.com/@{}/video/{id}",
            handle(creator)?
        )),
        "youtube" if id.len() == 11 => Some(format!("https://www.youtube.com/watch?v={id}")),
        _ => None,
    }
}

/// The first e-mail address of a text.
fn email(text: &str) -> Option<String> {
    text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|' | '(' | ')' | '<' | '>'))
        .map(|piece| {
            let piece = piece.rsplit_once(':').map_or(piece, |(_, rest)| rest);
            piece.trim_matches(|c: char| !c.is_ascii_alphanumeric())
        })
        .find(|piece| {
            piece.split_once('@').is_some_and(|(name, host)| {
                let good =
                    |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '%');
                let end = host.rsplit('.').next().unwrap_or_default();
                !name.is_empty()
                    && name.chars().all(good)
                    && host.contains('.')
                    && host.chars().all(good)
                    && end.len() >= 2
                    && end.chars().all(|c| c.is_ascii_alphabetic())
            })
        })
        .map(str::to_lowercase)
}

/// The first address of a site that a text gives.
fn site(text: &str) -> Option<String> {
    const ENDS: [&str; 16] = [
        "com", "net", "org", "co", "io", "me", "es", "fr", "de", "it", "uk", "br", "mx", "gr",
        "ee", "shop",
    ];
    text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|' | '(' | ')' | '<' | '>'))
        .map(|piece| piece.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '/'))
        .find(|piece| {
            let plain = piece
                .trim_start_matches("https://")
                .trim_start_matches("http://");
            let host = plain.split('/').next().unwrap_or_default().to_lowercase();
            let named = piece.starts_with("http") || host.starts_with("www.");
            let end = host.rsplit('.').next().unwrap_or_default();
            let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
            host.contains('.')
                && !piece.contains('@')
                && host.chars().all(good)
                && (named || (ENDS.contains(&end) && host.len() > 5))
        })
        .map(str::to_owned)
}

/// The country of the table, or that of the only flag in the bio.
fn country(creator: &Creator, bio: &str) -> Option<Evidenced> {
    if let Some(country) = &creator.country {
        return Some(Evidenced {
            value: country.clone(),
            evidence: "the table says so".to_owned(),
        });
    }
    let mut flags: BTreeMap<String, usize> = BTreeMap::new();
    let letters: Vec<char> = bio.chars().collect();
    let letter = |c: char| {
        matches!(c, '\u{1f1e6}'..='\u{1f1ff}')
            .then(|| char::from(b'A' + (c as u32 - 0x1f1e6) as u8))
    };
    let mut at = 0;
    while at + 1 < letters.len() {
        match (letter(letters[at]), letter(letters[at + 1])) {
            (Some(a), Some(b)) => {
                *flags.entry([a, b].iter().collect()).or_default() += 1;
                at += 2;
            }
            _ => at += 1,
        }
    }
    let mut codes = flags.into_keys();
    match (codes.next(), codes.next()) {
        (Some(code), None) => Some(Evidenced {
            evidence: format!("the bio has the flag of {code} and no other"),
            value: code,
        }),
        _ => None,
    }
}

/// The language of the table, or that of most captions.
fn language(creator: &Creator, newest: &[&Post]) -> Option<Evidenced> {
    if let Some(language) = &creator.language {
        return Some(Evidenced {
            value: language.clone(),
            evidence: "the table says so".to_owned(),
        });
    }
    let texts = newest.iter().filter_map(|post| post.caption.as_deref());
    let mut counted: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut told = 0;
    for text in texts.chain(creator.bio.as_deref()).take(READ) {
        if let Language::Known(code) = language_of(text) {
            *counted.entry(code).or_default() += 1;
            told += 1;
        }
    }
    let (code, n) = counted
        .into_iter()
        .max_by_key(|(code, n)| (*n, std::cmp::Reverse(*code)))?;
    (2 * n > told).then(|| Evidenced {
        value: code.to_owned(),
        evidence: format!("{n} of {told} texts whose language can be told"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Followers;

    #[test]
    fn contacts_and_country_are_read_from_the_bio() {
        let mut creator = Creator::new("a".into(), Followers(9_000));
        creator.platform = Some("Instagram".to_owned());
        creator.handle = Some("@anna.cooks".to_owned());
        creator.bio = Some("Recipes 🇬🇷 collabs: Anna@Mail.gr | www.annacooks.gr/shop".to_owned());
        let found = reach(&creator, &[], false);
        assert_eq!(
            found.profile_url.as_deref(),
            Some("https://www.instagram.com/anna.cooks/")
        );
        assert_eq!(found.email.as_deref(), Some("anna@mail.gr"));
        assert_eq!(found.site.as_deref(), Some("www.annacooks.gr/shop"));
        assert_eq!(found.country.unwrap().value, "GR");
        let hidden = reach(&creator, &[], true);
        assert_eq!(
            (hidden.profile_url, hidden.email, hidden.site),
            (None, None, None)
        );
        assert_eq!((email("no@dots, a@b"), site("e.g. this")), (None, None));
    }
}
