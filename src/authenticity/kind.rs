//! Whether an account is a person's, a shop's or brand's, or a page of reposts, as far as its bio and category say.

use super::content::{Content, PostSigns, is_hub};
use crate::embedding::{Phrases, tokens};
use crate::schema::{Creator, CreatorKind};
use serde::Serialize;
use std::sync::LazyLock;

/// A kind that was inferred where the table names none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InferredKind {
    /// Person, group or brand; `None` for a page of reposts, which is none of them.
    pub kind: Option<CreatorKind>,
    /// What people call it: shop or brand, page of reposts, person, group.
    pub name: &'static str,
    /// What it was seen by.
    pub evidence: String,
}

/// Words of those who sell, and of firms.
const SHOP: &[&str] = &[
    "shop now",
    "online shop",
    "onlineshop",
    "our shop",
    "our store",
    "clothing store",
    "concept store",
    "e shop",
    "eshop",
    "boutique",
    "store opening",
    "free shipping",
    "worldwide shipping",
    "we ship",
    "shipping worldwide",
    "to order",
    "order now",
    "orders via",
    "place your order",
    "dm to order",
    "dm for orders",
    "whatsapp to order",
    "cash on delivery",
    "wholesale",
    "retail",
    "showroom",
    "flagship",
    "official account of",
    "official page of",
    "official tiktok account",
    "the official tiktok",
    "official tiktok",
    "account ufficiale",
    "compte officiel de",
    "cuenta oficial de",
    "offizieller account",
    "tienda online",
    "mi tienda",
    "nuestra tienda",
    "realiza tu compra",
    "compra aqui",
    "envios a",
    "hacemos envios",
    "al por mayor",
    "loja online",
    "loja de",
    "tienda de",
    "nossa loja",
    "frete gratis",
    "negozio",
    "spedizioni",
    "boutique en ligne",
    "livraison",
    "onlineshop fur",
    "versand",
    "jetzt bestellen",
    "est 19",
    "since 19",
    "founded in",
    "our team",
    "our products",
    "our clients",
    "our customers",
    "la marca",
    "a marca",
    "die marke",
    "nosotros somos",
    "opening hours",
    "mon sat",
    "mon fri",
    "book your table",
    "we are open",
    "franchise",
    "ltd",
    "gmbh",
    "s.a.",
    "inc",
    "salon",
    "barbershop",
    "restaurant in",
    "serving the best",
];
/// Categories of platforms that a person does not have.
const SHOP_CATEGORIES: &[&str] = &[
    "shopping/retail",
    "shopping & retail",
    "clothing & accessories",
    "brand",
    "product/service",
    "clothing (brand)",
    "electronics",
    "home, furniture & appliances",
    "clothing store",
    "restaurant",
    "public administration",
    "food & beverage company",
    "retail company",
    "e-commerce website",
];
/// Words of one person.
const PERSON: &[&str] = &[
    "mom of",
    "mum of",
    "mother of",
    "dad of",
    "father of",
    "wife",
    "husband",
    "mama of",
    "i am",
    "im",
    "my name is",
    "my life",
    "soy",
    "me llamo",
    "je suis",
    "ich bin",
    "sono",
    "eu sou",
    "years old",
    "yrs old",
    "anos",
    "she her",
    "he him",
    "they them",
    "personal trainer",
    "makeup artist",
    "actress",
    "actor",
    "singer",
    "student",
    "teacher",
    "model",
    "blogger",
    "vlogger",
    "fotografo",
    "fotografa",
];
/// Words of two and more.
const GROUP: &[&str] = &[
    "twins",
    "gemelas",
    "gemelos",
    "couple",
    "we are a family",
    "parents of",
    "genitori di",
    "the family",
    "sisters",
    "brothers",
    "family of",
    "familia de",
];

fn list(entries: &[&str]) -> Phrases {
    let mut phrases = Phrases::default();
    for entry in entries {
        phrases.add(entry, 0, 0);
    }
    phrases
}

static SHOPS: LazyLock<Phrases> = LazyLock::new(|| list(SHOP));
static PERSONS: LazyLock<Phrases> = LazyLock::new(|| list(PERSON));
static GROUPS: LazyLock<Phrases> = LazyLock::new(|| list(GROUP));

/// The kinds of accounts whose kind the table does not name, in the creators' order.
#[must_use]
pub fn infer_kinds(creators: &[Creator], signs: &PostSigns) -> Vec<Option<InferredKind>> {
    let all = creators.iter().zip(&signs.all);
    all.map(|(creator, content)| match creator.kind {
        Some(_) => None,
        None => infer_kind(creator, content),
    })
    .collect()
}

/// The kind of an account, where anything speaks for one: by its category, by the bio's words, or by crediting others
/// in half of its captions.
///
/// A word of selling beside one of a person ("founder, mom of two, shop now") is a person with a shop.
fn infer_kind(creator: &Creator, content: &Content) -> Option<InferredKind> {
    let bio = tokens(creator.bio.as_deref().unwrap_or_default());
    let seen = |phrases: &Phrases| phrases.terms(&bio).into_iter().next().map(|(term, _)| term);
    let found = |kind, name, evidence| {
        Some(InferredKind {
            kind,
            name,
            evidence,
        })
    };
    if let Some(evidence) = is_hub(content) {
        return found(None, "page of reposts", evidence);
    }
    let (shop, person) = (seen(&SHOPS), seen(&PERSONS));
    if let Some(category) = creator.category.as_deref()
        && SHOP_CATEGORIES.contains(&category.trim().to_lowercase().as_str())
        && person.is_none()
    {
        return found(
            Some(CreatorKind::Brand),
            "shop or brand",
            format!("its category is {category:?}"),
        );
    }
    if let Some(term) = seen(&GROUPS) {
        return found(
            Some(CreatorKind::Group),
            "group",
            format!("the bio says {term:?}"),
        );
    }
    match (shop, person) {
        (Some(term), None) => found(
            Some(CreatorKind::Brand),
            "shop or brand",
            format!("the bio says {term:?}"),
        ),
        (_, Some(term)) => found(
            Some(CreatorKind::Person),
            "person",
            format!("the bio says {term:?}"),
        ),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::content::post_signs;
    use super::*;
    use crate::schema::Followers;

    #[test]
    fn shops_persons_and_hubs() {
        let of = |bio: &str| {
            let mut creator = Creator::new("a".into(), Followers(9_000));
            creator.bio = Some(bio.to_owned());
            let signs = post_signs(std::slice::from_ref(&creator), &[], None);
            infer_kind(&creator, &signs.all[0]).map(|k| k.name)
        };
        assert_eq!(
            of("Sustainable clothing store, free shipping"),
            Some("shop or brand")
        );
        assert_eq!(of("Mom of two, shop now in my store"), Some("person"));
        assert_eq!(
            of("Fashion inspiration daily, DM to be featured"),
            Some("page of reposts")
        );
        assert_eq!(of("Just vibes"), None);
    }
}
