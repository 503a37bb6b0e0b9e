//! The polarity of every comment.

use crate::error::{Error, Result};
use crate::inference::{Encoder, Input, Task};
use crate::schema::{Comment, CommentId, Polarity};
use crate::text::{Brand, Language, language_of, normalize};
use rayon::prelude::*;

/// Text and target as the model reads them; `None` where there is nothing to be read.
type Reading = Option<(String, String)>;

/// Characters of a comment that are normalised for the model, whose window is about 400 of them.
const LOOKED_AT: usize = 8192;

/// What became of a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// It has probabilities.
    Scored,
    /// There is nothing in it to read.
    Empty,
    /// It is in a language that the model was not made for.
    UnsupportedLanguage,
}

impl Status {
    /// The name used in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Scored => "scored",
            Self::Empty => "empty",
            Self::UnsupportedLanguage => "unsupported_language",
        }
    }
}

/// Towards what a comment is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// These brands, each comment once per brand.
    Brands(Vec<Brand>),
    /// The brand in the comment's own column, where it has one.
    Column,
}

/// One comment judged towards one target.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredComment {
    /// Which comment.
    pub comment_id: CommentId,
    /// Index of the comment in the scored slice.
    pub index: usize,
    /// The target; `None` is the whole text.
    pub brand: Option<String>,
    /// The most probable class; `None` unless scored.
    pub label: Option<Polarity>,
    /// Probabilities of negative, neutral and positive, which add up to 1; `None` unless scored.
    pub probabilities: Option<[f32; 3]>,
    /// Whether the text names the brand; `None` without a brand.
    pub mentions_brand: Option<bool>,
    /// Whether the comment counts as being about the brand; see [`Scorer::score`].
    pub about_brand: bool,
    /// Guessed from the text.
    pub language: Language,
    /// Whether it was scored, and why not.
    pub status: Status,
}

/// A sentiment model that is ready to judge comments.
pub struct Scorer<'e> {
    encoder: &'e dyn Encoder,
}

impl<'e> Scorer<'e> {
    /// Takes a model with the classes negative, neutral and positive, in this order.
    ///
    /// # Errors
    /// [`Error::Model`] for any other model.
    pub fn new(encoder: &'e dyn Encoder) -> Result<Self> {
        let settings = encoder.settings();
        let expected = Polarity::ALL.map(Polarity::name);
        if settings.task != Task::Classify || settings.labels != expected {
            return Err(Error::model(
                &settings.name,
                format!(
                    "is no sentiment model: its classes are [{}], expected [{}]",
                    settings.labels.join(", "),
                    expected.join(", ")
                ),
            ));
        }
        Ok(Self { encoder })
    }

    /// Judges every comment, in order; with several brands, all brands of a comment together.
    ///
    /// A comment counts as being about a brand when its text names the brand or its brand column does; what else tells so
    /// ([`PostContext::about`](super::PostContext::about)) is not known here.
    ///
    /// # Errors
    /// If the encoder fails.
    pub fn score(&self, comments: &[Comment], target: &Target) -> Result<Vec<ScoredComment>> {
        let prepared: Vec<Vec<(ScoredComment, Reading)>> = comments
            .par_iter()
            .enumerate()
            .map(|(index, comment)| self.prepare(index, comment, target))
            .collect();
        let pairs = self.encoder.settings().targets;
        let inputs: Vec<Input<'_>> = prepared
            .iter()
            .flatten()
            .filter_map(|(_, reading)| reading.as_ref())
            .map(|(text, target)| Input {
                text,
                target: pairs.then_some(target.as_str()),
            })
            .collect();
        let rows = self.encoder.encode(&inputs)?;
        let mut rows = rows.iter();
        let mut scored = Vec::with_capacity(prepared.len());
        for (mut row, reading) in prepared.into_iter().flatten() {
            if reading.is_some() {
                // One row per input, and only these rows have one.
                row.probabilities = rows.next().map(|p| [p[0], p[1], p[2]]);
                row.label = row.probabilities.map(most_probable);
            }
            scored.push(row);
        }
        Ok(scored)
    }

    /// The rows of one comment before the model has read it, each with what is to be read.
    fn prepare(
        &self,
        index: usize,
        comment: &Comment,
        target: &Target,
    ) -> Vec<(ScoredComment, Reading)> {
        let language = language_of(beginning(&comment.text));
        let row = |brand: Option<&Brand>| {
            let row = prepare(index, comment, brand, language);
            let reading = (row.status == Status::Scored).then(|| self.input(comment, brand));
            (row, reading)
        };
        match target {
            Target::Brands(brands) => brands.iter().map(|brand| row(Some(brand))).collect(),
            Target::Column => {
                let named = comment.brand.as_deref().filter(|b| !b.trim().is_empty());
                let brand = named.map(|name| Brand::new(name, &[]));
                vec![row(brand.as_ref())]
            }
        }
    }

    /// What the model reads: the beginning of the text, many times what fits its window, and the
    /// target where the model takes one.
    fn input(&self, comment: &Comment, brand: Option<&Brand>) -> (String, String) {
        let handles = brand.map(Brand::handles).unwrap_or_default();
        let target = match brand {
            Some(brand) if self.encoder.settings().targets => {
                let named = brand.named_in(&comment.text);
                normalize(named.as_deref().unwrap_or(brand.name()), &[])
            }
            _ => String::new(),
        };
        (normalize(beginning(&comment.text), &handles), target)
    }
}

/// The row of a comment before the model has read it.
fn prepare(
    index: usize,
    comment: &Comment,
    brand: Option<&Brand>,
    language: Language,
) -> ScoredComment {
    let mentions_brand = brand.map(|b| b.is_in(&comment.text));
    let column = comment.brand.as_deref().unwrap_or_default().trim();
    let about_brand = match brand {
        None => true,
        Some(brand) => mentions_brand == Some(true) || (!column.is_empty() && brand.is_in(column)),
    };
    let readable = comment
        .text
        .chars()
        .any(|c| !c.is_whitespace() && !c.is_control());
    let status = if !readable {
        Status::Empty
    } else if language.may_be_english() {
        Status::Scored
    } else {
        Status::UnsupportedLanguage
    };
    ScoredComment {
        comment_id: comment.comment_id.clone(),
        index,
        brand: brand.map(|b| b.name().to_owned()),
        label: None,
        probabilities: None,
        mentions_brand,
        about_brand,
        language,
        status,
    }
}

/// The characters that are looked at: a megabyte of one letter is no reason to stop for seconds.
fn beginning(text: &str) -> &str {
    let end = text.char_indices().nth(LOOKED_AT);
    &text[..end.map_or(text.len(), |(at, _)| at)]
}

/// The class of the highest probability; the first of equals.
fn most_probable(p: [f32; 3]) -> Polarity {
    let mut best = 0;
    for class in 1..3 {
        if p[class] > p[best] {
            best = class;
        }
    }
    Polarity::ALL[best]
}
