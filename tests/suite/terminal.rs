//! What the program shows on a terminal, which `script` plays.

#![allow(clippy::unwrap_used, reason = "a test's helpers stop it by panicking")]

use crate::program::{lines, program, sample, skipped};
use std::process::{Command, Stdio};

/// What a line shows on a terminal of so many columns, or `None` where no terminal can be played.
fn typed(line: &str, columns: usize, no_color: bool) -> Option<String> {
    let known = program();
    let mut cache = known.get_envs().filter(|(k, _)| *k == "MICROFLUENCE_CACHE");
    let mut terminal = Command::new("script");
    terminal
        .args([
            "-qec",
            &format!("stty cols {columns} rows 40; {line}"),
            "/dev/null",
        ])
        .env("MICROFLUENCE_CACHE", cache.next().unwrap().1.unwrap())
        .env("TERM", "xterm-256color")
        .env_remove("NO_COLOR")
        .env_remove("CI")
        .stdin(Stdio::null());
    if no_color {
        terminal.env("NO_COLOR", "1");
    }
    let Ok(output) = terminal.output() else {
        skipped("`script` is not installed, no terminal was played");
        return None;
    };
    Some(String::from_utf8_lossy(&output.stdout).replace('\r', "\n"))
}

/// Whether a text sets colours or weights.
fn is_painted(text: &str) -> bool {
    text.split("\u{1b}[").skip(1).any(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != ';');
        end.is_some_and(|end| rest[end..].starts_with('m'))
    })
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let exe = env!("CARGO_BIN_EXE_microfluence");
    for line in [
        format!("{exe} --help"),
        format!("{exe} rank --no-such-flag"),
    ] {
        let Some(shown) = typed(&line, 100, false) else {
            return;
        };
        assert!(is_painted(&shown), "{shown:?}");
        let plain = typed(&line, 100, true).unwrap();
        assert!(!is_painted(&plain) && plain.contains("Usage"), "{plain:?}");
    }
    let output = program().args(["rank", "--no-such-flag"]).output().unwrap();
    assert!(
        !is_painted(&crate::program::stderr(&output)),
        "colours in a file"
    );
}

#[test]
fn tables_fit_the_terminal_and_its_progress_is_plain_without_colours() {
    let exe = env!("CARGO_BIN_EXE_microfluence");
    let line = format!(
        "{exe} rank --no-cache --niche beauty --creators {} --posts {}",
        sample("creators.csv"),
        sample("posts.csv")
    );
    let Some(shown) = typed(&line, 100, true) else {
        return;
    };
    assert!(!is_painted(&shown), "{shown:?}");
    let begin = shown.find("Micro-influencers for").unwrap();
    for line in shown[begin..].lines().take(12) {
        assert!(line.chars().count() <= 100, "{line}");
    }
}

/// A line of a progress bar, which is drawn over again.
fn is_drawn(line: &str) -> bool {
    line.contains("\u{1b}[") || line.contains("━") || line.contains(" left")
}

/// Numbers and names whole, as a line break or a narrow column would not leave them.
fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

#[test]
fn everything_fits_80_columns_and_no_number_is_split() {
    let exe = env!("CARGO_BIN_EXE_microfluence");
    let folder = tempfile::tempdir().unwrap();
    let panel = crate::program::file(folder.path(), "panel.csv", panel());
    for (name, rows) in [
        ("creators.csv", 120),
        ("posts.csv", 2400),
        ("comments.csv", 400),
        ("visits.csv", 6000),
        ("orders.csv", 500),
        ("spend.csv", 32),
    ] {
        let some: Vec<String> = lines(sample(name)).into_iter().take(rows + 1).collect();
        crate::program::file(folder.path(), name, some.join("\n") + "\n");
    }
    let tables = "--creators creators.csv --posts posts.csv --comments comments.csv";
    let commands = [
        format!("rank --niche beauty {tables}"),
        format!("plan --budget 3000 --niche beauty {tables}"),
        format!(
            "campaign --visits visits.csv --orders orders.csv --spend spend.csv --brand Lumora {tables}"
        ),
        format!("sentiment --brand Lumora {tables}"),
        "engagement --creators creators.csv --posts posts.csv".to_owned(),
        format!("lift --panel {panel} --treated a,b --start 2025-06-01 --end 2025-06-20"),
        format!("authenticity {tables}"),
        format!("niches {tables}"),
    ];
    for command in &commands {
        let line = format!("cd {} && {exe} {command}", folder.path().display());
        let (Some(narrow), Some(wide)) = (typed(&line, 80, true), typed(&line, 300, true)) else {
            return;
        };
        let known = words(&wide);
        for line in narrow.lines().filter(|line| !is_drawn(line)) {
            assert!(line.chars().count() <= 80, "{command}: {line}");
            for word in words(line) {
                let numbers = word.chars().any(|c| c.is_ascii_digit());
                let whole = known.contains(&word) || word.ends_with('…');
                // How long it took, and how wide the terminal is, are of this call alone.
                let own = line.contains("not in 80 columns") || line.contains("texts were known");
                assert!(!numbers || whole || own, "{command}: {word} in {line}");
            }
        }
        // Through a pipe the lines are the same.
        let piped = typed(&format!("{line} 2>/dev/null | cat"), 80, true).unwrap();
        for line in piped.lines() {
            assert!(narrow.contains(line), "{command}: {line}");
        }
    }
    let first = format!("cd {} && {exe} demo --out demo", folder.path().display());
    typed(&first, 80, true).unwrap();
    // The last screen of the demo says whom to book, why, how sure, and where the page is.
    let line = format!("cd {} && {exe} demo --out demo", folder.path().display());
    let shown = typed(&line, 80, true).unwrap();
    let said: Vec<&str> = shown.lines().filter(|l| !l.trim().is_empty()).collect();
    let screen = said[said.len() - 24.min(said.len())..].join("\n");
    for part in [
        "Micro-influencers for",
        "Whom to book for 3,000",
        "1. @",
        "score 0.",
        "rank ",
        "fit 0.",
        "open demo/report.html",
    ] {
        assert!(screen.contains(part), "{part}: {screen}");
    }
    // And where nothing has changed, every stage still says what it has found.
    assert_eq!(shown.matches("done and unchanged; ").count(), 7, "{shown}");
}

/// Twelve places, of which two sell more from June on.
fn panel() -> String {
    let mut text = "location,date,outcome\n".to_owned();
    for place in 'a'..='l' {
        for day in 0..80 {
            let date = jiff::civil::date(2025, 4, 2) + jiff::Span::new().days(day);
            let level = 40 + 10 * (place as i64 - 97) + (day * 7 + place as i64 * 3) % 9;
            let more = if place <= 'b' && day >= 60 { 15 } else { 0 };
            text += &format!("{place},{date},{}\n", level + more);
        }
    }
    text
}
