//! What can be typed: one struct per command, with the text of `--help`.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Finds micro-influencers in a niche, measures what is said about a brand, and shows the
/// evidence behind every score.
#[derive(Debug, Parser)]
#[command(name = "microfluence", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Flags of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Flags of every command")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are flags that are typed one by one"
)]
pub(crate) struct Common {
    /// Random seed: same inputs and seed, same output.
    #[arg(long, global = true, default_value_t = 0)]
    pub(crate) seed: u64,
    /// Threads to use; the result does not depend on it. Default: all cores.
    #[arg(long, global = true, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// Names of columns: a ready-made map (see `microfluence maps`) or a TOML file. May be
    /// given once per export; a map applies to the tables that it describes.
    #[arg(long, global = true, value_name = "NAME|FILE")]
    pub(crate) map: Vec<String>,
    /// Stop with exit status 2 at the first row that cannot be used.
    #[arg(long, global = true)]
    pub(crate) strict: bool,
    /// Write the table here: .csv, .jsonl or .parquet, the first two also with .gz or .zst; - is standard output.
    #[arg(long, short, global = true, value_name = "PATH")]
    pub(crate) output: Option<PathBuf>,
    /// Write the summary document (JSON) here.
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) summary: Option<PathBuf>,
    /// Print the summary document on standard output in place of tables for people.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print errors only.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Say more of what is being done.
    #[arg(long, short, global = true)]
    pub(crate) verbose: bool,
    /// Folder of the sentiment model; the shipped one by default.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) model: Option<PathBuf>,
    /// Folder of the embedding model; the shipped one by default.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) embedding_model: Option<PathBuf>,
    /// What runs the models: native, or rust-bert where it was built in.
    #[arg(long, global = true, default_value = "native", value_parser = ["native", "rust-bert"])]
    pub(crate) backend: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The whole job on the sample tables: a ranking, all tables and a page.
    Demo(DemoArgs),
    /// Polarity of every comment towards a brand, and net sentiment with its interval.
    Sentiment(SentimentArgs),
    /// Groups creators by what they post about, and names the groups.
    Niches(NichesArgs),
    /// Engagement rate of every creator, and what the next post will reach.
    Engagement(EngagementArgs),
    /// Ranks micro-influencers for a niche, with reasons.
    Rank(RankArgs),
    /// How well a sentiment model judges texts that people have judged, beside VADER.
    Evaluate(EvaluateArgs),
    /// Lists the shipped models, or exports one.
    Models(ModelsArgs),
    /// Lists the ready-made column maps.
    Maps,
    /// Fine-tunes a sentiment model on labelled text.
    #[cfg(feature = "rust-bert")]
    Train(crate::train::TrainArgs),
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Folder to write to.
    #[arg(long, default_value = "microfluence-demo", value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// The niche to rank for.
    #[arg(long, default_value = "beauty and skincare", value_name = "TEXT")]
    pub(crate) niche: String,
}

/// The tables of creators and what they posted.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Tables")]
pub(crate) struct CreatorTables {
    /// Creators: files or globs. May be left out where a map reads them from the posts.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) creators: Vec<String>,
    /// Posts: files or globs.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) posts: Vec<String>,
    /// Comments: files or globs.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) comments: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct SentimentArgs {
    /// Comments: files or globs.
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    pub(crate) comments: Vec<String>,
    /// Judge towards this brand; may be repeated. Default: the brand column, else the whole text.
    #[arg(long, value_name = "NAME")]
    pub(crate) brand: Vec<String>,
    /// Another name of the brand: a product, a handle. Belongs to the --brand before it, as
    /// "BRAND=ALIAS" where several brands are given.
    #[arg(long, value_name = "NAME")]
    pub(crate) alias: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct NichesArgs {
    #[command(flatten)]
    pub(crate) tables: CreatorTables,
    /// Number of niches, or auto.
    #[arg(long, default_value = "auto", value_name = "auto|K")]
    pub(crate) clusters: String,
    /// Niche descriptions to name by, in the form of datasets/niches.toml.
    #[arg(long, value_name = "FILE")]
    pub(crate) taxonomy: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct EngagementArgs {
    #[command(flatten)]
    pub(crate) tables: CreatorTables,
    /// Leave out every post after this time.
    #[arg(long, value_name = "TIME")]
    pub(crate) as_of: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct RankArgs {
    #[command(flatten)]
    pub(crate) tables: CreatorTables,
    /// The niche: a phrase or hashtags.
    #[arg(long, value_name = "TEXT")]
    pub(crate) niche: String,
    /// The brand that comments are judged towards.
    #[arg(long, value_name = "NAME")]
    pub(crate) brand: Option<String>,
    /// Fewest followers.
    #[arg(long, default_value_t = 1_000, value_name = "N")]
    pub(crate) min_followers: u64,
    /// Most followers.
    #[arg(long, default_value_t = 100_000, value_name = "N")]
    pub(crate) max_followers: u64,
    /// Creators less relevant than this are left out, 0..1.
    #[arg(long, default_value_t = 0.2, value_name = "SHARE")]
    pub(crate) min_relevance: f64,
    /// Print and write only the first N.
    #[arg(long, value_name = "N")]
    pub(crate) top: Option<usize>,
    /// Leave out every post after this time.
    #[arg(long, value_name = "TIME")]
    pub(crate) as_of: Option<String>,
    /// Write the creators who were left out, with the reason.
    #[arg(long, value_name = "PATH")]
    pub(crate) excluded: Option<PathBuf>,
    /// Niche descriptions to search by, in the form of datasets/niches.toml.
    #[arg(long, value_name = "FILE")]
    pub(crate) taxonomy: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct EvaluateArgs {
    /// Labelled texts: files or globs with the columns text, label (negative, neutral, positive)
    /// and, where they have them, target and source.
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    pub(crate) data: Vec<String>,
    /// Write a page with tables and reliability diagrams here.
    #[arg(long, value_name = "PATH")]
    pub(crate) html: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ModelsArgs {
    #[command(subcommand)]
    pub(crate) action: Option<ModelsAction>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModelsAction {
    /// Turns a float32 BERT folder into the int8 folder that the native backend runs fastest.
    Export {
        /// The float32 folder.
        from: PathBuf,
        /// The folder to write.
        to: PathBuf,
        /// Name of the model, as manifests show it.
        #[arg(long)]
        name: String,
    },
    /// Writes the weighted mean of float32 models that were fine-tuned from the same base.
    Average {
        /// Float32 folders, each with its weight: FOLDER=0.8.
        #[arg(required = true, value_name = "FOLDER=WEIGHT")]
        from: Vec<String>,
        /// The folder to write.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
        /// Name of the model, as manifests show it.
        #[arg(long)]
        name: String,
    },
    /// Fits the temperature of a sentiment model on labelled texts that it was not trained on.
    Calibrate {
        /// The folder; its settings are written anew.
        folder: PathBuf,
        /// Labelled texts: files or globs with the columns text, label and, where they have one, target.
        #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
        data: Vec<String>,
    },
}
