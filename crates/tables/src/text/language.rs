//! Which language a text is in, and whether that can be said at all.

use super::foreign_words::ForeignWords;
use super::memo::Memo;
use std::cell::RefCell;
use std::sync::LazyLock;
use whatlang::{Detector, Lang};

/// A guess at a text's language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// ISO 639-3 code, told with confidence.
    Known(&'static str),
    /// Too short, too mixed, or only emoji: no guess is better than one.
    Unknown,
}

impl Language {
    /// The code, or `und` (ISO 639-2 for undetermined).
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Known(code) => code,
            Self::Unknown => "und",
        }
    }

    /// Whether an English model may answer: English, or nothing that speaks against it.
    #[must_use]
    pub fn may_be_english(self) -> bool {
        matches!(self, Self::Known("eng") | Self::Unknown)
    }
}

/// Letters in scripts other than Latin, above which a text is told by its script alone.
const OTHER_SCRIPT_SHARE: f64 = 0.5;

/// Words that a text needs before trigrams are believed: on shorter ones they are often wrong.
const FEWEST_WORDS: usize = 4;

/// The library's confidence above which its guess counts.
const LEAST_CONFIDENCE: f64 = 0.3;

/// The languages that are told apart: those most written on the platforms. With all that
/// the library knows, short English texts are taken for rare ones several times as often.
const LANGUAGES: [Lang; 36] = [
    Lang::Eng,
    Lang::Spa,
    Lang::Por,
    Lang::Fra,
    Lang::Deu,
    Lang::Ita,
    Lang::Nld,
    Lang::Swe,
    Lang::Dan,
    Lang::Nob,
    Lang::Fin,
    Lang::Pol,
    Lang::Ces,
    Lang::Hun,
    Lang::Ron,
    Lang::Tur,
    Lang::Ind,
    Lang::Vie,
    Lang::Tgl,
    Lang::Cat,
    Lang::Hrv,
    Lang::Ara,
    Lang::Pes,
    Lang::Urd,
    Lang::Heb,
    Lang::Hin,
    Lang::Ben,
    Lang::Tam,
    Lang::Tha,
    Lang::Rus,
    Lang::Ukr,
    Lang::Bul,
    Lang::Ell,
    Lang::Jpn,
    Lang::Kor,
    Lang::Cmn,
];

/// Words that English sentences are held together by and that few others know. Trigrams take
/// short English texts full of names for other languages; two of these words say otherwise.
const ENGLISH_WORDS: [&str; 40] = [
    "the", "and", "you", "is", "of", "to", "for", "with", "this", "that", "my", "are", "have",
    "not", "it", "at", "be", "was", "what", "your", "they", "from", "just", "when", "about",
    "would", "been", "than", "who", "will", "out", "how", "why", "get", "got", "i'm", "it's",
    "don't", "can't", "tomorrow",
];

/// How many of them it takes.
const ENGLISH_WORDS_NEEDED: usize = 2;

/// Made once: it holds the list of languages.
static DETECTOR: LazyLock<Detector> =
    LazyLock::new(|| Detector::with_allowlist(LANGUAGES.to_vec()));

/// Guesses the language of a text as the export printed it (trigrams, by `whatlang`).
///
/// Handles, links, hashtags and emoji are left out, since they are no language.
#[must_use]
pub fn language_of(text: &str) -> Language {
    thread_local! {
        /// Many comments are the same few words.
        static LATEST: RefCell<Memo<Language>> = const { RefCell::new(Memo::new()) };
    }
    LATEST.with_borrow_mut(|latest| latest.get(text, tell))
}

/// The same, by reading the text.
fn tell(text: &str) -> Language {
    let words: Vec<&str> = text
        .split_whitespace()
        .filter(|w| !w.starts_with(['@', '#']) && !w.contains("://"))
        .filter(|w| w.chars().any(char::is_alphabetic))
        .collect();
    let plain = words.join(" ");
    let letters = plain.chars().filter(|c| c.is_alphabetic()).count();
    if letters == 0 {
        return Language::Unknown;
    }
    let latin = plain
        .chars()
        .filter(|c| c.is_alphabetic() && *c < '\u{250}')
        .count();
    let other_script = 1.0 - latin as f64 / letters as f64 > OTHER_SCRIPT_SHARE;
    // First, for trigrams take many times as long as looking words up.
    if !other_script {
        let (mut english, mut foreign) = (0, ForeignWords::default());
        for word in &words {
            let word = bare(word);
            if ENGLISH_WORDS.contains(&word.as_str()) {
                english += 1;
                if english == ENGLISH_WORDS_NEEDED {
                    return Language::Known(Lang::Eng.code());
                }
            } else {
                foreign.count(&word);
            }
        }
        if let Some((language, words)) = foreign.most()
            && words > english
        {
            return Language::Known(language.code());
        }
    }
    if !other_script && words.len() < 2 {
        return Language::Unknown;
    }
    let Some(info) = DETECTOR.detect(&plain) else {
        return Language::Unknown;
    };
    let sure = words.len() >= FEWEST_WORDS && info.confidence() > LEAST_CONFIDENCE;
    // Calling a text English changes nothing about whether it is judged, so two words will do.
    let english = info.lang() == Lang::Eng && words.len() >= 2;
    if other_script || sure || english {
        Language::Known(info.lang().code())
    } else {
        Language::Unknown
    }
}

/// A word in lower case, less the signs around it.
fn bare(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric())
        .to_lowercase()
        .replace('\u{2019}', "'")
}

#[cfg(test)]
mod tests {
    use super::{Language, language_of};

    #[test]
    fn tells_languages_where_there_is_enough_text() {
        let english = "I really love this serum, my skin has never looked better than today";
        assert_eq!(language_of(english).code(), "eng");
        let spanish = "me encanta este producto, mi piel nunca ha estado mejor que ahora gracias";
        assert_eq!(language_of(spanish).code(), "spa");
        assert_eq!(language_of("πολύ ωραίο!").code(), "ell");
    }

    #[test]
    fn a_few_words_give_a_language_away() {
        for (text, code) in [
            ("muy bonito", "spa"),
            ("Não gostei", "por"),
            ("J’aime 😍", "fra"),
            ("echt schön!!", "deu"),
            ("bellissima", "ita"),
            ("bahut accha", "hin"),
            ("this is the best, gracias amiga, te quiero", "eng"),
        ] {
            assert_eq!(language_of(text).code(), code, "{text:?}");
        }
        assert!(language_of("the best, gracias").may_be_english());
    }

    #[test]
    fn does_not_guess_from_nothing() {
        for text in ["", "😍😍😍", "@jo #ootd https://a.b/c", "wow", "12345"] {
            assert_eq!(language_of(text), Language::Unknown, "{text:?}");
            assert!(language_of(text).may_be_english());
        }
    }
}
