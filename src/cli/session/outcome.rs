//! What a command leaves behind: its outputs, its rejects, and what it says at its end.

use super::Session;
use super::models::part_model;
use crate::cli::layout::fit;
use crate::cli::limits;
use crate::cli::merge::{PartManifest, pseudonymize_args};
use crate::cli::settings::Settings;
use crate::cli::term::{count, to_stdout};
use crate::dataset::{Column, Rejects, TableWriter, memory_name, write_atomically};
use crate::report::Sheet;
use crate::{Error, Result};
use serde_json::Value;
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

impl Session<'_> {
    /// The limits that are exceeded; those of a stage are the run's to hold.
    fn excesses(&self) -> Vec<limits::Excess> {
        if self.common.within_run {
            return Vec::new();
        }
        limits::excesses(self.common, &self.inputs, &self.joins)
    }

    /// Where a result goes: beside its place, where a limit that the user set is exceeded.
    ///
    /// # Errors
    /// [`Error::Usage`] where a limit is exceeded and nothing may be lost.
    fn place<'p>(&self, path: &'p Path) -> Result<Cow<'p, Path>> {
        let excesses = self.excesses();
        if let Some(excess) = excesses.first().filter(|_| self.common.strict) {
            return Err(
                Error::usage(excess.text.clone()).with_hint("without --strict this is a warning")
            );
        }
        let aside = excesses.iter().any(|excess| excess.set)
            && path != Path::new("-")
            && memory_name(path).is_none();
        Ok(if aside {
            Cow::Owned(limits::beside(path))
        } else {
            Cow::Borrowed(path)
        })
    }

    /// Ends a table that was begun before all rows were read.
    pub(crate) fn finish_table(&self, table: TableWriter) -> Result<()> {
        match &self.common.output {
            Some(path) => table.named(&self.place(path)?).finish(),
            None => table.finish(),
        }
    }

    /// Writes the part of a share.
    pub(crate) fn finish_part(&self) -> Result<()> {
        let (Some(part), Some(path)) = (&self.part, &self.common.output) else {
            return Ok(());
        };
        let inputs = self.inputs.iter();
        let arguments = pseudonymize_args(&self.common.arguments, self.common.hash_ids.as_deref());
        let manifest = PartManifest {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            command: self.command.to_owned(),
            config: self
                .settings()
                .map_or(Ok(String::new()), |s| Settings::identity(s, None))?,
            arguments,
            shard: part.shard().number(),
            of: part.shard().of(),
            inputs: inputs
                .map(|i| (i.path.display().to_string(), i.sha256.clone()))
                .collect(),
            models: self.models.iter().map(part_model).collect(),
            hash_ids: self.common.fingerprint(),
        };
        let manifest = serde_json::to_value(&manifest)
            .map_err(|e| Error::Internal(format!("the part's manifest: {e}")))?;
        part.write(path, &manifest)?;
        self.voice.say(&format!(
            "share {}: {} answers in {}; `microfluence merge` puts all shares together",
            part.shard(),
            count(part.len() as u64),
            path.display()
        ));
        self.close_cache();
        Ok(())
    }

    /// Writes table and document where they were asked for, prints the document or the text for
    /// people, and says what became of the rows.
    pub(crate) fn finish(self, sheet: &Sheet, summary: &Value, people: &str) -> Result<()> {
        if self.shares() {
            return self.finish_part();
        }
        if let Some(output) = &self.common.output {
            self.write(output, sheet)?;
        }
        self.conclude(summary, people)
    }

    /// The output, to be written row by row; `None` where none was asked for.
    pub(crate) fn table(&self, columns: &[Column]) -> Result<Option<TableWriter>> {
        self.common
            .output
            .as_ref()
            .filter(|_| !self.shares())
            .map(|output| self.writer(output, columns))
            .transpose()
    }

    /// A table to be written to a file, or to the program that embeds this one.
    fn writer(&self, path: &Path, columns: &[Column]) -> Result<TableWriter> {
        let writer = match (memory_name(path), &self.common.host) {
            (Some(name), Some(host)) => {
                TableWriter::in_memory(host.sink(name, columns)?, path, columns)
            }
            _ => TableWriter::create(path, columns)?,
        };
        Ok(writer.hiding(self.common.hash_ids.clone()))
    }

    /// Writes a table that the command makes beside its output, or the output itself.
    pub(crate) fn write(&self, path: &Path, sheet: &Sheet) -> Result<()> {
        sheet.write_to(self.writer(&self.place(path)?, &sheet.columns)?)
    }

    /// What [`Session::finish`] does beside writing the table.
    pub(crate) fn conclude(self, summary: &Value, people: &str) -> Result<()> {
        if self.shares() {
            return self.finish_part();
        }
        let (mut summary, mut people) = (Cow::Borrowed(summary), Cow::Borrowed(people));
        if let Some(pseudonyms) = &self.common.hash_ids {
            pseudonyms.document(summary.to_mut());
            people = Cow::Owned(pseudonyms.text(&people).into_owned());
        }
        let (summary, people) = (summary.as_ref(), people.as_ref());
        if let Some(memory) = self
            .common
            .memory
            .as_ref()
            .filter(|_| self.common.within_run)
        {
            memory.conclude(self.command, summary);
        }
        if let Some(host) = &self.common.host {
            self.place(Path::new("-"))?;
            host.conclude(summary, people);
            self.close_rejects()?;
            return self.close_limits();
        }
        let document = format!("{summary:#}\n");
        if let Some(path) = &self.common.summary {
            write_atomically(&self.place(path)?, document.as_bytes())?;
        }
        self.place(Path::new("-"))?;
        let stdout = |text: &str| to_stdout(text).map_err(|e| Error::io("standard output", e));
        let to_stdout_already = self.common.output.as_deref() == Some(Path::new("-"));
        if self.common.json {
            stdout(document.trim_end())?;
        } else if !self.common.quiet && !self.common.within_run && !to_stdout_already {
            stdout(&fit(people))?;
        }
        self.close_rejects()?;
        self.close_limits()
    }

    /// Says which limits were exceeded; an error where the user had set one.
    fn close_limits(&self) -> Result<()> {
        let (set, usual): (Vec<_>, Vec<_>) = self.excesses().into_iter().partition(|e| e.set);
        for excess in &usual {
            self.voice.say(&format!("WARNING: {}", excess.text));
        }
        if set.is_empty() {
            return Ok(());
        }
        let texts: Vec<&str> = set.iter().map(|e| e.text.as_str()).collect();
        let written: Vec<String> = [&self.common.output, &self.common.summary]
            .into_iter()
            .flatten()
            .filter(|path| path.as_path() != Path::new("-") && memory_name(path).is_none())
            .map(|path| limits::beside(path).display().to_string())
            .collect();
        let mut message = texts.join("; ");
        if !written.is_empty() {
            message += &format!(
                "; what stood there before is untouched, the new results are in {}",
                written.join(" and ")
            );
        }
        Err(Error::limit(message))
    }

    /// Writes the rejects beside the output, and the sum of rows.
    pub(crate) fn close_rejects(&self) -> Result<()> {
        self.close_rejects_beside(&self.beside())
    }

    /// The same, beside a file or folder of the command's own choice.
    pub(crate) fn close_rejects_beside(&self, beside: &Path) -> Result<()> {
        self.write_rejects(beside)?;
        self.say_read();
        self.close_cache();
        Ok(())
    }

    /// Says how many rows were read, and what became of them.
    pub(crate) fn say_read(&self) {
        if self.inputs.is_empty() {
            return;
        }
        let rows: usize = self.inputs.iter().map(|i| i.rows).sum();
        let repeated: usize = self.inputs.iter().map(|i| i.repeated).sum();
        let left_out: usize = self.inputs.iter().map(|i| i.left_out).sum();
        let rejected = self.rejects.count();
        let mut line = format!(
            "rows: {} read = {} used + {} rejected",
            count(rows as u64),
            count((rows - rejected - repeated - left_out) as u64),
            count(rejected as u64)
        );
        if repeated > 0 {
            line += &format!(" + {} repeated", count(repeated as u64));
        }
        if left_out > 0 {
            line += &format!(" + {} left out by the map", count(left_out as u64));
        }
        self.voice.say(&line);
    }

    /// The file that the rejects stand beside: the first one that the run was told to write.
    fn beside(&self) -> PathBuf {
        let path = self
            .named_file()
            .cloned()
            .unwrap_or_else(|| PathBuf::from("microfluence"));
        match self.place(&path) {
            Ok(place) => place.into_owned(),
            Err(_) => path,
        }
    }

    fn named_file(&self) -> Option<&PathBuf> {
        [&self.common.output, &self.common.summary]
            .into_iter()
            .flatten()
            .find(|path| path.as_path() != Path::new("-"))
    }

    fn write_rejects(&self, beside: &Path) -> Result<()> {
        self.closed.store(true, Ordering::Relaxed);
        if self.common.host.is_some() {
            return self
                .rejects
                .write_to(self.writer(Path::new("memory:rejects"), &Rejects::columns())?);
        }
        let written = self.rejects.write(beside)?;
        if self.rejects.cell_count() > 0 {
            self.voice.say(&format!(
                "{} cells are unknown because something else stood there, in {}",
                count(self.rejects.cell_count() as u64),
                Rejects::cells_path_for(beside).display()
            ));
        }
        if let Some(path) = written {
            self.voice.say(&format!(
                "{} rejected rows, with the reasons, are in {}",
                count(self.rejects.count() as u64),
                path.display()
            ));
        }
        Ok(())
    }
}

impl Drop for Session<'_> {
    /// A run that ends with an error has often done so because of rows that it could not use, so they are written then
    /// too.
    fn drop(&mut self) {
        // A stage that writes no table of its own reads what another one has read and told of.
        let stage = self.common.within_run && self.named_file().is_none();
        let settled = self.closed.load(Ordering::Relaxed) || self.common.host.is_some() || stage;
        if !settled && self.rejects.count() > 0 && !std::thread::panicking() {
            // The error that ends the run is the one to tell.
            let _ = self.write_rejects(&self.beside());
        }
    }
}
