//! Texts that were read before are not read again: within a run by memory, from run to run by a
//! store on disk.
//!
//! An entry's key is a hash of the model, of the text as the model reads it and of its target; its
//! value is what the model gave, to the bit. So a run with a cache writes the same bytes as one
//! without, and no text can be read back out of the store.

mod disk;
mod memory;
mod shared;

pub use disk::{CACHE_VARIABLE, DEFAULT_LIMIT, DiskCache, DiskStatus, cache_folder};
pub use shared::{Replay, ShardEncoder, TextList};

use super::{Encoder, Input, ModelFolder, ModelSettings, Rows};
use memory::Memory;
use microfluence_tables::error::Result;
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// Changed whenever the program gives other numbers for the same text and model.
const ENGINE: &str = "1";

/// What an entry is found by.
pub(super) type Key = [u8; 16];

/// Memory that answers of the same run are kept in, in bytes.
const MEMORY: usize = 48 << 20;

/// Texts that are read before their answers go to the disk: what a killed run loses at most.
const KEPT_TOGETHER: usize = 2048;

/// Where the answers of a run came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CacheCounts {
    /// Texts that were asked for.
    pub asked: u64,
    /// Texts that the model read.
    pub read: u64,
    /// Texts that the store on disk knew.
    pub from_disk: u64,
}

/// A model that remembers what it has read.
pub struct CachedEncoder {
    inner: Box<dyn Encoder>,
    identity: [u8; 32],
    memory: Mutex<Memory>,
    disk: Option<Arc<DiskCache>>,
    kept_together: usize,
    width: OnceLock<usize>,
    asked: AtomicU64,
    read: AtomicU64,
    from_disk: AtomicU64,
}

impl CachedEncoder {
    /// Wraps the encoder of `folder`; without `disk` it remembers for this run only.
    ///
    /// # Errors
    /// Where a file of the folder cannot be read.
    pub fn new(
        inner: Box<dyn Encoder>,
        folder: &ModelFolder,
        disk: Option<Arc<DiskCache>>,
    ) -> Result<Self> {
        let mut identity = Sha256::new();
        for part in [ENGINE, inner.backend(), &folder.identity()?] {
            identity.update(part.as_bytes());
            identity.update([0]);
        }
        Ok(Self {
            inner,
            identity: identity.finalize().into(),
            memory: Mutex::new(Memory::new(MEMORY)),
            disk,
            kept_together: KEPT_TOGETHER,
            width: OnceLock::new(),
            asked: AtomicU64::new(0),
            read: AtomicU64::new(0),
            from_disk: AtomicU64::new(0),
        })
    }

    /// Asks for all texts of a call at once, for a model that is far away: a killed run then loses what it had asked
    /// for.
    #[must_use]
    pub fn asking_at_once(mut self) -> Self {
        self.kept_together = usize::MAX;
        self
    }

    /// Numbers per answer, by reading a word where nothing else tells.
    ///
    /// # Errors
    /// If the model fails.
    fn width(&self) -> Result<usize> {
        if let Some(width) = self.width.get() {
            return Ok(*width);
        }
        let settings = self.inner.settings();
        let word = Input {
            text: "a",
            target: settings.targets.then_some(""),
        };
        let width = self.inner.encode(&[word])?.width();
        Ok(*self.width.get_or_init(|| width))
    }

    /// Where the answers came from so far.
    #[must_use]
    pub fn counts(&self) -> CacheCounts {
        CacheCounts {
            asked: self.asked.load(Ordering::Relaxed),
            read: self.read.load(Ordering::Relaxed),
            from_disk: self.from_disk.load(Ordering::Relaxed),
        }
    }

