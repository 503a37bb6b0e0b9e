//! `rank` and `plan` as they are typed.

#![allow(clippy::unwrap_used, reason = "a test's helpers stop it by panicking")]

use crate::program::{failure, file, lines, run};
use std::path::Path;

/// Twelve creators of two sizes, the last without a price, with six posts each.
fn market(folder: &Path) -> (String, String) {
    let mut creators = String::from("creator_id,followers,platform,country,bio,price,currency\n");
    let mut posts = String::from("post_id,creator_id,published_at,caption,likes,comments\n");
    for i in 0..12_u32 {
        let price = if i == 11 {
            String::new()
        } else {
            (40 + 7 * i).to_string()
        };
        creators += &format!(
            "c{i:02},{},instagram,{},skincare and beauty,{price},EUR\n",
            2_000 + 700 * i,
            ["DE", "FR"][i as usize % 2]
        );
        for p in 0..6 {
            posts += &format!(
                "p{i}_{p},c{i:02},2026-05-{:02},my skincare serum routine,{},4\n",
                10 + p,
                60 + 30 * i + p
            );
        }
    }
    (
        file(folder, "creators.csv", creators.as_bytes()),
        file(folder, "posts.csv", posts.as_bytes()),
    )
}

#[test]
fn filters_reasons_and_comparison() {
    let folder = tempfile::tempdir().unwrap();
    let (creators, posts) = market(folder.path());
    let left = folder.path().join("left.csv").display().to_string();
    let output = run(&[
        "rank",
        "--niche",
        "skincare",
        "--creators",
        &creators,
        "--posts",
        &posts,
        "--country",
        "de",
        "--max-price",
        "90",
        "--preset",
        "conversion",
        "--explain",
        "c02",
        "--compare",
        "c02,c04",
        "--excluded",
        &left,
    ]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success() && text.contains("Why c02 is number"),
        "{text}"
    );
    assert!(text.contains("stands above"), "{text}");
    let left = lines(&left);
    assert_eq!(left.len(), 1 + 6 + 2, "{left:?}");
    assert!(
        left.contains(&"c01,\"country FR, not de\"".to_owned()),
        "{left:?}"
    );
    assert!(
        left.contains(&"c10,price 110.00 above 90.00".to_owned()),
        "{left:?}"
    );
    let rank = |more: &[&str]| {
        let base = [
            "rank",
            "--niche",
            "skincare",
            "--creators",
            &creators,
            "--posts",
            &posts,
        ];
        failure(&[&base[..], more].concat(), 2)
    };
    assert!(rank(&["--weights", "fame=1"]).contains("no criterion"));
    assert!(rank(&["--explain", "nobody"]).contains("nobody"));
    assert!(rank(&["--country", "FR", "--explain", "c00"]).contains("country DE"));
}

#[test]
fn a_plan_keeps_to_the_budget() {
    let folder = tempfile::tempdir().unwrap();
    let (creators, posts) = market(folder.path());
    let out = folder.path().join("plan.csv").display().to_string();
    let summary = folder.path().join("plan.json").display().to_string();
    let base = [
        "plan",
        "--niche",
        "skincare",
        "--creators",
        &creators,
        "--posts",
        &posts,
    ];
    let output = run(&[
        &base[..],
        &["--budget", "400", "--output", &out, "--summary", &summary],
    ]
    .concat());
    assert!(
        output.status.success(),
        "{}",
        crate::program::stderr(&output)
    );
    let document: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&summary).unwrap()).unwrap();
    let number = |name: &str| document[name].as_f64().unwrap();
    assert!(number("spent") <= 400.0 && number("spent") > 300.0);
    assert!(number("engagements") <= number("upper_bound") * (1.0 + 1e-9));
    assert_eq!(
        lines(&out).len(),
        1 + document["creators"].as_array().unwrap().len()
    );
    assert_eq!(document["offers"], 12);
    let curve = document["reach_against_budget"].as_array().unwrap();
    let engagements: Vec<f64> = curve
        .iter()
        .map(|c| c["engagements"].as_f64().unwrap())
        .collect();
    assert!(engagements[0] < engagements[6], "{engagements:?}");
    assert!(failure(&[&base[..], &["--budget", "-5"]].concat(), 2).contains("--budget"));
}

#[test]
fn numbers_are_typed_as_tables_print_them_and_unknown_names_get_the_nearest() {
    let folder = tempfile::tempdir().unwrap();
    let (creators, posts) = market(folder.path());
    let ranked = |more: &[&str]| {
        let base = ["rank", "--niche", "skincare", "--output", "-"];
        let tables = ["--creators", &creators, "--posts", &posts];
        let output = run(&[&base[..], &tables, more].concat());
        assert!(
            output.status.success(),
            "{}",
            crate::program::stderr(&output)
        );
        (output.stdout.clone(), crate::program::stderr(&output))
    };
    let plain = ranked(&["--min-followers", "5000", "--max-followers", "50000"]).0;
    assert_eq!(
        ranked(&["--min-followers", "5,000", "--max-followers", "50K"]).0,
        plain
    );
    let said = ranked(&["--platform", "instagrm,instagram"]).1;
    assert!(
        said.contains(
            "--platform instagrm: no creator in the table has it; did you mean \"instagram\"?"
        ),
        "{said}"
    );
    let wrong = |more: &[&str]| {
        let base = ["plan", "--creators", &creators, "--posts", &posts];
        failure(&[&base[..], more].concat(), 2)
    };
    assert!(
        wrong(&["--budget", "400", "--map", "instagram-2071"])
            .contains("did you mean instagram-2017")
    );
    let error = wrong(&["--budget", "400 EUR", "--currency", "USD"]);
    assert!(
        error.contains("--budget is in EUR, and --currency says USD"),
        "{error}"
    );
    let planned = |budget: &str| {
        let base = [
            "plan",
            "--creators",
            &creators,
            "--posts",
            &posts,
            "--output",
            "-",
        ];
        run(&[&base[..], &["--budget", budget]].concat()).stdout
    };
    assert!(!planned("400").is_empty());
    assert_eq!(planned("0.4K EUR"), planned("400"));
    let config = file(
        folder.path(),
        "r.toml",
        "[tables]\ncreators = \"creators.csv\"\n[rank]\nnich = \"x\"\n",
    );
    let error = failure(&["run", &config], 2);
    assert!(error.contains("did you mean \"niche\"?"), "{error}");
}
