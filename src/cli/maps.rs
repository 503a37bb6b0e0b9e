//! `microfluence maps`: the ready-made column maps.

use super::args::Common;
use super::term::{show, table};
use crate::Result;
use crate::dataset::{ColumnMap, built_in_maps};
use serde_json::json;

pub(crate) fn run(common: &Common) -> Result<()> {
    let maps = built_in_maps();
    let tables = |map: &ColumnMap| {
        [
            "creators", "posts", "comments", "visits", "orders", "spend", "outcomes",
        ]
        .into_iter()
        .filter(|t| map.table(t).is_some())
        .collect::<Vec<_>>()
    };
    let rows = maps
        .iter()
        .map(|m| vec![m.name.clone(), tables(m).join(", "), about(m)])
        .collect();
    let document: Vec<_> = maps
        .iter()
        .map(|m| json!({ "name": m.name, "tables": tables(m), "description": m.description, "source": m.source }))
        .collect();
    show(
        common,
        &json!(document),
        &table(&["map", "tables", "what it reads"], rows),
    )
}

/// What a map reads, and how little that is known where no sample of the export was.
fn about(map: &ColumnMap) -> String {
    let doubt = if map.source.starts_with("none") {
        " No public sample is known."
    } else if map.source.contains("no sample was tried") {
        " Made after the reference; no sample was tried."
    } else {
        ""
    };
    format!("{}{doubt}", map.description)
}
