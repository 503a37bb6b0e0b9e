//! Engagement and authenticity through the program.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test's helpers stop it by panicking, and say aloud what they skip"
)]

use crate::program::{failure, file, lines, sample, shared, success};
use std::collections::BTreeMap;
use std::path::Path;

fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_path(path)
        .unwrap()
        .deserialize()
        .collect::<Result<_, _>>()
        .unwrap()
}

fn number(row: &BTreeMap<String, String>, column: &str) -> f64 {
    row[column].parse().unwrap()
}

#[test]
fn nothing_after_as_of_is_ever_read() {
    let folder = tempfile::tempdir().unwrap();
    let all = lines(sample("posts.csv"));
    let at = all[0].split(',').position(|c| c == "published_at").unwrap();
    let as_of = "2026-03-01T00:00:00Z";
    let before = all[1..].iter().filter(|line| {
        let mut row = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(line.as_bytes());
        &row.records().next().unwrap().unwrap()[at] <= as_of
    });
    let kept: Vec<&str> = std::iter::once(&all[0])
        .chain(before)
        .map(String::as_str)
        .collect();
    assert!(kept.len() > 1000 && kept.len() < all.len());
    let past = file(folder.path(), "past.csv", kept.join("\n") + "\n");
    let creators = sample("creators.csv");
    let posts = sample("posts.csv");
    let made = |name: &str, posts: &str, backtest: &[&str]| {
        let out = folder.path().join(name);
        let base = [
            "engagement",
            "--creators",
            &creators,
            "--posts",
            posts,
            "--as-of",
            as_of,
        ];
        success(&[&base[..], &["--output", out.to_str().unwrap()], backtest].concat());
        std::fs::read(out).unwrap()
    };
    for more in [&[][..], &["--backtest"]] {
        assert_eq!(made("a.csv", &posts, more), made("b.csv", &past, more));
    }
}

#[test]
fn the_backtest_beats_plain_guesses_and_its_intervals_hold() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("b.csv");
    let output = out.to_str().unwrap();
    let Some(posts) = shared("creators/instagram_2017/posts.csv") else {
        return;
    };
    success(&[
        "engagement",
        "--map",
        "instagram-2017",
        "--posts",
        posts.to_str().unwrap(),
        "--backtest",
        "--output",
        output,
    ]);
    let rows = rows(&out);
    let of = |model: &str, known: &str| {
        rows.iter()
            .find(|r| r["model"] == model && r["posts_known"] == known && r["tier"] == "all")
            .unwrap()
    };
    for known in ["1", "2", "3", "5", "5+", "10+"] {
        let own = of("hierarchical", known);
        assert!(number(own, "spearman") > number(of("followers_only", known), "spearman") + 0.5);
        // Not below the best plain guess in rank, and closer than any.
        for plain in ["last_post", "history_median", "shrunk_mean"] {
            let plain = of(plain, known);
            assert!(
                number(own, "spearman") > number(plain, "spearman"),
                "{own:?} {plain:?}"
            );
            assert!(
                number(own, "mae_log") < 0.99 * number(plain, "mae_log"),
                "{own:?} {plain:?}"
            );
        }
    }
    // Nobody's posts: captions and the account say more than the size class does.
    let (own, tier) = (of("hierarchical", "0"), of("tier_mean", "0"));
    assert!(number(own, "spearman") > number(tier, "spearman") + 0.1);
    assert!(number(own, "mae_log") < 0.985 * number(tier, "mae_log"));
    let line = of("followers_only", "0");
    assert!(number(of("account_only", "0"), "mae_log") < number(line, "mae_log"));
    let own = of("hierarchical", "5+");
    assert!(
        (0.88..=0.92).contains(&number(own, "coverage_90")),
        "{own:?}"
    );
    assert!(
        number(own, "log_width_90") < 0.92 * number(of("shrunk_mean", "5+"), "log_width_90"),
        "{own:?}"
    );
    for row in rows.iter().filter(|r| {
        r["model"] == "hierarchical" && r["posts_known"] == "5+" && number(r, "n") >= 50.0
    }) {
        assert!(
            (0.85..=0.955).contains(&number(row, "coverage_90")),
            "{row:?}"
        );
    }
}

