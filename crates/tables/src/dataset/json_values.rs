//! JSON as a stream of values: one a line, the items of one list, or documents one after the other.

use super::bytes::{Opened, cannot_read};
use super::cells::CellError;
use super::detect::assignment;
use super::read::{LONGEST_ROW, too_long};
use crate::error::{Error, Place, Result};
use serde::Deserializer as _;
use serde::de::{Error as _, SeqAccess, Visitor};
use serde_json::{Deserializer, Value};
use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::path::Path;

/// Longest line, and longest item of a list, in bytes: 64 MiB.
const LONGEST: u64 = LONGEST_ROW as u64;
/// Longest document that is no list, which is held in memory as a whole: 256 MiB.
const LONGEST_DOCUMENT: u64 = 256 << 20;

/// What is done with each value: its line or its number, and the value or why it is none.
pub(super) type EachValue<'v> =
    dyn FnMut(u64, std::result::Result<Value, CellError>) -> Result<()> + 'v;

/// Hands on every value of a file.
pub(super) fn read(path: &Path, opened: Opened, each: &mut EachValue<'_>) -> Result<()> {
    if opened.head.trim_ascii().is_empty() {
        return Err(Error::input(Place::file(path), "is empty, expected JSON"));
    }
    if is_lines(&opened.head, opened.whole) {
        return read_lines(path, opened.text, each);
    }
    let mut text = opened.text;
    if let Some(length) = assignment(&opened.head) {
        // It is shorter than what is there at once.
        io::copy(&mut text.by_ref().take(length as u64), &mut io::sink())
            .map_err(|e| cannot_read(path, &e))?;
    }
    read_documents(path, text, each)
}

/// Whether each line is a value of its own.
fn is_lines(head: &[u8], whole: bool) -> bool {
    let text = head.trim_ascii_start();
    let mut lines = text.split(|&b| b == b'\n').map(<[u8]>::trim_ascii);
    let first = lines.next().unwrap_or_default();
    let is_object = |line: &[u8]| {
        line.starts_with(b"{") && serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok()
    };
    let more = lines.clone().any(|line| !line.is_empty());
    if !more {
        // One line that is cut may be the first of many, and reads as documents as well.
        return whole && first.starts_with(b"{") && !is_object(first) && first.ends_with(b"}");
    }
    if first.starts_with(b"[")
        || first.ends_with(b"{")
        || first.ends_with(b"[")
        || first.ends_with(b",")
        || first.ends_with(b":")
    {
        return false;
    }
    is_object(first) || lines.take(50).any(is_object)
}

/// JSON lines; a line that is no JSON is a reject.
fn read_lines(path: &Path, mut reader: Box<dyn BufRead>, each: &mut EachValue<'_>) -> Result<()> {
    let mut line = 0;
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let n = reader
            .by_ref()
            .take(LONGEST)
            .read_until(b'\n', &mut buffer)
            .map_err(|e| cannot_read(path, &e))?;
        if n == 0 {
            return Ok(());
        }
        line += 1;
        if n as u64 == LONGEST && !buffer.ends_with(b"\n") {
            reader
                .skip_until(b'\n')
                .map_err(|e| cannot_read(path, &e))?;
            each(line, Err(too_long(&buffer)))?;
            continue;
        }
        if buffer.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let value = match std::str::from_utf8(&buffer) {
            Ok(text) => serde_json::from_str(text).map_err(|e| format!("invalid JSON: {e}")),
            Err(_) => Err("is not UTF-8".to_owned()),
        };
        each(
            line,
            value.map_err(|reason| CellError {
                column: String::new(),
                value: String::from_utf8_lossy(&buffer).trim_end().to_owned(),
                reason,
            }),
        )?;
    }
}

/// Bytes one by one, counted, with a bound that is set anew for each value.
struct Bytes {
    source: Box<dyn BufRead>,
    buffer: Vec<u8>,
    at: usize,
    line: u64,
    left: std::rc::Rc<Cell<u64>>,
}

