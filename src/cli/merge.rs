//! `microfluence merge`: the result of a run that was shared out with `--shard`.

use super::args::{Cli, Command, Common};
use crate::dataset::{Pseudonyms, expand};
use crate::inference::PartAnswers;
use crate::{Error, Place, Result};
use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Debug, Args, serde::Serialize)]
#[command(
    after_help = "Examples:\n  microfluence sentiment --comments datasets/sample/comments.csv --shard 1/2 --output 1.part\n  microfluence sentiment --comments datasets/sample/comments.csv --shard 2/2 --output 2.part\n  microfluence merge 1.part 2.part --output scored.csv"
)]
pub(crate) struct MergeArgs {
    /// The parts of all shares: files or globs, in any order.
    #[arg(value_name = "PART", required = true, num_args = 1..)]
    pub(crate) parts: Vec<String>,
}

/// What a part says of the run that it is a share of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PartManifest {
    pub(crate) version: String,
    pub(crate) command: String,
    /// As typed, without the program's name.
    pub(crate) arguments: Vec<String>,
    /// The settings as resolved, with the files that they name.
    pub(crate) config: String,
    pub(crate) shard: u64,
    pub(crate) of: u64,
    /// Path and sha256 of each file that was read.
    pub(crate) inputs: Vec<(String, String)>,
    pub(crate) models: Vec<PartModel>,
    /// The fingerprint of the key that people are hidden by, which itself no part holds.
    #[serde(default)]
    pub(crate) hash_ids: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct PartModel {
    pub(crate) name: String,
    pub(crate) sha256: String,
    pub(crate) backend: String,
}

/// The parts that a command is to take its answers from.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) answers: Arc<PartAnswers>,
    pub(crate) inputs: Vec<(String, String)>,
    pub(crate) models: Vec<PartModel>,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} answers", self.answers.len())
    }
}

/// The arguments that the program was called with.
pub(crate) fn typed() -> Result<Vec<String>> {
    let all: Vec<String> = std::env::args_os()
        .skip(1)
        .map(OsString::into_string)
        .collect::<std::result::Result<_, _>>()
        .map_err(|odd| Error::usage(format!("{} is not valid UTF-8", odd.display())))?;
    Ok(without_key(&all))
}

/// Flags whose values are ids of creators, one or a pair.
const IDS: [&str; 3] = ["--like", "--explain", "--compare"];

/// What was typed, with pseudonyms in the place of ids where people are hidden: they mean the same to this program.
pub(crate) fn pseudonymize_args(arguments: &[String], by: Option<&Pseudonyms>) -> Vec<String> {
    let Some(pseudonyms) = by else {
        return arguments.to_vec();
    };
    let hide = |ids: &str| {
        let ids: Vec<String> = ids.split(',').map(|id| pseudonyms.id(id)).collect();
        ids.join(",")
    };
    let mut after_flag = false;
    arguments
        .iter()
        .map(|argument| {
            let is_id = std::mem::replace(&mut after_flag, IDS.contains(&argument.as_str()));
            match argument.split_once('=') {
                _ if is_id => hide(argument),
                Some((flag, ids)) if IDS.contains(&flag) => format!("{flag}={}", hide(ids)),
                _ => argument.clone(),
            }
        })
        .collect()
}

/// The same without the key of `--hash-ids`.
fn without_key(arguments: &[String]) -> Vec<String> {
    let mut kept = Vec::with_capacity(arguments.len());
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        if argument == "--" {
            kept.push(argument.clone());
            kept.extend(arguments.cloned());
            break;
        }
        if argument == "--hash-ids" {
            arguments.next();
        } else if !argument.starts_with("--hash-ids=") {
            kept.push(argument.clone());
        }
    }
    kept
}

pub(crate) fn run(args: &MergeArgs, common: &Common) -> Result<()> {
    let paths = expand(&args.parts)?;
    let mut answers = PartAnswers::default();
    let mut all: Vec<(PathBuf, PartManifest)> = Vec::new();
    for path in paths {
        let said: Value = answers.add(&path)?;
        let manifest = serde_json::from_value(said).map_err(|e| {
            Error::input(
                Place::file(&path),
                format!("is no part of this program's: {e}"),
            )
        })?;
        all.push((path, manifest));
    }
    let first = check(&all)?;
    let mut cli = Cli::of(&first.arguments)?;
    if matches!(cli.command, Command::Merge(_)) {
        return Err(Error::usage(
            "the parts are of no command that can be shared out",
        ));
    }
    if common.fingerprint() != first.hash_ids {
        return Err(Error::usage(match (&first.hash_ids, &common.hash_ids) {
            (Some(_), None) => "the parts were written with --hash-ids",
            (None, _) => "the parts were written without --hash-ids",
            _ => "the parts were written with another key of --hash-ids",
        })
        .with_hint("merge as the shares were run, with the same key"));
    }
    cli.common.shard = None;
    cli.common.hash_ids.clone_from(&common.hash_ids);
    cli.common.output.clone_from(&common.output);
    cli.common.summary.clone_from(&common.summary);
    (cli.common.quiet, cli.common.verbose) = (common.quiet, common.verbose);
    (cli.common.json, cli.common.no_cache) = (common.json, common.no_cache);
    let mut inputs = first.inputs.clone();
    inputs.sort();
    cli.common.parts = Some(Parts {
        answers: Arc::new(answers),
        inputs,
        models: first.models.clone(),
    });
    super::dispatch(cli)
}

/// All parts of one run, each once; gives the manifest of one of them.
fn check(all: &[(PathBuf, PartManifest)]) -> Result<&PartManifest> {
    let Some((first_path, first)) = all.first() else {
        return Err(Error::usage("no part was given"));
    };
    let version = env!("CARGO_PKG_VERSION");
    if first.version != version {
        return Err(Error::input(
            Place::file(first_path),
            format!(
                "was written by version {}, this is {version}",
                first.version
            ),
        )
        .with_hint("write and merge parts with the same version of the program"));
    }
    for (path, part) in &all[1..] {
        let differs = [
            ("version", part.version != first.version),
            ("command or config", part.config != first.config),
            ("number of shares", part.of != first.of),
            ("inputs", part.inputs != first.inputs),
            ("model", part.models != first.models),
            ("key of --hash-ids", part.hash_ids != first.hash_ids),
        ];
        if let Some((what, _)) = differs.iter().find(|(_, differs)| *differs) {
            return Err(Error::input(
                Place::file(path),
                format!("differs in its {what} from {}", first_path.display()),
            )
            .with_hint("every share is run with the same command on the same files"));
        }
    }
    let of = |number: u64| all.iter().filter(move |(_, part)| part.shard == number);
    let missing: Vec<String> = (1..=first.of)
        .filter(|number| of(*number).next().is_none())
        .map(|number| number.to_string())
        .collect();
    if !missing.is_empty() {
        return Err(Error::usage(format!(
            "of {} parts number {} is missing",
            first.of,
            missing.join(", ")
        ))
        .with_hint(format!(
            "run the command again with --shard {}/{}",
            missing[0], first.of
        )));
    }
    if let Some(((a, part), (b, _))) =
        (1..=first.of).find_map(|number| of(number).next().zip(of(number).nth(1)))
    {
        return Err(Error::usage(format!(
            "part {} of {} is given twice: {} and {}",
            part.shard,
            part.of,
            a.display(),
            b.display()
        )));
    }
    Ok(first)
}
