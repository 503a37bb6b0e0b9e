//! `microfluence mcp`: the commands as tools for assistants, over standard input and output (Model Context Protocol).
//!
//! It reads the files that it was started with and no others; on standard output stands the protocol alone.

mod server;
mod tools;

use super::args::Common;
use super::config::RunConfig;
use super::engine::{Engine, Source};
use super::given::Given;
use super::session::Session;
use super::term::to_stderr;
use crate::dataset::expand;
use crate::inference::{Backend, ModelFolder};
use crate::{Error, Result};
use clap::Args;
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(Debug, Args, serde::Serialize)]
#[command(
    after_help = "Examples:\n  microfluence mcp --creators datasets/sample/creators.csv --posts datasets/sample/posts.csv\n  microfluence mcp --config microfluence.toml"
)]
pub(crate) struct McpArgs {
    /// The file of a run: its tables and its settings.
    #[arg(long, value_name = "FILE.toml", conflicts_with_all = ["creators", "posts", "comments", "visits", "orders", "spend", "panel"])]
    config: Option<PathBuf>,
    /// Creators: files or globs. May be left out where a map reads them from the posts.
    #[arg(long, value_name = "FILE", num_args = 1.., help_heading = "Tables")]
    creators: Vec<String>,
    /// Posts: files or globs.
    #[arg(long, value_name = "FILE", num_args = 1.., help_heading = "Tables")]
    posts: Vec<String>,
    /// Comments: files or globs.
    #[arg(long, value_name = "FILE", num_args = 1.., help_heading = "Tables")]
    comments: Vec<String>,
    /// Visits to the shop's pages: files or globs.
    #[arg(long, value_name = "FILE", num_args = 1.., help_heading = "Tables")]
    visits: Vec<String>,
    /// Orders: files or globs.
    #[arg(long, value_name = "FILE", num_args = 1.., help_heading = "Tables")]
    orders: Vec<String>,
    /// What each creator was paid: files or globs.
    #[arg(long, value_name = "FILE", num_args = 1.., help_heading = "Tables")]
    spend: Vec<String>,
    /// A panel of places by days, for lift: files or globs.
    #[arg(long, value_name = "FILE", num_args = 1.., help_heading = "Tables")]
    panel: Vec<String>,
}

pub(crate) fn run(args: &McpArgs, common: &Common) -> Result<()> {
    let source = source(args, common)?;
    check(&source, common)?;
    if !common.quiet {
        to_stderr(
            "waiting for an assistant's program on standard input; it ends when that closes it",
        );
    }
    server::run(Engine::new(source))
}

/// What the questions will be about.
fn source(args: &McpArgs, common: &Common) -> Result<Source> {
    let mut source = match &args.config {
        Some(path) => {
            let mut config = RunConfig::read(path)?;
            config.override_by(&common.typed);
            Source::of_config(config)
        }
        None => Source {
            tables: tables(args),
            common: Given::typed(&common.typed),
            ..Source::default()
        },
    };
    // What is about the terminal is nothing to an answer.
    let own = [
        "quiet",
        "verbose",
        "threads",
        "no_cache",
        "log_format",
        "hash_ids",
    ];
    let of_file = |key: &str| args.config.is_some() && key == "hash_ids";
    source
        .common
        .retain(|key| !own.contains(&key) || of_file(key));
    source.no_cache = common.no_cache;
    source.hash_ids.clone_from(&common.hash_ids);
    Ok(source)
}

fn tables(args: &McpArgs) -> BTreeMap<String, Vec<String>> {
    let all = [
        ("creators", &args.creators),
        ("posts", &args.posts),
        ("comments", &args.comments),
        ("visits", &args.visits),
        ("orders", &args.orders),
        ("spend", &args.spend),
        ("panel", &args.panel),
    ];
    all.into_iter()
        .filter(|(_, files)| !files.is_empty())
        .map(|(table, files)| (table.to_owned(), files.clone()))
        .collect()
}

/// What is wrong already, said before anybody asks.
fn check(source: &Source, common: &Common) -> Result<()> {
    if source.tables.is_empty() {
        return Err(
            Error::usage("no table was named, so there is nothing to ask about").with_hint(
                "give --creators FILE, --posts FILE and what else there is, or --config FILE.toml",
            ),
        );
    }
    for files in source.tables.values() {
        expand(files)?;
    }
    let mut session = Session::new("mcp", common)?;
    session.let_others_write();
    Backend::named(&common.backend)?;
    for folder in [&common.model, &common.embedding_model]
        .into_iter()
        .flatten()
    {
        ModelFolder::open(folder)?;
    }
    Ok(())
}
