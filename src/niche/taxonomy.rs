//! The niches that have names, in two levels.

use crate::embedding::Phrases;
use crate::{Error, Place, Result};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

const BUILT_IN: &str = include_str!("../../datasets/niches.toml");
const BUILT_IN_NAME: &str = "datasets/niches.toml";
const FORM: &str = "every [[niche]] has id, name, description, tags and maybe parent";

/// One niche.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Niche {
    /// Unique within the taxonomy; stable where names change.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The id of the broader niche; `None` for a broad one.
    #[serde(default)]
    pub parent: Option<String>,
    /// A sentence for models to compare profiles with.
    pub description: String,
    /// Words and hashtags of its creators, lower case, without `#`.
    pub tags: Vec<String>,
    /// What gives the niche away to the letter, in any language: words, phrases of up to four
    /// words, beginnings of words with `*` at their end, and emoji.
    #[serde(default)]
    pub words: Vec<String>,
}

impl Niche {
    /// The text that stands for the niche in a vector: name, description and tags.
    #[must_use]
    pub fn text(&self) -> String {
        format!(
            "{}. {} {}",
            self.name,
            self.description,
            self.tags.join(" ")
        )
    }
}

/// Niches in the order of their file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taxonomy {
    niches: Vec<Niche>,
    place: BTreeMap<String, usize>,
    /// Place of each niche's broad one.
    broad: Vec<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    niche: Vec<Niche>,
}

impl Taxonomy {
    /// The niches that come with the program.
    ///
    /// # Errors
    /// None that a test would not have caught: the file is part of the program.
    pub fn built_in() -> Result<Self> {
        Self::parse(BUILT_IN, Path::new(BUILT_IN_NAME))
    }

    /// The niches of a file in the form of `datasets/niches.toml`.
    ///
    /// # Errors
    /// An I/O error where it cannot be read, an input error where it does not hold
    /// `[[niche]]` tables with unique ids and parents that are there.
    pub fn from_file(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|e| Error::io(path, e))?;
        Self::parse(&text, path)
    }

    fn parse(text: &str, path: &Path) -> Result<Self> {
        let wrong = |message: String| Error::input(Place::file(path), message).with_hint(FORM);
        let document: Document =
            toml::from_str(text).map_err(|e| Error::toml(path, text, &e).with_hint(FORM))?;
        let mut place = BTreeMap::new();
        for (i, niche) in document.niche.iter().enumerate() {
            if niche.id.is_empty() || niche.name.is_empty() {
                return Err(wrong(format!("niche {} has no id or no name", i + 1)));
            }
            if place.insert(niche.id.clone(), i).is_some() {
                return Err(wrong(format!("the id {:?} stands twice", niche.id)));
            }
        }
        for niche in &document.niche {
            let Some(parent) = &niche.parent else {
                continue;
            };
            let above = place.get(parent).map(|&i| &document.niche[i]);
            if above.is_none_or(|above| above.parent.is_some()) {
                let message = format!(
                    "the parent {parent:?} of {:?} is no niche of the upper level",
                    niche.id
                );
                return Err(wrong(message));
            }
        }
        let own = document.niche.iter().enumerate();
        let broad = own.map(|(i, n)| {
            n.parent
                .as_ref()
                .and_then(|p| place.get(p))
                .map_or(i, |p| *p)
        });
        let broad = broad.collect();
        Ok(Self {
            niches: document.niche,
            place,
            broad,
        })
    }

    /// Every niche, in the file's order: the order of the rows of a matrix of vectors.
    #[must_use]
    pub fn niches(&self) -> &[Niche] {
        &self.niches
    }

    /// The niche of that id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Niche> {
        self.place.get(id).map(|&i| &self.niches[i])
    }

    /// Place of the broad niche that the niche at `index` belongs to; a broad one is its own.
    #[must_use]
    pub fn broad(&self, index: usize) -> usize {
        self.broad[index]
    }

    /// Names, tags and words of all niches, to be found in texts. Labels are places in
    /// [`Taxonomy::niches`]; the narrower niches' words speak for the broad one too.
    #[must_use]
    pub fn phrases(&self) -> Phrases {
        let mut phrases = Phrases::default();
        for (index, niche) in self.niches.iter().enumerate() {
            let group = self.broad(index);
            let names = niche
                .name
                .split([',', '/', '&'])
                .flat_map(|n| n.split(" and "));
            let entries = niche.tags.iter().chain(&niche.words).map(String::as_str);
            for entry in names.chain(entries) {
                phrases.add(entry, index as u32, group as u32);
            }
        }
        phrases
    }

    /// The niches below that id, in the file's order.
    pub fn children<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a Niche> {
        self.niches
            .iter()
            .filter(move |niche| niche.parent.as_deref() == Some(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_niches_are_sound() {
        let niches = Taxonomy::built_in().unwrap();
        assert!(niches.niches().len() >= 150);
        for niche in niches.niches() {
            let words = niche.description.split_whitespace().count();
            assert!((10..=20).contains(&words), "{}: {words} words", niche.id);
            assert!((8..=15).contains(&niche.tags.len()), "{}", niche.id);
            for tag in &niche.tags {
                assert!(
                    !tag.contains(['#', ' ']) && *tag == tag.to_lowercase(),
                    "{tag}"
                );
            }
        }
        assert!(niches.children("fashion").count() >= 5);
        let (yoga, fitness) = (niches.place["yoga"], niches.place["fitness"]);
        assert_eq!(
            (niches.broad(yoga), niches.broad(fitness)),
            (fitness, fitness)
        );
        assert_eq!(
            niches.get("yoga").unwrap().parent.as_deref(),
            Some("fitness")
        );
    }

    #[test]
    fn errors_name_the_line() {
        let fail = |text: &str| Taxonomy::parse(text, Path::new("n.toml")).unwrap_err();
        let bad = fail("[[niche]]\nid = \"a\"\nname = 3\n");
        assert!(bad.to_string().starts_with("n.toml:"), "{bad}");
        let one = "[[niche]]\nid=\"a\"\nname=\"A\"\ndescription=\"\"\ntags=[]\n";
        assert!(fail(&format!("{one}{one}")).to_string().contains("twice"));
        let orphan = format!("{one}parent=\"b\"\n");
        assert!(fail(&orphan).to_string().contains("parent"));
        assert_eq!(fail(&orphan).exit_status(), 2);
    }
}
