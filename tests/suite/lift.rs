//! A panel with a planted lift, through the program.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test's helpers stop it by panicking, and say aloud what they skip"
)]

use crate::program::{failure, file, lines, number, run, shared, success, summary, text};
use microfluence::stats::Rng;
use std::collections::BTreeSet;
use std::fmt::Write;

/// The real panel with a lift planted in random places.
#[test]
fn lifts_planted_in_a_real_panel_are_held_by_their_intervals() {
    let Some(panel) = shared("campaigns/geolift/GeoLift_PreTest.csv") else {
        return;
    };
    let rows: Vec<Vec<String>> = lines(&panel)[1..]
        .iter()
        .map(|line| line.split(',').map(str::to_owned).collect())
        .collect();
    let places: Vec<&String> = rows
        .iter()
        .map(|r| &r[0])
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let mut rng = Rng::new(4, "lifts");
    let (mut held, mut alarms) = (0, 0);
    for draw in 0..100 {
        let lift = [0.0, 3.0, 5.0, 10.0][draw % 4];
        let treated: BTreeSet<&String> = (0..=rng.below(4))
            .map(|_| places[rng.below(places.len())])
            .collect();
        let start = format!("2021-03-{:02}", 8 + rng.below(10));
        let mut table = "location,date,outcome\n".to_owned();
        for row in &rows {
            let touched = treated.contains(&row[0]) && row[2] >= start;
            let value: f64 = row[1].parse().unwrap();
            let value = value * if touched { 1.0 + lift / 100.0 } else { 1.0 };
            writeln!(table, "{},{},{value}", row[0], row[2]).unwrap();
        }
        let panel = file(folder.path(), "p.csv", table);
        let out = folder.path().join("l.json");
        let treated: Vec<&str> = treated.iter().map(|t| t.as_str()).collect();
        success(&[
            "lift",
            "--panel",
            &panel,
            "--treated",
            &treated.join(","),
            "--start",
            &start,
            "--end",
            "2021-03-31",
            "--summary",
            &text(&out),
        ]);
        let found = summary(&out);
        held += u32::from(number(&found["lower"]) <= lift && lift <= number(&found["upper"]));
        alarms += u32::from(lift == 0.0 && number(&found["p_value"]) < 0.05);
    }
    assert!(
        (90..=100).contains(&held),
        "{held} of 100 intervals hold the lift"
    );
    assert!(alarms <= 2, "{alarms} of 25 without a lift");
    eprintln!(
        "{held} of 100 intervals hold the planted lift; {alarms} of 25 without one are called significant"
    );
}

#[test]
fn lift_says_what_is_wrong_and_writes_every_method_and_day() {
    let folder = tempfile::tempdir().unwrap();
    let mut table = "place,day,orders\n".to_owned();
    for place in ["a", "b", "c", "d"] {
        for day in 1..=30 {
            let n = 100 + day % 7 * 5 + place.len() * day % 3;
            writeln!(table, "{place},2026-04-{day:02},{n}").unwrap();
        }
    }
    let panel = file(folder.path(), "p.csv", &table);
    let base = [
        "lift",
        "--panel",
        &panel,
        "--start",
        "2026-04-22",
        "--end",
        "2026-04-30",
    ];
    let daily = text(&folder.path().join("d.csv"));
    let output = text(&folder.path().join("l.csv"));
    success(
        &[
            &base[..],
            &["--treated", "a", "--daily", &daily, "--output", &output],
        ]
        .concat(),
    );
    assert_eq!(lines(&daily).len(), 31);
    assert_eq!(lines(&output).len(), 4);
    let error = failure(&[&base[..], &["--treated", "x"]].concat(), 2);
    assert!(error.contains("no such location"), "{error}");
    let twice = file(folder.path(), "t.csv", format!("{table}a,2026-04-01,3\n"));
    let error = failure(
        &[
            "lift",
            "--panel",
            &twice,
            "--treated",
            "a",
            "--start",
            "2026-04-22",
            "--end",
            "2026-04-30",
        ],
        2,
    );
    assert!(error.contains("twice"), "{error}");
    assert!(run(&["lift", "--panel", &panel]).status.code() == Some(2));
}

/// Places that open late, and one wild day: seen as an interval of width 0 with p = 0, and as an upper end of 5.8e13 %.
#[test]
fn lift_leaves_out_places_without_a_past_and_wild_days_have_no_say() {
    let Some(panel) = shared("statistics/lift_mini.csv") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("l.json");
    let of = |panel: &str| {
        success(&[
            "lift",
            "--panel",
            panel,
            "--treated",
            "p0",
            "--start",
            "2024-02-12",
            "--end",
            "2024-02-25",
            "--summary",
            &text(&out),
        ]);
        summary(&out)
    };
    let found = of(&text(&panel));
    assert!((number(&found["lift_percent"]) + 0.08).abs() < 0.01);
    assert!(number(&found["lower"]) < -2.0 && number(&found["upper"]) > 2.0);
    assert!(number(&found["p_value"]) > 0.9, "{found}");
    let warnings = found["warnings"].to_string();
    assert!(
        warnings.contains("p3 (2024-01-01 to 2024-01-30)"),
        "{warnings}"
    );
    let wild = lines(&panel)
        .join("\n")
        .replace("p0,2024-01-02,97", "p0,2024-01-02,97000000");
    let found = of(&file(folder.path(), "w.csv", wild));
    assert!(
        number(&found["upper"]) < 5.0 && number(&found["lower"]) > -5.0,
        "{found}"
    );
    assert!(found["warnings"].to_string().contains("p0 on 2024-01-02"));
}
