//! Rows in are rows out and rows rejected, whatever the rows are.

#![allow(clippy::unwrap_used, reason = "a test's helpers stop it by panicking")]

use crate::program::{failure, file, number, stderr};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
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

/// A column of a table that the program wrote.
fn column(path: &Path, name: &str) -> Vec<String> {
    let mut table = csv::Reader::from_path(path).unwrap();
    let at = table
        .headers()
        .unwrap()
        .iter()
        .position(|h| h == name)
        .unwrap();
    table
        .records()
        .map(|row| row.unwrap()[at].to_owned())
        .collect()
}

/// What the manifest says of each input: its table, its rows, how many were rejected, and how many are no rows of it
/// (repeated ones, totals, empty ones).
fn inputs(summary: &Path) -> Vec<(String, usize, usize, usize)> {
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
                number(&i["repeated"]) + number(&i["left_out"]),
            )
        })
        .collect()
}

/// Net sentiment lies in its sampling range and that within its bounds, and every row about the brand has one label.
fn measures_are_in_bounds(summary: &Path, round: u64) {
    let all: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(summary).unwrap()).unwrap();
    let brands = all["brands"].as_array().unwrap();
    assert!(!brands.is_empty());
    for brand in brands {
        let number = |key: &str| brand[key].as_f64().unwrap();
        let (net, lower, upper) = (
            number("net_sentiment"),
            number("sampling_lower"),
            number("sampling_upper"),
        );
        assert!(
            -100.0 <= lower && lower <= net && net <= upper && upper <= 100.0,
            "round {round}: {lower} {net} {upper}"
        );
        let counts = brand["counts"].as_object().unwrap();
        let labelled: u64 = counts.values().map(|n| n.as_u64().unwrap()).sum();
        let about = brand["about"].as_u64().unwrap();
        assert_eq!(labelled, about, "round {round}: {counts:?}");
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

/// Runs a command into `out.csv` and `out.json`, holds the file of rejects to the manifest's count and every table's
/// rows to what was written (`written`: table and rows), and gives what was used of each table.
fn counted(
    here: &Path,
    round: u64,
    command: &[&str],
    written: &[(&str, usize)],
) -> HashMap<String, usize> {
    let (out, summary) = (here.join("out.csv"), here.join("out.json"));
    let rejects = here.join("out.csv.rejects.csv");
    let _ = std::fs::remove_file(&rejects);
    let output = crate::program::program()
        .args(command)
        .arg("--output")
        .arg(&out)
        .arg("--summary")
        .arg(&summary)
        .output()
        .unwrap();
    let name = command[0];
    assert!(
        output.status.success(),
        "round {round}, {name}: {}",
        stderr(&output)
    );
    let inputs = inputs(&summary);
    let rejected: usize = inputs.iter().map(|(_, _, rejected, _)| rejected).sum();
    assert_eq!(count(&rejects), rejected, "round {round}, {name}");
    for (table, rows, _, _) in &inputs {
        let expected = written.iter().find(|(written, _)| written == table);
        assert_eq!(
            Some(*rows),
            expected.map(|e| e.1),
            "round {round}, {name}: rows of {table}"
        );
    }
    inputs
        .into_iter()
        .map(|(table, rows, rejected, none)| (table, rows - rejected - none))
        .collect()
}

/// The summary document that `counted` left.
fn summary(here: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(here.join("out.json")).unwrap()).unwrap()
}

