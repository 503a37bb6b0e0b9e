//! Parquet: the first byte says as which table the rest is read.

use super::{expect_contained_panics, look, read_as, scratch, write};
use std::sync::LazyLock;
use tempfile::TempDir;

static FOLDER: LazyLock<TempDir> = LazyLock::new(scratch);

/// Tries `data`.
pub fn run(data: &[u8]) {
    expect_contained_panics();
    let Some((&first, rest)) = data.split_first() else {
        return;
    };
    // Half of all mutations would break these four bytes and learn nothing.
    let mut bytes = rest.to_vec();
    if let Some(at) = bytes.len().checked_sub(4) {
        bytes[at..].copy_from_slice(b"PAR1");
    }
    let path = write(FOLDER.path(), "t.parquet", &bytes);
    read_as(first, &path, Vec::new());
    look(&path);
}
