//! `--hash-ids`: in nothing that any command writes or prints stands who a creator, an author or a visitor is.

#![allow(clippy::unwrap_used, reason = "a test's helpers stop it by panicking")]

use crate::program::{failure, file, lines, program, sample, stderr};
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::OnceLock;

const KEY: &str = "one key of these tests, long enough";

/// Words that give somebody of the sample away, in lower case: ids, handles, and names as they are printed.
fn people() -> &'static (BTreeSet<String>, Vec<String>) {
    static ALL: OnceLock<(BTreeSet<String>, Vec<String>)> = OnceLock::new();
    ALL.get_or_init(|| {
        let (mut words, mut names) = (BTreeSet::new(), Vec::new());
        for (table, columns) in [
            ("creators.csv", &["creator_id", "handle"][..]),
            ("comments.csv", &["author_id"]),
            ("visits.csv", &["visitor_id", "utm_content"]),
            ("orders.csv", &["visitor_id"]),
        ] {
            for row in rows(&sample(table)) {
                words.extend(columns.iter().map(|c| row[*c].to_lowercase()));
                if let Some(name) = row.get("name").filter(|n| n.contains(' ')) {
                    names.push(name.clone());
                }
            }
        }
        // Links also name posts and adverts, which are no people.
        words.retain(|w| w.chars().any(|c| c.is_ascii_digit()) && !w.starts_with('p'));
        // Whom the comments address.
        for row in rows(&sample("comments.csv")) {
            let text = row["text"].to_lowercase();
            let called = text.split_whitespace().filter(|w| w.starts_with('@'));
            let plain = called.map(|w| {
                w.trim_end_matches(|c: char| !c.is_alphanumeric())
                    .to_owned()
            });
            words.extend(plain.filter(|w| w.len() > 1 && !w.contains("lumora")));
        }
        assert!(
            words.len() > 3_000 && names.len() > 100,
            "the sample names people"
        );
        (words, names)
    })
}

/// Rows of a CSV by their columns.
fn rows(path: &str) -> Vec<HashMap<String, String>> {
    csv::Reader::from_path(path)
        .unwrap()
        .deserialize()
        .map(Result::unwrap)
        .collect()
}

/// Nobody may be named in a text; `@` belongs to a word where it begins one.
fn names_nobody(what: &str, text: &str) {
    let (words, names) = people();
    assert!(!text.contains(KEY), "{what}: the key");
    // The page escapes in JSON what HTML would read.
    let lower = text
        .replace("\\u0026", "&")
        .replace("\\u003c", "<")
        .to_lowercase();
    let in_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '@');
    for word in lower.split(|c: char| !in_word(c)) {
        let word = word.trim_matches('.');
        let bare = word.trim_start_matches('@');
        assert!(
            !words.contains(word) && !words.contains(bare),
            "{what} names {word}"
        );
    }
    for name in names {
        assert!(!text.contains(name.as_str()), "{what} names {name}");
    }
}

fn all_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(all_files(&path));
        } else {
            files.push(path);
        }
    }
    files
}

/// Runs a command with the key in a variable, as it should be given.
fn hidden(arguments: &[&str]) -> Output {
    program()
        .args(arguments)
        .args(["--hash-ids", "env:KEY_OF_THE_TEST"])
        .env("KEY_OF_THE_TEST", KEY)
        .output()
        .unwrap()
}

