//! What the tests of the program share.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "each test takes what it needs; a helper stops its test by panicking, and says aloud what it skips"
)]

use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::time::UNIX_EPOCH;

/// A cache that all tests of one build share and nothing else does.
pub fn cache() -> PathBuf {
    static CACHE: OnceLock<PathBuf> = OnceLock::new();
    let own = CACHE.get_or_init(|| {
        let program = env!("CARGO_BIN_EXE_microfluence");
        let built = std::fs::metadata(program).unwrap().modified().unwrap();
        let stamp = built.duration_since(UNIX_EPOCH).unwrap().as_nanos();
        let all = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
        let own = all.join(stamp.to_string());
        if !own.exists() {
            // What another build has read is of no use to this one.
            let _ = std::fs::remove_dir_all(&all);
        }
        own
    });
    own.clone()
}

/// The program, with that cache.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_microfluence"));
    command
        .env_remove("MICROFLUENCE_MODELS")
        .env("MICROFLUENCE_CACHE", cache());
    command
}

/// Runs the program.
pub fn run(arguments: &[&str]) -> Output {
    program().args(arguments).output().unwrap()
}

/// Runs what must work, and gives what it said on standard error.
pub fn success(arguments: &[&str]) -> String {
    let output = run(arguments);
    let text = stderr(&output);
    assert!(output.status.success(), "{arguments:?}: {text}");
    text
}

/// Runs what must fail, and gives its one line.
pub fn failure(arguments: &[&str], status: i32) -> String {
    let output = run(arguments);
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {text}");
    let errors: Vec<&str> = text.lines().filter(|l| l.starts_with("error: ")).collect();
    assert_eq!(errors.len(), 1, "{text}");
    assert!(
        !text.contains("panicked") && !text.contains("backtrace"),
        "{text}"
    );
    errors[0].to_owned()
}

/// Standard error as text.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A table of the sample.
pub fn sample(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/sample");
    folder.join(name).display().to_string()
}

/// A file in `folder`.
pub fn file(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) -> String {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path.display().to_string()
}

/// The lines of a file.
pub fn lines(path: impl AsRef<Path>) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// A file of the development data, or `None` with a loud word where it is not there.
pub fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/data")
        .join(name);
    if path.exists() {
        return Some(path);
    }
    skipped(&format!(
        "{name} is not here; it is not part of the repository"
    ));
    None
}

/// Says aloud that something was not tried. Not by a macro, whose output a test that passes keeps to itself.
pub fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
}

/// A path as an argument.
pub fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// A summary document.
pub fn summary(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A number in one.
pub fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}
