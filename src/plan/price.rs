//! What a post costs where the table does not say: an estimate from the table's own prices.

use crate::stats::{robust_line, student_quantile};
use serde::Serialize;

/// Priced creators without whom no estimate is made.
const FEWEST: usize = 8;

/// Where a price comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PriceSource {
    /// The table's own.
    Table,
    /// An estimate from the table's priced creators.
    Estimate,
    /// The cost per engagement that was given, times the expected engagements.
    Asked,
}

impl PriceSource {
    /// The name used in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Estimate => "estimate",
            Self::Asked => "asked",
        }
    }
}

/// What a post costs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Price {
    /// The amount; not negative.
    pub amount: f64,
    /// Lower end of its 90 % interval; the amount itself where it is known.
    pub lower_90: f64,
    /// Upper end.
    pub upper_90: f64,
    /// Where it comes from.
    pub source: PriceSource,
}

/// How prices follow followers in the table.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PriceModel {
    /// Priced creators behind it.
    pub n: usize,
    /// Growth of the price's logarithm with that of the followers.
    pub slope: f64,
    /// Standard deviation of the price's logarithm about the line.
    pub log_sd: f64,
}

/// A price for everybody who can have one.
///
/// `known` are followers, price if it is known in the plan's currency, and expected engagements.
/// A price that is not known is `cost_per_engagement` times the engagements where that is given;
/// else the median that a robust line of log price on log followers predicts, with the 90 %
/// interval of one new price (Student's t), if at least eight creators are priced; else `None`.
/// No rate card is assumed.
#[must_use]
pub fn prices(
    known: &[(f64, Option<f64>, f64)],
    cost_per_engagement: Option<f64>,
) -> (Vec<Option<Price>>, Option<PriceModel>) {
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for (followers, price, _) in known {
        if let Some(price) = price.filter(|p| *p > 0.0 && *followers > 0.0) {
            x.push(followers.ln());
            y.push(price.ln());
        }
    }
    let line = (x.len() >= FEWEST)
        .then(|| robust_line(&x, &y, &vec![1.0; x.len()]))
        .flatten();
    let n = x.len() as f64;
    let mean = x.iter().sum::<f64>() / n.max(1.0);
    let squares: f64 = x.iter().map(|x| (x - mean).powi(2)).sum();
    // The spread is taken anew from all residuals: a robust one would leave the odd prices out
    // of the interval that has to hold them.
    let log_sd = line.as_ref().map_or(0.0, |line| {
        let sum: f64 = x
            .iter()
            .zip(&y)
            .map(|(x, y)| (y - line.at(*x)).powi(2))
            .sum();
        (sum / (n - 2.0)).sqrt()
    });
    let prices = known
        .iter()
        .map(|(followers, price, engagements)| {
            if let Some(amount) = *price {
                return Some(exact(amount, PriceSource::Table));
            }
            if let Some(each) = cost_per_engagement {
                return Some(exact(each * engagements, PriceSource::Asked));
            }
            let line = line.as_ref().filter(|_| *followers > 0.0)?;
            let at = followers.ln();
            let far = if squares > 0.0 {
                (at - mean).powi(2) / squares
            } else {
                0.0
            };
            let width = student_quantile(0.95, n - 2.0) * log_sd * (1.0 + 1.0 / n + far).sqrt();
            let middle = line.at(at);
            Some(Price {
                amount: middle.exp(),
                lower_90: (middle - width).exp(),
                upper_90: (middle + width).exp(),
                source: PriceSource::Estimate,
            })
        })
        .collect();
    let model = line.map(|line| PriceModel {
        n: x.len(),
        slope: line.slope,
        log_sd,
    });
    (prices, model)
}

fn exact(amount: f64, source: PriceSource) -> Price {
    Price {
        amount,
        lower_90: amount,
        upper_90: amount,
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Rng;

    /// Prices about 0.1 x followers^0.75, every third unknown; and what the unknown ones are.
    #[expect(
        clippy::type_complexity,
        reason = "what the function under test takes, and the truth"
    )]
    fn market(seed: u64) -> (Vec<(f64, Option<f64>, f64)>, Vec<f64>) {
        let mut rng = Rng::new(seed, "prices");
        let mut truth = Vec::new();
        let rows = (0..90)
            .map(|i| {
                let followers = (7.0 + 4.0 * rng.uniform()).exp();
                let price = 0.1 * followers.powf(0.75) * (0.4 * rng.normal()).exp();
                truth.push(price);
                (followers, (i % 3 > 0).then_some(price), 50.0)
            })
            .collect();
        (rows, truth)
    }

    #[test]
    fn intervals_hold_nine_prices_in_ten() {
        let (mut held, mut all) = (0, 0);
        for seed in 0..40 {
            let (rows, truth) = market(seed);
            let (found, model) = prices(&rows, None);
            assert!((model.unwrap().slope - 0.75).abs() < 0.25);
            for (price, truth) in found.iter().flatten().zip(&truth) {
                if price.source == PriceSource::Estimate {
                    all += 1;
                    held += usize::from((price.lower_90..=price.upper_90).contains(truth));
                }
            }
        }
        let share = f64::from(held as u32) / f64::from(all);
        assert!((0.87..=0.93).contains(&share), "{share} of {all}");
    }

    #[test]
    fn nothing_is_invented() {
        let few = [(1000.0, Some(40.0), 30.0), (2000.0, None, 50.0)];
        let (found, model) = prices(&few, None);
        assert_eq!(
            (found[0].unwrap().amount, found[1], model),
            (40.0, None, None)
        );
        let (found, _) = prices(&few, Some(0.5));
        assert!((found[1].unwrap().amount - 25.0).abs() < 1e-12);
        assert_eq!(found[1].unwrap().source, PriceSource::Asked);
    }
}
