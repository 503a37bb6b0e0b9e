//! One way of writing for training and for use.
//!
//! BERT's vocabulary holds almost no emoji and turns them to `[UNK]`, so they are spelled out;
//! entities are unescaped, links and other people's handles become placeholders, lengthened
//! words are shortened and hashtags split, so that the model meets words it knows.

use super::hashtags::split_hashtag;
use emojis::SkinTone;
use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// How often the same emoji in a row is spelled out: twice says "more than one", and a wall of
/// fifty would push the words out of the model's window.
const EMOJI_REPEATS: usize = 2;

/// How many equal letters in a row are kept: "sooooo" becomes "soo", which stays distinct from "so".
const LETTER_REPEATS: usize = 2;

/// What a link becomes.
const LINK: &str = "http";

/// What a handle becomes, unless it is one to keep.
const HANDLE: &str = "@user";

/// Writes `text` the way the shipped models were trained on.
///
/// A hashtag whose words cannot be told by their capitals keeps its `#`, by which
/// [`crate::text::Segmenter::split_tags`] finds it.
///
/// `keep_handles` are handles without `@`, in lower case, that stay as words because they
/// name the brand that is asked about; every other handle becomes `@user`.
#[must_use]
pub fn normalize(text: &str, keep_handles: &[String]) -> String {
    let text = unescape(text);
    let mut out = String::with_capacity(text.len() + 16);
    for word in text.split_whitespace() {
        push_word(&mut out, word, keep_handles);
    }
    out
}

/// Undoes `&amp;amp;` and literal `\u2019`, drops invisible characters, and composes accents.
fn unescape(text: &str) -> Cow<'_, str> {
    let mut text = if text.contains("\\u") {
        Cow::Owned(unescape_backslashes(text))
    } else {
        Cow::Borrowed(text)
    };
    // Exports escape twice; a third round would change what people really wrote.
    for _ in 0..2 {
        if !text.contains('&') {
            break;
        }
        text = Cow::Owned(html_escape::decode_html_entities(&text).into_owned());
    }
    if text.bytes().all(|b| matches!(b, b' '..=b'~')) {
        return text;
    }
    let visible = text.chars().filter(|c| !is_invisible(*c));
    let plain = |c: char| match c {
        '\u{2018}' | '\u{2019}' | '\u{02bc}' => '\'',
        '\u{201c}' | '\u{201d}' => '"',
        c if c.is_control() => ' ',
        c => c,
    };
    let mut out = String::with_capacity(text.len());
    if text.chars().all(is_composed) {
        out.extend(visible.map(plain));
    } else {
        out.extend(visible.nfc().map(plain));
    }
    Cow::Owned(out)
}

/// Whether composing leaves a character as it is beside any other of which this holds: looking up every one of a text's
/// characters takes as long as all the rest. Of other characters nothing is said.
fn is_composed(c: char) -> bool {
    matches!(c, '\0'..='\u{2ff}' | '\u{200b}'..='\u{2064}' | '\u{20a0}'..='\u{20c0}' | '\u{2190}'..='\u{2328}'
        | '\u{2600}'..='\u{27bf}' | '\u{fe0e}' | '\u{fe0f}' | '\u{1f300}'..='\u{1faff}')
}

/// `\u2019` and `\u002c`, as some data sets print them, to the characters they stand for.
fn unescape_backslashes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\\u") {
        out.push_str(&rest[..at]);
        let after = &rest[at + 2..];
        let decoded = after
            .get(..4)
            .and_then(|hex| u32::from_str_radix(hex, 16).ok())
            .and_then(char::from_u32);
        if let Some(c) = decoded {
            out.push(c);
            rest = &after[4..];
        } else {
            out.push_str("\\u");
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

/// Zero-width and direction-changing characters, but not the joiner that emoji are made with.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{200c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
}

