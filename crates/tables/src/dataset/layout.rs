//! Where the table stands in a file: what separates its cells, and which line is its header.
//!
//! Exports print a `sep=;`, a title, `#` comments or a whole preamble before the table. What comes after is the better
//! witness: the header is the first line that has about as many filled cells as most of the rows behind it.

use super::csv_records::{Dialect, Outcome, Record, Records, escapes};
use super::notes::{Notes, lines};

/// Separators that are tried, the likeliest first.
const SEPARATORS: [u8; 4] = *b",;\t|";
/// Records that are looked at.
const LOOKED_AT: usize = 300;
/// Lines among which the header must be.
const PREAMBLE: usize = 60;

/// How a table stands in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// What stands between cells.
    pub(super) dialect: Dialect,
    /// Line of the header, from 1.
    pub(super) header: u64,
    /// Fields that a row must have at least, where rows are shorter than the header.
    pub(super) least: Option<usize>,
}

/// One line of the beginning.
struct Line {
    number: u64,
    cells: Vec<String>,
    /// Whether its quotes make no sense.
    odd: bool,
}

/// Finds the table in the beginning of a file, of which `whole` says whether it is all; `skip` lines are passed over
/// unseen.
pub(super) fn find(sample: &[u8], whole: bool, skip: Option<usize>, notes: &Notes) -> Layout {
    let (start, mut number) = past_lines(sample, skip.unwrap_or(0));
    let mut rest = &sample[start..];
    let mut named = None;
    if let Some((separator, length)) = sep_line(rest) {
        notes.say(format!(
            "line {number} names the separator, {:?}",
            char::from(separator)
        ));
        named = Some(separator);
        rest = &rest[length..];
        number += 1;
    }
    let tries: &[u8] = named.as_ref().map_or(&SEPARATORS, std::slice::from_ref);
    let mut best: Option<(f64, usize, Layout, usize)> = None;
    for &separator in tries {
        let dialect = Dialect {
            separator,
            escape: escapes(rest, separator),
        };
        let records = sample_records(rest, dialect, number, whole);
        let rows: Vec<Vec<&str>> = records
            .iter()
            .map(|r| r.cells.iter().map(String::as_str).collect())
            .collect();
        let at = match skip {
            Some(_) => 0,
            None => header_of(&rows),
        };
        let Some(header) = records.get(at) else {
            continue;
        };
        let n = header.cells.len();
        let behind = &records[at + 1..];
        let least = shorter(behind, n);
        let fitting = |r: &&Line| {
            !r.odd && r.cells.len() == n || least.is_some_and(|m| (m..n).contains(&r.cells.len()))
        };
        #[expect(clippy::cast_precision_loss, reason = "a few hundred lines")]
        let fit = if behind.is_empty() {
            1.0
        } else {
            behind.iter().filter(fitting).count() as f64 / (records.len() - 1) as f64
        };
        #[expect(clippy::cast_precision_loss, reason = "columns of a table")]
        let score = if n < 2 || header.odd {
            0.0
        } else {
            fit * (1.0 - 1.0 / n as f64)
        };
        let layout = Layout {
            dialect,
            header: header.number,
            least,
        };
        if best.as_ref().is_none_or(|b| (score, n) > (b.0, b.1)) {
            best = Some((score, n, layout, at));
        }
    }
    let Some((_, n, layout, at)) = best else {
        return Layout {
            dialect: Dialect {
                separator: named.unwrap_or(SEPARATORS[0]),
                escape: false,
            },
            header: number,
            least: None,
        };
    };
    if at > 0 {
        notes.say(preamble(number, layout.header));
    }
    if let Some(least) = layout.least {
        notes.say(format!(
            "rows have {least} of the header's {n} fields; those that are missing at their end are taken as empty"
        ));
    }
    layout
}

/// The remark on what stands before a header.
pub(super) fn preamble(from: u64, header: u64) -> String {
    let before: Vec<u64> = (from..header).collect();
    format!(
        "the table's header is line {header}; what stands before it ({}) is left out",
        lines(&before)
    )
}

/// Where line `n` (from 0) begins, and its number from 1.
fn past_lines(bytes: &[u8], n: usize) -> (usize, u64) {
    if n == 0 {
        return (0, 1);
    }
    let end = memchr::memchr_iter(b'\n', bytes).nth(n - 1);
    (end.map_or(bytes.len(), |at| at + 1), 1 + n as u64)
}

/// A first line such as `sep=;`, which spreadsheets read and do not show: the separator and the line's length.
fn sep_line(bytes: &[u8]) -> Option<(u8, usize)> {
    let end = memchr::memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1);
    let line = std::str::from_utf8(&bytes[..end]).ok()?;
    let line = line.trim_end_matches(['\r', '\n']).trim_matches('"');
    let separator = line.get(..4).filter(|s| s.eq_ignore_ascii_case("sep="))?;
    match &line.as_bytes()[separator.len()..] {
        [one] if SEPARATORS.contains(one) => Some((*one, end)),
        [b'\\', b't'] => Some((b'\t', end)),
        _ => None,
    }
}

