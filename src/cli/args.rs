//! What can be typed: one struct per command, with the text of `--help`.

use super::{
    authenticity, cache, campaign, completions, config, demo, diff, doctor, engagement, evaluate,
    evaluate_ranking, forget, init, label, lift, merge, models, niches, plan, rank, report, run,
    safety, sentiment,
};
use crate::dataset::{Encoding, Pseudonyms};
use crate::text::language_code;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::sync::Arc;

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

impl Cli {
    /// What a command line without the program's name says.
    ///
    /// # Errors
    /// [`crate::Error::Usage`] in the words of the flags' own messages.
    pub(crate) fn of<'t>(arguments: impl IntoIterator<Item = &'t String>) -> crate::Result<Self> {
        let typed = arguments.into_iter().map(String::as_str);
        Self::try_parse_from(std::iter::once("microfluence").chain(typed)).map_err(|e| usage(&e))
    }
}

/// What is wrong with a command line, in one line.
pub(crate) fn usage(error: &clap::Error) -> crate::Error {
    let said = error.render().to_string();
    // What is missing stands in the lines below the first.
    let told = said.lines().take_while(|line| !line.is_empty());
    let told: Vec<&str> = told.map(str::trim).collect();
    crate::Error::usage(told.join(" ").trim_start_matches("error: ").to_owned())
}

