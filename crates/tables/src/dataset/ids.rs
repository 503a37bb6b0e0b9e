//! Ids as exports print them: what a spreadsheet or a browser put around them taken off, and the form in which two
//! spellings of one id are alike.

use super::numbers::is_blank;
use std::borrow::Cow;

/// What ids of a column name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// A person: a handle, a number, the address of a profile.
    Account,
    /// Anything else: a post, a comment, an order.
    Thing,
}

/// What the ids of a column name; `None` for a column of other cells.
pub(super) fn named(column: &str) -> Option<Named> {
    match column {
        "creator_id" | "author_id" | "handle" => Some(Named::Account),
        "post_id" | "comment_id" | "visitor_id" | "order_id" | "visit_id" => Some(Named::Thing),
        _ => None,
    }
}

/// An id as it was before a spreadsheet took it: without what is not seen, `="..."`, the apostrophe before a number,
/// and `.0` behind one.
///
/// # Errors
/// A sentence for people where the spreadsheet has taken digits away: `7.30123E+18`.
pub(super) fn clean(text: &str) -> Result<Cow<'_, str>, String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b':' | b'/' | b'@');
    if text.bytes().all(plain) {
        return Ok(Cow::Borrowed(text));
    }
    let mut id = Cow::Borrowed(text.trim_matches(is_blank));
    if id.contains(|c| is_blank(c) && !c.is_whitespace()) {
        id = Cow::Owned(
            id.chars()
                .filter(|c| !is_blank(*c) || c.is_whitespace())
                .collect(),
        );
    }
    if let Some(inner) = id
        .strip_prefix("=\"")
        .and_then(|rest| rest.strip_suffix('"'))
    {
        id = Cow::Owned(inner.trim_matches(is_blank).to_owned());
    }
    if let Some(number) = id.strip_prefix('\'').filter(|n| is_number(n)) {
        id = Cow::Owned(number.to_owned());
    }
    if let Some(number) = id.strip_suffix(".0").filter(|n| is_number(n)) {
        id = Cow::Owned(number.to_owned());
    }
    if is_shortened(&id) {
        return Err(format!(
            "{:?} was a longer number before a spreadsheet shortened it, and which one cannot be told; export it again and open it with this \
             column as text, or do not open it in a spreadsheet at all",
            id.as_ref()
        ));
    }
    Ok(id)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// `7.30123E+18`.
fn is_shortened(id: &str) -> bool {
    let Some((mantissa, exponent)) = id.split_once("E+").or_else(|| id.split_once("e+")) else {
        return false;
    };
    let (whole, decimals) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, "0"));
    whole.len() == 1
        && is_number(whole)
        && is_number(decimals)
        && exponent.len() <= 3
        && is_number(exponent)
}

/// How many noughts stand behind the fifteen digits that a spreadsheet keeps of a number; `None` for an id that is no
/// longer number.
pub(super) fn lost_digits(id: &str) -> Option<(usize, bool)> {
    if id.len() < 16 || id.len() > 20 || !is_number(id) {
        return None;
    }
    let tail = &id[15..];
    Some((tail.len(), tail.bytes().all(|b| b == b'0')))
}

/// The platform whose address this is, and the path on it in parts.
fn address(text: &str) -> Option<(&'static str, Vec<&str>)> {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))
        .or_else(|| text.strip_prefix("HTTPS://"))
        .unwrap_or(text);
    let (host, path) = rest.split_once('/')?;
    let host = host.to_ascii_lowercase();
    let host = ["www.", "m.", "mobile.", "web."]
        .iter()
        .find_map(|p| host.strip_prefix(p))
        .unwrap_or(&host);
    let platform = match host {
        "instagram.com" | "instagr.am" => "instagram",
        "tiktok.com" | "vm.tiktok.com" => "tiktok",
        "youtube.com" => "youtube",
        "youtu.be" => "youtu.be",
        "twitter.com" | "x.com" => "x",
        "facebook.com" | "fb.com" => "facebook",
        "threads.net" | "threads.com" => "threads",
        "twitch.tv" => "twitch",
        "pinterest.com" => "pinterest",
        "linkedin.com" => "linkedin",
        "reddit.com" | "old.reddit.com" => "reddit",
        _ => return None,
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    Some((
        platform,
        path.split('/').filter(|p| !p.is_empty()).collect(),
    ))
}

/// An account in the form in which its spellings are alike: the handle of an address, no `@`, lower case, no noughts
/// before a number.
#[must_use]
pub fn canonical_account(id: &str) -> String {
    let id = clean(id).unwrap_or(Cow::Borrowed(id));
    let name = match address(&id) {
        Some((_, path)) => match path.as_slice() {
            ["channel" | "c" | "user" | "in" | "u", name, ..] | [name, ..] => (*name).to_owned(),
            [] => id.into_owned(),
        },
        None => id.into_owned(),
    };
    let name = name.trim_start_matches(['@', '\u{ff20}']).to_lowercase();
    numeral(&name)
}

/// The platform that the address of an account is on.
pub(super) fn platform_of(id: &str) -> Option<&'static str> {
    let (platform, _) = address(id)?;
    Some(if platform == "youtu.be" {
        "youtube"
    } else {
        platform
    })
}

