//! Names in the place of people: a keyed hash for each id and handle, the same for the same key, so that tables still
//! join and nobody without the key can tell whose it is.
//!
//! HMAC-SHA256 (RFC 2104) of the id in lower case without `@`, cut to 96 bits: among ten million ids two are taken for
//! one with a probability of 1 in 10^15. Ids that differ in upper and lower case alone are one person's, as handles are
//! on every platform.

use super::ids::canonical_account;
use crate::error::{Error, Result};
use crate::hash::hex;
use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::Sha256;
use std::borrow::Cow;
use std::fmt;
use std::path::Path;

/// What a pseudonym begins with.
const PREFIX: &str = "h_";
/// Bytes of the hash that it keeps.
const KEPT: usize = 12;
/// Letters of a key below which it can be guessed.
const SHORT: usize = 16;
/// What stands for a mail address.
const MAIL: &str = "[mail address]";
/// What stands for a link, which may lead to a person.
const LINK: &str = "[link]";
/// Columns that tell people apart.
const IDS: [&str; 4] = ["creator_id", "author_id", "visitor_id", "handle"];
/// Columns and keys of documents that hold what the user has typed and no text of a person.
const TYPED: [&str; 4] = ["brand", "competitor", "file", "manifest"];

/// A key, and what is made by it. It prints as a fingerprint of the key, which neither gives the key away nor any id.
#[derive(Clone)]
pub struct Pseudonyms {
    keyed: Hmac<Sha256>,
    short: bool,
}

impl Pseudonyms {
    /// By a key, as its bytes stand.
    ///
    /// # Errors
    /// [`Error::Usage`] for an empty key.
    pub fn new(key: &[u8]) -> Result<Self> {
        if key.is_empty() {
            return Err(Error::usage("the key is empty"));
        }
        Ok(Self {
            keyed: Hmac::new_from_slice(key).map_err(|e| Error::Internal(e.to_string()))?,
            short: key.len() < SHORT,
        })
    }

    /// By what was typed: the key itself, `env:NAME` for a variable, or `@FILE` for a file that holds it, whose last
    /// line may end.
    ///
    /// # Errors
    /// [`Error::Usage`] where there is no such variable or file, or it is empty.
    pub fn from_argument(typed: &str) -> Result<Self> {
        let nothing = |error: Error, what: String| match error {
            Error::Usage { message, .. } => Error::usage(format!("{what}: {message}")),
            other => other,
        };
        if let Some(name) = typed.strip_prefix("env:") {
            let key = std::env::var(name).map_err(|_| {
                Error::usage(format!("the environment variable {name} is not set"))
                    .with_hint("it is to hold the key that ids are hashed by")
            })?;
            return Self::new(key.as_bytes()).map_err(|e| nothing(e, format!("env:{name}")));
        }
        if let Some(file) = typed.strip_prefix('@') {
            let key = std::fs::read(Path::new(file))
                .map_err(|e| Error::usage(format!("the file of the key, {file}: {e}")))?;
            return Self::new(key.trim_ascii_end()).map_err(|e| nothing(e, file.to_owned()));
        }
        Self::new(typed.as_bytes())
    }

    fn hash(&self, what: &[u8], bytes: usize) -> String {
        let mut mac = self.keyed.clone();
        mac.update(what);
        hex(&mac.finalize().into_bytes()[..bytes])
    }

