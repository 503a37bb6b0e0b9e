//! The stage on made-up creators whose truth is known.

use super::{EngagementOptions, EngagementReport, predict};
use crate::schema::{Creator, Followers, Post};
use crate::stats::Rng;
use jiff::{SignedDuration, Timestamp};

fn day(n: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * n)
}

fn post(creator: &str, number: i64, likes: u64) -> Post {
    let id = format!("{creator}-{number}");
    let mut post = Post::new(id.as_str().into(), creator.into(), day(number));
    post.likes = Some(likes);
    post
}

/// 300 creators with 1 to 30 posts each and, apart, the log rate of the post that comes next.
/// `tail` > 0 makes some posts viral.
fn world(seed: u64, tail: f64) -> (Vec<Creator>, Vec<Post>, Vec<f64>) {
    let mut rng = Rng::new(seed, "world");
    let (mut creators, mut posts, mut next) = (Vec::new(), Vec::new(), Vec::new());
    for i in 0..300 {
        let id = format!("c{i:03}");
        let size = 3.0 + 2.0 * rng.uniform();
        let followers = 10_f64.powf(size).round();
        let mut creator = Creator::new(id.as_str().into(), Followers(followers as u64));
        creator.platform = Some("instagram".into());
        let level = -1.5 - 0.4 * size + 0.5 * rng.normal();
        let own = 0.5 * (0.3 * rng.normal()).exp();
        let mut draw = || {
            let viral = if rng.uniform() < tail { 2.0 } else { 0.0 };
            level + own * rng.normal() + viral
        };
        for n in 0..=(i % 30) {
            let likes = (draw().exp() * followers).round();
            posts.push(post(&id, i64::from(n), likes as u64));
        }
        next.push(draw());
        creators.push(creator);
    }
    (creators, posts, next)
}

fn coverage(tail: f64) -> f64 {
    let (mut held, mut all) = (0, 0);
    for seed in 0..8 {
        let (creators, posts, next) = world(seed, tail);
        let report = predict(&creators, &posts, &EngagementOptions::default());
        for (p, y) in report.predictions.iter().zip(&next) {
            all += 1;
            // The truth here is a rate without a count: half an engagement of room.
            let inside = p.lower_90.unwrap() <= y.exp() && y.exp() <= p.upper_90.unwrap();
            held += i32::from(inside);
        }
    }
    f64::from(held) / f64::from(all)
}

#[test]
fn intervals_hold_nine_of_ten_next_posts() {
    for tail in [0.0, 0.08] {
        let share = coverage(tail);
        assert!((0.86..=0.94).contains(&share), "{share} with tail {tail}");
    }
}

#[test]
fn the_size_slope_is_found() {
    let (creators, posts, _) = world(3, 0.0);
    let report = predict(&creators, &posts, &EngagementOptions::default());
    let group = &report.groups[0];
    assert!((group.size_slope + 0.4).abs() < 3.0 * group.size_slope_se.unwrap());
    assert!((group.between_sd - 0.5).abs() < 0.1 && (group.within_sd - 0.52).abs() < 0.1);
    assert_eq!((group.creators, group.posts), (300, posts.len()));
}

#[test]
fn predictions_beat_the_last_post() {
    let (creators, posts, next) = world(5, 0.05);
    let report = predict(&creators, &posts, &EngagementOptions::default());
    let (mut ours, mut naive) = (0.0, 0.0);
    for ((p, y), creator) in report.predictions.iter().zip(&next).zip(&creators) {
        let of_creator = posts.iter().filter(|q| q.creator_id == creator.creator_id);
        let last = of_creator.max_by_key(|q| q.published_at).unwrap();
        let last = (last.likes.unwrap() as f64 + 0.5) / creator.followers_or_none() as f64;
        ours += (p.expected.unwrap().ln() - y).abs();
        naive += (last.ln() - y).abs();
    }
    assert!(ours < 0.85 * naive, "{ours} against {naive}");
}

fn by_id(report: &EngagementReport) -> Vec<(String, Option<f64>, Option<f64>)> {
    let mut rows: Vec<_> = report
        .predictions
        .iter()
        .map(|p| (p.creator_id.0.clone(), p.expected, p.percentile))
        .collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    rows
}

#[test]
fn order_of_rows_does_not_matter() {
    let (mut creators, mut posts, _) = world(1, 0.05);
    let options = EngagementOptions::default();
    let forward = by_id(&predict(&creators, &posts, &options));
    creators.reverse();
    posts.reverse();
    assert_eq!(forward, by_id(&predict(&creators, &posts, &options)));
}

#[test]
fn later_posts_are_never_read() {
    let (creators, posts, _) = world(2, 0.0);
    let options = EngagementOptions {
        as_of: Some(day(10)),
        ..EngagementOptions::default()
    };
    let kept: Vec<Post> = posts
        .iter()
        .filter(|p| p.published_at <= day(10))
        .cloned()
        .collect();
    assert!(kept.len() < posts.len());
    assert_eq!(
        predict(&creators, &posts, &options),
        predict(&creators, &kept, &EngagementOptions::default())
    );
}

#[test]
fn empty_and_zero_rows_are_no_trouble() {
    let options = EngagementOptions::default();
    assert!(predict(&[], &[], &options).predictions.is_empty());
    let creators: Vec<Creator> = [("zero", 0), ("quiet", 5000), ("silent", 4000)]
        .into_iter()
        .map(|(id, followers)| Creator::new(id.into(), Followers(followers)))
        .collect();
    let none = predict(&creators, &[], &options);
    assert!(none.groups.is_empty() && none.predictions[0].expected.is_none());
    let posts = [post("zero", 1, 5), post("quiet", 1, 0), post("gone", 1, 9)];
    let report = predict(&creators, &posts, &options);
    let used: Vec<usize> = report.predictions.iter().map(|p| p.posts_used).collect();
    assert_eq!(used, vec![0, 1, 0]);
    let (quiet, silent) = (&report.predictions[1], &report.predictions[2]);
    assert_eq!(quiet.engagement_rate, Some(0.0));
    // One post without an engagement: none is expected, and a few are possible.
    assert_eq!((quiet.lower_90, quiet.expected), (Some(0.0), Some(0.0)));
    assert!(quiet.upper_90.unwrap() > 0.0 && silent.lower_90.unwrap() <= silent.expected.unwrap());
}
