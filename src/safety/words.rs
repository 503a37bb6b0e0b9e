//! Finding the lists' entries in texts, sentence by sentence.

use super::lists::Category;
use crate::embedding::{Phrases, tokens};
use unicode_segmentation::UnicodeSegmentation;

/// Sentences of fewer tokens say too little by themselves: the whole text stands in.
const SHORT_SENTENCE: usize = 4;
/// Letters of a quotation, at most.
const LONGEST_QUOTATION: usize = 240;

/// Labels of [`Phrases`] that are no category's.
const DISCLOSURE: u32 = u32::MAX;
const ADVERTISING: u32 = u32::MAX - 1;

/// Looks for every entry at once.
#[derive(Debug, Clone)]
pub(super) struct Finder {
    /// Label 2 c is category c's own words, 2 c + 1 its ambiguous ones.
    phrases: Phrases,
    /// Label c is what makes category c's words innocent.
    innocent: Phrases,
}

/// A category's word in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sighting {
    /// Place of the category in the file.
    pub(super) category: usize,
    /// Whether the word needs its sentence to mean the category.
    pub(super) ambiguous: bool,
    /// Whether the text is of a niche in which the word is innocent.
    pub(super) innocent: bool,
    /// The word as it was found: lower case, without accents.
    pub(super) term: String,
    /// The sentence around it, as written; cut around the word where it is long.
    pub(super) sentence: String,
}

/// What a text says of advertising.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct AdvertisingWords {
    pub(super) discloses: bool,
    /// The first entry that reads like an advertisement, and its sentence.
    pub(super) advertises: Option<(String, String)>,
}

impl Finder {
    pub(super) fn new(
        categories: &[Category],
        disclosure: &[String],
        advertising: &[String],
    ) -> Self {
        let mut phrases = Phrases::default();
        let mut add = |entries: &[String], label: u32| {
            for entry in entries {
                phrases.add(entry, label, label);
            }
        };
        for (i, category) in categories.iter().enumerate() {
            let label = 2 * u32::try_from(i).unwrap_or(u32::MAX / 4);
            add(&category.words, label);
            add(&category.ambiguous, label + 1);
        }
        add(disclosure, DISCLOSURE);
        add(advertising, ADVERTISING);
        let mut innocent = Phrases::default();
        for (label, category) in (0_u32..).zip(categories) {
            for entry in &category.innocent {
                innocent.add(entry, label, label);
            }
        }
        Self { phrases, innocent }
    }

    /// What the text holds: each category's words once per sentence, and what is said of advertising.
    pub(super) fn look(&self, text: &str) -> (Vec<Sighting>, AdvertisingWords) {
        let mut advertising = AdvertisingWords::default();
        let mut sightings: Vec<Sighting> = Vec::new();
        // Most texts hold nothing, and parting them into sentences costs more than the search.
        let all = tokens(text);
        if self.phrases.terms(&all).is_empty() {
            return (sightings, advertising);
        }
        let innocent = self.innocent.find(&all);
        for sentence in text.unicode_sentences() {
            let words = tokens(sentence);
            for (term, label) in self.phrases.terms(&words) {
                let quoted = || {
                    let around = if words.len() < SHORT_SENTENCE {
                        text
                    } else {
                        sentence
                    };
                    quotation_around(around, &term)
                };
                match label {
                    DISCLOSURE => advertising.discloses = true,
                    ADVERTISING => {
                        advertising
                            .advertises
                            .get_or_insert_with(|| (term.clone(), quoted()));
                    }
                    label => {
                        let sentence = quoted();
                        let sighting = Sighting {
                            category: (label / 2) as usize,
                            ambiguous: label % 2 == 1,
                            innocent: innocent.iter().any(|(of, _)| *of == label / 2),
                            term,
                            sentence,
                        };
                        add_once(&mut sightings, sighting);
                    }
                }
            }
        }
        (sightings, advertising)
    }
}

/// One sighting per category and sentence, by a word of its own rather than an ambiguous one.
fn add_once(sightings: &mut Vec<Sighting>, new: Sighting) {
    let same = sightings
        .iter_mut()
        .find(|s| s.category == new.category && s.sentence == new.sentence);
    match same {
        Some(held) if held.ambiguous && !new.ambiguous => *held = new,
        Some(_) => {}
        None => sightings.push(new),
    }
}

/// The text with its white space made single, cut at words on both sides of the term where it is too long.
fn quotation_around(text: &str, term: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let long = |words: &[&str]| {
        words.iter().map(|w| w.chars().count() + 1).sum::<usize>() >= LONGEST_QUOTATION
    };
    if !long(&words) {
        return quotation(text);
    }
    let wanted = tokens(term);
    let first = wanted.first().cloned().unwrap_or_default();
    let at = words
        .iter()
        .position(|w| tokens(w).contains(&first))
        .unwrap_or(0);
    // A third of the room stands before the word.
    let mut from = at;
    while from > 0
        && words[from - 1..at]
            .iter()
            .map(|w| w.chars().count() + 1)
            .sum::<usize>()
            < LONGEST_QUOTATION / 3
    {
        from -= 1;
    }
    let quoted = quotation(&words[from..].join(" "));
    if from > 0 {
        format!("… {quoted}")
    } else {
        quoted
    }
}

/// The text with its white space made single, cut at a word.
pub(super) fn quotation(text: &str) -> String {
    let mut quoted = String::new();
    for word in text.split_whitespace() {
        if quoted.chars().count() + word.chars().count() >= LONGEST_QUOTATION {
            quoted += " …";
            break;
        }
        if !quoted.is_empty() {
            quoted.push(' ');
        }
        quoted += word;
    }
    quoted
}

#[cfg(test)]
mod tests {
    use crate::safety::SafetyLists;

    #[test]
    fn words_are_found_with_their_sentence() {
        let lists = SafetyLists::built_in().unwrap();
        let (seen, advertising) = lists.finder.look(
            "Great day with the kids. New casino night, who bets? Use my code ANA10 for 10% off",
        );
        let gambling = lists
            .categories()
            .iter()
            .position(|c| c.id == "gambling")
            .unwrap();
        assert_eq!(seen.len(), 1);
        assert_eq!((seen[0].category, seen[0].ambiguous), (gambling, false));
        assert_eq!(
            (seen[0].term.as_str(), seen[0].sentence.as_str()),
            ("casino", "New casino night, who bets?")
        );
        assert!(!advertising.discloses);
        assert_eq!(advertising.advertises.unwrap().0, "use my code");
        let (seen, advertising) = lists.finder.look("Soup for dinner #ad");
        assert!(seen.is_empty() && advertising.discloses);
    }

    #[test]
    fn quotations_are_cut_at_a_word() {
        let long = "word ".repeat(100);
        let quoted = super::quotation(&long);
        assert!(quoted.ends_with("word …") && quoted.chars().count() <= 242);
        assert_eq!(super::quotation(" a\n b "), "a b");
        let late = format!(
            "{}casino night {}",
            "word ".repeat(100),
            "more ".repeat(100)
        );
        let quoted = super::quotation_around(&late, "casino");
        assert!(
            quoted.starts_with("… word")
                && quoted.contains("casino night more")
                && quoted.ends_with('…'),
            "{quoted}"
        );
        assert!(super::quotation(&"x".repeat(10_000)).chars().count() < 10);
    }
}
