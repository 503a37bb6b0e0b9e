//! `microfluence report`: the page of what a run has left.

use super::args::Common;
use super::term::{count, to_stderr};
use crate::dataset::write_atomically;
use crate::report::{read_folder, report_page};
use crate::{Error, Place, Result};
use clap::Args;
use std::path::{Path, PathBuf};

#[derive(Debug, Args, serde::Serialize)]
#[command(
    after_help = "Examples:\n  microfluence report --from microfluence-demo\n  microfluence report --from microfluence-demo --output for-the-client.html"
)]
pub(crate) struct ReportArgs {
    /// The folder that `run` or `demo` has written. Without --output the page is report.html in it.
    #[arg(long, value_name = "DIR")]
    pub(crate) from: PathBuf,
}

pub(crate) fn run(args: &ReportArgs, common: &Common) -> Result<()> {
    let output = common
        .output
        .clone()
        .unwrap_or_else(|| args.from.join("report.html"));
    if output.extension().is_none_or(|e| e != "html" && e != "htm") {
        return Err(Error::usage(format!(
            "--output {}: a page's name ends in .html",
            output.display()
        )));
    }
    if let Some(key) = common.fingerprint() {
        hidden_by(&args.from, &key)?;
    }
    let bytes = write_report(&args.from, &output)?;
    if !common.quiet {
        to_stderr(&format!(
            "{}: {} kB, to be opened in any browser, with or without a network",
            output.display(),
            count(bytes as u64 / 1000)
        ));
    }
    Ok(())
}

/// The page quotes what the run has written, so that it must have hidden people itself.
fn hidden_by(folder: &Path, key: &str) -> Result<()> {
    let data = read_folder(folder)?;
    let documents = data["documents"].as_object().into_iter().flatten();
    let mut keys = documents.map(|(name, document)| (name, &document["manifest"]["hash_ids"]));
    let Some((name, found)) = keys.find(|(_, found)| found.as_str() != Some(key)) else {
        return Ok(());
    };
    let why = if found.is_null() {
        "was written without --hash-ids"
    } else {
        "was written with another key of --hash-ids"
    };
    let place = Place::file(folder.join(name).with_extension("json"));
    Err(Error::input(place, why).with_hint("run it again with --hash-ids and this key"))
}

/// Writes the page of a folder, and says how long it is.
pub(crate) fn write_report(from: &Path, output: &Path) -> Result<usize> {
    let page = report_page(&read_folder(from)?)?;
    write_atomically(output, &page)?;
    Ok(page.len())
}
