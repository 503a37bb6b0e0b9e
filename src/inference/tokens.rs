//! Texts to token ids, the same for every backend.

use super::{Input, ModelFolder};
use crate::error::{Error, Result};
use crate::text::Segmenter;
use std::borrow::Cow;
use std::path::Path;
use tokenizers::{
    EncodeInput, ModelWrapper, Tokenizer, TruncationDirection, TruncationParams, TruncationStrategy,
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
pub struct WordPieces {
    tokenizer: Tokenizer,
    /// Knows the words of the vocabulary; empty where the vocabulary is not made of words.
    segmenter: Segmenter,
}

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
        let segmenter = segmenter_of(&tokenizer);
        Ok(Self {
            tokenizer,
            segmenter,
        })
    }

    /// The tokens of one input.
    pub fn tokens(&self, input: Input<'_>) -> Result<Tokens> {
        let text = if input.text.contains('#') {
            Cow::Owned(self.segmenter.split_tags(input.text))
        } else {
            Cow::Borrowed(input.text)
        };
        let encode_input = match input.target {
            Some(target) => EncodeInput::Dual(text.into(), target.into()),
            None => EncodeInput::Single(text.into()),
        };
        let encoding = self
            .tokenizer
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

/// The whole words of a word-piece vocabulary, which stand in it by falling frequency.
///
/// A byte-pair vocabulary gives none: its entries are parts of words, and `#` stays a sign.
fn segmenter_of(tokenizer: &Tokenizer) -> Segmenter {
    let is_word_piece = matches!(tokenizer.get_model(), ModelWrapper::WordPiece(_));
    let mut words: Vec<(u32, String)> = if is_word_piece {
        tokenizer
            .get_vocab(false)
            .into_iter()
            .map(|(word, id)| (id, word))
            .collect()
    } else {
        Vec::new()
    };
    words.sort_unstable();
    Segmenter::new(words.iter().map(|(_, word)| word.as_str()))
}
