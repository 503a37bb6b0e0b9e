//! Opening a file as a stream of plain bytes, whatever it is packed in.

use super::zstd::ZstdReader;
use crate::error::{Error, Place, Result};
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// What a file holds once it is unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    /// One JSON value a line.
    JsonLines,
    /// One JSON document.
    Json,
    Parquet,
}

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Plain,
    Gzip,
    Zstd,
}

/// Format and packing by the file's ending; `-` is CSV.
pub(super) fn format_of(path: &Path) -> Option<(Format, Packing)> {
    let name = path.to_string_lossy().to_lowercase();
    if name == "-" {
        return Some((Format::Csv, Packing::Plain));
    }
    let (name, packing) = if let Some(name) = name.strip_suffix(".gz") {
        (name, Packing::Gzip)
    } else if let Some(name) = name.strip_suffix(".zst") {
        (name, Packing::Zstd)
    } else {
        (name.as_str(), Packing::Plain)
    };
    let format = match name.rsplit_once('.')?.1 {
        "csv" | "tsv" | "txt" => Format::Csv,
        "jsonl" | "ndjson" => Format::JsonLines,
        "json" => Format::Json,
        "parquet" => Format::Parquet,
        _ => return None,
    };
    // Parquet is read from its end, which a packed stream does not let one do.
    (format != Format::Parquet || packing == Packing::Plain).then_some((format, packing))
}

/// Opens a file for reading from start to end, unpacked, without a byte order mark.
pub(super) fn open(path: &Path, packing: Packing) -> Result<Box<dyn BufRead>> {
    let raw: Box<dyn Read> = if path == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(File::open(path).map_err(|e| cannot_read(path, &e))?)
    };
    let unpacked: Box<dyn Read> = match packing {
        Packing::Plain => raw,
        Packing::Gzip => Box::new(MultiGzDecoder::new(BufReader::new(raw))),
        Packing::Zstd => Box::new(ZstdReader::new(BufReader::new(raw))),
    };
    let mut reader = BufReader::with_capacity(1 << 16, unpacked);
    let start = reader.fill_buf().map_err(|e| cannot_read(path, &e))?;
    if start.starts_with(b"\xef\xbb\xbf") {
        reader.consume(3);
    } else if start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") {
        return Err(Error::input(Place::file(path), "is UTF-16, expected UTF-8")
            .with_hint("save it as UTF-8"));
    } else if start.starts_with(b"PAR1") || start.iter().take(4096).any(|&b| b == 0) {
        return Err(
            Error::input(Place::file(path), "is not text, though its ending says so").with_hint(
                "endings: .csv .tsv .jsonl .json .parquet, and .gz or .zst after the first four",
            ),
        );
    }
    Ok(Box::new(reader))
}

/// A file that cannot be read: the user's to mend.
pub(super) fn cannot_read(path: &Path, error: &std::io::Error) -> Error {
    let message = match error.kind() {
        std::io::ErrorKind::NotFound => "no such file".to_owned(),
        std::io::ErrorKind::UnexpectedEof => "ends in the middle".to_owned(),
        _ => format!("cannot be read: {error}"),
    };
    Error::input(Place::file(path), message)
}
