//! Records of a CSV file, each within a bound. A quote that is never closed must neither draw the rest of a file into
//! memory nor swallow the rows behind it: where what it encloses looks like rows, it is read as a plain character.

use memchr::{memchr, memchr2, memrchr};
use std::collections::VecDeque;
use std::io::{self, BufRead, Read};

/// Bytes of a record beyond the bound that are kept to show it by.
const KEPT: usize = 1 << 10;
/// Lines inside one quoted cell that look like rows, at which the search for its end is given up.
const SURELY_ROWS: usize = 20;

/// What was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A record.
    Record,
    /// A record in which a quote that nothing closes was read as a plain character.
    Repaired,
    /// A record that is longer than the bound; its beginning is there.
    TooLong,
    /// The end of the file.
    End,
}

/// One record: its fields, one after the other.
#[derive(Debug, Default)]
pub(super) struct Record {
    bytes: Vec<u8>,
    bounds: Vec<(usize, usize)>,
}

impl Record {
    /// Its fields in order.
    pub(super) fn fields(&self) -> impl Iterator<Item = &[u8]> {
        self.bounds.iter().map(|&(from, to)| &self.bytes[from..to])
    }

    /// Where its fields stand in its bytes.
    pub(super) fn bounds(&self) -> &[(usize, usize)] {
        &self.bounds
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.bounds.len()
    }

    /// All of its bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// How a file writes its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    /// What stands between fields.
    pub(super) separator: u8,
    /// Whether a quote inside a quoted field is written `\"`.
    pub(super) escape: bool,
}

/// Reads records.
pub(super) struct Records<R> {
    source: R,
    dialect: Dialect,
    longest: usize,
    /// Line on which the next record begins.
    line: u64,
    /// Fields that a record has, once that is known.
    expected: Option<usize>,
    /// What the first field of the record before looked like.
    shape: Vec<u8>,
    /// Lines that were read ahead and given back.
    ahead: VecDeque<Vec<u8>>,
    /// The physical lines of the record that is being read.
    raw: Vec<u8>,
}

/// What a scan of a line has come to.
struct Scan {
    /// Where the quote stands that is still open.
    open: Option<usize>,
    /// Whether a quote was met inside a quoted field that looks like the beginning of another.
    opener: bool,
}

impl<R: BufRead> Records<R> {
    /// `longest` is the bound of a record in bytes, `line` the number of the first line.
    pub(super) fn new(source: R, dialect: Dialect, longest: usize, line: u64) -> Self {
        Self {
            source,
            dialect,
            longest,
            line,
            expected: None,
            shape: Vec::new(),
            ahead: VecDeque::new(),
            raw: Vec::new(),
        }
    }

    /// Says how many fields a record has.
    pub(super) fn expect(&mut self, fields: usize) {
        self.expected = Some(fields);
    }

    /// Appends a line with its end to `raw`; `None` at the end of the file, `false` where it is longer than the bound.
    fn next_line(&mut self) -> io::Result<Option<bool>> {
        if let Some(line) = self.ahead.pop_front() {
            self.raw.extend_from_slice(&line);
            return Ok(Some(true));
        }
        let bound = self.longest as u64 + 1;
        let n = (&mut self.source)
            .take(bound)
            .read_until(b'\n', &mut self.raw)?;
        if n == 0 {
            return Ok(None);
        }
        if n as u64 == bound && !self.raw.ends_with(b"\n") {
            self.source.skip_until(b'\n')?;
            return Ok(Some(false));
        }
        Ok(Some(true))
    }

    /// Reads the next record; `starts` gets the line on which it begins.
    pub(super) fn next(&mut self, record: &mut Record, starts: &mut u64) -> io::Result<Outcome> {
        loop {
            self.raw.clear();
            *starts = self.line;
            match self.next_line()? {
                None => return Ok(Outcome::End),
                Some(false) => return Ok(self.too_long(record)),
                Some(true) => self.line += 1,
            }
            if !trimmed(&self.raw).is_empty() {
                break;
            }
        }
        record.bounds.clear();
        let content = trimmed(&self.raw).len();
        if memchr(b'"', &self.raw[..content]).is_none() {
            split(
                &self.raw[..content],
                self.dialect.separator,
                &mut record.bounds,
            );
            std::mem::swap(&mut record.bytes, &mut self.raw);
            record.bytes.truncate(content);
            self.remember(record);
            return Ok(Outcome::Record);
        }
        record.bytes.clear();
        let mut scan = Scan {
            open: None,
            opener: false,
        };
        scan_line(&self.raw, 0, content, self.dialect, None, record, &mut scan);
        let outcome = match scan.open {
            None => Outcome::Record,
            Some(_) => self.more_lines(record, &mut scan)?,
        };
        if outcome != Outcome::TooLong {
            self.remember(record);
        }
        Ok(outcome)
    }

