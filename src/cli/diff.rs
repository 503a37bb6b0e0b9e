//! `microfluence diff`: what differs between two runs.

use super::alerts::{AlertArgs, fired};
use super::args::Common;
use super::session::Session;
use super::term::printable;
use crate::history::{Difference, RecordStore, RunRecord, compare};
use crate::report::{changes_sheet, changes_summary};
use crate::{Error, Place, Result};
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};

#[derive(Debug, Args, serde::Serialize)]
#[command(
    after_help = "Examples:\n  microfluence diff monday tuesday\n  microfluence diff microfluence-run\n  \
    microfluence diff microfluence-run/history/00001-2026-11-01.json.gz microfluence-run --output changes.xlsx\n  \
    microfluence diff monday tuesday --alert \"sentiment falls\" --alert \"top 10 changes\""
)]
pub(crate) struct DiffArgs {
    /// The earlier run: its folder, or a record in the history folder of one.
    #[arg(value_name = "OLD")]
    pub(crate) old: PathBuf,
    /// The later run, likewise. Left out, the last two runs into the folder OLD are compared.
    #[arg(value_name = "NEW")]
    pub(crate) new: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) alerts: AlertArgs,
}

pub(crate) fn run(args: &DiffArgs, common: &Common) -> Result<()> {
    args.alerts.rules()?;
    let session = Session::new("diff", common)?;
    let (old, new) = match &args.new {
        Some(new) => (record(&args.old)?, record(new)?),
        None => last_two(&args.old)?,
    };
    comparable(&old, &new)?;
    if let Some(key) = common
        .fingerprint()
        .filter(|key| new.hash_ids.as_ref() != Some(key))
    {
        return Err(Error::usage(format!(
            "--hash-ids: these runs were written without it or with another key (this one's fingerprint is {key})"
        ))
        .with_hint("run them again with --hash-ids and this key, then compare"));
    }
    let difference = compare(&old, &new);
    let alerts = args
        .alerts
        .raise((Some(&old), &new), Some(&difference), None, &session.voice)?;
    let sheet = changes_sheet(&difference, &old, &new);
    let manifest = session.manifest(json!({}));
    let summary = changes_summary(Some(&manifest), &difference, (&old, &new), &alerts);
    session.finish(&sheet, &summary, &text(&difference, &old, &new))?;
    fired(&alerts, None)
}

/// The record of a run, by its folder or by a file of its history.
fn record(path: &Path) -> Result<RunRecord> {
    if path.is_dir() {
        RunRecord::of_folder(path)
    } else if path.exists() {
        RecordStore::read(path)
    } else {
        Err(Error::input(Place::file(path), "no such folder or file")
            .with_hint("name the folder of a run, or a file of its history folder"))
    }
}

/// What stands in a folder now, and what its history says of the run before.
fn last_two(folder: &Path) -> Result<(RunRecord, RunRecord)> {
    let new = record(folder)?;
    let store = RecordStore::open(folder)?;
    let records: Vec<RunRecord> = store
        .paths()
        .map(RecordStore::read)
        .collect::<Result<_>>()?;
    // The last record is of what stands there.
    let old = records
        .into_iter()
        .rev()
        .find(|record| !record.finds_the_same(&new));
    match old {
        Some(old) => Ok((old, new)),
        None => Err(
            Error::input(Place::file(folder), "its history has no run that found anything else")
                .with_hint("`run` keeps a record of each run that finds something else than the one before; with two folders, name both"),
        ),
    }
}

/// Ids that were hidden by two keys have nothing in common.
///
/// # Errors
/// [`Error::Usage`] where they were.
pub(crate) fn comparable(old: &RunRecord, new: &RunRecord) -> Result<()> {
    if old.hash_ids == new.hash_ids {
        return Ok(());
    }
    Err(Error::usage(
        "the two runs hide people by different keys, so that no creator of one can be found in the other",
    )
    .with_hint("run both with the same --hash-ids, or both without"))
}

fn text(difference: &Difference, old: &RunRecord, new: &RunRecord) -> String {
    let when = |run: &RunRecord| {
        run.started_at.map_or_else(
            || "an unknown time".to_owned(),
            |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        )
    };
    let mut text = format!("From {} to {}:", when(old), when(new));
    let lines = difference.sentences(old, new);
    if lines.is_empty() {
        text += if difference.is_empty() {
            "\nnothing differs"
        } else {
            "\nnothing moved beyond chance; the table (--output) has every small difference"
        };
    }
    for line in lines {
        text += &format!("\n- {}", printable(&line));
    }
    text
}