    /// Tells one key from another, for manifests.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        // No id is hashed with a byte of nought before it.
        self.hash(b"\0fingerprint", 8)
    }

    /// Whether the key is so short that somebody may try all of them.
    #[must_use]
    pub fn is_weak(&self) -> bool {
        self.short
    }

    /// What stands for an id or a handle. A pseudonym stands for itself, so that results can be read again.
    #[must_use]
    pub fn id(&self, id: &str) -> String {
        let plain = canonical_account(id);
        if is_pseudonym(&plain) {
            return plain;
        }
        format!("{PREFIX}{}", self.hash(plain.as_bytes(), KEPT))
    }

    /// A cell of an input column: hidden where the column tells people apart; `None` where the column is not to be read
    /// at all.
    pub(super) fn cell(&self, column: &str, text: String) -> Option<String> {
        match column {
            // What people call themselves joins nothing.
            "name" => None,
            column if IDS.contains(&column) && !super::numbers::is_missing(&text) => {
                Some(self.id(&text))
            }
            _ => Some(text),
        }
    }

    /// A text with every `@handle` in it hidden, and without mail addresses and links, which lead to people too.
    #[must_use]
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let may_lead = |text: &str| {
            text.contains(['@', '\u{ff20}']) || text.contains('/') || text.contains("www.")
        };
        if !may_lead(text) {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            let blank = rest
                .find(|c: char| !c.is_whitespace())
                .unwrap_or(rest.len());
            out.push_str(&rest[..blank]);
            rest = &rest[blank..];
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            self.push_word(&mut out, &rest[..end]);
            rest = &rest[end..];
        }
        Cow::Owned(out)
    }

    fn push_word(&self, out: &mut String, word: &str) {
        if is_link(word) {
            out.push_str(LINK);
            return;
        }
        let mut rest = word;
        while let Some(at) = rest.find(['@', '\u{ff20}']) {
            let sign = rest[at..].chars().next().map_or(1, char::len_utf8);
            let (before, after) = (&rest[..at], &rest[at + sign..]);
            let end = after.find(|c: char| !in_handle(c)).unwrap_or(after.len());
            let handle = after[..end].trim_end_matches(['.', '-']);
            let local = before
                .rfind(|c: char| !(in_handle(c) || c == '+'))
                .map_or(0, |at| {
                    at + before[at..].chars().next().map_or(1, char::len_utf8)
                });
            if handle.is_empty() {
                out.push_str(&rest[..at + sign]);
            } else if before[local..].is_empty() {
                out.push_str(before);
                out.push_str(&rest[at..at + sign]);
                out.push_str(&self.id(handle));
            } else if handle.contains('.') {
                out.push_str(&before[..local]);
                out.push_str(MAIL);
            } else {
                out.push_str(&rest[..at + sign]);
                out.push_str(&self.id(handle));
            }
            rest = &after[handle.len()..];
        }
        out.push_str(rest);
    }

    /// A column's text, as it may stand in an output.
    pub(super) fn shown<'t>(&self, column: &str, text: &'t str) -> Cow<'t, str> {
        if TYPED.contains(&column) {
            return Cow::Borrowed(text);
        }
        if IDS.contains(&column) && !text.is_empty() {
            return Cow::Owned(self.id(text));
        }
        self.text(text)
    }

    /// Hides what stands in a document: ids by their keys, and handles in every text.
    pub fn document(&self, document: &mut Value) {
        self.value("", document);
    }

    fn value(&self, key: &str, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Cow::Owned(hidden) = self.shown(key, text) {
                    *text = hidden;
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(key, item)),
            Value::Object(entries) if !TYPED.contains(&key) => {
                for (key, value) in entries.iter_mut() {
                    self.value(key, value);
                }
            }
            _ => {}
        }
    }
}

impl fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key {}", self.fingerprint())
    }
}

fn is_pseudonym(text: &str) -> bool {
    text.strip_prefix(PREFIX).is_some_and(|hash| {
        hash.len() == 2 * KEPT && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    })
}

fn in_handle(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '-')
}