/// Flags of every command.
#[derive(Debug, Clone, Args, serde::Serialize)]
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
    #[serde(skip)]
    pub(crate) threads: Option<usize>,
    /// Names of columns: a ready-made map (see `microfluence maps`) or a TOML file. May be
    /// given once per export; a map applies to the tables that it describes.
    #[arg(long, global = true, value_name = "NAME|FILE")]
    pub(crate) map: Vec<String>,
    /// Lines that stand before the header of every table (titles, report preambles). Found where it is not said.
    #[arg(long, global = true, value_name = "N")]
    pub(crate) skip_lines: Option<usize>,
    /// The encoding of texts that are not UTF-8 and have no mark: windows-1251, iso-8859-2, gbk, … Found where it is
    /// not said, if it is UTF-16 or Windows-1252.
    #[arg(long, global = true, value_name = "NAME", value_parser = encoding)]
    pub(crate) encoding: Option<String>,
    /// Stop with exit status 2 at the first row that cannot be used, or where too many find no counterpart.
    #[arg(long, global = true)]
    pub(crate) strict: bool,
    /// The decimal mark of numbers such as 1.500 where no other cell of their column or file says it: point or comma.
    #[arg(long, global = true, value_name = "MARK", value_parser = ["point", "comma"])]
    pub(crate) decimal: Option<String>,
    /// The order of day, month and year in dates such as 05/11/2026 where no other cell says it: dmy, mdy or ymd.
    #[arg(long, global = true, value_name = "ORDER", value_parser = ["dmy", "mdy", "ymd"])]
    pub(crate) dates: Option<String>,
    /// Share of a table's rows that may be rejected. Above 0.1 it is said loudly; where this is set, a run above it
    /// ends with exit status 3, and its results stand beside those that were there.
    #[arg(long, global = true, value_name = "SHARE", value_parser = super::limits::share)]
    #[serde(skip)]
    pub(crate) max_rejected: Option<f64>,
    /// The same for rows that find no counterpart: posts of no creator, comments under no post, spend for nobody.
    #[arg(long, global = true, value_name = "SHARE", value_parser = super::limits::share)]
    #[serde(skip)]
    pub(crate) max_unmatched: Option<f64>,
    /// Write the table here: .csv, .jsonl, .parquet or .xlsx, the first two also with .gz or .zst; - is standard
    /// output.
    #[arg(long, short, global = true, value_name = "PATH")]
    #[serde(skip)]
    pub(crate) output: Option<PathBuf>,
    /// Write the summary document (JSON) here.
    #[arg(long, global = true, value_name = "PATH")]
    #[serde(skip)]
    pub(crate) summary: Option<PathBuf>,
    /// Print the summary document on standard output in place of tables for people.
    #[arg(long, global = true)]
    #[serde(skip)]
    pub(crate) json: bool,
    /// Read every text anew, and keep nothing on disk for the next run.
    #[arg(long, global = true)]
    #[serde(skip)]
    pub(crate) no_cache: bool,
    /// Print errors only.
    #[arg(long, short, global = true)]
    #[serde(skip)]
    pub(crate) quiet: bool,
    /// Say more of what is being done.
    #[arg(long, short, global = true)]
    #[serde(skip)]
    pub(crate) verbose: bool,
    /// How what is done is told on standard error: text for people, or json, one object a line with time, level and
    /// durations.
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    #[serde(skip)]
    pub(crate) log_format: super::log::LogFormat,
    /// The sentiment model: a folder, or a name on the Hugging Face hub, owner/name@revision; the shipped one by
    /// default.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) model: Option<PathBuf>,
    /// Languages to score sentiment in, by two or three letters: en,es. Default: all that the models read; texts whose
    /// language cannot be told are always scored.
    #[arg(long, global = true, value_name = "LIST", value_delimiter = ',')]
    pub(crate) languages: Vec<String>,
    /// The embedding model, likewise.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) embedding_model: Option<PathBuf>,
    /// What runs the models: native, or rust-bert where it was built in.
    #[arg(long, global = true, default_value = "native", value_parser = ["native", "rust-bert"])]
    pub(crate) backend: String,
    /// Read one share of the texts only and write the answers to --output, as a part for `merge`: 3/16 is the third of
    /// sixteen.
    #[arg(long, global = true, value_name = "I/N")]
    #[serde(skip)]
    pub(crate) shard: Option<String>,
    /// Put keyed hashes in the place of ids and handles of creators, authors and visitors, in everything that is
    /// written. The key itself, or better `env:NAME` for a variable or `@FILE` for a file that holds it.
    #[arg(long, global = true, value_name = "KEY", value_parser = hidden_by)]
    #[serde(skip)]
    pub(crate) hash_ids: Option<Arc<Pseudonyms>>,
    /// The flags of every command that were typed.
    #[arg(skip)]
    #[serde(skip)]
    pub(crate) typed: Vec<String>,
    /// What was typed, for the part to say.
    #[arg(skip)]
    #[serde(skip)]
    pub(crate) arguments: Vec<String>,
    /// What was typed, resolved.
    #[arg(skip)]
    #[serde(skip)]
    pub(crate) settings: Option<super::settings::Settings>,
    /// The parts that answers come from.
    #[arg(skip)]
    #[serde(skip)]
    pub(crate) parts: Option<super::merge::Parts>,
    /// What the stages of a run share.
    #[arg(skip)]
    #[serde(skip)]
    pub(crate) memory: Option<Arc<super::memory::RunMemory>>,
    /// Whether the command is a stage of a run, which speaks for it.
    #[arg(skip)]
    #[serde(skip)]
    pub(crate) within_run: bool,
    /// The program that embeds this one.
    #[arg(skip)]
    #[serde(skip)]
    pub(crate) host: Option<Arc<dyn super::host::Host>>,
}

fn encoding(typed: &str) -> crate::Result<String> {
    let known = Encoding::for_label(typed.as_bytes());
    known.map(|e| e.name().to_owned()).ok_or_else(|| {
        crate::Error::usage(format!("no encoding is called {typed:?}")).with_hint(
            "for example windows-1251, iso-8859-2, shift_jis, gbk, big5, euc-kr, macintosh",
        )
    })
}

fn hidden_by(typed: &str) -> crate::Result<Arc<Pseudonyms>> {
    Pseudonyms::from_argument(typed).map(Arc::new)
}

impl Common {
    /// An id as the tables have it once they are read: hidden where ids are.
    pub(crate) fn id(&self, typed: &str) -> String {
        self.hash_ids
            .as_ref()
            .map_or_else(|| typed.to_owned(), |p| p.id(typed))
    }

