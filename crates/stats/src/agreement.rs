//! How far two groupings of the same things agree, whatever the groups are called.

use std::collections::BTreeMap;

struct Table {
    cells: BTreeMap<(usize, usize), f64>,
    rows: BTreeMap<usize, f64>,
    columns: BTreeMap<usize, f64>,
    n: f64,
}

/// Counts of every pair of groups; `None` where the lengths differ or are 0.
fn table(a: &[usize], b: &[usize]) -> Option<Table> {
    if a.len() != b.len() || a.is_empty() {
        return None;
    }
    let mut table = Table {
        cells: BTreeMap::new(),
        rows: BTreeMap::new(),
        columns: BTreeMap::new(),
        n: a.len() as f64,
    };
    for (&i, &j) in a.iter().zip(b) {
        *table.cells.entry((i, j)).or_default() += 1.0;
        *table.rows.entry(i).or_default() += 1.0;
        *table.columns.entry(j).or_default() += 1.0;
    }
    Some(table)
}

/// Cohen's kappa (1960): how far two annotators agree beyond what their own shares of the classes would make by chance.
/// 1 where they always agree; `None` where the lengths differ or are 0, and where chance alone would make them agree
/// always.
#[must_use]
pub fn cohen_kappa(a: &[usize], b: &[usize]) -> Option<f64> {
    let t = table(a, b)?;
    let same = |(&(i, j), n): (&(usize, usize), &f64)| if i == j { *n } else { 0.0 };
    let observed = t.cells.iter().map(same).sum::<f64>() / t.n;
    let expected = t
        .rows
        .iter()
        .map(|(class, n)| n * t.columns.get(class).copied().unwrap_or(0.0))
        .sum::<f64>()
        / (t.n * t.n);
    (expected < 1.0).then(|| (observed - expected) / (1.0 - expected))
}

/// The adjusted Rand index (Hubert and Arabie 1985): 1 for the same grouping, about 0 for
/// unrelated ones, below 0 for less agreement than chance. Two trivial groupings that are the
/// same give 1. `None` where the lengths differ or are 0.
#[must_use]
pub fn ari(a: &[usize], b: &[usize]) -> Option<f64> {
    let t = table(a, b)?;
    let pairs = |n: f64| n * (n - 1.0) / 2.0;
    let cells: f64 = t.cells.values().map(|&n| pairs(n)).sum();
    let rows: f64 = t.rows.values().map(|&n| pairs(n)).sum();
    let columns: f64 = t.columns.values().map(|&n| pairs(n)).sum();
    let all = pairs(t.n);
    let expected = if all > 0.0 { rows * columns / all } else { 0.0 };
    let most = f64::midpoint(rows, columns);
    if (most - expected).abs() < 1e-12 {
        return Some(1.0);
    }
    Some((cells - expected) / (most - expected))
}

/// Normalised mutual information, 0..=1, with the arithmetic mean of the two entropies below
/// the line (Strehl and Ghosh 2002). Two groupings of one group each give 1. `None` where the
/// lengths differ or are 0.
#[must_use]
pub fn nmi(a: &[usize], b: &[usize]) -> Option<f64> {
    let t = table(a, b)?;
    let entropy = |counts: &BTreeMap<usize, f64>| -> f64 {
        counts.values().map(|&n| -n / t.n * (n / t.n).ln()).sum()
    };
    let half = f64::midpoint(entropy(&t.rows), entropy(&t.columns));
    if half < 1e-12 {
        return Some(1.0);
    }
    let shared: f64 = t
        .cells
        .iter()
        .map(|(&(i, j), &n)| n / t.n * (n * t.n / (t.rows[&i] * t.columns[&j])).ln())
        .sum();
    Some((shared / half).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    #[test]
    fn kappa_is_that_of_the_textbook() {
        // Cohen's example of two doctors: 20 and 15 alike, 5 and 10 not.
        let pairs = [(0, 0, 20), (0, 1, 5), (1, 0, 10), (1, 1, 15)];
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for (x, y, n) in pairs {
            a.extend(std::iter::repeat_n(x, n));
            b.extend(std::iter::repeat_n(y, n));
        }
        assert!((super::cohen_kappa(&a, &b).unwrap() - 0.4).abs() < 1e-12);
        assert_eq!(super::cohen_kappa(&[1, 1], &[1, 1]), None);
        assert_eq!(super::cohen_kappa(&[1], &[]), None);
    }

    use super::*;

    #[test]
    fn names_of_groups_do_not_matter() {
        let (a, b) = ([0, 0, 1, 1, 2, 2], [5, 5, 9, 9, 1, 1]);
        assert!((ari(&a, &b).unwrap() - 1.0).abs() < 1e-12);
        assert!((nmi(&a, &b).unwrap() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn published_example_and_chance() {
        // scikit-learn's example: ARI of [0,0,1,2] against [0,0,1,1] is 0.5714.
        assert!((ari(&[0, 0, 1, 2], &[0, 0, 1, 1]).unwrap() - 0.571_428_571).abs() < 1e-6);
        let a: Vec<usize> = (0..1000).map(|i| i % 4).collect();
        let b: Vec<usize> = (0..1000).map(|i| i / 250).collect();
        assert!(ari(&a, &b).unwrap().abs() < 0.02 && nmi(&a, &b).unwrap() < 0.02);
    }

    #[test]
    fn edges() {
        assert_eq!(ari(&[], &[]), None);
        assert_eq!(ari(&[1], &[1, 2]), None);
        assert_eq!(ari(&[0, 0], &[1, 1]), Some(1.0));
        assert_eq!(nmi(&[0, 0], &[1, 1]), Some(1.0));
    }
}
