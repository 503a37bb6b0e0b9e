//! What is tried with broken input, a module a target, and what the targets share: files in memory where the system has
//! such, and every table read.
//!
//! `fuzz/fuzz_targets` feeds them what a fuzzer finds; the tests of this crate feed them changed seeds, on every build.

pub mod cache;
pub mod cells;
pub mod csv;
pub mod json;
pub mod maps;
pub mod model;
pub mod parquet;
pub mod parts;
pub mod text;

use microfluence_tables::dataset::{
    ColumnMap, ReadOptions, Record, Rejects, guess, peek, read_table,
};
use microfluence_tables::error::panics_are_contained;
use microfluence_tables::schema::{
    Comment, Creator, LabelledComment, LabelledText, Observation, Order, Outcome, Post,
    PredictedCreator, Spend, Visit,
};
use std::backtrace::Backtrace;
use std::path::{Path, PathBuf};
use std::sync::Once;

/// Panics that the program catches itself, in libraries that read what anybody may have damaged, are no findings. Every
/// other one is.
pub fn expect_contained_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|info| {
            if !panics_are_contained() {
                eprintln!("{info}\n{}", Backtrace::force_capture());
                std::process::abort();
            }
        }));
    });
}

/// A folder of this process.
pub fn scratch() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    };
    made.expect("a folder for files")
}

/// A file of the repository, from whichever of its crates this is compiled in.
pub fn file_of_repository(name: &str) -> PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let mut found = from
        .map(|folder| folder.join(name))
        .filter(|path| path.exists());
    found.next().expect("a file of the repository")
}

/// Writes a file.
pub fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("a file in the folder");
    path
}

/// Reads a file as one of the tables, and holds the sum of its rows.
pub fn read_as(table: u8, path: &Path, maps: Vec<ColumnMap>) {
    let options = ReadOptions {
        maps,
        ..ReadOptions::default()
    };
    match table % 11 {
        0 => rows::<Creator>(path, &options),
        1 => rows::<Post>(path, &options),
        2 => rows::<Comment>(path, &options),
        3 => rows::<Visit>(path, &options),
        4 => rows::<Order>(path, &options),
        5 => rows::<Spend>(path, &options),
        6 => rows::<Outcome>(path, &options),
        7 => rows::<Observation>(path, &options),
        8 => rows::<LabelledComment>(path, &options),
        9 => rows::<LabelledText>(path, &options),
        _ => rows::<PredictedCreator>(path, &options),
    }
}

fn rows<T: Record>(path: &Path, options: &ReadOptions) {
    let mut rejects = Rejects::new(false);
    let Ok(table) = read_table::<T>(&[path.to_owned()], options, &mut rejects) else {
        return;
    };
    let input = &table.inputs[0];
    assert_eq!(input.rejected, rejects.count());
    assert_eq!(
        input.rows,
        table.rows.len() + input.rejected + input.repeated + input.left_out,
        "rows read = rows used + rejected + repeated + left out"
    );
}

/// Looks at a file as `init` does.
pub fn look(path: &Path) {
    if let Ok(seen) = peek(path) {
        assert!(seen.rows.iter().all(|row| row.len() == seen.columns.len()));
        let _ = guess(&seen);
    }
}
