//! Net sentiment of a group, share positive minus share negative in points, with its interval: three ways, of
//! which the best that the labelled comments allow is taken and named.

use super::ScoredComment;
use super::labels::LabelledRow;
use super::sums::{DRAWS, Draw, SLICE_DRAWS, Sums};
use crate::schema::{Comment, Polarity};
use crate::stats::quantification::{AdjustedCount, LabelledCase, PredictionPowered};
use crate::stats::{hash_text, mix, poisson_weights, student_quantile};
use serde::Serialize;

/// Clusters below which no interval is given.
const FEWEST_CLUSTERS: f64 = 5.0;
/// Labelled comments below which they correct nothing.
pub(super) const FEWEST_LABELLED: usize = 30;
/// Positive minus negative.
const NET: [f64; 3] = [-1.0, 0.0, 1.0];

/// How a level was estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// By a random sample of the comments at hand that people labelled.
    PredictionPowered,
    /// By comments of the same kind from elsewhere that people labelled.
    AdjustedCount,
    /// The mean of the model's probabilities as they are.
    Uncorrected,
}

impl Method {
    /// The name used in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PredictionPowered => "prediction_powered",
            Self::AdjustedCount => "adjusted_count",
            Self::Uncorrected => "uncorrected",
        }
    }
}

/// Of whom an interval speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum InferenceTarget {
    /// Of the comments at hand: what it would be, had people labelled all of them.
    Comments,
    /// Of those who comment: what it would be, had others of them written.
    Audience,
}

/// A level with its interval. Levels are points, -100..100.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NetSentiment {
    /// Comments it stands on.
    pub n: usize,
    /// Share positive minus share negative; `None` without comments.
    pub net_sentiment: Option<f64>,
    /// Lower end of the 95 % interval; `None` with fewer than five independent clusters.
    pub net_sentiment_lower: Option<f64>,
    /// Upper end.
    pub net_sentiment_upper: Option<f64>,
    /// Half the interval by its quantile.
    pub std_error: Option<f64>,
    /// Share of labels positive minus share negative: plain counting.
    pub net_sentiment_raw: Option<f64>,
    /// The same without neutrals: (positive - negative) / (positive + negative).
    pub net_sentiment_polar: Option<f64>,
    /// Lower end of its 95 % interval.
    pub net_sentiment_polar_lower: Option<f64>,
    /// Upper end.
    pub net_sentiment_polar_upper: Option<f64>,
    /// Plain counting without neutrals.
    pub net_sentiment_polar_raw: Option<f64>,
    /// Independent labelled comments that would give the same standard error; at most `n`.
    pub effective_n: Option<f64>,
    /// How the level was estimated.
    pub method: Method,
    /// Labelled comments that it stands on.
    pub labelled: usize,
}

/// What the labelled comments allow for a brand.
#[derive(Debug, Clone)]
pub(super) enum BiasCorrection {
    Uncorrected,
    /// The sample, of whom to speak, and what the sample teaches for parts in which it is too small.
    InSample(Vec<LabelledRow>, InferenceTarget, Option<AdjustedCount>),
    External(AdjustedCount, usize),
}

/// An estimate, its standard error, and its interval's reach to either side.
struct Estimate {
    value: f64,
    se: f64,
    lower: f64,
    upper: f64,
}

impl Estimate {
    fn symmetric(value: f64, se: f64, df: f64) -> Self {
        let half = student_quantile(0.975, df) * se;
        Self {
            value: value.clamp(-1.0, 1.0),
            se,
            lower: (value - half).clamp(-1.0, 1.0),
            upper: (value + half).clamp(-1.0, 1.0),
        }
    }
}

fn net(shares: &[f64; 3]) -> f64 {
    shares[2] - shares[0]
}

fn polar(shares: &[f64; 3]) -> Option<f64> {
    let polar = shares[2] + shares[0];
    (polar > 1e-9).then(|| net(shares) / polar)
}

