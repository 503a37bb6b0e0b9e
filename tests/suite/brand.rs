//! What is said about a brand: labelled comments, brands from a file, periods, changes and drivers, through the
//! program.

#![allow(clippy::unwrap_used, reason = "a test's helpers stop it by panicking")]

use crate::program::{failure, file, lines, run, stderr, success};
use microfluence::schema::{Comment, Polarity};
use microfluence::sentiment::{Labels, ScoredComment, Status, Tally, TallyOptions};
use microfluence::text::Language;
use serde_json::Value;
use std::fmt::Write;
use std::path::Path;

/// 400 comments about Lumora in eight weeks, one of them empty; from the fifth week on most are bad.
fn comments(folder: &Path) -> String {
    const GOOD: [&str; 4] = ["love", "adore", "really enjoy", "am so happy with"];
    const BAD: [&str; 4] = ["hate", "regret buying", "am so angry about", "cannot stand"];
    let mut text = "comment_id,text,author_id,post_id,creator_id,created_at\n".to_owned();
    for i in 0..400 {
        let week = i / 50;
        let bad = if week < 4 { i % 5 == 0 } else { i % 5 != 0 };
        let (verb, why) = if bad {
            (BAD[i % 4], "it leaks")
        } else {
            (GOOD[i % 4], "it smells lovely")
        };
        writeln!(
            text,
            "c{i},I {verb} my lumora glow serum number {i} because {why},u{},p{},k{},2026-01-{:02}T10:00:00Z",
            i % 200,
            i % 20,
            i % 2,
            5 + i / 50 * 3
        )
        .unwrap();
    }
    text += "c400,,u1,p1,k1,2026-01-05T10:00:00Z\n";
    file(folder, "comments.csv", text)
}

fn brands(folder: &Path) -> String {
    file(
        folder,
        "brands.toml",
        "[[brand]]\nname = \"Lumora\"\nmisspellings = [\"lumorra\"]\nhandles = [\"@lumora_uk\"]\n\
         products = [\"Glow Serum\"]\ncompetitors = [\"Velvetine\"]\n",
    )
}

