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
        .map(|m| vec![m.name.clone(), tables(m).join(", "), m.description.clone()])
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
