//! What a text means in whatever language it is, by the multilingual model.
//!
//! That model is multilingual-e5-small, which was trained with a word before each text that says what it is: the phrase
//! that is searched for, or the passage that is found.

use crate::error::Result;
use crate::inference::{Encoder, Input};
use std::collections::{BTreeSet, HashMap};

/// What stands before a text that is searched in.
pub const PASSAGE: &str = "passage: ";
/// What stands before a text that is searched for.
pub const QUERY: &str = "query: ";

/// Of all that a creator says, bio first, then tags, then the newest captions, so much is read.
pub(super) const MEANING_CHARACTERS: usize = 240;

/// The vector of each text, in their order, with `before` in front of it; `None` for a text that says nothing. Equal
/// ones are encoded once. The text is read as it stands, emoji and names of accounts with it: with emoji as words and
/// without the names, as the sentiment models have it, searches by vector alone fall from 0.72 to 0.69 in English and
/// from 0.56 to 0.47 in other languages.
///
/// # Errors
/// If the encoder fails.
pub fn meanings<T: AsRef<str>>(
    encoder: &dyn Encoder,
    before: &str,
    texts: &[T],
) -> Result<Vec<Option<Vec<f32>>>> {
    let written: Vec<Option<String>> = texts
        .iter()
        .map(|text| {
            let words: Vec<&str> = text.as_ref().split_whitespace().collect();
            (!words.is_empty()).then(|| format!("{before}{}", words.join(" ")))
        })
        .collect();
    let distinct: BTreeSet<&str> = written.iter().flatten().map(String::as_str).collect();
    if distinct.is_empty() {
        return Ok(vec![None; texts.len()]);
    }
    let inputs: Vec<Input<'_>> = distinct
        .iter()
        .map(|text| Input { text, target: None })
        .collect();
    let rows = encoder.encode(&inputs)?;
    let found: HashMap<&str, &[f32]> = distinct.into_iter().zip(rows.iter()).collect();
    Ok(written
        .iter()
        .map(|text| text.as_deref().map(|text| found[text].to_vec()))
        .collect())
}
