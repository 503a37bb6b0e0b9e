//! What goes wrong around the program: full disks, cut files, kills. Outputs appear whole or not at
//! all, and the error names what failed.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    reason = "a test's helpers stop it by panicking, and say aloud what they skip"
)]

use crate::program::{failure, file, program, run, stderr};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn comments(n: usize) -> String {
    let mut text = "comment_id,text\n".to_owned();
    for i in 0..n {
        writeln!(text, "{i},lovely number {}", i % 7).unwrap();
    }
    text
}

/// What stands in a folder beside `known`.
fn others(folder: &Path, known: &[&str]) -> Vec<String> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| !known.contains(&name.as_str()))
        .collect()
}

/// The program under limits of the shell.
fn limited(limits: &str, arguments: &[&str]) -> Output {
    let inner = program();
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("{limits}; exec \"$@\""), "sh"])
        .arg(inner.get_program())
        .args(arguments);
    for (name, value) in inner.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.output().unwrap()
}

#[test]
fn a_full_disk_leaves_no_half_file() {
    let folder = tempfile::tempdir().unwrap();
    let input = file(folder.path(), "c.csv", comments(3_000));
    for name in ["out.csv", "out.jsonl", "out.parquet", "out.csv.gz"] {
        let output = folder.path().join(name);
        std::fs::write(&output, "yesterday's").unwrap();
        // Files may grow to a few blocks; the signal that says so is ignored, as on a full disk.
        let result = limited(
            "trap '' XFSZ; ulimit -f 4",
            &[
                "sentiment",
                "--no-cache",
                "--comments",
                &input,
                "--output",
                output.to_str().unwrap(),
            ],
        );
        let text = stderr(&result);
        assert_eq!(result.status.code(), Some(1), "{name}: {text}");
        assert!(text.contains(name), "{name}: {text}");
        assert!(!text.contains("panicked"), "{text}");
        let left = std::fs::read_to_string(&output).unwrap();
        assert_eq!(left, "yesterday's", "{name}");
        std::fs::remove_file(&output).unwrap();
        assert_eq!(others(folder.path(), &["c.csv"]), Vec::<String>::new());
    }
}

#[test]
fn a_cache_that_cannot_be_written_costs_nothing_but_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let input = file(folder.path(), "c.csv", comments(20));
    let blocked = file(folder.path(), "blocked", "a file where a folder should be");
    let output = folder.path().join("out.csv");
    let result = program()
        .env("MICROFLUENCE_CACHE", &blocked)
        .args(["sentiment", "--comments", &input, "--output"])
        .arg(&output)
        .output()
        .unwrap();
    assert!(result.status.success(), "{}", stderr(&result));
    assert!(stderr(&result).contains("warning: "), "{}", stderr(&result));
    assert!(output.exists());
}

#[test]
fn a_cut_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(comments(5_000).as_bytes()).unwrap();
    let mut packed = gzip.finish().unwrap();
    packed.truncate(packed.len() / 2);
    let input = file(folder.path(), "c.csv.gz", packed);
    let output = folder.path().join("out.csv").display().to_string();
    let error = failure(&["sentiment", "--comments", &input, "--output", &output], 2);
    assert!(
        error.contains("c.csv.gz") && error.contains("unexpected end of file"),
        "{error}"
    );
    assert!(!Path::new(&output).exists());
}

#[test]
fn folders_and_missing_places_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let input = file(folder.path(), "c.csv", comments(3));
    let error = failure(
        &["sentiment", "--comments", folder.path().to_str().unwrap()],
        2,
    );
    assert!(error.contains(folder.path().to_str().unwrap()), "{error}");
    let nowhere = format!("{input}/out.csv");
    let error = failure(
        &["sentiment", "--comments", &input, "--output", &nowhere],
        1,
    );
    assert!(
        error.contains("out.csv") || error.contains("c.csv"),
        "{error}"
    );
}

#[test]
fn too_few_file_handles_are_an_error_and_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    let input = file(folder.path(), "c.csv", comments(3));
    for handles in 3..12 {
        let result = limited(
            &format!("ulimit -n {handles}"),
            &["sentiment", "--comments", &input],
        );
        let text = stderr(&result);
        assert!(!text.contains("internal error"), "{handles}: {text}");
        assert!(
            matches!(result.status.code(), Some(0..=2 | 127)),
            "{handles}: {:?} {text}",
            result.status
        );
    }
}