/// Whether a word leads to a page: by its scheme, or by the host of a platform.
fn is_link(word: &str) -> bool {
    let lower = word.to_lowercase();
    lower.contains("://")
        || lower.starts_with("www.")
        || [
            "instagram.com/",
            "tiktok.com/",
            "youtube.com/",
            "youtu.be/",
            "twitter.com/",
            "x.com/",
            "facebook.com/",
            "fb.com/",
            "t.me/",
            "linktr.ee/",
            "twitch.tv/",
            "threads.net/",
            "snapchat.com/",
            "pinterest.com/",
            "linkedin.com/",
            "patreon.com/",
        ]
        .iter()
        .any(|host| lower.contains(host))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn by(key: &str) -> Pseudonyms {
        Pseudonyms::new(key.as_bytes()).unwrap()
    }

    #[test]
    fn the_hash_is_that_of_the_rfc() {
        // RFC 4231, test case 2: HMAC-SHA-256 of this text by the key "Jefe".
        let made = by("Jefe").id("what do ya want for nothing?");
        assert_eq!(made, "h_5bdcc146bf60754e6a042426");
    }

    #[test]
    fn one_id_has_one_pseudonym_by_one_key() {
        let key = by("a key of some length");
        let ann = key.id("Ann");
        for same in ["ann", " @ANN ", "@ann", &ann, &format!("@{ann}")] {
            assert_eq!(key.id(same), ann, "{same}");
        }
        assert_ne!(key.id("anne"), ann);
        assert_ne!(by("another key of that length").id("Ann"), ann);
        // What only looks like one is an id like others.
        for other in ["h_", "h_123", "h_zzzzzzzzzzzzzzzzzzzzzzzz"] {
            assert_ne!(key.id(other), other);
        }
    }

    #[test]
    fn a_brand_knows_its_own_account_behind_the_pseudonym() {
        let key = by("k");
        let brand = crate::text::Brand::new("Lumora", &[]);
        let hidden = key.id("@LUMORA");
        assert!(!brand.owns(&hidden));
        let brand = brand.with_pseudonyms(|account| key.id(account));
        assert!(brand.owns(&hidden) && brand.owns("@lumora") && !brand.owns(&key.id("ann")));
    }

    #[test]
    fn handles_addresses_and_links_leave_a_text() {
        let key = by("k");
        let ann = key.id("ann.s");
        for (text, expected) in [
            ("love you @Ann.S!", format!("love you @{ann}!")),
            ("(@ann.s) and\n@ann.s.", format!("(@{ann}) and\n@{ann}.")),
            ("@ann.s@ann.s", format!("@{ann}@{ann}")),
            ("\u{ff20}ann.s", format!("\u{ff20}{ann}")),
            (
                "mail ann.s+x@mail.example, now",
                format!("mail {MAIL}, now"),
            ),
            ("see https://x.example/ann.s", format!("see {LINK}")),
            (
                "tiktok.com/@ann.s or www.ann.example",
                format!("{LINK} or {LINK}"),
            ),
            ("2 @ 3, a/b, plain", "2 @ 3, a/b, plain".to_owned()),
        ] {
            let hidden = key.text(text);
            assert_eq!(hidden, expected);
            assert_eq!(key.text(&hidden), expected, "hidden twice");
        }
    }

    #[test]
    fn documents_keep_what_was_typed_and_lose_who_it_is() {
        let key = by("k");
        let ann = key.id("ann");
        let mut document = json!({
            "manifest": {"inputs": ["@ann.csv"]}, "brand": "@lumora",
            "creators": [{"creator_id": "ann", "reasons": ["praised by @ann"], "score": 1}],
        });
        key.document(&mut document);
        assert_eq!(
            document,
            json!({
                "manifest": {"inputs": ["@ann.csv"]}, "brand": "@lumora",
                "creators": [{"creator_id": ann, "reasons": [format!("praised by @{ann}")], "score": 1}],
            })
        );
    }

    #[test]
    fn keys_come_from_three_places_and_are_not_printed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        std::fs::write(&file, "a secret of some length\n").unwrap();
        let of_file = Pseudonyms::from_argument(&format!("@{}", file.display())).unwrap();
        let typed = by("a secret of some length");
        assert_eq!(of_file.id("ann"), typed.id("ann"));
        assert!(!typed.is_weak() && by("short").is_weak());
        let printed = format!("{typed:?}");
        assert!(printed.contains(&typed.fingerprint()) && !printed.contains("secret"));
        std::fs::write(&file, "\n").unwrap();
        for wrong in [
            "",
            "env:",
            "env:NO_SUCH_VARIABLE_IS_SET",
            "@/no/such/file",
            &format!("@{}", file.display()),
        ] {
            assert_eq!(
                Pseudonyms::from_argument(wrong).unwrap_err().exit_status(),
                2,
                "{wrong}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn no_handle_stays_whatever_is_around_it(before in "\\PC{0,8}", after in "[ !,;:?)]\\PC{0,8}") {
            let key = by("k");
            let text = format!("{before} @ann_the_third{after}");
            let hidden = key.text(&text);
            proptest::prop_assert!(!hidden.contains("ann_the_third"), "{}", hidden);
            proptest::prop_assert_eq!(key.text(&hidden).into_owned(), hidden.clone().into_owned());
        }
    }
}
