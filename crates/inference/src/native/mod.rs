//! The default backend: BERT encoders in pure Rust.
//!
//! Texts are packed one after the other without padding, every token is quantised by its own
//! scale, and every sum runs in an order that depends on the text alone. So a text's numbers are
//! the same to the bit in any company, on any number of threads, and on any processor: the
//! integer sums are exact, and the float code uses neither fused multiply-add nor the system's
//! `exp`.

mod blocks;
mod forward;
mod quantize;
mod speed;
mod weights;

pub use microfluence_kernels::{INSTRUCTIONS_VARIABLE, Path as CpuPath};
pub use quantize::{Exported, quantize_folder};
pub use speed::multiplications_a_second;

use super::{Encoder, Input, ModelFolder, ModelSettings, Rows, Task, Tokens, WordPieces};
use forward::{Workspace, forward};
use microfluence_tables::error::{Error, Result};
use rayon::prelude::*;
use weights::Weights;

/// Tokens that one thread takes at a time. Enough to use each weight many times while it is in
/// the cache, few enough that the activations stay there too.
const BATCH_TOKENS: usize = 384;

/// A model folder loaded for the CPU.
#[derive(Debug)]
pub struct NativeEncoder {
    settings: ModelSettings,
    pieces: WordPieces,
    weights: Weights,
    path: CpuPath,
}

impl NativeEncoder {
    /// Loads a float32 or int8 folder and takes the instructions of [`CpuPath::chosen`].
    ///
    /// # Errors
    /// [`crate::Error::Model`] where the architecture is not BERT, or a tensor is missing or
    /// of the wrong shape; those of [`CpuPath::chosen`].
    pub fn open(folder: &ModelFolder) -> Result<Self> {
        let path = CpuPath::chosen().map_err(|e| Error::usage(e.to_string()))?;
        Self::open_with(folder, path)
    }

    /// The same with the instructions to use, for tests and benchmarks.
    ///
    /// # Errors
    /// As [`NativeEncoder::open`].
    pub fn open_with(folder: &ModelFolder, path: CpuPath) -> Result<Self> {
        let encoder = Self {
            settings: folder.settings().clone(),
            pieces: WordPieces::open(folder)?,
            weights: Weights::open(folder)?,
            path,
        };
        encoder.check_tokenizer(folder)?;
        Ok(encoder)
    }

    /// Refuses a tokenizer that gives numbers which the network has no vector for.
    fn check_tokenizer(&self, folder: &ModelFolder) -> Result<()> {
        let words = self.weights.vocabulary;
        let wrong = |what: String| {
            Err(Error::model(folder.file("tokenizer.json"), what).with_hint(
                "config.json, tokenizer.json and model.safetensors are not of one model",
            ))
        };
        let largest = self.pieces.largest_id();
        if largest.is_some_and(|id| id as usize >= words) {
            return wrong(format!(
                "has a word number {}, and the model knows {words} words, from 0",
                largest.unwrap_or_default()
            ));
        }
        let kinds = self.weights.types.len() / self.weights.hidden;
        let pair = self.pieces.tokens(Input {
            text: "a",
            target: Some("a"),
        })?;
        match pair.types.iter().max() {
            Some(&kind) if self.settings.targets && kind as usize >= kinds => wrong(format!(
                "gives the second part of a pair the type {kind}, and the model has {kinds}, from 0"
            )),
            _ => Ok(()),
        }
    }

    /// Runs tokenised texts, one batch after the other on every thread.
    fn run(&self, tokens: &[Tokens]) -> Rows {
        let width = match self.settings.task {
            Task::Classify => self.settings.labels.len(),
            Task::Embed => self.weights.hidden,
        };
        let mut batches: Vec<&[Tokens]> = Vec::new();
        let mut start = 0;
        let mut sum = 0;
        for (i, text) in tokens.iter().enumerate() {
            if i > start && sum + text.ids.len() > BATCH_TOKENS {
                batches.push(&tokens[start..i]);
                start = i;
                sum = 0;
            }
            sum += text.ids.len();
        }
        if start < tokens.len() {
            batches.push(&tokens[start..]);
        }
        let outputs: Vec<Vec<f32>> = batches
            .into_par_iter()
            .map_init(Workspace::default, |space, batch| {
                forward(&self.weights, self.path, batch, &self.settings, space)
            })
            .collect();
        Rows {
            width,
            values: outputs.concat(),
        }
    }
}

impl Encoder for NativeEncoder {
    fn encode(&self, inputs: &[Input<'_>]) -> Result<Rows> {
        Ok(self.run(&self.pieces.all(inputs)?))
    }

    fn settings(&self) -> &ModelSettings {
        &self.settings
    }

    fn backend(&self) -> &'static str {
        "native"
    }
}
