//! The words of a time: clocks, months, zones, and dates in numbers.

use super::times::{Zone, week_or_day_of_year};
use jiff::civil::{Date, Time};
use jiff::tz::{Offset, TimeZone};

/// One word of a time.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// Three numbers with a sign between them.
    Numbers {
        numbers: [u16; 3],
        digits: [u8; 3],
        sign: char,
    },
    /// A date that needs nothing else.
    Date(Date),
    Clock(Time),
    /// a.m. (false) or p.m.
    Half(bool),
    Zone(Zone),
    Month(i8),
    Year(i16),
    /// `20th`: a day for sure.
    Day(i8),
    /// Up to two digits: a day or a short year.
    Number(i8),
    /// A word that says nothing more: a weekday, `at`.
    Nothing,
}

/// Names of months without their accents, at least three letters of each; all that a name may begin with.
const MONTHS: [&[&str]; 12] = [
    &[
        "january", "januar", "janner", "jaenner", "janvier", "enero", "gennaio", "janeiro", "jan",
        "ene", "gen", "janv",
    ],
    &[
        "february",
        "februar",
        "feber",
        "fevrier",
        "febrero",
        "febbraio",
        "fevereiro",
        "feb",
        "fev",
        "fevr",
    ],
    &[
        "march", "marz", "maerz", "mars", "marzo", "marco", "maart", "mar", "mrz", "mrt",
    ],
    &["april", "avril", "abril", "aprile", "apr", "avr", "abr"],
    &["may", "mai", "mayo", "maggio", "maio", "mei", "mag"],
    &[
        "june", "juni", "juin", "junio", "giugno", "junho", "jun", "giu",
    ],
    &[
        "july", "juli", "juillet", "julio", "luglio", "julho", "jul", "juil", "lug",
    ],
    &["august", "aout", "agosto", "augustus", "aug", "ago", "aou"],
    &[
        "september",
        "septembre",
        "septiembre",
        "setiembre",
        "settembre",
        "setembro",
        "sep",
        "sept",
        "set",
    ],
    &[
        "october", "oktober", "octobre", "octubre", "ottobre", "outubro", "oct", "okt", "ott",
        "out",
    ],
    &["november", "novembre", "noviembre", "novembro", "nov"],
    &[
        "december",
        "dezember",
        "decembre",
        "diciembre",
        "dicembre",
        "dezembro",
        "dec",
        "dez",
        "dic",
    ],
];

/// Words that say nothing that the rest does not.
const NOTHING: &[&str] = &[
    "at",
    "um",
    "uhr",
    "de",
    "del",
    "of",
    "a",
    "las",
    "la",
    "le",
    "il",
    "den",
    "der",
    "the",
    "on",
    "kl",
    "h",
    "o",
    "clock",
    "as",
    "\u{e0}",
    "alle",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "mon",
    "tue",
    "tues",
    "wed",
    "thu",
    "thur",
    "thurs",
    "fri",
    "sat",
    "sun",
    "montag",
    "dienstag",
    "mittwoch",
    "donnerstag",
    "freitag",
    "samstag",
    "sonnabend",
    "sonntag",
    "mo",
    "di",
    "mi",
    "do",
    "fr",
    "sa",
    "so",
    "lundi",
    "mardi",
    "mercredi",
    "jeudi",
    "vendredi",
    "samedi",
    "dimanche",
    "lun",
    "mer",
    "jeu",
    "ven",
    "sam",
    "dim",
    "lunes",
    "martes",
    "miercoles",
    "jueves",
    "viernes",
    "sabado",
    "domingo",
    "mie",
    "jue",
    "vie",
    "sab",
    "dom",
    "lunedi",
    "martedi",
    "mercoledi",
    "giovedi",
    "venerdi",
    "sabato",
    "domenica",
    "gio",
    "segunda",
    "terca",
    "quarta",
    "quinta",
    "sexta",
    "segunda-feira",
    "terca-feira",
    "quarta-feira",
    "quinta-feira",
    "sexta-feira",
    "seg",
    "ter",
    "qua",
    "qui",
    "sex",
];

