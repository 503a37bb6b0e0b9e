//! The flags of every command: which of them were typed, and which of them a command has no use for. A flag is honoured
//! or refused; one that was taken and did nothing would be believed.

use super::args::Cli;
use super::given::Given;
use crate::{Error, Result};
use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, CommandFactory};

/// How tables are read, and what of them may be lost.
pub(crate) const READING: &[&str] = &[
    "map",
    "skip-lines",
    "encoding",
    "strict",
    "decimal",
    "dates",
    "max-rejected",
    "max-unmatched",
];
/// What reads texts.
pub(crate) const MODELS: &[&str] = &["model", "languages", "embedding-model", "backend"];

/// What a command has no use for; every other flag it honours.
pub(crate) fn unused(command: &str) -> Vec<&'static str> {
    let groups: &[&[&'static str]] = match command {
        "maps" | "cache" | "doctor" => &[READING, MODELS, &["seed", "output"]],
        "config" | "completions" => &[
            READING,
            MODELS,
            &["seed", "output", "summary", "json", "quiet"],
        ],
        "report" => &[READING, MODELS, &["seed", "summary", "json"]],
        // The runs say how they were made.
        "serve" => &[READING, MODELS, &["seed", "output", "summary", "json"]],
        "diff" => &[READING, MODELS, &["seed", "no-cache"]],
        // The parts say how they were made.
        "merge" => &[READING, MODELS, &["seed"]],
        // Each question says what it wants of the answer.
        "mcp" => &[&[
            "output",
            "summary",
            "json",
            "strict",
            "max-rejected",
            "max-unmatched",
        ]],
        "models" => &[&["map", "output", "max-unmatched", "embedding-model"]],
        "forget" => &[&["seed", "output", "max-rejected", "max-unmatched"]],
        "demo" => &[&["map", "output"]],
        "engagement" | "authenticity" => &[MODELS, &["seed"]],
        "lift" | "evaluate-ranking" => &[MODELS, &["max-unmatched"]],
        "sentiment" | "campaign" => &[&["embedding-model"]],
        "label" | "evaluate" => &[&["embedding-model", "max-unmatched"]],
        "niches" | "safety" => &[&["model", "languages"]],
        _ => &[],
    };
    groups.concat()
}

/// The flags of every command that were typed, as they would be typed again.
pub(crate) fn raw_args(matches: &ArgMatches) -> Vec<String> {
    let cli = Cli::command();
    let own = matches.subcommand().map_or(matches, |(_, own)| own);
    let mut all = Vec::new();
    for arg in cli.get_arguments().filter(|arg| arg.is_global_set()) {
        let id = arg.get_id().as_str();
        let Some(long) = arg.get_long() else { continue };
        if own.value_source(id) != Some(ValueSource::CommandLine) {
            continue;
        }
        if matches!(arg.get_action(), ArgAction::SetTrue) {
            all.push(format!("--{long}"));
            continue;
        }
        let values = own.get_raw(id).into_iter().flatten();
        all.extend(values.map(|value| format!("--{long}={}", value.to_string_lossy())));
    }
    all
}

/// The same of settings that were given as values.
pub(crate) fn given(settings: &Given) -> Vec<String> {
    let cli = Cli::command();
    let of_all = cli.get_arguments().filter(|arg| arg.is_global_set());
    of_all
        .filter_map(|arg| super::given::values(arg, settings.get(&super::given::key(arg))?).ok())
        .flatten()
        .collect()
}

/// The name of a flag as [`raw_args`] gives it.
pub(crate) fn name(typed: &str) -> &str {
    let bare = typed.trim_start_matches("--");
    bare.split('=').next().unwrap_or(bare)
}

/// An error where a flag was typed that the command has no use for.
pub(crate) fn check(command: &str, typed: &[String]) -> Result<()> {
    refuse(command, typed, &unused(command))
}

/// An error where one of the `useless` flags was typed.
pub(crate) fn refuse(command: &str, typed: &[String], useless: &[&str]) -> Result<()> {
    let useless = typed
        .iter()
        .map(|flag| name(flag))
        .find(|flag| useless.contains(flag));
    match useless {
        None => Ok(()),
        Some(flag) => Err(
            Error::usage(format!("--{flag}: `{command}` has no use for it")).with_hint(format!(
                "leave it out; `microfluence {command} --help` lists what it takes"
            )),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{raw_args, unused};
    use crate::cli::args::Cli;
    use clap::CommandFactory;

    #[test]
    fn what_was_typed_is_told_from_defaults() {
        let matches = Cli::command()
            .try_get_matches_from([
                "microfluence",
                "run",
                "--seed",
                "7",
                "x.toml",
                "--map=a",
                "--map=b",
                "--strict",
            ])
            .unwrap();
        assert_eq!(
            raw_args(&matches),
            ["--seed=7", "--map=a", "--map=b", "--strict"]
        );
        let matches = Cli::command()
            .try_get_matches_from(["microfluence", "--quiet", "maps"])
            .unwrap();
        assert_eq!(raw_args(&matches), ["--quiet"]);
    }

    #[test]
    fn what_is_refused_is_a_flag() {
        let cli = Cli::command();
        for command in cli.get_subcommands() {
            for flag in unused(command.get_name()) {
                assert!(
                    cli.get_arguments().any(|a| a.get_long() == Some(flag)),
                    "{flag}"
                );
            }
        }
    }
}
