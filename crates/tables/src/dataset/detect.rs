//! What a file is, by what stands in it: a name may say anything.

use crate::error::{Error, Place};
use std::path::{Path, PathBuf};

/// What a file holds once it is unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    /// JSON: lines, or documents.
    Json,
    Parquet,
    /// A spreadsheet.
    Workbook,
}

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Plain,
    Gzip,
    Zstd,
}

/// A file and, where `FILE#SHEET` was typed and no file is called so, a sheet of it.
pub(super) fn split_sheet(path: &Path) -> (PathBuf, Option<String>) {
    let whole = (path.to_owned(), None);
    if path.exists() {
        return whole;
    }
    let Some((file, sheet)) = path.to_str().and_then(|p| p.rsplit_once('#')) else {
        return whole;
    };
    if sheet.is_empty() || !Path::new(file).is_file() {
        return whole;
    }
    (PathBuf::from(file), Some(sheet.to_owned()))
}

/// The file behind an input: `book.xlsx` for `book.xlsx#Orders`.
#[must_use]
pub fn file_of(input: &Path) -> PathBuf {
    split_sheet(input).0
}

/// Packing by the first bytes.
pub(super) fn packing_of(start: &[u8]) -> Packing {
    match start {
        [0x1f, 0x8b, ..] => Packing::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Packing::Zstd,
        _ => Packing::Plain,
    }
}

/// Format by the first bytes of what was unpacked, where they are no text.
pub(super) fn binary(path: &Path, start: &[u8]) -> Result<Option<Format>, Error> {
    let refuse =
        |what: &str, hint: &str| Err(Error::input(Place::file(path), what).with_hint(hint));
    if start.starts_with(b"PAR1") {
        return Ok(Some(Format::Parquet));
    }
    if start.starts_with(b"PK\x03\x04") || start.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return Ok(Some(Format::Workbook));
    }
    if start.starts_with(b"%PDF") {
        return refuse("is a PDF, no table", "export it as .csv or .xlsx");
    }
    if start.iter().take(4096).any(|&b| b == 0) && super::encoding::marked(start).is_none() {
        return refuse(
            "is not text, and no format that is read here",
            "what is read: CSV, JSON, Parquet, and workbooks (.xlsx, .xls, .ods)",
        );
    }
    Ok(None)
}

/// Format by the first characters of a text.
pub(super) fn textual(path: &Path, start: &[u8]) -> Result<Format, Error> {
    let name = path.to_string_lossy().to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let name = name.strip_suffix(".zst").unwrap_or(name);
    let says_json = [".json", ".jsonl", ".ndjson"]
        .iter()
        .any(|e| name.ends_with(e));
    let text = start.trim_ascii_start();
    let lower: Vec<u8> = text.iter().take(64).map(u8::to_ascii_lowercase).collect();
    if [&b"<!doctype html"[..], b"<html", b"<table", b"<head"]
        .iter()
        .any(|tag| lower.starts_with(tag))
    {
        return Err(Error::input(Place::file(path), "is a web page (HTML), no table").with_hint(
            "some sites call such pages .xls: open it in a spreadsheet and save it as .xlsx or .csv; or the download asked for a login",
        ));
    }
    if lower.starts_with(b"<?xml") || lower.starts_with(b"<feed") || lower.starts_with(b"<rss") {
        return Err(
            Error::input(Place::file(path), "is XML, which is not read here")
                .with_hint("export it as .csv, .json or .xlsx"),
        );
    }
    let json = match text.first() {
        Some(b'{') => text[1..]
            .trim_ascii_start()
            .first()
            .is_none_or(|b| matches!(b, b'"' | b'}')),
        Some(b'[') => {
            let item = text[1..].trim_ascii_start();
            let word = [&b"true"[..], b"false", b"null"]
                .iter()
                .any(|w| item.starts_with(w));
            let sign = |b: &u8| matches!(b, b'{' | b'[' | b']' | b'"' | b'0'..=b'9' | b'-');
            word || item.first().is_none_or(sign)
        }
        _ => assignment(text).is_some(),
    };
    // A first line that is broken does not make lines of JSON another format.
    let later = || {
        let lines = start.split(|&b| b == b'\n').take(50);
        lines.filter(|l| l.trim_ascii().starts_with(b"{\"")).count() > 0
    };
    let first = text.split(|&b| b == b'\n').next().unwrap_or_default();
    let table = first.iter().any(|b| matches!(b, b',' | b';' | b'\t'));
    if json || says_json && (later() || !table) {
        Ok(Format::Json)
    } else {
        Ok(Format::Csv)
    }
}

/// Length of what some exports put before their JSON: `window.YTD.tweets.part0 = `.
pub(super) fn assignment(text: &[u8]) -> Option<usize> {
    let start = text.len() - text.trim_ascii_start().len();
    let head = &text[..text.len().min(start + 200)];
    let equals = memchr::memchr(b'=', head)?;
    let name = head[start..equals].trim_ascii();
    let is_name = |b: &u8| {
        b.is_ascii_alphanumeric()
            || matches!(b, b'.' | b'_' | b'$' | b'[' | b']' | b'"' | b'\'' | b' ')
    };
    let opens = head[equals + 1..].trim_ascii_start().first();
    let valid = !name.is_empty() && name[0].is_ascii_alphabetic() && name.iter().all(is_name);
    (valid && matches!(opens, Some(b'[' | b'{'))).then_some(equals + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(name: &str, text: &str) -> Format {
        textual(Path::new(name), text.as_bytes()).unwrap()
    }

    #[test]
    fn content_says_what_a_text_is() {
        for (name, text, expected) in [
            ("a.csv", "id,text\n1,{\n", Format::Csv),
            ("a.csv", "{\"id\": 1}\n", Format::Json),
            ("a.txt", " [\n {\"id\": 1}]", Format::Json),
            ("tweets.js", "window.YTD.tweets.part0 = [\n", Format::Json),
            ("RC_2026-11", "{\"id\": 1}\n", Format::Json),
            ("a.json", "id,text\n1,2\n", Format::Csv),
            ("a.jsonl", "oops\n{\"id\": 1}\n", Format::Json),
            ("a.json", "not json", Format::Json),
            ("sep.csv", "sep=;\na;b\n", Format::Csv),
            ("tag.csv", "[tag],text\n1,2\n", Format::Csv),
            ("", "", Format::Csv),
        ] {
            assert_eq!(format(name, text), expected, "{name}: {text}");
        }
        assert!(textual(Path::new("a.xls"), b"<html><table>").is_err());
    }
}
