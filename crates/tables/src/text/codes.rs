//! Codes of languages, as people type them.

/// ISO 639-1 beside ISO 639-3, of the languages that are told apart.
const CODES: [(&str, &str); 36] = [
    ("en", "eng"),
    ("es", "spa"),
    ("pt", "por"),
    ("fr", "fra"),
    ("de", "deu"),
    ("it", "ita"),
    ("nl", "nld"),
    ("sv", "swe"),
    ("da", "dan"),
    ("no", "nob"),
    ("fi", "fin"),
    ("pl", "pol"),
    ("cs", "ces"),
    ("hu", "hun"),
    ("ro", "ron"),
    ("tr", "tur"),
    ("id", "ind"),
    ("vi", "vie"),
    ("tl", "tgl"),
    ("ca", "cat"),
    ("hr", "hrv"),
    ("ar", "ara"),
    ("fa", "pes"),
    ("ur", "urd"),
    ("he", "heb"),
    ("hi", "hin"),
    ("bn", "ben"),
    ("ta", "tam"),
    ("th", "tha"),
    ("ru", "rus"),
    ("uk", "ukr"),
    ("bg", "bul"),
    ("el", "ell"),
    ("ja", "jpn"),
    ("ko", "kor"),
    ("zh", "cmn"),
];

/// The ISO 639-3 code of a language, given by that or by its two letters, whatever their case; `None` for one that is
/// not told apart.
#[must_use]
pub fn language_code(typed: &str) -> Option<&'static str> {
    let typed = typed.trim().to_lowercase();
    CODES
        .iter()
        .find(|(two, three)| *two == typed || *three == typed)
        .map(|(_, three)| *three)
}

#[cfg(test)]
mod tests {
    use super::language_code;

    #[test]
    fn two_and_three_letters_name_a_language() {
        assert_eq!(language_code(" EN "), Some("eng"));
        assert_eq!(language_code("spa"), Some("spa"));
        assert_eq!(language_code("english"), None);
    }
}
