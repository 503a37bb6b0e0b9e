//! What must hold of every ranking.

use super::*;
use crate::niche::Relevance;
use crate::ranking::{
    ActivityEvidence, ExpectedEngagements, PriceEvidence, SentimentEvidence, SignalEvidence,
};
use crate::safety::SafetyAssessment;
use crate::schema::Followers;
use proptest::prelude::*;

fn relevance(value: f64, std_error: f64) -> Relevance {
    Relevance {
        value,
        spread: std_error,
        cosine: 0.0,
        term_match: 0.0,
        matched_terms: Vec::new(),
        texts: 0,
    }
}

type Raw = (
    u64,
    Option<(f64, f64)>,
    Option<(f64, u64, f64)>,
    Option<(f64, f64)>,
    Option<(f64, f64)>,
    Option<f64>,
);

fn raw() -> impl Strategy<Value = Raw> {
    let unit = || (0.0..=1.0, 0.0..=0.5);
    (
        500_u64..200_000,
        proptest::option::of(unit()),
        proptest::option::of((-100.0..=100.0, 0_u64..500, 0.0..=50.0)),
        proptest::option::of(unit()),
        proptest::option::of((0.0..=400.0, 0.0..=60.0)),
        proptest::option::of(0.0..=1e4),
    )
}

fn candidates(raw: &[Raw]) -> Vec<CandidateEvidence> {
    raw.iter()
        .enumerate()
        .map(
            |(i, (followers, fit, sentiment, signal, activity, price))| {
                let id = CreatorId(format!("c{i:02}"));
                let mut c = CandidateEvidence::new(id, Followers(*followers));
                c.relevance = fit.map(|(value, std_error)| relevance(value, std_error));
                c.sentiment = sentiment.map(|(net, n, se)| SentimentEvidence { net, n, se });
                c.authenticity =
                    signal.map(|(value, std_error)| SignalEvidence { value, std_error });
                c.safety = signal.map(|(safety, std_error)| SafetyAssessment {
                    safety,
                    spread: std_error,
                    texts_read: 3,
                    strengths: Vec::new(),
                    hits: Vec::new(),
                });
                c.activity = activity.map(|(days, pace)| ActivityEvidence {
                    days_since_last_post: days,
                    posts_per_month: pace,
                });
                c.engagements = price.map(|amount| ExpectedEngagements {
                    count: 10.0 + amount / 7.0,
                    log_se: 0.2,
                    percentile: Some(amount / 100.0),
                    percentile_se: Some(8.0),
                });
                c.price = price.map(|amount| PriceEvidence {
                    amount,
                    currency: None,
                });
                c
            },
        )
        .collect()
}

fn options() -> RankOptions {
    let weights = Weights::default()
        .with(Criterion::Price, 0.3)
        .and_then(|w| w.with(Criterion::Safety, 0.1));
    RankOptions {
        weights: weights.unwrap(),
        draws: 60,
        ..RankOptions::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn scores_are_sums_and_intervals_hold_them(raw in proptest::collection::vec(raw(), 0..25)) {
        let candidates = candidates(&raw);
        let Ok(ranking) = rank(&candidates, &options()) else {
            return Ok(());
        };
        prop_assert_eq!(ranking.rows.len() + ranking.excluded.len(), candidates.len());
        for (i, row) in ranking.rows.iter().enumerate() {
            let sum: f64 = row.parts.iter().map(|p| p.contribution).sum();
            prop_assert_eq!(sum.to_bits(), row.score.to_bits());
            prop_assert!((0.0..=1.0).contains(&row.score));
            prop_assert!(0.0 <= row.score_lower && row.score_lower <= row.score);
            prop_assert!(row.score <= row.score_upper && row.score_upper <= 1.0);
            prop_assert_eq!(row.rank, i + 1);
            prop_assert!(1 <= row.rank_lower && row.rank_lower <= row.rank);
            prop_assert!(row.rank <= row.rank_upper && row.rank_upper <= ranking.rows.len());
        }
        prop_assert!(ranking.rows.windows(2).all(|w| w[0].score >= w[1].score));
    }

    #[test]
    fn order_of_rows_does_not_matter(raw in proptest::collection::vec(raw(), 1..15)) {
        let mut candidates = candidates(&raw);
        let forward = rank(&candidates, &options()).ok();
        candidates.reverse();
        prop_assert_eq!(forward, rank(&candidates, &options()).ok());
    }

    #[test]
    fn units_of_price_do_not_matter(
        raw in proptest::collection::vec(raw(), 1..15),
        unit in prop::sample::select(vec![0.001, 0.01, 7.43, 100.0, 1e4]),
    ) {
        let mut candidates = candidates(&raw);
        let order = |c: &[CandidateEvidence]| {
            let rows = rank(c, &options()).map(|r| r.rows).unwrap_or_default();
            rows.into_iter().map(|r| (r.creator_id, r.score)).collect::<Vec<_>>()
        };
        let before = order(&candidates);
        for price in candidates.iter_mut().filter_map(|c| c.price.as_mut()) {
            price.amount *= unit;
        }
        let after = order(&candidates);
        for (a, b) in before.iter().zip(&after) {
            prop_assert!((a.1 - b.1).abs() < 1e-12);
            // Scores that differ by less than rounding may change places.
            prop_assert!(a.0 == b.0 || before.iter().any(|c| c.0 == b.0 && (c.1 - a.1).abs() < 1e-12));
        }
    }

    #[test]
    fn threads_do_not_matter(raw in proptest::collection::vec(raw(), 1..15)) {
        let candidates = candidates(&raw);
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| rank(&candidates, &options()).ok())
        };
        prop_assert_eq!(on(1), on(3));
    }
}

