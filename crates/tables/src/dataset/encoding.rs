//! Text in other encodings to UTF-8, while it is read.
//!
//! UTF-8 passes as it is. The first byte that does not fit decides: where everything before was ASCII and the file as a
//! whole has no UTF-8 to speak of, it is Windows-1252, as spreadsheets in western Europe save; else the bytes are
//! broken UTF-8, and cost the rows that they stand in.

use super::notes::Notes;
use encoding_rs::{Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::io::{self, BufRead, Read};

/// Bytes that are taken at once.
const CHUNK: usize = 1 << 16;

/// Bytes that are not ASCII, by what they could be.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct HighBytes {
    /// Sequences that are UTF-8.
    utf8: u64,
    /// Bytes that are not.
    other: u64,
    /// Those of them that Windows-1252 has no letter for.
    unknown: u64,
    /// ASCII letters.
    letters: u64,
}

impl HighBytes {
    /// Counts a part of a file; a sequence that is cut at its end counts as whole.
    fn add(&mut self, mut bytes: &[u8]) {
        self.letters += bytes.iter().filter(|b| b.is_ascii_alphabetic()).count() as u64;
        loop {
            let (valid, broken) = match std::str::from_utf8(bytes) {
                Ok(_) => (bytes.len(), None),
                Err(e) => (e.valid_up_to(), Some(e.error_len())),
            };
            let leads = bytes[..valid].iter().filter(|&&b| b >= 0xc0);
            self.utf8 += leads.count() as u64;
            let Some(Some(length)) = broken else { return };
            for &b in &bytes[valid..valid + length] {
                self.other += 1;
                self.unknown += u64::from(matches!(b, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d));
            }
            bytes = &bytes[valid + length..];
        }
    }

    fn of(mut source: impl Read) -> io::Result<Self> {
        let mut counts = Self::default();
        let mut buffer = vec![0; CHUNK];
        loop {
            let n = source.read(&mut buffer)?;
            if n == 0 {
                return Ok(counts);
            }
            counts.add(&buffer[..n]);
        }
    }

    /// Whether all of it is rather Windows-1252 than broken UTF-8.
    fn is_western(self) -> bool {
        self.other > self.utf8 && self.unknown == 0
    }

    /// Whether it is more foreign letters than a western text has.
    fn is_foreign(self) -> bool {
        self.other > 20 && self.other * 2 > self.letters
    }
}

/// What decides on a file that is not UTF-8: counts of all of it, where it can be read once more.
pub(super) type Again = Box<dyn Fn() -> io::Result<Box<dyn Read>>>;

/// Gives UTF-8, whatever it reads.
pub(super) struct Utf8<R> {
    source: R,
    decoder: Option<Decoder>,
    /// Whether what comes is known to be UTF-8, broken or not.
    settled: bool,
    again: Option<Again>,
    notes: Notes,
    /// Decoded, and not yet given.
    out: Vec<u8>,
    at: usize,
    /// Bytes of a sequence that goes on in the next chunk.
    rest: Vec<u8>,
    ended: bool,
}

/// The encoding that the first bytes show, and the length of the mark that shows it.
pub(super) fn marked(start: &[u8]) -> Option<(&'static Encoding, usize)> {
    if let Some(found) = Encoding::for_bom(start) {
        return Some(found);
    }
    // UTF-16 without a mark: in text of the west every other byte is empty.
    let start = &start[..start.len().min(1024) & !1];
    if start.len() < 8 {
        return None;
    }
    let empty = |odd: usize| {
        start
            .iter()
            .skip(odd)
            .step_by(2)
            .filter(|&&b| b == 0)
            .count()
    };
    let most = start.len() / 2 * 7 / 10;
    match (empty(0), empty(1)) {
        (0, n) if n >= most => Some((UTF_16LE, 0)),
        (n, 0) if n >= most => Some((UTF_16BE, 0)),
        _ => None,
    }
}

impl<R: BufRead> Utf8<R> {
    /// Reads `source` in the encoding that was named, else in the one that its first bytes show, else in what it turns
    /// out to be.
    pub(super) fn new(
        mut source: R,
        start: &[u8],
        named: Option<&'static Encoding>,
        again: Option<Again>,
        notes: &Notes,
    ) -> io::Result<Self> {
        let mark = marked(start);
        let mut length = mark.map_or(0, |m| m.1);
        while length > 0 {
            let n = source.fill_buf()?.len().min(length);
            source.consume(n);
            length -= n;
            if n == 0 {
                break;
            }
        }
        let encoding = mark.map(|m| m.0).or(named);
        let decoder = encoding.filter(|e| *e != UTF_8).map(|encoding| {
            notes.say(format!("read as {}", encoding.name()));
            encoding.new_decoder_without_bom_handling()
        });
        Ok(Self {
            source,
            decoder,
            settled: encoding == Some(UTF_8),
            again,
            notes: notes.clone(),
            out: Vec::with_capacity(CHUNK),
            at: 0,
            rest: Vec::new(),
            ended: false,
        })
    }

