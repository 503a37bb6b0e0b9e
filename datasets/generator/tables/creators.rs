//! Creators: who they are, how large, and what is planted in them.

use super::dice::{Dice, exp};
use super::grammar::{Grammar, capital};
use super::niches::{NICHES, Words};
use super::rows::{self, time};

/// A creator with what no table shows.
pub(crate) struct Creator {
    pub(crate) row: rows::Creator,
    pub(crate) niche: usize,
    pub(crate) language: &'static str,
    /// Median of (likes + comments) / followers of an ordinary post.
    pub(crate) level: f64,
    /// Share of good less share of bad comments of the audience.
    pub(crate) sentiment: f64,
    /// False where followers were bought.
    pub(crate) authentic: bool,
    /// Whether captions begin with a small letter.
    pub(crate) lower: bool,
    /// Whether the creator works for the campaign.
    pub(crate) campaign: bool,
    pub(crate) first_name: String,
}

const BOUGHT: usize = 15;
const SOUR: usize = 8;
/// Bounds of the tiers as natural logarithms: 120, 1,000, 100,000, 1,000,000 and 6,000,000.
const LOG_TIERS: [f64; 5] = [4.7875, 6.9078, 11.5129, 13.8155, 15.6073];
/// Creators of each tier, before some of them buy followers.
const TIERS: [usize; 4] = [36, 216, 39, 9];
const PLATFORMS: [&str; 3] = ["instagram", "tiktok", "youtube"];
const LANGUAGES: [&str; 4] = ["en", "es", "pt", "de"];
/// Campaign creators wanted from each niche.
const CAMPAIGN: [(usize, usize); 4] = [(1, 11), (0, 4), (6, 3), (2, 2)];

/// All creators, in the order of their ids.
pub(crate) fn make(seed: u64, words: &Words) -> Vec<Creator> {
    let mut dice = Dice::new(seed, "creators");
    let mut niches: Vec<usize> = NICHES
        .iter()
        .enumerate()
        .flat_map(|(index, niche)| vec![index; niche.creators])
        .collect();
    dice.shuffle(&mut niches);
    let mut tiers: Vec<usize> = (0..TIERS.len())
        .flat_map(|tier| vec![tier; TIERS[tier]])
        .collect();
    dice.shuffle(&mut tiers);
    let mut creators: Vec<Creator> = niches
        .into_iter()
        .zip(tiers)
        .enumerate()
        .map(|(number, (niche, tier))| {
            one(&mut dice, number + 1, tier, niche, &words.niches[niche])
        })
        .collect();

    let mut order: Vec<usize> = (0..creators.len()).collect();
    dice.shuffle(&mut order);
    let mut fit = order
        .iter()
        .copied()
        .filter(|&i| (3_000..=60_000).contains(&creators[i].row.followers));
    let bought: Vec<usize> = fit.by_ref().take(BOUGHT).collect();
    let sour: Vec<usize> = fit.take(SOUR).collect();
    for index in bought {
        buy_followers(&mut dice, &mut creators[index]);
    }
    for index in sour {
        creators[index].sentiment = -0.35 + 0.07 * dice.normal().clamp(-2.5, 2.5);
    }
    for (niche, wanted) in CAMPAIGN {
        creators
            .iter_mut()
            .filter(|c| c.niche == niche && c.row.kind == "person")
            .filter(|c| (2_500..=100_000).contains(&c.row.followers))
            .take(wanted)
            .for_each(|creator| creator.campaign = true);
    }
    creators
}

