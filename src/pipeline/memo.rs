//! Values that are made once, however many ask for them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Values by what they were made of; clones share them. Keys are few, so they are looked through one by one.
pub(crate) struct Memo<K, V>(Arc<Mutex<Vec<(K, V)>>>);

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K, V> Clone for Memo<K, V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K, V> std::fmt::Debug for Memo<K, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} values", self.all().len())
    }
}

impl<K, V> Memo<K, V> {
    pub(crate) fn all(&self) -> MutexGuard<'_, Vec<(K, V)>> {
        // A panic elsewhere leaves whole entries behind: each is pushed in one step.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: PartialEq, V: Clone> Memo<K, V> {
    /// The value of a key that somebody has asked for before.
    pub(crate) fn known(&self, key: &K) -> Option<V> {
        let all = self.all();
        all.iter().find(|(k, _)| k == key).map(|(_, v)| v.clone())
    }

    /// The value of a key, made now if nobody has asked before.
    pub(crate) fn get<E>(
        &self,
        key: K,
        make: impl FnOnce() -> std::result::Result<V, E>,
    ) -> std::result::Result<V, E> {
        if let Some(found) = self.known(&key) {
            return Ok(found);
        }
        let value = make()?;
        self.all().push((key, value.clone()));
        Ok(value)
    }

    /// The same for what is made without fail.
    pub(crate) fn of(&self, key: K, make: impl FnOnce() -> V) -> V {
        let Ok(value) = self.get(key, || Ok::<V, std::convert::Infallible>(make()));
        value
    }
}
