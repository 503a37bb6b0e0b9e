//! How well an order finds what turned out to be good.

/// Normalised discounted cumulative gain of the first `k`: the gains in their order, each divided
/// by log2(place + 1), over the same sum of the best order (Järvelin and Kekäläinen 2002). Gains
/// are not negative. `None` where every gain is 0 or `k` is 0.
#[must_use]
pub fn ndcg(gains: &[f64], k: usize) -> Option<f64> {
    let sum = |gains: &[f64]| -> f64 {
        gains
            .iter()
            .take(k)
            .enumerate()
            .map(|(place, gain)| gain / (place as f64 + 2.0).log2())
            .sum()
    };
    let mut best = gains.to_vec();
    best.sort_by(|a, b| b.total_cmp(a));
    let best = sum(&best);
    (best > 0.0).then(|| sum(gains) / best)
}

/// Chance that a relevant entry stands before one that is not, from the order's relevances; 0..=1.
/// `None` where all are alike.
#[must_use]
pub fn auc(relevant: &[bool]) -> Option<f64> {
    let (mut others, mut pairs) = (0_u64, 0_u64);
    for is in relevant.iter().rev() {
        if *is {
            pairs += others;
        } else {
            others += 1;
        }
    }
    let all = (relevant.len() as u64 - others) * others;
    (all > 0).then(|| pairs as f64 / all as f64)
}

/// Share of the relevant entries that are among the first `k`. `None` without a relevant one.
#[must_use]
pub fn recall(relevant: &[bool], k: usize) -> Option<f64> {
    let count = |slice: &[bool]| slice.iter().filter(|r| **r).count();
    let all = count(relevant);
    (all > 0).then(|| count(&relevant[..k.min(relevant.len())]) as f64 / all as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let found = ndcg(&[1.0, 3.0, 0.0], 2).unwrap();
        let best = 3.0 + 1.0 / 3.0_f64.log2();
        assert!((found - (1.0 + 3.0 / 3.0_f64.log2()) / best).abs() < 1e-12);
        assert_eq!((ndcg(&[0.0], 5), ndcg(&[], 5)), (None, None));
        assert_eq!(auc(&[true, false, true, false]), Some(0.75));
        assert_eq!(auc(&[true]), None);
        assert_eq!(recall(&[true, false, true], 2), Some(0.5));
        assert_eq!(recall(&[false], 2), None);
    }
}