fn sample_records(bytes: &[u8], dialect: Dialect, number: u64, whole: bool) -> Vec<Line> {
    let mut records = Records::new(bytes, dialect, bytes.len().max(1), number);
    let mut record = Record::default();
    let mut found: Vec<Line> = Vec::new();
    let mut starts = number;
    while found.len() < LOOKED_AT {
        let odd = match records.next(&mut record, &mut starts) {
            Ok(outcome @ (Outcome::Record | Outcome::Repaired)) => outcome == Outcome::Repaired,
            Ok(Outcome::TooLong) => continue,
            Ok(Outcome::End) | Err(_) => {
                // The last one of a beginning may be cut.
                if !whole && found.len() > 1 {
                    found.pop();
                }
                break;
            }
        };
        found.push(Line {
            number: starts,
            odd,
            cells: record
                .fields()
                .map(|f| String::from_utf8_lossy(f).into_owned())
                .collect(),
        });
    }
    found
}

/// Fields of the rows where nearly all have the same number and fewer than the header.
fn shorter(rows: &[Line], header: usize) -> Option<usize> {
    let lengths: Vec<usize> = rows.iter().map(|r| r.cells.len()).collect();
    let most = most_common(&lengths)?;
    let same = lengths.iter().filter(|&&n| n == most).count();
    (most > 1 && most < header && same * 10 >= lengths.len() * 8).then_some(most)
}

/// The commonest of the numbers, the larger of two that are as common.
fn most_common(numbers: &[usize]) -> Option<usize> {
    let count = |n: usize| numbers.iter().filter(|&&m| m == n).count();
    numbers.iter().copied().max_by_key(|&n| (count(n), n))
}

/// Which of the first rows is the header.
pub(super) fn header_of<S: AsRef<str>>(rows: &[Vec<S>]) -> usize {
    let filled = |row: &Vec<S>| row.iter().filter(|c| !c.as_ref().trim().is_empty()).count();
    let comment = |row: &Vec<S>| {
        let first = row.first().map_or("", |c| c.as_ref().trim_start());
        first == "#" && filled(row) == 1
            || first
                .strip_prefix('#')
                .is_some_and(|rest| rest.starts_with([' ', '-', '=', '#', '\t']))
    };
    let lengths: Vec<usize> = rows
        .iter()
        .filter(|row| !comment(row))
        .map(Vec::len)
        .collect();
    let Some(most) = most_common(&lengths) else {
        return 0;
    };
    // A key and its value, or a title: no header of a table as wide as this.
    let label = |row: &Vec<S>| {
        filled(row) <= 2
            && row
                .first()
                .is_some_and(|c| c.as_ref().trim_end().ends_with(':'))
    };
    let wide = |row: &Vec<S>| filled(row) * 10 >= most * 7 && !comment(row) && !label(row);
    // A header has rows behind it, unless it is all there is.
    let at = rows.iter().take(PREAMBLE).position(wide).unwrap_or(0);
    if at + 1 < rows.len() { at } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> (char, u64, Vec<String>) {
        let notes = Notes::default();
        let layout = find(text.as_bytes(), true, None, &notes);
        (
            char::from(layout.dialect.separator),
            layout.header,
            notes.all(),
        )
    }

    #[test]
    fn separators_are_told_by_header_and_rows() {
        assert_eq!(found("a,b;c,d\n1;2;3;4;5").0, ',');
        assert_eq!(found("a;b;c\n").0, ';');
        assert_eq!(found("\"x,y,z\"\tb\n").0, '\t');
        assert_eq!(found("single\n").0, ',');
        assert_eq!(found("id;text\n1;one, two\n2;three, four, five\n").0, ';');
        assert_eq!(found("id|text\n1|a\n").0, '|');
        // Decimal commas are no separators.
        assert_eq!(
            found("id\tamount\nc0\t1.500\nc1\t1.249,00\nc2\t89,90\n").0,
            '\t'
        );
    }

    #[test]
    fn headers_are_found_behind_what_stands_before_them() {
        let rows = "id,text,likes\n1,a,2\n2,b,3\n";
        for (before, header) in [
            ("", 1),
            ("sep=,\n", 2),
            ("Influencer report\n\n", 3),
            ("Report:,Mentions\nFrom:,\"Sun Nov 01\"\n\n", 4),
            ("# ---\n# Account: a, b\n#\n", 4),
            ("My report,,\n,,\n", 3),
        ] {
            let (separator, line, notes) = found(&format!("{before}{rows}"));
            assert_eq!((separator, line), (',', header), "{before}");
            assert_eq!(notes.is_empty(), before.is_empty());
        }
        // A header may begin with the sign of comments, and rows may be shorter than it.
        assert_eq!(found("#,Name,Followers\n1,a,5\n").1, 1);
        let notes = found("a,b,c,d\n1,2\n3,4\n").2;
        assert!(notes[0].contains("2 of the header's 4"), "{notes:?}");
        // A table without a header has one no more than before.
        assert_eq!(found("1,2,3\n4,5,6\nx,y,z\n").1, 1);
    }

    #[test]
    fn lines_can_be_skipped_by_number() {
        let notes = Notes::default();
        let text = "one,two\nthree,four\nid,text\n1,a\n";
        assert_eq!(find(text.as_bytes(), true, Some(2), &notes).header, 3);
        assert!(notes.all().is_empty());
    }
}