/// Zones by letters that mean one offset to those who print them (RFC 2822 has the American ones), in minutes.
const ZONES: &[(&str, i32)] = &[
    ("z", 0),
    ("utc", 0),
    ("gmt", 0),
    ("ut", 0),
    ("wet", 0),
    ("west", 60),
    ("bst", 60),
    ("cet", 60),
    ("mez", 60),
    ("cest", 120),
    ("mesz", 120),
    ("eet", 120),
    ("eest", 180),
    ("msk", 180),
    ("est", -300),
    ("edt", -240),
    ("cst", -360),
    ("cdt", -300),
    ("mst", -420),
    ("mdt", -360),
    ("pst", -480),
    ("pdt", -420),
    ("akst", -540),
    ("akdt", -480),
    ("hst", -600),
    ("brt", -180),
    ("jst", 540),
    ("kst", 540),
    ("sgt", 480),
    ("hkt", 480),
    ("wib", 420),
    ("aest", 600),
    ("aedt", 660),
    ("acst", 570),
    ("awst", 480),
    ("nzst", 720),
    ("nzdt", 780),
];

/// Zones by letters that are several.
const UNCLEAR: &[&str] = &["ist", "ast", "gst", "sst", "amt", "ect"];

/// Words of times that are counted from when the table was made.
const RELATIVE: &[&str] = &[
    "ago",
    "yesterday",
    "today",
    "now",
    "gestern",
    "heute",
    "vor",
    "hace",
    "ayer",
    "hoy",
    "il",
    "y",
    "hier",
    "fa",
    "ieri",
    "ontem",
    "h\u{e1}",
    "just",
];

/// The words of a text, or why it cannot be a time.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = Result<Token, &'static str>> {
    let text = fold(text);
    let relative = is_relative(&text);
    let mut words: Vec<Result<Token, &'static str>> = Vec::new();
    if relative {
        words.push(Err(
            "counts from when the table was made, which it does not say; export it with dates",
        ));
        return words.into_iter();
    }
    for word in text.split([' ', ',']).filter(|w| !w.is_empty()) {
        if !split(word, &mut words) {
            words.push(Err(
                "is not a time (expected for example 2017-02-11 11:05:10, 2017-02-11T11:05:10Z or Unix seconds)",
            ));
            break;
        }
    }
    words.into_iter()
}

/// Lower case without accents, brackets, and points after letters.
fn fold(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    let text = match text.split_once('[') {
        // RFC 9557's name of the zone, beside the offset.
        Some((before, _)) if before.contains(':') => before,
        _ => text,
    };
    let mut out = String::with_capacity(text.len());
    let mut depth = 0;
    for c in text.nfkd().flat_map(char::to_lowercase) {
        match c {
            '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{feff}' => {}
            '(' => depth += 1,
            ')' => depth -= 1,
            _ if depth > 0 => {}
            '年' | '月' => out.push('/'),
            '日' => out.push(' '),
            '時' => out.push(':'),
            '\u{2010}'..='\u{2015}' | '\u{2212}' => out.push('-'),
            c if c.is_whitespace() || c == '|' || c == '\u{b7}' || c == '\u{2022}' => out.push(' '),
            // `p.m.`, `Nov.`, but `20.11.2026`.
            '.' if out.ends_with(char::is_alphabetic) => {}
            c => out.push(c),
        }
    }
    out.replace(" a m", " am")
        .replace(" p m", " pm")
        .trim()
        .to_owned()
}

