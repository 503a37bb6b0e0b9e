//! What a user types, and what comes back: exit status, messages, files.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test's helpers stop it by panicking, and say aloud what they skip"
)]

use crate::program::{failure, file, lines, run, sample, stderr};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const COMMENTS: &str = "comment_id,text,brand\n\
    1,I love Lumora so much!,lumora\n\
    2,worst serum ever,lumora\n\
    3,😍😍😍,lumora\n\
    4,,lumora\n";

#[test]
fn bad_rows_are_rejected_with_their_place_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = "\u{feff}comment_id,text,likes\n1,fine,3\n2,too few\n3,"
        .as_bytes()
        .to_vec();
    bytes.extend(b"not \xff\xfe utf-8,1\n4,bad number,many\n1,twice,0\n5,\"two\nlines\",2\n");
    let path = file(folder.path(), "c.csv", &bytes);
    let out = folder.path().join("out.csv").display().to_string();
    let output = run(&["sentiment", "--comments", &path, "--output", &out]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("rows: 6 read = 3 used + 3 rejected"),
        "{}",
        stderr(&output)
    );
    assert_eq!(lines(&out).len(), 1 + 3);
    let rejects = lines(format!("{out}.rejects.csv"));
    assert_eq!(rejects[0], "file,line,column,value,reason");
    let expect = [(3, "fields"), (4, "UTF-8"), (6, "earlier row")];
    for (row, (line, reason)) in rejects[1..].iter().zip(expect) {
        assert!(
            row.contains(&format!("c.csv,{line},")) && row.contains(reason),
            "{row}"
        );
    }
    // A fault in a cell that need not be there leaves it unknown, and its row is used.
    let cells = lines(format!("{out}.cells.csv"));
    assert_eq!(cells.len(), 2);
    assert!(cells[1].contains("c.csv,5,likes,many,"), "{cells:?}");
    // A clean run leaves no rejects of an earlier one behind.
    let clean = file(folder.path(), "clean.csv", COMMENTS);
    assert!(
        run(&["sentiment", "--comments", &clean, "--output", &out])
            .status
            .success()
    );
    assert!(!PathBuf::from(format!("{out}.rejects.csv")).exists());
    assert!(!PathBuf::from(format!("{out}.cells.csv")).exists());
}

#[test]
fn a_model_folder_with_a_file_missing_or_damaged_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let comments = file(folder.path(), "c.csv", COMMENTS);
    let model = folder.path().join("model");
    std::fs::create_dir(&model).unwrap();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/sentiment");
    for name in ["config.json", "tokenizer.json", "microfluence.json"] {
        std::fs::copy(shipped.join(name), model.join(name)).unwrap();
    }
    let model_path = model.display().to_string();
    let arguments = ["sentiment", "--comments", &comments, "--model", &model_path];
    let error = failure(&arguments, 1);
    assert!(
        error.contains("model.safetensors") && error.contains("missing"),
        "{error}"
    );

    let mut weights = std::fs::read(shipped.join("model.safetensors")).unwrap();
    let middle = weights.len() / 2;
    weights[middle] ^= 1;
    std::fs::write(model.join("model.safetensors"), weights).unwrap();
    let error = failure(&arguments, 1);
    assert!(
        error.contains("model.safetensors") && error.contains("damaged"),
        "{error}"
    );

    let error = failure(
        &["sentiment", "--comments", &comments, "--model", "nowhere"],
        1,
    );
    assert!(error.contains("no such model folder"), "{error}");

    let hub = [
        "sentiment",
        "--comments",
        &comments,
        "--model",
        "owner/model",
    ];
    let error = failure(&hub, 1);
    assert!(error.contains("hf download owner/model"), "{error}");
}

#[test]
fn an_embedding_model_is_no_sentiment_model() {
    let folder = tempfile::tempdir().unwrap();
    let comments = file(folder.path(), "c.csv", COMMENTS);
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/embedding");
    let model = model.display().to_string();
    let error = failure(
        &["sentiment", "--comments", &comments, "--model", &model],
        1,
    );
    assert!(error.contains("no sentiment model"), "{error}");
}

#[test]
fn help_and_version_are_there() {
    assert!(run(&["--help"]).status.success());
    assert!(run(&["--version"]).status.success());
}

