//! What is said of brands.

use super::brands::{BRANDS, Brand};
use super::creators::Creator;
use super::dice::{Dice, exp};
use super::grammar::Grammar;
use super::niches::NICHES;
use super::noise::typed;
use super::rows::Post;
use super::speech::{Said, ended, label, language};

/// A comment on the brand of the post, or on one that sponsors the niche.
pub(crate) fn about_brand(
    dice: &mut Dice,
    words: &Grammar,
    creator: &Creator,
    post: &Post,
) -> Said {
    let of_post = post
        .brand
        .and_then(|name| BRANDS.iter().find(|brand| brand.name == name));
    let brand = match of_post {
        Some(brand) if dice.chance(0.9) => brand,
        _ => &BRANDS[*dice.pick(NICHES[creator.niche].brands)],
    };
    if dice.chance(0.16) {
        return about_two(dice, words, creator, brand);
    }
    // An audience that likes the creator is kinder to what the creator shows.
    let level = brand.esteem + 0.35 * (creator.sentiment - 0.36);
    let meant = label(dice, level.clamp(-0.68, 0.68), 0.32);
    let language = match language(dice, creator) {
        language @ ("en" | "es" | "pt" | "de" | "fr") => language,
        _ => "en",
    };
    let list = if language == "en" {
        format!("brand_{meant}")
    } else {
        format!("{language}_brand_{meant}")
    };
    let template = words.list(&list);
    let template = dice.pick(template).clone();
    let written = brand.written(dice);
    let template = brand
        .slots(dice, words, &template, "")
        .replace("{brand}", written);
    let text = words.fill(dice, &template);
    let text = if language == "en" {
        typed(dice, &text, &parts(written))
    } else {
        text
    };
    Said {
        text: ended(dice, words, text, meant),
        language,
        about: vec![(Some(brand.name), meant)],
    }
}

/// Two brands in one comment, the first spoken of better than the second.
fn about_two(dice: &mut Dice, words: &Grammar, creator: &Creator, brand: &'static Brand) -> Said {
    let rivals: Vec<&'static Brand> = NICHES[creator.niche]
        .brands
        .iter()
        .map(|&i| &BRANDS[i])
        .filter(|other| other.key != brand.key)
        .collect();
    let other = if rivals.is_empty() || dice.chance(0.15) {
        BRANDS
            .iter()
            .find(|other| other.key != brand.key)
            .unwrap_or(brand)
    } else {
        dice.pick(&rivals)
    };
    let even = dice.chance(0.25);
    let ahead = dice.chance(1.0 / (1.0 + exp(-2.5 * (brand.esteem - other.esteem))));
    let (first, second) = if even || ahead {
        (brand, other)
    } else {
        (other, brand)
    };
    let list = if even { "two_even" } else { "two" };
    let template = dice.pick(words.list(list)).clone();
    let (one, two) = (first.written(dice), second.written(dice));
    let text = second.slots(dice, words, &template, "2");
    let text = first.slots(dice, words, &text, "");
    let text = text.replace("{brand}", one).replace("{brand2}", two);
    let text = words.fill(dice, &text);
    let keep: Vec<&str> = parts(one).into_iter().chain(parts(two)).collect();
    let labels = if even { ("neu", "neu") } else { ("pos", "neg") };
    let mut about = vec![(Some(first.name), labels.0), (Some(second.name), labels.1)];
    // The brand of the post comes first: it is the one that the comment's row names.
    if first.key != brand.key {
        about.swap(0, 1);
    }
    Said {
        text: typed(dice, &text, &keep),
        language: "en",
        about,
    }
}

/// The words of a brand's name, which slips of the finger spare.
fn parts(name: &'static str) -> Vec<&'static str> {
    name.split(' ')
        .filter(|part| part.len() > 1 && *part != "and")
        .collect()
}