/// `3 days ago`, `1w`, `vor 2 Tagen`, `gestern`.
fn is_relative(text: &str) -> bool {
    if text.split(' ').any(|w| RELATIVE.contains(&w)) {
        // `il 20 novembre`: an article, not the French "il y a".
        return !(text.starts_with("il ") && text.split(' ').any(|w| month(w).is_some()));
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let unit = text[digits..].trim();
    (1..=4).contains(&digits)
        && matches!(
            unit,
            "s" | "m"
                | "min"
                | "mins"
                | "h"
                | "hr"
                | "hrs"
                | "d"
                | "w"
                | "wk"
                | "mo"
                | "y"
                | "yr"
                | "day"
                | "days"
                | "hours"
                | "weeks"
                | "months"
                | "years"
                | "std"
                | "tage"
                | "wo"
                | "j"
                | "sem"
        )
}

/// Takes one word apart; false where it says nothing that is known.
fn split(word: &str, out: &mut Vec<Result<Token, &'static str>>) -> bool {
    let bare = word.trim_matches('.');
    if let Some(token) = whole(bare) {
        out.push(token);
        return true;
    }
    if word.contains(':') && !word.starts_with(|c: char| c.is_ascii_digit()) {
        return zone(word).is_some_and(|z| {
            out.push(Ok(Token::Zone(z)));
            true
        });
    }
    // `2026-11-20t09:15`, `20/nov/2026:09:15:00`.
    if let Some(at) = word.find(':') {
        let date = word[..at]
            .rfind(['t', '/', '-', '.'])
            .filter(|cut| word[..*cut].contains(['-', '/', '.']) && word[cut + 1..at].len() <= 2);
        if let Some(cut) = date {
            return split(&word[..cut], out) && split(&word[cut + 1..], out);
        }
        if word[..at].contains(['/', '-']) {
            return split(&word[..at], out) && split(&word[at + 1..], out);
        }
        return clock(word, out);
    }
    // `20-nov-2026`, `nov/20/26`.
    let parts: Vec<&str> = word.split(['-', '/', '.']).collect();
    if parts.len() > 1 && parts.iter().any(|p| month(p).is_some()) {
        return parts
            .iter()
            .filter(|p| !p.is_empty())
            .all(|p| split(p, out));
    }
    // `9am`, `20nov2026`.
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 && digits < word.len() && matches!(&word[digits..], "am" | "pm") {
        return clock(&format!("{}:00{}", &word[..digits], &word[digits..]), out);
    }
    if (1..=2).contains(&digits) && word[digits..].get(..3).is_some_and(|m| month(m).is_some()) {
        let letters = word[digits..]
            .bytes()
            .take_while(u8::is_ascii_alphabetic)
            .count();
        let rest = &word[digits + letters..];
        return split(&word[..digits], out)
            && split(&word[digits..digits + letters], out)
            && (rest.is_empty() || split(rest, out));
    }
    // `9h15`.
    if let Some((hour, minute)) = word.split_once('h')
        && hour.len() <= 2
        && minute.len() == 2
    {
        return clock(&format!("{hour}:{minute}"), out);
    }
    false
}

/// A word that is one thing.
fn whole(word: &str) -> Option<Result<Token, &'static str>> {
    if let Some(month) = month(word) {
        return Some(Ok(Token::Month(month)));
    }
    if NOTHING.contains(&word) {
        return Some(Ok(Token::Nothing));
    }
    match word {
        "am" => return Some(Ok(Token::Half(false))),
        "pm" => return Some(Ok(Token::Half(true))),
        _ => {}
    }
    if UNCLEAR.contains(&word) {
        return Some(Err(
            "names a zone whose letters are those of several; write its offset, such as +05:30",
        ));
    }
    if let Some(zone) = zone(word) {
        return Some(Ok(Token::Zone(zone)));
    }
    if let Some(date) = week_or_day_of_year(word) {
        return Some(Ok(Token::Date(date)));
    }
    let numbers: Vec<&str> = word.split(['/', '-', '.']).collect();
    let all_digits = numbers
        .iter()
        .all(|n| !n.is_empty() && n.len() <= 4 && n.bytes().all(|b| b.is_ascii_digit()));
    if all_digits && numbers.len() == 3 {
        let sign = word.chars().find(|c| !c.is_ascii_digit())?;
        if word.chars().any(|c| !c.is_ascii_digit() && c != sign) {
            return None;
        }
        let parse = |i: usize| numbers[i].parse::<u16>().ok();
        return Some(Ok(Token::Numbers {
            numbers: [parse(0)?, parse(1)?, parse(2)?],
            digits: [
                numbers[0].len() as u8,
                numbers[1].len() as u8,
                numbers[2].len() as u8,
            ],
            sign,
        }));
    }
    if all_digits && numbers.len() == 2 && (numbers[0].len() == 4 || numbers[1].len() == 4) {
        return Some(Err("names a month, expected a day"));
    }
    if all_digits && numbers.len() == 1 {
        return match word.len() {
            4 => word.parse().ok().map(|y| Ok(Token::Year(y))),
            1 | 2 => word.parse().ok().map(|n| Ok(Token::Number(n))),
            _ => None,
        };
    }
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    if (1..=2).contains(&digits)
        && matches!(
            &word[digits..],
            "st" | "nd" | "rd" | "th" | "er" | "o" | "a" | "." | "\u{ba}"
        )
    {
        return word[..digits].parse().ok().map(|d| Ok(Token::Day(d)));
    }
    word.strip_prefix('\'')
        .filter(|y| y.len() == 2)
        .and_then(|y| y.parse::<i16>().ok())
        .map(|y| Ok(Token::Year(if y < 70 { 2000 + y } else { 1900 + y })))
}

