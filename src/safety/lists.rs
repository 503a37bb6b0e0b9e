//! What a brand would rather not stand beside, as a file that the user can replace.

use super::words::Finder;
use crate::{Error, Place, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::Path;

const BUILT_IN: &str = include_str!("../../datasets/safety/lists.toml");
const BUILT_IN_NAME: &str = "datasets/safety/lists.toml";
const FORM: &str = "every [[category]] has id, name, counts (\"once\" or \"share\"), weight from 0 to 1, and words; \
                    where it has ambiguous ones, also risky and harmless sentences";

/// What makes a clear case of a category.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Counts {
    /// One text is enough.
    Once,
    /// A tenth of all texts.
    Share,
}

/// One kind of risk.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Unique within the file.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What makes a clear case.
    pub counts: Counts,
    /// How much of the safety a clear case takes away, 0..=1.
    pub weight: f64,
    /// Words, phrases, beginnings of words with `*`, and emoji that speak for it wherever they stand.
    pub words: Vec<String>,
    /// The same, but only where the sentence around them means it.
    #[serde(default)]
    pub ambiguous: Vec<String>,
    /// Words of niches in which its words are innocent ("lipstick" beside "nude"), as the others are written.
    #[serde(default)]
    pub innocent: Vec<String>,
    /// Sentences that mean it.
    #[serde(default)]
    pub risky: Vec<String>,
    /// Sentences with such words that do not.
    #[serde(default)]
    pub harmless: Vec<String>,
}

/// The categories, and the words by which advertising is told.
#[derive(Debug, Clone)]
pub struct SafetyLists {
    categories: Vec<Category>,
    pub(super) finder: Finder,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    category: Vec<Category>,
    #[serde(default)]
    disclosure: Entries,
    #[serde(default)]
    advertising: Entries,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Entries {
    words: Vec<String>,
}

impl SafetyLists {
    /// The lists that come with the program.
    ///
    /// # Errors
    /// None that a test would not have caught: the file is part of the program.
    pub fn built_in() -> Result<Self> {
        Self::parse(BUILT_IN, Path::new(BUILT_IN_NAME))
    }

    /// The lists of a file in the form of `datasets/safety/lists.toml`.
    ///
    /// # Errors
    /// An I/O error where it cannot be read, an input error where it does not hold categories with unique ids,
    /// weights from 0 to 1, and sentences for those with ambiguous words.
    pub fn from_file(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|e| Error::io(path, e))?;
        Self::parse(&text, path)
    }

    fn parse(text: &str, path: &Path) -> Result<Self> {
        let wrong = |message: String| Error::input(Place::file(path), message).with_hint(FORM);
        let document: Document =
            toml::from_str(text).map_err(|e| Error::toml(path, text, &e).with_hint(FORM))?;
        let mut ids = BTreeSet::new();
        for category in &document.category {
            let id = &category.id;
            if id.is_empty() || !ids.insert(id) {
                return Err(wrong(format!("the id {id:?} is empty or stands twice")));
            }
            if !(0.0..=1.0).contains(&category.weight) {
                return Err(wrong(format!(
                    "the weight of {id:?} is {}, expected a number from 0 to 1",
                    category.weight
                )));
            }
            let judged = !category.risky.is_empty() && !category.harmless.is_empty();
            if !category.ambiguous.is_empty() && !judged {
                return Err(wrong(format!(
                    "{id:?} has ambiguous words, but no risky or no harmless sentence to judge them by"
                )));
            }
        }
        let finder = Finder::new(
            &document.category,
            &document.disclosure.words,
            &document.advertising.words,
        );
        Ok(Self {
            categories: document.category,
            finder,
        })
    }

    /// The categories, in the file's order.
    #[must_use]
    pub fn categories(&self) -> &[Category] {
        &self.categories
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_lists_are_sound() {
        let lists = SafetyLists::built_in().unwrap();
        assert!(lists.categories().len() >= 10);
        assert!(lists.categories().iter().all(|c| c.words.len() >= 15));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let read = |text: &str| {
            SafetyLists::parse(text, Path::new("my.toml"))
                .unwrap_err()
                .to_string()
        };
        let category =
            "[[category]]\nid = \"a\"\nname = \"A\"\ncounts = \"once\"\nwords = [\"x\"]\n";
        assert!(read(&format!("{category}weight = 1.5")).contains("1.5"));
        assert!(read(&format!("{category}weight = 0.5\n{category}weight = 0.5")).contains("twice"));
        assert!(read(&format!("{category}weight = 0.5\nambiguous = [\"y\"]")).contains("harmless"));
        assert!(read("[[category]]\nid = 3").contains("my.toml:2"));
        let error = SafetyLists::from_file(Path::new("nowhere.toml")).unwrap_err();
        assert!(error.to_string().contains("nowhere.toml"));
    }
}
