//! A text as the tokens that words and emoji of any language are looked up by.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// Letters of a word from which its accents do not matter: of shorter ones they often make another word (`mưa` is rain,
/// `mua` a make-up artist).
const SHORTEST_FOLDED: usize = 4;

/// Units that stand behind a number ("5k", "30min", "80kg").
const UNITS: [&str; 31] = [
    "k", "km", "m", "mi", "mil", "mio", "mm", "cm", "kg", "g", "gr", "lb", "lbs", "oz", "l", "ml",
    "h", "hr", "hrs", "hs", "min", "mins", "sec", "w", "x", "yo", "yrs", "usd", "eur", "gb", "mb",
];

/// Lower-case words and each emoji as a token of its own, in the text's order. Accents are left out where that is
/// right.
///
/// Compatibility forms are undone first (`𝐌𝐨𝐝𝐚` is `moda`), so that neither a decorated bio nor a missing accent hides
/// a word. Accents stay in words of fewer than four letters, in Vietnamese, whose words differ by nothing else, and in
/// scripts other than Latin, Greek and Arabic. Skin tones, variation selectors and joiners are dropped: a chef is a
/// person and a pan, whatever the skin.
#[must_use]
pub fn tokens(text: &str) -> Vec<String> {
    split(text, !text.is_ascii() && is_vietnamese(text))
}

/// The same with every accent as it was written.
#[must_use]
pub(super) fn tokens_as_written(text: &str) -> Vec<String> {
    split(text, true)
}

/// Whether a token is a number with a unit, or a number: it counts something and names nothing.
#[must_use]
pub fn is_measure(token: &str) -> bool {
    let unit = token.trim_start_matches(|c: char| c.is_ascii_digit());
    unit.len() < token.len() && (unit.is_empty() || UNITS.contains(&unit))
}

/// Whether the text has a letter that Vietnamese alone has: with a horn, a hook or a dot below, `đ`, or with two marks.
fn is_vietnamese(text: &str) -> bool {
    text.chars().any(|c| {
        matches!(
            c,
            '\u{0110}' | '\u{0111}' | '\u{01a0}' | '\u{01a1}' | '\u{01af}' | '\u{01b0}' | '\u{1ea0}'
                ..='\u{1ef9}' | '\u{0309}' | '\u{031b}' | '\u{0323}'
        )
    })
}

/// A word that is being read.
#[derive(Default)]
struct Word {
    text: String,
    letters: usize,
    marked: bool,
}

impl Word {
    /// Ends the word.
    fn end(&mut self, as_written: bool, out: &mut Vec<String>) {
        if self.text.is_empty() {
            return;
        }
        let text = std::mem::take(&mut self.text);
        let fold = !as_written && self.letters >= SHORTEST_FOLDED;
        out.push(match (self.marked, fold) {
            (false, _) => text,
            (true, false) => text.nfc().collect(),
            (true, true) => text.chars().filter(|c| !is_accent(*c)).nfc().collect(),
        });
        *self = Self::default();
    }

    fn push(&mut self, c: char) {
        self.letters += 1;
        self.text.extend(c.to_lowercase());
    }
}

fn split(text: &str, as_written: bool) -> Vec<String> {
    let mut out = Vec::new();
    let mut word = Word::default();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            word.letters += 1;
            word.text.push(c.to_ascii_lowercase());
            continue;
        }
        if c.is_ascii() {
            take(c, &mut word, as_written, &mut out);
        } else {
            decompose_compatible(c, |part| take(part, &mut word, as_written, &mut out));
        }
    }
    word.end(as_written, &mut out);
    out
}

/// Adds a letter or a mark to the word at hand, or ends it.
fn take(c: char, word: &mut Word, as_written: bool, out: &mut Vec<String>) {
    if is_combining_mark(c) {
        // Variation selectors are marks, too.
        if !word.text.is_empty() && !matches!(c, '\u{fe00}'..='\u{fe0f}') {
            word.marked = true;
            word.text.push(c);
        }
        return;
    }
    if c.is_alphanumeric() {
        word.push(c);
        return;
    }
    // An apostrophe inside a word joins it, as in "women's"; joiners say how a script is drawn.
    if matches!(c, '\'' | '\u{2019}')
        || (matches!(c, '\u{200c}' | '\u{200d}') && !word.text.is_empty())
    {
        return;
    }
    word.end(as_written, out);
    if is_emoji(c) {
        out.push(c.to_string());
    }
}

/// Accents of Latin and Greek letters, and Arabic's vowel signs.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036f}' | '\u{064b}'..='\u{065f}' | '\u{0670}')
}

/// Pictographs that stand alone; neither flags' letters nor skin tones.
fn is_emoji(c: char) -> bool {
    let code = c as u32;
    match code {
        0x1f1e6..=0x1f1ff | 0x1f3fb..=0x1f3ff | 0xfe0e..=0xfe0f => false,
        0x2190..=0x2bff | 0x1f000..=0x1faff => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{is_measure, tokens};

    #[test]
    fn accents_and_decoration_do_not_matter() {
        assert_eq!(tokens("Nutrición, 𝐌𝐨𝐝𝐚!"), ["nutricion", "moda"]);
        assert_eq!(tokens("women's #HomeGym"), ["womens", "homegym"]);
        assert_eq!(tokens("γυμναστήριο"), ["γυμναστηριο"]);
        assert!(tokens(" .,; \n").is_empty());
    }

    #[test]
    fn accents_stay_where_they_make_another_word() {
        assert_eq!(tokens("Trời mưa, mua hà"), ["trời", "mưa", "mua", "hà"]);
        assert_eq!(tokens("mùa"), ["mùa"], "short");
        assert_eq!(
            tokens("trong làng đẹp"),
            ["trong", "làng", "đẹp"],
            "Vietnamese"
        );
        assert_eq!(
            tokens("हिन्दी"),
            ["हिन्दी"],
            "signs of Devanagari are letters"
        );
    }

    /// Letter by letter is as good as the whole text's compatibility form.
    #[test]
    fn letters_apart_are_the_whole_apart() {
        use unicode_normalization::UnicodeNormalization;
        for text in [
            "Ǟmélie ﬁt 𝕳𝖊𝖑𝖑𝖔 a\u{323}\u{307} a\u{307}\u{323} Ⅷ ½ 한국 がぎ İSTANBUL ﷺ",
            "Tiếng Việt, Ελληνικά ΐ, हिन्दी क्षि, ไทย",
        ] {
            let whole: String = text.nfkd().collect();
            assert_eq!(tokens(text), tokens(&whole), "{text}");
        }
    }

    #[test]
    fn emoji_are_tokens() {
        assert_eq!(tokens("gym🏋🏽\u{200d}♀\u{fe0f}x"), ["gym", "🏋", "♀", "x"]);
        assert!(tokens("🇪🇸").is_empty());
    }

    #[test]
    fn numbers_with_units_are_no_words() {
        assert!(["5k", "10", "80kg", "30min"].iter().all(|t| is_measure(t)));
        assert!(
            ["k", "4x4", "3d", "90s", "f1"]
                .iter()
                .all(|t| !is_measure(t))
        );
    }
}