fn summary(arguments: &[&str]) -> Value {
    let mut arguments = arguments.to_vec();
    arguments.extend(["--json", "--quiet"]);
    let output = run(&arguments);
    assert!(output.status.success(), "{}", stderr(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn number(value: &Value, key: &str) -> f64 {
    value[key]
        .as_f64()
        .unwrap_or_else(|| panic!("{key} of {value}"))
}

/// Fills in a sheet: every "hate" and its like is negative, "love" positive.
fn fill_in(sheet: &str, to: &Path) -> String {
    let mut reader = csv::Reader::from_path(sheet).unwrap();
    let mut writer = csv::Writer::from_path(to).unwrap();
    writer.write_record(reader.headers().unwrap()).unwrap();
    for row in reader.records().map(Result::unwrap) {
        let mut cells: Vec<String> = row.iter().map(str::to_owned).collect();
        assert_eq!(cells[3], "", "the label is for people to fill in");
        let label = if cells[2].contains("leaks") {
            "negative"
        } else {
            "positive"
        };
        label.clone_into(&mut cells[3]);
        writer.write_record(cells).unwrap();
    }
    writer.flush().unwrap();
    to.display().to_string()
}

#[test]
fn a_labelled_sample_corrects_the_level_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let table = comments(folder.path());
    let sheet = folder.path().join("sheet.csv").display().to_string();
    let arguments = [
        "label",
        "--comments",
        &table,
        "--brand",
        "Lumora",
        "--n",
        "120",
    ];
    success(&[&arguments[..], &["--output", &sheet]].concat());
    assert_eq!(lines(&sheet).len(), 121);
    let again = folder.path().join("again.csv").display().to_string();
    success(&[&arguments[..], &["--output", &again, "--threads", "1"]].concat());
    assert_eq!(lines(&sheet), lines(&again));

    let labelled = fill_in(&sheet, &folder.path().join("labelled.csv"));
    let base = [
        "sentiment",
        "--comments",
        &table,
        "--brand",
        "Lumora",
        "--labelled",
        &labelled,
    ];
    let document = summary(&base);
    let brand = &document["brands"][0];
    assert_eq!(brand["method"], "prediction_powered");
    assert_eq!(brand["labelled"], 120);
    // 80 % of the first half is good, 20 % of the second: the truth is 0.
    let (lower, upper) = (
        number(brand, "net_sentiment_lower"),
        number(brand, "net_sentiment_upper"),
    );
    assert!(
        lower <= 0.0 && 0.0 <= upper && upper - lower < 40.0,
        "{lower} {upper}"
    );
    assert!(brand["net_sentiment_raw"].is_number());
    let of_comments = summary(&[&base[..], &["--interval-of", "comments"]].concat());
    let narrow = &of_comments["brands"][0];
    assert_eq!(narrow["net_sentiment"], brand["net_sentiment"]);
    // The model has every one of these comments right, so that nearly nothing is left to chance in either.
    assert!(
        number(narrow, "net_sentiment_upper") < upper || upper - lower < 1.0,
        "labelling some leaves less to chance"
    );

    let elsewhere = summary(&[&base[..], &["--label-source", "external"]].concat());
    // No labelled comment is neutral, so nothing is known of how neutral ones look.
    assert_eq!(elsewhere["brands"][0]["method"], "uncorrected");
    assert!(
        elsewhere["brands"][0]["warnings"][0]
            .as_str()
            .unwrap()
            .contains("five labelled")
    );
}

#[test]
fn labelled_comments_from_elsewhere_adjust_the_count() {
    let folder = tempfile::tempdir().unwrap();
    let table = comments(folder.path());
    let mut labelled = "text,label\n".to_owned();
    for i in 0..60 {
        writeln!(
            labelled,
            "I love lumora {i},positive\nI hate lumora {i},negative"
        )
        .unwrap();
        writeln!(labelled, "I bought lumora number {i} in Leeds,neutral").unwrap();
    }
    let labelled = file(folder.path(), "labelled.csv", labelled);
    let document = summary(&[
        "sentiment",
        "--comments",
        &table,
        "--brand",
        "Lumora",
        "--labelled",
        &labelled,
        "--labelled-from",
        "elsewhere",
    ]);
    let brand = &document["brands"][0];
    assert_eq!(
        (&brand["method"], &brand["labelled"]),
        (&"adjusted_count".into(), &180.into())
    );
    let level = number(brand, "net_sentiment");
    assert!(
        number(brand, "net_sentiment_lower") <= level
            && level <= number(brand, "net_sentiment_upper")
    );
}

#[test]
fn parts_changes_and_drivers_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let (table, brands) = (comments(folder.path()), brands(folder.path()));
    let creators = file(
        folder.path(),
        "creators.csv",
        "creator_id,followers,platform\nk0,10,tiktok\nk1,10,youtube\n",
    );
    let document = summary(&[
        "sentiment",
        "--comments",
        &table,
        "--brands",
        &brands,
        "--period",
        "day",
        "--creators",
        &creators,
        "--change-at",
        "2026-01-17",
    ]);
    let lumora = &document["brands"][0];
    assert_eq!(lumora["brand"], "Lumora");
    assert_eq!(lumora["n"], 401);
    assert_eq!(lumora["statuses"]["empty"], 1);
    assert!((number(lumora, "share_of_voice") - 1.0).abs() < 1e-12);
    let days = lumora["by_period"].as_array().unwrap();
    assert_eq!(
        (days.len(), &days[1]["period"], &days[1]["n"]),
        (22, &"2026-01-06".into(), &0.into())
    );
    assert!(days[1]["net_sentiment"].is_null(), "a gap is a gap");
    let platforms: Vec<&str> = lumora["by_platform"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["name"].as_str().unwrap())
        .collect();
    assert_eq!(platforms, ["tiktok", "youtube"]);
    assert_eq!(lumora["by_product"][0]["name"], "Glow Serum");
    assert_eq!(lumora["by_product"][0]["n"], 400);
    assert_eq!(lumora["changes"].as_array().unwrap().len(), 1);
    assert_eq!(lumora["changes"][0]["at"], "2026-01-17");
    for change in [&lumora["changes"][0], &lumora["before_after"]] {
        assert!(number(change, "upper") < -30.0, "{change}");
        let drivers = change["drivers"].as_array().unwrap();
        let leaks = drivers.iter().find(|d| d["term"] == "leaks").unwrap();
        assert!(number(leaks, "contribution_to_change") < 0.0);
        assert_eq!(leaks["quotations"].as_array().unwrap().len(), 3);
    }
    assert_eq!(document["brands"][1]["brand"], "Velvetine");
    assert!(document["brands"][1]["net_sentiment"].is_null());
}

#[test]
fn spam_and_copies_are_flagged_and_left_out_unless_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let table = file(
        folder.path(),
        "c.csv",
        "comment_id,text\n1,I love this serum so very much\n2,i LOVE this serum so very much!\n\
         3,check out my channel for free followers\n4,worst serum I ever had\n",
    );
    let out = folder.path().join("out.csv").display().to_string();
    let count = |more: &[&str]| {
        let arguments = ["sentiment", "--comments", &table, "--output", &out];
        let document = summary(&[&arguments[..], more].concat());
        let rows = lines(&out);
        let flags: Vec<String> = rows[1..]
            .iter()
            .map(|r| r.rsplit(',').nth(1).unwrap().to_owned())
            .collect();
        assert_eq!(flags, ["", "copy", "spam", ""]);
        document["brands"][0]["about"].as_u64().unwrap()
    };
    assert_eq!(count(&[]), 2);
    assert_eq!(count(&["--include-spam"]), 4);
}

