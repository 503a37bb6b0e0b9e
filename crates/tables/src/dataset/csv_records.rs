//! Records of a CSV file, each within a bound: a quote that is never closed must not draw the rest
//! of a file into memory.

use csv_core::{ReadRecordResult, Reader};
use std::io::{self, BufRead};

/// Bytes of a record beyond the bound that are kept to show it by.
const KEPT: usize = 1 << 10;

/// What was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A record.
    Record,
    /// A record that is longer than the bound; its beginning is there.
    TooLong,
    /// The end of the file.
    End,
}

/// One record: its fields, one after the other.
#[derive(Debug, Default)]
pub(super) struct Record {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    length: usize,
    fields: usize,
}

impl Record {
    /// Its fields in order.
    pub(super) fn fields(&self) -> impl Iterator<Item = &[u8]> {
        let ends = &self.ends[..self.fields];
        let starts = std::iter::once(0).chain(ends.iter().copied());
        starts.zip(ends).map(|(from, &to)| &self.bytes[from..to])
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.fields
    }

    /// All of its bytes, without separators.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// Reads records.
pub(super) struct Records<R> {
    source: R,
    parser: Reader,
    longest: usize,
}

impl<R: BufRead> Records<R> {
    /// `longest` is the bound of a record in bytes.
    pub(super) fn new(source: R, separator: u8, longest: usize) -> Self {
        Self {
            source,
            parser: csv_core::ReaderBuilder::new().delimiter(separator).build(),
            longest,
        }
    }

    /// The line on which the next record begins, from 1.
    pub(super) fn line(&self) -> u64 {
        self.parser.line()
    }

    /// Reads the next record.
    pub(super) fn next(&mut self, record: &mut Record) -> io::Result<Outcome> {
        record.length = 0;
        record.fields = 0;
        let mut too_long = false;
        loop {
            let input = self.source.fill_buf()?;
            let (result, read, written, ended) = self.parser.read_record(
                input,
                &mut record.bytes[record.length..],
                &mut record.ends[record.fields..],
            );
            self.source.consume(read);
            record.length += written;
            record.fields += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull if record.bytes.len() >= self.longest => {
                    // The rest of it is read over the bytes behind its beginning and forgotten.
                    too_long = true;
                    record.length = KEPT.min(self.longest / 2);
                    record.fields = 0;
                }
                ReadRecordResult::OutputFull => {
                    let size = (record.bytes.len() * 2).clamp(1 << 12, self.longest);
                    record.bytes.resize(size, 0);
                }
                ReadRecordResult::OutputEndsFull => {
                    record.ends.resize((record.ends.len() * 2).max(64), 0);
                }
                ReadRecordResult::Record if too_long => {
                    record.length = KEPT.min(self.longest / 2);
                    record.fields = 0;
                    return Ok(Outcome::TooLong);
                }
                ReadRecordResult::Record => return Ok(Outcome::Record),
                ReadRecordResult::End => return Ok(Outcome::End),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str, longest: usize) -> Vec<(u64, Outcome, Vec<String>)> {
        // A small buffer, so that records cross its edge.
        let source = io::BufReader::with_capacity(7, text.as_bytes());
        let mut records = Records::new(source, b',', longest);
        let mut record = Record::default();
        let mut rows = Vec::new();
        loop {
            let line = records.line();
            let outcome = records.next(&mut record).unwrap();
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
        let text = "a,b\n1,\"x\n\"\"y\"\" z\"\n\n2,\r\n3,long enough to grow\n\"open,4\n5,6";
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let expected: Vec<Vec<String>> = reader
            .records()
            .map(|r| r.unwrap().iter().map(str::to_owned).collect())
            .collect();
        let found = all(text, 1 << 20);
        assert_eq!(
            found.iter().map(|r| r.2.clone()).collect::<Vec<_>>(),
            expected
        );
        assert_eq!(found[0].0, 1);
        assert_eq!(found[1].0, 2);
    }

    #[test]
    fn a_long_record_is_passed_over() {
        let long = "x".repeat(50_000);
        let rows = all(&format!("a,b\n1,{long}\n2,y\n3,\"{long}"), 8_192);
        let outcomes: Vec<Outcome> = rows.iter().map(|r| r.1).collect();
        let (record, long) = (Outcome::Record, Outcome::TooLong);
        assert_eq!(outcomes, [record, long, record, long]);
        assert_eq!(rows[2].0, 3);
        assert_eq!(rows[2].2, ["2", "y"]);
    }
}
