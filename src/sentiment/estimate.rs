//! Net sentiment of a group, share positive minus share negative in points, with its interval: three ways, of
//! which the best that the labelled comments allow is taken and named.

use super::labels::LabelledRow;
use super::sums::{Draw, Sums};
use super::unlabelled::{self, MODEL_ERROR};
use crate::schema::{Comment, Polarity};
use crate::stats::quantification::{AdjustedCount, LabelledCase, PredictionPowered};
use crate::stats::{hash_text, mix, poisson_weights, student_quantile};
use serde::Serialize;

/// Clusters below which no interval is given.
const FEWEST_CLUSTERS: f64 = 5.0;
/// Labelled comments below which they correct nothing.
pub(super) const FEWEST_LABELLED: usize = 50;
/// Comments about a brand below which it has no net sentiment.
pub(super) const FEWEST_ABOUT: u64 = 30;
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
    /// Lower end of the 95 % interval; `None` with fewer than five independent clusters, and where nothing was
    /// labelled.
    pub net_sentiment_lower: Option<f64>,
    /// Upper end.
    pub net_sentiment_upper: Option<f64>,
    /// Where nothing was labelled: lower end of what chance makes of who commented, 95 % of it. It holds nothing of the
    /// model's error.
    pub sampling_lower: Option<f64>,
    /// Upper end.
    pub sampling_upper: Option<f64>,
    /// Where nothing was labelled: the model's own error in points, the root mean square over sets that it was not
    /// trained on.
    pub model_error: Option<f64>,
    /// Standard error, in points: of the interval, and where nothing was labelled of the sampling range alone.
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
    /// How many more labelled comments from among these would halve the interval; `None` where labels alone cannot.
    pub labels_to_halve: Option<usize>,
    /// The way that the labels also allow and whose standard error is larger.
    pub alternative: Option<Alternative>,
}

/// Another way that the labels allow, which they say is worse.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Alternative {
    /// The way.
    pub method: Method,
    /// Its standard error in points.
    pub std_error: f64,
}

/// What the labelled comments allow for a brand.
#[derive(Debug, Clone)]
pub(super) enum BiasCorrection {
    /// The comments are too few for a net sentiment.
    TooFew,
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
        let Some(mean) = sums.mean().filter(|_| !matches!(self, Self::TooFew)) else {
            return NetSentiment {
                net_sentiment_raw: None,
                net_sentiment_polar_raw: None,
                ..level
            };
        };
        let draws = sums.draws(seed);
        let clusters = sums.clusters(&draws);
        let found = match self {
            Self::TooFew | Self::Uncorrected => None,
            Self::InSample(rows, of, elsewhere) => {
                let rows: Vec<&LabelledRow> = rows
                    .iter()
                    .filter(|r| slice.is_none_or(|key| r.slices.contains(&key)))
                    .collect();
                let by_sample = powered(&rows, *of, sums, &mean, &draws, clusters, seed);
                // Too few of the part's own: what the whole sample teaches of the model's errors. It holds of a part
                // with enough of its own only where every comment was as likely to be drawn.
                let drawn_evenly = rows.iter().all(|r| {
                    r.case
                        .probability
                        .total_cmp(&rows[0].case.probability)
                        .is_eq()
                });
                let by_count = elsewhere
                    .as_ref()
                    .filter(|_| by_sample.is_none() || drawn_evenly)
                    .and_then(|fit| adjusted(fit, rows.len(), sums, &draws, clusters));
                let (chosen, other) = match (by_sample, by_count) {
                    (Some(a), Some(b)) if b.0.se < a.0.se => (Some(b), Some(a)),
                    (Some(a), b) => (Some(a), b),
                    (None, b) => (b, None),
                };
                level.alternative = other.map(|(estimate, _, _, method, _)| Alternative {
                    method,
                    std_error: 100.0 * estimate.se,
                });
                chosen
            }
            Self::External(fit, labelled) => adjusted(fit, *labelled, sums, &draws, clusters),
        };
        let (main, polar, population, method, labelled) =
            found.unwrap_or_else(|| uncorrected(sums, &draws, clusters));
        level.method = method;
        level.labelled = labelled;
        level.net_sentiment = Some(100.0 * main.value);
        level.net_sentiment_polar = polar.as_ref().map(|p| 100.0 * p.value);
        let corrected = method != Method::Uncorrected;
        level.model_error = (!corrected).then_some(MODEL_ERROR);
        if clusters < FEWEST_CLUSTERS {
            return level;
        }
        let ends = [main.lower, main.upper].map(|end| Some(100.0 * end));
        if corrected {
            [level.net_sentiment_lower, level.net_sentiment_upper] = ends;
            level.net_sentiment_polar_lower = polar.as_ref().map(|p| 100.0 * p.lower);
            level.net_sentiment_polar_upper = polar.as_ref().map(|p| 100.0 * p.upper);
        } else {
            [level.sampling_lower, level.sampling_upper] = ends;
        }
        level.std_error = Some(100.0 * main.se);
        if let (Method::PredictionPowered, Self::InSample(rows, ..)) = (method, self) {
            level.labels_to_halve = labels_to_halve(rows, slice, sums.n as f64, main.se);
        }
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
        sampling_lower: None,
        sampling_upper: None,
        model_error: None,
        std_error: None,
        net_sentiment_raw: counted(sums.n as f64),
        net_sentiment_polar: None,
        net_sentiment_polar_lower: None,
        net_sentiment_polar_upper: None,
        net_sentiment_polar_raw: counted(positive + negative),
        effective_n: None,
        method: Method::Uncorrected,
        labelled: 0,
        labels_to_halve: None,
        alternative: None,
    }
}