#[test]
fn comments_under_a_post_about_the_brand_are_about_it_unless_named_only() {
    let folder = tempfile::tempdir().unwrap();
    let table = file(
        folder.path(),
        "c.csv",
        "comment_id,text,post_id,brand\n1,so beautiful,paid,\n2,so ugly,other,\n3,lumora is great,other,\n",
    );
    let posts = file(
        folder.path(),
        "p.csv",
        "post_id,creator_id,published_at,sponsored,brand\npaid,k1,2026-01-01,true,Lumora\nother,k1,2026-01-01,,\n",
    );
    let brands = brands(folder.path());
    let about = |more: &[&str]| {
        let arguments = [
            "sentiment",
            "--comments",
            &table,
            "--posts",
            &posts,
            "--brands",
            &brands,
        ];
        summary(&[&arguments[..], more].concat())["brands"][0]["about"]
            .as_u64()
            .unwrap()
    };
    assert_eq!((about(&[]), about(&["--named-only"])), (2, 1));
    assert_eq!(about(&["--about-all"]), 3);
}

/// Eight comments of which two name the brand: the others say nothing of it, and two are too few.
#[test]
fn a_brand_s_level_stands_on_comments_that_are_about_it() {
    let folder = tempfile::tempdir().unwrap();
    let table = file(
        folder.path(),
        "c.csv",
        "comment_id,text,author_id,brand\n1,Velvetine ruined my skin and support never answered,a,\n\
         2,Velvettine lipstick smells awful and broke in a week,b,\n3,what a beautiful sunset in your video,c,\n\
         4,love your dog so much he is adorable,d,\n5,you are my favourite creator ever,e,\n\
         6,best vlog of the year thank you,f,\n7,amazing editing on this one,g,\n\
         8,so happy for you both congratulations,h,\n",
    );
    let arguments = ["sentiment", "--comments", &table, "--brand", "Velvetine"];
    let document = summary(&arguments);
    let brand = &document["brands"][0];
    assert_eq!(brand["about"], 2);
    assert_eq!(brand["about_by"], serde_json::json!({ "name": 2 }));
    assert!(brand["net_sentiment"].is_null() && brand["net_sentiment_raw"].is_null());
    assert!((number(brand, "share_of_voice") - 0.25).abs() < 1e-12);
    let said = brand["warnings"][0].as_str().unwrap();
    assert!(
        said.starts_with("2 comments name Velvetine: too few"),
        "{said}"
    );
    let all = summary(&[&arguments[..], &["--about-all"]].concat());
    assert_eq!(all["brands"][0]["about"], 8);
}