fn whole(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

const ROUNDS: u64 = 12;
const WRITTEN: [(&str, usize); 3] = [("creators", 40), ("posts", 120), ("comments", 60)];

#[test]
fn commands_with_a_row_for_each_creator_or_comment_lose_none() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let mut rejected = 0;
    for round in 0..ROUNDS {
        let [creators, posts, comments] = &tables(here, round + 1);
        let creators_posts = ["--creators", creators, "--posts", posts];
        let all = [&creators_posts[..], &["--comments", comments]].concat();
        let mut rows_out = |name: &str, flags: &[&[&str]]| {
            let used = counted(
                here,
                round,
                &[&[name], &flags.concat()[..]].concat(),
                &WRITTEN,
            );
            for (table, rows) in WRITTEN {
                rejected += used.get(table).map_or(0, |used| rows - used);
            }
            (used, count(&here.join("out.csv")))
        };

        let (used, out) = rows_out("sentiment", &[&["--comments", comments]]);
        assert_eq!(out, used["comments"], "round {round}");
        measures_are_in_bounds(&here.join("out.json"), round);
        let scored = column(&here.join("out.csv"), "status")
            .iter()
            .filter(|status| *status == "scored")
            .count();

        // Every comment that can be judged is on a sheet that has room for it, once.
        let label = ["--comments", comments, "--n", "1000"];
        let (_, out) = rows_out("label", &[&label]);
        let sheet: BTreeSet<String> = column(&here.join("out.csv"), "comment_id")
            .into_iter()
            .collect();
        assert_eq!((out, sheet.len()), (scored, scored), "round {round}");

        for command in ["engagement", "niches"] {
            let clusters: &[&str] = if command == "niches" {
                &["--clusters", "2"]
            } else {
                &[]
            };
            let (used, out) = rows_out(command, &[&creators_posts, clusters]);
            assert_eq!(out, used["creators"], "round {round}, {command}");
        }
        for command in ["authenticity", "safety"] {
            rows_out(command, &[&all]);
        }

        // A creator is ranked, or left out with a reason; has an offer, or was left out.
        let left = here.join("left.csv").display().to_string();
        let niche = [
            "--niche",
            "beauty",
            "--min-relevance",
            "0",
            "--excluded",
            &left,
        ];
        let (used, ranked) = rows_out("rank", &[&all, &niche]);
        assert_eq!(
            ranked + count(&here.join("left.csv")),
            used["creators"],
            "round {round}"
        );
        let budget = ["--budget", "500", "--cost-per-engagement", "0.5"];
        let (used, chosen) = rows_out("plan", &[&all, &niche, &budget]);
        let offers = whole(&summary(here)["offers"]);
        assert_eq!(
            offers + count(&here.join("left.csv")),
            used["creators"],
            "round {round}"
        );
        assert!(chosen <= offers, "round {round}");
    }
    assert!(rejected > 500, "only {rejected} rows were rejected");
}

/// Visits, orders and spend of one round.
fn campaign(here: &Path, seed: u64) -> [String; 3] {
    let mut dice = Dice(seed);
    let visits = table(
        &mut dice,
        "visit_id,at,visitor_id,utm_source,utm_medium,utm_content",
        200,
        |dice, i| {
            let who = dice.up_to(60);
            vec![
                format!("v{i}"),
                format!("2026-04-{:02}T10:00:00Z", 1 + dice.up_to(28)),
                format!("x{who}"),
                "instagram".to_owned(),
                "influencer".to_owned(),
                format!("k{}", dice.up_to(8)),
            ]
        },
    );
    let orders = table(
        &mut dice,
        "order_id,at,value,visitor_id,promo_code,refunded",
        80,
        |dice, i| {
            vec![
                format!("o{i}"),
                format!("2026-04-{:02}T12:00:00Z", 1 + dice.up_to(28)),
                dice.of(&["10.50", "1,234.00", "80", "3.2K"])
                    .replace(',', ""),
                format!("x{}", dice.up_to(60)),
                dice.of(&["", "", "CODE1", "CODE2", "WHO"]).to_owned(),
                dice.of(&["", "", "", "5", "true"]).to_owned(),
            ]
        },
    );
    let spend = table(&mut dice, "creator_id,amount,promo_code", 20, |dice, i| {
        vec![
            format!("k{i}"),
            "250".to_owned(),
            format!("CODE{}", dice.up_to(8)),
        ]
    });
    [
        ("visits.csv", visits),
        ("orders.csv", orders),
        ("spend.csv", spend),
    ]
    .map(|(name, text)| file(here, name, text))
}

/// Ids and values of the orders that were not rejected, by the rejects' lines.
fn orders_used(here: &Path, orders: &str) -> Vec<(String, String)> {
    let mut rejects = csv::Reader::from_path(here.join("out.csv.rejects.csv")).unwrap();
    let lines: BTreeSet<u64> = rejects
        .records()
        .map(Result::unwrap)
        .filter(|row| row[0].ends_with("orders.csv"))
        .map(|row| row[1].parse().unwrap())
        .collect();
    csv::ReaderBuilder::new()
        .flexible(true)
        .from_path(orders)
        .unwrap()
        .records()
        .map(Result::unwrap)
        .filter(|row| !lines.contains(&row.position().unwrap().line()))
        .map(|row| (row[0].trim().to_owned(), row[2].trim().to_owned()))
        .collect()
}

