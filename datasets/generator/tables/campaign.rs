//! One campaign: twenty creators send visitors to Lumora's shop, and some of them buy.

use super::creators::Creator;
use super::dice::Dice;
use super::posts::{CAMPAIGN_DAYS, DAY, START};
use super::rows::{Order, Post, Spend, Visit, time};

const VISITS: usize = 6_000;
const ORDERS: usize = 500;
const NAME: &str = "lumora-spring-glow";
const CURRENCY: &str = "EUR";
const PAGES: [&str; 5] = ["/", "/serum", "/spf-50", "/night-cream", "/sets/spring"];

/// The campaign's three tables.
pub(crate) struct Campaign {
    pub(crate) visits: Vec<Visit>,
    pub(crate) orders: Vec<Order>,
    pub(crate) spend: Vec<Spend>,
}

/// A creator's part in it.
struct Part<'a> {
    creator: &'a Creator,
    posts: Vec<&'a Post>,
    code: String,
    /// How readily those who come will buy.
    persuasion: f64,
}

/// Somebody's visit, before it has a row.
struct Step {
    second: i64,
    visitor: usize,
    part: Option<usize>,
    post: usize,
    source: usize,
}

/// Where visitors come from who follow nobody: source, medium, weight.
const ELSEWHERE: [(Option<&str>, Option<&str>, f64); 5] = [
    (Some("google"), Some("organic"), 0.3),
    (Some("google"), Some("cpc"), 0.2),
    (Some("newsletter"), Some("email"), 0.2),
    (Some("affiliate"), Some("referral"), 0.05),
    (None, None, 0.25),
];

/// Makes the campaign of the creators who were chosen for it.
pub(crate) fn make(seed: u64, creators: &[Creator], posts: &[Post]) -> Campaign {
    let mut dice = Dice::new(seed, "campaign");
    let parts = parts(&mut dice, creators, posts);
    let steps = steps(&mut dice, &parts);
    let orders = orders(&mut dice, &parts, &steps);
    let visits = steps
        .iter()
        .enumerate()
        .map(|(number, step)| visit(&mut dice, number, step, &parts))
        .collect();
    let spend = spend(&mut dice, &parts);
    Campaign {
        visits,
        orders,
        spend,
    }
}

fn parts<'a>(dice: &mut Dice, creators: &'a [Creator], posts: &'a [Post]) -> Vec<Part<'a>> {
    let window = START + CAMPAIGN_DAYS.0 * DAY..START + CAMPAIGN_DAYS.1 * DAY;
    let mut parts: Vec<Part> = Vec::new();
    for (index, creator) in creators
        .iter()
        .enumerate()
        .filter(|(_, creator)| creator.campaign)
    {
        let mut code = format!("{}15", creator.first_name.to_uppercase());
        if parts.iter().any(|part| part.code == code) {
            code = format!("{}20", creator.first_name.to_uppercase());
        }
        let own = posts.iter().filter(|post| {
            post.creator == index
                && post.sponsored
                && post.brand == Some("Lumora")
                && window.contains(&post.second)
        });
        parts.push(Part {
            creator,
            posts: own.collect(),
            code,
            persuasion: dice.log_normal(1.0, 0.5),
        });
    }
    parts
}

/// Visits in the order of time; somebody who was there before may come again by another way.
fn steps(dice: &mut Dice, parts: &[Part]) -> Vec<Step> {
    let weights: Vec<f64> = parts
        .iter()
        .map(|part| {
            part.creator.level * part.creator.row.followers as f64 * part.posts.len() as f64 + 40.0
        })
        .collect();
    let mut steps: Vec<Step> = Vec::with_capacity(VISITS);
    let mut visitors = 0;
    for _ in 0..VISITS {
        let part = dice.chance(0.7).then(|| dice.weighted(&weights));
        let post = part.map_or(0, |part| dice.below(parts[part].posts.len()));
        let second = match part {
            Some(part) => {
                parts[part].posts[post].second
                    + dice.log_normal(30_000.0, 1.3).min(10.0 * DAY as f64) as i64
            }
            None => {
                START
                    + (dice.between(CAMPAIGN_DAYS.0 as f64, CAMPAIGN_DAYS.1 as f64 + 7.0)
                        * DAY as f64) as i64
            }
        };
        let visitor = if visitors > 50 && dice.chance(0.27) {
            dice.below(visitors)
        } else {
            visitors
        };
        visitors = visitors.max(visitor + 1);
        let source = dice.weighted(&ELSEWHERE.map(|(_, _, weight)| weight));
        steps.push(Step {
            second,
            visitor,
            part,
            post,
            source,
        });
    }
    steps.sort_by_key(|step| step.second);
    steps
}

