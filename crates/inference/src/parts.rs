//! Texts shared out among several runs: each reads its share and writes the answers to a part; with all parts at hand,
//! one run gives the same bytes as if it had read every text itself.
//!
//! A text belongs to a share by the hash that the cache knows it by, so it stays there when files grow or are split
//! otherwise. A part is one line of JSON (its manifest), the answers (16 bytes of key, the count of numbers and the
//! numbers, little-endian), and the sha256 of all that.

use super::cache::Key;
use microfluence_tables::dataset::write_atomically_by;
use microfluence_tables::error::{Error, Place, Result};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What the manifest of a part begins with: the format of what follows it.
const FORMAT: &str = "{\"microfluence_part\":1,";
/// Numbers in an answer beyond which a part is taken for damaged.
const WIDEST: u32 = 1 << 16;

/// One share of several: `3/16` is the third of sixteen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u64,
    of: u64,
}

impl Shard {
    /// Its number, from 1.
    #[must_use]
    pub fn number(self) -> u64 {
        self.index + 1
    }

    /// How many there are.
    #[must_use]
    pub fn of(self) -> u64 {
        self.of
    }

    fn holds(self, key: &Key) -> bool {
        let mut head = [0; 8];
        head.copy_from_slice(&key[..8]);
        u64::from_le_bytes(head) % self.of == self.index
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number(), self.of)
    }
}

impl FromStr for Shard {
    type Err = Error;

    /// Reads `I/N`, I from 1 to N; 0 is taken for N, so that counting from 0 shares everything out too.
    fn from_str(text: &str) -> Result<Self> {
        let numbers = text
            .split_once('/')
            .and_then(|(i, n)| Some((i.trim().parse::<u64>().ok()?, n.trim().parse().ok()?)));
        match numbers {
            Some((i, of)) if of > 0 && i <= of => Ok(Self {
                index: (i + of - 1) % of,
                of,
            }),
            _ => Err(Error::usage(format!("invalid shard {text:?}"))
                .with_hint("I/N, such as 3/16, is the third of sixteen shares")),
        }
    }
}

/// Takes the answers of one share as they come.
pub struct PartWriter {
    shard: Shard,
    rows: Mutex<Kept>,
}

struct Kept {
    known: HashSet<Key>,
    file: BufWriter<File>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl PartWriter {
    /// Keeps the answers in a file of the system's own until [`PartWriter::write`].
    ///
    /// # Errors
    /// Where no temporary file can be made.
    pub fn new(shard: Shard) -> Result<Self> {
        let file = tempfile::tempfile().map_err(|e| Error::io(std::env::temp_dir(), e))?;
        Ok(Self {
            shard,
            rows: Mutex::new(Kept {
                known: HashSet::new(),
                file: BufWriter::new(file),
            }),
        })
    }

    /// Which share it is.
    #[must_use]
    pub fn shard(&self) -> Shard {
        self.shard
    }

    /// How many answers there are so far.
    #[must_use]
    pub fn len(&self) -> usize {
        locked(&self.rows).known.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn holds(&self, key: &Key) -> bool {
        self.shard.holds(key)
    }

    pub(super) fn put<'r>(&self, rows: impl Iterator<Item = (Key, &'r [f32])>) -> Result<()> {
        let mut kept = locked(&self.rows);
        for (key, row) in rows {
            if !kept.known.insert(key) {
                continue;
            }
            let mut bytes = Vec::with_capacity(20 + 4 * row.len());
            bytes.extend_from_slice(&key);
            bytes.extend_from_slice(&(row.len() as u32).to_le_bytes());
            for number in row {
                bytes.extend_from_slice(&number.to_le_bytes());
            }
            kept.file
                .write_all(&bytes)
                .map_err(|e| Error::io(std::env::temp_dir(), e))?;
        }
        Ok(())
    }

    /// Writes the part, whole or not at all. `manifest` is an object.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn write(&self, path: &Path, manifest: &Value) -> Result<()> {
        let mut kept = locked(&self.rows);
        let manifest = manifest.to_string();
        let head = format!("{FORMAT}{}\n", manifest.trim_start_matches('{'));
        write_atomically_by(path, |out| {
            let mut hash = Sha256::new();
            hash.update(head.as_bytes());
            out.write_all(head.as_bytes())?;
            kept.file.flush()?;
            let file = kept.file.get_mut();
            file.seek(SeekFrom::Start(0))?;
            let mut buffer = vec![0; 1 << 16];
            loop {
                let n = file.read(&mut buffer)?;
                if n == 0 {
                    break;
                }
                hash.update(&buffer[..n]);
                out.write_all(&buffer[..n])?;
            }
            file.seek(SeekFrom::End(0))?;
            out.write_all(&hash.finalize())
        })
    }
}

/// The answers of several parts. What they hold stays on disk.
#[derive(Default)]
pub struct PartAnswers {
    files: Vec<(PathBuf, Mutex<File>)>,
    /// File, place and count of the numbers.
    places: HashMap<Key, (u32, u64, u32)>,
}

