//! Opening a file as a stream of text, whatever it is packed in and however its letters are encoded.

pub(super) use super::detect::Format;
use super::detect::{Packing, binary, packing_of, split_sheet};
use super::encoding::{Again, Utf8};
use super::notes::Notes;
use super::zstd::ZstdReader;
use crate::error::{Error, Place, Result};
use encoding_rs::Encoding;
use flate2::read::MultiGzDecoder;
use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;
use std::rc::Rc;

/// Bytes at the beginning of a text by which it is judged.
const HEAD: usize = 1 << 18;
/// Bytes by which packings and formats are told.
const START: usize = 1 << 12;

/// A file that was opened.
pub(super) struct Opened {
    /// What it holds.
    pub(super) format: Format,
    /// Its beginning, which comes again in `text`.
    pub(super) head: Vec<u8>,
    /// Whether that is all of it.
    pub(super) whole: bool,
    /// Its text in UTF-8, without a byte order mark; of a workbook, its bytes; of Parquet, nothing.
    pub(super) text: Box<dyn BufRead>,
}

/// What the bytes of a file are once they are unpacked.
struct Unpacked {
    start: Vec<u8>,
    packing: Packing,
    bytes: Box<dyn BufRead>,
}

/// As many of the first bytes as there are, up to `most`; they come again in what is left.
fn beginning(mut source: impl Read, most: usize) -> io::Result<(Vec<u8>, Cursor<Vec<u8>>)> {
    let mut start = Vec::new();
    source.by_ref().take(most as u64).read_to_end(&mut start)?;
    Ok((start.clone(), Cursor::new(start)))
}

fn unpack(raw: Box<dyn Read>) -> io::Result<Unpacked> {
    let taken = Rc::new(Cell::new(0));
    let mut counted = BufReader::with_capacity(
        1 << 16,
        Counted {
            source: raw,
            taken: Rc::clone(&taken),
        },
    );
    let (magic, again) = beginning(&mut counted, START)?;
    let counted = again.chain(counted);
    let packing = packing_of(&magic);
    let unpacked: Box<dyn Read> = match packing {
        Packing::Plain => {
            return Ok(Unpacked {
                start: magic,
                packing,
                bytes: Box::new(counted),
            });
        }
        Packing::Gzip => Box::new(Expanded::new(MultiGzDecoder::new(counted), taken)),
        Packing::Zstd => Box::new(Expanded::new(ZstdReader::new(counted), taken)),
    };
    let mut reader = BufReader::with_capacity(1 << 16, unpacked);
    let (start, again) = beginning(&mut reader, START)?;
    Ok(Unpacked {
        start,
        packing,
        bytes: Box::new(again.chain(reader)),
    })
}

/// Opens a file for reading from start to end.
pub(super) fn open(
    path: &Path,
    encoding: Option<&'static Encoding>,
    notes: &Notes,
) -> Result<Opened> {
    let failed = |e: io::Error| cannot_read(path, &e);
    let (file, sheet) = split_sheet(path);
    let piped = path == Path::new("-");
    let raw: Box<dyn Read> = if piped {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(&file).map_err(failed)?)
    };
    let Unpacked {
        start,
        packing,
        bytes,
    } = unpack(raw).map_err(failed)?;
    let format = binary(path, &start)?;
    if format == Some(Format::Parquet) && (piped || packing != Packing::Plain) {
        // Parquet is read from its end, which a packed stream does not let one do.
        return Err(Error::input(
            Place::file(path),
            "is Parquet within a packed file or a pipe",
        )
        .with_hint("unpack it first: Parquet is packed in itself"));
    }
    if sheet.is_some() && format != Some(Format::Workbook) {
        return Err(Error::input(
            Place::file(path),
            "is no workbook, so that it has no sheets",
        ));
    }
    if let Some(format) = format {
        return Ok(Opened {
            format,
            head: start,
            whole: false,
            text: bytes,
        });
    }
    let again: Option<Again> = (!piped && file.is_file()).then(|| {
        let again: Again = Box::new(move || {
            let bytes = unpack(Box::new(File::open(&file)?))?.bytes;
            Ok(Box::new(bytes))
        });
        again
    });
    let mut text = Utf8::new(bytes, &start, encoding, again, notes).map_err(failed)?;
    let (head, first) = beginning(&mut text, HEAD).map_err(failed)?;
    let whole = head.len() < HEAD;
    let format = super::detect::textual(path, &head)?;
    let text: Box<dyn BufRead> = Box::new(first.chain(text));
    // Line ends of old: a carriage return alone.
    let returns = memchr::memchr(b'\n', &head).is_none() && memchr::memchr(b'\r', &head).is_some();
    if returns && format == Format::Csv {
        let head = head
            .iter()
            .map(|&b| if b == b'\r' { b'\n' } else { b })
            .collect();
        return Ok(Opened {
            format,
            head,
            whole,
            text: Box::new(BufReader::with_capacity(1 << 16, Returns(text))),
        });
    }
    Ok(Opened {
        format,
        head,
        whole,
        text,
    })
}

/// Gives line feeds for carriage returns.
struct Returns(Box<dyn BufRead>);

impl Read for Returns {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.0.read(buffer)?;
        for b in buffer[..n].iter_mut().filter(|b| **b == b'\r') {
            *b = b'\n';
        }
        Ok(n)
    }
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
        std::io::ErrorKind::UnexpectedEof => "unexpected end of file".to_owned(),
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
