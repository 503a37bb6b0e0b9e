//! `microfluence niches`: groups of creators, and their names.

use crate::args::{Common, CreatorTables};
use crate::session::Session;
use crate::term::{count, table};
use clap::Args;
use microfluence::niche::{ClusterOptions, Taxonomy};
use microfluence::pipeline::{Niches, find_niches, read_profiles};
use microfluence::report::{niche_sheet, niche_summary};
use microfluence::{Error, Result};
use serde_json::json;
use std::path::{Path, PathBuf};

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

pub(crate) fn run(args: &NichesArgs, common: &Common) -> Result<()> {
    let mut session = Session::new("niches", common)?;
    let k = match args.clusters.as_str() {
        "auto" => None,
        text => Some(
            text.parse::<usize>()
                .ok()
                .filter(|k| *k > 0)
                .ok_or_else(|| {
                    Error::usage(format!(
                        "--clusters {text:?}: expected auto or a number from 1 on"
                    ))
                })?,
        ),
    };
    let taxonomy = taxonomy(args.taxonomy.as_deref())?;
    let tables = session.tables(&args.tables)?;
    let encoder = session.embedding_model()?;
    let profiles = read_profiles(encoder.as_ref(), &tables, &taxonomy)?;
    let options = ClusterOptions {
        k,
        seed: common.seed,
        ..ClusterOptions::default()
    };
    let niches = find_niches(&profiles, &taxonomy, &options)?;
    let manifest = session.manifest(json!({
        "creators": args.tables.creators, "posts": args.tables.posts, "map": common.map,
        "clusters": args.clusters, "components": options.components,
    }));
    session.finish(
        &niche_sheet(&tables.creators, &niches),
        &niche_summary(&manifest, &niches),
        &niches_text(&niches),
    )
}

pub(crate) fn taxonomy(path: Option<&Path>) -> Result<Taxonomy> {
    path.map_or_else(Taxonomy::built_in, Taxonomy::from_file)
}

pub(crate) fn niches_text(niches: &Niches) -> String {
    let rows = niches
        .labels
        .iter()
        .enumerate()
        .map(|(i, label)| {
            vec![
                i.to_string(),
                label.name.clone(),
                count(niches.clusters.sizes[i] as u64),
                label
                    .terms
                    .iter()
                    .take(6)
                    .map(|t| t.term.as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
                niches.clusters.medoids[i]
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(", "),
            ]
        })
        .collect();
    let mut text = table(
        &["id", "niche", "creators", "terms", "typical creators"],
        rows,
    );
    if let Some(chosen) = &niches.clusters.chosen {
        text += &format!("\n{} niches, silhouette {:.2}", chosen.k, chosen.silhouette);
        if let Some(stability) = chosen.stability {
            text += &format!(", stability {stability:.2} (adjusted Rand index over resamples)");
        }
    }
    text
}