/// Appends one whitespace-free piece of text.
fn push_word(out: &mut String, word: &str, keep_handles: &[String]) {
    if is_link(word) {
        push_spaced(out, LINK);
        return;
    }
    if let Some(handle) = word.strip_prefix('@')
        && handle.starts_with(|c: char| c.is_alphanumeric() || c == '_')
    {
        let end = handle
            .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'))
            .unwrap_or(handle.len());
        let (name, rest) = handle.split_at(end);
        let name = name.trim_end_matches('.');
        if keep_handles.contains(&name.to_lowercase()) {
            push_spaced(out, name);
        } else {
            push_spaced(out, HANDLE);
        }
        if !rest.is_empty() {
            push_plain(out, rest, false);
        }
        return;
    }
    if let Some(at) = word.find('#')
        && word[at + 1..].starts_with(char::is_alphanumeric)
    {
        if at > 0 {
            push_plain(out, &word[..at], true);
        }
        let tag = &word[at + 1..];
        let end = tag
            .find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .unwrap_or(tag.len());
        match split_hashtag(&tag[..end]).as_slice() {
            // Written in one: the tokenizer, which has a list of words, splits it.
            [one] if one.len() > 1 && one.bytes().all(|b| b.is_ascii_alphabetic()) => {
                push_spaced(out, "#");
                out.push_str(one);
            }
            parts => parts.iter().for_each(|part| push_spaced(out, part)),
        }
        if end < tag.len() {
            // "#one#two" and "#tag!" go round again.
            push_word(out, &tag[end..], keep_handles);
        }
        return;
    }
    push_plain(out, word, true);
}

fn is_link(word: &str) -> bool {
    let lower = word.trim_start_matches(['(', '"', '\'']);
    ["http://", "https://", "www.", "pic.twitter.com/", "t.co/"]
        .iter()
        .any(|prefix| {
            lower
                .get(..prefix.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        })
        || lower == LINK
}

fn push_spaced(out: &mut String, word: &str) {
    if !out.is_empty() && !out.ends_with(' ') {
        out.push(' ');
    }
    out.push_str(word);
}

/// Appends a word, its emoji spelled out and its letters' repeats cut.
fn push_plain(out: &mut String, word: &str, spaced: bool) {
    if spaced && !out.is_empty() && !out.ends_with(' ') {
        out.push(' ');
    }
    if word.is_ascii() {
        return push_ascii(out, word);
    }
    let mut last_emoji = "";
    let mut emoji_run = 0;
    let mut last_char = '\0';
    let mut char_run = 0;
    let mut after_emoji = false;
    for grapheme in word.graphemes(true) {
        if let Some(name) = emoji_name(grapheme) {
            emoji_run = if name == last_emoji { emoji_run + 1 } else { 1 };
            last_emoji = name;
            if emoji_run <= EMOJI_REPEATS {
                push_spaced(out, name);
            }
            after_emoji = true;
            continue;
        }
        if after_emoji && !out.ends_with(' ') {
            out.push(' ');
        }
        after_emoji = false;
        for c in grapheme.chars() {
            // What joined or coloured an emoji that no table knows says nothing by itself.
            if matches!(c, '\u{200d}' | '\u{fe0f}' | '\u{fe0e}') {
                continue;
            }
            let same = c.is_alphabetic() && c.to_lowercase().eq(last_char.to_lowercase());
            char_run = if same { char_run + 1 } else { 1 };
            last_char = c;
            if char_run <= LETTER_REPEATS || !c.is_alphabetic() {
                out.push(c);
            }
        }
    }
}

/// The same for a word of ASCII, in which every character stands for itself.
fn push_ascii(out: &mut String, word: &str) {
    let bytes = word.as_bytes();
    let run_of = |at: usize| {
        let letter = bytes[at].to_ascii_lowercase();
        let same = |b: &u8| b.to_ascii_lowercase() == letter;
        bytes[at].is_ascii_alphabetic()
            && bytes[..at].iter().rev().take(LETTER_REPEATS).all(same)
            && at >= LETTER_REPEATS
    };
    let mut start = 0;
    for at in 0..bytes.len() {
        if run_of(at) {
            out.push_str(&word[start..at]);
            start = at + 1;
        }
    }
    out.push_str(&word[start..]);
}

/// The emoji's name in words, without its skin tone.
fn emoji_name(grapheme: &str) -> Option<&'static str> {
    // "#", "*", digits, © and ® are emoji only by a selector that texts seldom carry.
    let first = grapheme.chars().next()?;
    if first < '\u{2000}' && grapheme.chars().count() == 1 {
        return None;
    }
    let emoji = emojis::get(grapheme)?;
    Some(
        emoji
            .with_skin_tone(SkinTone::Default)
            .unwrap_or(emoji)
            .name(),
    )
}

