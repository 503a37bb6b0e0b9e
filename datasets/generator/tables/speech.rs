//! What is said under posts by an audience and by spammers, in which language, and how it is meant.

use super::creators::Creator;
use super::dice::Dice;
use super::grammar::Grammar;
use super::noise::typed;

/// Share of neutral comments among an audience's own.
const NEUTRAL: f64 = 0.38;
const LABELS: [&str; 3] = ["neg", "neu", "pos"];
/// Languages of comments, with how often a stranger to the creator's language uses each.
const STRANGERS: [(&str, f64); 8] = [
    ("es", 3.0),
    ("pt", 2.5),
    ("de", 2.0),
    ("fr", 2.5),
    ("it", 2.0),
    ("ar", 0.6),
    ("hi", 0.6),
    ("el", 0.6),
];

/// What a comment says: its text, its language, and the brands with how they are spoken of
/// (or no brand, with how the whole is meant).
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) language: &'static str,
    pub(crate) about: Vec<(Option<&'static str>, &'static str)>,
}

/// A text that is posted word for word again and again.
pub(crate) fn canned(dice: &mut Dice, words: &Grammar, list: &str) -> Said {
    let text = words.say(dice, list);
    let praise = list == "bot" && text.chars().any(|letter| letter.is_ascii_alphabetic());
    let language = if text.chars().any(char::is_alphabetic) {
        "en"
    } else {
        ""
    };
    Said {
        text,
        language,
        about: vec![(
            None,
            if praise || language.is_empty() {
                "pos"
            } else {
                "neu"
            },
        )],
    }
}

/// A label whose expected value is `level`.
pub(crate) fn label(dice: &mut Dice, level: f64, neutral: f64) -> &'static str {
    let good = f64::midpoint(1.0 - neutral, level).max(0.0);
    LABELS[dice.weighted(&[(1.0 - neutral - good).max(0.0), neutral, good])]
}

/// The language in which somebody answers this creator.
pub(crate) fn language(dice: &mut Dice, creator: &Creator) -> &'static str {
    let strange = if creator.language == "en" { 0.09 } else { 0.05 };
    if dice.chance(strange) {
        STRANGERS[dice.weighted(&STRANGERS.map(|(_, weight)| weight))].0
    } else if creator.language != "en" && dice.chance(0.78) {
        creator.language
    } else {
        "en"
    }
}

/// What somebody of the audience says of the creator or the post.
pub(crate) fn from_audience(dice: &mut Dice, words: &Grammar, creator: &Creator) -> Said {
    let meant = label(dice, creator.sentiment, NEUTRAL);
    if dice.chance(0.1) && meant != "neu" {
        let text = emoji_run(dice, words, meant);
        return Said {
            text,
            language: "",
            about: vec![(None, meant)],
        };
    }
    let language = language(dice, creator);
    let text = if language == "en" {
        let own = format!("c_{meant}");
        let list = if words.has(&own) && dice.chance(0.45) {
            own
        } else {
            format!("any_{meant}")
        };
        let said = words.say(dice, &list);
        let said = framed(dice, words, said, meant);
        typed(dice, &said, &[])
    } else {
        elsewhere(dice, words, language, meant)
    };
    Said {
        text: ended(dice, words, text, meant),
        language,
        about: vec![(None, meant)],
    }
}

/// Now and then with a word before or after, as people do.
fn framed(dice: &mut Dice, words: &Grammar, said: String, meant: &str) -> String {
    let said = if dice.chance(0.24) {
        let before = words.say(dice, &format!("before_{meant}"));
        // "I" and its kin stay large; everything else follows on in small letters.
        let stays = said
            .split([' ', '\''])
            .next()
            .is_some_and(|word| word == "I" || word.starts_with('@'));
        let mut letters = said.chars();
        let first = letters.next().map(|first| {
            if stays {
                first
            } else {
                first.to_ascii_lowercase()
            }
        });
        format!(
            "{before} {}",
            first.into_iter().chain(letters).collect::<String>()
        )
    } else {
        said
    };
    if dice.chance(0.16) {
        let end = said.trim_end_matches(['.', '!']);
        return format!("{end} {}", words.say(dice, &format!("after_{meant}")));
    }
    said
}

/// One phrase of another language, or two that are meant alike.
fn elsewhere(dice: &mut Dice, words: &Grammar, language: &str, meant: &str) -> String {
    let list = format!("{language}_{meant}");
    let first = words.say(dice, &list);
    let second = words.say(dice, &list);
    let plain = |text: &str| text.ends_with(|last: char| last.is_alphanumeric());
    if meant != "neu" && dice.chance(0.4) && first != second && plain(&first) {
        return format!("{first}{} {second}", dice.pick(&[",", ".", " -", "..."]));
    }
    if dice.chance(0.3) && !second.contains('@') && meant == "neu" {
        return format!("@{} {second}", words.say(dice, "friend"));
    }
    first
}

fn emoji_run(dice: &mut Dice, words: &Grammar, meant: &str) -> String {
    let one = words.say(dice, &format!("emoji_{meant}"));
    let mut run = one.repeat(1 + dice.below(4));
    if dice.chance(0.4) {
        run.push_str(&words.say(dice, &format!("emoji_{meant}")));
    }
    run
}

/// Perhaps with an emoji, or several, at the end.
pub(crate) fn ended(dice: &mut Dice, words: &Grammar, text: String, meant: &str) -> String {
    let has = text
        .chars()
        .last()
        .is_some_and(|last| !last.is_ascii() && !last.is_alphabetic());
    let often = if meant == "neu" { 0.12 } else { 0.33 };
    if has || !dice.chance(often) {
        return text;
    }
    let list = format!("emoji_{meant}");
    let gap = if dice.chance(0.8) { " " } else { "" };
    format!(
        "{text}{gap}{}",
        words
            .say(dice, &list)
            .repeat(1 + usize::from(dice.chance(0.35)) + usize::from(dice.chance(0.2)))
    )
}
