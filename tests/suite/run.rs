//! A whole run from one file, and what a newcomer has before it.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test's helpers stop it by panicking, and say aloud what they skip"
)]

use crate::program::{failure, file, lines, program, run, shared, stderr, success};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// The first rows of the sample, with a file that runs them.
fn small(folder: &Path) -> String {
    for (name, rows) in [
        ("creators.csv", 60),
        ("posts.csv", 1200),
        ("comments.csv", 300),
    ] {
        let some: Vec<String> = lines(crate::program::sample(name))
            .into_iter()
            .take(rows + 1)
            .collect();
        file(folder, name, some.join("\n") + "\n");
    }
    let text = "output = \"out\"\n[tables]\ncreators = \"creators.csv\"\nposts = \"posts.csv\"\ncomments = [\"comm*.csv\"]\n\
                [rank]\nniche = \"fashion\"\nmin_relevance = 0\n[niches]\nclusters = 4\n";
    file(folder, "run.toml", text)
}

#[test]
fn what_is_done_and_unchanged_is_skipped_and_what_changed_is_done_again() {
    let folder = tempfile::tempdir().unwrap();
    let config = small(folder.path());
    let first = success(&["run", &config]);
    assert!(!first.contains("unchanged"), "{first}");
    let out = folder.path().join("out");
    for name in [
        "sentiment.csv",
        "niches.json",
        "engagement.csv",
        "authenticity.csv",
        "ranking.csv",
        "excluded.csv",
        "safety.csv",
        "creators.csv",
        "quotes.csv",
        "report.html",
        "run.json",
    ] {
        assert!(out.join(name).is_file(), "{name}");
    }
    let ranking = std::fs::read(out.join("ranking.csv")).unwrap();
    let again = success(&["run", &config]);
    for stage in ["sentiment", "niches", "engagement", "authenticity", "rank"] {
        assert!(
            again.contains(&format!("{stage}: done and unchanged")),
            "{again}"
        );
    }
    // An output that was touched, and a stage whose setting changed, are done again; the others are not.
    std::fs::write(out.join("engagement.csv"), "spoilt").unwrap();
    let text = std::fs::read_to_string(&config)
        .unwrap()
        .replace("clusters = 4", "clusters = 5");
    std::fs::write(&config, text).unwrap();
    let third = success(&["run", &config]);
    assert!(
        third.contains("sentiment: done and unchanged")
            && third.contains("rank: done and unchanged"),
        "{third}"
    );
    assert!(
        !third.contains("engagement: done and unchanged")
            && !third.contains("niches: done and unchanged"),
        "{third}"
    );
    // A changed input changes all of them.
    let mut posts = std::fs::read_to_string(folder.path().join("posts.csv")).unwrap();
    posts += "extra1,cr001,2026-01-02T10:00:00Z,hello,,,3,1,,,,,,\n";
    std::fs::write(folder.path().join("posts.csv"), posts).unwrap();
    assert!(!success(&["run", &config]).contains("unchanged"));
    assert_ne!(ranking, b"");
}

#[test]
fn a_run_reads_every_table_once_and_its_stages_give_what_the_commands_give() {
    let folder = tempfile::tempdir().unwrap();
    let config = small(folder.path());
    // A row that is rejected, and an id that is spelled otherwise than in the table of creators.
    for (name, row) in [
        ("posts.csv", "px,cr001,no time,,,,,,,,,,,\n"),
        ("comments.csv", "cx,lovely as ever,,@CR001,,,,\n"),
    ] {
        let text = std::fs::read_to_string(folder.path().join(name)).unwrap();
        file(folder.path(), name, text + row);
    }
    for name in ["visits.csv", "orders.csv", "spend.csv"] {
        std::fs::copy(crate::program::sample(name), folder.path().join(name)).unwrap();
    }
    let text = std::fs::read_to_string(&config).unwrap();
    let text = text.replace(
        "[rank]",
        "visits = \"visits.csv\"\norders = \"orders.csv\"\nspend = \"spend.csv\"\n[plan]\nbudget = 2000\n[rank]",
    );
    std::fs::write(&config, text).unwrap();
    let said = success(&["run", "-v", &config]);
    let read: Vec<&str> = said.lines().filter(|l| l.starts_with("reading ")).collect();
    for name in ["creators", "posts", "comments", "visits", "orders", "spend"] {
        let of = |line: &&&str| line.ends_with(&format!("{name}.csv as {name}"));
        assert_eq!(read.iter().filter(of).count(), 1, "{name}: {read:?}");
    }
    assert_eq!(read.len(), 6 + 1, "{read:?}");
    for once in ["joining creators", "scoring comments", "reading profiles"] {
        assert_eq!(said.matches(once).count(), 1, "{once}: {said}");
    }

    let at = |name: &str| folder.path().join(name).display().to_string();
    let own = |command: &str, more: &[&str]| {
        let output = at(&format!("{command}-alone.csv"));
        let tables = [("creators", true), ("posts", true), ("comments", true)];
        let campaign = [("visits", false), ("orders", false), ("spend", false)];
        let wanted = tables
            .iter()
            .chain(&campaign)
            .filter(|(_, all)| *all || command == "campaign");
        let mut typed = vec![command.to_owned(), format!("--output={output}")];
        typed.extend(wanted.map(|(table, _)| format!("--{table}={}", at(&format!("{table}.csv")))));
        typed.extend(more.iter().map(|flag| (*flag).to_owned()));
        success(&typed.iter().map(String::as_str).collect::<Vec<_>>());
        [output.clone(), output + ".rejects.csv"]
    };
    let ranking = format!("--ranking={}", at("out/ranking.csv"));
    for (command, written, more) in [
        ("sentiment", "sentiment", &[][..]),
        ("niches", "niches", &["--clusters=4"]),
        ("engagement", "engagement", &[]),
        ("authenticity", "authenticity", &[]),
        ("rank", "ranking", &["--niche=fashion", "--min-relevance=0"]),
        ("plan", "plan", &["--budget=2000"]),
        ("campaign", "campaign", &[ranking.as_str()]),
    ] {
        let [table, rejects] = own(command, more);
        for (alone, within) in [
            (table, at(&format!("out/{written}.csv"))),
            (rejects, at(&format!("out/{written}.csv.rejects.csv"))),
        ] {
            let alone = std::fs::read(alone).unwrap();
            assert!(alone == std::fs::read(&within).unwrap(), "{within}");
        }
    }
}

