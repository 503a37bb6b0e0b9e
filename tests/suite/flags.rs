//! The flags of every command: each command honours each of them or says that it has no use for it.

#![allow(clippy::unwrap_used, reason = "a test's helpers stop it by panicking")]

use crate::program::{self, file, stderr};
use std::path::Path;
use std::sync::Mutex;

/// Each command with what it needs, in a folder with the tables of [`tables`].
const COMMANDS: &[(&str, &str)] = &[
    ("sentiment", "--comments comments.csv --posts posts.csv"),
    ("label", "--comments comments.csv --n 2 --output sheet.csv"),
    ("niches", "--creators creators.csv --posts posts.csv"),
    ("engagement", "--creators creators.csv --posts posts.csv"),
    ("authenticity", "--creators creators.csv --posts posts.csv"),
    ("safety", "--creators creators.csv --posts posts.csv"),
    (
        "rank",
        "--niche skincare --creators creators.csv --posts posts.csv --comments comments.csv",
    ),
    (
        "plan",
        "--niche skincare --budget 100 --creators creators.csv --posts posts.csv --comments comments.csv",
    ),
    (
        "campaign",
        "--visits visits.csv --orders orders.csv --spend spend.csv --posts posts.csv --creators creators.csv --comments comments.csv",
    ),
    (
        "lift",
        "--panel panel.csv --treated a --start 2026-02-01 --end 2026-02-10",
    ),
    ("evaluate", "--data labelled.csv"),
    (
        "evaluate-ranking",
        "--ranking ranking.csv --outcomes outcomes.csv",
    ),
    ("run", "run.toml"),
    (
        "init",
        "creators.csv posts.csv page.csv --force --output made.toml",
    ),
    ("report", "--from ."),
    ("diff", "one two"),
    ("merge", "nothing.part"),
    ("models", ""),
    ("cache", ""),
    (
        "forget",
        "--author ann --comments comments.csv --creators creators.csv --posts posts.csv",
    ),
    ("maps", ""),
    ("doctor", ""),
    ("config", ""),
    ("completions", "bash"),
    ("demo", "--out demo"),
];

/// A value that cannot be honoured without being noticed, with what is said of it then.
const BAD: &[(&str, &str)] = &[
    ("--map=nowhere.toml", "nowhere.toml"),
    ("--threads=0", "--threads 0"),
    ("--backend=rust-bert", "rust-bert"),
    ("--model=nowhere", "nowhere"),
    ("--embedding-model=nowhere", "nowhere"),
    ("--output=creators.csv/there.csv", ""),
    ("--summary=creators.csv/there.json", "File exists"),
    ("--shard=9/2", "shard"),
    ("--strict", ""),
    ("--skip-lines=9999", ""),
    ("--languages=xx", "xx"),
    ("--max-rejected=0", "max-rejected"),
    ("--max-unmatched=0", "max-unmatched"),
];

