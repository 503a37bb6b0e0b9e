//! Lists of phrases with slots: `{name}` in a phrase stands for one of the list `name`.
//!
//! A file of words holds `name: one | two | three` on a line, or `name:` with one phrase on
//! each of the indented lines below. Lines that begin with `//` are notes.

use super::dice::Dice;
use std::collections::BTreeMap;

/// Phrases by the name of their list.
pub(crate) struct Grammar(BTreeMap<String, Vec<String>>);

impl Grammar {
    /// Reads lists; those of a later text are added to those of an earlier one.
    pub(crate) fn read(texts: &[&str]) -> Self {
        let mut lists: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for text in texts {
            let mut name = "";
            for line in text
                .lines()
                .filter(|line| !line.trim().is_empty() && !line.starts_with("//"))
            {
                if let Some(phrase) = line.strip_prefix("  ") {
                    lists
                        .entry(name.to_owned())
                        .or_default()
                        .push(phrase.trim().to_owned());
                } else if let Some((head, rest)) = line.split_once(':') {
                    name = head;
                    let list = lists.entry(name.to_owned()).or_default();
                    list.extend(
                        rest.split('|')
                            .map(str::trim)
                            .filter(|p| !p.is_empty())
                            .map(str::to_owned),
                    );
                } else {
                    panic!("neither a list's name nor an indented phrase: {line}");
                }
            }
        }
        Self(lists)
    }

    /// The list of this name.
    pub(crate) fn list(&self, name: &str) -> &[String] {
        self.0
            .get(name)
            .unwrap_or_else(|| panic!("no list of words is called {name}"))
    }

    /// Whether there is such a list.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A phrase of the list, with its slots filled.
    pub(crate) fn say(&self, dice: &mut Dice, name: &str) -> String {
        let phrase = dice.pick(self.list(name));
        self.fill(dice, phrase)
    }

    /// As `say`, but rather not with a phrase of which `used` says that it was there before.
    pub(crate) fn say_anew(&self, dice: &mut Dice, name: &str, used: &mut Vec<String>) -> String {
        let list = self.list(name);
        let mut phrase = dice.pick(list);
        for _ in 0..12 {
            if !used.contains(phrase) {
                break;
            }
            phrase = dice.pick(list);
        }
        used.push(phrase.clone());
        self.fill(dice, phrase)
    }

    /// Fills the slots of `phrase`. Within one phrase no filler is used twice.
    pub(crate) fn fill(&self, dice: &mut Dice, phrase: &str) -> String {
        let mut used: Vec<&str> = Vec::new();
        let mut filled = String::with_capacity(phrase.len() * 2);
        let mut rest = phrase;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}') else {
                panic!("a slot is left open: {phrase}");
            };
            let list = self.list(name);
            let mut word = dice.pick(list);
            for _ in 0..8 {
                if !used.contains(&word.as_str()) {
                    break;
                }
                word = dice.pick(list);
            }
            used.push(word);
            filled.push_str(before);
            if word.contains('{') {
                filled.push_str(&self.fill(dice, word));
            } else {
                filled.push_str(word);
            }
            rest = after;
        }
        filled.push_str(rest);
        filled
    }
}

/// The phrase with a capital letter at its start.
pub(crate) fn capital(phrase: &str) -> String {
    let mut letters = phrase.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
