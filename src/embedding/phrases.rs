//! Words, phrases, stems and emoji that give a topic away, and finding them in a text.

use super::tokens::{is_measure, tokens, tokens_as_written};
use crate::text::split_hashtag;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Longest phrase, in tokens.
const LONGEST: usize = 4;
/// Shortest beginning of a word that may stand for all its endings.
const SHORTEST_STEM: usize = 2;
/// Inside a handle, where words are not parted, only entries of so many letters count: shorter ones
/// fit anywhere.
const SHORTEST_INSIDE: usize = 5;

/// Labels by the phrases that speak for them. Every label belongs to a group, as narrow topics do
/// to a broad one; what speaks for a label speaks for its group's own label too.
#[derive(Debug, Clone, Default)]
pub struct Phrases {
    whole: HashMap<String, BTreeSet<u32>>,
    stems: HashMap<String, BTreeSet<u32>>,
    /// First words of phrases, with the tokens of the longest: most words begin none.
    starts: HashMap<String, usize>,
    group: HashMap<u32, u32>,
}

impl Phrases {
    /// Adds an entry for `label` of `group` (the group's own label): a word, a phrase of up to four,
    /// an emoji, or the beginning of a word with `*` at its end.
    pub fn add(&mut self, entry: &str, label: u32, group: u32) {
        let stem = entry.trim_end().ends_with('*');
        self.group.insert(label, group);
        self.group.insert(group, group);
        let found = tokens(entry);
        // A text that keeps its accents has the entry's, too.
        let written = tokens_as_written(entry);
        if written != found {
            self.add_tokens(&written, stem, label);
        }
        self.add_tokens(&found, stem, label);
    }

    fn add_tokens(&mut self, found: &[String], stem: bool, label: u32) {
        match found {
            [] => {}
            [one] if stem && one.chars().count() >= SHORTEST_STEM => {
                self.stems.entry(one.clone()).or_default().insert(label);
            }
            _ => {
                let length = found.len().min(LONGEST);
                let longest = self.starts.entry(found[0].clone()).or_default();
                *longest = length.max(*longest);
                let key = found[..length].join(" ");
                self.whole.entry(key).or_default().insert(label);
            }
        }
    }

    /// How strongly a text speaks for each label, ascending by label.
    ///
    /// From the left, the longest entry at each place is taken. Each distinct entry has a weight of 1,
    /// which the groups it speaks for share equally ("artist" says less than "painter"); a label
    /// has the weight of its group's share, and so has the group's own.
    #[must_use]
    pub fn find(&self, text: &[String]) -> Vec<(u32, f32)> {
        self.weigh(self.hits(text).values())
    }

    /// The labels of an entry of exactly these words, or of one that the only word begins with.
    #[must_use]
    pub fn labels(&self, words: &[String]) -> BTreeSet<u32> {
        match words {
            [word] => self.of_word(word),
            _ => self
                .whole
                .get(&words.join(" "))
                .cloned()
                .unwrap_or_default(),
        }
    }

    /// The text's words and phrases that are entries, or begin with one, each with a label that it speaks for.
    #[must_use]
    pub fn terms(&self, text: &[String]) -> Vec<(String, u32)> {
        let hits = self.hits(text).into_iter();
        hits.flat_map(|(term, labels)| labels.into_iter().map(move |label| (term.clone(), label)))
            .collect()
    }

    /// The labels of the longest entry at each place, by the words it was found in.
    fn hits(&self, text: &[String]) -> BTreeMap<String, BTreeSet<u32>> {
        let mut hits: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
        let mut at = 0;
        while at < text.len() {
            let mut step = 1;
            let longest = self.starts.get(&text[at]).copied().unwrap_or(1);
            for length in (2..=longest.min(text.len() - at)).rev() {
                let key = text[at..at + length].join(" ");
                if let Some(labels) = self.whole.get(&key) {
                    hits.insert(key, labels.clone());
                    step = length;
                    break;
                }
            }
            if step == 1 {
                let labels = self.of_word(&text[at]);
                if !labels.is_empty() {
                    hits.insert(text[at].clone(), labels);
                }
            }
            at += step;
        }
        hits
    }

