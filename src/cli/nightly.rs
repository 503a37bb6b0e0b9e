//! What a run looks back at when it has ended: the run before it, what differs, and the alerts.

use super::alerts::AlertArgs;
use super::diff::comparable;
use super::term::{Reporter, count};
use crate::Result;
use crate::dataset::write_atomically;
use crate::history::{Alert, Difference, RecordStore, RunRecord, compare};
use crate::report::{changes_sheet, changes_summary};
use std::path::Path;

/// The file of the alerts that a run has raised.
pub(crate) const ALERTS: &str = "alerts.jsonl";
/// The document and the table of what differs from the run before.
const CHANGES: [&str; 2] = ["changes.json", "changes.csv"];

/// A run that has ended.
pub(crate) struct Nightly<'r> {
    /// Where its results are.
    pub(crate) output: &'r Path,
    /// Where the last good results are, with their history: the same folder, unless a limit was exceeded.
    pub(crate) good: &'r Path,
    /// For how many days records are kept.
    pub(crate) days: u32,
    /// Who is told.
    pub(crate) voice: &'r Reporter,
}

impl Nightly<'_> {
    /// Compares with the run before, raises alerts, and keeps a record for the next. The record comes last: a run that
    /// is killed before it raises its alerts again the next time, rather than never.
    ///
    /// # Errors
    /// Where a file cannot be read or written.
    pub(crate) fn look_back(&self, alerts: &AlertArgs) -> Result<Vec<Alert>> {
        let new = RunRecord::of_folder(self.output)?;
        let mut store = RecordStore::open(self.good)?;
        let old = store.latest(|error| {
            self.voice
                .say(&format!("WARNING: {error}; the record before it is taken"));
        });
        let old = old.filter(|old| match comparable(old, &new) {
            Ok(()) => true,
            Err(why) => {
                self.voice
                    .say(&format!("WARNING: {why}; nothing is compared"));
                false
            }
        });
        let difference = old.as_ref().map(|old| compare(old, &new));
        let file = self.output.join(ALERTS);
        let raised = alerts.raise(
            (old.as_ref(), &new),
            difference.as_ref(),
            Some(&file),
            self.voice,
        )?;
        let unchanged = old.as_ref().is_some_and(|old| old.finds_the_same(&new));
        if let (Some(old), Some(difference), false) = (&old, &difference, unchanged) {
            self.write_changes((old, &new), difference, &raised)?;
        }
        if self.days > 0 && self.output == self.good && !unchanged {
            store.add(&new, old.as_ref(), self.days)?;
        }
        Ok(raised)
    }

    fn write_changes(
        &self,
        (old, new): (&RunRecord, &RunRecord),
        difference: &Difference,
        alerts: &[Alert],
    ) -> Result<()> {
        let [document, table] = CHANGES.map(|name| self.output.join(name));
        let summary = changes_summary(None, difference, (old, new), alerts);
        write_atomically(&document, format!("{summary:#}\n").as_bytes())?;
        changes_sheet(difference, old, new).write(&table)?;
        let lines = difference.sentences(old, new).len();
        if lines > 0 {
            self.voice.say(&format!(
                "since the run before: {} things to know, in the report under “Since last time” and in {}",
                count(lines as u64),
                table.display()
            ));
        }
        Ok(())
    }
}
