//! How an account's followers have moved, where exports of several days tell: growth, and jumps that nothing explains.

use super::assess::Signal;
use crate::engagement::engagements;
use crate::schema::{Creator, FollowerCount, Post};
use crate::stats::median;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

/// Counts below which a jump cannot be told from the usual.
const FEWEST_COUNTS: usize = 4;
/// Days between two counts above which a rise between them is no jump.
const LONGEST: f64 = 31.0;
/// Share of the followers before, and number, from which a rise is a jump.
const JUMP: f64 = 0.15;
const FEWEST_GAINED: f64 = 500.0;
/// A post with so many times the median engagements explains a rise, also a few days before it.
const STANDS_OUT: f64 = 3.0;
const DAYS_BEFORE: f64 = 3.0;
/// Share of a jump that is lost again within these days, by which it shows itself as bought.
const LOST: f64 = 0.3;
const LOST_WITHIN: f64 = 90.0;
/// Days that a growth must span.
const SHORTEST: f64 = 14.0;

/// How fast an account grew over all that is known of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FollowerGrowth {
    /// The first count.
    pub from: FollowerCount,
    /// The last.
    pub to: FollowerCount,
    /// Growth in percent per 30 days, compounded: 100 ((to / from)^(30 / days) - 1).
    pub percent_a_month: f64,
}

fn days(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64() / 86_400.0
}

/// The growth between the first and the last count; `None` over fewer than 14 days, or from nobody.
#[must_use]
pub fn follower_growth(counts: &[FollowerCount]) -> Option<FollowerGrowth> {
    let (from, to) = (*counts.first()?, *counts.last()?);
    let span = days(from.at, to.at);
    if span < SHORTEST || from.followers.0 == 0 {
        return None;
    }
    let ratio = to.followers.0 as f64 / from.followers.0 as f64;
    Some(FollowerGrowth {
        from,
        to,
        percent_a_month: 100.0 * (ratio.powf(30.0 / span) - 1.0),
    })
}

/// A rise beyond what is usual for the account.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Jump {
    from: FollowerCount,
    to: FollowerCount,
    /// By what share of the followers it is above the usual growth.
    excess: f64,
    /// The usual growth a day, as a share.
    usual: f64,
    /// The share that was lost again.
    lost: f64,
}

/// The largest jump between two counts, beside the median growth between the other ones.
fn jump(counts: &[FollowerCount]) -> Option<Jump> {
    let pairs: Vec<(FollowerCount, FollowerCount, f64)> = counts
        .windows(2)
        .map(|two| (two[0], two[1], days(two[0].at, two[1].at)))
        .filter(|(from, _, span)| *span > 0.0 && from.followers.0 > 0)
        .collect();
    let gain = |(from, to, _): &(FollowerCount, FollowerCount, f64)| {
        (to.followers.0.max(1) as f64 / from.followers.0 as f64).ln()
    };
    let mut largest: Option<Jump> = None;
    for (i, pair) in pairs.iter().enumerate() {
        let (from, to, span) = *pair;
        let gained = to.followers.0 as f64 - from.followers.0 as f64;
        let others: Vec<f64> = pairs
            .iter()
            .enumerate()
            .filter(|(j, _)| *j != i)
            .map(|(_, other)| gain(other) / other.2)
            .collect();
        let usual = median(&others)?.max(0.0);
        let excess = (gain(pair) - usual * span).exp_m1();
        if span > LONGEST || gained < FEWEST_GAINED || excess < JUMP {
            continue;
        }
        let later = counts
            .iter()
            .filter(|c| c.at > to.at && days(to.at, c.at) <= LOST_WITHIN);
        let least = later.map(|c| c.followers.0).min().unwrap_or(to.followers.0);
        let lost = to.followers.0.saturating_sub(least) as f64 / gained;
        if largest.is_none_or(|known| excess > known.excess) {
            largest = Some(Jump {
                from,
                to,
                excess,
                usual,
                lost,
            });
        }
    }
    largest
}

/// Whether a post of those days stands out; `None` where too few posts say what they engaged.
fn explained(jump: &Jump, posts: &[&Post]) -> Option<bool> {
    let known: Vec<(Timestamp, f64)> = posts
        .iter()
        .filter_map(|post| Some((post.published_at, engagements(post)? as f64)))
        .collect();
    if known.len() < FEWEST_COUNTS {
        return None;
    }
    let usual = median(&known.iter().map(|(_, n)| *n).collect::<Vec<_>>())?;
    Some(known.iter().any(|(at, n)| {
        *at <= jump.to.at && days(*at, jump.from.at) <= DAYS_BEFORE && *n >= STANDS_OUT * usual
    }))
}

