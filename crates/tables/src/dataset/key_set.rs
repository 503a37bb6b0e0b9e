//! Which keys a table has had, and with what beside them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Shards of the set. Each grows by itself, so that growing never needs twice the memory of all.
const SHARDS: usize = 64;

/// What a key was before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Met {
    /// Not there.
    New,
    /// There, with the same row.
    Again,
    /// There, with another row.
    Otherwise,
}

/// A set of keys, of which only 64 bits each are kept, with 32 bits of their rows, so that ten million take 220 MB
/// rather than a gigabyte. Two of ten million different keys are taken for the same with a probability of 3 in a
/// million.
#[derive(Debug)]
pub(super) struct KeySet {
    shards: Vec<HashMap<[u32; 2], u32>>,
}

impl Default for KeySet {
    fn default() -> Self {
        Self {
            shards: vec![HashMap::new(); SHARDS],
        }
    }
}

impl KeySet {
    /// Takes a key and a hash of its row.
    pub(super) fn insert(&mut self, key: &str, row: u32) -> Met {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let hash = hasher.finish();
        match self.shards[hash as usize % SHARDS].entry([hash as u32, (hash >> 32) as u32]) {
            Entry::Vacant(place) => {
                place.insert(row);
                Met::New
            }
            Entry::Occupied(place) if *place.get() == row => Met::Again,
            Entry::Occupied(_) => Met::Otherwise,
        }
    }
}

/// A hash of a row's cells, to tell a row that is printed twice from another with the same key.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowHash(u64);

impl RowHash {
    pub(super) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Takes a cell and where it ends.
    pub(super) fn add(&mut self, text: &str) {
        let mut chunks = text.as_bytes().chunks_exact(8);
        for chunk in &mut chunks {
            self.mix(chunk.iter().fold(0, |sum, b| sum << 8 | u64::from(*b)));
        }
        let rest = chunks.remainder();
        self.mix(
            rest.iter()
                .fold(rest.len() as u64 + 1, |sum, b| sum << 8 | u64::from(*b)),
        );
    }

    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    pub(super) fn value(self) -> u32 {
        (self.0 >> 32) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_new_once() {
        let mut seen = KeySet::default();
        for round in [Met::New, Met::Again] {
            for i in 0..100_000 {
                assert_eq!(seen.insert(&format!("id {i}"), i), round, "{i}");
            }
        }
        assert_eq!(seen.insert("id 1", 7), Met::Otherwise);
    }

    #[test]
    fn rows_that_differ_anywhere_differ_in_their_hash() {
        let hash = |cells: &[&str]| {
            let mut hash = RowHash::new();
            for cell in cells {
                hash.add(cell);
            }
            hash.value()
        };
        let rows: [&[&str]; 6] = [
            &["a", "b"],
            &["ab", ""],
            &["a", "c"],
            &["", "ab"],
            &["a long cell of some words", "b"],
            &["a long cell of some wordz", "b"],
        ];
        for (i, row) in rows.iter().enumerate() {
            for (j, other) in rows.iter().enumerate() {
                assert_eq!(hash(row) == hash(other), i == j, "{row:?} {other:?}");
            }
        }
    }
}
