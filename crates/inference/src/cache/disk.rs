//! The store on disk: one file of the `redb` crate, which a killed process leaves whole and which
//! several processes may use at once.

use super::Key;
use microfluence_tables::error::{Error, Result, contained};
use redb::{
    Builder, ConcurrencyMode, Database, DatabaseError, ReadableDatabase, ReadableTable,
    ReadableTableMetadata, TableDefinition, TableError,
};
use sha2::{Digest, Sha256};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// The environment variable that names the folder of the store.
pub const CACHE_VARIABLE: &str = "MICROFLUENCE_CACHE";
/// Bytes of entries that the store keeps unless told otherwise: about ten million judged texts.
pub const DEFAULT_LIMIT: u64 = 512 << 20;

/// The store's file; the number is that of its layout.
const FILE: &str = "answers-1.redb";
/// Two generations, as in memory: when the young one is full the old one goes.
const YOUNG: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("young");
const OLD: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("old");
/// Settings and sums by name.
const NUMBERS: TableDefinition<'_, &str, u64> = TableDefinition::new("numbers");
const LIMIT: &str = "limit";
const YOUNG_BYTES: &str = "young_bytes";
const OLD_BYTES: &str = "old_bytes";
/// Bytes of a value that say whether the rest is what was written.
const CHECK: usize = 4;
/// Memory that the crate may keep pages in.
const PAGES: usize = 16 << 20;

/// Where the store is: the variable's folder, else the system's folder for caches.
///
/// `None` where the system names neither a cache nor a home.
#[must_use]
pub fn cache_folder() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty());
    if let Some(folder) = set(CACHE_VARIABLE) {
        return Some(folder.into());
    }
    let base = if cfg!(windows) {
        PathBuf::from(set("LOCALAPPDATA")?)
    } else if cfg!(target_os = "macos") {
        PathBuf::from(set("HOME")?).join("Library/Caches")
    } else {
        match set("XDG_CACHE_HOME") {
            Some(folder) => folder.into(),
            None => PathBuf::from(set("HOME")?).join(".cache"),
        }
    };
    Some(base.join("microfluence"))
}

/// What stands in a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskStatus {
    /// Its file.
    pub path: PathBuf,
    /// Texts that it knows.
    pub entries: u64,
    /// Bytes of keys and values.
    pub bytes: u64,
    /// Bytes of the file; it keeps room that was used once.
    pub file_bytes: u64,
    /// Bytes of keys and values beyond which old entries go.
    pub limit: u64,
}

/// A store that is open.
///
/// Nothing that goes wrong in it is worth losing a run for: after the first trouble it knows
/// nothing and takes nothing, and [`DiskCache::trouble`] says why.
pub struct DiskCache {
    path: PathBuf,
    /// There until the store is dropped.
    database: Option<Database>,
    broken: AtomicBool,
    trouble: Mutex<Option<String>>,
    /// Entries of the old generation that were asked for; they are young again at the next write.
    wanted: Mutex<Vec<Key>>,
}

impl DiskCache {
    /// Opens the store in `folder`, or makes it.
    ///
    /// # Errors
    /// [`Error::Io`] where the folder cannot be written to, or the file is damaged or in
    /// another program's use.
    pub fn open(folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(|e| Error::io(folder, e))?;
        let path = folder.join(FILE);
        let database = contained(|| {
            Builder::new()
                .set_concurrency_mode(ConcurrencyMode::MultiWriter)
                .set_cache_size(PAGES)
                .create(&path)
        })
        .map_err(|panic| damaged(&path, &panic))?
        .map_err(|e| match e {
            DatabaseError::Storage(redb::StorageError::Io(e))
                if !matches!(e.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof) =>
            {
                Error::io(&path, e)
            }
            e => damaged(&path, &e.to_string()),
        })?;
        Ok(Self {
            path,
            database: Some(database),
            broken: AtomicBool::new(false),
            trouble: Mutex::new(None),
            wanted: Mutex::new(Vec::new()),
        })
    }

