//! Advertising: for whom, and whether it says so.

use super::words::{AdvertisingWords, quotation};
use crate::schema::Post;
use crate::text::Brand;

/// Chance that a post which reads like an advertisement is one, without and with a brand that it names. A choice.
const READS_LIKE_ONE: f64 = 0.5;
const NAMES_A_BRAND: f64 = 0.8;
/// Chance that a post which the export puts under a brand, but nothing marks as paid for, was paid for. A choice.
const UNDER_A_BRAND: f64 = 0.5;

/// A post's advertising: what was seen, and how sure it is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Seen {
    pub(super) probability: f64,
    pub(super) term: String,
    pub(super) quotation: String,
}

/// Advertising that does not say so: the words or the export tell it, and neither the export nor the text discloses it.
pub(super) fn undisclosed(post: &Post, words: &AdvertisingWords) -> Option<Seen> {
    if post.sponsored == Some(true) || words.discloses {
        return None;
    }
    let caption = post.caption.as_deref().unwrap_or_default();
    let brand = post.brand.as_deref().filter(|b| !b.trim().is_empty());
    match (&words.advertises, brand) {
        (Some((term, quoted)), brand) => Some(Seen {
            probability: if brand.is_some() || caption.contains('@') {
                NAMES_A_BRAND
            } else {
                READS_LIKE_ONE
            },
            term: term.clone(),
            quotation: quoted.clone(),
        }),
        (None, Some(brand)) if post.sponsored.is_none() => Some(Seen {
            probability: UNDER_A_BRAND,
            term: brand.to_owned(),
            quotation: quotation(caption),
        }),
        _ => None,
    }
}

/// Advertising for one of `competitors`: the post is marked, or reads, as an advertisement and names them.
pub(super) fn for_competitor(
    post: &Post,
    words: &AdvertisingWords,
    competitors: &[Brand],
) -> Option<Seen> {
    let marked = post.sponsored == Some(true) || words.discloses;
    let caption = post.caption.as_deref().unwrap_or_default();
    let tags = post.hashtags.join(" #");
    let own = post.brand.as_deref().unwrap_or_default();
    let named = competitors.iter().find(|competitor| {
        competitor.is_in(own) || competitor.is_in(caption) || competitor.is_in(&format!("#{tags}"))
    })?;
    // A brand in the export's own column says that the post was for it.
    let probability = match (marked, named.is_in(own), &words.advertises) {
        (true, ..) => 1.0,
        (false, true, _) | (false, false, Some(_)) => NAMES_A_BRAND,
        (false, false, None) => return None,
    };
    Some(Seen {
        probability,
        term: named.name().to_owned(),
        quotation: quotation(caption),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::safety::SafetyLists;

    fn seen(
        caption: &str,
        sponsored: Option<bool>,
        brand: Option<&str>,
    ) -> (Option<Seen>, Option<Seen>) {
        let mut post = Post::new("p".into(), "c".into(), jiff::Timestamp::UNIX_EPOCH);
        post.caption = Some(caption.to_owned());
        post.sponsored = sponsored;
        post.brand = brand.map(str::to_owned);
        let (_, words) = SafetyLists::built_in().unwrap().finder.look(caption);
        let competitors = [Brand::new("Velvetine", &[])];
        (
            undisclosed(&post, &words),
            for_competitor(&post, &words, &competitors),
        )
    }

    #[test]
    fn who_says_so_is_not_flagged() {
        let text = "My routine with @velvetine, use my code ANA10";
        assert!(seen(text, None, None).0.unwrap().probability > 0.7);
        assert!(seen(&format!("{text} #ad"), None, None).0.is_none());
        assert!(seen(text, Some(true), None).0.is_none());
        assert!(seen("My routine", None, None).0.is_none());
        assert!(seen("My routine", None, Some("Velvetine")).0.is_some());
        assert!(
            seen("My routine", Some(false), Some("Velvetine"))
                .0
                .is_none(),
            "the export says that it was not"
        );
    }

    #[test]
    fn competitors_are_told_by_advertising_alone() {
        assert!(seen("I like Velvetine", None, None).1.is_none());
        let paid = seen("Glow with Velvetine #sponsored", None, None)
            .1
            .unwrap();
        assert_eq!((paid.probability, paid.term.as_str()), (1.0, "Velvetine"));
        assert!(seen("Glow", Some(true), Some("velvetine")).1.is_some());
        assert!(seen("Glow with Lumora #ad", None, None).1.is_none());
    }
}
