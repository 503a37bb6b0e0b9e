//! How the order changes as weights move.

use super::{Criterion, Ranked};
use serde::Serialize;

/// What becomes of the order when one criterion's weight is multiplied.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Sensitivity {
    /// The criterion whose weight moves.
    pub criterion: Criterion,
    /// What its weight is multiplied by; 0 leaves the criterion out.
    pub factor: f64,
    /// Share of the first `top` creators that stay among the first `top`, 0..=1.
    pub top_kept: f64,
    /// Spearman's correlation of the ranks before and after, -1..=1; 1 for fewer than two.
    pub spearman: f64,
}

/// Ranks the rows again with the weight of each counting criterion times 0, 0.5 and 2.
///
/// `rows` are a whole ranking, best first. A weight is left alone where it is the only one.
#[must_use]
pub fn sensitivity(rows: &[Ranked], top: usize) -> Vec<Sensitivity> {
    let Some(first) = rows.first() else {
        return Vec::new();
    };
    let counting: Vec<Criterion> = first
        .parts
        .iter()
        .filter(|p| p.weight > 0.0)
        .map(|p| p.criterion)
        .collect();
    if counting.len() < 2 {
        return Vec::new();
    }
    let mut found = Vec::new();
    for criterion in counting {
        for factor in [0.0, 0.5, 2.0] {
            let scores: Vec<f64> = rows.iter().map(|r| moved(r, criterion, factor)).collect();
            let mut order: Vec<usize> = (0..rows.len()).collect();
            order.sort_by(|&a, &b| {
                scores[b]
                    .total_cmp(&scores[a])
                    .then_with(|| rows[a].creator_id.cmp(&rows[b].creator_id))
            });
            let n = top.min(rows.len()).max(1);
            let kept = order[..n].iter().filter(|i| **i < n).count();
            found.push(Sensitivity {
                criterion,
                factor,
                top_kept: kept as f64 / n as f64,
                spearman: spearman(&order),
            });
        }
    }
    found
}

/// The weighted mean of the values with one weight multiplied.
fn moved(row: &Ranked, criterion: Criterion, factor: f64) -> f64 {
    let (mut sum, mut total) = (0.0, 0.0);
    for part in &row.parts {
        let weight = if part.criterion == criterion {
            part.weight * factor
        } else {
            part.weight
        };
        sum += weight * part.value;
        total += weight;
    }
    sum / total
}

/// Spearman's correlation of the places with the numbers that stand in them.
fn spearman(order: &[usize]) -> f64 {
    let n = order.len() as f64;
    if order.len() < 2 {
        return 1.0;
    }
    let squares: f64 = order
        .iter()
        .enumerate()
        .map(|(place, i)| (place as f64 - *i as f64).powi(2))
        .sum();
    1.0 - 6.0 * squares / (n * (n * n - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ranking::{CandidateEvidence, RankOptions, SignalEvidence, Weights, rank};
    use crate::safety::SafetyAssessment;
    use crate::schema::Followers;

    #[test]
    fn the_criterion_that_decides_is_seen() {
        let with = |id: &str, real, safe| {
            let mut c = CandidateEvidence::new(id.into(), Followers(5000));
            c.authenticity = Some(SignalEvidence {
                value: real,
                std_error: 0.0,
            });
            c.safety = Some(SafetyAssessment {
                safety: safe,
                spread: 0.0,
                texts_read: 1,
                strengths: Vec::new(),
                hits: Vec::new(),
            });
            c
        };
        let options = RankOptions {
            weights: Weights::default().with_list("safety=0.05").unwrap(),
            ..RankOptions::default()
        };
        let rows = rank(&[with("a", 0.9, 0.1), with("b", 0.5, 0.8)], &options)
            .unwrap()
            .rows;
        assert_eq!(rows[0].creator_id.as_str(), "a");
        let found = sensitivity(&rows, 1);
        assert_eq!(found.len(), 6);
        for s in found {
            let turned = (s.criterion == Criterion::Authenticity) == (s.factor < 1.0);
            assert!(
                (s.top_kept - f64::from(u8::from(!turned))).abs() < 1e-12,
                "{s:?}"
            );
            assert!((s.spearman - if turned { -1.0 } else { 1.0 }).abs() < 1e-12);
        }
    }
}