impl Bytes {
    /// The next byte, which comes again.
    fn peek(&mut self) -> io::Result<Option<u8>> {
        if self.at == self.buffer.len() {
            let next = self.source.fill_buf()?;
            self.buffer.clear();
            self.buffer.extend_from_slice(next);
            self.at = 0;
            let n = self.buffer.len();
            self.source.consume(n);
        }
        Ok(self.buffer.get(self.at).copied())
    }
}

impl Read for Bytes {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let (Some(first), Some(next)) = (out.first_mut(), self.peek()?) else {
            return Ok(0);
        };
        let Some(left) = self.left.get().checked_sub(1) else {
            return Err(io::Error::other("the document is longer than it may be"));
        };
        self.left.set(left);
        self.line += u64::from(next == b'\n');
        *first = next;
        self.at += 1;
        Ok(1)
    }
}

/// Hands on the items of a list while it is read.
struct Items<'a, 'e> {
    each: &'a mut EachValue<'e>,
    number: &'a mut u64,
    failed: &'a mut Option<Error>,
    left: &'a Cell<u64>,
}

impl<'de> Visitor<'de> for Items<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> std::result::Result<(), A::Error> {
        loop {
            self.left.set(LONGEST);
            let Some(value) = items.next_element::<Value>()? else {
                return Ok(());
            };
            *self.number += 1;
            if let Err(e) = (self.each)(*self.number, Ok(value)) {
                *self.failed = Some(e);
                return Err(A::Error::custom("stopped"));
            }
        }
    }
}

/// Documents, one after the other; of a list, every item.
fn read_documents(path: &Path, text: Box<dyn BufRead>, each: &mut EachValue<'_>) -> Result<()> {
    let left = std::rc::Rc::new(Cell::new(0));
    let mut bytes = Bytes {
        source: text,
        buffer: Vec::new(),
        at: 0,
        line: 1,
        left: std::rc::Rc::clone(&left),
    };
    let mut number = 0;
    loop {
        left.set(u64::MAX);
        let first = loop {
            match bytes.peek().map_err(|e| cannot_read(path, &e))? {
                // Between documents.
                Some(b' ' | b'\t' | b'\r' | b'\n' | b';' | b',') if number > 0 => {}
                Some(b' ' | b'\t' | b'\r' | b'\n') => {}
                other => break other,
            }
            let _ = bytes.read(&mut [0]).map_err(|e| cannot_read(path, &e))?;
        };
        let Some(first) = first else { return Ok(()) };
        let line = bytes.line;
        left.set(LONGEST_DOCUMENT);
        let mut failed = None;
        let outcome = if first == b'[' {
            Deserializer::from_reader(&mut bytes).deserialize_seq(Items {
                each,
                number: &mut number,
                failed: &mut failed,
                left: &left,
            })
        } else {
            let one = Deserializer::from_reader(&mut bytes)
                .into_iter::<Value>()
                .next();
            match one {
                Some(Ok(value)) => {
                    number += 1;
                    each(number, Ok(value))?;
                    Ok(())
                }
                Some(Err(e)) => Err(e),
                None => Ok(()),
            }
        };
        if let Some(error) = failed {
            return Err(error);
        }
        outcome.map_err(|e| broken(path, line, &e, left.get() == 0))?;
        // An empty list is a document too.
        number = number.max(1);
    }
}

fn broken(path: &Path, line: u64, error: &serde_json::Error, too_long: bool) -> Error {
    if too_long {
        return Error::input(
            Place::file(path),
            "the document is longer than 256 MiB, or an item of its list than 64 MiB",
        )
        .with_hint("write it as JSON lines (.jsonl), which are read line by line");
    }
    let mut message = error.to_string();
    if let Some(at) = message.rfind(" at line ") {
        message.truncate(at);
    }
    let place = Place {
        file: path.to_owned(),
        line: Some(line + (error.line() as u64).saturating_sub(1)),
        column: None,
    };
    Error::input(
        place,
        format!(
            "invalid JSON: {message} (character {} of the line)",
            error.column()
        ),
    )
}
