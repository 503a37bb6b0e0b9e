//! Whether a ranking was right, by what its creators did afterwards.

use crate::schema::{CreatorId, PredictedCreator};
use crate::stats::{Rng, auc_tied, median, ndcg_tied, quantile, recall_tied, spearman};
use serde::Serialize;
use std::collections::BTreeMap;

/// Random orders that the ranking is held against.
const SHUFFLES: usize = 1_000;

/// How good an order is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OrderQuality {
    /// `ranking`, `followers_only` (the most first) or `random` (means over 1,000 orders).
    pub order: &'static str,
    /// Normalised discounted cumulative gain of the first 10, 0..1.
    pub ndcg_10: Option<f64>,
    /// The same of the first 50.
    pub ndcg_50: Option<f64>,
    /// Chance that a good creator stands before another, 0..1.
    pub auc: Option<f64>,
    /// Share of the good creators among the first 10.
    pub recall_10: Option<f64>,
    /// The same of the first 50.
    pub recall_50: Option<f64>,
    /// Median place of the good creators, from 1.
    pub median_rank: Option<f64>,
    /// Rank correlation of the order with the outcome, 1 where the best stands first.
    pub spearman: Option<f64>,
}

/// What [`evaluate_ranking`] found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RankingEvaluation {
    /// Creators with an outcome.
    pub creators: usize,
    /// Of these, creators whom the ranking left out: they stand last.
    pub unranked: usize,
    /// Ranked creators without an outcome: they are not looked at.
    pub without_outcome: usize,
    /// The outcome from which a creator counts as good.
    pub good_from: f64,
    /// Creators that are.
    pub good: usize,
    /// The ranking, then what it must beat.
    pub orders: Vec<OrderQuality>,
    /// Share of random orders whose NDCG of the first 50 is at least the ranking's.
    pub p_value: Option<f64>,
}

/// Holds a ranking against outcomes (engagements, orders, revenue; not negative, more is better), beside the order by
/// followers, where these are known, and random orders.
///
/// A creator is good from `good_from` on; without one, from the upper quartile of the outcomes on and above the
/// smallest of them, so that where most outcomes are 0 those above 0 are good. Creators whom the ranking left out stand
/// behind it, all in one place: every measure is its mean over their orders, so that no id decides. A creator that
/// comes twice in either list counts by the first row. `None` without an outcome.
#[must_use]
pub fn evaluate_ranking(
    ranked: &[PredictedCreator],
    outcomes: &[(CreatorId, f64)],
    followers: &BTreeMap<CreatorId, u64>,
    good_from: Option<f64>,
    seed: u64,
) -> Option<RankingEvaluation> {
    let mut gains: BTreeMap<&CreatorId, f64> = BTreeMap::new();
    for (id, gain) in outcomes {
        gains.entry(id).or_insert(*gain);
    }
    let all: Vec<f64> = gains.values().copied().collect();
    let least = all.iter().copied().min_by(f64::total_cmp)?;
    let quartile = quantile(&all, 0.75)?;
    let good_from = good_from.unwrap_or_else(|| {
        let above = all.iter().copied().filter(|gain| *gain > least);
        let lowest = above.min_by(f64::total_cmp).unwrap_or(f64::MAX);
        quartile.max(lowest)
    });
    // By the printed place; without one, as the rows stand.
    let mut rows: Vec<(u64, usize, &CreatorId)> = ranked
        .iter()
        .enumerate()
        .map(|(i, p)| (p.rank.unwrap_or(i as u64 + 1), i, &p.creator_id))
        .collect();
    rows.sort_unstable_by_key(|row| (row.0, row.1));
    let mut left = gains.clone();
    let mut own: Vec<f64> = rows.iter().filter_map(|row| left.remove(row.2)).collect();
    let ranked_here = own.len();
    let unranked = left.len();
    own.extend(left.into_values());

    let mut orders = vec![quality("ranking", &own, ranked_here, good_from)];
    let mut by_size: Vec<(u64, &CreatorId)> = gains
        .keys()
        .filter_map(|id| Some((*followers.get(*id)?, *id)))
        .collect();
    if by_size.len() == gains.len() {
        by_size.sort_unstable_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        let order: Vec<f64> = by_size.iter().map(|(_, id)| gains[id]).collect();
        orders.push(quality("followers_only", &order, order.len(), good_from));
    }
    let mut rng = Rng::new(seed, "random orders");
    let mut order = own.clone();
    let shuffled: Vec<OrderQuality> = (0..SHUFFLES)
        .map(|_| {
            for i in (1..order.len()).rev() {
                order.swap(i, rng.below(i + 1));
            }
            quality("random", &order, order.len(), good_from)
        })
        .collect();
    let reached = orders[0].ndcg_50;
    let p_value = reached.map(|reached| {
        let as_good = shuffled
            .iter()
            .filter(|s| s.ndcg_50.is_some_and(|n| n >= reached));
        (1 + as_good.count()) as f64 / (1 + SHUFFLES) as f64
    });
    orders.push(mean_of(&shuffled));
    Some(RankingEvaluation {
        creators: gains.len(),
        unranked,
        without_outcome: ranked.len().saturating_sub(ranked_here),
        good_from,
        good: all.iter().filter(|g| **g >= good_from).count(),
        orders,
        p_value,
    })
}

