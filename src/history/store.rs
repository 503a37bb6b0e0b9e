//! Where the records of a folder of runs stand: `history/00007-2026-11-27.json.gz`, numbered so that the order survives
//! a clock that was set back.

use super::RunRecord;
use crate::dataset::write_atomically;
use crate::error::{Error, Place, Result};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// The folder, within that of the run.
const FOLDER: &str = "history";
/// Records of this many last runs are all kept; of earlier ones, the last of each day.
const ALL_OF: usize = 30;

/// The records of one folder of runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordStore {
    folder: PathBuf,
    /// Number and path of each, oldest first.
    records: Vec<(u64, PathBuf)>,
}

impl RecordStore {
    /// Looks at what stands beside a run's results.
    ///
    /// # Errors
    /// [`Error::Io`] where the folder is there and cannot be read.
    pub fn open(output: &Path) -> Result<Self> {
        let folder = output.join(FOLDER);
        let mut records = Vec::new();
        if folder.is_dir() {
            let entries = std::fs::read_dir(&folder).map_err(|e| Error::io(&folder, e))?;
            for entry in entries {
                let path = entry.map_err(|e| Error::io(&folder, e))?.path();
                records.extend(number(&path).map(|number| (number, path)));
            }
        }
        records.sort();
        Ok(Self { folder, records })
    }

    /// The paths of all records, oldest first.
    #[must_use]
    pub fn paths(&self) -> impl DoubleEndedIterator<Item = &Path> {
        self.records.iter().map(|(_, path)| path.as_path())
    }

    /// The newest record that can be read; a damaged one is passed over and named to `say`.
    pub fn latest(&self, mut say: impl FnMut(&Error)) -> Option<RunRecord> {
        self.paths().rev().find_map(|path| match Self::read(path) {
            Ok(record) => Some(record),
            Err(error) => {
                say(&error);
                None
            }
        })
    }

    /// Reads one record.
    ///
    /// # Errors
    /// [`Error::Input`] where the file is not one.
    pub fn read(path: &Path) -> Result<RunRecord> {
        let damaged = |what: String| {
            Error::input(Place::file(path), format!("is no record of a run: {what}"))
        };
        let file = std::fs::File::open(path).map_err(|e| damaged(e.to_string()))?;
        let mut text = String::new();
        GzDecoder::new(file)
            .read_to_string(&mut text)
            .map_err(|e| damaged(e.to_string()))?;
        serde_json::from_str(&text).map_err(|e| damaged(e.to_string()))
    }

    /// Adds a record, and takes away what is older than `days` before it and what is not the last of an earlier day.
    /// Reasons for being left out are kept for those alone whom the run before had ranked: that is what a comparison
    /// asks for.
    ///
    /// # Errors
    /// [`Error::Io`] where it cannot be written.
    pub fn add(&mut self, record: &RunRecord, before: Option<&RunRecord>, days: u32) -> Result<()> {
        let mut kept = record.clone();
        let ranked: BTreeSet<&str> = before
            .iter()
            .flat_map(|b| &b.ranking)
            .map(|r| r.creator_id.as_str())
            .collect();
        kept.excluded.retain(|id, _| ranked.contains(id.as_str()));
        let number = self.records.last().map_or(1, |(last, _)| last + 1);
        let day = record.started_at.unwrap_or(Timestamp::UNIX_EPOCH);
        let path = self
            .folder
            .join(format!("{number:05}-{}.json.gz", day.strftime("%Y-%m-%d")));
        let text = serde_json::to_vec(&kept).map_err(|e| Error::Internal(e.to_string()))?;
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        let packed = packed.write_all(&text).and_then(|()| packed.finish());
        write_atomically(&path, &packed.map_err(|e| Error::io(&path, e))?)?;
        self.records.push((number, path));
        self.thin(day, days);
        Ok(())
    }

    fn thin(&mut self, now: Timestamp, days: u32) {
        let last_of_day: BTreeSet<PathBuf> = {
            let mut by_day = std::collections::BTreeMap::new();
            for (_, path) in &self.records {
                by_day.insert(day(path), path.clone());
            }
            by_day.into_values().collect()
        };
        let oldest = now
            .checked_sub(jiff::SignedDuration::from_hours(24 * i64::from(days)))
            .map(|at| at.strftime("%Y-%m-%d").to_string())
            .unwrap_or_default();
        let recent = self.records.len().saturating_sub(ALL_OF);
        let mut n = 0;
        self.records.retain(|(_, path)| {
            n += 1;
            let keep = n > recent || last_of_day.contains(path) && day(path) >= oldest;
            // One that stays although it should go does no harm, and is tried again the next time.
            keep || std::fs::remove_file(path).is_err()
        });
    }
}

/// The number of a record's file; `None` for a file that is something else.
fn number(path: &Path) -> Option<u64> {
    let name = path.file_name()?.to_str()?;
    name.ends_with(".json.gz")
        .then(|| name.split_once('-')?.0.parse().ok())?
}

/// The day in a record's name.
fn day(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let day = name.split_once('-').map_or("", |(_, day)| day);
    day.trim_end_matches(".json.gz").to_owned()
}

#[cfg(test)]
mod tests {
    use super::{RecordStore, RunRecord};

    fn record(at: &str) -> RunRecord {
        RunRecord {
            started_at: Some(at.parse().unwrap()),
            ..RunRecord::default()
        }
    }

    #[test]
    fn records_come_back_in_order_though_the_clock_was_set_back() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = RecordStore::open(folder.path()).unwrap();
        assert_eq!(store.latest(|_| ()), None);
        store
            .add(&record("2026-11-28T02:00:00Z"), None, 400)
            .unwrap();
        store
            .add(&record("2026-11-27T02:00:00Z"), None, 400)
            .unwrap();
        let again = RecordStore::open(folder.path()).unwrap();
        assert_eq!(again.paths().count(), 2);
        assert_eq!(again.latest(|_| ()), Some(record("2026-11-27T02:00:00Z")));
    }

    #[test]
    fn old_ones_go_and_a_damaged_one_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = RecordStore::open(folder.path()).unwrap();
        for n in 0..40 {
            let at = format!("2026-10-{:02}T0{}:00:00Z", 1 + n / 2, n % 2);
            store.add(&record(&at), None, 5).unwrap();
        }
        // The last thirty, and of the ten before them none, which are older than five days.
        assert_eq!(store.paths().count(), 30);
        let last = store.paths().next_back().unwrap().to_owned();
        std::fs::write(last, "cut").unwrap();
        let mut said = 0;
        let latest = store.latest(|_| said += 1).unwrap();
        assert_eq!((latest, said), (record("2026-10-20T00:00:00Z"), 1));
    }
}