/// Level, level without neutrals, variance between comments, method, labelled comments.
type Found = (Estimate, Option<Estimate>, f64, Method, usize);

fn uncorrected(sums: &Sums, draws: &[Draw], clusters: f64) -> Found {
    let labels = sums.label_shares().unwrap_or_default();
    let shares = unlabelled::shares(&labels);
    let about = unlabelled::linear_shares(&labels);
    let resampled: Vec<[f64; 3]> = draws
        .iter()
        .filter_map(|d| Some(unlabelled::linear_shares(&d.label_shares()?)))
        .collect();
    // The bootstrap's variance is that of the clusters at hand, (G - 1) / G of the audience's.
    let factor = clusters / (clusters - 1.0).max(1.0);
    let least = least_variance(sums.labels, clusters);
    let by_draws = |value: f64, centre: f64, draws: Vec<f64>| {
        let scatter = (factor * variance(&draws, centre)).max(least);
        Estimate::symmetric(value, scatter.sqrt(), clusters - 1.0)
    };
    let without_neutrals = polar(&shares).zip(polar(&about));
    (
        by_draws(
            net(&shares),
            net(&about),
            resampled.iter().map(net).collect(),
        ),
        without_neutrals
            .map(|(p, centre)| by_draws(p, centre, resampled.iter().filter_map(polar).collect())),
        (shares[0] + shares[2] - net(&shares).powi(2)).max(0.0),
        Method::Uncorrected,
        0,
    )
}

/// The variance of net sentiment over so many independent comments, with one more of each polar label (Agresti and
/// Coull 1998): comments that all say the same are no proof that everybody does.
fn least_variance(labels: [u64; 3], clusters: f64) -> f64 {
    let [negative, neutral, positive] = labels.map(|n| n as f64);
    let n = negative + neutral + positive + 2.0;
    let (negative, positive) = ((negative + 1.0) / n, (positive + 1.0) / n);
    (negative + positive - (positive - negative).powi(2)) / clusters.max(1.0)
}

/// Net sentiment in a draw where nothing was labelled, in points.
pub(super) fn uncorrected_net(draw: &Draw) -> Option<f64> {
    Some(100.0 * net(&unlabelled::linear_shares(&draw.label_shares()?)))
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

/// How many more labels halve an interval whose standard error is `se`. Labelling brings down the part of the variance
/// that the labels leave in these `size` comments, `r (1/n - 1/N)`; what stands beyond it is the chance of who
/// commented, which no label takes away.
fn labels_to_halve(rows: &[LabelledRow], slice: Option<u64>, size: f64, se: f64) -> Option<usize> {
    let cases: Vec<LabelledCase> = rows
        .iter()
        .filter(|r| slice.is_none_or(|key| r.slices.contains(&key)))
        .map(|r| r.case.clone())
        .collect();
    let n = cases.len() as f64;
    let by_labels = PredictionPowered::fit(&cases)?
        .finite_se(&NET, size)
        .powi(2);
    let scale = by_labels / (1.0 / n - 1.0 / size).max(f64::MIN_POSITIVE);
    let allowed = se * se / 4.0 - (se * se - by_labels).max(0.0);
    if n >= size || allowed <= 0.0 {
        return None;
    }
    let wanted = 1.0 / (allowed / scale + 1.0 / size);
    Some((wanted - n).ceil().max(0.0) as usize)
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

/// Labels as they are counted: negative, neutral, positive.
pub(super) fn label_counts(sums: &Sums) -> std::collections::BTreeMap<&'static str, usize> {
    Polarity::ALL
        .iter()
        .map(|p| (p.name(), sums.labels[*p as usize] as usize))
        .collect()
}