#[test]
fn a_kill_leaves_the_output_whole_or_absent_and_the_next_run_gives_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let input = file(folder.path(), "c.csv", comments(20_000));
    let output = folder.path().join("out.csv");
    let arguments = [
        "sentiment",
        "--comments",
        &input,
        "--quiet",
        "--output",
        output.to_str().unwrap(),
    ];
    let whole = {
        let result = run(&arguments);
        assert!(result.status.success(), "{}", stderr(&result));
        std::fs::read(&output).unwrap()
    };
    let mut absent = 0;
    for moment in 0..50 {
        std::fs::remove_file(&output).unwrap();
        let mut child = program()
            .args(arguments)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(moment * 6));
        let _ = child.kill();
        child.wait().unwrap();
        match std::fs::read(&output) {
            Ok(bytes) => assert!(bytes == whole, "half a file after {moment}"),
            Err(_) => absent += 1,
        }
        let again = run(&arguments);
        assert!(again.status.success(), "{}", stderr(&again));
        assert!(std::fs::read(&output).unwrap() == whole);
    }
    assert!(absent > 0, "no kill came in time");
}

/// SIGINT and SIGTERM end the run as they end others, and leave nothing half-written behind.
#[test]
fn a_run_that_is_told_to_stop_takes_its_unfinished_files_away() {
    use std::os::unix::process::ExitStatusExt;
    let folder = tempfile::tempdir().unwrap();
    let input = file(folder.path(), "c.csv", comments(20_000));
    let output = folder.path().join("out.csv");
    for (name, number) in [("-INT", 2), ("-TERM", 15)] {
        let mut child = program()
            .args(["sentiment", "--no-cache", "--quiet", "--comments", &input])
            .arg("--output")
            .arg(&output)
            .spawn()
            .unwrap();
        // Until it has begun to write.
        for _ in 0..500 {
            if others(folder.path(), &["c.csv"]).is_empty() {
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
        }
        assert_eq!(others(folder.path(), &["c.csv"]).len(), 1);
        let sent = Command::new("kill")
            .args([name, &child.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
        let ended = child.wait().unwrap();
        assert_eq!(ended.signal(), Some(number), "{ended:?}");
        let left = others(folder.path(), &["c.csv"]);
        assert!(left.is_empty(), "{left:?}");
    }
}

/// What a link leads to is read; what is written takes the link's place and leaves alone what it led to.
#[test]
fn links_are_read_and_never_written_through() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    file(folder.path(), "real.csv", comments(3));
    let victim = file(folder.path(), "victim", "not to be touched");
    symlink("real.csv", at("c.csv")).unwrap();
    symlink(&victim, at("out.csv")).unwrap();
    symlink(&victim, at("out.csv.rejects.csv")).unwrap();
    symlink(&victim, at("out.json")).unwrap();
    let [input, output, summary] =
        ["c.csv", "out.csv", "out.json"].map(|name| at(name).display().to_string());
    crate::program::success(&[
        "sentiment",
        "--comments",
        &input,
        "--output",
        &output,
        "--summary",
        &summary,
    ]);
    assert_eq!(
        std::fs::read_to_string(&victim).unwrap(),
        "not to be touched"
    );
    for written in [&output, &summary] {
        assert!(!Path::new(written).is_symlink(), "{written}");
    }
    // Links that lead nowhere, or to themselves, are files that are not there; folders of such end.
    symlink("nowhere.csv", at("gone.csv")).unwrap();
    symlink("round.csv", at("round.csv")).unwrap();
    for name in ["gone.csv", "round.csv"] {
        let path = at(name).display().to_string();
        let error = failure(&["sentiment", "--comments", &path], 2);
        assert!(error.contains(name), "{error}");
    }
    std::fs::create_dir(at("deep")).unwrap();
    symlink(".", at("deep/again")).unwrap();
    let pattern = at("deep/**/*.csv").display().to_string();
    let error = failure(&["sentiment", "--comments", &pattern], 2);
    assert!(error.contains("no file matches"), "{error}");
}

/// As root everything can be read, so root becomes nobody for this test.
#[test]
fn what_may_not_be_read_or_written_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let mode = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(folder.path(), 0o755);
    let inner = program();
    let drop_to_nobody = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|m| {
        use std::os::unix::fs::MetadataExt;
        m.uid() == 0
    });
    let command = || {
        let mut command = if is_root {
            let mut command = Command::new("setpriv");
            command.args(drop_to_nobody).arg(inner.get_program());
            command
        } else {
            Command::new(inner.get_program())
        };
        command.env("HOME", "/nowhere").env_remove("XDG_CACHE_HOME");
        command
    };
    let can_run = command().arg("--version").output();
    if !can_run.is_ok_and(|o| o.status.success()) {
        crate::program::skipped("nobody may run the program here, so nothing is closed to it");
        return;
    }
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let closed = folder.path().join("closed");
    std::fs::create_dir(&closed).unwrap();
    let hidden = file(&closed, "c.csv", comments(3));
    let input = file(folder.path(), "c.csv", comments(3));
    let locked = file(folder.path(), "locked.csv", comments(3));
    mode(Path::new(&locked), 0o000);
    mode(&closed, 0o000);
    let shut = closed.display().to_string();
    let said = |arguments: &[&str], status: i32, word: &str| {
        let output = command()
            .env("MICROFLUENCE_MODELS", &models)
            .env("MICROFLUENCE_CACHE", folder.path().join("closed/cache"))
            .args(arguments)
            .output()
            .unwrap();
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {text}");
        assert!(
            text.contains(word) && !text.contains("internal error"),
            "{text}"
        );
    };
    said(&["sentiment", "--comments", &locked], 2, "locked.csv");
    said(&["sentiment", "--comments", &hidden], 2, "closed/c.csv");
    said(
        &["sentiment", "--comments", &format!("{shut}/*.csv")],
        2,
        "closed",
    );
    let output = format!("{shut}/out.csv");
    said(
        &["sentiment", "--comments", &input, "--output", &output],
        1,
        "closed",
    );
    said(
        &["sentiment", "--comments", &input, "--model", &shut],
        1,
        "closed",
    );
    // A cache that is closed costs a warning.
    said(&["sentiment", "--comments", &input], 0, "warning: ");
    mode(&closed, 0o755);
}