    /// Reads on where a quoted field goes on behind the end of the line.
    fn more_lines(&mut self, record: &mut Record, scan: &mut Scan) -> io::Result<Outcome> {
        let mut starts = vec![0];
        let (mut rows, mut closed) = (0, false);
        while !scan.opener && self.raw.len() <= self.longest {
            let from = self.raw.len();
            match self.next_line()? {
                None => break,
                Some(false) => {
                    // A line of its own that is beyond the bound: what was open is closed nowhere near.
                    self.raw.truncate(from);
                    break;
                }
                Some(true) => {}
            }
            starts.push(from);
            let to = from + trimmed(&self.raw[from..]).len();
            if self.looks_like_row(&self.raw[from..to], record) {
                rows += 1;
            }
            // The end of the line before is part of the cell.
            let before = from - (from - trimmed(&self.raw[..from]).len());
            record.bytes.extend_from_slice(&self.raw[before..from]);
            scan_line(&self.raw, from, to, self.dialect, None, record, scan);
            if scan.open.is_none() {
                closed = true;
                break;
            }
            if rows >= SURELY_ROWS && rows * 2 >= starts.len() - 1 {
                break;
            }
        }
        let swallowed = rows >= 1 && rows * 2 >= starts.len() - 1;
        if closed && !scan.opener && !swallowed {
            self.line += starts.len() as u64 - 1;
            return Ok(Outcome::Record);
        }
        // Back to the first line, with the quote as a plain character; the others are read again.
        let first_end = starts.get(1).copied().unwrap_or(self.raw.len());
        for (i, &from) in starts.iter().enumerate().skip(1).rev() {
            let to = starts.get(i + 1).copied().unwrap_or(self.raw.len());
            self.ahead.push_front(self.raw[from..to].to_vec());
        }
        let content = trimmed(&self.raw[..first_end]).len();
        let mut plain = Vec::new();
        loop {
            record.bytes.clear();
            record.bounds.clear();
            let mut again = Scan {
                open: None,
                opener: false,
            };
            let skip = Some(plain.as_slice());
            scan_line(
                &self.raw,
                0,
                content,
                self.dialect,
                skip,
                record,
                &mut again,
            );
            match again.open {
                Some(at) => plain.push(at),
                None => return Ok(Outcome::Repaired),
            }
        }
    }

    /// Whether a line inside a quoted field is what a row of this file looks like.
    fn looks_like_row(&self, line: &[u8], record: &Record) -> bool {
        let Some(expected) = self.expected.filter(|&n| n > 1) else {
            return false;
        };
        let mut fields = Record::default();
        let mut scan = Scan {
            open: None,
            opener: false,
        };
        scan_line(
            line,
            0,
            line.len(),
            self.dialect,
            None,
            &mut fields,
            &mut scan,
        );
        if fields.len() != expected {
            return false;
        }
        let own = record
            .bounds
            .first()
            .map(|&(a, b)| shape(&record.bytes[a..b]));
        let usual = if self.shape.is_empty() {
            own.unwrap_or_default()
        } else {
            self.shape.clone()
        };
        fields
            .fields()
            .next()
            .is_some_and(|first| shape(first) == usual)
    }

    fn remember(&mut self, record: &Record) {
        // Shapes are needed only where a cell runs over lines; a short one is cheap to keep.
        if self.expected == Some(record.len())
            && let Some(first) = record.fields().next()
        {
            self.shape.clear();
            shape_into(first, &mut self.shape);
        }
    }

    fn too_long(&mut self, record: &mut Record) -> Outcome {
        self.line += 1;
        record.bounds.clear();
        record.bytes.clear();
        let kept = KEPT.min(self.raw.len());
        record.bytes.extend_from_slice(&self.raw[..kept]);
        Outcome::TooLong
    }
}

