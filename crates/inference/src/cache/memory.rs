//! What a run has read lately, within a bound.

use super::Key;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Bytes that an entry's key costs beside its numbers: the key, its place, and the room that a
/// hash map leaves free.
const PER_ENTRY: usize = 48;

/// Two generations of entries. When the young one is full it becomes the old one, and the old
/// one goes: what was not asked for in between is forgotten first.
#[derive(Debug)]
pub(super) struct Memory {
    limit: usize,
    young: Generation,
    old: Generation,
}

/// Equally long rows, found by their keys.
#[derive(Debug, Default)]
struct Generation {
    places: HashMap<Key, u32>,
    values: Vec<f32>,
    width: usize,
}

impl Generation {
    fn get(&self, key: &Key) -> Option<&[f32]> {
        let at = *self.places.get(key)? as usize * self.width;
        Some(&self.values[at..at + self.width])
    }

    fn bytes(&self) -> usize {
        self.values.len() * size_of::<f32>() + self.places.len() * PER_ENTRY
    }
}

impl Memory {
    /// Holds at most about `limit` bytes.
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            young: Generation::default(),
            old: Generation::default(),
        }
    }

    pub(super) fn get(&self, key: &Key) -> Option<&[f32]> {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    /// Takes an entry. All rows of one model are equally long.
    pub(super) fn put(&mut self, key: Key, row: &[f32]) {
        if self.young.bytes() + size_of_val(row) + PER_ENTRY > self.limit / 2 {
            self.old = std::mem::take(&mut self.young);
        }
        let next = self.young.places.len() as u32;
        if let Entry::Vacant(free) = self.young.places.entry(key) {
            free.insert(next);
            self.young.width = row.len();
            self.young.values.extend_from_slice(row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(i: u32) -> Key {
        let mut key = Key::default();
        key[..4].copy_from_slice(&i.to_le_bytes());
        key
    }

    #[test]
    fn keeps_the_latest_within_its_bound() {
        let mut memory = Memory::new(10_000);
        for i in 0..1_000 {
            memory.put(key(i), &[i as f32, 0.5]);
        }
        assert_eq!(memory.get(&key(999)), Some(&[999.0, 0.5][..]));
        assert_eq!(memory.get(&key(0)), None);
        assert!(memory.young.bytes() + memory.old.bytes() <= 10_000);
        assert!(
            (0..1_000)
                .filter(|i| memory.get(&key(*i)).is_some())
                .count()
                > 80
        );
    }

    #[test]
    fn a_key_that_comes_twice_is_kept_once() {
        let mut memory = Memory::new(10_000);
        memory.put(key(1), &[1.0]);
        memory.put(key(1), &[1.0]);
        memory.put(key(2), &[2.0]);
        assert_eq!(memory.get(&key(2)), Some(&[2.0][..]));
    }
}
