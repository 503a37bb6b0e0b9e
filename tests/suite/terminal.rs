//! What the program shows on a terminal, which `script` plays.

#![allow(clippy::unwrap_used, reason = "a test's helpers stop it by panicking")]

use crate::program::{program, sample, skipped};
use std::process::{Command, Stdio};

/// What a line shows on a terminal of 100 columns, or `None` where no terminal can be played.
fn typed(line: &str, no_color: bool) -> Option<String> {
    let known = program();
    let mut cache = known.get_envs().filter(|(k, _)| *k == "MICROFLUENCE_CACHE");
    let mut terminal = Command::new("script");
    terminal
        .args([
            "-qec",
            &format!("stty cols 100 rows 40; {line}"),
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
        let Some(shown) = typed(&line, false) else {
            return;
        };
        assert!(is_painted(&shown), "{shown:?}");
        let plain = typed(&line, true).unwrap();
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
    let Some(shown) = typed(&line, true) else {
        return;
    };
    assert!(!is_painted(&shown), "{shown:?}");
    let begin = shown.find("Micro-influencers for").unwrap();
    for line in shown[begin..].lines().take(12) {
        assert!(line.chars().count() <= 100, "{line}");
    }
}
