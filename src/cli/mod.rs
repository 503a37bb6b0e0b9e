//! The program: arguments, printing and exit status; the work is the library's.

mod alerts;
mod args;
mod authenticity;
mod cache;
mod campaign;
mod campaign_text;
mod candidates;
mod completions;
mod config;
mod demo;
mod diff;
mod doctor;
mod engagement;
#[cfg(any(feature = "serve", feature = "mcp"))]
#[cfg_attr(
    not(all(feature = "serve", feature = "mcp")),
    allow(dead_code, unused_imports, reason = "each of the two takes its part")
)]
mod engine;
mod evaluate;
mod evaluate_ranking;
mod flags;
mod folder_lock;
mod forget;
mod given;
mod host;
mod init;
mod label;
mod layout;
mod lift;
mod limits;
mod log;
mod maps;
#[cfg(feature = "mcp")]
mod mcp;
mod memory;
mod merge;
mod metrics;
mod models;
mod niches;
mod nightly;
mod plan;
mod progress;
mod rank;
mod report;
mod results;
mod run;
mod safety;
mod sentiment;
#[cfg(feature = "serve")]
mod serve;
mod session;
mod settings;
mod survey;
mod term;
#[cfg(feature = "rust-bert")]
mod train;
mod typed;

use args::{Cli, Command};
use clap::{CommandFactory, FromArgMatches};
pub use host::{Host, call};
use std::process::ExitCode;

/// The whole program: what was typed, done, and the status to end with.
#[must_use]
pub fn main() -> ExitCode {
    // A defect must not end in a backtrace on somebody's terminal.
    std::panic::set_hook(Box::new(|info| {
        if crate::error::panics_are_contained() {
            return;
        }
        let what = info
            .payload()
            .downcast_ref::<&str>()
            .map(|s| (*s).to_owned())
            .or_else(|| info.payload().downcast_ref::<String>().cloned())
            .unwrap_or_default();
        let place = info
            .location()
            .map(|l| format!(" ({}:{})", l.file(), l.line()))
            .unwrap_or_default();
        term::to_stderr(&format!(
            "error: internal error: {what}{place}; please report it with the command that led here"
        ));
    }));
    let matches = match Cli::command().try_get_matches() {
        Ok(matches) => matches,
        Err(e) if e.use_stderr() && log::is_asked_for(std::env::args()) => {
            log::begin(log::LogFormat::Json);
            log::error(&args::usage(&e));
            return ExitCode::from(2);
        }
        Err(e) => e.exit(),
    };
    let mut cli = Cli::from_arg_matches(&matches).unwrap_or_else(|e| e.exit());
    cli.common.typed = flags::raw_args(&matches);
    let command = matches.subcommand_name().unwrap_or_default().to_owned();
    log::begin(cli.common.log_format);
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        flags::check(&command, &cli.common.typed)?;
        start(cli)
    }));
    match outcome {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => {
            log::error(&error);
            ExitCode::from(error.exit_status())
        }
        Err(_) => ExitCode::from(1),
    }
}

/// Told to stop, the program takes away what it has begun to write and ends as the signal would have ended it.
#[cfg(unix)]
fn stop_cleanly() {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP]) else {
        return;
    };
    std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            crate::dataset::remove_unfinished();
            // Ends the process; where it cannot, the number that shells give to such an end will do.
            let _ = signal_hook::low_level::emulate_default_handler(signal);
            std::process::exit(128 + signal);
        }
    });
}

/// Whether a command, told to stop, answers what is on its way first.
#[cfg(unix)]
fn ends_by_itself(command: &Command) -> bool {
    match command {
        #[cfg(feature = "serve")]
        Command::Serve(_) => true,
        _ => false,
    }
}

fn start(mut cli: Cli) -> crate::Result<()> {
    #[cfg(unix)]
    if !ends_by_itself(&cli.command) {
        stop_cleanly();
    }
    if let Some(threads) = cli.common.threads {
        use_threads(threads)?;
    }
    if cli.common.shard.is_some() {
        cli.common.arguments = merge::typed()?;
    }
    dispatch(cli)
}

/// Sets the number of threads, once for the process.
fn use_threads(threads: usize) -> crate::Result<()> {
    if threads == 0 {
        return Err(crate::Error::usage("--threads 0: expected at least 1"));
    }
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global()
        .map_err(|e| crate::Error::Internal(e.to_string()))
}

/// Does what a command line says, typed or taken from a file.
fn dispatch(mut cli: Cli) -> crate::Result<()> {
    cli.common.settings = Some(settings::Settings::of(&cli)?);
    let common = &cli.common;
    if common.shard.is_some() && !reads_tables(&cli.command) {
        return Err(crate::Error::usage(
            "--shard: this command reads no tables, so there is nothing to share out",
        )
        .with_hint("share out sentiment, label, niches, engagement, authenticity, safety, rank, plan, campaign, lift or evaluate"));
    }
    match &cli.command {
        Command::Forget(args) => forget::run(args, common),
        Command::Merge(args) => merge::run(args, common),
        Command::Run(args) => run::run(args, common),
        Command::Init(args) => init::run(args, common),
        Command::Config(args) => config::run(args, common),
        Command::Report(args) => report::run(args, common),
        Command::Diff(args) => diff::run(args, common),
        Command::Authenticity(args) => authenticity::run(args, common),
        Command::Safety(args) => safety::run(args, common),
        Command::Doctor(args) => doctor::run(args, common),
        Command::Completions(args) => completions::run(args, common),
        Command::Demo(args) => demo::run(args, common),
        Command::Sentiment(args) => sentiment::run(args, common),
        Command::Label(args) => label::run(args, common),
        Command::Niches(args) => niches::run(args, common),
        Command::Engagement(args) => engagement::run(args, common),
        Command::Plan(args) => plan::run(args, common),
        Command::Rank(args) => rank::run(args, common),
        Command::Lift(args) => lift::run(args, common),
        Command::Campaign(args) => campaign::run(args, common),
        Command::EvaluateRanking(args) => evaluate_ranking::run(args, common),
        Command::Evaluate(args) => evaluate::run(args, common),
        Command::Models(args) => models::run(args, common),
        Command::Cache(args) => cache::run(args, common),
        Command::Maps => maps::run(common),
        #[cfg(feature = "serve")]
        Command::Serve(args) => serve::run(args, common),
        #[cfg(feature = "mcp")]
        Command::Mcp(args) => mcp::run(args, common),
        #[cfg(feature = "rust-bert")]
        Command::Train(args) => train::run(args, common),
    }
}

/// Whether a command makes one table of others, as those that can be shared out do.
fn reads_tables(command: &Command) -> bool {
    matches!(
        command,
        Command::Sentiment(_)
            | Command::Label(_)
            | Command::Niches(_)
            | Command::Engagement(_)
            | Command::Authenticity(_)
            | Command::Safety(_)
            | Command::Rank(_)
            | Command::Plan(_)
            | Command::Campaign(_)
            | Command::Lift(_)
            | Command::Evaluate(_)
            | Command::EvaluateRanking(_)
    )
}
