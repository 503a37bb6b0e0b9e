//! What is installed and what runs it every night: units, crontab, archives, the crates' packages. `packaging/release`,
//! `packaging/image` and `.ci/packages` try the rest in `.ci/run`, `python/tests/test_jobs.py` what Python reads.

#![allow(clippy::unwrap_used, reason = "a test's helpers stop it by panicking")]

use crate::program::{program, sample, skipped, text};
use std::path::{Path, PathBuf};
use std::process::Command;
use toml::Table;

/// What people have to write into units and crontabs.
const INSTALLED: &str = "/usr/local/bin/microfluence";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap()
}

/// What `systemd-analyze verify` says of the units in a folder; `None`, said aloud, where it is not installed.
fn complaints(folder: &Path, units: &[&str]) -> Option<Vec<String>> {
    let output = Command::new("systemd-analyze")
        .arg("verify")
        .args(units.iter().map(|unit| folder.join(unit)))
        .output()
        .ok()?;
    let said = String::from_utf8_lossy(&output.stderr);
    // It looks at the machine's own units too, which are not ours to judge.
    let ours = |line: &&str| units.iter().any(|unit| line.contains(unit));
    Some(said.lines().filter(ours).map(str::to_owned).collect())
}

#[test]
fn systemd_takes_the_unit_and_its_timer() {
    let folder = tempfile::tempdir().unwrap();
    let service = read("packaging/systemd/microfluence.service");
    assert!(service.contains(&format!("ExecStart={INSTALLED} run ")));
    let here = service.replace(INSTALLED, env!("CARGO_BIN_EXE_microfluence"));
    let write = |name: &str, unit: &str| std::fs::write(folder.path().join(name), unit).unwrap();
    write("microfluence.service", &here);
    write(
        "microfluence.timer",
        &read("packaging/systemd/microfluence.timer"),
    );
    write("odd.service", &here.replace("on-failure", "sometimes"));
    let units = ["microfluence.service", "microfluence.timer"];
    let Some(said) = complaints(folder.path(), &units) else {
        return skipped("there is no systemd-analyze, the unit was not verified");
    };
    assert_eq!(said, Vec::<String>::new());
    let odd = complaints(folder.path(), &["odd.service"]).unwrap();
    assert!(odd.iter().any(|line| line.contains("sometimes")), "{odd:?}");
}

/// Whether a field of a crontab is `*` or numbers within its range.
fn is_field(field: &str, least: u32, most: u32) -> bool {
    let within = |n: &str| n.parse().is_ok_and(|n: u32| (least..=most).contains(&n));
    field == "*" || field.split(',').all(within)
}

#[test]
fn the_crontabs_line_runs_and_says_its_status() {
    let crontab = read("packaging/cron/microfluence");
    let lines: Vec<&str> = crontab
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect();
    let (job, settings) = lines.split_last().unwrap();
    assert!(
        settings.iter().all(|line| line
            .split_once('=')
            .is_some_and(|(name, _)| { name.chars().all(|c| c.is_ascii_uppercase() || c == '_') }))
    );
    let fields: Vec<&str> = job.splitn(7, ' ').collect();
    for (field, (least, most)) in fields
        .iter()
        .zip([(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)])
    {
        assert!(is_field(field, least, most), "{field}");
    }
    assert_eq!(fields[5], "microfluence");
    assert!(
        !fields[6].contains('%'),
        "cron would read it as an end of line"
    );
    assert!(
        read("docs/jobs/cron.md").contains(job),
        "the page shows another line"
    );

    let folder = tempfile::tempdir().unwrap();
    let line = fields[6]
        .replace(INSTALLED, env!("CARGO_BIN_EXE_microfluence"))
        .replace("/var/lib/microfluence", &text(folder.path()));
    let night = || {
        let known = program();
        let cache = known
            .get_envs()
            .find(|(name, _)| *name == "MICROFLUENCE_CACHE");
        let output = Command::new("sh")
            .args(["-c", &line])
            .env("MICROFLUENCE_CACHE", cache.unwrap().1.unwrap())
            .output()
            .unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    let said = night();
    assert!(said.starts_with("error: microfluence.toml: "), "{said}");
    assert!(
        said.ends_with("microfluence ended with status 2\n"),
        "{said}"
    );
    let config = format!("[tables]\ncreators = [{:?}]\n", sample("creators.csv"));
    std::fs::write(folder.path().join("microfluence.toml"), config).unwrap();
    assert_eq!(night(), "", "a good night is a silent one");
    assert!(folder.path().join("microfluence-run/report.html").is_file());
}

#[test]
fn every_page_for_a_job_is_short_and_says_what_each_status_asks_for() {
    let overview = read("docs/nightly.md");
    for name in [
        "airflow",
        "cron",
        "duckdb",
        "kubernetes",
        "spark",
        "systemd",
    ] {
        let page = read(&format!("docs/jobs/{name}.md"));
        assert!(page.lines().count() <= 40, "{name} is too long");
        assert!(
            overview.contains(&format!("(jobs/{name}.md)")),
            "nightly.md does not name {name}"
        );
        for link in page.split("](").skip(1) {
            let target = link.split([')', '#']).next().unwrap();
            let there = root().join("docs/jobs").join(target);
            assert!(there.exists(), "{name}: {target}");
        }
        if name != "duckdb" {
            // Spark's job has no file of alerts.
            for status in 0..if name == "spark" { 4 } else { 5 } {
                assert!(
                    page.contains(&format!("\n| {status} ")),
                    "{name}: status {status}"
                );
            }
        }
    }
}

#[test]
fn binstall_looks_for_the_archive_that_the_script_makes() {
    let cargo: Table = read("Cargo.toml").parse().unwrap();
    let says = &cargo["package"]["metadata"]["binstall"];
    let version = cargo["workspace"]["package"]["version"].as_str().unwrap();
    let target = "aarch64-unknown-linux-gnu";
    let fill = |key: &str| {
        let known = [
            ("{ repo }", "REPOSITORY"),
            ("{ version }", version),
            ("{ target }", target),
            ("{ bin }", "microfluence"),
            ("{ binary-ext }", ""),
        ];
        known.iter().fold(
            says[key].as_str().unwrap().to_owned(),
            |text, (from, to)| text.replace(from, to),
        )
    };
    let name = format!("microfluence-{version}-{target}");
    assert_eq!(
        fill("pkg-url"),
        format!("REPOSITORY/releases/download/v{version}/{name}.tar.gz")
    );
    assert_eq!(fill("bin-dir"), format!("{name}/microfluence"));
    assert_eq!(says["pkg-fmt"].as_str(), Some("tgz"));
    let script = read("packaging/release");
    assert!(script.contains("name=microfluence-$version-$1"));
    assert!(script.contains("\"$scratch/$name.tar.gz\""));
}