/// Whether followers came in a jump that no post explains. It is looked at where four counts of different days are
/// known.
pub(super) fn signal(creator: &Creator, posts: &[&Post]) -> Option<Signal> {
    let counts = creator.follower_counts();
    if counts.len() < FEWEST_COUNTS {
        return None;
    }
    let found = jump(&counts).map(|jump| (explained(&jump, posts), jump));
    let Some((explained, jump)) = found.filter(|(explained, _)| *explained != Some(true)) else {
        return Some(Signal::new("followers_jump", 0.0, 0.4, String::new()));
    };
    let date = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
    let lost = if jump.lost >= LOST {
        format!(", {:.0} % of which were lost again", 100.0 * jump.lost)
    } else {
        String::new()
    };
    // Where no post is known, one may have gone around.
    let (trust, beside) = match explained {
        Some(_) => (1.0, "no post of these days stands out"),
        None => (0.5, "what was posted then is not known"),
    };
    let strength = ((jump.excess - JUMP) / 0.45).max(if jump.lost >= LOST { 1.0 } else { 0.0 });
    Some(Signal::new(
        "followers_jump",
        trust * strength.min(1.0),
        0.4,
        format!(
            "{} followers came between {} and {} (+{:.0} %){lost}, where {:.2} % a day is usual for the account, and {beside}",
            jump.to.followers.0 - jump.from.followers.0,
            date(jump.from.at),
            date(jump.to.at),
            100.0 * (jump.to.followers.0 as f64 / jump.from.followers.0 as f64 - 1.0),
            100.0 * jump.usual.exp_m1(),
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::{follower_growth, signal};
    use crate::schema::{Creator, FollowerCount, Followers, Post};
    use jiff::Timestamp;

    fn at(day: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + day * 86_400).unwrap()
    }

    /// An account with these counts by day.
    fn account(counts: &[(i64, u64)]) -> Creator {
        let count = |(day, n): &(i64, u64)| FollowerCount {
            at: at(*day),
            followers: Followers(*n),
        };
        let mut all: Vec<FollowerCount> = counts.iter().map(count).collect();
        let last = all.pop().unwrap();
        let mut creator = Creator::new("a".into(), last.followers);
        creator.updated_at = Some(last.at);
        creator.past = all;
        creator
    }

    fn posts(engaged: &[(i64, u64)]) -> Vec<Post> {
        let post = |(day, likes): &(i64, u64)| Post {
            likes: Some(*likes),
            ..Post::new(day.to_string().as_str().into(), "a".into(), at(*day))
        };
        engaged.iter().map(post).collect()
    }

    /// Whether the followers were looked at and nothing was seen.
    fn is_nothing(creator: &Creator, posts: &[Post]) -> bool {
        said(creator, posts).is_some_and(|(strength, _)| strength.abs() < 1e-12)
    }

    fn said(creator: &Creator, posts: &[Post]) -> Option<(f64, String)> {
        let posts: Vec<&Post> = posts.iter().collect();
        let signal = signal(creator, &posts)?;
        let evidence = signal.flag.map(|flag| flag.evidence);
        Some((signal.strength, evidence.unwrap_or_default()))
    }

    #[test]
    fn growth_is_per_month_and_needs_two_weeks() {
        let counts = account(&[(0, 10_000), (60, 12_100)]).follower_counts();
        let growth = follower_growth(&counts).unwrap();
        assert!((growth.percent_a_month - 10.0).abs() < 1e-9);
        assert!(follower_growth(&account(&[(0, 10), (7, 20)]).follower_counts()).is_none());
        assert!(follower_growth(&account(&[(0, 0), (70, 20)]).follower_counts()).is_none());
    }

    #[test]
    fn a_jump_that_no_post_explains_is_a_sign_and_steady_growth_is_none() {
        let steady: Vec<(i64, u64)> = (0..12).map(|w| (7 * w, 10_000 + 60 * w as u64)).collect();
        assert!(is_nothing(&account(&steady), &[]));
        let mut bought = steady.clone();
        bought[6..].iter_mut().for_each(|(_, n)| *n += 5_000);
        let quiet = posts(&[(3, 200), (20, 220), (38, 190), (41, 210), (60, 205)]);
        let (strength, evidence) = said(&account(&bought), &quiet).unwrap();
        assert!(strength > 0.6, "{strength}");
        for part in [
            "5060 followers came between",
            "0.07 % a day",
            "no post of these days",
        ] {
            assert!(evidence.contains(part), "{evidence}");
        }
        // A post that went around explains it; without posts it is half a sign.
        let viral = posts(&[(3, 200), (20, 220), (38, 190), (41, 2_100), (60, 205)]);
        assert!(is_nothing(&account(&bought), &viral));
        let unknown = said(&account(&bought), &[]).unwrap();
        assert!((unknown.0 - strength / 2.0).abs() < 1e-9 && unknown.1.contains("not known"));
        // Followers that go again were bought.
        bought[10..].iter_mut().for_each(|(_, n)| *n -= 3_000);
        let (strength, evidence) = said(&account(&bought), &quiet).unwrap();
        assert!(
            (strength - 1.0).abs() < 1e-12 && evidence.contains("lost again"),
            "{evidence}"
        );
    }

    #[test]
    fn few_counts_and_doubled_small_accounts_say_nothing() {
        assert!(said(&account(&[(0, 100), (7, 900), (14, 910)]), &[]).is_none());
        let small = account(&[(0, 100), (7, 110), (14, 300), (21, 310), (28, 320)]);
        assert!(is_nothing(&small, &[]));
        // A long pause between two exports is no jump.
        let paused = account(&[
            (0, 10_000),
            (7, 10_050),
            (14, 10_100),
            (200, 20_000),
            (207, 20_050),
        ]);
        assert!(is_nothing(&paused, &[]));
    }
}
