//! `microfluence cache`: what is kept from run to run.

use super::args::Common;
use super::term::{count, show, table};
use crate::inference::{CACHE_VARIABLE, DiskCache, cache_folder};
use crate::{Error, Result};
use clap::{Args, Subcommand};
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, Args, serde::Serialize)]
#[command(after_help = "Examples:\n  microfluence cache\n  microfluence cache limit 256M")]
pub(crate) struct CacheArgs {
    #[command(subcommand)]
    action: Option<CacheAction>,
}

#[derive(Debug, Subcommand, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
enum CacheAction {
    /// Removes everything that is kept.
    Clear,
    /// Sets how much may be kept: 256M, 2G. What was not asked for longest goes first.
    Limit {
        /// Bytes, with K, M or G.
        #[arg(value_name = "SIZE", value_parser = size)]
        size: u64,
    },
}

pub(crate) fn run(args: &CacheArgs, common: &Common) -> Result<()> {
    let folder = folder()?;
    match args.action {
        Some(CacheAction::Clear) => {
            let removed = DiskCache::remove(&folder)?;
            let people = if removed {
                "the cache is empty"
            } else {
                "there was no cache"
            };
            return show(common, &json!({ "removed": removed }), people);
        }
        Some(CacheAction::Limit { size }) => DiskCache::open(&folder)?.set_limit(size)?,
        None => {}
    }
    let status = DiskCache::open(&folder)?.status()?;
    let document = json!({
        "path": status.path, "entries": status.entries, "bytes": status.bytes,
        "file_bytes": status.file_bytes, "limit": status.limit,
    });
    let rows = [
        ("file", status.path.display().to_string()),
        ("texts", count(status.entries)),
        ("bytes of them", count(status.bytes)),
        ("bytes of the file", count(status.file_bytes)),
        ("limit in bytes", count(status.limit)),
    ];
    let rows = rows.map(|(name, value)| vec![name.to_owned(), value]);
    let people = table(&["cache", ""], rows.into())
        + "\n\nKept are hashes of texts and the models' answers to them, no text. `cache clear` empties it, `cache limit SIZE` \
           bounds it, --no-cache does without.";
    show(common, &document, &people)
}

fn folder() -> Result<PathBuf> {
    cache_folder().ok_or_else(|| {
        Error::usage("this system names no folder for caches")
            .with_hint(format!("set {CACHE_VARIABLE} to a folder"))
    })
}

/// `256M` in bytes.
fn size(text: &str) -> std::result::Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text[digits.len()..].to_ascii_uppercase().as_str() {
        "" | "B" => 1,
        "K" | "KB" => 1 << 10,
        "M" | "MB" => 1 << 20,
        "G" | "GB" => 1 << 30,
        _ => return Err("expected a number of bytes with K, M or G, such as 256M".to_owned()),
    };
    digits
        .trim()
        .parse::<u64>()
        .ok()
        .and_then(|n| n.checked_mul(unit))
        .ok_or_else(|| "expected a number of bytes with K, M or G, such as 256M".to_owned())
}
