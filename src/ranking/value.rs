//! Evidence to values between 0 and 1, each with its standard error. No rule depends on the
//! other candidates but the price's, which needs something to be cheap against.

use super::{CandidateEvidence, Criterion};
use crate::stats::median;
use std::collections::BTreeMap;

/// A value and its standard error, both in 0..=1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Value {
    pub(super) value: f64,
    pub(super) spread: f64,
}

/// As many comments as neutral ones are assumed beforehand.
const PRIOR_COMMENTS: f64 = 10.0;
/// Standard deviation of true audience sentiments about neutral, on 0..1.
const PRIOR_SPREAD: f64 = 0.2;
/// Days after which the last post counts half.
const HALF_LIFE_DAYS: f64 = 30.0;
/// Posts per month at which the pace reaches 1 - 1/e.
const PACE: f64 = 4.0;
/// Standard error of the activity: tables of posts are often cut off.
const ACTIVITY_SPREAD: f64 = 0.05;

/// Median price per expected engagement by currency.
pub(super) type PriceLevels = BTreeMap<Option<String>, f64>;

pub(super) fn price_levels(candidates: &[&CandidateEvidence]) -> PriceLevels {
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
    levels: &PriceLevels,
) -> Option<Value> {
    let (value, spread) = match criterion {
        Criterion::Relevance => {
            let relevance = candidate.relevance.as_ref()?;
            (relevance.value, relevance.spread)
        }
        Criterion::Engagement => {
            let expected = candidate.engagements?;
            let spread = expected.percentile_se.unwrap_or(0.0) / 100.0;
            (expected.percentile? / 100.0, spread)
        }
        Criterion::Sentiment => {
            // Posterior mean and its error with a normal prior about neutral: the noise of the
            // comments times their weight, the prior's own spread times the rest.
            let sentiment = candidate.sentiment?;
            let n = sentiment.n as f64;
            let weight = n / (n + PRIOR_COMMENTS);
            let noise = weight * sentiment.se / 200.0;
            let unknown = (1.0 - weight) * PRIOR_SPREAD;
            (0.5 + weight * sentiment.net / 200.0, noise.hypot(unknown))
        }
        Criterion::Authenticity => {
            let signal = candidate.authenticity?;
            (signal.value, signal.spread)
        }
        Criterion::Safety => {
            let signal = candidate.safety?;
            (signal.value, signal.spread)
        }
        Criterion::Activity => {
            let activity = candidate.activity?;
            let recency = 0.5_f64.powf(activity.days_since_last_post.max(0.0) / HALF_LIFE_DAYS);
            let pace = 1.0 - (-activity.posts_per_month.max(0.0) / PACE).exp();
            (recency * pace, ACTIVITY_SPREAD)
        }
        Criterion::Price => {
            let price = per_engagement(candidate)?;
            let currency = &candidate.price.as_ref()?.currency;
            let level = *levels.get(currency)?;
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
    (value.is_finite() && spread.is_finite()).then(|| Value {
        value: value.clamp(0.0, 1.0),
        spread: spread.clamp(0.0, 1.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ranking::{ActivityEvidence, ExpectedEngagements, PriceEvidence, SentimentEvidence};
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
            value(&c, Criterion::Sentiment, &PriceLevels::new()).unwrap()
        };
        assert!((with(0).value - 0.5).abs() < 1e-12);
        assert!(with(5).value < with(500).value && with(500).value < 0.9);
        assert!(with(5).spread > with(500).spread);
    }

    #[test]
    fn silence_fades_and_pace_saturates() {
        let with = |days, pace| {
            let mut c = candidate();
            c.activity = Some(ActivityEvidence {
                days_since_last_post: days,
                posts_per_month: pace,
            });
            value(&c, Criterion::Activity, &PriceLevels::new())
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
        let levels = price_levels(&all.iter().collect::<Vec<_>>());
        let of = |c: &CandidateEvidence| value(c, Criterion::Price, &levels).map(|v| v.value);
        assert_eq!(of(&all[1]), Some(0.5));
        assert!(of(&all[0]) > Some(0.6) && of(&all[2]) < Some(0.3));
        assert_eq!(of(&priced(1.0, "USD")), None);
        assert_eq!(of(&priced(f64::NAN, "EUR")), None);
    }

    #[test]
    fn no_evidence_is_no_value() {
        for criterion in Criterion::ALL {
            assert_eq!(value(&candidate(), criterion, &PriceLevels::new()), None);
        }
    }
}