#[test]
fn a_wrong_file_is_named_with_line_and_hint() {
    let folder = tempfile::tempdir().unwrap();
    let error = failure(&["run", "nowhere.toml"], 2);
    assert!(
        error.contains("nowhere.toml") && error.contains("microfluence config"),
        "{error}"
    );
    let config = file(
        folder.path(),
        "r.toml",
        "[tables]\ncreators = \"c.csv\"\n[rank]\nnich = \"x\"\n",
    );
    let error = failure(&["run", &config], 2);
    assert!(
        error.contains("r.toml:4") && error.contains("niche"),
        "{error}"
    );
    let config = file(
        folder.path(),
        "r.toml",
        "[tables]\ncreators = \"c.csv\"\n[rank]\nniche = \"x\"\n",
    );
    assert!(failure(&["run", &config], 2).contains("c.csv"));
}

#[test]
fn own_exports_come_to_a_report_by_init_and_run() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<String> = (0..400)
        .map(|i| {
            format!(
                "user{},{}.{}K,p{i},2025-0{}-1{} 10:00:00,\"my skincare routine #skincare\",{}\n",
                i % 40,
                3 + i % 40,
                i % 9,
                1 + i % 9,
                i % 9,
                100 + i
            )
        })
        .collect();
    let export = file(
        folder.path(),
        "export.csv",
        format!(
            "Username,Follower Count,Post ID,Posted Date,Caption,Like Count\n{}",
            rows.concat()
        ),
    );
    let config = folder.path().join("own.toml").display().to_string();
    let output = run(&["init", &export, "--niche", "skincare", "--output", &config]);
    assert!(output.status.success(), "{}", stderr(&output));
    let shown = String::from_utf8(output.stdout).unwrap();
    for part in ["Follower Count", "published_at", "Posted Date"] {
        assert!(shown.contains(part), "{shown}");
    }
    let written = lines(&config);
    assert!(written.len() < 60, "{written:?}");
    let niches = written.iter().filter(|l| l.starts_with("niche = "));
    assert_eq!(niches.count(), 1, "{written:?}");
    let again = failure(&["init", &export, "--output", &config], 2);
    assert!(again.contains("--force"), "{again}");
    success(&["run", &config]);
    let out = folder.path().join("microfluence-run");
    assert_eq!(lines(out.join("creators.csv")).len(), 41);
    assert!(lines(out.join("ranking.csv")).len() > 10);
    assert!(out.join("report.html").is_file());
    let error = failure(
        &[
            "init",
            &file(folder.path(), "x.csv", "city,rain\nOslo,4\n"),
            "--output",
            &folder.path().join("x.toml").display().to_string(),
        ],
        2,
    );
    assert!(error.contains("none of the files"), "{error}");
}

#[test]
fn tiktok_s_export_is_read_as_such() {
    let Some(data) = shared("creators/tiktok_2025/videos.csv") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("t.toml").display().to_string();
    success(&["init", data.to_str().unwrap(), "--output", &config]);
    assert!(
        std::fs::read_to_string(&config)
            .unwrap()
            .contains("map = [\"tiktok-2025\"]")
    );
}

