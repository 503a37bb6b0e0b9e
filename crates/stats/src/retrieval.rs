//! How well an order finds what turned out to be good.

/// [`ndcg_tied`] of an order without ties.
#[must_use]
pub fn ndcg(gains: &[f64], k: usize) -> Option<f64> {
    ndcg_tied(gains, gains.len(), k)
}

/// [`auc_tied`] of an order without ties.
#[must_use]
pub fn auc(relevant: &[bool]) -> Option<f64> {
    auc_tied(relevant, relevant.len())
}

/// [`recall_tied`] of an order without ties.
#[must_use]
pub fn recall(relevant: &[bool], k: usize) -> Option<f64> {
    recall_tied(relevant, relevant.len(), k)
}

/// Normalised discounted cumulative gain of the first `k`: the gains in their order, each divided by log2(place + 1),
/// over the same sum of the best order (Järvelin and Kekäläinen 2002). Gains are not negative. Those from the place
/// `tied` on stand in one place: the mean over their orders. `None` where every gain is 0 or `k` is 0.
#[must_use]
pub fn ndcg_tied(gains: &[f64], tied: usize, k: usize) -> Option<f64> {
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
    let (ranked, rest) = gains.split_at(tied.min(gains.len()));
    let mean = rest.iter().sum::<f64>() / rest.len().max(1) as f64;
    let order = [ranked, &vec![mean; rest.len()][..]].concat();
    (best > 0.0).then(|| sum(&order) / best)
}

/// Chance that a relevant entry stands before one that is not, from the order's relevances; 0..=1.
/// Entries from the place `tied` on stand in one place, and a pair of them counts half. `None` where all are alike.
#[must_use]
pub fn auc_tied(relevant: &[bool], tied: usize) -> Option<f64> {
    let (ranked, rest) = relevant.split_at(tied.min(relevant.len()));
    let rest_relevant = rest.iter().filter(|is| **is).count() as u64;
    let mut others = rest.len() as u64 - rest_relevant;
    // Twice, since pairs of the tied count half.
    let mut twice = rest_relevant * others;
    for is in ranked.iter().rev() {
        if *is {
            twice += 2 * others;
        } else {
            others += 1;
        }
    }
    let all = (relevant.len() as u64 - others) * others;
    (all > 0).then(|| twice as f64 / (2 * all) as f64)
}

/// Share of the relevant entries that are among the first `k`; those from the place `tied` on stand in one place, and
/// are among them as far as there is room. `None` without a relevant one.
#[must_use]
pub fn recall_tied(relevant: &[bool], tied: usize, k: usize) -> Option<f64> {
    let count = |slice: &[bool]| slice.iter().filter(|r| **r).count() as f64;
    let (ranked, rest) = relevant.split_at(tied.min(relevant.len()));
    let room = k.saturating_sub(ranked.len()).min(rest.len()) as f64;
    let found =
        count(&ranked[..k.min(ranked.len())]) + count(rest) * room / rest.len().max(1) as f64;
    let all = count(relevant);
    (all > 0.0).then(|| found / all)
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
        // One ahead, then two in one place, of which one is good: the mean over their two orders.
        let mean = |f: &dyn Fn(&[bool]) -> f64| {
            f64::midpoint(f(&[true, true, false]), f(&[true, false, true]))
        };
        assert_eq!(
            auc_tied(&[true, false, true], 1),
            Some(mean(&|o| auc(o).unwrap()))
        );
        assert_eq!(
            recall_tied(&[true, false, true], 1, 2),
            Some(mean(&|o| recall(o, 2).unwrap()))
        );
        let gains =
            |o: &[bool]| -> Vec<f64> { o.iter().map(|g| f64::from(u8::from(*g))).collect() };
        let by_ties = ndcg_tied(&gains(&[true, false, true]), 1, 2).unwrap();
        assert!((by_ties - mean(&|o| ndcg(&gains(o), 2).unwrap())).abs() < 1e-12);
    }
}
