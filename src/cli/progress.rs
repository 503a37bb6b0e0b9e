//! How far a long reading of texts has come.

use super::host::Host;
use super::log;
use super::term::{count, to_stderr};
use crate::Result;
use crate::inference::{Encoder, Input, ModelSettings, Rows};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Texts between two looks at the clock; about a second's work.
const STEP: usize = 1024;
/// How often a line is printed where there is no terminal.
const BETWEEN_LINES: Duration = Duration::from_secs(10);

/// A model that says how far it has come: a bar with rate and time left on a terminal, a line
/// now and then elsewhere. Answers are kept after each step, so a stopped run loses little.
pub(crate) struct Watched {
    inner: Arc<dyn Encoder>,
    host: Option<Arc<dyn Host>>,
}

impl Watched {
    pub(crate) fn new(inner: Arc<dyn Encoder>, host: Option<Arc<dyn Host>>) -> Self {
        Self { inner, host }
    }
}

impl Encoder for Watched {
    fn encode(&self, inputs: &[Input<'_>]) -> Result<Rows> {
        if inputs.len() <= STEP && self.host.is_none() {
            return self.inner.encode(inputs);
        }
        let bar = if self.host.is_none() {
            bar(inputs.len() as u64)
        } else {
            None
        };
        let (start, mut last) = (Instant::now(), Instant::now());
        let mut all: Option<Rows> = None;
        for (step, part) in inputs.chunks(STEP).enumerate() {
            let rows = self.inner.encode(part)?;
            let all = all.get_or_insert_with(|| Rows::zeros(inputs.len(), rows.width()));
            for (i, row) in rows.iter().enumerate() {
                all.row_mut(step * STEP + i).copy_from_slice(row);
            }
            let done = step * STEP + part.len();
            if let Some(host) = &self.host {
                host.progress(done, inputs.len())?;
                continue;
            }
            match &bar {
                Some(bar) => bar.set_position(done as u64),
                None if last.elapsed() >= BETWEEN_LINES => {
                    last = Instant::now();
                    if log::is_json() {
                        log::progress(done, inputs.len(), start.elapsed());
                    } else {
                        to_stderr(&line(done, inputs.len(), start.elapsed()));
                    }
                }
                None => {}
            }
        }
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
        Ok(all.unwrap_or_default())
    }

    fn settings(&self) -> &ModelSettings {
        self.inner.settings()
    }

    fn backend(&self) -> &'static str {
        self.inner.backend()
    }
}

fn bar(texts: u64) -> Option<ProgressBar> {
    if !std::io::stderr().is_terminal() || log::is_json() {
        return None;
    }
    let style = ProgressStyle::with_template(
        "scoring {bar:30} {human_pos} of {human_len} texts, {per_sec}, {eta} left",
    )
    .ok()?;
    Some(ProgressBar::new(texts).with_style(style.progress_chars("━╸─")))
}

/// `2,048 of 10,000 texts scored, 1,020 a second, 8 s left`
fn line(done: usize, all: usize, since: Duration) -> String {
    let rate = done as f64 / since.as_secs_f64().max(1e-3);
    let left = (all - done) as f64 / rate.max(1e-3);
    format!(
        "{} of {} texts scored, {} a second, {:.0} s left",
        count(done as u64),
        count(all as u64),
        count(rate as u64),
        left.ceil()
    )
}

#[cfg(test)]
mod tests {
    use super::line;
    use std::time::Duration;

    #[test]
    fn the_line_has_rate_and_time_left() {
        assert_eq!(
            line(2048, 10_240, Duration::from_secs(2)),
            "2,048 of 10,240 texts scored, 1,024 a second, 8 s left"
        );
    }
}