/// Runs a command into an empty folder, and looks at all that it wrote there and printed.
fn try_command(arguments: &[&str], outputs: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut all: Vec<String> = arguments.iter().map(|a| (*a).to_owned()).collect();
    for (flag, name) in outputs {
        all.push((*flag).to_owned());
        all.push(folder.path().join(name).display().to_string());
    }
    let output = hidden(&all.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(output.status.success(), "{all:?}: {}", stderr(&output));
    look(arguments[0], folder.path(), &output, outputs.len());
    folder
}

fn look(command: &str, folder: &Path, output: &Output, at_least: usize) {
    let files = all_files(folder);
    assert!(files.len() >= at_least, "{command} wrote {files:?}");
    for path in &files {
        let mut bytes = std::fs::read(path).unwrap();
        // Below its first line a shard file is numbers, among whose bytes any short name comes by chance.
        if path.extension().is_some_and(|e| e == "part") {
            bytes.truncate(bytes.iter().position(|b| *b == b'\n').unwrap());
        }
        names_nobody(
            &format!("{command}: {}", path.display()),
            &String::from_utf8_lossy(&bytes),
        );
    }
    names_nobody(command, &String::from_utf8_lossy(&output.stdout));
    names_nobody(command, &stderr(output));
}

fn comments(folder: &Path) -> String {
    let some: Vec<String> = lines(sample("comments.csv"))
        .into_iter()
        .take(601)
        .collect();
    file(folder, "comments.csv", some.join("\n"))
}

#[test]
fn no_table_summary_or_print_of_any_command_names_anybody() {
    let folder = tempfile::tempdir().unwrap();
    let comments = comments(folder.path());
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
    let both = [("--output", "out.csv"), ("--summary", "out.json")];
    try_command(
        &[&["sentiment", "--comments", &comments][..], &tables].concat(),
        &both,
    );
    try_command(&["label", "--n", "200", "--comments", &comments], &both);
    try_command(
        &[&["niches", "--clusters", "6"], &tables[..]].concat(),
        &both,
    );
    try_command(&[&["engagement"], &tables[..]].concat(), &both);
    try_command(
        &[&["authenticity"], &all[..]].concat(),
        &[both[0], both[1], ("--comment-output", "spam.jsonl")],
    );
    try_command(&[&["safety"], &all[..]].concat(), &both);
    let rank = try_command(
        &[
            &[
                "rank",
                "--niche",
                "beauty",
                "--min-followers",
                "0",
                "--explain",
                "cr147",
            ][..],
            &["--compare", "cr147,cr211", "--like", "cr087"],
            &all[..],
        ]
        .concat(),
        &[
            both[0],
            both[1],
            ("--excluded", "left.csv"),
            ("--safety-hits", "hits.csv"),
        ],
    );
    try_command(
        &[&["plan", "--niche", "beauty", "--budget", "3000"], &all[..]].concat(),
        &both,
    );
    let campaign = try_command(
        &[
            "campaign",
            "--visits",
            &visits,
            "--orders",
            &orders,
            "--spend",
            &spend,
            "--creators",
            &creators,
            "--posts",
            &posts,
            "--comments",
            &comments,
        ],
        &both,
    );
    still_join(
        &rank.path().join("out.csv").display().to_string(),
        &[
            (
                &campaign.path().join("out.csv").display().to_string(),
                "revenue",
            ),
            (&spend, "amount"),
        ],
    );
    let judged = file(
        folder.path(),
        "judged.csv",
        "text,label\n\"@anna you are great, love it\",positive\nwhat a waste @dani,negative\nit is blue,neutral\n",
    );
    try_command(&["evaluate", "--data", &judged], &both);
    try_command(
        &["init", &creators, &posts, &comments],
        &[("--output", "run.toml")],
    );
    try_command(
        &["forget", "--author", "u0091", "--comments", &comments],
        &[],
    );
}

/// A table that was written with the key is read again with it, beside one that was not.
fn still_join(ranking: &str, outcomes: &[(&str, &str)]) {
    for (outcomes, gain) in outcomes {
        let command = [
            "evaluate-ranking",
            "--ranking",
            ranking,
            "--outcomes",
            outcomes,
            "--gain",
            gain,
        ];
        let evaluated = try_command(&command, &[("--summary", "out.json")]);
        let text = std::fs::read_to_string(evaluated.path().join("out.json")).unwrap();
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        let number = |key: &str| document[key].as_u64().unwrap();
        assert!(number("creators") > number("unranked"), "{text}");
    }
}

#[test]
fn a_run_its_page_and_the_demo_name_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let demo = hidden(&["demo", "--out", &at("demo")]);
    assert!(demo.status.success(), "{}", stderr(&demo));
    // What the demo brings along are the tables themselves.
    std::fs::remove_dir_all(folder.path().join("demo/sample")).unwrap();
    look("demo", &folder.path().join("demo"), &demo, 15);
    let page = hidden(&[
        "report",
        "--from",
        &at("demo"),
        "--output",
        &at("page.html"),
    ]);
    assert!(page.status.success(), "{}", stderr(&page));
    names_nobody("report", &std::fs::read_to_string(at("page.html")).unwrap());

    // A page of a folder that names people would name them too.
    std::fs::create_dir(folder.path().join("clear")).unwrap();
    std::fs::write(
        folder.path().join("clear/ranking.json"),
        "{\"manifest\": {}, \"creators\": []}",
    )
    .unwrap();
    let refused = hidden(&["report", "--from", &at("clear")]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        stderr(&refused).contains("without --hash-ids"),
        "{}",
        stderr(&refused)
    );

    // From the file of a run, where another key is another run.
    let tables =
        ["creators", "posts"].map(|t| format!("{t} = {:?}\n", sample(&format!("{t}.csv"))));
    let text = |key: &str| {
        format!(
            "output = \"out\"\nhash_ids = {key:?}\n[tables]\n{}[rank]\nniche = \"beauty\"\nexplain = [\"cr147\"]\n",
            tables.concat()
        )
    };
    let config = file(folder.path(), "run.toml", text(KEY));
    let first = program().args(["run", &config]).output().unwrap();
    assert!(first.status.success(), "{}", stderr(&first));
    look("run", &folder.path().join("out"), &first, 8);
    let before = std::fs::read(folder.path().join("out/ranking.csv")).unwrap();
    let again = program().args(["run", &config]).output().unwrap();
    assert!(
        stderr(&again).contains("rank: done and unchanged"),
        "{}",
        stderr(&again)
    );
    file(
        folder.path(),
        "run.toml",
        text("another key, long enough as well"),
    );
    let other = program().args(["run", &config]).output().unwrap();
    assert!(!stderr(&other).contains("unchanged"), "{}", stderr(&other));
    assert_ne!(
        before,
        std::fs::read(folder.path().join("out/ranking.csv")).unwrap()
    );
}

