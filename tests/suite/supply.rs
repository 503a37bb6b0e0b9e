//! What comes with the program is what was looked at: the lock file, the list of duplicates, the sums of native
//! libraries, and where `unsafe` stands. `cargo deny` asks more in `.ci/supply`; this needs no tool.

#![allow(clippy::unwrap_used, reason = "a test's helpers stop it by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use toml::{Table, Value};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap()
}

fn packages() -> Vec<Table> {
    let lock: Table = read("Cargo.lock").parse().unwrap();
    let packages = lock["package"].as_array().unwrap();
    packages
        .iter()
        .map(|p| p.as_table().unwrap().clone())
        .collect()
}

#[test]
fn every_package_is_of_the_registry_by_its_checksum_or_of_this_repository() {
    let mut own = BTreeSet::new();
    for package in packages() {
        let name = package["name"].as_str().unwrap();
        match package.get("source").and_then(Value::as_str) {
            None => {
                own.insert(name.to_owned());
            }
            Some(source) => {
                assert!(
                    source.starts_with("registry+"),
                    "{name} comes from {source}"
                );
                let sum = package.get("checksum").and_then(Value::as_str);
                assert_eq!(sum.map(str::len), Some(64), "{name} has no checksum");
            }
        }
    }
    let expected = [
        "microfluence",
        "microfluence-clusters",
        "microfluence-fuzz-targets",
        "microfluence-inference",
        "microfluence-kernels",
        "microfluence-python",
        "microfluence-stats",
        "microfluence-tables",
        "microfluence-unify",
    ]
    .map(str::to_owned);
    assert_eq!(own, BTreeSet::from(expected));
}

#[test]
fn every_crate_that_comes_twice_is_on_the_list_and_nothing_else() {
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in packages() {
        let text = |key: &str| package[key].as_str().unwrap().to_owned();
        versions
            .entry(text("name"))
            .or_default()
            .insert(text("version"));
    }
    let twice: BTreeSet<String> = versions
        .into_iter()
        .filter(|(_, versions)| versions.len() > 1)
        .map(|(name, _)| name)
        .collect();
    let deny: Table = read("deny.toml").parse().unwrap();
    assert_eq!(deny["bans"]["multiple-versions"].as_str(), Some("deny"));
    let listed: BTreeSet<String> = deny["bans"]["skip"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["crate"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(twice, listed);
}

#[test]
fn native_libraries_are_pinned_by_version_and_sum() {
    let lines = read(".ci/libtorch.txt");
    let pinned: Vec<&str> = lines.lines().filter(|l| !l.starts_with('#')).collect();
    assert_eq!(pinned.len(), 3);
    for line in pinned {
        let (version, sum) = line.split_once(" --hash=sha256:").unwrap();
        assert!(version.contains("=="), "{line}");
        assert!(
            sum.len() == 64 && sum.bytes().all(|b| b.is_ascii_hexdigit()),
            "{line}"
        );
    }
    assert!(read(".ci/fetch-libtorch").contains("--require-hashes"));
}

/// Files of Rust under a folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn no_build_script_and_unsafe_code_in_one_folder() {
    assert!(!root().join("build.rs").exists() && !root().join("python/build.rs").exists());
    for manifest in [
        "Cargo.toml",
        "crates/clusters/Cargo.toml",
        "crates/inference/Cargo.toml",
        "crates/kernels/Cargo.toml",
        "crates/stats/Cargo.toml",
        "crates/tables/Cargo.toml",
        "python/Cargo.toml",
    ] {
        let manifest: Table = read(manifest).parse().unwrap();
        assert!(manifest["package"].get("build").is_none());
        assert!(manifest.get("build-dependencies").is_none());
    }
    let mut all = Vec::new();
    sources(&root().join("src"), &mut all);
    sources(&root().join("crates"), &mut all);
    assert!(all.len() > 100);
    let lifted: Vec<PathBuf> = all
        .into_iter()
        .filter(|path| {
            std::fs::read_to_string(path)
                .unwrap()
                .contains("unsafe_code")
        })
        .map(|path| path.strip_prefix(root()).unwrap().to_owned())
        .collect();
    assert_eq!(lifted, [Path::new("crates/kernels/src/simd/mod.rs")]);
}
