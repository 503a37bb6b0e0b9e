//! What a file's name says that stands nowhere in it.

use jiff::civil::Date;
use std::path::Path;

/// The source that is the YouTube video which the file's name tells.
pub(super) const VIDEO: &str = "@video";

/// Letters of a video's id.
const LENGTH: usize = 11;
/// Words of names of that length which are no ids.
const WORDS: [&str; 5] = ["comment", "export", "youtube", "video", "thread"];

/// The YouTube video in a file's name: the whole of it before the first point, in brackets, or behind or before a sign,
/// as `vJ9AeGBqvgs.json`, `title [vJ9AeGBqvgs].jsonl` and `comments_vJ9AeGBqvgs.json`; `None` where nothing looks like
/// one.
pub(super) fn video(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let bracketed = name
        .split('[')
        .skip(1)
        .filter_map(|rest| Some(rest.split_once(']')?.0));
    let stem = name.split('.').next().unwrap_or_default();
    let last = stem
        .char_indices()
        .rev()
        .nth(LENGTH)
        .filter(|(_, before)| is_sign(*before))
        .map(|(at, before)| &stem[at + before.len_utf8()..]);
    let first = stem
        .char_indices()
        .nth(LENGTH)
        .filter(|(_, behind)| is_sign(*behind))
        .map(|(at, _)| &stem[..at]);
    let mut all = bracketed.chain([stem]).chain(last).chain(first);
    all.find(|text| is_video(text)).map(str::to_owned)
}

fn is_sign(c: char) -> bool {
    matches!(c, '_' | '-' | ' ')
}

/// Whether a text is made as such ids are: 11 letters, digits, `-` and `_`, mixed as no word is.
fn is_video(text: &str) -> bool {
    let lower = text.to_lowercase();
    let letter = text.contains(|c: char| c.is_ascii_alphabetic());
    let digit = text.contains(|c: char| c.is_ascii_digit());
    let mixed = text.chars().skip(1).any(|c| c.is_ascii_uppercase()) && text != text.to_uppercase();
    text.len() == LENGTH
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
        && letter
        && (digit || mixed)
        && !WORDS.iter().any(|word| lower.contains(word))
}

/// The day in a file's name, as `2026-11-20`: four digits, two and two with one sign between them or none; `None` where
/// there is none or several.
pub(super) fn date(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let bytes = name.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut found: Vec<Date> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let begins = digit(at) && (at == 0 || !digit(at - 1));
        let day = begins.then(|| date_at(name, at)).flatten();
        match day.filter(|(_, end)| !digit(*end)) {
            Some((day, end)) => {
                found.push(day);
                at = end;
            }
            None => at += 1,
        }
    }
    found.dedup();
    match found.as_slice() {
        [day] => Some(day.to_string()),
        _ => None,
    }
}

/// A date that begins there, and where it ends.
fn date_at(name: &str, start: usize) -> Option<(Date, usize)> {
    let number = |from: usize, digits: usize| -> Option<i16> {
        let text = name.get(from..from + digits)?;
        let all = text.bytes().all(|b| b.is_ascii_digit());
        text.parse().ok().filter(|_| all)
    };
    let year = number(start, 4).filter(|year| (2000..2100).contains(year))?;
    let sign = name[start + 4..]
        .chars()
        .next()
        .filter(|c| matches!(c, '-' | '_' | '.'));
    let step = usize::from(sign.is_some());
    if sign.is_some() && name.get(start + 7..)?.chars().next() != sign {
        return None;
    }
    let month = number(start + 4 + step, 2)?;
    let day = number(start + 6 + 2 * step, 2)?;
    let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    Some((date, start + 8 + 2 * step))
}

#[cfg(test)]
mod tests {
    use super::{date, video};
    use std::path::Path;

    #[test]
    fn ids_are_found_in_names_and_words_are_none() {
        for (name, expected) in [
            ("a/vJ9AeGBqvgs.json", Some("vJ9AeGBqvgs")),
            ("vJ9AeGBqvgs.comments.jsonl.gz", Some("vJ9AeGBqvgs")),
            (
                "My evening [skincare] [vJ9AeGBqvgs].json",
                Some("vJ9AeGBqvgs"),
            ),
            ("comments_vJ9AeGBqvgs.json", Some("vJ9AeGBqvgs")),
            ("vJ9AeGBqvgs_pretty.json", Some("vJ9AeGBqvgs")),
            ("-J9_eGBqvgs.json", Some("-J9_eGBqvgs")),
            ("my_comments.json", None),
            ("comments-01.json", None),
            ("20261120_01.json", None),
            ("SKINCARE-EU.json", None),
            ("comments.json", None),
            ("-", None),
        ] {
            assert_eq!(video(Path::new(name)).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn days_are_found_in_names() {
        for (name, expected) in [
            ("creators-2026-11-20.csv", Some("2026-11-20")),
            ("creators_20261120.csv.gz", Some("2026-11-20")),
            ("2026_11_20 export.xlsx", Some("2026-11-20")),
            ("2026.11.20.json", Some("2026-11-20")),
            ("2026-11-20 (2026-11-20).csv", Some("2026-11-20")),
            ("from 2026-11-01 to 2026-11-20.csv", None),
            ("creators-2026-13-20.csv", None),
            ("creators-2026-11_20.csv", None),
            ("id_120261120.csv", None),
            ("202611201.csv", None),
            ("creators.csv", None),
        ] {
            assert_eq!(date(Path::new(name)).as_deref(), expected, "{name}");
        }
    }
}