    /// Why the store is no longer used, where that is so.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        self.trouble.lock().map_or(None, |text| text.clone())
    }

    fn database(&self) -> std::result::Result<&Database, redb::Error> {
        self.database.as_ref().ok_or(redb::Error::DatabaseClosed)
    }

    /// What is known of each key, in order.
    pub(super) fn get(&self, keys: &[Key]) -> Vec<Option<Vec<f32>>> {
        self.attempt(|| {
            let transaction = self.database()?.begin_read()?;
            let mut found = vec![None; keys.len()];
            for (definition, is_old) in [(YOUNG, false), (OLD, true)] {
                let table = match transaction.open_table(definition) {
                    Ok(table) => table,
                    Err(TableError::TableDoesNotExist(_)) => continue,
                    Err(e) => return Err(e.into()),
                };
                for (key, slot) in keys.iter().zip(&mut found) {
                    if slot.is_some() {
                        continue;
                    }
                    *slot = table.get(&key[..])?.and_then(|v| unpacked(key, v.value()));
                    if is_old
                        && slot.is_some()
                        && let Ok(mut wanted) = self.wanted.lock()
                    {
                        wanted.push(*key);
                    }
                }
            }
            Ok(found)
        })
        .unwrap_or_else(|| vec![None; keys.len()])
    }

    /// Takes entries. They are on disk, or none of them is, when this returns.
    pub(super) fn put(&self, entries: &[(Key, &[f32])]) {
        let wanted = self
            .wanted
            .lock()
            .map(|mut wanted| std::mem::take(&mut *wanted))
            .unwrap_or_default();
        if entries.is_empty() && wanted.is_empty() {
            return;
        }
        let _: Option<()> = self.attempt(|| {
            let mut transaction = self.database()?.begin_write()?;
            transaction.set_quick_repair(true);
            {
                let mut numbers = transaction.open_table(NUMBERS)?;
                let limit = number(&numbers, LIMIT)?.unwrap_or(DEFAULT_LIMIT);
                let mut young_bytes = number(&numbers, YOUNG_BYTES)?.unwrap_or(0);
                let mut young = transaction.open_table(YOUNG)?;
                let mut old = transaction.open_table(OLD)?;
                let mut sorted: Vec<(Key, Vec<u8>)> = entries
                    .iter()
                    .map(|(key, row)| (*key, packed(key, row)))
                    .collect();
                for key in &wanted {
                    if let Some(value) = old.remove(&key[..])? {
                        sorted.push((*key, value.value().to_vec()));
                    }
                }
                // Neighbours land on the same pages.
                sorted.sort_unstable();
                for (key, value) in &sorted {
                    let replaced = young.insert(&key[..], value.as_slice())?.is_some();
                    if !replaced {
                        young_bytes += (key.len() + value.len()) as u64;
                    }
                }
                drop((young, old));
                if young_bytes > limit / 2 {
                    transaction.delete_table(OLD)?;
                    transaction.rename_table(YOUNG, OLD)?;
                    numbers.insert(OLD_BYTES, young_bytes)?;
                    young_bytes = 0;
                }
                numbers.insert(YOUNG_BYTES, young_bytes)?;
            }
            transaction.commit()?;
            Ok(())
        });
    }

    /// Removes entries, and says how many there were.
    ///
    /// # Errors
    /// [`Error::Io`] where the store cannot be written.
    pub(super) fn forget(&self, keys: &[Key]) -> Result<u64> {
        let remove = || -> std::result::Result<u64, redb::Error> {
            let transaction = self.database()?.begin_write()?;
            let mut removed = 0;
            {
                let mut numbers = transaction.open_table(NUMBERS)?;
                for (definition, sum) in [(YOUNG, YOUNG_BYTES), (OLD, OLD_BYTES)] {
                    let mut table = transaction.open_table(definition)?;
                    let mut bytes = number(&numbers, sum)?.unwrap_or(0);
                    for key in keys {
                        if let Some(value) = table.remove(&key[..])? {
                            bytes = bytes.saturating_sub((key.len() + value.value().len()) as u64);
                            removed += 1;
                        }
                    }
                    numbers.insert(sum, bytes)?;
                }
            }
            transaction.commit()?;
            Ok(removed)
        };
        contained(remove)
            .map_err(|panic| damaged(&self.path, &panic))?
            .map_err(|e| damaged(&self.path, &e.to_string()))
    }

    /// What stands in it.
    ///
    /// # Errors
    /// [`Error::Io`] where it cannot be read.
    pub fn status(&self) -> Result<DiskStatus> {
        let read = || -> std::result::Result<DiskStatus, redb::Error> {
            let transaction = self.database()?.begin_read()?;
            let mut status = DiskStatus {
                path: self.path.clone(),
                entries: 0,
                bytes: 0,
                file_bytes: std::fs::metadata(&self.path).map_or(0, |m| m.len()),
                limit: DEFAULT_LIMIT,
            };
            for definition in [YOUNG, OLD] {
                match transaction.open_table(definition) {
                    Ok(table) => {
                        status.entries += table.len()?;
                        status.bytes += table.stats()?.stored_bytes();
                    }
                    Err(TableError::TableDoesNotExist(_)) => {}
                    Err(e) => return Err(e.into()),
                }
            }
            match transaction.open_table(NUMBERS) {
                Ok(numbers) => {
                    status.limit = number(&numbers, LIMIT)?.unwrap_or(DEFAULT_LIMIT);
                }
                Err(TableError::TableDoesNotExist(_)) => {}
                Err(e) => return Err(e.into()),
            }
            Ok(status)
        };
        contained(read)
            .map_err(|panic| damaged(&self.path, &panic))?
            .map_err(|e| damaged(&self.path, &e.to_string()))
    }

    /// Sets the bytes of keys and values beyond which old entries go; it holds from the next
    /// write on, for every run that uses this store.
    ///
    /// # Errors
    /// [`Error::Io`] where it cannot be written.
    pub fn set_limit(&self, bytes: u64) -> Result<()> {
        let write = || -> std::result::Result<(), redb::Error> {
            let transaction = self.database()?.begin_write()?;
            transaction.open_table(NUMBERS)?.insert(LIMIT, bytes)?;
            transaction.commit()?;
            Ok(())
        };
        contained(write)
            .map_err(|panic| damaged(&self.path, &panic))?
            .map_err(|e| damaged(&self.path, &e.to_string()))
    }

    /// Removes the store of `folder`, whatever state it is in. True where there was one.
    ///
    /// # Errors
    /// [`Error::Io`] where the file cannot be removed.
    pub fn remove(folder: &Path) -> Result<bool> {
        let path = folder.join(FILE);
        match std::fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(false),
            Err(e) => Err(Error::io(path, e)),
        }
    }

    /// Does something with the store; the first trouble is the last.
    fn attempt<T>(&self, work: impl FnOnce() -> std::result::Result<T, redb::Error>) -> Option<T> {
        if self.broken.load(Ordering::Relaxed) {
            return None;
        }
        let why = match contained(work) {
            Ok(Ok(result)) => return Some(result),
            Ok(Err(e)) => e.to_string(),
            Err(panic) => panic,
        };
        self.broken.store(true, Ordering::Relaxed);
        if let Ok(mut trouble) = self.trouble.lock() {
            *trouble = Some(damaged(&self.path, &why).to_string());
        }
        None
    }
}