#[test]
fn what_is_measured_does_not_change_and_tables_still_join() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let [creators, posts] = ["creators.csv", "posts.csv"].map(sample);
    let command = [
        "engagement",
        "--creators",
        &creators,
        "--posts",
        &posts,
        "--output",
    ];
    crate::program::success(&[&command[..], &[&at("clear.csv")]].concat());
    assert!(
        hidden(&[&command[..], &[&at("hidden.csv")]].concat())
            .status
            .success()
    );
    let (clear, hidden_rows) = (rows(&at("clear.csv")), rows(&at("hidden.csv")));
    let mut ids = BTreeSet::new();
    let mut moved = Vec::new();
    assert_eq!(clear.len(), hidden_rows.len());
    for (mut one, mut other) in clear.into_iter().zip(hidden_rows) {
        one.remove("creator_id");
        assert!(
            ids.insert(other.remove("creator_id").unwrap()),
            "two have one pseudonym"
        );
        // Forecasts go by fits that leave out some creators at a time, in the order of their ids: those move a little.
        one.remove("percentile");
        let [expected, lower, upper] = ["expected_engagement_rate", "lower_90", "upper_90"]
            .map(|column| one.remove(column).unwrap().parse::<f64>().ok());
        let hidden: Option<f64> = other["expected_engagement_rate"].parse().ok();
        assert_eq!(expected.is_some(), hidden.is_some());
        if let (Some(expected), Some(hidden)) = (expected, hidden) {
            assert!(lower.unwrap() <= hidden && hidden <= upper.unwrap());
            moved.push((hidden / expected - 1.0).abs());
        }
        for (column, text) in one {
            let numbers = (text.parse::<f64>(), other[&column].parse::<f64>());
            // Sums run in the order of the ids.
            let near = matches!(numbers, (Ok(a), Ok(b)) if (a - b).abs() < 1e-9);
            assert!(
                near || text == other[&column],
                "{column}: {text}, {}",
                other[&column]
            );
        }
    }
    moved.sort_by(f64::total_cmp);
    let most = moved.last().copied().unwrap_or(1.0);
    assert!(moved.len() > 100 && moved[moved.len() / 2] < 1e-9 && most < 0.1);
    // Links name creators in clear, and are still theirs.
    let [visits, orders, spend] = ["visits.csv", "orders.csv", "spend.csv"].map(sample);
    let command = [
        "campaign",
        "--visits",
        &visits,
        "--orders",
        &orders,
        "--spend",
        &spend,
        "--creators",
        &creators,
        "--output",
    ];
    crate::program::success(&[&command[..], &[&at("clear.csv")]].concat());
    assert!(
        hidden(&[&command[..], &[&at("hidden.csv")]].concat())
            .status
            .success()
    );
    let figures = |path: &str| -> Vec<(String, String)> {
        let mut all: Vec<_> = rows(path)
            .into_iter()
            .map(|row| (row["visits"].clone(), row["revenue"].clone()))
            .collect();
        all.sort();
        all
    };
    let clear = figures(&at("clear.csv"));
    assert!(
        clear
            .iter()
            .any(|(visits, _)| visits.parse::<u64>().is_ok_and(|n| n > 0))
    );
    assert_eq!(clear, figures(&at("hidden.csv")));
}

