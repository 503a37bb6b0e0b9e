//! `microfluence doctor`: what is wrong with this machine, and how to fix it.

use super::args::Common;
use super::term::{count, show, table};
use crate::inference::native::{CpuPath, INSTRUCTIONS_VARIABLE, multiplications_a_second};
use crate::inference::{DiskCache, MODELS_VARIABLE, ModelFolder, cache_folder, shipped_models};
use crate::{Error, Result};
use clap::Args;
use rayon::prelude::*;
use serde_json::json;
use std::io::{IsTerminal, Write};
use std::time::Duration;

#[derive(Debug, Args, serde::Serialize)]
#[command(after_help = "Examples:\n  microfluence doctor\n  microfluence doctor --json")]
pub(crate) struct DoctorArgs {}

/// How a thing stands.
#[derive(Clone, Copy, PartialEq)]
enum State {
    Good,
    /// It works, though not as well as it could.
    Note,
    Wrong,
}

struct Finding {
    what: &'static str,
    state: State,
    found: String,
    /// What to do about it; empty where there is nothing to do.
    fix: String,
}

pub(crate) fn run(_args: &DoctorArgs, common: &Common) -> Result<()> {
    let mut findings = vec![processor(), threads(common)];
    findings.extend(models());
    findings.extend([temporary(), cache(), terminal()]);
    let name = |state| match state {
        State::Good => "good",
        State::Note => "note",
        State::Wrong => "wrong",
    };
    let document = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "findings": findings.iter().map(|f| json!({ "what": f.what, "state": name(f.state), "found": f.found, "fix": f.fix })).collect::<Vec<_>>(),
    });
    let rows = findings
        .iter()
        .map(|f| {
            vec![
                f.what.to_owned(),
                name(f.state).to_owned(),
                f.found.clone(),
                f.fix.clone(),
            ]
        })
        .collect();
    show(
        common,
        &document,
        &table(&["what", "is", "found", "what to do"], rows),
    )?;
    let wrong = findings.iter().filter(|f| f.state == State::Wrong).count();
    if wrong > 0 {
        return Err(Error::io(
            "this machine",
            std::io::Error::other(format!(
                "{wrong} of {} things are wrong; the table says what to do",
                findings.len()
            )),
        ));
    }
    Ok(())
}

fn finding(
    what: &'static str,
    state: State,
    found: impl Into<String>,
    fix: impl Into<String>,
) -> Finding {
    Finding {
        what,
        state,
        found: found.into(),
        fix: fix.into(),
    }
}

/// The instructions in use, and what they do on this machine.
fn processor() -> Finding {
    let path = match CpuPath::chosen() {
        Ok(path) => path,
        Err(error) => {
            let fix = format!("unset {INSTRUCTIONS_VARIABLE}");
            return finding("processor", State::Wrong, error.to_string(), fix);
        }
    };
    let rate = multiplications_a_second(path, Duration::from_millis(2)) / 1e9;
    let found = format!(
        "{}, models run by {}: {rate:.0} billion multiplications a second and core",
        std::env::consts::ARCH,
        path.name()
    );
    if path != CpuPath::detect() {
        let fix = format!(
            "{INSTRUCTIONS_VARIABLE} asks for it; {} would be faster, with the same results",
            CpuPath::detect().name()
        );
        finding("processor", State::Note, found, fix)
    } else if path == CpuPath::Portable {
        finding(
            "processor",
            State::Note,
            found,
            "models run several times slower without AVX2: another machine helps, or a virtual machine that passes the processor's features through",
        )
    } else {
        finding("processor", State::Good, found, "")
    }
}

fn threads(common: &Common) -> Finding {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let used = common.threads.unwrap_or(cores);
    let found = format!("{used} of {cores} cores");
    if used > cores {
        finding(
            "threads",
            State::Note,
            found,
            "more threads than cores make it slower: leave --threads out",
        )
    } else {
        finding("threads", State::Good, found, "")
    }
}

/// The shipped models; opening one checks every file's sha256.
fn models() -> Vec<Finding> {
    let fix = format!(
        "set {MODELS_VARIABLE} to a whole copy of the folder models, of the source or of a release archive"
    );
    let folders = shipped_models();
    let mut findings = Vec::new();
    for name in [
        "sentiment",
        "sentiment-multi",
        "embedding",
        "embedding-multi",
    ] {
        if folders
            .iter()
            .all(|f| f.file_name().is_none_or(|n| n != name))
        {
            findings.push(finding(
                "model",
                State::Wrong,
                format!("{name} is not found"),
                fix.clone(),
            ));
        }
    }
    // Side by side, for a sum over all bytes is what this command takes its time for.
    let opened: Vec<_> = folders.par_iter().map(ModelFolder::open).collect();
    for (folder, opened) in folders.iter().zip(opened) {
        findings.push(match opened {
            Ok(model) => finding(
                "model",
                State::Good,
                format!(
                    "{}, sha256 right ({}…)",
                    folder.display(),
                    &model.weights_sha256()[..12]
                ),
                "",
            ),
            Err(error) => finding("model", State::Wrong, error.to_string(), fix.clone()),
        });
    }
    findings
}

fn temporary() -> Finding {
    let folder = std::env::temp_dir();
    let written =
        tempfile::NamedTempFile::new_in(&folder).and_then(|mut file| file.write_all(&[0; 4096]));
    match written {
        Ok(()) => finding(
            "temporary files",
            State::Good,
            format!("{} can be written", folder.display()),
            "",
        ),
        Err(error) => finding(
            "temporary files",
            State::Wrong,
            format!("{}: {error}", folder.display()),
            "set TMPDIR to a folder that can be written and has room",
        ),
    }
}

fn cache() -> Finding {
    let Some(folder) = cache_folder() else {
        return finding(
            "cache",
            State::Note,
            "no folder for it is known",
            "set MICROFLUENCE_CACHE to a folder, or texts are read anew in every run",
        );
    };
    match DiskCache::open(&folder).and_then(|cache| cache.status()) {
        Ok(status) => finding(
            "cache",
            State::Good,
            format!("{}, {} texts", status.path.display(), count(status.entries)),
            "",
        ),
        Err(error) => finding(
            "cache",
            State::Note,
            error.to_string(),
            "set MICROFLUENCE_CACHE to a folder that can be written; `microfluence cache clear` removes a damaged one",
        ),
    }
}

fn terminal() -> Finding {
    let out = std::io::stdout().is_terminal();
    let errors = std::io::stderr().is_terminal();
    let found = match (out, errors) {
        (true, true) => "a terminal: tables fit its width, long work shows a bar",
        (false, true) => "a bar on the terminal, results to a file or another program",
        _ => "none: plain lines, tables of 80 columns or as many as COLUMNS says",
    };
    let language = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|v| std::env::var(v).ok().filter(|v| !v.is_empty()));
    let utf8 = language.as_deref().is_none_or(|l| {
        l.to_lowercase().replace('-', "").contains("utf8") || l == "C" || l == "POSIX"
    });
    if utf8 || cfg!(windows) {
        finding("terminal", State::Good, found, "")
    } else {
        finding(
            "terminal",
            State::Note,
            format!("{found}; its language is {}", language.unwrap_or_default()),
            "names in other scripts may not be shown: set LANG to a UTF-8 one, such as C.UTF-8",
        )
    }
}
