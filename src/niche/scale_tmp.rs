use super::*;
use crate::schema::CreatorId;
use crate::stats::Rng;
#[test]
fn scale_tmp() {
    for n in [300usize, 2000, 10000] {
        let d = 384;
        let mut rng = Rng::new(9, "clouds");
        let centres = ndarray::Array2::from_shape_fn((12, d), |_| rng.normal() as f32);
        let mut rows = ndarray::Array2::zeros((n, d));
        let truth: Vec<usize> = (0..n).map(|i| (i * 7) % 12).collect();
        for (i, mut row) in rows.rows_mut().into_iter().enumerate() {
            for (j, v) in row.iter_mut().enumerate() {
                *v = centres[(truth[i], j)] + (1.5 * rng.normal()) as f32 + 1.0;
            }
            let l = row.dot(&row).sqrt();
            row /= l;
        }
        let ids: Vec<CreatorId> = (0..n).map(|i| CreatorId(format!("c{i:06}"))).collect();
        let t = std::time::Instant::now();
        let c = cluster(
            &ids,
            rows.view(),
            &vec![true; n],
            &ClusterOptions::default(),
        )
        .unwrap();
        let labels: Vec<usize> = c.placements.iter().map(|p| p.niche.unwrap()).collect();
        println!(
            "n {n}: {:?} chosen {:?} ari {:?} outliers {}",
            t.elapsed(),
            c.chosen,
            crate::stats::ari(&labels, &truth),
            c.placements.iter().filter(|p| p.outlier).count()
        );
        for k in &c.tried {
            print!("{}:{:.2}*{:.2} ", k.k, k.silhouette, k.stability);
        }
        println!();
    }
}
