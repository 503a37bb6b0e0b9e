//! Net sentiment, share positive minus share negative in points, with its interval.
//!
//! The estimate here is the mean of the calibrated p(positive) - p(negative): it is called
//! `uncorrected`, because a model that errs more on one class than on another shifts it, and
//! nothing here knows by how much. The interval is a bootstrap over clusters (comments of one
//! author are not independent): it carries the sampling error, not the model's.

use super::drivers::{Driver, drivers};
use super::{ScoredComment, Status};
use crate::schema::{Comment, CreatorId, Polarity};
use crate::text::Brand;
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::Serialize;
use std::collections::BTreeMap;

/// Bootstrap draws; the 2.5th percentile then stands on 50 of them.
const DRAWS: usize = 2000;
/// Clusters below which no interval is given.
const FEWEST_CLUSTERS: usize = 5;
/// Terms listed for a brand.
const DRIVERS: usize = 20;

/// A level with its interval.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NetSentiment {
    /// Comments it stands on.
    pub n: usize,
    /// Points, -100..100; `None` without comments.
    pub net_sentiment: Option<f64>,
    /// Lower end of the 95 % interval; `None` with fewer than five clusters.
    pub net_sentiment_lower: Option<f64>,
    /// Upper end.
    pub net_sentiment_upper: Option<f64>,
    /// Share of labels positive minus share negative, in points: plain counting.
    pub net_sentiment_raw: Option<f64>,
    /// Independent comments that would give the same standard error; at most `n`.
    pub effective_n: Option<f64>,
}

/// The level of a stretch of time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Period {
    /// Month, `2026-01`.
    pub period: String,
    /// Its level.
    #[serde(flatten)]
    pub level: NetSentiment,
}

/// The level under one creator's posts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Slice {
    /// Whose posts.
    pub creator_id: CreatorId,
    /// Its level.
    #[serde(flatten)]
    pub level: NetSentiment,
}

/// All about one brand: an entry of the summary document.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BrandSentiment {
    /// The brand; null is the whole text of comments without one.
    pub brand: Option<String>,
    /// Rows judged towards it.
    pub n: usize,
    /// Rows with probabilities.
    pub scored: usize,
    /// Scored rows that count as being about the brand; the level stands on these.
    pub about: usize,
    /// Rows whose text names it.
    pub mentions: usize,
    /// Its mentions among the mentions of all brands, 0..1; `None` without any.
    pub share_of_voice: Option<f64>,
    /// How the level was estimated.
    pub method: &'static str,
    /// Labels of the rows about the brand.
    pub counts: BTreeMap<&'static str, usize>,
    /// Rows by status.
    pub statuses: BTreeMap<&'static str, usize>,
    /// Points, with the 95 % interval.
    #[serde(flatten)]
    pub level: LevelWithoutN,
    /// By month of `created_at`; months without comments are not listed.
    pub by_period: Vec<Period>,
    /// By the creator under whose posts the comments stand.
    pub by_creator: Vec<Slice>,
    /// Terms that move the level.
    pub drivers: Vec<Driver>,
}

/// [`NetSentiment`] without its count, which a brand's entry has under other names.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LevelWithoutN {
    /// See [`NetSentiment`].
    pub net_sentiment: Option<f64>,
    /// See [`NetSentiment`].
    pub net_sentiment_lower: Option<f64>,
    /// See [`NetSentiment`].
    pub net_sentiment_upper: Option<f64>,
    /// See [`NetSentiment`].
    pub net_sentiment_raw: Option<f64>,
    /// See [`NetSentiment`].
    pub effective_n: Option<f64>,
}

