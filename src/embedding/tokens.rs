//! A text as the tokens that words and emoji of any language are looked up by.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Lower-case words without accents, and each emoji as a token of its own, in the text's order.
///
/// Compatibility forms are undone first (`𝐌𝐨𝐝𝐚` is `moda`), so that neither a decorated bio nor a
/// missing accent hides a word. Skin tones, variation selectors and joiners are dropped: a chef is
/// a person and a pan, whatever the skin.
#[must_use]
pub fn tokens(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut word = String::new();
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)) {
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
            continue;
        }
        // An apostrophe inside a word joins it, as in "women's".
        if matches!(c, '\'' | '\u{2019}') {
            continue;
        }
        if !word.is_empty() {
            out.push(std::mem::take(&mut word));
        }
        if is_emoji(c) {
            out.push(c.to_string());
        }
    }
    if !word.is_empty() {
        out.push(word);
    }
    out
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

    #[test]
    fn emoji_are_tokens() {
        assert_eq!(tokens("gym🏋🏽\u{200d}♀\u{fe0f}x"), ["gym", "🏋", "♀", "x"]);
        assert!(tokens("🇪🇸").is_empty());
    }
}
