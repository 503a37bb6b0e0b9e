//! Counts and durations of a run as `OpenMetrics` text, for a collector that reads files.

use crate::dataset::write_atomically;
use crate::history::RunRecord;
use crate::{Error, Result};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use serde_json::Value;
use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

type Number = Gauge<f64, AtomicU64>;
type Labels = Vec<(&'static str, String)>;

/// Writes what there is to count: of a run that failed its end alone, of any other everything that it found.
///
/// # Errors
/// [`Error::Io`] where the file cannot be written.
pub(crate) fn write(
    path: &Path,
    output: Option<&Path>,
    outcome: &Result<()>,
    took: Duration,
) -> Result<()> {
    let status = outcome.as_ref().map_or_else(Error::exit_status, |()| 0);
    let mut metrics = Metrics(Registry::with_prefix("microfluence"));
    metrics.number(
        "run_exit_status",
        "0 done, 1 failed, 2 a mistake in config or input, 3 a limit exceeded, 4 an alert",
        f64::from(status),
    );
    metrics.number(
        "run_duration_seconds",
        "How long the run took",
        took.as_secs_f64(),
    );
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    metrics.number(
        "run_ended_timestamp_seconds",
        "When the run ended",
        now.as_secs_f64(),
    );
    if let Some(output) = output.filter(|_| [0, 3, 4].contains(&status)) {
        // Beyond a limit the results stand beside the last good ones, and are what this run found.
        let folder = match status {
            3 => super::limits::beside(output),
            _ => output.to_owned(),
        };
        metrics.found(&RunRecord::of_folder(&folder)?);
        metrics.stages(&folder);
    }
    let mut text = String::new();
    encode(&mut text, &metrics.0).map_err(|e| Error::Internal(format!("metrics: {e}")))?;
    write_atomically(path, text.as_bytes())
}

struct Metrics(Registry);

impl Metrics {
    fn number(&mut self, name: &str, help: &str, value: f64) {
        let gauge = Number::default();
        gauge.set(value);
        self.0.register(name, help, gauge);
    }

    fn numbers(&mut self, name: &str, help: &str, values: impl IntoIterator<Item = (Labels, f64)>) {
        let family = Family::<Labels, Number>::default();
        for (labels, value) in values {
            family.get_or_create(&labels).set(value);
        }
        self.0.register(name, help, family);
    }

    fn found(&mut self, run: &RunRecord) {
        let rows = run.tables.iter().flat_map(|(table, count)| {
            let used = count.rows.saturating_sub(count.rejected);
            [("used", used), ("rejected", count.rejected)].map(|(state, rows)| {
                let labels = vec![("table", table.clone()), ("state", state.to_owned())];
                (labels, rows as f64)
            })
        });
        self.numbers("rows", "Rows of the tables", rows);
        let unmatched = run.joins.iter().map(|join| {
            let labels = vec![("table", join.table.clone()), ("to", join.to.clone())];
            (labels, join.unmatched as f64)
        });
        self.numbers(
            "unmatched_rows",
            "Rows that name something that is not in the other table",
            unmatched,
        );
        if run.has_ranking {
            self.number(
                "creators_ranked",
                "Creators in the ranking",
                run.ranking.len() as f64,
            );
        }
        if let Some(plan) = &run.plan {
            self.number(
                "creators_booked",
                "Creators in the plan",
                plan.creators.len() as f64,
            );
        }
        let brand = |brand: &Option<String>| vec![("brand", brand.clone().unwrap_or_default())];
        let levels = run.brands.iter();
        let levels = levels.filter_map(|b| Some((brand(&b.brand), b.net_sentiment?)));
        self.numbers(
            "net_sentiment_points",
            "Net sentiment, -100 to 100; no brand is all comments",
            levels,
        );
        let comments = run.brands.iter().map(|b| (brand(&b.brand), b.about as f64));
        self.numbers("comments", "Comments that count", comments);
    }

    fn stages(&mut self, folder: &Path) {
        let state = std::fs::read(folder.join("run.json")).ok();
        let state: Value = state
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        let stages = state["stages"].as_object().into_iter().flatten();
        let seconds = stages.filter_map(|(stage, entry)| {
            Some((vec![("stage", stage.clone())], entry["seconds"].as_f64()?))
        });
        self.numbers(
            "stage_duration_seconds",
            "How long a stage took when it was done last",
            seconds,
        );
    }
}