    /// Why the store on disk is no longer used, where that is so.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        self.disk.as_ref().and_then(|disk| disk.trouble())
    }

    /// Removes what the store on disk knows of these texts, and gives how many answers that were.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub fn forget(&self, inputs: &[Input<'_>]) -> Result<u64> {
        let keys: BTreeSet<Key> = inputs.iter().map(|input| self.key(input)).collect();
        let keys: Vec<Key> = keys.into_iter().collect();
        self.disk.as_ref().map_or(Ok(0), |disk| disk.forget(&keys))
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        // A panic elsewhere leaves whole entries behind, since they are written one by one.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers new answers. Without any, the store still renews what it was asked for.
    fn keep(&self, new: &[(Key, &[f32])]) {
        {
            let mut memory = self.memory();
            for (key, row) in new {
                memory.put(*key, row);
            }
        }
        if let Some(disk) = &self.disk {
            disk.put(new);
        }
    }

    fn key(&self, input: &Input<'_>) -> Key {
        let mut hash = Sha256::new();
        hash.update(self.identity);
        // The length keeps text and target apart.
        hash.update(input.text.len().to_le_bytes());
        hash.update(input.text.as_bytes());
        hash.update([u8::from(input.target.is_some())]);
        hash.update(input.target.unwrap_or_default().as_bytes());
        let mut key = Key::default();
        key.copy_from_slice(&hash.finalize()[..16]);
        key
    }

    /// What memory and disk know of `keys`, and the positions of those that they do not.
    fn look_up(&self, keys: &[Key], found: &mut HashMap<Key, Vec<f32>>) -> Vec<usize> {
        let mut missing = Vec::new();
        {
            let memory = self.memory();
            for (i, key) in keys.iter().enumerate() {
                match memory.get(key) {
                    Some(row) => {
                        found.insert(*key, row.to_vec());
                    }
                    None => missing.push(i),
                }
            }
        }
        let Some(disk) = self.disk.as_ref().filter(|_| !missing.is_empty()) else {
            return missing;
        };
        let wanted: Vec<Key> = missing.iter().map(|i| keys[*i]).collect();
        let known = disk.get(&wanted);
        let mut memory = self.memory();
        let mut still_missing = Vec::new();
        for (i, row) in missing.into_iter().zip(known) {
            match row {
                Some(row) => {
                    memory.put(keys[i], &row);
                    found.insert(keys[i], row);
                    self.from_disk.fetch_add(1, Ordering::Relaxed);
                }
                None => still_missing.push(i),
            }
        }
        still_missing
    }
}

impl Encoder for CachedEncoder {
    fn encode(&self, inputs: &[Input<'_>]) -> Result<Rows> {
        self.asked.fetch_add(inputs.len() as u64, Ordering::Relaxed);
        let keys: Vec<Key> = inputs.par_iter().map(|input| self.key(input)).collect();
        // Each text once, in the order of the call, so that the model's work does not depend on
        // the order of a hash map.
        let mut seen = HashSet::with_capacity(keys.len());
        let first: Vec<usize> = (0..keys.len()).filter(|i| seen.insert(keys[*i])).collect();
        let unique: Vec<Key> = first.iter().map(|i| keys[*i]).collect();
        let mut found = HashMap::with_capacity(unique.len());
        let missing = self.look_up(&unique, &mut found);
        self.read.fetch_add(missing.len() as u64, Ordering::Relaxed);
        for part in missing.chunks(self.kept_together) {
            let inputs: Vec<Input<'_>> = part.iter().map(|i| inputs[first[*i]]).collect();
            let rows = self.inner.encode(&inputs)?;
            let new: Vec<(Key, &[f32])> =
                part.iter().map(|i| unique[*i]).zip(rows.iter()).collect();
            self.keep(&new);
            found.extend(new.into_iter().map(|(key, row)| (key, row.to_vec())));
        }
        if missing.is_empty() {
            self.keep(&[]);
        }
        let width = match found.values().next() {
            Some(row) => row.len(),
            None if inputs.is_empty() => 0,
            None => self.width()?,
        };
        let mut rows = Rows::zeros(inputs.len(), width);
        for (i, key) in keys.iter().enumerate() {
            if let Some(row) = found.get(key) {
                rows.row_mut(i).copy_from_slice(row);
            }
        }
        Ok(rows)
    }

    fn settings(&self) -> &ModelSettings {
        self.inner.settings()
    }

    fn backend(&self) -> &'static str {
        self.inner.backend()
    }
}

#[cfg(test)]
mod tests;