    /// Decodes the next chunk into `out`.
    fn next_chunk(&mut self) -> io::Result<()> {
        self.out.clear();
        self.at = 0;
        while self.out.is_empty() && !self.ended {
            let input = self.source.fill_buf()?;
            let n = input.len();
            if n == 0 {
                self.ended = true;
            }
            if self.decoder.is_some() {
                let input = input.to_vec();
                self.source.consume(n);
                self.decode(&input, n == 0);
                continue;
            }
            self.out.append(&mut self.rest);
            self.out.extend_from_slice(input);
            self.source.consume(n);
            if self.settled {
                continue;
            }
            match std::str::from_utf8(&self.out) {
                Ok(_) => {}
                Err(e) if e.error_len().is_none() && !self.ended => {
                    // A letter that is cut by the chunk's end.
                    self.rest = self.out.split_off(e.valid_up_to());
                }
                Err(e) => self.decide(e.valid_up_to())?,
            }
        }
        Ok(())
    }

    fn decode(&mut self, input: &[u8], last: bool) {
        let Some(decoder) = &mut self.decoder else {
            return;
        };
        let most = decoder
            .max_utf8_buffer_length(input.len())
            .unwrap_or(input.len() * 4 + 16);
        let from = self.out.len();
        self.out.resize(from + most, 0);
        let (_, _, written, _) = decoder.decode_to_utf8(input, &mut self.out[from..], last);
        self.out.truncate(from + written);
    }

    /// Settles what the file is, at its first byte that is no UTF-8, `valid` bytes into `out`.
    fn decide(&mut self, valid: usize) -> io::Result<()> {
        self.settled = true;
        let mut counts = HighBytes::default();
        match &self.again {
            Some(again) => counts = HighBytes::of(again()?)?,
            None => counts.add(&self.out),
        }
        if !counts.is_western() {
            let what = if counts.other > counts.utf8 {
                "is neither UTF-8 nor Windows-1252; the rows with letters of another encoding are rejected: --encoding names it"
            } else {
                "is UTF-8 with broken letters; the rows that they stand in are rejected"
            };
            self.notes.say(what);
            return Ok(());
        }
        if counts.is_foreign() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "its text is not UTF-8, and has more foreign letters than Windows-1252 would; save it as UTF-8, or name its encoding by --encoding (windows-1251, shift_jis, gbk, …)",
            ));
        }
        self.notes
            .say("read as windows-1252, since it is not UTF-8");
        let tail = self.out.split_off(valid);
        self.decoder = Some(WINDOWS_1252.new_decoder_without_bom_handling());
        self.decode(&tail, false);
        Ok(())
    }
}

impl<R: BufRead> Read for Utf8<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut available = self.fill_buf()?;
        let n = available.read(buffer)?;
        self.consume(n);
        Ok(n)
    }
}

impl<R: BufRead> BufRead for Utf8<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at >= self.out.len() {
            self.next_chunk()?;
        }
        Ok(&self.out[self.at..])
    }

    fn consume(&mut self, n: usize) {
        self.at += n;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (io::Result<Vec<u8>>, Vec<String>) {
        let notes = Notes::default();
        let owned = bytes.to_vec();
        let again: Again = Box::new(move || Ok(Box::new(io::Cursor::new(owned.clone()))));
        // A small buffer, so that letters cross its edge.
        let source = io::BufReader::with_capacity(5, bytes);
        let mut reader = Utf8::new(source, bytes, None, Some(again), &notes).unwrap();
        let mut out = Vec::new();
        (reader.read_to_end(&mut out).map(|_| out), notes.all())
    }

    fn utf16(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(order).collect()
    }

    #[test]
    fn text_is_decoded_whatever_its_encoding() {
        let text = "id;name\n1;Zoë Müller – für 😍\n2;plain\n";
        let western = "id;name\n1;Zoë Müller – für\n2;it’s\n";
        let (packed, _, _) = WINDOWS_1252.encode(western);
        let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
        for (bytes, expected, note) in [
            (text.as_bytes().to_vec(), text, None),
            (marked, text, None),
            (packed.into_owned(), western, Some("windows-1252")),
            (
                utf16(&format!("\u{feff}{text}"), u16::to_le_bytes),
                text,
                Some("UTF-16LE"),
            ),
            (
                utf16(&format!("\u{feff}{text}"), u16::to_be_bytes),
                text,
                Some("UTF-16BE"),
            ),
            (
                utf16("id;name\n1;plain\n", u16::to_le_bytes),
                "id;name\n1;plain\n",
                Some("UTF-16LE"),
            ),
        ] {
            let (out, notes) = read(&bytes);
            assert_eq!(String::from_utf8_lossy(&out.unwrap()), expected);
            assert_eq!(notes.len(), usize::from(note.is_some()));
            assert!(note.is_none_or(|n| notes[0].contains(n)), "{notes:?}");
        }
    }

    #[test]
    fn broken_letters_in_utf8_are_not_taken_for_another_encoding() {
        let bytes = b"1;M\xfcller\n2;Z\xc3\xb6e\n3;\xc3\xa9t\xc3\xa9\n";
        let (out, notes) = read(bytes);
        assert_eq!(out.unwrap(), bytes);
        assert!(notes[0].contains("broken"), "{notes:?}");
    }

    #[test]
    fn other_alphabets_are_not_read_as_western_letters() {
        let (bytes, _, _) = encoding_rs::WINDOWS_1251
            .encode("id;text\n1;Отличная сыворотка для лица\n2;Очень хорошая\n");
        let (out, notes) = read(&bytes);
        match out {
            Err(e) => assert!(e.to_string().contains("--encoding")),
            Ok(out) => {
                assert!(std::str::from_utf8(&out).is_err() && notes[0].contains("--encoding"));
            }
        }
    }
}