/// Twelve insults under the posts of two creators each, and sixty copies of one text under the first's: a filter for
/// all commands.
#[test]
fn ranking_and_sentiment_say_the_same_of_the_same_comments() {
    const INSULTS: [&str; 12] = [
        "this bread tastes awful",
        "worst recipe I ever tried",
        "your oven video is boring and wrong",
        "I hate how this turned out",
        "terrible advice, my dough was ruined",
        "disappointing and misleading recipe",
        "you ruined my breakfast",
        "the crust was burnt and disgusting",
        "please stop posting this garbage",
        "awful sound, could not watch it",
        "I regret following this recipe",
        "so bad that I unfollowed",
    ];
    let folder = tempfile::tempdir().unwrap();
    let mut rows = Vec::new();
    for creator in ["a", "b"] {
        for (i, text) in INSULTS.iter().enumerate() {
            rows.push(format!(
                "{creator}{i},\"{text}\",{creator}0,{creator},u{creator}{i}"
            ));
        }
    }
    for i in 0..60 {
        rows.push(format!(
            "bot{i},\"Amazing content, I love this so much!!!\",a1,a,bot{i}"
        ));
    }
    let write = |name: &str, rows: &[String]| {
        let head = "comment_id,text,post_id,creator_id,author_id\n";
        file(
            folder.path(),
            name,
            head.to_owned() + &rows.join("\n") + "\n",
        )
    };
    let forward = write("c.csv", &rows);
    rows.reverse();
    let backward = write("d.csv", &rows);
    let creators = file(
        folder.path(),
        "creators.csv",
        "creator_id,followers,platform,bio\na,20000,instagram,sourdough bread baking\n\
         b,20000,instagram,sourdough bread baking\n",
    );
    let by_creator = |table: &str| -> Vec<(String, f64, u64)> {
        let document = summary(&["sentiment", "--comments", table]);
        let slices = document["brands"][0]["by_creator"]
            .as_array()
            .unwrap()
            .clone();
        slices
            .iter()
            .map(|s| {
                let id = s["creator_id"].as_str().unwrap().to_owned();
                (id, number(s, "net_sentiment"), s["n"].as_u64().unwrap())
            })
            .collect()
    };
    let said = by_creator(&forward);
    assert_eq!(said, by_creator(&backward));
    assert_eq!(
        said.iter().map(|s| s.2).collect::<Vec<_>>(),
        [13, 12],
        "a's copies count once, and b's words are not a's"
    );
    assert!(said.iter().all(|s| s.1 < -70.0), "{said:?}");
    let out = folder.path().join("r.csv").display().to_string();
    success(&[
        "rank",
        "--niche",
        "sourdough",
        "--creators",
        &creators,
        "--comments",
        &forward,
        "--output",
        &out,
    ]);
    let mut reader = csv::Reader::from_path(&out).unwrap();
    let at = |name: &str, head: &csv::StringRecord| head.iter().position(|h| h == name).unwrap();
    let head = reader.headers().unwrap().clone();
    for row in reader.records().map(Result::unwrap) {
        let (id, net) = (
            &row[at("creator_id", &head)],
            &row[at("audience_sentiment", &head)],
        );
        let same = said.iter().find(|s| s.0 == *id).unwrap();
        assert!(
            (net.parse::<f64>().unwrap() - same.1).abs() < 1e-3,
            "{id}: {net}, {same:?}"
        );
    }
}

#[test]
fn without_labels_there_is_no_interval_but_what_is_known_of_the_error() {
    let folder = tempfile::tempdir().unwrap();
    let table = comments(folder.path());
    let arguments = ["sentiment", "--comments", &table, "--brand", "Lumora"];
    let document = summary(&arguments);
    let brand = &document["brands"][0];
    assert_eq!(brand["method"], "uncorrected");
    assert!(brand["net_sentiment_lower"].is_null() && brand["net_sentiment_upper"].is_null());
    let net = number(brand, "net_sentiment");
    assert!(number(brand, "sampling_lower") < net && net < number(brand, "sampling_upper"));
    assert!(number(brand, "model_error") > 5.0);
    let output = run(&arguments);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains(&format!("{net:+.1} uncorrected")), "{text}");
}

#[test]
fn what_is_wrong_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let table = file(folder.path(), "c.csv", "comment_id,text\n1,fine\n");
    let unlabelled = file(folder.path(), "u.csv", "comment_id,label\n1,\n");
    let unknown = file(folder.path(), "k.csv", "comment_id,label\n1,good\n");
    let elsewhere = file(
        folder.path(),
        "e.csv",
        "comment_id,text,label\n5.7E+17,bad,negative\n8,good,positive\n",
    );
    let broken = file(folder.path(), "b.toml", "[[brand]]\nnam = \"x\"\n");
    for (more, part) in [
        (vec!["--labelled", &unlabelled], "no row has a label"),
        (
            vec!["--labelled", &unknown, "--strict"],
            "expected negative",
        ),
        (vec!["--labelled", "nowhere.csv"], "no such file"),
        (vec!["--brands", &broken], "unknown field"),
        (vec!["--brands", "nowhere.toml"], "cannot be read"),
        (vec!["--change-at", "soon"], "not a time"),
        (vec!["--named-only", "--about-all"], "cannot be used with"),
        (
            vec!["--labelled", &elsewhere],
            "none of the 2 labelled rows",
        ),
    ] {
        let error = failure(
            &[&["sentiment", "--comments", &table][..], &more].concat(),
            2,
        );
        assert!(error.contains(part), "{error}");
    }
    let error = failure(&["label", "--comments", &table], 2);
    assert!(error.contains("--output"), "{error}");
    let status = run(&["sentiment", "--comments", &table, "--period", "year"]).status;
    assert_eq!(status.code(), Some(2));
}

