//! CSV and its relatives, plain and packed: the first byte says as which table and under which ending the rest is read.

use super::{look, read_as, scratch, write};
use std::sync::LazyLock;
use tempfile::TempDir;

static FOLDER: LazyLock<TempDir> = LazyLock::new(scratch);
const ENDINGS: [&str; 3] = ["t.csv", "t.csv.gz", "t.csv.zst"];

/// Tries `data`.
pub fn run(data: &[u8]) {
    let Some((&first, rest)) = data.split_first() else {
        return;
    };
    let name = ENDINGS[usize::from(first / 11) % ENDINGS.len()];
    let path = write(FOLDER.path(), name, rest);
    read_as(first, &path, Vec::new());
    look(&path);
}