impl Drop for DiskCache {
    /// Closing a damaged store makes the crate panic as reading it does. What a commit has kept is on disk either way.
    fn drop(&mut self) {
        let database = self.database.take();
        let _ = contained(|| drop(database));
    }
}

fn damaged(path: &Path, why: &str) -> Error {
    Error::io(
        path,
        std::io::Error::other(format!(
            "the cache cannot be used: {why} (hint: `microfluence cache clear` removes it; --no-cache does without)"
        )),
    )
}

fn number(
    table: &impl ReadableTable<&'static str, u64>,
    name: &str,
) -> std::result::Result<Option<u64>, redb::Error> {
    Ok(table.get(name)?.map(|v| v.value()))
}

/// A row as it is stored: a check, then the numbers.
fn packed(key: &Key, row: &[f32]) -> Vec<u8> {
    let mut bytes = vec![0; CHECK];
    bytes.extend(row.iter().flat_map(|x| x.to_le_bytes()));
    let check = check(key, &bytes[CHECK..]);
    bytes[..CHECK].copy_from_slice(&check);
    bytes
}

/// The row in a stored value; `None` where a bit of it is not what was written.
fn unpacked(key: &Key, bytes: &[u8]) -> Option<Vec<f32>> {
    let (sum, numbers) = bytes.split_at_checked(CHECK)?;
    if sum != check(key, numbers) || numbers.is_empty() {
        return None;
    }
    let row = numbers.as_chunks::<4>().0.iter();
    Some(row.map(|x| f32::from_le_bytes(*x)).collect())
}

fn check(key: &Key, numbers: &[u8]) -> [u8; CHECK] {
    let sum = Sha256::new().chain_update(key).chain_update(numbers);
    let mut check = [0; CHECK];
    check.copy_from_slice(&sum.finalize()[..CHECK]);
    check
}
