//! Rows in are rows out and rows rejected, whatever the rows are.

#![allow(clippy::unwrap_used, reason = "a test's helpers stop it by panicking")]

mod program;

use program::{file, stderr};
use std::path::Path;

/// A small generator of its own, so that the tables are the same on every machine.
struct Dice(u64);

impl Dice {
    fn up_to(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.up_to(all.len())]
    }
}

/// Cells as strangers' tools print them: most are good, the others are wrong in every way that is known.
fn cell(dice: &mut Dice, good: &str) -> String {
    if dice.up_to(12) > 0 {
        return good.to_owned();
    }
    dice.of(&[
        "",
        "NaN",
        "-1",
        "1e999",
        "null",
        "\"a, \"\"b\"\"\"",
        "\"two\nlines\"",
        "=1+1",
        "\u{202e}x",
        "0000-13-45",
        "12,3,4",
        " ",
        "9999-12-31",
        "🙂",
        "true",
        "-0",
        "1.2.3",
    ])
    .to_owned()
}

/// A table of `n` rows; some have a cell too many or too few, some repeat an id.
fn table(
    dice: &mut Dice,
    head: &str,
    n: usize,
    row: impl Fn(&mut Dice, usize) -> Vec<String>,
) -> String {
    let mut text = format!("{head}\n");
    for i in 0..n {
        let id = if dice.up_to(20) == 0 { i / 2 } else { i };
        let mut cells: Vec<String> = row(dice, id).iter().map(|good| cell(dice, good)).collect();
        match dice.up_to(40) {
            0 => cells.push("more".to_owned()),
            1 => {
                cells.pop();
            }
            _ => {}
        }
        text += &(cells.join(",") + "\n");
    }
    text
}

fn count(path: &Path) -> usize {
    csv::Reader::from_path(path).map_or(0, |mut table| table.records().map(Result::unwrap).count())
}

/// What the manifest says of each input: its table, its rows, and how many were rejected.
fn inputs(summary: &Path) -> Vec<(String, usize, usize)> {
    let all: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(summary).unwrap()).unwrap();
    let number = |v: &serde_json::Value| usize::try_from(v.as_u64().unwrap()).unwrap();
    all["manifest"]["inputs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| {
            (
                i["table"].as_str().unwrap().to_owned(),
                number(&i["rows"]),
                number(&i["rejected"]),
            )
        })
        .collect()
}

/// Net sentiment lies in its interval and that within its bounds, and every row about the brand has one label.
fn measures_are_in_bounds(summary: &Path, round: u64) {
    let all: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(summary).unwrap()).unwrap();
    let brands = all["brands"].as_array().unwrap();
    assert!(!brands.is_empty());
    for brand in brands {
        let number = |key: &str| brand[key].as_f64().unwrap();
        let (net, lower, upper) = (
            number("net_sentiment"),
            number("net_sentiment_lower"),
            number("net_sentiment_upper"),
        );
        assert!(
            -100.0 <= lower && lower <= net && net <= upper && upper <= 100.0,
            "round {round}: {lower} {net} {upper}"
        );
        let counts = brand["counts"].as_object().unwrap();
        let labelled: u64 = counts.values().map(|n| n.as_u64().unwrap()).sum();
        assert_eq!(Some(labelled), brand["about"].as_u64(), "round {round}");
    }
}

/// Creators, posts and comments of one round.
fn tables(here: &Path, seed: u64) -> [String; 3] {
    let mut dice = Dice(seed);
    let creators = table(
        &mut dice,
        "creator_id,followers,platform,bio,following",
        40,
        |dice, i| {
            let size = dice
                .of(&["1200", "12,345", "304.9K", "1 234", "88000"])
                .to_owned();
            vec![
                format!("k{i}"),
                format!("\"{size}\""),
                "instagram".to_owned(),
                "skin and serum".to_owned(),
                "300".to_owned(),
            ]
        },
    );
    let posts = table(
        &mut dice,
        "post_id,creator_id,published_at,caption,likes,comments",
        120,
        |dice, i| {
            let at = dice
                .of(&["2026-03-01", "2026-03-02T10:00:00Z", "1772000000"])
                .to_owned();
            vec![
                format!("p{i}"),
                format!("k{}", i % 40),
                at,
                format!("a new cream {i}"),
                "50".to_owned(),
                "4".to_owned(),
            ]
        },
    );
    let comments = table(
        &mut dice,
        "comment_id,text,post_id,created_at,likes",
        60,
        |_, i| {
            vec![
                format!("c{i}"),
                format!("I love cream {i}"),
                format!("p{i}"),
                "2026-03-03".to_owned(),
                "1".to_owned(),
            ]
        },
    );
    [
        ("creators.csv", creators),
        ("posts.csv", posts),
        ("comments.csv", comments),
    ]
    .map(|(name, text)| file(here, name, text))
}

