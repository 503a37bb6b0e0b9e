//! JSON lines and JSON documents, by a ready-made map or none: the first byte says as which table and how.

use super::{look, read_as, scratch, write};
use microfluence_tables::dataset::{ColumnMap, built_in_maps};
use std::sync::LazyLock;
use tempfile::TempDir;

static FOLDER: LazyLock<TempDir> = LazyLock::new(scratch);
static MAPS: LazyLock<Vec<ColumnMap>> = LazyLock::new(built_in_maps);

/// Tries `data`.
pub fn run(data: &[u8]) {
    let Some((&first, rest)) = data.split_first() else {
        return;
    };
    let how = first / 11;
    let name = if how & 1 == 0 { "t.jsonl" } else { "t.json" };
    let path = write(FOLDER.path(), name, rest);
    let map = MAPS.get(usize::from(how / 2)).cloned();
    read_as(first, &path, map.into_iter().collect());
    look(&path);
}