/// A small market in which one row of every table cannot be used, and one post, comment and row of spend is nobody's.
fn tables(folder: &Path) {
    let put = |name: &str, text: &str| file(folder, name, text);
    put(
        "creators.csv",
        "creator_id,followers,bio,price\nann,5000,skincare,10\nbob,6000,skincare,10\ncleo,7000,skincare,10\n,8000,x,1\n",
    );
    put(
        "posts.csv",
        "post_id,creator_id,published_at,caption,likes,comments\np1,ann,2026-02-01,skincare serum,10,1\np2,bob,2026-02-02,skincare,20,2\n\
        p3,cleo,2026-02-03,skincare,30,2\np4,nobody,2026-02-04,skincare,5,1\np5,ann,when,skincare,5,1\n",
    );
    put(
        "comments.csv",
        "comment_id,text,post_id,author_id\n1,love it,p1,ann\n2,terrible,p2,ann\n3,nice,p9,ann\n,what,p1,ann\n",
    );
    put(
        "visits.csv",
        "visit_id,at,creator_id\nv1,2026-02-02T10:00:00Z,ann\nv2,when,bob\n",
    );
    put(
        "orders.csv",
        "order_id,at,value,promo_code\no1,2026-02-03T10:00:00Z,20,ANN\no2,when,20,ANN\n",
    );
    put(
        "spend.csv",
        "creator_id,amount,promo_code\nann,10,ANN\nzoe,20,ZOE\n,5,X\n",
    );
    let mut panel = String::from("location,date,outcome\n");
    for place in ["a", "b", "c", "d", "e"] {
        for day in 0..40 {
            let (month, day) = (1 + day / 28, 1 + day % 28);
            panel += &format!("{place},2026-{month:02}-{day:02},{}\n", 10 + day % 7);
        }
    }
    put("panel.csv", &(panel + "a,when,3\n"));
    put(
        "labelled.csv",
        "comment_id,text,label\n1,love it,positive\n2,terrible,negative\n3,nice,splendid\n",
    );
    put(
        "ranking.csv",
        "creator_id,rank,score\nann,1,0.9\nbob,2,0.8\ncleo,3,0.7\ndan,last,low\n",
    );
    put(
        "outcomes.csv",
        "creator_id,gain\nann,3\nbob,2\ncleo,1\ndan,many\n",
    );
    put("page.csv", "<!DOCTYPE html><html>");
    for run in ["one", "two"] {
        std::fs::create_dir(folder.join(run)).unwrap();
        put(&format!("{run}/run.json"), "{\"manifest\": {}}");
    }
    put(
        "run.toml",
        "output = \"out\"\nniche = \"skincare\"\n[tables]\ncreators = [\"creators.csv\"]\nposts = [\"posts.csv\"]\ncomments = [\"comments.csv\"]\n\
        spend = [\"spend.csv\"]\n",
    );
}

/// What is wrong with how a command takes a flag: nothing, if it refuses it or if the bad value is noticed.
fn ignored(command: &str, arguments: &str, flag: &str, said: &str) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    tables(folder.path());
    let name = flag.split('=').next().unwrap();
    let mut typed: Vec<&str> = arguments.split_whitespace().collect();
    if name == "--output"
        && let Some(at) = typed.iter().position(|a| *a == "--output")
    {
        typed.drain(at..at + 2);
    }
    let mut program = program::program();
    let ran = program
        .arg(command)
        .args(&typed)
        .arg(flag)
        .current_dir(folder.path());
    let ran = ran.output().unwrap();
    let text = stderr(&ran);
    let refused = ran.status.code() == Some(2)
        && (text.contains("has no use for it") || text.contains("reads no tables"));
    let noticed = !ran.status.success() && text.contains(said);
    // What `init` is told of the run stands in the file that it writes.
    let key = name.trim_start_matches('-').replace('-', "_");
    let made = std::fs::read_to_string(folder.path().join("made.toml")).unwrap_or_default();
    let passed_on = command == "init" && made.lines().any(|line| line.starts_with(&key));
    (!refused && !noticed && !passed_on)
        .then(|| format!("{command} {flag}: {:?} {text}", ran.status.code()))
}

#[test]
fn every_command_succeeds_without_a_bad_flag() {
    for (command, arguments) in COMMANDS {
        if ["merge", "demo"].contains(command) {
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        tables(folder.path());
        let mut program = program::program();
        let ran = program.arg(command).args(arguments.split_whitespace());
        let ran = ran.current_dir(folder.path()).output().unwrap();
        assert!(ran.status.success(), "{command}: {}", stderr(&ran));
    }
}

#[test]
fn every_command_honours_or_refuses_every_flag() {
    let pairs = COMMANDS
        .iter()
        .flat_map(|command| BAD.iter().map(move |bad| (command, bad)));
    // The demo's tables are whole, so that no limit is exceeded there; without a part `merge` says nothing but that.
    let pairs = pairs.filter(|(command, (flag, _))| match command.0 {
        "demo" => ![
            "--strict",
            "--max-rejected=0",
            "--max-unmatched=0",
            "--summary=creators.csv/there.json",
        ]
        .contains(flag),
        "merge" => ![
            "--threads=0",
            "--output=creators.csv/there.csv",
            "--summary=creators.csv/there.json",
            "--shard=9/2",
        ]
        .contains(flag),
        _ => true,
    });
    let (next, wrong) = (Mutex::new(pairs), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some(((command, arguments), (flag, said))) = next.lock().unwrap().next()
                    else {
                        return;
                    };
                    wrong
                        .lock()
                        .unwrap()
                        .extend(ignored(command, arguments, flag, said));
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
