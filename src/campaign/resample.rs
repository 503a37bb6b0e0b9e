//! Intervals of a creator's ratios by resampling visitors.

use crate::stats::{poisson_weights, quantile_sorted, wilson};
use serde::Serialize;

/// Bootstrap draws.
pub(super) const DRAWS: usize = 500;

/// A 95 % interval. An end is `None` where it cannot be told: the upper end of a cost per order, say, where some draws have no order.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Bounds {
    /// Lower end.
    pub lower: Option<f64>,
    /// Upper end.
    pub upper: Option<f64>,
}

/// What one visitor adds to a creator.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Part {
    pub visitor: u64,
    pub visits: f64,
    pub orders: f64,
    pub revenue: f64,
}

/// Sums by draw.
#[derive(Debug, Clone)]
pub(super) struct Draws {
    visits: Vec<f64>,
    orders: Vec<f64>,
    revenue: Vec<f64>,
    parts: usize,
    buyers: usize,
    seen: (f64, f64),
}

impl Draws {
    /// Resamples the visitors: each counts as often in every draw as [`poisson_weights`] says, for every creator alike.
    pub(super) fn new(parts: &[Part], seed: u64) -> Self {
        let mut draws = Self {
            visits: vec![0.0; DRAWS],
            orders: vec![0.0; DRAWS],
            revenue: vec![0.0; DRAWS],
            parts: parts.len(),
            buyers: parts.iter().filter(|p| p.orders > 0.0).count(),
            seen: parts
                .iter()
                .fold((0.0, 0.0), |(v, o), p| (v + p.visits, o + p.orders)),
        };
        let mut weights = [0_u8; DRAWS];
        for part in parts {
            poisson_weights(seed, part.visitor, &mut weights);
            for (sum, weight) in draws.visits.iter_mut().zip(&weights) {
                *sum += part.visits * f64::from(*weight);
            }
            // Most visitors buy nothing.
            if part.orders == 0.0 && part.revenue == 0.0 {
                continue;
            }
            for (draw, weight) in weights.iter().enumerate() {
                let weight = f64::from(*weight);
                draws.orders[draw] += part.orders * weight;
                draws.revenue[draw] += part.revenue * weight;
            }
        }
        draws
    }

    /// The interval of a ratio of (visits, orders, revenue). Nothing is said where fewer than two visitors bought:
    /// one order does not show how orders scatter.
    pub(super) fn bounds(&self, ratio: impl Fn(f64, f64, f64) -> f64) -> Bounds {
        if self.buyers < 2 {
            return Bounds::default();
        }
        self.bounds_of(ratio)
    }

    /// The interval of a ratio that no order enters; at least two visitors are needed.
    pub(super) fn bounds_of_visits(&self, ratio: impl Fn(f64) -> f64) -> Bounds {
        if self.parts < 2 {
            return Bounds::default();
        }
        self.bounds_of(|visits, _, _| ratio(visits))
    }

    fn bounds_of(&self, ratio: impl Fn(f64, f64, f64) -> f64) -> Bounds {
        // 0 / 0 is a draw that says nothing; x / 0 one that says "beyond any number".
        let mut values: Vec<f64> = (0..DRAWS)
            .map(|d| ratio(self.visits[d], self.orders[d], self.revenue[d]))
            .filter(|v| !v.is_nan())
            .collect();
        values.sort_by(f64::total_cmp);
        let end = |p| {
            let value: Option<f64> = quantile_sorted(&values, p);
            value.filter(|v| v.is_finite())
        };
        Bounds {
            lower: end(0.025),
            upper: end(0.975),
        }
    }

    /// The interval of orders per visit; where nobody bought, Wilson's for none.
    pub(super) fn conversion_rate(&self) -> Bounds {
        if self.seen.1 > 0.0 {
            return self.bounds(|visits, orders, _| orders / visits);
        }
        let (lower, upper) = wilson(0.0, self.seen.0, 0.95).unzip();
        Bounds { lower, upper }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{Rng, mix};

    #[test]
    fn covers_the_truth_about_as_often_as_it_says() {
        let mut rng = Rng::new(3, "visitors");
        let mut held = 0;
        for run in 0..200 {
            let parts: Vec<Part> = (0..400)
                .map(|i| {
                    let orders = f64::from(u8::from(rng.uniform() < 0.1));
                    Part {
                        visitor: mix(run, i),
                        visits: 2.0,
                        orders,
                        revenue: orders * 100.0 * rng.uniform(),
                    }
                })
                .collect();
            // 40 orders of 50 each are expected of a spend of 1,000.
            let bounds = Draws::new(&parts, run).bounds(|_, _, revenue| revenue / 1000.0);
            if bounds.lower.unwrap() <= 2.0 && 2.0 <= bounds.upper.unwrap() {
                held += 1;
            }
        }
        assert!((180..=198).contains(&held), "{held} of 200");
    }

    #[test]
    fn what_cannot_be_told_is_left_empty() {
        let part = |visitor, orders| Part {
            visitor,
            visits: 1.0,
            orders,
            revenue: 10.0 * orders,
        };
        let one = Draws::new(&[part(1, 1.0), part(2, 0.0)], 0);
        assert_eq!(one.bounds(|_, o, _| 5.0 / o), Bounds::default());
        let two = Draws::new(&[part(1, 1.0), part(2, 1.0)], 0);
        let cost = two.bounds(|_, o, _| 5.0 / o);
        assert!(cost.lower.is_some() && cost.upper.is_none(), "{cost:?}");
        let none = Draws::new(&[part(1, 0.0), part(2, 0.0)], 0).conversion_rate();
        assert!(
            none.lower == Some(0.0) && none.upper.unwrap() > 0.5,
            "{none:?}"
        );
    }
}