/// The level of some scored rows. Rows of one author (or of one post where no author is known)
/// are drawn together.
#[must_use]
pub(crate) fn level(comments: &[Comment], rows: &[&ScoredComment], seed: u64) -> NetSentiment {
    let mut clusters: BTreeMap<(u8, &str), (f64, f64)> = BTreeMap::new();
    let (mut n, mut sum, mut squares, mut raw) = (0usize, 0.0, 0.0, 0i64);
    for row in rows {
        let (Some(p), Some(label)) = (row.probabilities, row.label) else {
            continue;
        };
        let net = f64::from(p[2] - p[0]);
        n += 1;
        sum += net;
        squares += net * net;
        raw += match label {
            Polarity::Negative => -1,
            Polarity::Neutral => 0,
            Polarity::Positive => 1,
        };
        let comment = &comments[row.index];
        let key = match (&comment.author_id, &comment.post_id) {
            (Some(author), _) => (0, author.as_str()),
            (None, Some(post)) => (1, post.as_str()),
            (None, None) => (2, comment.comment_id.as_str()),
        };
        let cluster = clusters.entry(key).or_insert((0.0, 0.0));
        cluster.0 += net;
        cluster.1 += 1.0;
    }
    if n == 0 {
        return NetSentiment {
            n: 0,
            net_sentiment: None,
            net_sentiment_lower: None,
            net_sentiment_upper: None,
            net_sentiment_raw: None,
            effective_n: None,
        };
    }
    let mean = sum / n as f64;
    let clusters: Vec<(f64, f64)> = clusters.into_values().collect();
    let mut level = NetSentiment {
        n,
        net_sentiment: Some(100.0 * mean),
        net_sentiment_lower: None,
        net_sentiment_upper: None,
        net_sentiment_raw: Some(100.0 * raw as f64 / n as f64),
        effective_n: None,
    };
    if clusters.len() < FEWEST_CLUSTERS {
        return level;
    }
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut draws: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let (mut total, mut count) = (0.0, 0.0);
            for _ in 0..clusters.len() {
                let cluster = clusters[random.gen_range(0..clusters.len())];
                total += cluster.0;
                count += cluster.1;
            }
            total / count
        })
        .collect();
    draws.sort_by(f64::total_cmp);
    let centre = draws.iter().sum::<f64>() / DRAWS as f64;
    let variance = draws.iter().map(|d| (d - centre).powi(2)).sum::<f64>() / (DRAWS - 1) as f64;
    let population = squares / n as f64 - mean * mean;
    // The estimate lies within its own interval even where the draws are skewed.
    level.net_sentiment_lower = Some(100.0 * draws[DRAWS / 40].min(mean));
    level.net_sentiment_upper = Some(100.0 * draws[DRAWS - 1 - DRAWS / 40].max(mean));
    level.effective_n = (variance > 0.0).then(|| (population / variance).min(n as f64));
    level
}

/// One entry per brand, in the order of first appearance.
#[must_use]
pub fn summarize(comments: &[Comment], scored: &[ScoredComment], seed: u64) -> Vec<BrandSentiment> {
    let mut order: Vec<Option<&str>> = Vec::new();
    let mut groups: BTreeMap<Option<&str>, Vec<&ScoredComment>> = BTreeMap::new();
    for row in scored {
        let brand = row.brand.as_deref();
        groups
            .entry(brand)
            .or_insert_with(|| {
                order.push(brand);
                Vec::new()
            })
            .push(row);
    }
    let all_mentions = scored
        .iter()
        .filter(|r| r.mentions_brand == Some(true))
        .count();
    order
        .into_iter()
        .map(|brand| brand_sentiment(comments, brand, &groups[&brand], all_mentions, seed))
        .collect()
}

fn brand_sentiment(
    comments: &[Comment],
    brand: Option<&str>,
    rows: &[&ScoredComment],
    all_mentions: usize,
    seed: u64,
) -> BrandSentiment {
    let about: Vec<&ScoredComment> = rows
        .iter()
        .copied()
        .filter(|r| r.about_brand && r.status == Status::Scored)
        .collect();
    let mentions = rows
        .iter()
        .filter(|r| r.mentions_brand == Some(true))
        .count();
    let mut counts: BTreeMap<&'static str, usize> =
        Polarity::ALL.iter().map(|p| (p.name(), 0)).collect();
    for label in about.iter().filter_map(|r| r.label) {
        *counts.entry(label.name()).or_default() += 1;
    }
    let mut statuses = BTreeMap::new();
    for row in rows {
        *statuses.entry(row.status.name()).or_default() += 1;
    }
    let mut months: BTreeMap<String, Vec<&ScoredComment>> = BTreeMap::new();
    let mut creators: BTreeMap<&CreatorId, Vec<&ScoredComment>> = BTreeMap::new();
    for row in &about {
        let comment = &comments[row.index];
        if let Some(at) = comment.created_at {
            months
                .entry(at.strftime("%Y-%m").to_string())
                .or_default()
                .push(row);
        }
        if let Some(creator) = &comment.creator_id {
            creators.entry(creator).or_default().push(row);
        }
    }
    let own_names = brand
        .map(|b| Brand::new(b, &[]).handles())
        .unwrap_or_default();
    let whole = level(comments, &about, seed);
    BrandSentiment {
        brand: brand.map(str::to_owned),
        n: rows.len(),
        scored: rows.iter().filter(|r| r.status == Status::Scored).count(),
        about: about.len(),
        mentions,
        share_of_voice: (all_mentions > 0).then(|| mentions as f64 / all_mentions as f64),
        method: "uncorrected",
        counts,
        statuses,
        level: LevelWithoutN {
            net_sentiment: whole.net_sentiment,
            net_sentiment_lower: whole.net_sentiment_lower,
            net_sentiment_upper: whole.net_sentiment_upper,
            net_sentiment_raw: whole.net_sentiment_raw,
            effective_n: whole.effective_n,
        },
        by_period: months
            .into_iter()
            .map(|(period, rows)| Period {
                period,
                level: level(comments, &rows, seed),
            })
            .collect(),
        by_creator: creators
            .into_iter()
            .map(|(creator_id, rows)| Slice {
                creator_id: creator_id.clone(),
                level: level(comments, &rows, seed),
            })
            .collect(),
        drivers: drivers(comments, &about, &own_names, DRIVERS),
    }
}