#[test]
fn a_gap_takes_the_middle_and_widens() {
    let mut known = CandidateEvidence::new("a".into(), Followers(5000));
    known.relevance = Some(relevance(0.8, 0.02));
    known.sentiment = Some(SentimentEvidence {
        net: 0.0,
        n: 1000,
        se: 2.0,
    });
    let mut gap = known.clone();
    gap.creator_id = "b".into();
    gap.sentiment = None;
    let ranking = rank(&[gap, known], &RankOptions::default()).unwrap();
    let (a, b) = (&ranking.rows[0], &ranking.rows[1]);
    assert_eq!((a.creator_id.as_str(), a.score), ("a", b.score));
    assert!(b.score_upper - b.score_lower > 2.0 * (a.score_upper - a.score_lower));
    let part = b.parts[Criterion::Sentiment as usize];
    assert!(part.missing && (part.value, part.std_error) == (0.5, 0.29));
    assert_eq!(
        ranking.switched_off,
        [
            Criterion::Engagement,
            Criterion::Authenticity,
            Criterion::Safety,
            Criterion::Activity
        ]
    );
}

#[test]
fn the_floor_keeps_other_niches_out() {
    let with = |id: &str, value| {
        let mut c = CandidateEvidence::new(id.into(), Followers(5000));
        c.relevance = Some(relevance(value, 0.0));
        c
    };
    let ranking = rank(
        &[with("in", 0.7), with("out", 0.12)],
        &RankOptions::default(),
    )
    .unwrap();
    assert_eq!(ranking.rows.len(), 1);
    assert_eq!(
        ranking.excluded[0].reason,
        "relevance 0.12 below the floor 0.20"
    );
}

#[test]
fn wrong_options_and_no_evidence() {
    let bounds = RankOptions {
        min_followers: 10,
        max_followers: 5,
        ..RankOptions::default()
    };
    assert_eq!(rank(&[], &bounds).unwrap_err().exit_status(), 2);
    assert!(rank(&[], &RankOptions::default()).unwrap().rows.is_empty());
    let bare = CandidateEvidence::new("a".into(), Followers(5000));
    assert!(rank(&[bare], &RankOptions::default()).is_err());
}

/// The example of docs/ranking.md.
#[test]
fn the_worked_example() {
    let mut c = CandidateEvidence::new("a".into(), Followers(5000));
    c.relevance = Some(relevance(0.8, 0.02));
    c.sentiment = Some(SentimentEvidence {
        net: 40.0,
        n: 30,
        se: 5.0,
    });
    let mut other = CandidateEvidence::new("b".into(), Followers(5000));
    other.relevance = Some(relevance(0.3, 0.02));
    other.sentiment = Some(SentimentEvidence {
        net: 0.0,
        n: 30,
        se: 5.0,
    });
    let row = &rank(&[c, other], &RankOptions::default()).unwrap().rows[0];
    let part = |c: Criterion| row.parts[c as usize];
    assert!((part(Criterion::Relevance).weight - 0.7).abs() < 5e-5);
    assert!((part(Criterion::Sentiment).value - 0.677).abs() < 5e-4);
    assert!((row.score - 0.763).abs() < 5e-4);
    let page = include_str!("../../../docs/ranking.md");
    assert!(page.contains("= 0.763.") && page.contains("= 0.677."));
}
