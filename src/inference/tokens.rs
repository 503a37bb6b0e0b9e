//! Texts to token ids, the same for every backend.

use super::{Input, ModelFolder};
use crate::error::{Error, Result};
use std::path::Path;
use tokenizers::{
    EncodeInput, Tokenizer, TruncationDirection, TruncationParams, TruncationStrategy,
};

/// One input as the transformer reads it; both vectors are equally long.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tokens {
    /// Token ids, the special ones included.
    pub ids: Vec<u32>,
    /// 0 for the text, 1 for the target.
    pub types: Vec<u32>,
}

/// The tokenizer of a model folder.
#[derive(Debug)]
pub struct WordPieces(Tokenizer);

impl WordPieces {
    /// Reads `tokenizer.json` and sets the cut at the folder's `max_tokens`: the text is cut
    /// first, so a target is never lost to a long text.
    pub fn open(folder: &ModelFolder) -> Result<Self> {
        Self::with_max_tokens(&folder.file("tokenizer.json"), folder.settings().max_tokens)
    }

    /// The same from the file itself.
    pub fn with_max_tokens(file: &Path, max_tokens: usize) -> Result<Self> {
        let mut tokenizer =
            Tokenizer::from_file(file).map_err(|e| Error::model(file, e.to_string()))?;
        tokenizer
            .with_truncation(Some(TruncationParams {
                max_length: max_tokens,
                strategy: TruncationStrategy::LongestFirst,
                stride: 0,
                direction: TruncationDirection::Right,
            }))
            .map_err(|e| Error::model(file, e.to_string()))?
            .with_padding(None);
        Ok(Self(tokenizer))
    }

    /// The tokens of one input.
    pub fn tokens(&self, input: Input<'_>) -> Result<Tokens> {
        let encode_input = match input.target {
            Some(target) => EncodeInput::Dual(input.text.into(), target.into()),
            None => EncodeInput::Single(input.text.into()),
        };
        let encoding = self
            .0
            .encode_fast(encode_input, true)
            .map_err(|e| Error::Internal(format!("tokenizer: {e}")))?;
        Ok(Tokens {
            ids: encoding.get_ids().to_vec(),
            types: encoding.get_type_ids().to_vec(),
        })
    }

    /// The tokens of every input, in order; on all threads.
    pub fn all(&self, inputs: &[Input<'_>]) -> Result<Vec<Tokens>> {
        use rayon::prelude::*;
        inputs.par_iter().map(|input| self.tokens(*input)).collect()
    }
}
