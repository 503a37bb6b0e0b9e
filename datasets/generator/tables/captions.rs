//! What stands under a post: the caption and its hashtags.

use super::brands::Brand;
use super::creators::Creator;
use super::dice::Dice;
use super::grammar::{Grammar, capital};

/// The caption of a post published in this month (1 to 12). `used` are the phrases of the
/// creator's earlier captions.
pub(crate) fn caption(
    dice: &mut Dice,
    words: &Grammar,
    creator: &Creator,
    month: i8,
    brand: Option<&Brand>,
    used: &mut Vec<String>,
) -> String {
    if brand.is_none() && dice.chance(0.015) {
        return String::new();
    }
    let foreign = creator.language != "en" && dice.chance(0.82);
    let language = if foreign { creator.language } else { "en" };
    let generic = brand.is_none() && dice.chance(0.09);
    let text = if let Some(brand) = brand {
        let ad = if foreign {
            format!("ad_{language}")
        } else {
            format!("{}_ad", brand.key)
        };
        let template = dice.pick(words.list(&ad)).replace("{brand}", brand.name);
        let template = brand.slots(dice, words, &template, "");
        let first = words.fill(dice, &template);
        if !foreign && dice.chance(0.35) {
            format!("{first} {}", words.say(dice, "ad_end"))
        } else {
            first
        }
    } else if generic {
        words.say(
            dice,
            if foreign {
                match language {
                    "es" => "generic_es",
                    "pt" => "generic_pt",
                    _ => "generic_de",
                }
            } else {
                "generic"
            },
        )
    } else if foreign {
        joined(
            dice,
            words,
            &format!("caption_{language}"),
            &format!("tail_{language}"),
            None,
            used,
        )
    } else {
        let season = dice.chance(0.12).then(|| season(month, creator));
        joined(dice, words, "caption", "tail", season, used)
    };
    let text = if creator.lower {
        text
    } else {
        sentences(&text)
    };
    if !generic && dice.chance(0.45) {
        format!("{text} {}", words.say(dice, "emoji"))
    } else {
        text
    }
}

fn joined(
    dice: &mut Dice,
    words: &Grammar,
    head: &str,
    tail: &str,
    season: Option<&str>,
    used: &mut Vec<String>,
) -> String {
    let mut text = words.say_anew(dice, head, used);
    if head == "caption" && dice.chance(0.5) {
        text = format!("{text} {}", words.say_anew(dice, "more", used));
    }
    if let Some(season) = season {
        text = format!("{text} {}", words.say(dice, season));
    } else if dice.chance(0.42) {
        text = format!("{text} {}", words.say(dice, tail));
    }
    text
}

fn season(month: i8, creator: &Creator) -> &'static str {
    let south = matches!(
        creator.row.country,
        Some("AU" | "NZ" | "ZA" | "AR" | "CL" | "BR")
    );
    match if south { (month + 5) % 12 + 1 } else { month } {
        3..=5 => "spring",
        6..=8 => "summer",
        9..=11 => "autumn",
        _ => "winter",
    }
}

/// Capital letters at the starts of sentences.
fn sentences(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for (index, sentence) in text.split_inclusive([' ']).enumerate() {
        let begins = index == 0
            || result.ends_with(". ")
            || result.ends_with("! ")
            || result.ends_with("? ");
        if begins {
            result.push_str(&capital(sentence));
        } else {
            result.push_str(sentence);
        }
    }
    result
}

/// None to seven tags, of the niche mostly; an advertisement says so more often than not.
pub(crate) fn hashtags(
    dice: &mut Dice,
    words: &Grammar,
    creator: &Creator,
    brand: Option<&Brand>,
    paid: bool,
) -> String {
    let mut tags: Vec<String> = Vec::new();
    let wanted = [0, 0, 2, 3, 3, 4, 5, 6, 7][dice.below(9)];
    for _ in 0..wanted {
        let list = if creator.language != "en" && dice.chance(0.35) {
            format!("tags_{}", creator.language)
        } else if dice.chance(0.8) {
            "tags".to_owned()
        } else {
            "tags_common".to_owned()
        };
        tags.push(words.say(dice, &list));
    }
    if let Some(brand) = brand
        && dice.chance(0.5)
    {
        tags.push(format!(
            "#{}",
            brand.name.replace(" & ", "and").to_lowercase()
        ));
    }
    if paid && dice.chance(0.7) {
        tags.push(words.say(dice, &format!("tags_ad_{}", creator.language)));
    }
    let mut seen = Vec::new();
    tags.retain(|tag| {
        !seen.contains(tag) && {
            seen.push(tag.clone());
            true
        }
    });
    tags.join(" ")
}
