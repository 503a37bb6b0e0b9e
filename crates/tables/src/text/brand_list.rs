//! A list of brands as a TOML document.

use super::Brand;
use crate::error::{Error, Place, Result};
use serde::Deserialize;
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    brand: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    handles: Vec<String>,
    #[serde(default)]
    hashtags: Vec<String>,
    #[serde(default)]
    products: Vec<String>,
    #[serde(default)]
    misspellings: Vec<String>,
    #[serde(default)]
    competitors: Vec<String>,
}

/// Reads `[[brand]]` sections with `name` and, where wanted, lists of `aliases`, `handles`, `hashtags`, `products`,
/// `misspellings` and `competitors`. A competitor without a section of its own becomes a brand by its name alone, after
/// those listed.
///
/// # Errors
/// [`Error::Input`] at `path`, where the text comes from: no TOML, an unknown key, no brand, a brand without a
/// letter, or two of one name.
pub fn parse_brands(path: &Path, text: &str) -> Result<Vec<Brand>> {
    let wrong = |message: String| {
        Error::input(Place::file(path), message)
            .with_hint("see docs/sentiment.md for what the file may hold")
    };
    let document: Document = toml::from_str(text).map_err(|e| Error::toml(path, text, &e))?;
    let mut brands: Vec<Brand> = Vec::new();
    let mut others: Vec<String> = Vec::new();
    for entry in document.brand {
        let names = [entry.aliases, entry.hashtags, entry.misspellings].concat();
        brands.push(
            Brand::new(&entry.name, &names)
                .with_accounts(&entry.handles)
                .with_products(&entry.products)
                .with_competitors(&entry.competitors),
        );
        others.extend(entry.competitors);
    }
    if brands.is_empty() {
        return Err(wrong("holds no [[brand]] section".to_owned()));
    }
    let same = |a: &str, b: &str| a.trim().to_lowercase() == b.trim().to_lowercase();
    for other in others {
        if !brands.iter().any(|b| same(b.name(), &other)) {
            brands.push(Brand::new(&other, &[]));
        }
    }
    for (i, brand) in brands.iter().enumerate() {
        if !brand.name().chars().any(char::is_alphanumeric) {
            return Err(wrong(format!(
                "the brand {:?} has no letter in it",
                brand.name()
            )));
        }
        if brands[..i].iter().any(|b| same(b.name(), brand.name())) {
            return Err(wrong(format!("the brand {:?} stands twice", brand.name())));
        }
    }
    Ok(brands)
}

#[cfg(test)]
mod tests {
    use super::{Brand, Error, Path};

    fn parse_brands(text: &str) -> Result<Vec<Brand>, Error> {
        super::parse_brands(Path::new("b.toml"), text)
    }

    #[test]
    fn every_list_names_the_brand_and_competitors_are_brands() {
        let brands = parse_brands(
            "[[brand]]\nname = \"Lumora\"\nhashtags = [\"#lumoraglow\"]\nmisspellings = [\"lumorra\"]\n\
             products = [\"Glow Serum\"]\nhandles = [\"@lumora_uk\"]\ncompetitors = [\"Velvetine\"]\n",
        )
        .unwrap();
        let names: Vec<_> = brands.iter().map(super::Brand::name).collect();
        assert_eq!(names, ["Lumora", "Velvetine"]);
        for text in ["#LumoraGlow", "lumorra", "glow serum", "@lumora_uk"] {
            assert!(brands[0].is_in(text), "{text}");
        }
        assert_eq!(brands[0].competitors(), ["Velvetine"]);
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (document, part) in [
            ("", "no [[brand]]"),
            ("[[brand]]\nnam = \"x\"", "b.toml:2: unknown field `nam`"),
            ("[[brand]]\nname = \"--\"", "no letter"),
            ("[[brand]]\nname = \"a\"\n[[brand]]\nname = \"A\"", "twice"),
        ] {
            let error = parse_brands(document).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
