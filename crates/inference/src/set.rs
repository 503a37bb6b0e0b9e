//! Models of one kind, each for languages of its own.

use super::{Encoder, Input, ModelSettings, Rows};
use microfluence_tables::error::{Error, Result};
use std::sync::Arc;

/// What a language is called that nobody can tell (ISO 639-2).
pub const UNDETERMINED: &str = "und";

/// Models with the same classes, and which of them reads what. As an [`Encoder`] it is its first model.
pub struct ModelSet {
    models: Vec<Arc<dyn Encoder>>,
    languages: Option<Vec<String>>,
}

impl ModelSet {
    /// The models in the order in which they are asked whether they read a language; `languages` (ISO 639-3) are those
    /// that are wanted, `None` all that a model reads.
    ///
    /// # Errors
    /// [`Error::Usage`] for a wanted language that no model reads, [`Error::Model`] for models whose classes differ.
    pub fn new(models: Vec<Arc<dyn Encoder>>, languages: Option<Vec<String>>) -> Result<Self> {
        let Some(first) = models.first() else {
            return Err(Error::usage("there is no model"));
        };
        for model in &models {
            if model.settings().labels != first.settings().labels {
                return Err(Error::model(
                    &model.settings().name,
                    format!("has other classes than {}", first.settings().name),
                ));
            }
        }
        for language in languages.iter().flatten() {
            if !models.iter().any(|m| m.settings().answers_for(language)) {
                let mut known: Vec<&str> = models
                    .iter()
                    .flat_map(|model| model.settings().languages())
                    .filter(|code| *code != UNDETERMINED)
                    .collect();
                known.sort_unstable();
                known.dedup();
                return Err(Error::usage(format!("no model reads {language:?}"))
                    .with_hint(format!("the models at hand read {}", known.join(", "))));
            }
        }
        Ok(Self { models, languages })
    }

    /// The models.
    pub fn models(&self) -> impl Iterator<Item = &dyn Encoder> {
        self.models.iter().map(AsRef::as_ref)
    }

    /// The languages that are wanted; `None` is all.
    #[must_use]
    pub fn languages(&self) -> Option<&[String]> {
        self.languages.as_deref()
    }
}

impl Encoder for ModelSet {
    fn encode(&self, inputs: &[Input<'_>]) -> Result<Rows> {
        self.models[0].encode(inputs)
    }

    fn settings(&self) -> &ModelSettings {
        self.models[0].settings()
    }

    fn backend(&self) -> &'static str {
        self.models[0].backend()
    }

    fn as_set(&self) -> Option<&ModelSet> {
        Some(self)
    }
}
