//! Evidence to values between 0 and 1, each with its standard error. Two rules depend on the other candidates: the
//! price's, which needs something to be cheap against, and the sentiment's, whose few comments are drawn to what
//! audiences usually say.

use super::{CandidateEvidence, Criterion, SentimentEvidence};
use crate::stats::{between_variance, median};
use std::collections::BTreeMap;

/// A value and its standard error, both in 0..=1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Value {
    pub(super) value: f64,
    pub(super) std_error: f64,
}

/// Candidates with comments from which the scatter of their audiences is estimated.
const ENOUGH_AUDIENCES: usize = 10;
/// Standard deviation of audiences about their mean where fewer are known, in points. An assumption.
const USUAL_SCATTER: f64 = 20.0;
/// Least standard deviation that is believed of them, in points.
const LEAST_SCATTER: f64 = 2.0;
/// Least standard deviation of one comment, in points: a handful that agree are still a handful.
const ONE_COMMENT: f64 = 60.0;
/// By how many points the model's net sentiment of an audience is off beside chance (docs/ranking.md).
const MODEL_ERROR: f64 = 11.0;
/// Days after which the last post counts half.
const HALF_LIFE_DAYS: f64 = 30.0;
/// Posts per month at which the pace reaches 1 - 1/e.
const PACE: f64 = 4.0;
/// Standard error of the activity: tables of posts are often cut off.
const ACTIVITY_STD_ERROR: f64 = 0.05;

/// What the candidates have in common.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Levels {
    /// Median price per expected engagement by currency.
    prices: BTreeMap<Option<String>, f64>,
    /// Mean net sentiment over all comments of all candidates, in points.
    sentiment: f64,
    /// Variance of the candidates' true net sentiments about it.
    scatter: f64,
}

impl Levels {
    pub(super) fn of(candidates: &[&CandidateEvidence]) -> Self {
        let known: Vec<SentimentEvidence> = candidates.iter().filter_map(|c| c.sentiment).collect();
        let n: f64 = known.iter().map(|s| s.n as f64).sum();
        let sum: f64 = known.iter().map(|s| s.net * s.n as f64).sum();
        let mean = if n > 0.0 && sum.is_finite() {
            sum / n
        } else {
            0.0
        };
        let scatter = if known.len() < ENOUGH_AUDIENCES {
            USUAL_SCATTER.powi(2)
        } else {
            let residuals: Vec<(f64, f64)> =
                known.iter().map(|s| (s.net - mean, noise(s))).collect();
            between_variance(&residuals, 1.0).max(LEAST_SCATTER.powi(2))
        };
        Self {
            prices: prices(candidates),
            sentiment: mean,
            scatter,
        }
    }
}

/// Variance of a net sentiment about the audience's true one.
fn noise(sentiment: &SentimentEvidence) -> f64 {
    let few = ONE_COMMENT.powi(2) / (sentiment.n.max(1) as f64);
    few.max(sentiment.se.powi(2))
}

fn prices(candidates: &[&CandidateEvidence]) -> BTreeMap<Option<String>, f64> {
    let mut by_currency: BTreeMap<Option<String>, Vec<f64>> = BTreeMap::new();
    for candidate in candidates {
        if let Some(price) = per_engagement(candidate) {
            let currency = candidate.price.as_ref().and_then(|p| p.currency.clone());
            by_currency.entry(currency).or_default().push(price);
        }
    }
    by_currency
        .into_iter()
        .filter_map(|(currency, prices)| Some((currency, median(&prices)?)))
        .collect()
}

fn per_engagement(candidate: &CandidateEvidence) -> Option<f64> {
    let amount = candidate.price.as_ref()?.amount;
    let count = candidate.engagements?.count;
    let sound = amount >= 0.0 && amount.is_finite() && count > 0.0 && count.is_finite();
    sound.then(|| amount / count)
}

