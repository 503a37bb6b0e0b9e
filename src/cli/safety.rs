//! `microfluence safety`: brand-unsafe content, creator by creator.

use super::args::{Common, CreatorTables};
use super::candidates::scored;
use super::engagement::as_of;
use super::sentiment::brands;
use super::session::Session;
use super::term::{count, printable, table};
use crate::Result;
use crate::pipeline::assess_brand_safety;
use crate::report::{Sheet, safety_hits_sheet, safety_sheet, safety_summary};
use crate::safety::{SafetyLists, SafetyOptions};
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Creators shown on the terminal, the least safe first.
const SHOWN: usize = 20;
/// Letters of a quotation on the terminal.
const QUOTED: usize = 60;

#[derive(Debug, Args, serde::Serialize)]
#[command(
    after_help = "Examples:\n  microfluence safety --creators datasets/sample/creators.csv --posts datasets/sample/posts.csv --competitor Velvetine --hits hits.csv"
)]
pub(crate) struct SafetyArgs {
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) tables: CreatorTables,
    /// A brand whose advertising speaks against a creator; may be given more than once.
    #[arg(long, value_name = "NAME")]
    pub(crate) competitor: Vec<String>,
    /// The lists of brand-unsafe content, in the form of datasets/safety/lists.toml.
    #[arg(long, value_name = "FILE")]
    pub(crate) safety_lists: Option<PathBuf>,
    /// Write every sighting: post, date, quotation.
    #[arg(long, value_name = "PATH")]
    #[serde(skip)]
    pub(crate) hits: Option<PathBuf>,
    /// Leave out every post after this time.
    #[arg(long, value_name = "TIME")]
    pub(crate) as_of: Option<String>,
}

pub(crate) fn run(args: &SafetyArgs, common: &Common) -> Result<()> {
    let mut session = Session::new("safety", common)?;
    if let Some(path) = &args.hits {
        Sheet::check_ending(path)?;
    }
    let lists = safety_lists(args.safety_lists.as_deref())?;
    let options = SafetyOptions {
        competitors: brands(&args.competitor, &[])?,
        as_of: as_of(args.as_of.as_deref())?,
    };
    let tables = session.market(&args.tables)?;
    let encoder = session.embedding_model()?;
    let scored = scored(&mut session, &tables, &args.tables.comments, None)?;
    let all = assess_brand_safety(encoder.as_ref(), &tables, &scored, &lists, &options)?;
    if session.shares() {
        return session.finish_part();
    }
    let seen: Vec<_> = tables
        .creators
        .iter()
        .zip(&all)
        .filter_map(|(creator, seen)| Some((&creator.creator_id, seen.as_ref()?)))
        .collect();
    if let Some(path) = &args.hits {
        session.write(path, &safety_hits_sheet(&seen))?;
    }
    let mut worst: Vec<_> = seen.iter().filter(|(_, s)| !s.hits.is_empty()).collect();
    worst.sort_by(|a, b| a.1.safety.total_cmp(&b.1.safety).then_with(|| a.0.cmp(b.0)));
    let rows = worst
        .iter()
        .take(SHOWN)
        .filter_map(|(creator, seen)| {
            let (category, _) = seen.strengths.first()?;
            let hit = seen.hits.iter().find(|hit| hit.category == *category)?;
            let mut quoted: String = hit.quotation.chars().take(QUOTED).collect();
            if quoted.len() < hit.quotation.len() {
                quoted.push('…');
            }
            Some(vec![
                creator.to_string(),
                format!("{:.2}", seen.safety),
                count(seen.hits.len() as u64),
                hit.name.clone(),
                hit.published_at
                    .map(|at| at.strftime("%Y-%m-%d").to_string())
                    .unwrap_or_default(),
                printable(&quoted),
            ])
        })
        .collect();
    let text = table(
        &[
            "creator",
            "safety",
            "sightings",
            "heaviest",
            "posted",
            "in the words",
        ],
        rows,
    ) + &format!(
        "\n{} of {} creators show a sighting; a sighting is no verdict: read it.",
        count(worst.len() as u64),
        count(seen.len() as u64)
    );
    let manifest = session.manifest(json!({}));
    session.finish(
        &safety_sheet(&seen),
        &safety_summary(&manifest, &lists, &seen),
        &text,
    )
}

/// The lists of a file, or those that come with the program.
pub(crate) fn safety_lists(file: Option<&Path>) -> Result<SafetyLists> {
    file.map_or_else(SafetyLists::built_in, SafetyLists::from_file)
}