#[test]
fn sponsored_posts_are_told_from_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let mut creators = "creator_id,followers\n".to_owned();
    let mut posts = "post_id,creator_id,published_at,likes,sponsored\n".to_owned();
    for c in 0..40 {
        creators += &format!("c{c},10000\n");
        for n in 0..12 {
            let paid = n % 3 == 0;
            let likes = (300 + 20 * c + 7 * n) / if paid { 2 } else { 1 };
            posts += &format!("p{c}-{n},c{c},2026-01-{:02},{likes},{paid}\n", n + 1);
        }
    }
    let creators = file(folder.path(), "c.csv", creators);
    let posts = file(folder.path(), "p.csv", posts);
    let [out, summary] = ["o.csv", "s.json"].map(|n| folder.path().join(n));
    let text = success(&[
        "engagement",
        "--creators",
        &creators,
        "--posts",
        &posts,
        "--output",
        out.to_str().unwrap(),
        "--summary",
        summary.to_str().unwrap(),
    ]);
    let rows = rows(&out);
    for row in &rows {
        let ratio = number(row, "sponsored_rate") / number(row, "organic_rate");
        assert!((0.45..0.55).contains(&ratio), "{row:?}");
        let (low, high) = (number(row, "sponsored_rate"), number(row, "organic_rate"));
        let expected = number(row, "expected_engagement_rate");
        assert!(
            low < expected && expected < high,
            "a third is paid for: {row:?}"
        );
    }
    let summary: serde_json::Value =
        serde_json::from_slice(&std::fs::read(summary).unwrap()).unwrap();
    let effects = summary["groups"][0]["effects"].as_array().unwrap();
    let sponsored = effects.iter().find(|e| e["name"] == "sponsored").unwrap();
    let factor = sponsored["factor"].as_f64().unwrap();
    assert!((0.45..0.6).contains(&factor), "{text}: {factor}");
}

#[test]
fn accounts_and_comments_that_are_not_what_they_seem_are_shown_with_why() {
    let folder = tempfile::tempdir().unwrap();
    let creators = file(
        folder.path(),
        "a.csv",
        "creator_id,followers,following,posts_count,handle\nreal,12000,800,240,anna.bakes\nsold,40,2900,0,anna83b1\nquiet,500,,,\n",
    );
    let comments = file(
        folder.path(),
        "c.csv",
        "comment_id,text\n1,check out my new channel and please subscribe http://x.com/a\n2,this cake looks lovely\n",
    );
    let [out, judged] = ["o.csv", "j.csv"].map(|n| folder.path().join(n));
    success(&[
        "authenticity",
        "--creators",
        &creators,
        "--output",
        out.to_str().unwrap(),
    ]);
    let seen = rows(&out);
    assert!(number(&seen[0], "authenticity") > 0.95 && seen[0]["flags"].is_empty());
    assert!(number(&seen[1], "authenticity") < 0.3);
    assert!(
        seen[1]["flags"].contains("follows 2900 accounts"),
        "{:?}",
        seen[1]
    );
    assert!(seen[2]["authenticity"].is_empty(), "nothing to judge by");
    success(&[
        "authenticity",
        "--comments",
        &comments,
        "--comment-output",
        judged.to_str().unwrap(),
    ]);
    let judged = rows(&judged);
    assert!(number(&judged[0], "spam") > 0.9 && judged[0]["reason"].contains("a link"));
    assert!(number(&judged[1], "spam") < 0.3);
    let error = failure(
        &[
            "authenticity",
            "--creators",
            &creators,
            "--comment-output",
            "j.csv",
        ],
        2,
    );
    assert!(error.contains("needs --comments"), "{error}");
}
