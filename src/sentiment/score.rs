//! The polarity of every comment.

use crate::error::{Error, Result};
use crate::inference::{Encoder, Input, ModelSettings, Task, UNDETERMINED};
use crate::schema::{Comment, CommentId, Polarity};
use crate::text::{Brand, Language, language_of, normalize};
use rayon::prelude::*;
use std::sync::Arc;

/// Which model reads a comment, and text and target as it reads them; `None` where there is nothing to be read.
type Reading = Option<(usize, String, String)>;

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
    /// Name of the model that scored it; `None` unless scored.
    pub model: Option<Arc<str>>,
}

/// A model, and its name as rows show it.
struct Judge<'e> {
    encoder: &'e dyn Encoder,
    name: Arc<str>,
}

impl Judge<'_> {
    fn settings(&self) -> &ModelSettings {
        self.encoder.settings()
    }
}

/// Sentiment models that are ready to judge comments, each those in its languages.
pub struct Scorer<'e> {
    judges: Vec<Judge<'e>>,
    languages: Option<&'e [String]>,
}

impl<'e> Scorer<'e> {
    /// Takes a model with the classes negative, neutral and positive, in this order, or a set of such
    /// ([`ModelSet`](crate::inference::ModelSet)).
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
        let name = |encoder: &'e dyn Encoder| Judge {
            encoder,
            name: encoder.settings().name.as_str().into(),
        };
        Ok(match encoder.as_set() {
            Some(set) => Self {
                judges: set.models().map(name).collect(),
                languages: set.languages(),
            },
            None => Self {
                judges: vec![name(encoder)],
                languages: None,
            },
        })
    }

    /// Judges every comment, in order; with several brands, all brands of a comment together.
    ///
    /// A comment counts as being about a brand when its text names the brand or its brand column does; what else tells
    /// so ([`PostContext::about`](super::PostContext::about)) is not known here.
    ///
    /// # Errors
    /// If the encoder fails.
    pub fn score(&self, comments: &[Comment], target: &Target) -> Result<Vec<ScoredComment>> {
        let prepared: Vec<Vec<(ScoredComment, Reading)>> = comments
            .par_iter()
            .enumerate()
            .map(|(index, comment)| self.prepare(index, comment, target))
            .collect();
        let mut scored: Vec<(ScoredComment, Reading)> = prepared.into_iter().flatten().collect();
        for (at, judge) in self.judges.iter().enumerate() {
            let pairs = judge.settings().targets;
            let own = |reading: &Reading| matches!(reading, Some((model, ..)) if *model == at);
            let inputs: Vec<Input<'_>> = scored
                .iter()
                .filter_map(|(_, reading)| reading.as_ref().filter(|(model, ..)| *model == at))
                .map(|(_, text, target)| Input {
                    text,
                    target: pairs.then_some(target.as_str()),
                })
                .collect();
            if inputs.is_empty() {
                continue;
            }
            let rows = judge.encoder.encode(&inputs)?;
            // One row per input, and only these comments have one.
            let own_rows = scored.iter_mut().filter(|(_, reading)| own(reading));
            for ((row, _), p) in own_rows.zip(rows.iter()) {
                row.probabilities = Some([p[0], p[1], p[2]]);
                row.label = row.probabilities.map(most_probable);
                row.model = Some(Arc::clone(&judge.name));
            }
        }
        Ok(scored.into_iter().map(|(row, _)| row).collect())
    }

    /// Which model reads a text of this language: the first that answers for it, where it is wanted. A text whose
    /// language nobody can tell goes to a model that says it takes such, else to the first; one without a letter always
    /// to the first.
    fn route(&self, language: Language, text: &str) -> Option<usize> {
        let code = language.code();
        let wanted = |code: &str| {
            self.languages
                .is_none_or(|wanted| wanted.iter().any(|w| w == code))
        };
        let has_wanted =
            |judge: &Judge<'_>| judge.settings().languages().iter().any(|code| wanted(code));
        if code != UNDETERMINED {
            return self
                .judges
                .iter()
                .position(|judge| wanted(code) && judge.settings().answers_for(code));
        }
        let takes_any = |judge: &Judge<'_>| {
            has_wanted(judge) && judge.settings().languages.iter().any(|l| l == code)
        };
        let first = self.judges.iter().position(has_wanted)?;
        if !text.chars().any(char::is_alphabetic) {
            return Some(first);
        }
        Some(self.judges.iter().position(takes_any).unwrap_or(first))
    }

    /// The rows of one comment before the model has read it, each with what is to be read.
    fn prepare(
        &self,
        index: usize,
        comment: &Comment,
        target: &Target,
    ) -> Vec<(ScoredComment, Reading)> {
        let start = beginning(&comment.text);
        let language = language_of(start);
        let judge = self.route(language, start);
        let row = |brand: Option<&Brand>| {
            let row = prepare(index, comment, brand, (language, judge.is_some()));
            let reading = judge
                .filter(|_| row.status == Status::Scored)
                .map(|judge| self.input(judge, comment, brand));
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
    fn input(
        &self,
        judge: usize,
        comment: &Comment,
        brand: Option<&Brand>,
    ) -> (usize, String, String) {
        let handles = brand.map(Brand::handles).unwrap_or_default();
        let target = match brand {
            Some(brand) if self.judges[judge].settings().targets => {
                let named = brand.named_in(&comment.text);
                normalize(named.as_deref().unwrap_or(brand.name()), &[])
            }
            _ => String::new(),
        };
        let text = normalize(beginning(&comment.text), &handles);
        (judge, text, target)
    }
}

/// The row of a comment before the model has read it.
fn prepare(
    index: usize,
    comment: &Comment,
    brand: Option<&Brand>,
    (language, supported): (Language, bool),
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
    } else if supported {
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
        model: None,
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
