//! Which language a text is in, and whether that can be said at all.

use super::identify::{OTHER, identify};
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

/// Words that a text needs before trigrams are asked: on shorter ones they are often wrong.
const FEWEST_WORDS: usize = 4;

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

/// How likely it must be that a text in Latin letters is in a language that nothing here reads, before it is called
/// one. Below it, its language is unknown.
const SURELY_OTHER: f32 = 0.65;

/// How likely one of the languages that are read must be.
const LIKELY: f32 = 0.5;

/// Made once: it holds the list of languages.
static DETECTOR: LazyLock<Detector> =
    LazyLock::new(|| Detector::with_allowlist(LANGUAGES.to_vec()));

/// The languages that [`identify`] names by itself.
const READ: [Lang; 6] = [
    Lang::Eng,
    Lang::Spa,
    Lang::Por,
    Lang::Fra,
    Lang::Deu,
    Lang::Ita,
];

/// The others, to give one a name.
static OTHERS: LazyLock<Detector> = LazyLock::new(|| {
    let others = LANGUAGES.into_iter().filter(|lang| !READ.contains(lang));
    Detector::with_allowlist(others.collect())
});

/// Guesses the language of a text as the export printed it: in Latin letters by [`identify`], which knows English, the
/// five other languages in them that the shipped models read, and that a text is in none of these; in other letters by
/// `whatlang`, which also says which other language it is.
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
        .filter(|w| !w.starts_with(['@', '#']) && !w.contains("://") && !w.contains("http"))
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
    if other_script {
        if is_arabic(&plain) {
            return Language::Known(Lang::Ara.code());
        }
        return DETECTOR.detect(&plain).map_or(Language::Unknown, |info| {
            Language::Known(info.lang().code())
        });
    }
    let Some(told) = identify(words.iter().copied()) else {
        return Language::Unknown;
    };
    if told.other >= SURELY_OTHER {
        let named = OTHERS.detect(&plain);
        return named.map_or(Language::Unknown, |info| {
            Language::Known(info.lang().code())
        });
    }
    if told.code != OTHER && told.probability >= LIKELY {
        return Language::Known(told.code);
    }
    // Likely another language, but not surely: trigrams over all of them decide where there is enough text.
    if told.code == OTHER
        && words.len() >= FEWEST_WORDS
        && let Some(info) = DETECTOR.detect(&plain)
        && !READ.contains(&info.lang())
    {
        return Language::Known(info.lang().code());
    }
    Language::Unknown
}

/// Letters of Persian and Urdu that Arabic is written without.
const NOT_ARABIC: [char; 12] = ['پ', 'چ', 'ژ', 'گ', 'ٹ', 'ڈ', 'ڑ', 'ں', 'ے', 'ہ', 'ک', 'ی'];
/// Their share above which a text in that script is none in Arabic; a stray one is a matter of the keyboard.
const NOT_ARABIC_SHARE: f64 = 0.04;

/// Whether most letters are of the Arabic script, and few of them are of other languages in it.
fn is_arabic(text: &str) -> bool {
    let (mut letters, mut arabic, mut other) = (0, 0, 0);
    for c in text.chars().filter(|c| c.is_alphabetic()) {
        letters += 1;
        arabic += u32::from(('\u{600}'..='\u{6ff}').contains(&c));
        other += u32::from(NOT_ARABIC.contains(&c));
    }
    2 * arabic > letters && f64::from(other) < NOT_ARABIC_SHARE * f64::from(arabic)
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
            ("J’aime trop ça 😍", "fra"),
            ("echt schön!!", "deu"),
            ("bellissima", "ita"),
            ("so cute", "eng"),
            ("linda", "por"),
            ("خدمة سيئة", "ara"),
            ("این خیلی خوب است، ممنون", "pes"),
        ] {
            assert_eq!(language_of(text).code(), code, "{text:?}");
        }
        assert!(language_of("the best, gracias").may_be_english());
    }

    #[test]
    fn does_not_guess_from_nothing() {
        for text in ["", "😍😍😍", "@jo #ootd https://a.b/c", "12345"] {
            assert_eq!(language_of(text), Language::Unknown, "{text:?}");
            assert!(language_of(text).may_be_english());
        }
    }
}
