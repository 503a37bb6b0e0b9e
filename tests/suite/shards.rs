//! Runs that are shared out: their parts together are one run.

#![allow(clippy::unwrap_used, reason = "a test's helpers stop it by panicking")]

use crate::program::{failure, file, lines, program, sample, success};
use std::path::Path;

/// The sample's first comments.
fn comments(folder: &Path, rows: usize) -> String {
    let some: Vec<String> = lines(sample("comments.csv"))
        .into_iter()
        .take(rows + 1)
        .collect();
    file(folder, "comments.csv", some.join("\n"))
}

/// Runs every share of a command and gives the parts.
fn shares(folder: &Path, command: &[&str], of: usize) -> Vec<String> {
    (1..=of)
        .map(|i| {
            let part = folder
                .join(format!("{}-{i}.part", command[0]))
                .display()
                .to_string();
            let shard = format!("{i}/{of}");
            let more = ["--shard", &shard, "--output", &part];
            success(&command.iter().copied().chain(more).collect::<Vec<_>>());
            part
        })
        .collect()
}

fn merged(parts: &[String], more: &[&str]) -> String {
    let parts = parts.iter().map(String::as_str);
    success(
        &["merge", "--no-cache"]
            .into_iter()
            .chain(parts)
            .chain(more.iter().copied())
            .collect::<Vec<_>>(),
    )
}

/// A summary without what differs from run to run.
fn summary(path: &str) -> serde_json::Value {
    let mut all: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for key in ["started_at", "seconds"] {
        all["manifest"].as_object_mut().unwrap().remove(key);
    }
    all
}

#[test]
fn sixteen_shares_two_of_them_killed_merge_to_the_bytes_of_one_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let comments = comments(folder.path(), 1200);
    let command = ["sentiment", "--comments", &comments, "--brand", "Lumora"];
    // Two shares are killed on their way, and run again with the others.
    for i in [3, 7] {
        let shard = format!("{i}/16");
        let part = path(&format!("sentiment-{i}.part"));
        let mut started = program()
            .args(command)
            .args(["--no-cache", "--shard", &shard, "--output", &part])
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(40));
        started.kill().unwrap();
        started.wait().unwrap();
        assert!(!Path::new(&part).exists(), "a killed share left a part");
    }
    let without = [&command[..], &["--no-cache"]].concat();
    let parts = shares(folder.path(), &without, 16);
    let (together, whole) = (path("together.csv"), path("whole.csv"));
    let (of_parts, of_one) = (path("together.json"), path("whole.json"));
    let said = merged(&parts, &["--output", &together, "--summary", &of_parts]);
    assert!(!said.contains("were known"), "{said}");
    let one = ["--no-cache", "--output", &whole, "--summary", &of_one];
    success(&command.iter().copied().chain(one).collect::<Vec<_>>());
    assert!(std::fs::read(&together).unwrap() == std::fs::read(&whole).unwrap());
    assert_eq!(summary(&of_parts), summary(&of_one));
    // A share that is run again writes the same bytes.
    let before = std::fs::read(&parts[4]).unwrap();
    let again = ["--no-cache", "--shard", "5/16", "--output", &parts[4]];
    success(&command.iter().copied().chain(again).collect::<Vec<_>>());
    assert!(before == std::fs::read(&parts[4]).unwrap());
}

#[test]
fn every_command_that_makes_tables_can_be_shared_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let comments = comments(folder.path(), 400);
    let [creators, posts, visits, orders, spend] = [
        "creators.csv",
        "posts.csv",
        "visits.csv",
        "orders.csv",
        "spend.csv",
    ]
    .map(sample);
    let tables = ["--creators", &creators, "--posts", &posts];
    let all = [&tables[..], &["--comments", &comments]].concat();
    let commands: [Vec<&str>; 8] = [
        [&["rank", "--niche", "beauty"], &all[..]].concat(),
        [&["plan", "--niche", "beauty", "--budget", "3000"], &all[..]].concat(),
        [&["niches", "--clusters", "6"], &tables[..]].concat(),
        [&["engagement"], &tables[..]].concat(),
        [&["authenticity"], &all[..]].concat(),
        [&["safety"], &all[..]].concat(),
        vec!["label", "--comments", &comments, "--n", "40"],
        vec![
            "campaign", "--visits", &visits, "--orders", &orders, "--spend", &spend,
        ],
    ];
    for command in commands {
        let parts = shares(folder.path(), &command, 2);
        let (together, whole) = (path("together.csv"), path("whole.csv"));
        merged(&parts, &["--output", &together]);
        success(
            &command
                .iter()
                .copied()
                .chain(["--output", &whole])
                .collect::<Vec<_>>(),
        );
        assert!(
            std::fs::read(&together).unwrap() == std::fs::read(&whole).unwrap(),
            "{}",
            command[0]
        );
    }
}

#[test]
fn what_does_not_fit_together_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let comments = comments(folder.path(), 60);
    let command = ["sentiment", "--comments", &comments];
    let parts = shares(folder.path(), &command, 3);
    let out = folder.path().join("out.csv").display().to_string();
    let fails = |parts: &[&str], words: &[&str]| {
        let said = failure(&[&["merge"], parts, &["--output", &out]].concat(), 2);
        assert!(words.iter().all(|word| said.contains(word)), "{said}");
        assert!(!Path::new(&out).exists());
    };
    let [a, b, c] = [&parts[0], &parts[1], &parts[2]].map(String::as_str);
    fails(&[a, c], &["number 2 is missing", "--shard 2/3"]);
    fails(&[a, b, c, c], &["part 3 of 3 is given twice"]);
    fails(&[a, b, &comments], &["comments.csv", "is no part"]);
    let other = folder.path().join("other.part").display().to_string();
    success(&[
        "sentiment",
        "--comments",
        &comments,
        "--brand",
        "Lumora",
        "--shard",
        "2/3",
        "--output",
        &other,
    ]);
    fails(
        &[a, &other, c],
        &["other.part", "differs in its command or config"],
    );
    let mut spoilt = std::fs::read(b).unwrap();
    let last = spoilt.len() - 40;
    spoilt[last] ^= 1;
    let spoilt = file(folder.path(), "spoilt.part", spoilt);
    fails(&[a, &spoilt, c], &["spoilt.part", "damaged"]);
    file(
        folder.path(),
        "comments.csv",
        "comment_id,text\n1,another file\n",
    );
    fails(
        &[a, b, c],
        &[
            "comments.csv",
            "is not the file that the parts were made from",
        ],
    );
    for (wrong, word) in [("4/3", "I/N"), ("x", "I/N")] {
        let said = failure(
            &[
                "sentiment",
                "--comments",
                &comments,
                "--shard",
                wrong,
                "--output",
                &out,
            ],
            2,
        );
        assert!(said.contains(word), "{said}");
    }
    let said = failure(&["doctor", "--shard", "1/2"], 2);
    assert!(said.contains("nothing to share out"), "{said}");
    let said = failure(&["sentiment", "--comments", &comments, "--shard", "1/2"], 2);
    assert!(said.contains("--output"), "{said}");
}