fn visitor_id(visitor: usize) -> String {
    format!("v{:04}", visitor + 1)
}

fn visit(dice: &mut Dice, number: usize, step: &Step, parts: &[Part]) -> Visit {
    let mut row = Visit {
        visit_id: format!("s{:04}", number + 1),
        at: time(step.second),
        visitor_id: visitor_id(step.visitor),
        creator_id: None,
        utm_source: None,
        utm_medium: None,
        utm_campaign: None,
        utm_content: None,
        landing_page: PAGES[dice.weighted(&[0.25, 0.35, 0.15, 0.1, 0.15])],
    };
    if let Some(part) = step.part {
        let part = &parts[part];
        row.utm_source = Some(part.creator.row.platform);
        row.utm_medium = Some("influencer");
        row.utm_campaign = Some(NAME);
        // Some links carry the post, some the account, and the shop knows the creator of most.
        row.utm_content = Some(if dice.chance(0.6) {
            part.posts[step.post].post_id.clone()
        } else {
            part.creator.row.handle.clone()
        });
        row.creator_id = dice
            .chance(0.75)
            .then(|| part.creator.row.creator_id.clone());
    } else {
        let (source, medium, _) = ELSEWHERE[step.source];
        (row.utm_source, row.utm_medium) = (source, medium);
        row.utm_campaign = (medium == Some("email")).then_some("april-letter");
    }
    row
}

fn orders(dice: &mut Dice, parts: &[Part], steps: &[Step]) -> Vec<Order> {
    let weights: Vec<f64> = steps
        .iter()
        .map(|step| step.part.map_or(0.7, |part| parts[part].persuasion))
        .collect();
    let mut made: Vec<(i64, Order)> = Vec::with_capacity(ORDERS);
    let mut again: Vec<usize> = Vec::new();
    while made.len() < ORDERS {
        let repeat = !again.is_empty() && dice.chance(0.07);
        let step = &steps[if repeat {
            *dice.pick(&again)
        } else {
            dice.weighted(&weights)
        }];
        let after = if repeat {
            dice.between(3.0, 16.0) * DAY as f64
        } else {
            dice.log_normal(1_500.0, 1.3).min(3.0 * DAY as f64)
        };
        let second = step.second + after as i64;
        let kind = dice.weighted(&[0.86, 0.09, 0.05]);
        let coded = step
            .part
            .filter(|_| dice.chance(if kind == 1 { 1.0 } else { 0.5 }));
        let promo_code = match coded {
            Some(part) if kind < 2 => Some(parts[part].code.clone()),
            _ => dice.chance(0.05).then(|| "WELCOME10".to_owned()),
        };
        let quantity = 1 + dice.weighted(&[0.62, 0.24, 0.1, 0.04]) as u64;
        let cents = (quantity as f64 * dice.log_normal(31.0, 0.3) * 100.0).round() as u64;
        if kind == 0 && !repeat {
            again.extend(steps.iter().position(|other| std::ptr::eq(other, step)));
        }
        made.push((
            second,
            Order {
                order_id: String::new(),
                at: time(second),
                value: format!("{}.{:02}", cents / 100, cents % 100),
                visitor_id: (kind == 0).then(|| visitor_id(step.visitor)),
                promo_code,
                refunded: dice.chance(0.05),
                currency: CURRENCY,
                quantity,
            },
        ));
    }
    made.sort_by_key(|(second, _)| *second);
    made.into_iter()
        .enumerate()
        .map(|(number, (_, order))| Order {
            order_id: format!("o{:03}", number + 1),
            ..order
        })
        .collect()
}

/// A row per post: the asked price where there is one, for a second post four fifths of it.
fn spend(dice: &mut Dice, parts: &[Part]) -> Vec<Spend> {
    let mut rows = Vec::new();
    for part in parts {
        let usual = part.creator.row.followers as f64 * dice.between(0.011, 0.017) + 30.0;
        let fee = part.creator.row.price.map_or(usual, |price| price as f64);
        for (number, post) in part.posts.iter().enumerate() {
            let amount = if number == 0 { fee } else { fee * 0.8 };
            rows.push(Spend {
                creator_id: part.creator.row.creator_id.clone(),
                amount: (amount / 5.0).round() as u64 * 5,
                currency: CURRENCY,
                post_id: post.post_id.clone(),
                promo_code: part.code.clone(),
                campaign: NAME,
            });
        }
    }
    rows
}