#[test]
fn sentiment_gives_one_row_per_comment_and_brand_in_input_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "c.csv", COMMENTS);
    let summary = folder.path().join("s.json").display().to_string();
    let output = run(&[
        "sentiment",
        "--comments",
        &path,
        "--brand",
        "Lumora",
        "--brand",
        "Velvetine",
        "--output",
        "-",
        "--summary",
        &summary,
    ]);
    assert!(output.status.success(), "{}", stderr(&output));
    let mut reader = csv::Reader::from_reader(output.stdout.as_slice());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let ids: Vec<&str> = rows.iter().map(|r| &r[0]).collect();
    assert_eq!(ids, ["1", "1", "2", "2", "3", "3", "4", "4"]);
    assert_eq!(&rows[0][1], "Lumora");
    assert_eq!((&rows[0][2], &rows[0][6]), ("positive", "true"));
    assert_eq!(&rows[2][2], "negative");
    assert_eq!(&rows[4][2], "positive", "emoji alone");
    assert_eq!((&rows[6][2], &rows[6][8]), ("", "empty"));
    for row in &rows[..6] {
        let sum: f64 = (3..6).map(|i| row[i].parse::<f64>().unwrap()).sum();
        assert!((sum - 1.0).abs() < 1e-5, "{row:?}");
    }
    let document: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&summary).unwrap()).unwrap();
    assert_eq!(document["brands"][0]["brand"], "Lumora");
    assert_eq!(document["brands"][0]["n"], 4);
    assert_eq!(document["brands"][0]["mentions"], 1);
    assert_eq!(document["manifest"]["inputs"][0]["rows"], 4);
    assert_eq!(
        document["manifest"]["models"][0]["name"],
        "microfluence-sentiment"
    );
}

#[test]
fn the_bytes_do_not_depend_on_threads_or_format() {
    let folder = tempfile::tempdir().unwrap();
    // A seventh of the sample, since one thread reads it anew.
    let few = |name: &str, column: &str, keys: &dyn Fn(&str) -> bool| {
        let mut reader = csv::Reader::from_path(sample(name)).unwrap();
        let head = reader.headers().unwrap().clone();
        let place = head.iter().position(|h| h == column).unwrap();
        let out = folder.path().join(name);
        let mut writer = csv::Writer::from_path(&out).unwrap();
        writer.write_record(&head).unwrap();
        for row in reader.records().map(Result::unwrap) {
            if keys(&row[place]) {
                writer.write_record(&row).unwrap();
            }
        }
        writer.flush().unwrap();
        out.display().to_string()
    };
    let first = |id: &str| id < "cr043";
    let creators = few("creators.csv", "creator_id", &first);
    let posts = few("posts.csv", "creator_id", &first);
    let known: BTreeSet<String> = csv::Reader::from_path(&posts)
        .unwrap()
        .records()
        .map(|row| row.unwrap()[0].to_owned())
        .collect();
    let comments = few("comments.csv", "post_id", &|id| known.contains(id));
    // What one thread reads anew is what two threads have read, or another test before.
    let rank = |threads: &str, name: &str, flag: &str| {
        let out = folder.path().join(name);
        let output = run(&[
            "rank",
            "--niche",
            "#skincare",
            "--creators",
            &creators,
            "--posts",
            &posts,
            "--comments",
            &comments,
            "--threads",
            threads,
            "--output",
            out.to_str().unwrap(),
            "--quiet",
            flag,
        ]);
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(
            output.stdout.is_empty() && output.stderr.is_empty(),
            "{}",
            stderr(&output)
        );
        out
    };
    let one = std::fs::read(rank("1", "one.csv", "--no-cache")).unwrap();
    let two = std::fs::read(rank("2", "two.csv", "--strict")).unwrap();
    assert!(one == two, "rankings differ between one thread and two");

    // Every format reads back as the same table.
    let csv_rows = lines(folder.path().join("one.csv"));
    let json_rows = lines(rank("2", "three.jsonl", "--strict"));
    assert_eq!(csv_rows.len(), json_rows.len() + 1);
    let first: serde_json::Value = serde_json::from_str(&json_rows[0]).unwrap();
    assert!(csv_rows[1].starts_with(&format!("1,{},", first["creator_id"].as_str().unwrap())));
    let parquet = std::fs::read(rank("2", "four.parquet", "--strict")).unwrap();
    assert!(parquet.starts_with(b"PAR1"));
}