#[test]
fn rejects_say_where_and_quote_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let creators = file(
        folder.path(),
        "creators.csv",
        "creator_id,followers,handle,verified\ncr001,1200,ann_of_the_test,true\ncr002,tamsin.savepoint_0001,x,\n\
         cr003,12,y,Martina_Reps_0002\ncr001,5,z,\ncr004,9\ncr005,7,w,\n",
    );
    let output = hidden(&[
        "authenticity",
        "--creators",
        &creators,
        "--output",
        &at("out.csv"),
    ]);
    assert!(output.status.success(), "{}", stderr(&output));
    std::fs::remove_file(&creators).unwrap();
    look("rejects", folder.path(), &output, 2);
    let rejects = rows(&at("out.csv.rejects.csv"));
    let cells = rows(&at("out.csv.cells.csv"));
    assert_eq!((rejects.len(), cells.len()), (2, 2));
    assert!(
        rejects
            .iter()
            .chain(&cells)
            .all(|r| r["value"].is_empty() && !r["line"].is_empty())
    );
    assert_eq!(cells[0]["reason"], "what stands there is not a number");
    assert_eq!(rejects[1]["reason"], "2 fields, the header has 4");
}

#[test]
fn shares_are_hidden_too_and_merge_with_the_key_alone() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let [creators, posts] = ["creators.csv", "posts.csv"].map(sample);
    let command = [
        "rank",
        "--niche",
        "beauty",
        "--creators",
        &creators,
        "--posts",
        &posts,
        "--explain",
        "cr147",
    ];
    let parts: Vec<String> = (1..=2)
        .map(|i| {
            let (part, shard) = (at(&format!("{i}.part")), format!("{i}/2"));
            let run = hidden(&[&command[..], &["--shard", &shard, "--output", &part]].concat());
            assert!(run.status.success(), "{}", stderr(&run));
            part
        })
        .collect();
    look("shares", folder.path(), &hidden(&["maps"]), 2);
    let merge = [
        "merge",
        &parts[0],
        &parts[1],
        "--output",
        &at("together.csv"),
    ];
    let said = failure(&merge, 2);
    assert!(said.contains("with --hash-ids"), "{said}");
    let said = failure(&[&merge[..], &["--hash-ids", "a wrong key"]].concat(), 2);
    assert!(
        said.contains("another key") && !said.contains("a wrong key"),
        "{said}"
    );
    let merged = hidden(&merge);
    assert!(merged.status.success(), "{}", stderr(&merged));
    assert!(
        hidden(&[&command[..], &["--output", &at("whole.csv")]].concat())
            .status
            .success()
    );
    assert_eq!(
        std::fs::read(at("together.csv")).unwrap(),
        std::fs::read(at("whole.csv")).unwrap()
    );
    look("merge", folder.path(), &merged, 4);
}

#[test]
fn a_key_that_cannot_be_had_is_told_without_a_run() {
    let comments = sample("comments.csv");
    for (typed, word) in [
        ("env:NO_SUCH_VARIABLE_IS_SET", "NO_SUCH_VARIABLE_IS_SET"),
        ("@/no/such/key", "/no/such/key"),
        ("", "empty"),
    ] {
        let said = failure(
            &["sentiment", "--comments", &comments, "--hash-ids", typed],
            2,
        );
        assert!(said.contains(word), "{said}");
    }
    let weak = crate::program::success(&["maps", "--hash-ids", "k"]);
    assert!(!weak.contains("warning"), "maps hides nothing");
}