#[test]
#[expect(clippy::too_many_lines, reason = "half of it is the list of commands")]
fn no_row_is_lost_by_any_command_on_any_table() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let mut rejected_in_all = 0;
    for round in 0..12_u64 {
        let files = tables(here, round + 1);
        let rows = [40, 120, 60];
        let [creators, posts, comments] = &files;
        let commands: [(&[&str], Option<&str>); 6] = [
            (&["sentiment", "--comments", comments], Some("comments")),
            (
                &["engagement", "--creators", creators, "--posts", posts],
                Some("creators"),
            ),
            (
                &[
                    "authenticity",
                    "--creators",
                    creators,
                    "--posts",
                    posts,
                    "--comments",
                    comments,
                ],
                None,
            ),
            (
                &[
                    "niches",
                    "--creators",
                    creators,
                    "--posts",
                    posts,
                    "--clusters",
                    "2",
                ],
                Some("creators"),
            ),
            (
                &[
                    "safety",
                    "--creators",
                    creators,
                    "--posts",
                    posts,
                    "--comments",
                    comments,
                ],
                None,
            ),
            (
                &[
                    "rank",
                    "--niche",
                    "beauty",
                    "--min-relevance",
                    "0",
                    "--creators",
                    creators,
                    "--posts",
                    posts,
                    "--comments",
                    comments,
                ],
                None,
            ),
        ];
        for (command, one_row_each) in commands {
            let (out, summary) = (here.join("out.csv"), here.join("out.json"));
            let rejects = here.join("out.csv.rejects.csv");
            let _ = std::fs::remove_file(&rejects);
            let output = program::program()
                .args(command)
                .arg("--output")
                .arg(&out)
                .arg("--summary")
                .arg(&summary)
                .output()
                .unwrap();
            assert!(
                output.status.success(),
                "round {round}, {}: {}",
                command[0],
                stderr(&output)
            );
            let inputs = inputs(&summary);
            let rejected: usize = inputs.iter().map(|(_, _, rejected)| rejected).sum();
            assert_eq!(count(&rejects), rejected, "round {round}, {}", command[0]);
            for (name, read, rejected) in &inputs {
                let place = ["creators", "posts", "comments"]
                    .iter()
                    .position(|t| t == name)
                    .unwrap();
                assert_eq!(
                    *read, rows[place],
                    "round {round}, {}: rows of {name}",
                    command[0]
                );
                if Some(name.as_str()) == one_row_each {
                    assert_eq!(
                        count(&out),
                        read - rejected,
                        "round {round}, {}",
                        command[0]
                    );
                }
            }
            if command[0] == "sentiment" {
                measures_are_in_bounds(&summary, round);
            }
            if command[0] == "rank" {
                let excluded = here.join("left.csv");
                let more = [
                    "--excluded",
                    excluded.to_str().unwrap(),
                    "--output",
                    out.to_str().unwrap(),
                ];
                program::success(&command.iter().copied().chain(more).collect::<Vec<_>>());
                let creators = inputs.iter().find(|(name, ..)| name == "creators").unwrap();
                assert_eq!(
                    count(&out) + count(&excluded),
                    creators.1 - creators.2,
                    "round {round}"
                );
            }
            rejected_in_all += rejected;
        }
    }
    assert!(
        rejected_in_all > 500,
        "only {rejected_in_all} rows were rejected"
    );
}
