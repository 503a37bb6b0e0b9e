//! Clusters of clouds whose truth is known.

use super::*;
use microfluence_stats::{Rng, ari};

fn clusters(
    names: &[String],
    rows: &Array2<f32>,
    has_text: &[bool],
    options: &ClusterOptions,
) -> Result<Clusters> {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    cluster(&names, &rows.view(), has_text, options)
}

/// Unit vectors about four directions, shuffled by id; the truth beside them.
fn clouds(n: usize, d: usize) -> (Vec<String>, Array2<f32>, Vec<usize>) {
    let mut rng = Rng::new(9, "clouds");
    let truth: Vec<usize> = (0..n).map(|i| (i * 7) % 4).collect();
    let mut rows = Array2::zeros((n, d));
    for (i, mut row) in rows.rows_mut().into_iter().enumerate() {
        for v in &mut row {
            *v = (0.08 * rng.normal()) as f32;
        }
        row[truth[i]] += 1.0;
        let length = row.dot(&row).sqrt();
        row /= length;
    }
    let ids = (0..n).map(|i| format!("c{:04}", (i * 37) % 1009)).collect();
    (ids, rows, truth)
}

#[test]
fn four_clouds_are_found() {
    let (ids, rows, truth) = clouds(200, 48);
    let has_text = vec![true; 200];
    let found = clusters(&ids, &rows, &has_text, &ClusterOptions::default()).unwrap();
    let chosen = found.chosen.unwrap();
    assert_eq!(chosen.k, 4, "{:?}", found.tried);
    assert!(chosen.stability.unwrap() > 0.95 && chosen.silhouette > 0.3);
    let labels: Vec<usize> = found.placements.iter().map(|p| p.niche.unwrap()).collect();
    assert!((ari(&labels, &truth).unwrap() - 1.0).abs() < 1e-9);
    assert!(
        found
            .placements
            .iter()
            .all(|p| p.membership > 0.5 && p.membership <= 1.0)
    );
    assert!(found.sizes.iter().sum::<usize>() == 200 && found.medoids[0].len() == 3);
    for centroid in found.centroids.rows() {
        assert!((centroid.dot(&centroid) - 1.0).abs() < 1e-4);
    }
}

#[test]
fn order_of_rows_does_not_matter() {
    let (ids, rows, _) = clouds(80, 12);
    let options = ClusterOptions {
        k: Some(3),
        ..ClusterOptions::default()
    };
    let forward = clusters(&ids, &rows, &[true; 80], &options).unwrap();
    let turned: Vec<usize> = (0..80).rev().collect();
    let back_ids: Vec<String> = turned.iter().map(|&i| ids[i].clone()).collect();
    let back_rows = rows.select(Axis(0), &turned);
    let mut backward = clusters(&back_ids, &back_rows, &[true; 80], &options).unwrap();
    backward.placements.reverse();
    // Medoids are numbers of rows, so the same row has another one here.
    for medoid in backward.medoids.iter_mut().flatten() {
        *medoid = turned[*medoid];
    }
    assert_eq!(forward, backward);
}

#[test]
fn no_text_and_few_creators() {
    let (ids, mut rows, _) = clouds(5, 6);
    rows.row_mut(2).fill(0.0);
    let has_text = [true, true, false, true, true];
    let found = clusters(&ids, &rows, &has_text, &ClusterOptions::default()).unwrap();
    assert_eq!(found.chosen.unwrap().k, 1);
    assert!(found.placements[2].niche.is_none() && found.placements[2].outlier);
    let none = clusters(&ids, &rows, &[false; 5], &ClusterOptions::default()).unwrap();
    assert!(none.sizes.is_empty() && none.chosen.is_none());
    let many = ClusterOptions {
        k: Some(50),
        ..ClusterOptions::default()
    };
    assert!(clusters(&ids, &rows, &has_text, &many).unwrap().sizes.len() <= 4);
    let zero = ClusterOptions {
        k: Some(0),
        ..ClusterOptions::default()
    };
    assert!(clusters(&ids, &rows, &has_text, &zero).is_err());
}

#[test]
fn identical_vectors_do_not_panic() {
    let ids: Vec<String> = (0..20).map(|i| format!("{i:02}")).collect();
    let rows = Array2::from_elem((20, 4), 0.5_f32);
    let found = clusters(&ids, &rows, &[true; 20], &ClusterOptions::default()).unwrap();
    assert_eq!(found.sizes.iter().sum::<usize>(), 20);
}

#[test]
fn methods_find_the_same_clouds() {
    let (ids, rows, truth) = clouds(200, 24);
    for (method, k) in [
        (Method::Gmm, Some(4)),
        (Method::Gmm, None),
        (Method::Dbscan, None),
    ] {
        let options = ClusterOptions {
            k,
            method,
            components: 4,
            ..ClusterOptions::default()
        };
        let found = clusters(&ids, &rows, &[true; 200], &options).unwrap();
        let labels: Vec<usize> = found
            .placements
            .iter()
            .map(|p| p.niche.unwrap_or(99))
            .collect();
        let agreement = ari(&labels, &truth).unwrap();
        assert!(agreement > 0.9, "{method:?}: {agreement}");
        assert!(
            found
                .placements
                .iter()
                .all(|p| p.niche.is_some() || p.outlier)
        );
    }
}

#[test]
fn the_map_keeps_clusters_apart() {
    let (ids, rows, truth) = clouds(200, 48);
    let found = clusters(&ids, &rows, &[true; 200], &ClusterOptions::default()).unwrap();
    let point = |i: usize| (found.placements[i].x, found.placements[i].y);
    let distance = |i: usize, j: usize| {
        let ((a, b), (c, d)) = (point(i), point(j));
        (a - c).hypot(b - d)
    };
    let (mut same, mut other) = (Vec::new(), Vec::new());
    for i in 0..200 {
        for j in 0..i {
            let pair = if truth[i] == truth[j] {
                &mut same
            } else {
                &mut other
            };
            pair.push(distance(i, j));
        }
    }
    let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
    assert!(mean(&other) > 2.0 * mean(&same));
}

/// 100,000 creators in under a minute: `cargo test --release -- --ignored --nocapture hundred`.
#[test]
#[ignore = "takes up to a minute"]
fn a_hundred_thousand_creators_take_less_than_a_minute() {
    let n = 100_000;
    let mut rng = Rng::new(3, "many");
    let centres: Vec<Vec<f32>> = (0..24)
        .map(|_| (0..410).map(|_| rng.normal() as f32).collect())
        .collect();
    let mut rows = Array2::zeros((n, 410));
    for (i, mut row) in rows.rows_mut().into_iter().enumerate() {
        for (v, c) in row.iter_mut().zip(&centres[i % 24]) {
            *v = c + 1.5 * rng.normal() as f32;
        }
    }
    let ids: Vec<String> = (0..n).map(|i| format!("{i:06}")).collect();
    let start = std::time::Instant::now();
    let found = clusters(&ids, &rows, &vec![true; n], &ClusterOptions::default()).unwrap();
    let seconds = start.elapsed().as_secs_f64();
    let k = found.chosen.unwrap().k;
    assert!((22..=26).contains(&k), "{k}");
    assert!(seconds < 60.0, "{seconds:.1} s");
}