#[test]
fn quantification_is_measured_and_the_same_every_time() {
    let folder = tempfile::tempdir().unwrap();
    let few = file(folder.path(), "few.csv", "text,label\nI love it,positive\n");
    let error = failure(&["evaluate", "--data", &few, "--quantification"], 2);
    assert!(error.contains("twenty texts"), "{error}");

    let mut table = "text,label\n".to_owned();
    for i in 0..90 {
        let (text, label) = [
            ("I love it", "positive"),
            ("it comes in a box", "neutral"),
            ("worst one ever", "negative"),
        ][i % 3];
        writeln!(table, "{text} number {i},{label}").unwrap();
    }
    let data = file(folder.path(), "data.csv", table);
    let measured = |threads: &str, name: &str| {
        let out = folder.path().join(name);
        success(&[
            "evaluate",
            "--data",
            &data,
            "--quantification",
            "--rounds",
            "2",
            "--threads",
            threads,
            "--summary",
            out.to_str().unwrap(),
        ]);
        let text = std::fs::read_to_string(out).unwrap();
        let all: Value = serde_json::from_str(&text).unwrap();
        all["quantification"].clone()
    };
    let one = measured("1", "one.json");
    assert_eq!(one, measured("2", "two.json"));
    let settings = one.as_array().unwrap();
    assert_eq!(settings.len(), 8);
    assert!(settings.iter().all(|s| s["rounds"] == 2), "{one}");
}

/// Rows with scores, as many as are asked for, by authors who write ten each.
fn scored(n: usize) -> impl Iterator<Item = (Comment, ScoredComment)> {
    (0..n).map(move |i| {
        let id = format!("c{i}");
        let text = format!(
            "the serum number {} smells {} and shipping took {} days",
            i % 9973,
            i % 7,
            i % 31
        );
        let mut comment = Comment::new(id.as_str().into(), &text);
        comment.author_id = Some(format!("u{}", i * 7919 % (n / 10 + 1)).as_str().into());
        comment.creator_id = Some(format!("k{}", i % 300).as_str().into());
        comment.created_at =
            jiff::Timestamp::from_second(1_700_000_000 + (i as i64 % 365) * 86_400).ok();
        let p = (i * 104_729 % 1000) as f32 / 1000.0;
        let row = ScoredComment {
            comment_id: id.as_str().into(),
            index: i,
            brand: Some("Lumora".to_owned()),
            label: Some(if p > 0.5 {
                Polarity::Positive
            } else {
                Polarity::Negative
            }),
            probabilities: Some([0.8 * (1.0 - p), 0.2, 0.8 * p]),
            mentions_brand: Some(true),
            about_brand: true,
            language: Language::Known("eng"),
            status: Status::Scored,
            model: None,
        };
        (comment, row)
    })
}

#[test]
fn parts_merge_to_the_same_as_the_whole() {
    let tally = || Tally::new(TallyOptions::default(), Labels::None);
    let (mut whole, mut first, mut second) = (tally(), tally(), tally());
    for (i, (comment, row)) in scored(6000).enumerate() {
        whole.push(&comment, &row);
        if i < 2500 { &mut first } else { &mut second }.push(&comment, &row);
    }
    first.merge(second);
    assert_eq!(first.finish(), whole.finish());
}

/// Run by hand: `cargo test --test brand -- --ignored --nocapture`, with ROWS for another number.
#[test]
#[ignore = "a timing, for a quiet machine and --release"]
fn a_million_rows_in_five_seconds() {
    let n = std::env::var("ROWS").map_or(1_000_000, |n| n.parse().unwrap());
    let mut tally = Tally::new(TallyOptions::default(), Labels::None);
    let mut pushing = std::time::Duration::ZERO;
    for (comment, row) in scored(n) {
        let start = std::time::Instant::now();
        tally.push(&comment, &row);
        pushing += start.elapsed();
    }
    let start = std::time::Instant::now();
    let brands = tally.finish();
    let seconds = (pushing + start.elapsed()).as_secs_f64();
    println!(
        "{n} rows in {seconds:.2} s, of which {:.2} s at the end",
        start.elapsed().as_secs_f64()
    );
    assert_eq!(brands[0].by_creator.len(), 300);
    assert!(seconds < 5.0 * n as f64 / 1e6);
}
