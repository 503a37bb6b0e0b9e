//! What holds for every table, beside the ranking's own properties (`src/ranking/rank_tests.rs`): the order of rows and
//! the number of threads change nothing, intervals hold their estimate, units do not matter.

#![allow(clippy::unwrap_used, reason = "a test's helpers stop it by panicking")]

use jiff::Timestamp;
use microfluence::engagement::{EngagementOptions, EngagementReport, predict};
use microfluence::plan::{Audience, Limits, Offer, choose};
use microfluence::schema::{Creator, Followers, Post};
use microfluence::stats::{Cluster, Interval, cluster_bootstrap, wilson};
use proptest::prelude::*;
use proptest::sample::Index;

/// Followers and platform of a creator, and likes, views and days of their posts; what is missing stays missing.
type Account = (u64, usize, Vec<(Option<u64>, Option<u64>, i64)>);

fn account() -> impl Strategy<Value = Account> {
    let count = |most: u64| proptest::option::weighted(0.9, 0..most);
    let post = (count(20_000), count(200_000), 0_i64..700);
    (
        0_u64..500_000,
        0_usize..3,
        proptest::collection::vec(post, 0..12),
    )
}

fn tables(accounts: &[Account]) -> (Vec<Creator>, Vec<Post>) {
    let (mut creators, mut posts) = (Vec::new(), Vec::new());
    for (i, (followers, platform, of_account)) in accounts.iter().enumerate() {
        let id = format!("c{i}");
        let mut creator = Creator::new(id.as_str().into(), Followers(*followers));
        creator.platform = ["instagram", "tiktok"]
            .get(*platform)
            .map(|p| (*p).to_owned());
        creators.push(creator);
        for (j, (likes, views, day)) in of_account.iter().enumerate() {
            let at = Timestamp::from_second(1_700_000_000 + 86_400 * day).unwrap();
            let mut post = Post::new(format!("p{i}-{j}").as_str().into(), id.as_str().into(), at);
            (post.likes, post.views) = (*likes, *views);
            posts.push(post);
        }
    }
    (creators, posts)
}

fn shuffle<T>(rows: &mut [T], by: &[Index]) {
    for (i, index) in (1..rows.len()).rev().zip(by) {
        rows.swap(i, index.index(i + 1));
    }
}

fn near(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(1e-6),
        (a, b) => a == b,
    }
}

