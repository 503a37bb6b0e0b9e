//! Every command that the docs and the help show is typed, in a folder as its reader would have it.

#![allow(clippy::unwrap_used, reason = "a test's helpers stop it by panicking")]

use crate::program::{file, lines, program, run, sample, stderr};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// A folder with the files that the docs name: the sample's tables, and others made of them.
struct Desk {
    folder: tempfile::TempDir,
    path: String,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        std::os::unix::fs::symlink(root.join("datasets"), folder.path().join("datasets")).unwrap();
        let bin = folder.path().join("bin");
        std::fs::create_dir(&bin).unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_microfluence"), bin.join("microfluence"))
            .unwrap();
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
        let desk = Self { folder, path };
        let here = desk.folder.path();
        for (name, rows) in [
            ("creators.csv", 300),
            ("posts.csv", 6000),
            ("comments.csv", 1500),
            ("visits.csv", 6000),
            ("orders.csv", 500),
            ("spend.csv", 32),
        ] {
            let some: Vec<String> = lines(sample(name)).into_iter().take(rows + 1).collect();
            file(here, name, some.join("\n"));
            let exports = here.join("exports");
            std::fs::create_dir_all(&exports).unwrap();
            let few = [
                ("creators.csv", 60),
                ("posts.csv", 1200),
                ("comments.csv", 300),
            ];
            if let Some((_, few)) = few.iter().find(|(few, _)| *few == name) {
                file(&exports, name, some[..=*few].join("\n"));
            }
        }
        file(
            here,
            "phrases.txt",
            "skincare routine\nserum and moisturizer\n",
        );
        file(
            here,
            "shortlist.csv",
            "creator_id,status\ncr147,contacted\ncr159,proposed\ncr211,declined\n",
        );
        foreign_exports(here);
        judged(here);
        panel(here);
        desk
    }

    /// Runs one line in the shell.
    fn type_in(&self, line: &str) {
        let known = program();
        let mut cache = known.get_envs().filter(|(k, _)| *k == "MICROFLUENCE_CACHE");
        let output = std::process::Command::new("sh")
            .args(["-c", line])
            .current_dir(self.folder.path())
            .env("PATH", &self.path)
            .env("MICROFLUENCE_CACHE", cache.next().unwrap().1.unwrap())
            .env(
                "MICROFLUENCE_MODELS",
                Path::new(env!("CARGO_MANIFEST_DIR")).join("models"),
            )
            .output()
            .unwrap();
        assert!(output.status.success(), "{line}: {}", stderr(&output));
    }

    /// Does what the comment in a page asks of people: fills in the labels of a sheet.
    fn judge(&self, sheet: &str) {
        let truth: BTreeMap<String, String> = rows(&sample("comment_truth.csv"))
            .into_iter()
            .map(|row| (row["comment_id"].clone(), row["label"].clone()))
            .collect();
        let path = self.folder.path().join(sheet);
        let mut reader = csv::Reader::from_path(&path).unwrap();
        let header = reader.headers().unwrap().clone();
        let place = |name: &str| header.iter().position(|h| h == name).unwrap();
        let all: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
        let mut writer = csv::Writer::from_path(&path).unwrap();
        writer.write_record(&header).unwrap();
        for row in all {
            let mut cells: Vec<&str> = row.iter().collect();
            cells[place("label")] = &truth[&row[place("comment_id")]];
            writer.write_record(cells).unwrap();
        }
        writer.flush().unwrap();
    }
}

fn rows(path: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.deserialize().collect::<Result<_, _>>().unwrap()
}

fn table(folder: &Path, name: &str, rows: impl IntoIterator<Item = Vec<String>>) {
    let mut writer = csv::Writer::from_path(folder.join(name)).unwrap();
    for row in rows {
        writer.write_record(row).unwrap();
    }
    writer.flush().unwrap();
}

/// The sample's rows under the columns of two ready-made maps.
fn foreign_exports(folder: &Path) {
    let words = |all: &[&str]| all.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
    let creators: BTreeMap<String, String> = rows(&sample("creators.csv"))
        .into_iter()
        .map(|row| (row["creator_id"].clone(), row["followers"].clone()))
        .collect();
    let head = [words(&[
        "USERNAME",
        "FOLLOWERS",
        "LINK",
        "DATE",
        "TEXT",
        "list_of_tags",
        "LIKES",
        "COMMENTS",
    ])];
    let posts = rows(&sample("posts.csv")).into_iter().map(|row| {
        let own = [
            "post_id",
            "published_at",
            "caption",
            "hashtags",
            "likes",
            "comments",
        ];
        let who = [
            row["creator_id"].clone(),
            creators[&row["creator_id"]].clone(),
        ];
        who.into_iter()
            .chain(own.map(|name| row[name].clone()))
            .collect()
    });
    table(folder, "instagram.csv", head.into_iter().chain(posts));
    let head = [words(&["Topic", "TweetId", "TweetDate", "TweetText"])];
    let tweets = rows(&sample("comments.csv"))
        .into_iter()
        .take(300)
        .map(|row| {
            vec![
                "apple".to_owned(),
                row["comment_id"].clone(),
                row["created_at"].clone(),
                row["text"].clone(),
            ]
        });
    table(folder, "full-corpus.csv", head.into_iter().chain(tweets));
}