fn month(word: &str) -> Option<i8> {
    let at = MONTHS.iter().position(|names| names.contains(&word))?;
    i8::try_from(at + 1).ok()
}

/// `09:15`, `9:15:00.5pm`, `09:15:00+0100`, `09:15z`.
fn clock(word: &str, out: &mut Vec<Result<Token, &'static str>>) -> bool {
    let end = word
        .char_indices()
        .find(|(_, c)| !(c.is_ascii_digit() || matches!(c, ':' | '.' | ',')))
        .map_or(word.len(), |(at, _)| at);
    let (clock, rest) = word.split_at(end);
    let parts: Vec<&str> = clock.trim_end_matches('.').split(':').collect();
    let (&[hour, minute] | &[hour, minute, _]) = parts.as_slice() else {
        return false;
    };
    let (second, fraction) = parts
        .get(2)
        .map_or(("0", ""), |s| s.split_once(['.', ',']).unwrap_or((s, "")));
    if [hour, minute, second]
        .iter()
        .any(|p| p.is_empty() || p.len() > 2)
        || fraction.len() > 12
    {
        return false;
    }
    let number = |text: &str| text.parse::<i8>().ok();
    let nanos = format!("{:0<9}", &fraction[..fraction.len().min(9)])
        .parse::<i32>()
        .unwrap_or(0);
    let time = match (number(hour), number(minute), number(second)) {
        (Some(h), Some(m), Some(s)) => Time::new(h, m, s, nanos).ok(),
        _ => None,
    };
    let Some(time) = time else { return false };
    out.push(Ok(Token::Clock(time)));
    if rest.is_empty() {
        return true;
    }
    whole(rest).is_some_and(|token| {
        let fits = matches!(
            token,
            Ok(Token::Half(_) | Token::Zone(_) | Token::Nothing) | Err(_)
        );
        out.push(token);
        fits
    })
}

/// `utc`, `cet`, `+0100`, `+01:00`, `-5`, `utc+1`, `europe/berlin`.
fn zone(word: &str) -> Option<Zone> {
    let fixed = |minutes: i32| Offset::from_seconds(minutes * 60).ok().map(Zone::Fixed);
    if let Some((_, minutes)) = ZONES.iter().find(|(name, _)| *name == word) {
        return fixed(*minutes);
    }
    let signed = word
        .strip_prefix("utc")
        .or_else(|| word.strip_prefix("gmt"))
        .unwrap_or(word);
    if let Some(digits) = signed.strip_prefix(['+', '-']) {
        let plain = digits.replace(':', "");
        if plain.is_empty() || !plain.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let (hours, minutes) = match plain.len() {
            1 | 2 => (plain.parse::<i32>().ok()?, 0),
            4 => (plain[..2].parse().ok()?, plain[2..].parse().ok()?),
            _ => return None,
        };
        if hours > 14 || minutes > 59 {
            return None;
        }
        let sum = hours * 60 + minutes;
        return fixed(if signed.starts_with('-') { -sum } else { sum });
    }
    (word.contains('/') && word.starts_with(|c: char| c.is_ascii_alphabetic()))
        .then(|| TimeZone::get(word).ok())
        .flatten()
        .map(Zone::Named)
}
