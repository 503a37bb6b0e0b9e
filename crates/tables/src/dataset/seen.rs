//! Which keys a table has had.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Parts of the set. Each grows by itself, so that growing never needs twice the memory of all.
const SHARDS: usize = 64;

/// A set of keys, of which only 64 bits each are kept, so that ten million take 150 MB rather
/// than a gigabyte. Two of ten million different keys are taken for the same with a probability
/// of 3 in a million.
#[derive(Debug)]
pub(super) struct Seen {
    shards: Vec<HashSet<u64>>,
}

impl Default for Seen {
    fn default() -> Self {
        Self {
            shards: vec![HashSet::new(); SHARDS],
        }
    }
}

impl Seen {
    /// Takes a key; false where it was there.
    pub(super) fn insert(&mut self, key: &str) -> bool {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let hash = hasher.finish();
        self.shards[hash as usize % SHARDS].insert(hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_new_once() {
        let mut seen = Seen::default();
        for round in 0..2 {
            for i in 0..100_000 {
                assert_eq!(seen.insert(&format!("id {i}")), round == 0, "{i}");
            }
        }
    }
}
