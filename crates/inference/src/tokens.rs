//! Texts to token ids, the same for every backend.

use super::{HashSign, Input, ModelFolder};
use microfluence_tables::error::{Error, Result, contained};
use microfluence_tables::text::Segmenter;
use std::borrow::Cow;
use std::path::Path;
use tokenizers::{
    EncodeInput, ModelWrapper, PostProcessor, Tokenizer, TruncationDirection, TruncationParams,
    TruncationStrategy,
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
    hash_sign: HashSign,
}

impl WordPieces {
    /// Reads `tokenizer.json` and sets the cut at the folder's `max_tokens`: the text is cut
    /// first, so a target is never lost to a long text.
    pub fn open(folder: &ModelFolder) -> Result<Self> {
        let (file, settings) = (folder.file("tokenizer.json"), folder.settings());
        Self::with_max_tokens(&file, settings.max_tokens).map(|pieces| Self {
            hash_sign: settings.hash_sign,
            ..pieces
        })
    }

    /// The same from the file itself.
    pub fn with_max_tokens(file: &Path, max_tokens: usize) -> Result<Self> {
        // The library panics over some files that contradict themselves.
        let mut tokenizer = contained(|| Tokenizer::from_file(file))
            .map_err(|panic| Error::model(file, panic))?
            .map_err(|e| Error::model(file, e.to_string()))?;
        let processor = tokenizer.get_post_processor();
        let special = processor.map_or(0, |p| p.added_tokens(true));
        if max_tokens <= special {
            return Err(Error::model(
                file,
                format!(
                    "max_tokens is {max_tokens}, and {special} are special ones, so no text would be read"
                ),
            ));
        }
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
        let pieces = Self {
            tokenizer,
            segmenter,
            hash_sign: HashSign::default(),
        };
        // The network reads a classifier's answer off the first token, so that every text must have one.
        for target in [None, Some("")] {
            if pieces.tokens(Input { text: "", target })?.ids.is_empty() {
                return Err(Error::model(
                    file,
                    "adds no special token, so an empty text would have none at all",
                ));
            }
        }
        Ok(pieces)
    }

    /// The tokens of one input.
    pub fn tokens(&self, input: Input<'_>) -> Result<Tokens> {
        let without_sign = |text: &str| -> String { text.replace('#', "") };
        let text = match self.hash_sign {
            _ if !input.text.contains('#') => Cow::Borrowed(input.text),
            HashSign::Split => Cow::Owned(self.segmenter.split_tags(input.text)),
            HashSign::Drop => Cow::Owned(without_sign(input.text)),
        };
        let encode_input = match input.target {
            Some(target) if self.hash_sign == HashSign::Drop => {
                EncodeInput::Dual(text.into(), without_sign(target).into())
            }
            Some(target) => EncodeInput::Dual(text.into(), target.into()),
            None => EncodeInput::Single(text.into()),
        };
        let encoding = contained(|| self.tokenizer.encode_fast(encode_input, true))
            .map_err(|panic| Error::Internal(format!("tokenizer: {panic}")))?
            .map_err(|e| Error::Internal(format!("tokenizer: {e}")))?;
        Ok(Tokens {
            ids: encoding.get_ids().to_vec(),
            types: encoding.get_type_ids().to_vec(),
        })
    }

    /// The largest number that a word or a sign has.
    pub(crate) fn largest_id(&self) -> Option<u32> {
        self.tokenizer.get_vocab(true).into_values().max()
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

#[cfg(test)]
mod tests {
    use super::WordPieces;
    use std::path::Path;

    /// Found by fuzzing (`fuzz/fuzz_targets/model.rs`): the crate subtracts the special tokens from the limit without
    /// looking.
    #[test]
    fn a_limit_that_leaves_no_room_for_a_text_is_refused() {
        let file =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/sentiment/tokenizer.json");
        for limit in 0..4 {
            let error = WordPieces::with_max_tokens(&file, limit).unwrap_err();
            let text = error.to_string();
            assert!(
                text.contains("tokenizer.json") && text.contains("max_tokens"),
                "{text}"
            );
        }
        assert!(WordPieces::with_max_tokens(&file, 4).is_ok());
    }

    /// Found by fuzzing likewise: attention over no token is divided by nought.
    #[test]
    fn a_tokenizer_without_special_tokens_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tokenizer.json");
        let text = r#"{"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
            "normalizer": null, "pre_tokenizer": {"type": "Whitespace"}, "post_processor": null, "decoder": null,
            "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "--",
                "max_input_chars_per_word": 100, "vocab": {"[UNK]": 0, "love": 1}}}"#;
        std::fs::write(&file, text).unwrap();
        let error = WordPieces::with_max_tokens(&file, 8)
            .unwrap_err()
            .to_string();
        assert!(error.contains("no special token"), "{error}");
        // One that contradicts itself is an error of the crate's, or a panic of it that is caught.
        std::fs::write(&file, text.replace("\"[UNK]\": 0", "\"a\": -1")).unwrap();
        assert!(WordPieces::with_max_tokens(&file, 8).is_err());
    }
}
