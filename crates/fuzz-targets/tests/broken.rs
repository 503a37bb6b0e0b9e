//! Broken input, on every build: the seeds of the fuzz targets, and each of them changed many times by chance of a
//! fixed seed.
//!
//! What a fuzzer would take minutes to build for, this does with the tests' own build; it learns nothing from what it
//! tried. The fuzzer itself is for long evenings (CONTRIBUTING.md).

#![allow(clippy::unwrap_used, reason = "a test's helpers stop it by panicking")]

use microfluence_fuzz_targets as targets;
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// What breaks readers more often than other bytes.
const TELLING: &[&[u8]] = &[
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\"",
    b",",
    b";",
    b"\n",
    b"\r",
    b"-",
    b"e",
    b".",
    b"{",
    b"}",
    b"[",
    b"]",
    b"9999999999999999999",
    b"1e999",
    b"NaN",
    b"\xff\xff\xff\xff",
    b"\x00\x00\x00\x80",
    b"\xed\xa0\x80",
    b"\xe2\x80\xae",
];

/// Longest input.
const LONGEST: usize = 16_384;

/// One to eight changes of `bytes`; `other` is a seed to take from.
fn changed(bytes: &[u8], other: &[u8], rng: &mut impl Rng) -> Vec<u8> {
    let mut all = bytes.to_vec();
    for _ in 0..rng.gen_range(1..=8) {
        let at = rng.gen_range(0..=all.len());
        let to = (at + rng.gen_range(0..=16)).min(all.len());
        match rng.gen_range(0..6) {
            0 if at < all.len() => all[at] ^= 1 << rng.gen_range(0..8),
            1 if at < all.len() => all[at] = rng.r#gen(),
            2 => drop(all.drain(at..to)),
            3 => {
                let again = all[at..to].to_vec();
                all.splice(at..at, again);
            }
            4 if !other.is_empty() => {
                let from = rng.gen_range(0..other.len());
                let end = (from + rng.gen_range(1..=64)).min(other.len());
                all.splice(at..at, other[from..end].iter().copied());
            }
            _ => {
                let telling = TELLING[rng.gen_range(0..TELLING.len())];
                all.splice(at..at, telling.iter().copied());
            }
        }
    }
    all.truncate(LONGEST);
    all
}

/// Feeds a target its seeds, then as many changed ones.
fn try_with(name: &str, changes: usize, target: fn(&[u8])) {
    let folder = targets::file_of_repository("fuzz/seeds").join(name);
    let mut paths: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let seeds: Vec<Vec<u8>> = paths.iter().map(|p| std::fs::read(p).unwrap()).collect();
    assert!(!seeds.is_empty(), "{name} has no seeds");
    for seed in &seeds {
        target(seed);
    }
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(20_261_127);
    for _ in 0..changes {
        let one = &seeds[rng.gen_range(0..seeds.len())];
        let other = &seeds[rng.gen_range(0..seeds.len())];
        let bytes = changed(one, other, &mut rng);
        // What a target does not survive is printed with the panic.
        let tried = std::panic::catch_unwind(|| target(&bytes));
        assert!(
            tried.is_ok(),
            "{name} does not survive {:?}",
            bytes.escape_ascii().to_string()
        );
    }
}

#[test]
fn cells() {
    try_with("cells", 100_000, targets::cells::run);
}

#[test]
fn csv() {
    try_with("csv", 8_000, targets::csv::run);
}

#[test]
fn json() {
    try_with("json", 8_000, targets::json::run);
}

#[test]
fn parquet() {
    try_with("parquet", 8_000, targets::parquet::run);
}

#[test]
fn maps() {
    try_with("maps", 2_000, targets::maps::run);
}

#[test]
fn text() {
    try_with("text", 8_000, targets::text::run);
}

#[test]
fn model() {
    try_with("model", 4_000, targets::model::run);
}

#[test]
fn cache() {
    try_with("cache", 400, targets::cache::run);
}

#[test]
fn parts() {
    try_with("parts", 20_000, targets::parts::run);
}
