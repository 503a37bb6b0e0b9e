//! Ways to share out an order among the creators met on the way to it.

use super::claims::Claim;
use super::ledger::Sale;
use crate::stats::{Paths, removal_effects};
use serde::Serialize;
use std::collections::BTreeSet;

/// A way to share out an order. Formulas: docs/campaign.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AttributionModel {
    /// All to the last creator met: who closed the sale. The code, where there is one, is the last touch.
    LastTouch,
    /// All to the first creator met: who brought the customer in.
    FirstTouch,
    /// Alike to every touch.
    Linear,
    /// By 2^(-age / half-life) of every touch: the nearer to the order, the more.
    TimeDecay,
    /// 40 % to the first touch, 40 % to the last, the rest to those between (half and half where there are two).
    Position,
    /// By how many orders would be lost without the creator in a Markov chain of the journeys, those without an order
    /// too.
    Markov,
    /// By the Shapley value, where a set of creators is worth the orders that met no other creator.
    Shapley,
}

impl AttributionModel {
    /// Every model.
    pub const ALL: [Self; 7] = [
        Self::LastTouch,
        Self::FirstTouch,
        Self::Linear,
        Self::TimeDecay,
        Self::Position,
        Self::Markov,
        Self::Shapley,
    ];

    /// The name used in tables and documents.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::LastTouch => "last_touch",
            Self::FirstTouch => "first_touch",
            Self::Linear => "linear",
            Self::TimeDecay => "time_decay",
            Self::Position => "position",
            Self::Markov => "markov",
            Self::Shapley => "shapley",
        }
    }

    /// What it is used for, in a sentence.
    #[must_use]
    pub fn use_for(self) -> &'static str {
        match self {
            Self::LastTouch => "who closes sales; the rule of most shops, and of the orders column",
            Self::FirstTouch => "who brings in new customers",
            Self::Linear => "a fair share without an opinion",
            Self::TimeDecay => "short decisions, where the latest touch weighs most",
            Self::Position => "both ends of long decisions",
            Self::Markov => {
                "what would be lost without the creator, if journeys went on as they do"
            }
            Self::Shapley => "a fair share of what creators achieve together",
        }
    }
}

/// What a creator gets of a model; parts of orders.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Credit {
    /// Orders, in parts of one.
    pub orders: f64,
    /// Revenue after refunds, in the campaign's currency.
    pub revenue: f64,
}

/// The shares of one order's touches, which add up to 1.
fn shares(model: AttributionModel, path: &[(u32, i64)], half_life: f64) -> Vec<f64> {
    let n = path.len();
    let mut shares = vec![0.0; n];
    match model {
        AttributionModel::FirstTouch => shares[0] = 1.0,
        AttributionModel::Linear => shares.fill(1.0 / n as f64),
        AttributionModel::TimeDecay => {
            // From the youngest touch on, so that old journeys do not underflow.
            let youngest = path.iter().map(|p| p.1).min().unwrap_or_default();
            for (share, (_, age)) in shares.iter_mut().zip(path) {
                *share = (-((age - youngest) as f64) / half_life).exp2();
            }
            let sum: f64 = shares.iter().sum();
            for share in &mut shares {
                *share /= sum;
            }
        }
        AttributionModel::Position if n == 2 => shares.fill(0.5),
        AttributionModel::Position if n > 2 => {
            shares.fill(0.2 / (n - 2) as f64);
            shares[0] = 0.4;
            shares[n - 1] = 0.4;
        }
        // The Shapley value of "worth the order once all of its creators are there" is the same for each of them
        // (a unanimity game; Shapley 1953), so a creator met twice counts once.
        AttributionModel::Shapley => {
            let mut met = BTreeSet::new();
            for (share, (creator, _)) in shares.iter_mut().zip(path) {
                *share = f64::from(u8::from(met.insert(*creator)));
            }
            for share in &mut shares {
                *share /= met.len() as f64;
            }
        }
        AttributionModel::LastTouch | AttributionModel::Position | AttributionModel::Markov => {
            shares[n - 1] = 1.0;
        }
    }
    shares
}

/// Credits by creator's number under a model, for `creators` creators. They add up to the claimed orders that stand,
/// and to their revenue. `half_life` in milliseconds. `lost` are the journeys that ended without an order.
///
/// `None` for [`AttributionModel::Markov`] where there are more than 1,000 creators.
pub(super) fn attribute(
    model: AttributionModel,
    claims: &[Claim],
    sales: &[Sale],
    lost: &[Vec<u32>],
    creators: usize,
    half_life: f64,
) -> Option<Vec<Credit>> {
    let mut credits = vec![Credit::default(); creators];
    if model == AttributionModel::Markov {
        return markov(claims, sales, lost, creators);
    }
    for claim in claims {
        let sale = &sales[claim.sale];
        let order = f64::from(u8::from(sale.stands()));
        for (share, (creator, _)) in shares(model, &claim.path, half_life)
            .iter()
            .zip(&claim.path)
        {
            let credit = &mut credits[*creator as usize];
            credit.orders += share * order;
            credit.revenue += share * sale.net();
        }
    }
    Some(credits)
}