#[test]
fn contributions_add_up_and_every_creator_is_somewhere() {
    let folder = tempfile::tempdir().unwrap();
    let (out, left) = (folder.path().join("r.csv"), folder.path().join("x.csv"));
    let output = run(&[
        "rank",
        "--niche",
        "books",
        "--creators",
        &sample("creators.csv"),
        "--posts",
        &sample("posts.csv"),
        "--output",
        out.to_str().unwrap(),
        "--excluded",
        left.to_str().unwrap(),
    ]);
    assert!(output.status.success(), "{}", stderr(&output));
    let mut reader = csv::Reader::from_path(&out).unwrap();
    let headers = reader.headers().unwrap().clone();
    let score = headers.iter().position(|h| h == "score").unwrap();
    let mut ranked = 0;
    for row in reader.records().map(Result::unwrap) {
        ranked += 1;
        assert_eq!(&row[0], ranked.to_string());
        let parts: f64 = headers
            .iter()
            .zip(row.iter())
            .filter(|(h, _)| h.starts_with("contribution_"))
            .map(|(_, v)| v.parse::<f64>().unwrap())
            .sum();
        assert!((parts - row[score].parse::<f64>().unwrap()).abs() < 1e-12);
    }
    let excluded = lines(&left).len() - 1;
    assert_eq!(ranked + excluded, 300);
    assert!(
        ranked > 10 && excluded > 100,
        "{ranked} ranked, {excluded} left out"
    );
}

#[test]
fn the_niches_of_the_sample_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let (out, summary) = (folder.path().join("n.jsonl"), folder.path().join("n.json"));
    let output = run(&[
        "niches",
        "--creators",
        &sample("creators.csv"),
        "--posts",
        &sample("posts.csv"),
        "--output",
        out.to_str().unwrap(),
        "--summary",
        summary.to_str().unwrap(),
    ]);
    assert!(output.status.success(), "{}", stderr(&output));
    let found: Vec<(String, Option<u64>)> = lines(&out)
        .iter()
        .map(|l| {
            let row: serde_json::Value = serde_json::from_str(l).unwrap();
            (
                row["creator_id"].as_str().unwrap().to_owned(),
                row["niche_id"].as_u64(),
            )
        })
        .collect();
    let mut truth = std::collections::HashMap::new();
    for row in csv::Reader::from_path(sample("truth.csv"))
        .unwrap()
        .records()
    {
        let row = row.unwrap();
        truth.insert(row[0].to_owned(), row[1].to_owned());
    }
    let (mut made, mut clustered) = (Vec::new(), Vec::new());
    let mut names: Vec<&str> = truth.values().map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    for (id, niche) in &found {
        if let Some(niche) = niche {
            made.push(names.binary_search(&truth[id].as_str()).unwrap());
            clustered.push(usize::try_from(*niche).unwrap());
        }
    }
    assert!(made.len() > 290, "{} creators have a niche", made.len());
    let agreement = microfluence::stats::nmi(&made, &clustered).unwrap();
    assert!(agreement > 0.8, "normalised mutual information {agreement}");
    let document: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&summary).unwrap()).unwrap();
    let k = document["chosen_k"].as_u64().unwrap();
    assert!((8..=12).contains(&k), "chosen K {k}");
}

#[test]
fn the_demo_writes_every_table_and_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("demo");
    let output = run(&["demo", "--out", out.to_str().unwrap()]);
    assert!(output.status.success(), "{}", stderr(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("Micro-influencers for \"beauty and skincare\""),
        "{text}"
    );
    assert!(text.contains("Whom to book for 3,000"), "{text}");
    for name in [
        "sentiment.csv",
        "sentiment.json",
        "niches.csv",
        "niches.json",
        "engagement.csv",
        "engagement.json",
        "authenticity.csv",
        "ranking.csv",
        "ranking.json",
        "excluded.csv",
        "report.html",
    ] {
        assert!(
            std::fs::metadata(out.join(name)).unwrap().len() > 100,
            "{name}"
        );
    }
    assert_eq!(lines(out.join("engagement.csv")).len(), 301);
}

#[test]
fn ready_made_maps_and_shipped_models_are_listed() {
    let maps = String::from_utf8(run(&["maps"]).stdout).unwrap();
    for name in ["instagram-2017", "tiktok-2025", "youtube-data-api"] {
        assert!(maps.contains(name), "{maps}");
    }
    let output = run(&["models", "--json"]);
    let models: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let names: Vec<&str> = models
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["settings"]["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "microfluence-embedding",
            "microfluence-embedding-multi",
            "microfluence-sentiment",
            "microfluence-sentiment-multi"
        ]
    );
}