/// The candidate's value for a criterion; `None` where there is no evidence or it is no number.
pub(super) fn value(
    candidate: &CandidateEvidence,
    criterion: Criterion,
    levels: &Levels,
) -> Option<Value> {
    let (value, std_error) = match criterion {
        Criterion::Relevance => {
            let relevance = candidate.relevance.as_ref()?;
            (relevance.value, relevance.spread)
        }
        Criterion::Engagement => {
            let expected = candidate.engagements?;
            let std_error = expected.percentile_se.unwrap_or(0.0) / 100.0;
            (expected.percentile? / 100.0, std_error)
        }
        Criterion::Sentiment => {
            // The posterior with a normal prior about the candidates' mean.
            let sentiment = candidate.sentiment?;
            let weight = levels.scatter / (levels.scatter + noise(&sentiment));
            let net = levels.sentiment + weight * (sentiment.net - levels.sentiment);
            let chance = levels.scatter * (1.0 - weight);
            let std_error = MODEL_ERROR.mul_add(MODEL_ERROR, chance).sqrt();
            (0.5 + net / 200.0, std_error / 200.0)
        }
        Criterion::Authenticity => {
            let signal = candidate.authenticity?;
            (signal.value, signal.std_error)
        }
        Criterion::Safety => {
            let seen = candidate.safety.as_ref()?;
            (seen.safety, seen.spread)
        }
        Criterion::Activity => {
            let activity = candidate.activity?;
            let recency = 0.5_f64.powf(activity.days_since_last_post.max(0.0) / HALF_LIFE_DAYS);
            let pace = 1.0 - (-activity.posts_per_month.max(0.0) / PACE).exp();
            (recency * pace, ACTIVITY_STD_ERROR)
        }
        Criterion::Price => {
            let price = per_engagement(candidate)?;
            let currency = &candidate.price.as_ref()?.currency;
            let level = *levels.prices.get(currency)?;
            let value = if level + price > 0.0 {
                level / (level + price)
            } else {
                0.5
            };
            // The delta method: the value is logistic in the logarithm of the engagements.
            let log_se = candidate.engagements?.log_se;
            (value, value * (1.0 - value) * log_se)
        }
    };
    (value.is_finite() && std_error.is_finite()).then(|| Value {
        value: value.clamp(0.0, 1.0),
        std_error: std_error.clamp(0.0, 1.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ranking::{ActivityEvidence, ExpectedEngagements, PriceEvidence};
    use crate::schema::Followers;

    fn candidate() -> CandidateEvidence {
        CandidateEvidence::new("a".into(), Followers(1000))
    }

    #[test]
    fn few_comments_say_little() {
        let with = |n| {
            let mut c = candidate();
            c.sentiment = Some(SentimentEvidence {
                net: 80.0,
                n,
                se: 10.0,
            });
            let levels = Levels {
                scatter: USUAL_SCATTER.powi(2),
                ..Levels::default()
            };
            value(&c, Criterion::Sentiment, &levels).unwrap()
        };
        assert!(with(1).value < 0.55);
        assert!(with(5).value < with(500).value && with(500).value < 0.9);
        assert!(with(5).std_error > with(500).std_error && with(1).std_error < 0.12);
    }

    #[test]
    fn audiences_that_hardly_differ_are_drawn_together() {
        let audience = |i: u32, apart: f64| {
            let mut c = CandidateEvidence::new(format!("c{i}").as_str().into(), Followers(1000));
            c.sentiment = Some(SentimentEvidence {
                net: 30.0 + apart * (f64::from(i % 5) - 2.0),
                n: 40,
                se: 10.0,
            });
            c
        };
        let std_error = |apart: f64| {
            let all: Vec<_> = (0..20).map(|i| audience(i, apart)).collect();
            let levels = Levels::of(&all.iter().collect::<Vec<_>>());
            let of = |i: usize| value(&all[i], Criterion::Sentiment, &levels).unwrap().value;
            assert!(
                (of(2) - 0.65).abs() < 1e-9,
                "who stands in the middle stays there"
            );
            (of(4) - of(0)) / (4.0 * apart / 200.0)
        };
        assert!(
            std_error(2.0) < 0.1,
            "what chance explains is no difference"
        );
        assert!(std_error(40.0) > 0.9);
    }

    #[test]
    fn silence_fades_and_pace_saturates() {
        let with = |days, pace| {
            let mut c = candidate();
            c.activity = Some(ActivityEvidence {
                days_since_last_post: days,
                posts_per_month: pace,
            });
            value(&c, Criterion::Activity, &Levels::default())
                .unwrap()
                .value
        };
        assert!((with(30.0, 8.0) / with(0.0, 8.0) - 0.5).abs() < 1e-12);
        assert!(with(0.0, 30.0) > with(0.0, 2.0) && with(0.0, 0.0) == 0.0);
    }

    #[test]
    fn the_median_price_is_the_middle() {
        let priced = |amount: f64, currency: &str| {
            let mut c = candidate();
            c.engagements = Some(ExpectedEngagements {
                count: 40.0,
                log_se: 0.2,
                percentile: None,
                percentile_se: None,
            });
            c.price = Some(PriceEvidence {
                amount,
                currency: Some(currency.to_owned()),
            });
            c
        };
        let all = [
            priced(50.0, "EUR"),
            priced(100.0, "EUR"),
            priced(400.0, "EUR"),
        ];
        let levels = Levels::of(&all.iter().collect::<Vec<_>>());
        let of = |c: &CandidateEvidence| value(c, Criterion::Price, &levels).map(|v| v.value);
        assert_eq!(of(&all[1]), Some(0.5));
        assert!(of(&all[0]) > Some(0.6) && of(&all[2]) < Some(0.3));
        assert_eq!(of(&priced(1.0, "USD")), None);
        assert_eq!(of(&priced(f64::NAN, "EUR")), None);
    }

    #[test]
    fn no_evidence_is_no_value() {
        for criterion in Criterion::ALL {
            assert_eq!(value(&candidate(), criterion, &Levels::default()), None);
        }
    }
}