fn markov(
    claims: &[Claim],
    sales: &[Sale],
    lost: &[Vec<u32>],
    creators: usize,
) -> Option<Vec<Credit>> {
    let mut paths = Paths::default();
    let mut total = Credit::default();
    for claim in claims {
        let sale = &sales[claim.sale];
        paths.add(claim.path.iter().map(|p| p.0 as usize), sale.stands());
        total.orders += f64::from(u8::from(sale.stands()));
        total.revenue += sale.net();
    }
    for journey in lost {
        paths.add(journey.iter().map(|c| *c as usize), false);
    }
    if total.orders == 0.0 {
        return Some(vec![Credit::default(); creators]);
    }
    let effects = removal_effects(&paths, creators)?;
    let sum: f64 = effects.iter().sum();
    Some(
        effects
            .iter()
            .map(|effect| Credit {
                orders: effect / sum * total.orders,
                revenue: effect / sum * total.revenue,
            })
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::super::claims::ClaimedBy;
    use super::*;
    use crate::stats::Rng;
    use proptest::prelude::*;

    const DAY: i64 = 86_400_000;

    fn claims(paths: &[Vec<u32>], values: &[f64]) -> (Vec<Claim>, Vec<Sale>) {
        let sales = values
            .iter()
            .map(|value| Sale {
                at: 0,
                latest: 0,
                visitor: 0,
                known: true,
                code: None,
                gross: *value,
                refund: 0.0,
            })
            .collect();
        let claims = paths.iter().enumerate().map(|(i, path)| Claim {
            sale: i,
            path: path
                .iter()
                .enumerate()
                .map(|(k, c)| (*c, (path.len() - k) as i64 * DAY))
                .collect(),
            creator: *path.last().unwrap(),
            by: ClaimedBy::Click,
        });
        (claims.collect(), sales)
    }

    #[test]
    fn shares_by_hand() {
        let path: Vec<(u32, i64)> = [(0, 14), (1, 7), (0, 0)]
            .map(|(c, d)| (c, d * DAY))
            .to_vec();
        let of = |model| shares(model, &path, 7.0 * DAY as f64);
        assert_eq!(of(AttributionModel::LastTouch), [0.0, 0.0, 1.0]);
        assert_eq!(of(AttributionModel::FirstTouch), [1.0, 0.0, 0.0]);
        assert_eq!(of(AttributionModel::Position), [0.4, 0.2, 0.4]);
        assert_eq!(of(AttributionModel::Shapley), [0.5, 0.5, 0.0]);
        let decay = of(AttributionModel::TimeDecay);
        for (found, expected) in decay.iter().zip([1.0 / 7.0, 2.0 / 7.0, 4.0 / 7.0]) {
            assert!((found - expected).abs() < 1e-12, "{decay:?}");
        }
    }

    /// The Shapley value by its definition: the mean of what a creator adds, over all orders of arrival.
    fn shapley_by_subsets(paths: &[Vec<u32>], values: &[f64], n: usize) -> Vec<f64> {
        let sets: Vec<usize> = paths
            .iter()
            .map(|p| p.iter().fold(0, |set, c| set | 1 << c))
            .collect();
        let worth = |coalition: usize| -> f64 {
            sets.iter()
                .zip(values)
                .filter(|(set, _)| **set & !coalition == 0)
                .map(|(_, v)| v)
                .sum()
        };
        let factorial = |k: usize| (1..=k).product::<usize>() as f64;
        (0..n)
            .map(|c| {
                (0..1usize << n)
                    .filter(|s| s & 1 << c == 0)
                    .map(|s| {
                        let k = s.count_ones() as usize;
                        factorial(k) * factorial(n - k - 1) / factorial(n)
                            * (worth(s | 1 << c) - worth(s))
                    })
                    .sum()
            })
            .collect()
    }

    #[test]
    fn shapley_is_what_its_definition_says_for_up_to_six_creators() {
        let mut rng = Rng::new(1, "journeys");
        for n in 1..=6 {
            let paths: Vec<Vec<u32>> = (0..200)
                .map(|_| (0..=rng.below(7)).map(|_| rng.below(n) as u32).collect())
                .collect();
            let values: Vec<f64> = (0..200).map(|_| 100.0 * rng.uniform()).collect();
            let (claims, sales) = claims(&paths, &values);
            let found = attribute(AttributionModel::Shapley, &claims, &sales, &[], n, 1.0).unwrap();
            for (a, b) in found.iter().zip(shapley_by_subsets(&paths, &values, n)) {
                assert!((a.revenue - b).abs() < 1e-8, "{n}: {a:?} {b}");
            }
        }
    }

    proptest! {
        #[test]
        fn every_model_shares_out_all_of_it(
            paths in proptest::collection::vec(proptest::collection::vec(0_u32..5, 1..6), 1..40),
            lost in proptest::collection::vec(proptest::collection::vec(0_u32..5, 1..6), 0..20),
            seed in 0_u64..1000,
        ) {
            let mut rng = Rng::new(seed, "values");
            let values: Vec<f64> = paths.iter().map(|_| (1e4 * rng.uniform()).round() / 100.0).collect();
            let (claims, sales) = claims(&paths, &values);
            for model in AttributionModel::ALL {
                let credits = attribute(model, &claims, &sales, &lost, 5, 7.0 * DAY as f64).unwrap();
                let revenue: f64 = credits.iter().map(|c| c.revenue).sum();
                let orders: f64 = credits.iter().map(|c| c.orders).sum();
                prop_assert!((revenue - values.iter().sum::<f64>()).abs() < 1e-6);
                prop_assert!((orders - paths.len() as f64).abs() < 1e-6);
            }
        }
    }
}
