//! `microfluence authenticity`: signs that an audience is not what it seems.

use super::args::{Common, CreatorTables};
use super::session::Session;
use super::term::{count, table};
use crate::authenticity::spam;
use crate::engagement::EngagementOptions;
use crate::pipeline::Tables;
use crate::report::{Sheet, authenticity_sheet, authenticity_summary, spam_sheet};
use crate::{Error, Result};
use clap::Args;
use rayon::prelude::*;
use serde_json::json;
use std::path::PathBuf;

/// Creators shown on the terminal, the least authentic first.
const SHOWN: usize = 20;

#[derive(Debug, Args, serde::Serialize)]
#[command(
    after_help = "Examples:\n  microfluence authenticity --creators datasets/sample/creators.csv\n  microfluence authenticity --comments datasets/sample/comments.csv --comment-output spam.csv"
)]
pub(crate) struct AuthenticityArgs {
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) tables: CreatorTables,
    /// Write how much every comment reads like spam, and why.
    #[arg(long, value_name = "PATH")]
    #[serde(skip)]
    pub(crate) comment_output: Option<PathBuf>,
}

pub(crate) fn run(args: &AuthenticityArgs, common: &Common) -> Result<()> {
    let mut session = Session::new("authenticity", common)?;
    if let Some(path) = &args.comment_output {
        Sheet::check_ending(path)?;
        if args.tables.comments.is_empty() {
            return Err(Error::usage("--comment-output needs --comments"));
        }
    }
    // Comments may be judged by themselves.
    let alone = args.tables.creators.is_empty() && args.tables.posts.is_empty();
    let tables = if alone && !args.tables.comments.is_empty() {
        let comments = session.read(&args.tables.comments)?.rows;
        Tables::new(Vec::new(), Vec::new(), comments)
    } else {
        session.market(&args.tables)?
    };
    if session.shares() {
        return session.finish_part();
    }
    if let Some(path) = &args.comment_output {
        let judged: Vec<_> = tables
            .comments
            .par_iter()
            .map(|c| spam(&c.text))
            .collect::<Result<_>>()?;
        session.write(path, &spam_sheet(&tables.comments, &judged))?;
    }
    let audiences = tables.audiences(&EngagementOptions::default());
    let seen = &audiences.assessments;
    let mut doubtful: Vec<_> = tables
        .creators
        .iter()
        .zip(seen)
        .filter_map(|(creator, seen)| Some((creator, seen.as_ref()?)))
        .filter(|(_, seen)| !seen.flags.is_empty())
        .collect();
    doubtful.sort_by(|a, b| a.1.authenticity.total_cmp(&b.1.authenticity));
    let rows = doubtful
        .iter()
        .take(SHOWN)
        .map(|(creator, seen)| {
            let flags: Vec<String> = seen
                .flags
                .iter()
                .map(|f| format!("{}: {}", f.name, f.evidence))
                .collect();
            vec![
                creator.creator_id.to_string(),
                format!("{:.2}", seen.authenticity),
                flags.join("; "),
            ]
        })
        .collect();
    let text = table(&["creator", "authenticity", "what was seen"], rows)
        + &format!(
            "\n{} of {} creators show a sign; a sign is no proof.",
            count(doubtful.len() as u64),
            count(seen.len() as u64)
        );
    let manifest = session.manifest(json!({}));
    session.finish(
        &authenticity_sheet(&tables.creators, seen),
        &authenticity_summary(&manifest, &tables.creators, seen),
        &text,
    )
}
