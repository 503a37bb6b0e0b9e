use super::*;
#[test]
fn scale_tmp() {
    let c: Vec<CandidateEvidence> = (0..20000)
        .map(|i| {
            let mut c = CandidateEvidence::new(
                format!("c{i}").as_str().into(),
                crate::schema::Followers(5000),
            );
            c.sentiment = Some(SentimentEvidence {
                net: f64::from(i % 200) - 100.0,
                n: 30,
                se: 10.0,
            });
            c.activity = Some(ActivityEvidence {
                days_since_last_post: f64::from(i % 77),
                posts_per_month: 5.0,
            });
            c.authenticity = Some(SignalEvidence {
                value: f64::from(i % 100) / 100.0,
                spread: 0.1,
            });
            c
        })
        .collect();
    let t = std::time::Instant::now();
    rank(&c, &RankOptions::default()).unwrap();
    println!("rank {:?}", t.elapsed());
}
