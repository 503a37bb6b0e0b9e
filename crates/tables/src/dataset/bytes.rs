//! Opening a file as a stream of plain bytes, whatever it is packed in.

use super::memory::memory_name;
use super::zstd::ZstdReader;
use crate::error::{Error, Place, Result};
use flate2::read::MultiGzDecoder;
use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::rc::Rc;

/// What a file holds once it is unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    /// One JSON value a line.
    JsonLines,
    /// One JSON document.
    Json,
    Parquet,
    /// No file: a table in memory.
    Memory,
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
    if memory_name(path).is_some() {
        return Some((Format::Memory, Packing::Plain));
    }
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
    let taken = Rc::new(Cell::new(0));
    let counted = BufReader::new(Counted {
        source: raw,
        taken: Rc::clone(&taken),
    });
    let unpacked: Box<dyn Read> = match packing {
        Packing::Plain => Box::new(counted),
        Packing::Gzip => Box::new(Expanded::new(MultiGzDecoder::new(counted), taken)),
        Packing::Zstd => Box::new(Expanded::new(ZstdReader::new(counted), taken)),
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

/// Bytes that a packed file may unpack to whatever its size.
const ALWAYS_UNPACKED: u64 = 1 << 30;
/// Beyond them, how many times its size it may unpack to. Gzip reaches 1,032; tables of real
/// text stay below 100.
const EXPANSION: u64 = 2_000;

/// Counts what is taken from a source.
struct Counted<R> {
    source: R,
    taken: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.source.read(buffer)?;
        self.taken.set(self.taken.get() + n as u64);
        Ok(n)
    }
}

/// Stops at a file that is made to unpack without end.
struct Expanded<R> {
    source: R,
    taken: Rc<Cell<u64>>,
    given: u64,
}

impl<R> Expanded<R> {
    fn new(source: R, taken: Rc<Cell<u64>>) -> Self {
        Self {
            source,
            taken,
            given: 0,
        }
    }
}

impl<R: Read> Read for Expanded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.source.read(buffer)?;
        self.given += n as u64;
        if self.given > ALWAYS_UNPACKED && self.given / EXPANSION > self.taken.get() {
            return Err(io::Error::other(format!(
                "it unpacks to more than {EXPANSION} times its size, as no table does"
            )));
        }
        Ok(n)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_unpacks_without_end_is_stopped() {
        let taken = Rc::new(Cell::new(0));
        let counted = Counted {
            source: &[1u8; 100][..],
            taken: Rc::clone(&taken),
        };
        io::copy(&mut { counted }, &mut io::sink()).unwrap();
        assert_eq!(taken.get(), 100);
        let mut bomb = Expanded::new(io::repeat(b'a'), Rc::clone(&taken));
        let mut buffer = vec![0; 1 << 20];
        let stopped = (0..2_000).find_map(|_| bomb.read(&mut buffer).err());
        assert!(stopped.unwrap().to_string().contains("2000 times"));
        assert!(bomb.given <= ALWAYS_UNPACKED + (1 << 20));
        // The same bytes out of a file of a megabyte are in order.
        taken.set(1 << 20);
        let mut dense = Expanded::new(io::repeat(b'a'), taken);
        assert!((0..1_500).all(|_| dense.read(&mut buffer).is_ok()));
    }
}