#[cfg(test)]
mod tests {
    use super::{is_composed, normalize, push_ascii, push_plain};
    use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

    fn plain(text: &str) -> String {
        normalize(text, &[])
    }

    #[test]
    fn spells_out_emoji_and_cuts_runs() {
        assert_eq!(
            plain("😍😍😍😍"),
            "smiling face with heart-eyes smiling face with heart-eyes"
        );
        assert_eq!(plain("love it❤️!"), "love it red heart !");
        assert_eq!(plain("👍🏽 ok"), "thumbs up ok");
    }

    #[test]
    fn unescapes_once_and_twice_escaped_entities() {
        assert_eq!(
            plain("R&amp;amp;D &lt;3 it\\u2019s \\u002c ok"),
            "R&D <3 it's , ok"
        );
        assert_eq!(plain("a \\u20 b"), "a \\u20 b");
    }

    #[test]
    fn replaces_links_and_handles() {
        assert_eq!(plain("@jo see https://x.y/z now"), "@user see http now");
        assert_eq!(plain("@jo's"), "@user's");
        assert_eq!(normalize("@Apple rocks", &["apple".into()]), "Apple rocks");
        assert_eq!(plain("me@x.com @ home"), "me@x.com @ home");
    }

    #[test]
    fn shortens_lengthened_words_and_splits_hashtags() {
        assert_eq!(plain("soooooo goooood"), "soo good");
        assert_eq!(plain("#LoveMyPhone!"), "Love My Phone !");
        assert_eq!(plain("#one#two #best_day"), "#one #two best day");
        assert_eq!(plain("1000000 ###"), "1000000 ###");
    }

    #[test]
    fn drops_what_cannot_be_seen() {
        assert_eq!(plain("a\u{202e}b\u{200b}c\u{0}"), "abc");
        assert_eq!(plain(""), "");
    }

    #[test]
    fn what_is_taken_for_composed_is() {
        for c in (0..=0x0010_ffff)
            .filter_map(char::from_u32)
            .filter(|c| is_composed(*c))
        {
            assert_eq!(is_nfc_quick(std::iter::once(c)), IsNormalized::Yes, "{c:?}");
            // Were it one that goes with what stands before it, its place in the order would say so.
            assert_eq!(
                unicode_normalization::char::canonical_combining_class(c),
                0,
                "{c:?}"
            );
            assert_eq!(['a', c].into_iter().nfc().collect::<Vec<_>>(), ['a', c]);
        }
    }

    proptest::proptest! {
        #[test]
        fn ascii_is_written_as_any_other_text(word in "[aAbB!0-1]{0,12}") {
            let (mut fast, mut slow) = (String::new(), String::new());
            push_ascii(&mut fast, &word);
            // A character from beyond ASCII takes the general way.
            push_plain(&mut slow, &format!("é{word}"), false);
            proptest::prop_assert_eq!(format!("é{fast}"), slow);
        }

        #[test]
        fn any_text_gives_single_spaces_and_no_panic(text in ".{0,200}") {
            let out = plain(&text);
            proptest::prop_assert!(!out.contains("  "), "{out:?}");
        }
    }
}