/// The second of two is told so, and the first is none the worse for it.
#[test]
fn two_runs_into_one_folder_are_one_run_and_one_error() {
    let folder = tempfile::tempdir().unwrap();
    file(folder.path(), "comments.csv", comments(30_000));
    let text = "output = \"out\"\nno_cache = true\n[tables]\ncomments = \"comments.csv\"\n";
    let config = file(folder.path(), "run.toml", text);
    let mut first = program()
        .args(["run", &config, "--quiet"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    // Until it has the folder; it then has thirty thousand comments before it.
    let out = folder.path().join("out");
    while !out.exists() || others(&out, &[]).is_empty() {
        assert_eq!(first.try_wait().unwrap(), None, "it was done too early");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let error = failure(&["run", &config], 2);
    assert!(
        error.contains("another run is writing to this folder"),
        "{error}"
    );
    assert!(first.wait().unwrap().success());
    let alone = std::fs::read(out.join("sentiment.csv")).unwrap();
    // The lock goes with its process: the folder is free again.
    let again = crate::program::success(&["run", &config]);
    assert!(again.contains("sentiment: done and unchanged"), "{again}");
    assert_eq!(std::fs::read(out.join("sentiment.csv")).unwrap(), alone);
}

/// Of two that write one file, one comes last, and its file is whole.
#[test]
fn two_commands_onto_one_file_leave_one_of_both() {
    let folder = tempfile::tempdir().unwrap();
    let input = file(folder.path(), "c.csv", comments(400));
    let more = file(folder.path(), "more.csv", comments(900));
    let output = folder.path().join("out.csv").display().to_string();
    let judge = |input: &str| {
        let mut command = program();
        command.args([
            "sentiment",
            "--quiet",
            "--comments",
            input,
            "--output",
            &output,
        ]);
        command.stdout(Stdio::null());
        command
    };
    let both = [&input, &more].map(|input| {
        assert!(judge(input).status().unwrap().success());
        std::fs::read(&output).unwrap()
    });
    for _ in 0..10 {
        let runs = [&input, &more].map(|input| judge(input).spawn().unwrap());
        for mut run in runs {
            assert!(run.wait().unwrap().success());
        }
        let left = std::fs::read(&output).unwrap();
        assert!(both.contains(&left), "{} bytes of neither", left.len());
    }
    assert_eq!(
        others(folder.path(), &["c.csv", "more.csv", "out.csv"]),
        Vec::<String>::new()
    );
}
