//! Whether a creator is what narrows a search: not food but street food.

use super::query::{Modifier, Query, stem};
use super::{Affinity, Search, cosine};
use crate::embedding::{Profile, tokens};

/// One text of a creator.
#[derive(Debug, Clone, Copy)]
pub struct Text<'t> {
    /// As written.
    pub text: &'t str,
    /// Tags that do not stand in it, without `#`.
    pub tags: &'t [String],
    /// Where it stands.
    pub source: Source,
}

/// Where a text of a creator stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// What creators say of themselves.
    Bio,
    /// The account's name.
    Handle,
    /// A caption.
    Post,
}

/// Share of the posts that say a modifier from which they say it in full.
const FULL_SHARE: f64 = 0.15;
/// A bio that says it.
const IN_BIO: f64 = 0.92;
/// A modifier beside words of the niche, but not next to the word it narrows; and one with nothing of the niche around
/// it.
const SAME_TEXT: f64 = 0.7;
const ELSEWHERE: f64 = 0.25;
/// What is left of a creator's relevance where nothing of a modifier is seen.
const UNSEEN: f64 = 0.05;
/// Differences of cosines from which the meaning says a little, and in full.
const MEANING_FROM: f64 = 0.05;
const MEANING_FULL: f64 = 0.2;
/// The most that the meaning alone says.
const MEANING_MOST: f64 = 0.7;

/// How far a creator is what narrows the query, `UNSEEN`..=1: the product over its modifiers of 0.05 + 0.95 m with
///
/// ```text
/// m = 1 - (1 - said) (1 - w x words of its niches) (1 - meant)
/// ```
///
/// `said` is 0.92 for a bio, and for posts (share of those that say it / 0.15, at most 1) x n / (n + 1) with n of them;
/// a phrase counts in full as such or as one tag, a word that the taxonomy does not list 0.7 in a text of the niche and
/// 0.25 elsewhere. `w` is the modifier's weight, and for one of another broad niche the share of that niche stands in.
/// `meant` is how much nearer the profile is to the query than to the query without its modifiers, 0 to 0.7 for cosines
/// 0.05 to 0.2 apart.
#[must_use]
pub fn narrowing<'t>(
    query: &Query,
    profile: &Profile,
    affinity: &Affinity,
    search: &Search<'_>,
    texts: impl Iterator<Item = Text<'t>>,
) -> f64 {
    if query.modifiers.is_empty() {
        return 1.0;
    }
    let heads = query.named();
    let mut seen = vec![Seen::default(); query.modifiers.len()];
    let mut posts = 0_u32;
    for text in texts {
        posts += u32::from(text.source == Source::Post);
        let words = Words::of(text, query, &heads, search);
        for (modifier, seen) in query.modifiers.iter().zip(&mut seen) {
            let said = words.say(modifier, query);
            match text.source {
                Source::Bio => seen.bio = seen.bio.max(said),
                Source::Handle => seen.bio = seen.bio.max(SAME_TEXT * said),
                Source::Post if said > 0.0 => {
                    seen.sum += said;
                    seen.posts += 1.0;
                }
                Source::Post => {}
            }
        }
    }
    let meant = meaning(query, profile);
    let of = |(modifier, seen): (&Modifier, &Seen)| {
        let bio = IN_BIO * seen.bio;
        let share = (seen.sum / f64::from(posts.max(1)) / FULL_SHARE).min(1.0);
        let said = 1.0 - (1.0 - bio) * (1.0 - share * seen.posts / (seen.posts + 1.0));
        let niche = modifier.niches.iter().map(|&niche| {
            let own = search.taxonomy.broad(niche);
            if heads.iter().any(|&head| search.taxonomy.broad(head) == own) {
                modifier.weight * affinity.words_of(niche).min(1.0)
            } else {
                share_of(own, affinity, search)
            }
        });
        let niche = niche.fold(0.0, f64::max);
        let m = 1.0 - (1.0 - said) * (1.0 - niche) * (1.0 - meant);
        UNSEEN + (1.0 - UNSEEN) * m
    };
    query.modifiers.iter().zip(&seen).map(of).product()
}

#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    bio: f64,
    sum: f64,
    posts: f64,
}

