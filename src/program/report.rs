//! `microfluence report`: the page of what a run has left.

use super::args::Common;
use super::term::{count, to_stderr};
use crate::dataset::write_atomically;
use crate::report::{read_folder, report_page};
use crate::{Error, Result};
use clap::Args;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
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

/// Writes the page of a folder, and says how long it is.
pub(crate) fn write_report(from: &Path, output: &Path) -> Result<usize> {
    let page = report_page(&read_folder(from)?)?;
    write_atomically(output, &page)?;
    Ok(page.len())
}