/// A line without its end.
fn trimmed(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The fields of a line without quotes.
fn split(line: &[u8], separator: u8, bounds: &mut Vec<(usize, usize)>) {
    let mut from = 0;
    for at in memchr::memchr_iter(separator, line) {
        bounds.push((from, at));
        from = at + 1;
    }
    bounds.push((from, line.len()));
}

/// Reads `raw[at..to]`, from within a quoted field where `scan.open` says so. Quotes that stand at `plain` are
/// characters.
fn scan_line(
    raw: &[u8],
    mut at: usize,
    to: usize,
    dialect: Dialect,
    plain: Option<&[usize]>,
    record: &mut Record,
    scan: &mut Scan,
) {
    let separator = dialect.separator;
    let line = at;
    let mut from = match scan.open {
        // The field began on an earlier line, behind the last bound and its separator.
        Some(_) => record.bounds.last().map_or(0, |b| b.1 + 1),
        None => record.bytes.len(),
    };
    loop {
        if scan.open.is_none() {
            let quoted =
                raw[at..to].first() == Some(&b'"') && !plain.is_some_and(|p| p.contains(&at));
            if quoted {
                scan.open = Some(at);
                at += 1;
            } else {
                let end = memchr(separator, &raw[at..to]).map_or(to, |n| at + n);
                record.bytes.extend_from_slice(&raw[at..end]);
                record.bounds.push((from, record.bytes.len()));
                if end == to {
                    return;
                }
                at = end + 1;
                // Between fields, so that no letter goes over from one to the next.
                record.bytes.push(separator);
                from = record.bytes.len();
                continue;
            }
        }
        // Inside quotes.
        let stop = if dialect.escape {
            memchr2(b'"', b'\\', &raw[at..to])
        } else {
            memchr(b'"', &raw[at..to])
        };
        let Some(n) = stop else {
            record.bytes.extend_from_slice(&raw[at..to]);
            return;
        };
        let quote = at + n;
        record.bytes.extend_from_slice(&raw[at..quote]);
        let next = raw[..to].get(quote + 1).copied();
        if raw[quote] == b'\\' {
            let escaped = next.filter(|b| matches!(b, b'"' | b'\\'));
            record.bytes.push(escaped.unwrap_or(b'\\'));
            at = quote + 1 + usize::from(escaped.is_some());
        } else if next == Some(b'"') {
            record.bytes.push(b'"');
            at = quote + 2;
        } else if next.is_none() || next == Some(separator) {
            scan.open = None;
            record.bounds.push((from, record.bytes.len()));
            if next.is_none() {
                return;
            }
            at = quote + 2;
            record.bytes.push(separator);
            from = record.bytes.len();
        } else {
            // Not the end: a quote that somebody forgot to double, or the beginning of a later cell.
            let opens = quote == line || raw[quote - 1] == separator;
            let elsewhere = scan.open.is_some_and(|open| open < line);
            scan.opener |= opens && elsewhere;
            record.bytes.push(b'"');
            at = quote + 1;
        }
    }
}

/// What a cell looks like: digits as 9, letters as a, runs as one.
fn shape(cell: &[u8]) -> Vec<u8> {
    let mut shape = Vec::new();
    shape_into(cell, &mut shape);
    shape
}

fn shape_into(cell: &[u8], shape: &mut Vec<u8>) {
    for &b in cell.iter().take(64) {
        let kind = match b {
            b'0'..=b'9' => b'9',
            b'a'..=b'z' | b'A'..=b'Z' | 0x80.. => b'a',
            other => other,
        };
        if shape.last() != Some(&kind) {
            shape.push(kind);
        }
    }
}

/// Whether quotes inside quoted cells are written `\"`: seen so at least once, and never as `""`.
pub(super) fn escapes(sample: &[u8], separator: u8) -> bool {
    let (mut escaped, mut doubled) = (0, 0);
    let ends = |b: Option<&u8>| b.is_none_or(|&b| b == separator || b == b'\n' || b == b'\r');
    for at in memchr::memchr_iter(b'"', sample) {
        let before = at.checked_sub(1).map(|i| sample[i]);
        if before == Some(b'\\') && !ends(sample.get(at + 1)) {
            escaped += 1;
        }
        let starts = before.is_none_or(|b| b == separator || b == b'\n');
        if sample.get(at + 1) == Some(&b'"') && !(starts && ends(sample.get(at + 2))) {
            doubled += 1;
        }
    }
    escaped > 0 && doubled <= escaped / 2 && memrchr(b'\\', sample).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMA: Dialect = Dialect {
        separator: b',',
        escape: false,
    };

    fn all(
        text: &str,
        longest: usize,
        expected: Option<usize>,
    ) -> Vec<(u64, Outcome, Vec<String>)> {
        // A small buffer, so that records cross its edge.
        let source = io::BufReader::with_capacity(7, text.as_bytes());
        let dialect = Dialect {
            escape: escapes(text.as_bytes(), b','),
            ..COMMA
        };
        let mut records = Records::new(source, dialect, longest, 1);
        records.expected = expected;
        let mut record = Record::default();
        let mut rows = Vec::new();
        let mut line = 0;
        loop {
            let outcome = records.next(&mut record, &mut line).unwrap();
            if outcome == Outcome::End {
                return rows;
            }
            let fields = record
                .fields()
                .map(|f| String::from_utf8_lossy(f).into_owned())
                .collect();
            rows.push((line, outcome, fields));
        }
    }

    #[test]
    fn records_are_what_the_csv_crate_reads() {
        let text = "a,b\n1,\"x\n\"\"y\"\" z\"\n\n2,\r\n\"\",\"\"\n3,long enough to grow\n\"a,\r\nb\",4\r\n5,6";
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let expected: Vec<Vec<String>> = reader
            .records()
            .map(|r| r.unwrap().iter().map(str::to_owned).collect())
            .collect();
        let found = all(text, 1 << 20, Some(2));
        assert_eq!(
            found.iter().map(|r| r.2.clone()).collect::<Vec<_>>(),
            expected
        );
        let lines: Vec<u64> = found.iter().map(|r| r.0).collect();
        assert_eq!(lines, [1, 2, 5, 6, 7, 8, 10]);
        assert!(found.iter().all(|r| r.1 == Outcome::Record));
    }

    #[test]
    fn a_long_record_is_passed_over() {
        let long = "x".repeat(50_000);
        let rows = all(&format!("a,b\n1,{long}\n2,y\n3,\"{long}"), 8_192, Some(2));
        let outcomes: Vec<Outcome> = rows.iter().map(|r| r.1).collect();
        let (record, long) = (Outcome::Record, Outcome::TooLong);
        assert_eq!(outcomes, [record, long, record, long]);
        assert_eq!(rows[2].0, 3);
        assert_eq!(rows[2].2, ["2", "y"]);
    }

    #[test]
    fn a_quote_that_nothing_closes_costs_no_other_row() {
        // To the end of the file, to the beginning of a quoted cell, to the end of one.
        for rest in ["", "8,\"a, b\",z\n9,c,z\n", "8,x\",z\n"] {
            let text = format!("id,text,who\n5,fine,z\n6,\"oh no,z\n7,good,z\n{rest}");
            let rows = all(&text, 1 << 20, Some(3));
            assert_eq!(rows[2].1, Outcome::Repaired, "{rest}");
            assert_eq!(rows[2].2, ["6", "\"oh no", "z"]);
            assert_eq!(
                rows[3],
                (
                    4,
                    Outcome::Record,
                    vec!["7".into(), "good".into(), "z".into()]
                )
            );
            if rest.contains("a, b") {
                assert_eq!(rows[4].2, ["8", "a, b", "z"]);
                assert_eq!(rows[5].0, 6);
            }
        }
    }

    #[test]
    fn cells_may_hold_lines_and_quotes() {
        let text = "id,text,who\n1,\"first\n\nsecond, and\n\"\"third\"\"\",z\n2,\"she said \"great\" and, so on\",z\n";
        let rows = all(text, 1 << 20, Some(3));
        assert_eq!(rows[1].2[1], "first\n\nsecond, and\n\"third\"");
        assert_eq!(rows[2].2, ["2", "she said \"great\" and, so on", "z"]);
        assert_eq!((rows[1].0, rows[2].0), (2, 6));
        let text = "id,text,who\n1,\"she said \\\"great\\\" today\",z\n";
        assert_eq!(
            all(text, 1 << 20, Some(3))[1].2[1],
            "she said \"great\" today"
        );
    }
}