fn one(dice: &mut Dice, number: usize, tier: usize, niche: usize, words: &Grammar) -> Creator {
    let log_followers = dice.between(LOG_TIERS[tier], LOG_TIERS[tier + 1]);
    let followers = exp(log_followers).floor() as u64;
    let platform = dice.weighted(&NICHES[niche].platforms);
    let language = LANGUAGES[dice.weighted(&[0.72, 0.11, 0.08, 0.09])];
    let country = country(dice, language);
    let kind = ["person", "group", "brand"][dice.weighted(&[0.88, 0.07, 0.05])];
    let first_name = dice.pick(words.list(&format!("first_{language}"))).clone();
    let name = match kind {
        "person" => format!(
            "{first_name} {}",
            words.say(dice, &format!("last_{language}"))
        ),
        "group" => words.say(dice, "group_name"),
        _ => words.say(dice, "shop_name"),
    };
    let level = level(dice, log_followers, platform);
    let price = dice.log_normal(25.0 * exp(0.75 * (log_followers - LOG_TIERS[1])), 0.35);
    let priced = dice.chance(0.6);
    let dollars = matches!(
        country,
        "US" | "CA" | "AU" | "NZ" | "IN" | "MX" | "AR" | "CO" | "CL" | "BR" | "ZA"
    );
    let age = dice.between(0.15, 1.0);
    Creator {
        niche,
        language,
        level,
        sentiment: (0.36 + 0.1 * dice.normal()).clamp(0.05, 0.58),
        authentic: true,
        lower: dice.chance(0.3),
        campaign: false,
        row: rows::Creator {
            creator_id: format!("cr{number:03}"),
            followers,
            platform: PLATFORMS[platform],
            handle: handle(
                dice,
                words,
                if kind == "person" { &first_name } else { &name },
                number,
            ),
            name,
            kind,
            bio: bio(dice, words, language, kind),
            following: dice.log_normal(420.0, 0.8) as u64,
            posts_count: 0,
            verified: dice.chance(match tier {
                0 => 0.0,
                1 => 0.04,
                2 => 0.3,
                _ => 0.8,
            }),
            created_at: time(1_767_000_000 - (age * 378_000_000.0) as i64),
            country: dice.chance(0.88).then_some(country),
            language: dice.chance(0.9).then_some(language),
            category: dice.chance(0.7).then(|| words.say(dice, "category")),
            price: priced.then(|| ((price / 5.0).round() as u64 * 5).max(10)),
            currency: priced.then_some(if dollars { "USD" } else { "EUR" }),
        },
        first_name,
    }
}

/// Declines with the audience: about 7 % at a thousand followers, 2.5 % at a hundred thousand.
fn level(dice: &mut Dice, log_followers: f64, platform: usize) -> f64 {
    let median = 0.07 * exp(-0.22 * (log_followers - LOG_TIERS[1])) * [1.0, 1.35, 0.7][platform];
    dice.log_normal(median, 0.45).min(0.35)
}

/// Four fifths to nine tenths of the audience were never there.
fn buy_followers(dice: &mut Dice, creator: &mut Creator) {
    let times = dice.between(5.0, 10.0);
    creator.row.followers = (creator.row.followers as f64 * times) as u64;
    creator.row.price = creator
        .row
        .price
        .map(|price| (price as f64 * times / 10.0) as u64 * 5);
    creator.row.following = dice.between(4_200.0, 7_500.0) as u64;
    creator.level /= times;
    creator.authentic = false;
}

fn country(dice: &mut Dice, language: &str) -> &'static str {
    let all: &[&'static str] = match language {
        "es" => &["ES", "ES", "ES", "MX", "AR", "CO", "CL"],
        "pt" => &["BR", "BR", "PT"],
        "de" => &["DE", "DE", "DE", "AT", "CH"],
        _ => &[
            "US", "US", "US", "GB", "GB", "IE", "CA", "AU", "NZ", "IN", "ZA", "NL", "SE",
        ],
    };
    all[dice.below(all.len())]
}

/// Ends in the creator's number, so that none is given twice and none looks like a known one.
fn handle(dice: &mut Dice, words: &Grammar, first_name: &str, number: usize) -> String {
    let word = words.say(dice, "handle");
    let name: String = first_name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_lowercase();
    let stem = match dice.below(4) {
        0 => format!("{name}.{word}"),
        1 => format!("{word}.with.{name}"),
        2 => format!("{word}by{name}"),
        _ => format!("{name}_{word}"),
    };
    format!("{stem}_{number:04}")
}

fn bio(dice: &mut Dice, words: &Grammar, language: &str, kind: &str) -> String {
    if dice.chance(0.05) {
        return String::new();
    }
    let mut parts = Vec::new();
    // Some who post in another language keep an English bio.
    if language != "en" && dice.chance(0.8) {
        parts.push(words.say(dice, &format!("bio_{language}")));
        if dice.chance(0.5) {
            parts.push(words.say(dice, &format!("boiler_{language}")));
        }
    } else if kind == "brand" {
        parts.push(words.say(dice, "shop_bio"));
        parts.push(words.say(dice, "shop_boiler"));
    } else {
        parts.push(words.say(dice, "who"));
        if dice.chance(0.75) {
            parts.push(words.say(dice, "what"));
        }
        if dice.chance(0.4) {
            parts.push(words.say(dice, "self"));
        }
        if dice.chance(0.6) {
            parts.push(words.say(dice, "boiler"));
        }
    }
    let gap = *dice.pick(&[" | ", " · ", ". ", " ✨ ", " • ", "\n"]);
    let parts: Vec<String> = parts.iter().map(|part| capital(part)).collect();
    parts.join(gap)
}