/// The measures of an order, given the outcomes in it, of which those from the place `tied` on stand in one place.
fn quality(order: &'static str, gains: &[f64], tied: usize, good_from: f64) -> OrderQuality {
    let good: Vec<bool> = gains.iter().map(|g| *g >= good_from).collect();
    // In the mean over the orders of the tied, each of their places has their mean.
    let shared = gains.len() - tied;
    let middle = tied as f64 + (shared as f64 - 1.0) / 2.0;
    let place = |i: usize| if i < tied { i as f64 } else { middle };
    let places: Vec<f64> = (0..gains.len())
        .filter(|i| good[*i])
        .map(|i| place(i) + 1.0)
        .collect();
    let falling: Vec<f64> = (0..gains.len()).map(|i| -place(i)).collect();
    OrderQuality {
        order,
        ndcg_10: ndcg_tied(gains, tied, 10),
        ndcg_50: ndcg_tied(gains, tied, 50),
        auc: auc_tied(&good, tied),
        recall_10: recall_tied(&good, tied, 10),
        recall_50: recall_tied(&good, tied, 50),
        median_rank: median(&places),
        spearman: spearman(&falling, gains),
    }
}

fn mean_of(all: &[OrderQuality]) -> OrderQuality {
    let mean = |pick: fn(&OrderQuality) -> Option<f64>| {
        let known: Vec<f64> = all.iter().filter_map(pick).collect();
        (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
    };
    OrderQuality {
        order: "random",
        ndcg_10: mean(|q| q.ndcg_10),
        ndcg_50: mean(|q| q.ndcg_50),
        auc: mean(|q| q.auc),
        recall_10: mean(|q| q.recall_10),
        recall_50: mean(|q| q.recall_50),
        median_rank: mean(|q| q.median_rank),
        spearman: mean(|q| q.spearman),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranked(ids: &[&str]) -> Vec<PredictedCreator> {
        ids.iter()
            .enumerate()
            .map(|(i, id)| PredictedCreator {
                creator_id: (*id).into(),
                rank: Some(i as u64 + 1),
                score: None,
                expected_engagement_rate: None,
                lower_90: None,
                upper_90: None,
            })
            .collect()
    }

    #[test]
    fn a_right_order_is_told_from_chance_and_from_size() {
        let ids: Vec<String> = (0..40).map(|i| format!("c{i:02}")).collect();
        let names: Vec<&str> = ids.iter().map(String::as_str).collect();
        let outcomes: Vec<(CreatorId, f64)> = names
            .iter()
            .enumerate()
            .map(|(i, id)| ((*id).into(), 100.0 - i as f64))
            .collect();
        // The largest are the worst.
        let followers = names
            .iter()
            .enumerate()
            .map(|(i, id)| ((*id).into(), i as u64))
            .collect();
        let found = evaluate_ranking(&ranked(&names), &outcomes, &followers, None, 0).unwrap();
        let [own, size, random] = &found.orders[..] else {
            panic!("three orders");
        };
        assert!((own.ndcg_50.unwrap() - 1.0).abs() < 1e-12 && own.auc == Some(1.0));
        assert_eq!(
            (found.good, own.median_rank, own.recall_10),
            (10, Some(5.5), Some(1.0))
        );
        assert!((own.spearman.unwrap() - 1.0).abs() < 1e-12);
        assert_eq!(size.auc, Some(0.0));
        assert!((random.auc.unwrap() - 0.5).abs() < 0.02);
        assert!(found.p_value.unwrap() < 0.002);
        // The same with the ids the other way round: nothing changes for those left out.
        let other = |id: &CreatorId| -> CreatorId {
            format!("c{:02}", 39 - id.as_str()[1..].parse::<u32>().unwrap())
                .as_str()
                .into()
        };
        let renamed: Vec<(CreatorId, f64)> =
            outcomes.iter().map(|(id, g)| (other(id), *g)).collect();
        let some: Vec<String> = names[..8].iter().map(|id| other(&(*id).into()).0).collect();
        let some: Vec<&str> = some.iter().map(String::as_str).collect();
        let none = BTreeMap::new();
        let a = evaluate_ranking(&ranked(&names[..8]), &outcomes, &none, None, 0).unwrap();
        let b = evaluate_ranking(&ranked(&some), &renamed, &none, None, 0).unwrap();
        let (a, b) = (a.orders[0].auc.unwrap(), b.orders[0].auc.unwrap());
        assert!((a - b).abs() < 1e-12 && a < 1.0, "{a} {b}");
        // Most outcomes are 0: those above are good.
        let rare: Vec<(CreatorId, f64)> = outcomes
            .iter()
            .enumerate()
            .map(|(i, (id, _))| (id.clone(), if i < 4 { 5.0 } else { 0.0 }))
            .collect();
        assert_eq!(
            evaluate_ranking(&ranked(&names), &rare, &none, None, 0)
                .unwrap()
                .good,
            4
        );
        // Whom the ranking leaves out stands last.
        let half =
            evaluate_ranking(&ranked(&names[20..]), &outcomes, &BTreeMap::new(), None, 0).unwrap();
        assert_eq!((half.unranked, half.orders.len()), (20, 2));
        assert!(half.orders[0].auc.unwrap() < 0.5, "{half:?}");
        assert!(half.p_value.unwrap() > 0.8, "{half:?}");
        assert!(evaluate_ranking(&ranked(&names), &[], &BTreeMap::new(), None, 0).is_none());
    }
}
