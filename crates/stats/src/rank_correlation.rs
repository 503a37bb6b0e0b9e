//! Whether two orders agree.

/// Ranks from 1; equal values share the mean of theirs.
fn mid_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut from = 0;
    while from < order.len() {
        let equal = |i: &usize| values[*i].total_cmp(&values[order[from]]).is_eq();
        let to = from + order[from..].iter().take_while(|i| equal(i)).count();
        for i in &order[from..to] {
            ranks[*i] = (from + 1 + to) as f64 / 2.0;
        }
        from = to;
    }
    ranks
}

/// Spearman's rank correlation, -1..1, with mid-ranks for ties. `None` for fewer than three pairs, lists that are not
/// of one length or not finite, or where one of them is the same throughout.
#[must_use]
pub fn spearman(a: &[f64], b: &[f64]) -> Option<f64> {
    if a.len() < 3 || a.len() != b.len() || a.iter().chain(b).any(|v| !v.is_finite()) {
        return None;
    }
    let mean = (a.len() + 1) as f64 / 2.0;
    let (mut product, mut squares) = (0.0, (0.0, 0.0));
    for (x, y) in mid_ranks(a).iter().zip(mid_ranks(b)) {
        product += (x - mean) * (y - mean);
        squares.0 += (x - mean).powi(2);
        squares.1 += (y - mean).powi(2);
    }
    let scale = (squares.0 * squares.1).sqrt();
    (scale > 0.0).then(|| product / scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand_with_ties() {
        assert_eq!(mid_ranks(&[3.0, 1.0, 3.0]), [2.5, 1.0, 2.5]);
        let rho = spearman(&[1.0, 2.0, 3.0, 4.0, 5.0], &[2.0, 1.0, 4.0, 3.0, 5.0]).unwrap();
        assert!((rho - 0.8).abs() < 1e-12);
        // 1, 2.5, 2.5, 4 against 1, 3, 2, 4: 4.5 / sqrt(4.5 * 5).
        let tied = spearman(&[1.0, 2.0, 2.0, 3.0], &[1.0, 3.0, 2.0, 4.0]).unwrap();
        assert!((tied - (4.5_f64 / 5.0).sqrt()).abs() < 1e-12, "{tied}");
        assert_eq!(spearman(&[1.0, 1.0, 1.0], &[1.0, 2.0, 3.0]), None);
        assert_eq!(spearman(&[1.0, 2.0], &[1.0, 2.0]), None);
    }
}