/// A text's words, and whether the niche is among them.
struct Words {
    plain: Vec<String>,
    tags: Vec<String>,
    niche: bool,
}

impl Words {
    fn of(text: Text<'_>, query: &Query, heads: &[usize], search: &Search<'_>) -> Self {
        let words = tokens(text.text);
        let handle = (text.source == Source::Handle).then(|| words.concat());
        let mut tags: Vec<String> = text.tags.iter().map(|tag| tokens(tag).concat()).collect();
        tags.extend(handle);
        // A tag in the text is one token; words joined by others' hands are longer than most.
        tags.extend(words.iter().filter(|w| w.chars().count() >= 8).cloned());
        let all: Vec<String> = words.iter().chain(&tags).cloned().collect();
        let found = search.phrases.find(&all);
        let plain = query.plain_words();
        let niche = found
            .iter()
            .any(|(label, _)| heads.contains(&(*label as usize)))
            || (heads.is_empty() && all.iter().any(|w| plain.iter().any(|p| same(p, w))));
        Self {
            plain: words,
            tags,
            niche,
        }
    }

    /// 0..=1: how clearly the text says it.
    fn say(&self, modifier: &Modifier, query: &Query) -> f64 {
        let phrase = joined(&modifier.words);
        let wanted = &modifier.words;
        let as_phrase = self
            .plain
            .windows(wanted.len())
            .any(|own| own.iter().zip(wanted).all(|(a, b)| same(a, b)));
        let as_tag = |phrase: &str| self.tags.iter().any(|tag| tag.contains(phrase));
        if wanted.len() > 1 {
            return f64::from(u8::from(as_phrase || as_tag(&phrase)));
        }
        let beside: Vec<(String, String)> = neighbours(&query.words, &wanted[0]);
        let next_to = |(a, b): &(String, String)| {
            self.plain
                .windows(2)
                .any(|own| same(&own[0], a) && same(&own[1], b))
                || as_tag(&(a.clone() + stem(b)))
        };
        if beside.iter().any(next_to) {
            return 1.0;
        }
        let alone = as_phrase || self.tags.iter().any(|tag| same(tag, &wanted[0]));
        match (alone, self.niche, modifier.listed) {
            (false, ..) => 0.0,
            (true, true, true) => 1.0,
            (true, true, false) | (true, false, true) => SAME_TEXT,
            (true, false, false) => ELSEWHERE,
        }
    }
}

/// The pairs of words that stand side by side in the query, with this word.
fn neighbours(words: &[String], word: &String) -> Vec<(String, String)> {
    let pairs = words.windows(2).filter(|pair| pair.contains(word));
    pairs
        .map(|pair| (pair[0].clone(), pair[1].clone()))
        .collect()
}

fn joined(words: &[String]) -> String {
    words.concat()
}

/// Whether two words are forms of one: a final s, or endings behind a common beginning of seven letters.
pub(super) fn same(a: &str, b: &str) -> bool {
    if stem(a) == stem(b) {
        return true;
    }
    let common = a.chars().zip(b.chars()).take_while(|(x, y)| x == y).count();
    let (a, b) = (a.chars().count(), b.chars().count());
    common >= 7 && a.max(b) <= common + 5
}

/// The share of a broad niche, against nothing and the others.
fn share_of(broad: usize, affinity: &Affinity, search: &Search<'_>) -> f64 {
    let odds = |niche: usize| (affinity.score(niche) - super::affinity::NOTHING).exp();
    odds(broad) / (1.0 + search.broad.iter().map(|&b| odds(b)).sum::<f64>())
}

/// What the profile's vector says of the modifiers.
fn meaning(query: &Query, profile: &Profile) -> f64 {
    let (Some(vector), false) = (&profile.vector, query.plain.1.is_empty()) else {
        return 0.0;
    };
    let nearer = cosine(vector, &query.vector) - cosine(vector, &query.plain.1);
    let meant = (nearer - MEANING_FROM) / (MEANING_FULL - MEANING_FROM);
    f64::from(profile.trust) * MEANING_MOST * meant.clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::same;

    #[test]
    fn forms_of_a_word() {
        assert!(same("recipe", "recipes") && same("sustainable", "sustainability"));
        assert!(!same("trail", "trailer") && !same("street", "streetwear"));
    }
}
