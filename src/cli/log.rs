//! Log lines for machines: one JSON object a line on standard error, with time, level, and what there is to count.

use crate::Error;
use clap::ValueEnum;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tracing::{debug, error, info, warn};

/// How what is done is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// JSON lines.
    Json,
}

static JSON: AtomicBool = AtomicBool::new(false);

/// From here on, lines are told in this format.
pub(crate) fn begin(format: LogFormat) {
    if format == LogFormat::Text {
        return;
    }
    let lines = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_target(false)
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(std::io::stderr);
    // Somebody's program that has set a log of its own keeps it, and gets these lines too.
    let _ = lines.try_init();
    JSON.store(true, Ordering::Relaxed);
}

/// Whether JSON was typed, in a command line that cannot be read otherwise.
pub(crate) fn is_asked_for(typed: impl Iterator<Item = String>) -> bool {
    let typed: Vec<String> = typed.collect();
    let apart = |pair: &[String]| pair[0] == "--log-format" && pair[1] == "json";
    typed.iter().any(|t| t == "--log-format=json") || typed.windows(2).any(apart)
}

/// Whether lines are JSON.
pub(crate) fn is_json() -> bool {
    JSON.load(Ordering::Relaxed)
}

/// A line that was made for people; its beginning says how grave it is.
pub(crate) fn line(text: &str) {
    let text = text.trim();
    let after = |mark: &str| text.strip_prefix(mark).map(str::trim);
    if let Some(text) = after("error:") {
        error!("{text}");
    } else if let Some(text) = after("ALERT:") {
        warn!(alert = true, "{text}");
    } else if let Some(text) = after("WARNING:").or_else(|| after("warning:")) {
        warn!("{text}");
    } else {
        info!("{text}");
    }
}

/// What is being done.
pub(crate) fn detail(text: &str) {
    debug!("{text}");
}

/// What a stage has found.
pub(crate) fn stage(stage: &str, result: &str, seconds: Option<f64>) {
    info!(stage, seconds, done_before = seconds.is_none(), "{result}");
}

/// How far a reading of texts has come.
pub(crate) fn progress(done: usize, of: usize, since: Duration) {
    let rate = done as f64 / since.as_secs_f64().max(1e-3);
    info!(texts = done, of, texts_a_second = rate, "scoring texts");
}

/// Why the program ends.
pub(crate) fn error(error: &Error) {
    if !is_json() {
        return super::term::to_stderr(&format!("error: {error}"));
    }
    let place = match error {
        Error::Input { place, .. } => Some(place),
        _ => None,
    };
    let file = place.map(|place| place.file.display().to_string());
    let line = place.and_then(|place| place.line);
    let column = place.and_then(|place| place.column.as_deref());
    error!(
        exit_status = error.exit_status(),
        file, line, column, "{error}"
    );
}
