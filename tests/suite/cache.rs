//! No text is read twice: within a run, from run to run, by several runs at once.

#![allow(
    clippy::unwrap_used,
    reason = "a test's helpers stop it by panicking, and say aloud what they skip"
)]

use crate::program::{file, stderr};
use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Comments of which every fourth repeats an earlier one.
fn comments(n: usize) -> String {
    let mut text = "comment_id,text,brand\n".to_owned();
    for i in 0..n {
        let about = if i % 4 == 3 { i % 40 } else { i };
        let verb = ["love", "hate", "bought", "returned"][about % 4];
        writeln!(text, "{i},I {verb} the serum number {about},lumora").unwrap();
    }
    text
}

/// The program with a cache of its own.
fn with_cache(cache: &Path) -> Command {
    let mut command = crate::program::program();
    command.env("MICROFLUENCE_CACHE", cache);
    command
}

fn sentiment(cache: &Path, input: &str, output: &Path, more: &[&str]) -> Command {
    let mut command = with_cache(cache);
    command
        .args(["sentiment", "--comments", input, "--output"])
        .arg(output)
        .args(more);
    command
}

fn success(mut command: Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    output
}

/// What `microfluence cache --json` says.
fn status(cache: &Path) -> serde_json::Value {
    let mut command = with_cache(cache);
    command.args(["cache", "--json"]);
    serde_json::from_slice(&success(command).stdout).unwrap()
}

#[test]
fn tomorrow_only_the_new_is_read_and_nothing_else_changes() {
    let scratch = tempfile::tempdir().unwrap();
    let at = |name: &str| scratch.path().join(name);
    let cache = at("cache");
    let input = file(scratch.path(), "c.csv", comments(300));
    success(sentiment(&cache, &input, &at("bare.csv"), &["--no-cache"]));
    assert!(!cache.exists());

    success(sentiment(&cache, &input, &at("first.csv"), &[]));
    // Of 300 comments 75 repeat one of ten.
    assert_eq!(status(&cache)["entries"], 235);
    let more = file(scratch.path(), "more.csv", comments(320));
    let said = stderr(&success(sentiment(&cache, &more, &at("more-out.csv"), &[])));
    assert!(
        said.contains("235 of 250 texts were known from an earlier run"),
        "{said}"
    );
    success(sentiment(&cache, &input, &at("again.csv"), &[]));
    let bare = std::fs::read(at("bare.csv")).unwrap();
    assert_eq!(std::fs::read(at("first.csv")).unwrap(), bare);
    assert_eq!(std::fs::read(at("again.csv")).unwrap(), bare);

    let mut limit = with_cache(&cache);
    limit.args(["cache", "limit", "1M"]);
    success(limit);
    assert_eq!(status(&cache)["limit"], 1 << 20);
    let mut clear = with_cache(&cache);
    clear.args(["cache", "clear"]);
    success(clear);
    assert_eq!(status(&cache)["entries"], 0);
}

#[test]
fn a_killed_run_leaves_what_it_had_read() {
    let scratch = tempfile::tempdir().unwrap();
    let at = |name: &str| scratch.path().join(name);
    let cache = at("cache");
    let input = file(scratch.path(), "c.csv", comments(12_000));
    let mut run = sentiment(&cache, &input, &at("out.csv"), &[])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let store = cache.join("answers-1.redb");
    let begun = std::time::Instant::now();
    // The store grows when the first answers are kept.
    let empty = 2 << 20;
    while std::fs::metadata(&store).map_or(0, |m| m.len()) < empty || status(&cache)["entries"] == 0
    {
        assert!(begun.elapsed().as_secs() < 120, "nothing was kept");
        assert_eq!(run.try_wait().unwrap(), None, "it was done too early");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    run.kill().unwrap();
    run.wait().unwrap();
    assert!(!at("out.csv").exists());
    let kept = status(&cache)["entries"].as_u64().unwrap();
    assert!(kept > 0);

    let short = file(scratch.path(), "short.csv", comments(400));
    let again = success(sentiment(&cache, &short, &at("again.csv"), &[]));
    assert!(stderr(&again).contains("were known"), "{}", stderr(&again));
    success(sentiment(&cache, &short, &at("bare.csv"), &["--no-cache"]));
    assert_eq!(
        std::fs::read(at("again.csv")).unwrap(),
        std::fs::read(at("bare.csv")).unwrap()
    );
}

#[test]
fn two_runs_at_once_give_the_same() {
    let scratch = tempfile::tempdir().unwrap();
    let at = |name: &str| scratch.path().join(name);
    let input = file(scratch.path(), "c.csv", comments(600));
    let runs = ["a.csv", "b.csv"].map(|name| {
        sentiment(&at("cache"), &input, &at(name), &[])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    });
    for run in runs {
        let output = run.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(!stderr(&output).contains("warning"), "{}", stderr(&output));
    }
    assert_eq!(
        std::fs::read(at("a.csv")).unwrap(),
        std::fs::read(at("b.csv")).unwrap()
    );
}

#[test]
fn a_damaged_store_costs_a_warning_and_nothing_else() {
    let scratch = tempfile::tempdir().unwrap();
    let at = |name: &str| scratch.path().join(name);
    let cache = at("cache");
    let input = file(scratch.path(), "c.csv", comments(40));
    std::fs::create_dir(&cache).unwrap();
    std::fs::write(cache.join("answers-1.redb"), vec![7; 100_000]).unwrap();
    let said = stderr(&success(sentiment(&cache, &input, &at("out.csv"), &[])));
    assert!(
        said.contains("warning: ") && said.contains("answers-1.redb"),
        "{said}"
    );
    assert!(said.contains("cache clear"), "{said}");
    assert!(at("out.csv").exists());
}

#[test]
fn a_person_s_texts_are_forgotten_and_nobody_else_s() {
    let scratch = tempfile::tempdir().unwrap();
    let cache = scratch.path().join("cache");
    let mut text = "comment_id,text,brand,author_id\n".to_owned();
    for i in 0..40 {
        let who = if i % 4 == 0 { "ann" } else { "bob" };
        writeln!(text, "{i},I love the serum number {i},lumora,{who}").unwrap();
    }
    let input = file(scratch.path(), "c.csv", text);
    let out = scratch.path().join("out.csv");
    success(sentiment(&cache, &input, &out, &[]));
    let whole = std::fs::read(&out).unwrap();
    assert_eq!(status(&cache)["entries"], 40);
    let forget = |who: &str| -> serde_json::Value {
        let mut command = with_cache(&cache);
        command.args(["forget", "--author", who, "--comments", &input, "--json"]);
        serde_json::from_slice(&success(command).stdout).unwrap()
    };
    let said = forget("@Ann");
    assert_eq!((&said["texts"], &said["removed"]), (&10.into(), &10.into()));
    assert_eq!(status(&cache)["entries"], 30);
    assert_eq!(forget("ann")["removed"], 0);
    assert_eq!(forget("nobody")["texts"], 0);
    // The next run reads just these anew.
    let said = stderr(&success(sentiment(&cache, &input, &out, &[])));
    assert!(said.contains("30 of 40 texts were known"), "{said}");
    assert!(std::fs::read(&out).unwrap() == whole);
}