    /// The codes of the languages that are wanted; `None` is all.
    pub(crate) fn languages(&self) -> crate::Result<Option<Vec<String>>> {
        let code = |typed: &String| {
            language_code(typed).map(str::to_owned).ok_or_else(|| {
                crate::Error::usage(format!(
                    "--languages: {typed:?} is not a language that is told apart"
                ))
                .with_hint("two or three letters each (ISO 639), such as en,es,pt")
            })
        };
        if self.languages.is_empty() {
            return Ok(None);
        }
        self.languages
            .iter()
            .map(code)
            .collect::<crate::Result<_>>()
            .map(Some)
    }

    /// The fingerprint of the key that ids are hidden by.
    pub(crate) fn fingerprint(&self) -> Option<String> {
        self.hash_ids.as_ref().map(|p| p.fingerprint())
    }
}

#[derive(Debug, Subcommand, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Command {
    /// The whole job on the sample tables: a ranking, all tables and a page.
    Demo(demo::DemoArgs),
    /// Every stage that your tables allow, from one file; what is done and unchanged is left as it is.
    Run(run::RunArgs),
    /// Looks at your files, finds out what they are, and writes the file for `run`.
    Init(init::InitArgs),
    /// Prints a commented file for `run`, with the defaults.
    Config(config::ConfigArgs),
    /// One HTML page of what a run has left, to open, print or mail.
    Report(report::ReportArgs),
    /// What differs between two runs: who rose and fell and why, sentiment that moved, faults of the data.
    Diff(diff::DiffArgs),
    /// Polarity of every comment towards a brand, and net sentiment with its interval.
    Sentiment(sentiment::SentimentArgs),
    /// Draws comments for people to label, so that net sentiment can be corrected by them.
    Label(label::LabelArgs),
    /// Groups creators by what they post about, and names the groups.
    Niches(niches::NichesArgs),
    /// Engagement rate of every creator, and the rate that is expected of the next post.
    Engagement(engagement::EngagementArgs),
    /// Signs that an audience is not what it seems, each with what was seen.
    Authenticity(authenticity::AuthenticityArgs),
    /// Brand-unsafe content: each sighting with its post, date and quotation.
    Safety(safety::SafetyArgs),
    /// Ranks micro-influencers for a niche, with reasons.
    Rank(rank::RankArgs),
    /// Chooses creators for a budget, so that nobody's audience is paid for twice.
    Plan(plan::PlanArgs),
    /// What a campaign did: visits, orders, revenue and cost by creator, each order counted once.
    Campaign(campaign::CampaignArgs),
    /// What a campaign caused, from places where it ran and places where it did not.
    Lift(lift::LiftArgs),
    /// How well a sentiment model scores labelled texts, beside VADER.
    Evaluate(evaluate::EvaluateArgs),
    /// Whether a ranking was right, by what its creators did afterwards, beside followers and chance.
    EvaluateRanking(evaluate_ranking::EvaluateRankingArgs),
    /// The result of a run that was shared out with --shard, byte by byte as of one run.
    Merge(merge::MergeArgs),
    /// Lists the shipped models, or exports one.
    Models(models::ModelsArgs),
    /// What is kept from run to run so that no text is read twice: shows it, empties it, sets its size.
    Cache(cache::CacheArgs),
    /// Removes what one person wrote from the cache.
    Forget(forget::ForgetArgs),
    /// Lists the ready-made column maps.
    Maps,
    /// What is wrong with this machine, and how to fix it.
    Doctor(doctor::DoctorArgs),
    /// Prints what a shell completes by, or writes the man pages.
    Completions(completions::CompletionsArgs),
    /// The pages of your runs on this machine, with search, plan and labelling answered at once.
    #[cfg(feature = "serve")]
    Serve(super::serve::ServeArgs),
    /// The same engine for assistants, over standard input and output (Model Context Protocol).
    #[cfg(feature = "mcp")]
    Mcp(super::mcp::McpArgs),
    /// Fine-tunes a sentiment model on labelled text.
    #[cfg(feature = "rust-bert")]
    Train(super::train::TrainArgs),
}

/// The tables of creators and what they posted.
#[derive(Debug, Clone, Args, serde::Serialize)]
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
