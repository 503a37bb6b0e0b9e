//! What the house asks of its texts: prose of at most 120 letters a line, in pages as in comments, and a README that is
//! read to its end.

#![allow(clippy::unwrap_used, reason = "a test's helpers stop it by panicking")]

use std::path::{Path, PathBuf};

const WIDEST: usize = 120;

/// The files with this ending that belong to the project.
fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let made = ["target", "node_modules", "shared"].contains(&name.as_str());
        if path.is_dir() && !path.is_symlink() && !name.starts_with('.') && !made {
            files(&path, ending, found);
        } else if path.extension().is_some_and(|e| e == ending) {
            found.push(path);
        }
    }
}

/// Lines of prose in a page: none of code, tables or links' addresses.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut code = false;
    text.lines().enumerate().filter(move |(_, line)| {
        if line.trim_start().starts_with("```") {
            code = !code;
        }
        !code && !line.starts_with('|') && !line.starts_with("    ")
    })
}

/// The words of a comment on a line of its own, but for tables.
fn comment(line: &str) -> Option<&str> {
    let words = line.trim_start().strip_prefix("//")?;
    let words = words.trim_start_matches(['/', '!']).trim_start();
    (!words.starts_with('|')).then_some(line)
}

#[test]
fn lines_of_prose_are_no_wider_than_a_screen() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let (mut pages, mut sources) = (Vec::new(), Vec::new());
    files(&root, "md", &mut pages);
    files(&root, "rs", &mut sources);
    assert!(pages.len() > 30 && sources.len() > 200);
    let mut wide = Vec::new();
    // A single word, such as an address, cannot be broken.
    let too_wide = |line: &str| {
        line.chars().count() > WIDEST
            && line.trim().split(' ').filter(|w| !w.is_empty()).count() > 2
    };
    let mut say = |path: &Path, at: usize| {
        let path = path.strip_prefix(&root).unwrap_or(path);
        wide.push(format!("{}:{}", path.display(), at + 1));
    };
    for path in &pages {
        let text = std::fs::read_to_string(path).unwrap();
        for (at, _) in prose(&text).filter(|(_, line)| too_wide(line)) {
            say(path, at);
        }
    }
    for path in &sources {
        let text = std::fs::read_to_string(path).unwrap();
        for (at, line) in text.lines().enumerate() {
            if comment(line).is_some_and(too_wide) {
                say(path, at);
            }
        }
    }
    assert!(wide.is_empty(), "wider than {WIDEST}: {}", wide.join(", "));
}

#[test]
fn the_readme_is_short() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let lines = std::fs::read_to_string(readme).unwrap().lines().count();
    assert!(lines <= 150, "{lines} lines");
}