fn on_threads(threads: usize, creators: &[Creator], posts: &[Post]) -> EngagementReport {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap();
    pool.install(|| predict(creators, posts, &EngagementOptions::default()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn the_next_post_lies_within_its_interval_whatever_the_order_and_the_threads(
        accounts in proptest::collection::vec(account(), 1..16),
        by in proptest::collection::vec(any::<Index>(), 200),
    ) {
        let (creators, mut posts) = tables(&accounts);
        let report = on_threads(1, &creators, &posts);
        prop_assert_eq!(report.predictions.len(), creators.len());
        for row in &report.predictions {
            prop_assert_eq!(row.expected.is_some(), row.lower_90.is_some() && row.upper_90.is_some());
            if let (Some(lower), Some(expected), Some(upper)) = (row.lower_90, row.expected, row.upper_90) {
                prop_assert!(0.0 <= lower && lower <= expected && expected <= upper && upper.is_finite(), "{row:?}");
            }
            prop_assert!(row.percentile.is_none_or(|p| (0.0..=100.0).contains(&p)), "{row:?}");
            prop_assert!(row.engagement_rate.is_none_or(|r| r.is_finite() && r >= 0.0), "{row:?}");
        }
        prop_assert_eq!(&report, &on_threads(3, &creators, &posts));

        shuffle(&mut posts, &by);
        let mut others = creators.clone();
        shuffle(&mut others, &by[100..]);
        let again = on_threads(1, &others, &posts);
        for row in &report.predictions {
            let same = again.predictions.iter().find(|r| r.creator_id == row.creator_id).unwrap();
            prop_assert_eq!(row.posts_used, same.posts_used);
            for (a, b) in [
                (row.engagement_rate, same.engagement_rate),
                (row.expected, same.expected),
                (row.lower_90, same.lower_90),
                (row.upper_90, same.upper_90),
            ] {
                prop_assert!(near(a, b), "{row:?} {same:?}");
            }
        }
    }

    #[test]
    fn a_bootstrap_s_interval_holds_its_estimate_in_every_unit(
        drawn in proptest::collection::vec((-50.0..50.0_f64, 0.5..20.0_f64), 1..30),
        unit in proptest::sample::select(vec![-3_i32, 1, 10]),
        by in proptest::collection::vec(any::<Index>(), 30),
        seed in any::<u64>(),
    ) {
        let clusters = |unit: f64| -> Vec<Cluster> {
            let cluster = |&(n, denominator): &(f64, f64)| Cluster { numerator: n * unit, denominator };
            drawn.iter().map(cluster).collect()
        };
        let of = |clusters: &[Cluster]| -> Interval { cluster_bootstrap(clusters, 200, 0.9, seed).unwrap() };
        let one = of(&clusters(1.0));
        prop_assert!(one.lower <= one.estimate && one.estimate <= one.upper && one.se >= 0.0, "{one:?}");
        // A power of two rounds nothing.
        let unit = 2_f64.powi(unit);
        let other = of(&clusters(unit));
        prop_assert_eq!((one.estimate * unit, one.lower * unit, one.upper * unit), (other.estimate, other.lower, other.upper));
        let mut mixed = clusters(1.0);
        shuffle(&mut mixed, &by);
        prop_assert_eq!(one, of(&mixed));
    }

    #[test]
    fn a_share_s_interval_holds_it_and_narrows_with_what_is_known(n in 1_u32..5_000, part in 0.0..=1.0_f64) {
        let (trials, successes) = (f64::from(n), (f64::from(n) * part).floor());
        let (lower, upper) = wilson(successes, trials, 0.95).unwrap();
        let share = successes / trials;
        prop_assert!(0.0 <= lower && lower <= share && share <= upper && upper <= 1.0, "{lower} {share} {upper}");
        let (closer, further) = wilson(4.0 * successes, 4.0 * trials, 0.95).unwrap();
        prop_assert!(further - closer < upper - lower);
    }

    #[test]
    fn a_plan_keeps_its_budget_and_does_not_know_the_currency(
        drawn in proptest::collection::vec((1.0..500.0_f64, 1.0..100.0_f64, 0_u32..6, 0.0..=1.0_f64), 1..20),
        budget in 1.0..600.0_f64,
        unit in proptest::sample::select(vec![-4_i32, 1, 7]),
    ) {
        let offers = |unit: f64| -> Vec<Offer> {
            drawn
                .iter()
                .enumerate()
                .map(|(i, &(engagements, price, group, shared))| Offer {
                    creator_id: format!("c{i:02}").as_str().into(),
                    platform: None,
                    niche: None,
                    engagements,
                    followers: engagements * 20.0,
                    price: price * unit,
                    audience: Audience { shared: vec![group], each: shared, alone: 1.0 - shared, measured: true },
                })
                .collect()
        };
        let plan = choose(&offers(1.0), &Limits::budget(budget));
        prop_assert!(plan.spent <= budget * (1.0 + 1e-9));
        let paid: f64 = plan.chosen.iter().map(|c| drawn[c.offer].1).sum();
        prop_assert!((paid - plan.spent).abs() < 1e-9);
        let gained: f64 = plan.chosen.iter().map(|c| c.marginal).sum();
        prop_assert!((gained - plan.engagements).abs() < 1e-6 * gained.max(1.0));
        prop_assert!(plan.engagements <= plan.upper_bound * (1.0 + 1e-9));
        let unit = 2_f64.powi(unit);
        let other = choose(&offers(unit), &Limits::budget(budget * unit));
        let chosen = |plan: &microfluence::plan::Plan| plan.chosen.iter().map(|c| c.offer).collect::<Vec<_>>();
        prop_assert_eq!(chosen(&plan), chosen(&other));
        prop_assert_eq!(plan.engagements.to_bits(), other.engagements.to_bits());
    }
}
