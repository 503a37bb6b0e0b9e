//! A text as the tokens that words and emoji of any language are looked up by.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// Lower-case words without accents, and each emoji as a token of its own, in the text's order.
///
/// Compatibility forms are undone first (`𝐌𝐨𝐝𝐚` is `moda`), so that neither a decorated bio nor a
/// missing accent hides a word. Skin tones, variation selectors and joiners are dropped: a chef is
/// a person and a pan, whatever the skin.
#[must_use]
pub fn tokens(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut word = String::new();
    // Letters are taken apart one by one: the order of marks, which a whole text's form would mend, does not matter here.
    let mut apart = Vec::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            word.push(c.to_ascii_lowercase());
            continue;
        }
        apart.clear();
        if c.is_ascii() {
            apart.push(c);
        } else {
            decompose_compatible(c, |part| apart.push(part));
            apart.retain(|part| !is_combining_mark(*part));
        }
        for &c in &apart {
            take(c, &mut word, &mut out);
        }
    }
    if !word.is_empty() {
        out.push(word);
    }
    out
}

/// Adds a letter to the word at hand, or ends it.
fn take(c: char, word: &mut String, out: &mut Vec<String>) {
    if c.is_alphanumeric() {
        word.extend(c.to_lowercase());
        return;
    }
    // An apostrophe inside a word joins it, as in "women's".
    if matches!(c, '\'' | '\u{2019}') {
        return;
    }
    if !word.is_empty() {
        out.push(std::mem::take(word));
    }
    if is_emoji(c) {
        out.push(c.to_string());
    }
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
    use super::tokens;

    #[test]
    fn accents_and_decoration_do_not_matter() {
        assert_eq!(tokens("Nutrición, 𝐌𝐨𝐝𝐚!"), ["nutricion", "moda"]);
        assert_eq!(tokens("women's #HomeGym"), ["womens", "homegym"]);
        assert!(tokens(" .,; \n").is_empty());
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
}