impl PartAnswers {
    /// Adds the answers of a part and gives its manifest.
    ///
    /// # Errors
    /// Where the file is no part, or its bytes are not those that were written.
    pub fn add(&mut self, path: &Path) -> Result<Value> {
        let io = |e| Error::io(path, e);
        let wrong = |why: &str| {
            Error::input(Place::file(path), why.to_owned())
                .with_hint("run this share again with --shard, it writes the same part")
        };
        let file = File::open(path).map_err(io)?;
        let length = file.metadata().map_err(io)?.len();
        let mut reader = BufReader::with_capacity(1 << 16, file);
        let mut start = Vec::new();
        let mut hash = Sha256::new();
        let head_limit = 64 << 20;
        let read = reader
            .by_ref()
            .take(head_limit)
            .read_until(b'\n', &mut start)
            .map_err(io)?;
        let text = std::str::from_utf8(&start).unwrap_or_default();
        if !text.starts_with(FORMAT) || !text.ends_with('\n') || length < read as u64 + 32 {
            return Err(wrong("is no part of a run that was shared out"));
        }
        hash.update(&start);
        let manifest: Value = serde_json::from_str(text)
            .map_err(|_| wrong("is damaged: its manifest cannot be read"))?;
        let number = self.files.len() as u32;
        let (mut at, end) = (read as u64, length - 32);
        let mut row = Vec::new();
        while at < end {
            let mut lead = [0; 20];
            let damaged = |_| wrong("is damaged: it ends too early");
            reader.read_exact(&mut lead).map_err(damaged)?;
            let mut key = Key::default();
            key.copy_from_slice(&lead[..16]);
            let mut width = [0; 4];
            width.copy_from_slice(&lead[16..]);
            let width = u32::from_le_bytes(width);
            if width > WIDEST || at + 20 + 4 * u64::from(width) > end {
                return Err(wrong("is damaged: an answer is longer than the file"));
            }
            row.resize(4 * width as usize, 0);
            reader.read_exact(&mut row).map_err(damaged)?;
            hash.update(lead);
            hash.update(&row);
            self.places.insert(key, (number, at + 20, width));
            at += 20 + 4 * u64::from(width);
        }
        let mut expected = [0; 32];
        reader.read_exact(&mut expected).map_err(io)?;
        if expected[..] != hash.finalize()[..] {
            return Err(wrong(
                "is damaged: its bytes are not those that were written",
            ));
        }
        let file = reader.into_inner();
        self.files.push((path.to_owned(), Mutex::new(file)));
        Ok(manifest)
    }

    /// How many texts are answered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether no text is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    pub(super) fn get(&self, key: &Key) -> Result<Option<Vec<f32>>> {
        let Some(&(number, at, width)) = self.places.get(key) else {
            return Ok(None);
        };
        let (path, file) = &self.files[number as usize];
        let mut bytes = vec![0; 4 * width as usize];
        {
            let mut file = locked(file);
            file.seek(SeekFrom::Start(at))
                .and_then(|_| file.read_exact(&mut bytes))
                .map_err(|e| Error::io(path, e))?;
        }
        let numbers = bytes.chunks_exact(4);
        Ok(Some(
            numbers
                .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                .collect(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(i: u64) -> Key {
        let mut key = Key::default();
        key[..8].copy_from_slice(&i.to_le_bytes());
        key
    }

    #[test]
    fn shares_hold_everything_once() {
        for text in ["0/3", "3/3"] {
            assert_eq!(text.parse::<Shard>().unwrap().to_string(), "3/3");
        }
        for text in ["", "3", "4/3", "1/0", "-1/3", "a/b"] {
            assert_eq!(
                text.parse::<Shard>().unwrap_err().exit_status(),
                2,
                "{text}"
            );
        }
        let all: Vec<Shard> = (1..=3).map(|i| format!("{i}/3").parse().unwrap()).collect();
        for i in 0..100 {
            assert_eq!(all.iter().filter(|s| s.holds(&key(i))).count(), 1);
        }
    }

    #[test]
    fn a_part_comes_back_to_the_bit_and_damage_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.part");
        let writer = PartWriter::new("1/1".parse().unwrap()).unwrap();
        let rows = [[0.1_f32, -0.0, f32::MIN_POSITIVE], [1.0, 2.0, 3.0]];
        let put = || {
            rows.iter()
                .enumerate()
                .map(|(i, r)| (key(i as u64), &r[..]))
        };
        writer.put(put()).unwrap();
        writer.put(put()).unwrap();
        writer
            .write(&path, &serde_json::json!({"command": "x"}))
            .unwrap();
        let bytes = std::fs::read(&path).unwrap();
        writer
            .write(&path, &serde_json::json!({"command": "x"}))
            .unwrap();
        assert_eq!(bytes, std::fs::read(&path).unwrap());
        let mut answers = PartAnswers::default();
        assert_eq!(answers.add(&path).unwrap()["command"], "x");
        assert_eq!(answers.len(), 2);
        for (i, row) in rows.iter().enumerate() {
            let back = answers.get(&key(i as u64)).unwrap().unwrap();
            assert!(
                back.iter()
                    .zip(row)
                    .all(|(a, b)| a.to_bits() == b.to_bits())
            );
        }
        assert_eq!(answers.get(&key(9)).unwrap(), None);
        for at in 0..bytes.len() {
            let mut spoilt = bytes.clone();
            spoilt[at] ^= 0x10;
            std::fs::write(&path, spoilt).unwrap();
            assert!(PartAnswers::default().add(&path).is_err(), "byte {at}");
            std::fs::write(&path, &bytes[..at]).unwrap();
            assert!(PartAnswers::default().add(&path).is_err(), "cut at {at}");
        }
    }
}