#[test]
fn a_run_that_is_stopped_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let config = small(folder.path());
    let mut comments = "comment_id,text\n".to_owned();
    let all: u64 = 5000;
    for i in 0..all {
        comments += &format!(
            "n{i},I have bought number {i} of these and would not buy it again for {i} euro\n"
        );
    }
    file(folder.path(), "comments.csv", comments);
    let cache = folder.path().join("cache");
    let mut started = program()
        .args(["run", &config])
        .env("MICROFLUENCE_CACHE", &cache)
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    // Until the first answers are kept; the whole would take many times as long.
    let kept = |cache: &Path| {
        let mut command = program();
        let output = command
            .args(["cache", "--json"])
            .env("MICROFLUENCE_CACHE", cache)
            .output()
            .unwrap();
        serde_json::from_slice::<serde_json::Value>(&output.stdout)
            .ok()
            .and_then(|v| v["entries"].as_u64())
            .unwrap_or(0)
    };
    let begun = Instant::now();
    while kept(&cache) == 0 && begun.elapsed() < Duration::from_mins(1) {
        std::thread::sleep(Duration::from_millis(100));
    }
    let pid = started.id().to_string();
    assert!(
        std::process::Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    let ended = started.wait().unwrap();
    if ended.success() {
        crate::program::skipped("the machine was done before it could be stopped");
        return;
    }
    assert!(!folder.path().join("out/sentiment.csv").exists());
    let kept = kept(&cache);
    assert!(kept > 0 && kept < all, "{kept} answers were kept");
    let second = program()
        .args(["run", &config])
        .env("MICROFLUENCE_CACHE", &cache)
        .output()
        .unwrap();
    assert!(second.status.success(), "{}", stderr(&second));
    assert_eq!(
        lines(folder.path().join("out/sentiment.csv")).len() as u64,
        all + 1
    );
}

#[test]
fn shells_pages_and_the_doctor() {
    for (shell, part) in [
        ("bash", "complete -F"),
        ("zsh", "#compdef microfluence"),
        ("fish", "complete -c microfluence"),
    ] {
        let output = run(&["completions", shell]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success() && text.contains(part) && text.contains("sentiment"),
            "{shell}"
        );
    }
    let folder = tempfile::tempdir().unwrap();
    success(&["completions", "--man", folder.path().to_str().unwrap()]);
    for page in ["microfluence.1", "microfluence-rank.1"] {
        assert!(
            std::fs::read_to_string(folder.path().join(page))
                .unwrap()
                .contains(".TH "),
            "{page}"
        );
    }
    let healthy = run(&["doctor"]);
    let text = String::from_utf8(healthy.stdout).unwrap();
    assert!(
        healthy.status.success() && text.contains("sha256 right") && !text.contains('\u{1b}'),
        "{text}"
    );
    assert!(text.contains("billion multiplications a second"), "{text}");
    // Instructions by name, those that this processor lacks, and models that do not run by them.
    let instructions = |name: &str, command: &[&str]| {
        let output = program()
            .args(command)
            .env("MICROFLUENCE_INSTRUCTIONS", name)
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).unwrap())
    };
    let (status, text) = instructions("portable", &["doctor"]);
    assert!(
        status == Some(0) && text.contains("run by portable"),
        "{text}"
    );
    let (status, text) = instructions("abacus", &["doctor"]);
    assert!(
        status == Some(1) && text.contains("is abacus: this processor has"),
        "{text}"
    );
    let comments = crate::program::sample("comments.csv");
    let read = ["sentiment", "--output", "-", "--comments", &comments];
    let (status, text) = instructions("abacus", &read);
    assert!(
        status == Some(2) && text.contains("MICROFLUENCE_INSTRUCTIONS"),
        "{text}"
    );
    // A model that was damaged, and a folder that cannot be written, are found.
    let models = folder.path().join("models/sentiment");
    std::fs::create_dir_all(&models).unwrap();
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/sentiment");
    for name in ["config.json", "microfluence.json", "tokenizer.json"] {
        std::fs::copy(own.join(name), models.join(name)).unwrap();
    }
    std::fs::write(models.join("model.safetensors"), "not this").unwrap();
    let ill = program()
        .arg("doctor")
        .env("MICROFLUENCE_MODELS", folder.path().join("models"))
        .env("TMPDIR", "/nowhere")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&ill.stdout).into_owned();
    assert_eq!(ill.status.code(), Some(1), "{text}");
    for part in [
        "damaged",
        "embedding is not found",
        "TMPDIR",
        "MICROFLUENCE_MODELS",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn the_printed_config_is_one_that_run_reads() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&["config"]);
    let text = String::from_utf8(output.stdout).unwrap();
    for part in [
        "# seed = 0",
        "[rank]",
        "# min_followers = \"N\"",
        "# creators = ",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    small(folder.path());
    let text = text.replace(
        "# comments = [\"comments.csv\"]",
        "comments = [\"comments.csv\"]",
    );
    let config = file(folder.path(), "printed.toml", text);
    let said = success(&["run", &config]);
    assert!(
        said.contains("niches: left out, [tables] names no creators"),
        "{said}"
    );
    assert!(
        folder
            .path()
            .join("microfluence-run/sentiment.csv")
            .is_file()
    );
}
