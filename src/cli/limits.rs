//! How many rows may be lost before the results are not to be trusted, and where the results go then.

use super::args::Common;
use crate::dataset::InputInfo;
use crate::market::{Join, found_nothing};
use crate::{Error, Place, Result};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The share above which lost rows are said loudly where no flag sets another.
const USUAL: f64 = 0.1;

/// A share as it is typed: `0.1` or `10%`.
pub(crate) fn share(typed: &str) -> std::result::Result<f64, String> {
    let (number, percent) = match typed.trim().strip_suffix('%') {
        Some(number) => (number.trim(), 100.0),
        None => (typed.trim(), 1.0),
    };
    let share: Option<f64> = number.parse().ok().map(|n: f64| n / percent);
    share
        .filter(|share| (0.0..=1.0).contains(share))
        .ok_or_else(|| "expected a share such as 0.1 or 10%".to_owned())
}

/// A limit that was exceeded.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Excess {
    /// What was lost, of how many.
    pub(crate) text: String,
    /// Whether the user has set the limit; the usual one is only said.
    pub(crate) set: bool,
}

/// The limits that the rows read and joined exceed.
pub(crate) fn excesses(common: &Common, inputs: &[InputInfo], joins: &[Join]) -> Vec<Excess> {
    let mut tables: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for input in inputs {
        let sums = tables.entry(input.table).or_default();
        *sums = (sums.0 + input.rows, sums.1 + input.rejected);
    }
    let mut cells: BTreeMap<(&str, &str), (usize, usize)> = BTreeMap::new();
    for input in inputs {
        for (column, faulty) in &input.faulty {
            let used = input.rows - input.left_out - input.rejected;
            let unknown = input.unknown.get(column.as_str()).copied().unwrap_or(0);
            let sums = cells.entry((input.table, column)).or_default();
            *sums = (
                sums.0 + used.saturating_sub(unknown) + faulty,
                sums.1 + faulty,
            );
        }
    }
    let mut all = Vec::new();
    let mut hold = |limit: Option<f64>, flag: &str, lost: usize, rows: usize, what: String| {
        let share = lost as f64 / rows.max(1) as f64;
        if share > limit.unwrap_or(USUAL) {
            all.push(Excess {
                text: format!(
                    "{what} ({:.0} %), more than {flag} {} allows",
                    100.0 * share,
                    limit.unwrap_or(USUAL)
                ),
                set: limit.is_some(),
            });
        }
    };
    for (table, (rows, rejected)) in tables {
        let what = format!("{rejected} of {rows} rows of {table} were rejected");
        hold(common.max_rejected, "--max-rejected", rejected, rows, what);
    }
    // The usual share of these is said where the file is read, with the first that is at fault.
    for ((table, column), (cells, faulty)) in
        cells.into_iter().filter(|_| common.max_rejected.is_some())
    {
        let what = format!(
            "{faulty} of {cells} cells of {column} in {table} that say something cannot be read"
        );
        hold(common.max_rejected, "--max-rejected", faulty, cells, what);
    }
    for join in joins.iter().filter(|join| join.limited) {
        let what = format!("{} [{}]", join.sentence(), join.spellings());
        hold(
            common.max_unmatched,
            "--max-unmatched",
            join.unmatched,
            join.rows,
            what,
        );
    }
    all
}

/// An error where a join found nothing, with both spellings.
pub(crate) fn check_joins(joins: &[Join], inputs: &[InputInfo]) -> Result<()> {
    let Some(join) = found_nothing(joins) else {
        return Ok(());
    };
    let file = inputs.iter().find(|input| input.table == join.table);
    let message = format!("{}: {}", join.sentence(), join.spellings());
    let error = match file {
        Some(input) => Error::input(Place::file(&input.path), message),
        None => Error::usage(message),
    };
    Err(error.with_hint(format!(
        "both must be spelt alike: check that the files are of one market, and name the column of {} that holds what {} say in a map \
         (`microfluence init` shows what each column was taken for)",
        join.table, join.to
    )))
}

/// Where results go that are beyond a limit, so that the last good ones stay: `scored.csv` becomes
/// `scored.beyond-limits.csv`.
pub(crate) fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let packed = [".gz", ".zst"].iter().find(|end| name.ends_with(*end));
    let bare = packed.map_or(name.as_ref(), |end| name.trim_end_matches(end));
    let name = match bare.rsplit_once('.') {
        Some((stem, ending)) => format!("{stem}.{MARK}.{ending}{}", packed.unwrap_or(&"")),
        None => format!("{name}.{MARK}"),
    };
    path.with_file_name(name)
}

/// What the names of such results hold.
const MARK: &str = "beyond-limits";

#[cfg(test)]
mod tests {
    use super::{beside, share};
    use std::path::Path;

    #[test]
    fn shares_and_names() {
        assert_eq!(share("10%"), Ok(0.1));
        assert_eq!(share("0.25"), Ok(0.25));
        assert!(share("12").is_err() && share("ten").is_err() && share("-1%").is_err());
        for (path, expected) in [
            ("a/b.csv", "a/b.beyond-limits.csv"),
            ("b.jsonl.gz", "b.beyond-limits.jsonl.gz"),
            ("out", "out.beyond-limits"),
        ] {
            assert_eq!(beside(Path::new(path)), Path::new(expected));
        }
    }
}
