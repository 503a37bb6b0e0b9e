//! `microfluence authenticity`: signs that an audience is not what it seems.

use crate::args::{Common, CreatorTables};
use crate::session::Session;
use crate::term::{count, table};
use clap::Args;
use microfluence::Result;
use microfluence::engagement::EngagementOptions;
use microfluence::pipeline::assess_audiences;
use microfluence::report::{authenticity_sheet, authenticity_summary};
use serde_json::json;

/// Creators shown on the terminal, the least authentic first.
const SHOWN: usize = 20;

#[derive(Debug, Args)]
pub(crate) struct AuthenticityArgs {
    #[command(flatten)]
    pub(crate) tables: CreatorTables,
}

pub(crate) fn run(args: &AuthenticityArgs, common: &Common) -> Result<()> {
    let mut session = Session::new("authenticity", common)?;
    let tables = session.tables(&args.tables)?;
    let seen = assess_audiences(&tables, &EngagementOptions::default());
    let mut doubtful: Vec<_> = tables
        .creators
        .iter()
        .zip(&seen)
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
    let manifest = session.manifest(json!({
        "creators": args.tables.creators, "posts": args.tables.posts,
        "comments": args.tables.comments, "map": common.map,
    }));
    session.finish(
        &authenticity_sheet(&tables.creators, &seen),
        &authenticity_summary(&manifest, &tables.creators, &seen),
        &text,
    )
}
