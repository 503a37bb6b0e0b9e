//! `microfluence niches`: groups of creators, and their names.

use super::args::{Common, CreatorTables};
use super::layout::table_leaving;
use super::session::Session;
use super::term::count;
use crate::niche::{ClusterOptions, Growth, Method, Taxonomy};
use crate::pipeline::{Niches, find_niches};
use crate::report::{niche_sheet, niche_summary};
use crate::{Error, Result};
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};

#[derive(Debug, Args, serde::Serialize)]
#[command(
    after_help = "Examples:\n  microfluence niches --creators datasets/sample/creators.csv --output niches.csv"
)]
pub(crate) struct NichesArgs {
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) tables: CreatorTables,
    /// Number of niches, or auto.
    #[arg(long, default_value = "auto", value_name = "auto|K")]
    pub(crate) clusters: String,
    /// How to cluster: kmeans, gmm (a mixture of Gaussians) or dbscan (dense regions; it finds their
    /// number itself).
    #[arg(long, default_value = "kmeans", value_name = "NAME")]
    pub(crate) method: String,
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
    let method: Method = args.method.parse()?;
    if method == Method::Dbscan && k.is_some() {
        return Err(
            Error::usage("--method dbscan finds the number of niches itself")
                .with_hint("leave --clusters out, or take --method kmeans or gmm"),
        );
    }
    let taxonomy = taxonomy(args.taxonomy.as_deref())?;
    let tables = session.market(&args.tables)?;
    let encoder = session.embedding_model()?;
    let file = args.taxonomy.as_deref();
    let profiles = session.profiles(&tables, encoder.as_ref(), &taxonomy, file)?;
    if session.shares() {
        return session.finish_part();
    }
    let options = ClusterOptions {
        k,
        method,
        seed: common.seed,
        ..ClusterOptions::default()
    };
    let niches = find_niches(&profiles, &taxonomy, &options)?;
    session.say_foreign(niches.unreadable);
    if niches.without_text > 0 {
        session.voice.say(&format!(
            "{} creators have no text that says anything: they are outliers and in no niche",
            count(niches.without_text as u64)
        ));
    }
    let manifest =
        session.manifest(json!({ "method": method.name(), "components": options.components }));
    session.finish(
        &niche_sheet(&tables.creators, &niches),
        &niche_summary(&manifest, &niches),
        &niches_text(&niches),
    )
}

pub(crate) fn taxonomy(path: Option<&Path>) -> Result<Taxonomy> {
    path.map_or_else(Taxonomy::built_in, Taxonomy::from_file)
}

/// The change between the halves of the time, where there are posts enough.
fn growth(growth: &Growth) -> String {
    match (growth.change, growth.lower, growth.upper) {
        (Some(change), Some(lower), Some(upper)) => format!(
            "{:+.0} % ({:+.0} to {:+.0})",
            100.0 * change,
            100.0 * lower,
            100.0 * upper
        ),
        _ => "unknown".to_owned(),
    }
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
                niches.growth.get(i).map_or_else(String::new, growth),
                niches.typical[i]
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(", "),
            ]
        })
        .collect();
    let mut text = table_leaving(
        &[
            "id",
            "niche",
            "creators",
            "terms",
            "growth (90 %)",
            "typical creators",
        ],
        &[5, 4],
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