/// No visit, order or amount is lost between the tables and the parts of a campaign's result.
#[test]
fn a_campaign_s_parts_are_all_of_its_visits_orders_and_money() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let mut rejected = 0;
    for round in 0..ROUNDS {
        let [visits, orders, spend] = &campaign(here, round + 100);
        let tables = ["--visits", visits, "--orders", orders, "--spend", spend];
        let written = [("visits", 200), ("orders", 80), ("spend", 20)];
        let used = counted(
            here,
            round,
            &[&["campaign"], &tables[..]].concat(),
            &written,
        );
        rejected += 300 - used.values().sum::<usize>();
        let report = summary(here);
        let (total, notes) = (&report["total"], &report["notes"]);
        assert_eq!(
            whole(&total["visits"]) + whole(&notes["visits_outside_period"]),
            used["visits"],
            "round {round}"
        );
        let rows = orders_used(here, orders);
        assert_eq!(rows.len(), used["orders"], "round {round}");
        let placed: BTreeSet<&String> = rows
            .iter()
            .filter(|(_, value)| value == "-0" || !value.starts_with('-'))
            .map(|(id, _)| id)
            .collect();
        assert_eq!(
            whole(&total["orders_placed"])
                + whole(&notes["voided"])
                + whole(&notes["outside_period"]),
            placed.len(),
            "round {round}"
        );
        let parts = || {
            let creators = report["creators"].as_array().unwrap();
            creators.iter().chain([&report["unattributed"]])
        };
        for key in [
            "spend",
            "visits",
            "orders",
            "orders_placed",
            "gross_revenue",
            "refunds",
            "revenue",
        ] {
            let sum: f64 = parts().map(|part| number(&part[key])).sum();
            let all = number(&total[key]);
            assert!(
                (sum - all).abs() < 1e-6 * all.max(1.0),
                "round {round}, {key}: {sum} of {all}"
            );
        }
        // Whichever rule shares them out, creators get the attributed orders between them, all and no more.
        for (model, rows) in report["attribution"].as_object().unwrap() {
            for key in ["orders", "revenue"] {
                let sum: f64 = rows
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|row| number(&row[key]))
                    .sum();
                let all = number(&report["attributed"][key]);
                assert!(
                    (sum - all).abs() < 1e-4,
                    "round {round}, {model}, {key}: {sum} of {all}"
                );
            }
        }
    }
    assert!(rejected > 200, "only {rejected} rows were rejected");
}

/// Bad rows of a panel are rejected, and a place that lacks a day because of one is an error, not a smaller number.
#[test]
fn a_panel_is_used_to_its_last_row_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    for round in 0..ROUNDS {
        let mut dice = Dice(round + 200);
        let (mut rows, mut good, mut treated) = (Vec::new(), Vec::new(), 0);
        for place in ["north", "south", "east", "west", "centre"] {
            for day in 1..=28 {
                let outcome = 50 + dice.up_to(50) + day % 7;
                treated += if place == "north" { outcome } else { 0 };
                good.push(rows.len());
                rows.push(format!("{place},2026-04-{day:02},{outcome}"));
                if dice.up_to(10) == 0 {
                    let date = dice.of(&["2026-13-45", "NaN", "", "some day"]).to_owned();
                    let outcome = dice
                        .of(&["", "many", "1e999", "NaN", "1.2.3", "=1+1"])
                        .to_owned();
                    rows.push(match dice.up_to(3) {
                        0 => format!("{place},{date},5"),
                        1 => format!("{place},2026-04-{day:02},{outcome}"),
                        _ => format!("{place},2026-04-{day:02}"),
                    });
                }
            }
        }
        let table = |rows: &[String]| format!("location,date,outcome\n{}\n", rows.join("\n"));
        let panel = file(here, "panel.csv", table(&rows));
        let daily = here.join("daily.csv").display().to_string();
        let lift = [
            "lift",
            "--panel",
            &panel,
            "--treated",
            "north",
            "--start",
            "2026-04-22",
            "--end",
            "2026-04-28",
        ];
        let command = [&lift[..], &["--daily", &daily]].concat();
        let used = counted(here, round, &command, &[("panel", rows.len())]);
        assert_eq!(
            (used["panel"], good.len()),
            (5 * 28, 5 * 28),
            "round {round}"
        );
        let observed: f64 = column(Path::new(&daily), "observed")
            .iter()
            .map(|cell| cell.parse::<f64>().unwrap())
            .sum();
        assert!(
            (observed - treated as f64).abs() < 1e-6,
            "round {round}: {observed} of {treated}"
        );

        let spoiled = good[dice.up_to(good.len())];
        let day = rows[spoiled].split(',').nth(1).unwrap().to_owned();
        rows[spoiled] += "x";
        file(here, "panel.csv", table(&rows));
        let out = here.join("none.csv");
        let error = failure(
            &[&lift[..], &["--output", out.to_str().unwrap()]].concat(),
            2,
        );
        assert!(error.contains(&day), "round {round}: {error}");
        assert!(!out.exists(), "round {round}");
        let rejects = here.join("none.csv.rejects.csv");
        // The spoiled row and the bad ones.
        assert_eq!(
            count(&rejects),
            rows.len() - good.len() + 1,
            "round {round}"
        );
        std::fs::remove_file(rejects).unwrap();
    }
}

