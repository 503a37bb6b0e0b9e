//! Calling somebody: the rules that a user has set, the file of what they found, and the command that is told.

use super::term::{Reporter, count};
use crate::dataset::write_atomically;
use crate::history::{Alert, Difference, Rule, RunRecord};
use crate::{Error, Result};
use clap::Args;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long the command that is told may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// What calls for attention, and who is told.
#[derive(Debug, Clone, Default, Args, serde::Serialize)]
#[command(next_help_heading = "Alerts")]
pub(crate) struct AlertArgs {
    /// Ends with exit status 4 where this has come true since the run before: "sentiment of Lumora falls by 5", "top 10
    /// changes", "price rises by 20%", "rejected > 1%". May be given several times.
    #[arg(long, value_name = "RULE")]
    pub(crate) alert: Vec<String>,
    /// A command that gets the alerts on standard input, a JSON object a line, where there are any.
    #[arg(long, value_name = "COMMAND")]
    pub(crate) notify: Option<String>,
}

impl AlertArgs {
    /// Takes what was typed over what a file says: rules are added, the command is replaced.
    pub(crate) fn add(&mut self, typed: &Self) {
        self.alert.extend(typed.alert.iter().cloned());
        if typed.notify.is_some() {
            self.notify.clone_from(&typed.notify);
        }
    }

    /// Whether the rules can be held against anything, of a run that keeps records for so many days.
    ///
    /// # Errors
    /// [`Error::Usage`] for what is no rule, and for one about a change where no record of the run before is kept.
    pub(crate) fn check(&self, history: u32) -> Result<()> {
        let rules = self.rules()?;
        match rules.iter().find(|rule| rule.compares()) {
            Some(rule) if history == 0 => Err(Error::usage(format!(
                "alert {:?} compares with the run before, of which `history = 0` keeps no record",
                rule.text()
            ))
            .with_hint("leave `history` out, or say for how many days records are kept")),
            _ => Ok(()),
        }
    }

    /// The rules, read before anything else is done.
    ///
    /// # Errors
    /// [`Error::Usage`] for the first that is no rule.
    pub(crate) fn rules(&self) -> Result<Vec<Rule>> {
        self.alert.iter().map(|text| Rule::parse(text)).collect()
    }

    /// What the rules find, written to `file` (an empty file where they find nothing), and told.
    ///
    /// # Errors
    /// [`Error::Io`] where the file cannot be written.
    pub(crate) fn raise(
        &self,
        runs: (Option<&RunRecord>, &RunRecord),
        difference: Option<&Difference>,
        file: Option<&Path>,
        voice: &Reporter,
    ) -> Result<Vec<Alert>> {
        let rules = self.rules()?;
        let mut alerts = Vec::new();
        for rule in &rules {
            match rule.check(runs.0, runs.1, difference) {
                Ok(raised) => alerts.extend(raised),
                // A rule that sees nothing would be believed to be kept.
                Err(blind) => voice.say(&format!("WARNING: {blind}")),
            }
        }
        if rules.is_empty() {
            return Ok(alerts);
        }
        let mut lines = String::new();
        for alert in &alerts {
            let line = serde_json::to_string(alert).map_err(|e| Error::Internal(e.to_string()))?;
            lines += &line;
            lines.push('\n');
        }
        if let Some(file) = file {
            write_atomically(file, lines.as_bytes())?;
        }
        for alert in &alerts {
            voice.say(&format!("ALERT: {}", alert.text));
        }
        if let Some(command) = self.notify.as_ref().filter(|_| !alerts.is_empty())
            && let Err(why) = told(command, &lines)
        {
            voice.say(&format!("WARNING: --notify {command:?}: {why}"));
        }
        Ok(alerts)
    }
}

/// The error that ends a run in which a rule came true.
pub(crate) fn fired(alerts: &[Alert], file: Option<&Path>) -> Result<()> {
    let Some(first) = alerts.first() else {
        return Ok(());
    };
    let mut message = format!("alert: {} (rule {:?})", first.text, first.rule);
    if alerts.len() > 1 {
        message += &format!(" and {} more", count(alerts.len() as u64 - 1));
    }
    if let Some(file) = file {
        message += &format!("; all are in {}", file.display());
    }
    Err(Error::alert(message))
}

/// Runs the command with the lines on its standard input.
fn told(command: &str, lines: &str) -> std::result::Result<(), String> {
    let (shell, flag) = if cfg!(windows) {
        ("cmd", "/C")
    } else {
        ("sh", "-c")
    };
    let mut child = Command::new(shell)
        .arg(flag)
        .arg(command)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .map_err(|e| e.to_string())?;
    if let Some(mut input) = child.stdin.take() {
        let lines = lines.to_owned();
        // A command that does not read must not hold the run up; one that ends without reading is no failure of it.
        std::thread::spawn(move || {
            let _ = input.write_all(lines.as_bytes());
        });
    }
    wait(&mut child)
}

fn wait(child: &mut Child) -> std::result::Result<(), String> {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        match child.try_wait().map_err(|e| e.to_string())? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(format!("it ended with {status}")),
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    }
    // It may have ended in this moment; either way it is not waited for any longer.
    let _ = child.kill();
    let _ = child.wait();
    Err(format!("it was stopped after {} s", PATIENCE.as_secs()))
}