impl BiasCorrection {
    /// The level of a group. `slice` is its key in the labelled rows' lists, and nothing for the whole brand.
    pub(super) fn level(&self, sums: &Sums, slice: Option<u64>, seed: u64) -> NetSentiment {
        let mut level = empty(sums);
        let Some(mean) = sums.mean() else {
            return level;
        };
        let draws = sums.draws(seed);
        let clusters = sums.clusters(&draws);
        let found = match self {
            Self::Uncorrected => None,
            Self::InSample(rows, of, elsewhere) => {
                let rows: Vec<&LabelledRow> = rows
                    .iter()
                    .filter(|r| slice.is_none_or(|key| r.slices.contains(&key)))
                    .collect();
                powered(&rows, *of, sums, &mean, &draws, clusters, seed).or_else(|| {
                    // Too few of the part's own: what the whole sample teaches of the model's errors.
                    adjusted(elsewhere.as_ref()?, rows.len(), sums, &draws, clusters)
                })
            }
            Self::External(fit, labelled) => adjusted(fit, *labelled, sums, &draws, clusters),
        };
        let (main, polar, population, method, labelled) =
            found.unwrap_or_else(|| uncorrected(sums, &mean, &draws, clusters));
        level.method = method;
        level.labelled = labelled;
        level.net_sentiment = Some(100.0 * main.value);
        level.net_sentiment_polar = polar.as_ref().map(|p| 100.0 * p.value);
        if clusters < FEWEST_CLUSTERS {
            return level;
        }
        level.net_sentiment_lower = Some(100.0 * main.lower);
        level.net_sentiment_upper = Some(100.0 * main.upper);
        level.std_error = Some(100.0 * main.se);
        level.net_sentiment_polar_lower = polar.as_ref().map(|p| 100.0 * p.lower);
        level.net_sentiment_polar_upper = polar.as_ref().map(|p| 100.0 * p.upper);
        level.effective_n =
            (main.se > 0.0).then(|| (population / main.se.powi(2)).min(sums.n as f64));
        level
    }
}

fn empty(sums: &Sums) -> NetSentiment {
    let [negative, _, positive] = sums.labels.map(|n| n as f64);
    let counted = |of: f64| (of > 0.0).then(|| 100.0 * (positive - negative) / of);
    NetSentiment {
        n: sums.n as usize,
        net_sentiment: None,
        net_sentiment_lower: None,
        net_sentiment_upper: None,
        std_error: None,
        net_sentiment_raw: counted(sums.n as f64),
        net_sentiment_polar: None,
        net_sentiment_polar_lower: None,
        net_sentiment_polar_upper: None,
        net_sentiment_polar_raw: counted(positive + negative),
        effective_n: None,
        method: Method::Uncorrected,
        labelled: 0,
    }
}

/// Level, level without neutrals, variance between comments, method, labelled comments.
type Found = (Estimate, Option<Estimate>, f64, Method, usize);

fn uncorrected(sums: &Sums, mean: &[f64; 3], draws: &[Draw], clusters: f64) -> Found {
    let means: Vec<[f64; 3]> = draws.iter().filter_map(Draw::mean).collect();
    // The bootstrap's variance is that of the clusters at hand, (G - 1) / G of the audience's.
    let factor = clusters / (clusters - 1.0).max(1.0);
    let by_draws = |value: f64, draws: Vec<f64>| {
        Estimate::symmetric(
            value,
            (factor * variance(&draws, value)).sqrt(),
            clusters - 1.0,
        )
    };
    (
        by_draws(net(mean), means.iter().map(net).collect()),
        polar(mean).map(|p| by_draws(p, means.iter().filter_map(polar).collect())),
        sums.variance(),
        Method::Uncorrected,
        0,
    )
}

fn powered(
    rows: &[&LabelledRow],
    of: InferenceTarget,
    sums: &Sums,
    mean: &[f64; 3],
    draws: &[Draw],
    clusters: f64,
    seed: u64,
) -> Option<Found> {
    if rows.len() < FEWEST_LABELLED {
        return None;
    }
    let cases: Vec<LabelledCase> = rows.iter().map(|r| r.case.clone()).collect();
    let fit = PredictionPowered::fit(&cases)?;
    let shares = fit.shares(mean);
    let bounded = shares.map(|s| s.clamp(0.0, 1.0));
    let population = (bounded[0] + bounded[2] - net(&shares).powi(2)).max(0.0);
    let (main, without) = match of {
        InferenceTarget::Comments => {
            let size = sums.n as f64;
            let df = fit.degrees_of_freedom();
            let main = Estimate::symmetric(net(&shares), fit.finite_se(&NET, size), df);
            let without = polar(&bounded).map(|ratio| {
                let below = bounded[0] + bounded[2];
                let contrast = [(-1.0 - ratio) / below, 0.0, (1.0 - ratio) / below];
                Estimate::symmetric(ratio, fit.finite_se(&contrast, size), df)
            });
            (main, without)
        }
        InferenceTarget::Audience => {
            let mut weights = vec![0; draws.len() * rows.len()];
            for (row, weights) in rows.iter().zip(weights.chunks_mut(draws.len())) {
                poisson_weights(seed, row.cluster, weights);
            }
            let mut counts = vec![0; rows.len()];
            let shares_drawn: Vec<[f64; 3]> = draws
                .iter()
                .enumerate()
                .filter_map(|(d, draw)| {
                    for (count, weights) in counts.iter_mut().zip(weights.chunks(draws.len())) {
                        *count = weights[d];
                    }
                    fit.shares_in_draw(&draw.mean()?, &counts)
                })
                .collect();
            let labelled = effective_clusters(rows);
            let df = (labelled - 3.0).min(clusters - 1.0);
            let factor = fit.fitting_factor() * labelled / (labelled - 1.0).max(1.0);
            let by_draws = |value: f64, draws: Vec<f64>| {
                Estimate::symmetric(value, (factor * variance(&draws, value)).sqrt(), df)
            };
            (
                by_draws(net(&shares), shares_drawn.iter().map(net).collect()),
                polar(&bounded)
                    .map(|p| by_draws(p, shares_drawn.iter().filter_map(polar).collect())),
            )
        }
    };
    Some((
        main,
        without,
        population,
        Method::PredictionPowered,
        rows.len(),
    ))
}

