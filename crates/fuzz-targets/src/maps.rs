//! Column maps and lists of brands: what the TOML says is then read by.

use super::{read_as, scratch, write};
use microfluence_tables::dataset::ColumnMap;
use microfluence_tables::text::parse_brands;
use std::path::Path;
use std::sync::LazyLock;
use tempfile::TempDir;

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = scratch();
    write(
        folder.path(),
        "t.csv",
        b"id,who,when,n,text\n1,a,2026-03-01,1.2K,love it\n2,b,1772000000,x,\n",
    );
    write(
        folder.path(),
        "t.jsonl",
        b"{\"id\":1,\"who\":{\"name\":\"a\"},\"n\":[1,2],\"text\":\"love\",\"items\":[{\"id\":3},{\"id\":4,\"when\":\"2026-03-01\"}]}\n",
    );
    folder
});

/// Tries `data`, where it is text.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let path = write(FOLDER.path(), "map.toml", text.as_bytes());
    if let Ok(map) = ColumnMap::load(path.to_str().expect("a plain path")) {
        for table in 0..7 {
            for file in ["t.csv", "t.jsonl"] {
                read_as(table, &FOLDER.path().join(file), vec![map.clone()]);
            }
        }
    }
    if let Ok(brands) = parse_brands(Path::new("brands.toml"), text) {
        assert!(!brands.is_empty());
        for brand in brands {
            let _ = (
                brand.is_in("love @it"),
                brand.products_in("love it"),
                brand.handles(),
            );
        }
    }
}
