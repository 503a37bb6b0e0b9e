//! What people see: text on standard error, tables on standard output.

use super::args::Common;
use super::host::Host;
use super::layout::{fit, table_leaving};
use super::log;
use crate::{Error, Result};
use std::io::{IsTerminal, Write};
use std::sync::Arc;

/// How talkative the program is.
#[derive(Debug, Clone)]
pub(crate) enum Reporter {
    /// Errors only.
    Quiet,
    /// What was done.
    Normal,
    /// What is being done.
    Verbose,
    /// What was done, told to the program that embeds this one.
    Host(Arc<dyn Host>),
}

impl Reporter {
    /// A line of what was done.
    pub(crate) fn say(&self, line: &str) {
        match self {
            Self::Quiet => {}
            Self::Normal | Self::Verbose if std::io::stderr().is_terminal() && !log::is_json() => {
                to_stderr(&fit(line));
            }
            Self::Normal | Self::Verbose => to_stderr(line),
            Self::Host(host) => host.say(line),
        }
    }

    /// A line of what is being done.
    pub(crate) fn detail(&self, line: &str) {
        if matches!(self, Self::Verbose) {
            if log::is_json() {
                return log::detail(line);
            }
            to_stderr(line);
        }
    }

    /// What a stage of a run has found, and how long that took; `None` where it was done before.
    pub(crate) fn stage(&self, stage: &str, result: &str, seconds: Option<f64>) {
        let line = match seconds {
            Some(seconds) => format!("{stage}: {result}; {seconds:.1} s"),
            None => format!("{stage}: done and unchanged; {result}"),
        };
        match self {
            Self::Normal | Self::Verbose if log::is_json() => log::stage(stage, result, seconds),
            _ => self.say(&line),
        }
    }
}

/// One line on standard error, or what a log makes of it; a closed one is nobody's problem.
pub(crate) fn to_stderr(line: &str) {
    if log::is_json() {
        return log::line(line);
    }
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Text on standard output. A reader that has gone away (`| head`) is no error.
pub(crate) fn to_stdout(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// The answer of a run, on standard output, or to the program that embeds this one.
pub(crate) fn say_answer(common: &Common, people: &str) -> Result<()> {
    match &common.host {
        Some(host) => host.say(people),
        None => to_stdout(&format!("\n{}\n", fit(people)))
            .map_err(|e| Error::io("standard output", e))?,
    }
    Ok(())
}

/// The document under --json, else the text for people.
pub(crate) fn show(common: &Common, document: &serde_json::Value, people: &str) -> Result<()> {
    if let Some(path) = &common.summary {
        crate::dataset::write_atomically(path, format!("{document:#}\n").as_bytes())?;
    }
    let text = match (common.json, common.quiet) {
        (true, _) => format!("{document:#}"),
        (false, false) => fit(people),
        (false, true) => return Ok(()),
    };
    to_stdout(&text).map_err(|e| Error::io("standard output", e))
}

/// A table that fits the terminal's width; its last columns go first where it is narrow.
pub(crate) fn table(columns: &[&str], rows: Vec<Vec<String>>) -> String {
    table_leaving(columns, &[], rows)
}

/// Without characters that would steer the terminal or turn the writing direction.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() || *c == '\n')
        .filter(|c| !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        .collect()
}

/// A share as people write it: `4.1 %`.
pub(crate) fn percent(share: f64) -> String {
    if share < 0.001 {
        format!("{:.2} %", 100.0 * share)
    } else {
        format!("{:.1} %", 100.0 * share)
    }
}

/// A count as people write it: `12,345`.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{count, percent, printable};

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(percent(0.0412), "4.1 %");
        assert_eq!(percent(0.00042), "0.04 %");
    }

    #[test]
    fn escape_sequences_do_not_reach_the_terminal() {
        assert_eq!(printable("a\u{1b}[31mb\u{202e}c"), "a[31mbc");
    }
}