fn adjusted(
    fit: &AdjustedCount,
    labelled: usize,
    sums: &Sums,
    draws: &[Draw],
    clusters: f64,
) -> Option<Found> {
    let nets: Vec<f64> = draws.iter().filter_map(Draw::net).collect();
    let (n, between) = (sums.n as f64, sums.variance());
    let factor = clusters / (clusters - 1.0).max(1.0);
    let design_effect = if between > 0.0 {
        factor * variance(&nets, sums.net()?) * n / between
    } else {
        1.0
    };
    let shares = fit.shares(&sums.histogram(), design_effect)?;
    let estimate = |value: &dyn Fn(&[f64; 3]) -> Option<f64>| {
        let (lower, upper, se) = shares.interval(0.95, value)?;
        Some(Estimate {
            value: value(&shares.shares)?,
            se,
            lower,
            upper,
        })
    };
    let s = &shares.shares;
    let population = s[0] + s[2] - net(s).powi(2);
    Some((
        estimate(&|s| Some(net(s)))?,
        estimate(&polar),
        population,
        Method::AdjustedCount,
        labelled,
    ))
}

/// Mean square about the estimate; 0 for fewer than two draws.
pub(super) fn variance(draws: &[f64], centre: f64) -> f64 {
    if draws.len() < 2 {
        return 0.0;
    }
    draws.iter().map(|d| (d - centre).powi(2)).sum::<f64>() / draws.len() as f64
}

fn effective_clusters(rows: &[&LabelledRow]) -> f64 {
    let mut clusters: Vec<u64> = rows.iter().map(|r| r.cluster).collect();
    clusters.sort_unstable();
    let squares: usize = clusters
        .chunk_by(|a, b| a == b)
        .map(|c| c.len().pow(2))
        .sum();
    (rows.len().pow(2)) as f64 / squares.max(1) as f64
}

/// Whose comment it is as a number: the author's, else the post's, else its own; and whether it is the comment's own.
pub(super) fn cluster_of(comment: &Comment) -> (u64, bool) {
    let (kind, id) = match (&comment.author_id, &comment.post_id) {
        (Some(author), _) => (0, author.as_str()),
        (None, Some(post)) => (1, post.as_str()),
        (None, None) => (2, comment.comment_id.as_str()),
    };
    (mix(kind, hash_text(id)), kind == 2)
}

/// The uncorrected level of some scored rows, of comments in memory.
#[must_use]
pub(crate) fn level(comments: &[Comment], rows: &[&ScoredComment], seed: u64) -> NetSentiment {
    let mut sums = Sums::new(SLICE_DRAWS);
    let mut weights = [0; DRAWS];
    for row in rows {
        if let (Some(p), Some(label)) = (row.probabilities, row.label) {
            let cluster = cluster_of(&comments[row.index]).0;
            poisson_weights(seed, cluster, &mut weights[..SLICE_DRAWS]);
            sums.push(super::sums::Entry::new(cluster, p), label, &weights, seed);
        }
    }
    BiasCorrection::Uncorrected.level(&sums, None, seed)
}

/// Labels as they are counted: negative, neutral, positive.
pub(super) fn label_counts(sums: &Sums) -> std::collections::BTreeMap<&'static str, usize> {
    Polarity::ALL
        .iter()
        .map(|p| (p.name(), sums.labels[*p as usize] as usize))
        .collect()
}
