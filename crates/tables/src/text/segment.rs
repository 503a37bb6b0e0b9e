//! Words that were written together, as hashtags are: "worstphoneever" to "worst phone ever".

use std::collections::HashMap;

/// Tags shorter than this are left alone: short ones are names and abbreviations.
const SHORTEST_TAG: usize = 5;

/// Longest word that is looked for.
const LONGEST_WORD: usize = 20;

/// What each further word costs beside its own rarity, so that "together" stays one word.
const COST_PER_WORD: f32 = 3.0;

/// Costs of words, from a list in falling order of frequency.
///
/// By Zipf's law the k-th most frequent word has a probability of about 1/k, so a word costs
/// ln(k); the split with the least total is the most probable one when words are drawn
/// independently.
#[derive(Debug, Clone, Default)]
pub struct Segmenter {
    cost: HashMap<String, f32>,
}

impl Segmenter {
    /// Takes words in falling order of frequency; what is not lower-case ASCII letters, and single
    /// letters but "a" and "i", is passed over.
    #[must_use]
    pub fn new<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let mut cost = HashMap::new();
        for word in words {
            let letters = word.bytes().all(|b| b.is_ascii_lowercase());
            let one_letter = word.len() == 1 && word != "a" && word != "i";
            if letters && !word.is_empty() && !one_letter {
                let rank = cost.len() as f32 + 1.0;
                // Two-letter entries far down a list are abbreviations that fit anywhere.
                let rare = if word.len() <= 2 && rank > 500.0 {
                    6.0
                } else {
                    0.0
                };
                cost.entry(word.to_owned())
                    .or_insert(rank.ln() + COST_PER_WORD + rare);
            }
        }
        Self { cost }
    }

    /// The words of a tag, or `None` where it is one word, too short, or cannot be split into
    /// words of the list.
    #[must_use]
    pub fn split<'t>(&self, tag: &'t str) -> Option<Vec<&'t str>> {
        if tag.len() < SHORTEST_TAG || !tag.bytes().all(|b| b.is_ascii_alphabetic()) {
            return None;
        }
        let lower = tag.to_ascii_lowercase();
        if self.cost.contains_key(&lower) {
            return None;
        }
        // best[i]: the least cost of the first i letters, and where its last word starts.
        let mut best: Vec<Option<(f32, usize)>> = vec![None; lower.len() + 1];
        best[0] = Some((0.0, 0));
        for end in 1..=lower.len() {
            for start in end.saturating_sub(LONGEST_WORD)..end {
                if let Some((before, _)) = best[start]
                    && let Some(cost) = self.cost.get(&lower[start..end])
                    && best[end].is_none_or(|(least, _)| before + cost < least)
                {
                    best[end] = Some((before + cost, start));
                }
            }
        }
        let mut words = Vec::new();
        let mut end = lower.len();
        while end > 0 {
            let (_, start) = best[end]?;
            words.push(&tag[start..end]);
            end = start;
        }
        words.reverse();
        Some(words)
    }

    /// Splits every word of `text` that carries a `#`, and drops the sign.
    #[must_use]
    pub fn split_tags(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + 8);
        for (i, word) in text.split(' ').enumerate() {
            if i > 0 {
                out.push(' ');
            }
            match word.strip_prefix('#').filter(|tag| !tag.is_empty()) {
                Some(tag) => match self.split(tag) {
                    Some(words) => out.push_str(&words.join(" ")),
                    None => out.push_str(tag),
                },
                None => out.push_str(word),
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::Segmenter;

    fn segmenter() -> Segmenter {
        Segmenter::new([
            "the", "a", "of", "to", "best", "day", "ever", "phone", "get", "her", "together",
            "worst", "love", "my",
        ])
    }

    #[test]
    fn splits_what_is_written_together() {
        let split = |tag| segmenter().split(tag).map(|words| words.join(" "));
        assert_eq!(split("bestdayever").as_deref(), Some("best day ever"));
        assert_eq!(split("WorstPhoneEver").as_deref(), Some("Worst Phone Ever"));
        assert_eq!(split("together"), None, "one word stays one");
        assert_eq!(split("qxzzyphone"), None, "not all of it is words");
        assert_eq!(split("aday"), None, "too short");
    }

    #[test]
    fn splits_tags_in_a_text_and_keeps_the_rest() {
        assert_eq!(
            segmenter().split_tags("so #lovemyphone # 2 #together #x"),
            "so love my phone # 2 together x"
        );
    }
}