/// A post in the form in which its spellings are alike: the code in an address. Codes are not written in another case.
#[must_use]
pub fn canonical_post(id: &str) -> String {
    let id = clean(id).unwrap_or(Cow::Borrowed(id));
    let Some((platform, path)) = address(&id) else {
        return numeral(id.trim_end_matches('/'));
    };
    let after = |words: &[&str]| {
        let at = path.iter().position(|p| words.contains(p))?;
        path.get(at + 1).map(|code| (*code).to_owned())
    };
    let code = match platform {
        "youtu.be" => path.first().map(|code| (*code).to_owned()),
        "youtube" if path.first() == Some(&"watch") => {
            let query = id.split_once('?').map_or("", |(_, q)| q);
            query
                .split('&')
                .find_map(|p| p.strip_prefix("v="))
                .map(|v| v.split('#').next().unwrap_or(v).to_owned())
        }
        _ => after(&[
            "p", "reel", "reels", "tv", "video", "photo", "shorts", "live", "embed", "status",
            "posts", "videos", "comments", "pin",
        ]),
    };
    code.map_or_else(
        || id.trim_end_matches('/').to_owned(),
        |code| numeral(&code),
    )
}

/// Without the noughts that a spreadsheet drops in front of a number.
fn numeral(id: &str) -> String {
    if is_number(id) {
        let short = id.trim_start_matches('0');
        return if short.is_empty() { "0" } else { short }.to_owned();
    }
    id.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_put_around_an_id_comes_off() {
        for (text, expected) in [
            ("7301234567890123001", "7301234567890123001"),
            ("=\"7301234567890123001\"", "7301234567890123001"),
            ("'7301234567890123001", "7301234567890123001"),
            ("7301234567890123001.0", "7301234567890123001"),
            ("\u{feff}lumi\u{200b}_notes\u{a0}", "lumi_notes"),
            ("ines.moisture.lab", "ines.moisture.lab"),
            ("'tis", "'tis"),
            ("v1.0", "v1.0"),
            ("1e0", "1e0"),
            ("E+18", "E+18"),
        ] {
            assert_eq!(clean(text).unwrap(), expected, "{text}");
        }
        for text in ["7.30123E+18", "1.78414e+16", "7,30123E+18", "7E+18"] {
            assert!(clean(text).unwrap_err().contains("as text"), "{text}");
        }
        assert_eq!(lost_digits("7301234567890120000"), Some((4, true)));
        assert_eq!(lost_digits("7301234567890123001"), Some((4, false)));
        assert_eq!(lost_digits("123456789012345"), None);
    }

    #[test]
    fn spellings_of_one_account_and_of_one_post_are_alike() {
        for text in [
            "Lumi_Notes",
            "@lumi_notes",
            " lumi_notes\u{200b}",
            "https://www.instagram.com/lumi_notes/",
            "instagram.com/Lumi_Notes?igsh=1",
            "https://www.tiktok.com/@lumi_notes",
            "https://m.youtube.com/@lumi_notes/videos",
            "https://www.youtube.com/c/lumi_notes",
            "https://x.com/lumi_notes",
        ] {
            assert_eq!(canonical_account(text), "lumi_notes", "{text}");
        }
        assert_eq!(canonical_account("00123"), canonical_account("123.0"));
        for text in [
            "C00000x",
            "https://www.instagram.com/p/C00000x/",
            "https://instagram.com/reel/C00000x/?igsh=a",
            "https://www.instagram.com/lumi_notes/p/C00000x/",
            "https://youtu.be/C00000x?t=3",
            "https://www.youtube.com/watch?v=C00000x&t=3",
            "https://www.youtube.com/shorts/C00000x",
            "https://www.tiktok.com/@lumi/video/C00000x",
            "https://x.com/lumi/status/C00000x",
        ] {
            assert_eq!(canonical_post(text), "C00000x", "{text}");
        }
        assert_ne!(canonical_post("c00000x"), canonical_post("C00000x"));
        assert_eq!(
            canonical_post("https://shop.example/p/1/"),
            "https://shop.example/p/1"
        );
    }

    proptest::proptest! {
        #[test]
        fn the_form_of_a_form_is_itself(id in "\\PC{0,24}") {
            let once = canonical_account(&id);
            proptest::prop_assert_eq!(canonical_account(&once).len() <= once.len(), true);
            let _ = canonical_post(&id);
        }
    }
}
