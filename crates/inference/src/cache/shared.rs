//! Encoders of runs that read together or not at all: a shard's, a replay of all shards' answers, and a list of the
//! texts that somebody asks for.

use super::{CachedEncoder, Key};
use crate::{Encoder, Input, ModelSettings, PartAnswers, PartWriter, Rows};
use microfluence_tables::error::Result;
use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

/// A shard's encoder: it reads the texts of its share and writes their answers to a part. Texts of other shares get
/// zeros, so that the command goes its way; what it makes of them is nobody's result.
pub struct ShardEncoder {
    inner: Arc<CachedEncoder>,
    part: Arc<PartWriter>,
}

impl ShardEncoder {
    /// The encoder of one share.
    #[must_use]
    pub fn new(inner: Arc<CachedEncoder>, part: Arc<PartWriter>) -> Self {
        Self { inner, part }
    }
}

impl Encoder for ShardEncoder {
    fn encode(&self, inputs: &[Input<'_>]) -> Result<Rows> {
        let keys: Vec<Key> = inputs.iter().map(|input| self.inner.key(input)).collect();
        let own: Vec<usize> = (0..keys.len())
            .filter(|i| self.part.holds(&keys[*i]))
            .collect();
        if own.is_empty() {
            return Ok(Rows::zeros(inputs.len(), self.inner.width()?));
        }
        let asked: Vec<Input<'_>> = own.iter().map(|i| inputs[*i]).collect();
        let answers = self.inner.encode(&asked)?;
        let mut rows = Rows::zeros(inputs.len(), answers.width());
        for (i, row) in own.iter().zip(answers.iter()) {
            rows.row_mut(*i).copy_from_slice(row);
        }
        // Each text once, in the order of the call.
        let mut seen = HashSet::with_capacity(own.len());
        let new = own.iter().zip(answers.iter());
        let new = new.filter_map(|(i, row)| seen.insert(keys[*i]).then_some((keys[*i], row)));
        self.part.put(new)?;
        Ok(rows)
    }

    fn settings(&self) -> &ModelSettings {
        self.inner.settings()
    }

    fn backend(&self) -> &'static str {
        self.inner.backend()
    }
}

/// The answers that all shards have written; a text that none of them has is read as ever.
pub struct Replay {
    inner: Arc<CachedEncoder>,
    answers: Arc<PartAnswers>,
}

impl Replay {
    /// A replay of these answers.
    #[must_use]
    pub fn new(inner: Arc<CachedEncoder>, answers: Arc<PartAnswers>) -> Self {
        Self { inner, answers }
    }
}

impl Encoder for Replay {
    fn encode(&self, inputs: &[Input<'_>]) -> Result<Rows> {
        let mut known: Vec<(usize, Vec<f32>)> = Vec::new();
        let mut others: Vec<usize> = Vec::new();
        for (i, input) in inputs.iter().enumerate() {
            match self.answers.get(&self.inner.key(input))? {
                Some(row) => known.push((i, row)),
                None => others.push(i),
            }
        }
        let asked: Vec<Input<'_>> = others.iter().map(|i| inputs[*i]).collect();
        if known.is_empty() {
            return self.inner.encode(&asked);
        }
        let mut rows = Rows::zeros(inputs.len(), known[0].1.len());
        for (i, row) in &known {
            rows.row_mut(*i).copy_from_slice(row);
        }
        if !others.is_empty() {
            let answers = self.inner.encode(&asked)?;
            for (i, row) in others.iter().zip(answers.iter()) {
                rows.row_mut(*i).copy_from_slice(row);
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

/// A list of the texts that a model is asked for. It reads none of them and answers with zeros: it is for those who
/// want to know what the model of a command would read, such as what is to be forgotten.
pub struct TextList {
    inner: Arc<CachedEncoder>,
    texts: Mutex<BTreeSet<(String, Option<String>)>>,
}

impl TextList {
    /// An empty list of what `inner` would be asked for.
    #[must_use]
    pub fn new(inner: Arc<CachedEncoder>) -> Self {
        Self {
            inner,
            texts: Mutex::default(),
        }
    }

    /// Removes what the store on disk knows of the listed texts, and gives how many answers that were.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub fn forget(&self) -> Result<u64> {
        let texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        let inputs: Vec<Input<'_>> = texts
            .iter()
            .map(|(text, target)| Input {
                text,
                target: target.as_deref(),
            })
            .collect();
        self.inner.forget(&inputs)
    }
}

impl Encoder for TextList {
    fn encode(&self, inputs: &[Input<'_>]) -> Result<Rows> {
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        texts.extend(
            inputs
                .iter()
                .map(|input| (input.text.to_owned(), input.target.map(str::to_owned))),
        );
        Ok(Rows::zeros(inputs.len(), self.inner.width()?))
    }

    fn settings(&self) -> &ModelSettings {
        self.inner.settings()
    }

    fn backend(&self) -> &'static str {
        self.inner.backend()
    }
}
