//! A run of which nothing is done: what would be, and about how long it would take.

use super::{Run, has_flag};
use crate::cli::args::Cli;
use crate::cli::config::STAGES;
use crate::cli::settings::Settings;
use crate::cli::term::to_stdout;
use crate::{Error, Result};
use clap::CommandFactory;

impl Run<'_> {
    /// What each stage would do, and how long it took when it was done last.
    pub(super) fn say_what_is_to_do(&self) -> Result<()> {
        let cli = Cli::command();
        let mut to_do: Vec<(&str, Option<f64>)> = Vec::new();
        let mut lines = Vec::new();
        for stage in &STAGES {
            let given = match self.settings(&cli, stage) {
                Ok(given) => given,
                Err(reason) => {
                    lines.push(format!("{}: left out, {reason}", stage.command));
                    continue;
                }
            };
            let (parsed, _) = self.command(stage, &given)?;
            let same = self.is_done(stage.command, &self.fingerprint(&Settings::of(&parsed)?)?);
            // What a campaign is compared with is not made yet.
            let waits =
                has_flag(stage, "ranking") && to_do.iter().any(|(stage, _)| *stage == "rank");
            if same && !waits {
                lines.push(format!("{}: done and unchanged", stage.command));
                continue;
            }
            let last = self
                .done
                .get(stage.command)
                .and_then(|entry| entry["seconds"].as_f64());
            lines.push(match last {
                Some(seconds) => format!(
                    "{}: to do; it took {seconds:.1} s the last time",
                    stage.command
                ),
                None => format!("{}: to do, for the first time here", stage.command),
            });
            to_do.push((stage.command, last));
        }
        let known: f64 = to_do.iter().filter_map(|(_, seconds)| *seconds).sum();
        let unknown = to_do
            .iter()
            .filter(|(_, seconds)| seconds.is_none())
            .count();
        lines.push(match (to_do.len(), unknown) {
            (0, _) => "nothing is to do".to_owned(),
            (all, 0) => format!("{all} stages to do, in about {known:.0} s if they take as long as the last time"),
            (all, unknown) => format!("{all} stages to do, {unknown} of them for the first time, so that nobody can say how long they take"),
        });
        lines.push(format!(
            "nothing was written; the results would go to {}",
            self.config.output.display()
        ));
        if let Some(beyond) = self.survey.beyond() {
            lines.push(format!("a limit is exceeded: {beyond}"));
        }
        to_stdout(&lines.join("\n")).map_err(|e| Error::io("standard output", e))
    }
}