    /// The same for an account's name, whose words may stand together without a sign between them.
    #[must_use]
    pub fn find_in_handle(&self, handle: &str) -> Vec<(u32, f32)> {
        let pieces: Vec<String> = split_hashtag(handle)
            .iter()
            .flat_map(|piece| tokens(piece))
            .collect();
        let mut hits: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
        for piece in &pieces {
            let labels = self.of_word(piece);
            if !labels.is_empty() {
                hits.insert(piece.clone(), labels);
                continue;
            }
            let letters: Vec<char> = piece.chars().collect();
            let mut at = 0;
            while at + SHORTEST_INSIDE <= letters.len() {
                let found = (at + SHORTEST_INSIDE..=letters.len())
                    .rev()
                    .find_map(|end| {
                        let inside: String = letters[at..end].iter().collect();
                        let labels = self
                            .whole
                            .get(&inside)
                            .or_else(|| self.stems.get(&inside))?;
                        Some((end, inside, labels.clone()))
                    });
                if let Some((end, inside, labels)) = found {
                    hits.insert(inside, labels);
                    at = end;
                } else {
                    at += 1;
                }
            }
        }
        self.weigh(hits.values())
    }

    /// Labels of a single word: as it stands, and by every beginning of it. A number with a unit has none ("goal 5k").
    fn of_word(&self, word: &str) -> BTreeSet<u32> {
        if is_measure(word) {
            return BTreeSet::new();
        }
        let mut labels = self.whole.get(word).cloned().unwrap_or_default();
        for (end, _) in word.char_indices().skip(SHORTEST_STEM) {
            labels.extend(self.stems.get(&word[..end]).into_iter().flatten());
        }
        labels.extend(self.stems.get(word).into_iter().flatten());
        labels
    }

    fn weigh<'h>(&self, hits: impl Iterator<Item = &'h BTreeSet<u32>>) -> Vec<(u32, f32)> {
        let mut weights: BTreeMap<u32, f32> = BTreeMap::new();
        for labels in hits {
            let groups: BTreeSet<u32> = labels.iter().map(|l| self.group[l]).collect();
            let share = 1.0 / groups.len() as f32;
            for label in labels.union(&groups) {
                *weights.entry(*label).or_default() += share;
            }
        }
        weights.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phrases() -> Phrases {
        let mut phrases = Phrases::default();
        phrases.add("makeup artist", 1, 1);
        phrases.add("maquill*", 1, 1);
        phrases.add("artist", 2, 2);
        phrases.add("artist", 3, 3);
        phrases.add("🏋️", 5, 4);
        phrases.add("fitness", 4, 4);
        phrases
    }

    fn find(text: &str) -> Vec<(u32, f32)> {
        phrases().find(&tokens(text))
    }

    #[test]
    fn the_longest_entry_counts_and_shared_ones_count_less() {
        assert_eq!(find("Makeup Artist"), [(1, 1.0)]);
        assert_eq!(find("an artist"), [(2, 0.5), (3, 0.5)]);
        assert_eq!(find("maquilladora, maquillaje"), [(1, 2.0)]);
        assert_eq!(
            find("🏋🏽‍♀️"),
            [(4, 1.0), (5, 1.0)],
            "a group has what its labels have"
        );
        assert!(find("").is_empty());
    }

    #[test]
    fn handles_are_searched_inside() {
        let inside = |handle| phrases().find_in_handle(handle);
        assert_eq!(inside("bellafitness22"), [(4, 1.0)]);
        assert_eq!(inside("maquillajecon_ana"), [(1, 1.0)]);
        assert!(inside("c0f7278250111").is_empty());
    }
}