/// Comments with what was meant, as one file and as several.
fn judged(folder: &Path) {
    let texts: BTreeMap<String, String> = rows(&sample("comments.csv"))
        .into_iter()
        .map(|row| (row["comment_id"].clone(), row["text"].clone()))
        .collect();
    let truth = rows(&sample("comment_truth.csv")).into_iter();
    let whole = truth
        .filter(|row| row["brand"].is_empty() && row["language"] == "en" && row["spam"] == "false");
    let pairs: Vec<Vec<String>> = whole
        .map(|row| vec![texts[&row["comment_id"]].clone(), row["label"].clone()])
        .collect();
    let head = vec!["text".to_owned(), "label".to_owned()];
    let of = |part: &[Vec<String>]| {
        std::iter::once(head.clone())
            .chain(part.to_vec())
            .collect::<Vec<_>>()
    };
    table(folder, "labelled.csv", of(&pairs[..300]));
    let validation = folder.join("validation");
    std::fs::create_dir(&validation).unwrap();
    table(&validation, "first.csv", of(&pairs[..1000]));
    table(&validation, "second.csv", of(&pairs[1000..2000]));
}

/// Sales of twelve places by days, two of them with a campaign at the end.
fn panel(folder: &Path) {
    let mut text = "location,date,outcome\n".to_owned();
    let places = [
        "chicago", "portland", "boston", "denver", "austin", "dallas", "miami", "tampa", "tulsa",
        "omaha", "reno", "salem",
    ];
    for day in 0..105_u32 {
        let date = jiff::civil::date(2021, 1, 1)
            .checked_add(jiff::Span::new().days(day))
            .unwrap();
        for (i, place) in places.iter().enumerate() {
            let i = u32::try_from(i).unwrap();
            // Weeks, a slow rise, and what looks like chance.
            let chance = (day * 37 + i * 101) * 2_654 % 97;
            let lift = if i < 2 && day >= 90 { 40 } else { 0 };
            let value = (300 + 20 * i) + 10 * (day % 7) + day + chance / 4 + lift;
            writeln!(text, "{place},{date},{value}").unwrap();
        }
    }
    file(folder, "sales.csv", text);
}

/// The commands of a page: in blocks of a shell, after a prompt where the block shows output too, and in lines set off
/// by four blanks. What a comment asks of people comes with its `#`.
fn commands(page: &str) -> Vec<String> {
    let joined = page.replace("\\\n", "");
    let mut found = Vec::new();
    let mut block = None;
    for line in joined.lines() {
        if let Some(kind) = line.strip_prefix("```") {
            block = if block.is_some() { None } else { Some(kind) };
            continue;
        }
        let typed = match block {
            Some("sh") => {
                Some(line).filter(|l| l.starts_with("microfluence ") || l.starts_with("# people"))
            }
            Some("console") => line.strip_prefix("$ "),
            Some(_) => None,
            None => line
                .strip_prefix("    ")
                .filter(|l| l.starts_with("microfluence ")),
        };
        found.extend(typed.map(|l| l.split_whitespace().collect::<Vec<_>>().join(" ")));
    }
    found
}

#[test]
fn every_command_of_the_docs_runs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = vec![root.join("README.md")];
    for folder in ["docs", "docs/jobs"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            pages.push(entry.unwrap().path());
        }
    }
    pages.retain(|page| page.extension().is_some_and(|e| e == "md"));
    // python/tests/test_docs.py runs the first; the second measures, which is no test; the third's commands do not end
    // by themselves, and are of features: serve.rs and mcp.rs run them.
    let elsewhere = ["python.md", "size.md", "serve.md"].map(std::ffi::OsStr::new);
    pages.retain(|page| {
        page.file_name()
            .is_none_or(|name| !elsewhere.contains(&name))
    });
    pages.sort();
    let mut ran = 0;
    for page in pages {
        let desk = Desk::new();
        let all = commands(&std::fs::read_to_string(&page).unwrap());
        assert!(!all.is_empty(), "{} shows no command", page.display());
        for line in all {
            if line.starts_with("# people fill in") {
                desk.judge("sheet.csv");
            } else {
                // 300 mixtures a setting take minutes in a build for tests.
                let few = line.contains("--quantification");
                desk.type_in(&(line + if few { " --rounds 3" } else { "" }));
                ran += 1;
            }
        }
    }
    assert!(ran >= 30, "{ran}");
}

#[test]
fn every_example_of_help_runs() {
    let desk = Desk::new();
    let mut ran = 0;
    // In this order, because reports are made of what the demo has written.
    for command in [
        "demo",
        "report",
        "config",
        "init",
        "run",
        "completions",
        "doctor",
        "sentiment",
        "label",
        "niches",
        "engagement",
        "authenticity",
        "safety",
        "rank",
        "plan",
        "campaign",
        "evaluate-ranking",
        "forget",
        "merge",
        "models",
        "cache",
    ] {
        let help = String::from_utf8(run(&[command, "--help"]).stdout).unwrap();
        let (_, examples) = help.split_once("Examples:").unwrap();
        // A long one goes on after a backslash.
        for line in examples.replace("\\\n", "").lines().map(str::trim) {
            if line.starts_with("microfluence ") {
                desk.type_in(line);
                ran += 1;
            }
        }
    }
    assert!(ran >= 28, "{ran}");
}