/// Every judged text is compared or declined.
#[test]
fn a_model_is_judged_by_every_text_that_has_a_label() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let mut rejected = 0;
    for round in 0..ROUNDS {
        let mut dice = Dice(round + 300);
        let rows = table(&mut dice, "text,label,target,source", 50, |dice, i| {
            vec![
                format!(
                    "I {} this thing number {i}",
                    dice.of(&["love", "hate", "own"])
                ),
                dice.of(&["positive", "negative", "neutral"]).to_owned(),
                dice.of(&["", "thing"]).to_owned(),
                dice.of(&["a", "b"]).to_owned(),
            ]
        });
        let data = file(here, "labelled.csv", rows);
        let used = counted(
            here,
            round,
            &["evaluate", "--data", &data],
            &[("labelled", 50)],
        )["labelled"];
        rejected += 50 - used;
        assert_eq!(count(&here.join("out.csv")), used, "round {round}");
        let groups = summary(here)["evaluations"].clone();
        let all = groups
            .as_array()
            .unwrap()
            .iter()
            .find(|g| g["source"].is_null())
            .unwrap();
        assert_eq!(whole(&all["n"]), used, "round {round}");
        let confusion = all["model"]["confusion"].as_array().unwrap();
        let compared: usize = confusion
            .iter()
            .flat_map(|row| row.as_array().unwrap())
            .map(whole)
            .sum();
        assert_eq!(compared + whole(&all["declined"]), used, "round {round}");
    }
    assert!(rejected > 50, "only {rejected} rows were rejected");
}

/// A ranked creator is compared with an outcome, or counted as one without.
#[test]
fn a_ranking_is_judged_by_every_creator_that_it_names() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let mut rejected = 0;
    for round in 0..ROUNDS {
        let mut dice = Dice(round + 400);
        let ranking = table(&mut dice, "creator_id,rank,score", 40, |dice, i| {
            vec![
                format!("k{i}"),
                (i + 1).to_string(),
                format!("0.{}", 10 + dice.up_to(90)),
            ]
        });
        let outcomes = table(&mut dice, "creator_id,revenue", 30, |dice, i| {
            vec![format!("k{}", 2 * i), dice.up_to(500).to_string()]
        });
        let [ranking, outcomes] = [("ranking.csv", ranking), ("outcomes.csv", outcomes)]
            .map(|(name, text)| file(here, name, text));
        let command = [
            "evaluate-ranking",
            "--ranking",
            &ranking,
            "--outcomes",
            &outcomes,
        ];
        let used = counted(here, round, &command, &[("ranking", 40), ("outcomes", 30)]);
        rejected += 70 - used.values().sum::<usize>();
        let found = summary(here);
        assert_eq!(
            whole(&found["creators"]) - whole(&found["unranked"])
                + whole(&found["without_outcome"]),
            used["ranking"],
            "round {round}"
        );
    }
    assert!(rejected > 50, "only {rejected} rows were rejected");
}
