//! Comments under the posts, with what was meant by each.

use super::brands::{BRANDS, Brand};
use super::creators::Creator;
use super::dice::{Dice, exp};
use super::grammar::Grammar;
use super::niches::{NICHES, Words};
use super::noise::typed;
use super::posts::DAY;
use super::rows::{Comment, CommentTruth, Post, time};

const COUNT: usize = 8_000;
const ABOUT_BRANDS: usize = 2_000;
const SPAM: usize = 300;
const BOTS: usize = 380;
/// Share of neutral comments among an audience's own.
const NEUTRAL: f64 = 0.38;
const LABELS: [&str; 3] = ["neg", "neu", "pos"];
/// Languages of comments, with how often a stranger to the creator's language uses each.
const STRANGERS: [(&str, f64); 8] = [
    ("es", 3.0),
    ("pt", 2.5),
    ("de", 2.0),
    ("fr", 2.5),
    ("it", 2.0),
    ("ar", 0.6),
    ("hi", 0.6),
    ("el", 0.6),
];
/// Authors of a niche; those of the next niche read it too.
const AUTHORS_PER_NICHE: usize = 320;

#[derive(Clone, Copy, PartialEq)]
enum Sort {
    Brand,
    Spam,
    Bot,
    Audience,
}

/// What a comment says: its text, its language, and the brands with how they are spoken of
/// (or no brand, with how the whole is meant).
struct Said {
    text: String,
    language: &'static str,
    about: Vec<(Option<&'static str>, &'static str)>,
}

/// All comments in the order of time, and the truth about them.
pub(crate) fn make(
    seed: u64,
    words: &Words,
    creators: &[Creator],
    posts: &[Post],
) -> (Vec<Comment>, Vec<CommentTruth>) {
    let mut dice = Dice::new(seed, "comments");
    let places = Places::new(&mut dice, creators, posts);
    let mut left: Vec<u64> = posts.iter().map(|post| post.comments).collect();
    let mut sorts = vec![Sort::Audience; COUNT];
    sorts[..ABOUT_BRANDS].fill(Sort::Brand);
    sorts[ABOUT_BRANDS..ABOUT_BRANDS + SPAM].fill(Sort::Spam);
    sorts[ABOUT_BRANDS + SPAM..ABOUT_BRANDS + SPAM + BOTS].fill(Sort::Bot);
    let mut made = Vec::with_capacity(COUNT);
    for sort in sorts {
        let place = places.draw(&mut dice, sort, &mut left);
        let post = &posts[place];
        let creator = &creators[post.creator];
        let grammar = &words.niches[creator.niche];
        let said = match sort {
            Sort::Brand => about_brand(&mut dice, grammar, creator, post),
            Sort::Spam => canned(&mut dice, grammar, "spam"),
            Sort::Bot => canned(&mut dice, grammar, "bot"),
            Sort::Audience => from_audience(&mut dice, grammar, creator),
        };
        let second = post.second + 40 + dice.log_normal(9_000.0, 1.6).min(20.0 * DAY as f64) as i64;
        let comment = Comment {
            comment_id: String::new(),
            post_id: post.post_id.clone(),
            creator_id: creator.row.creator_id.clone(),
            author_id: author(&mut dice, sort, post.creator, creator.niche),
            created_at: time(second),
            likes: dice
                .log_normal(0.5, 1.3)
                .min(post.likes.unwrap_or(50) as f64 * 0.1) as u64,
            brand: said.about[0].0.filter(|_| dice.chance(0.5)),
            text: said.text.clone(),
        };
        made.push((second, sort, comment, said));
    }
    made.sort_by_key(|(second, ..)| *second);
    let (mut comments, mut truth) = (Vec::with_capacity(COUNT), Vec::with_capacity(COUNT));
    for (number, (_, sort, mut comment, said)) in made.into_iter().enumerate() {
        comment.comment_id = format!("c{:05}", number + 1);
        truth.extend(said.about.iter().map(|(brand, label)| CommentTruth {
            comment_id: comment.comment_id.clone(),
            brand: *brand,
            label: match *label {
                "neg" => "negative",
                "pos" => "positive",
                _ => "neutral",
            },
            language: said.language,
            spam: matches!(sort, Sort::Spam | Sort::Bot),
        }));
        comments.push(comment);
    }
    (comments, truth)
}

/// Running sums of weights over the posts, per sort of comment.
struct Places {
    audience: Vec<f64>,
    brands: Vec<f64>,
    bots: Vec<f64>,
}

impl Places {
    fn new(dice: &mut Dice, creators: &[Creator], posts: &[Post]) -> Self {
        let pull: Vec<f64> = creators.iter().map(|_| dice.log_normal(1.0, 0.5)).collect();
        let sums = |weight: &dyn Fn(&Post) -> f64| {
            let mut sum = 0.0;
            posts
                .iter()
                .map(|post| {
                    sum += weight(post);
                    sum
                })
                .collect()
        };
        let size = |post: &Post| post.comments.min(40) as f64 + 1.0;
        Self {
            audience: sums(&|post| pull[post.creator] * size(post)),
            brands: sums(&|post| size(post) * if post.brand.is_some() { 10.0 } else { 0.6 }),
            bots: sums(&|post| {
                if creators[post.creator].authentic {
                    0.0
                } else {
                    size(post)
                }
            }),
        }
    }

    /// A post that does not yet have all the comments it counts. Bots may outnumber the count
    /// nowhere either: after many tries any post with room will do.
    fn draw(&self, dice: &mut Dice, sort: Sort, left: &mut [u64]) -> usize {
        let sums = match sort {
            Sort::Brand => &self.brands,
            Sort::Bot => &self.bots,
            Sort::Spam | Sort::Audience => &self.audience,
        };
        let last = sums[sums.len() - 1];
        for _ in 0..10_000 {
            let aim = dice.between(0.0, last);
            let place = sums.partition_point(|sum| *sum <= aim);
            if left[place] > 0 {
                left[place] -= 1;
                return place;
            }
        }
        panic!("no post has room for another comment");
    }
}

/// Spam is written by a few; the audience by the regulars of a niche, more by some than others.
fn author(dice: &mut Dice, sort: Sort, creator: usize, niche: usize) -> String {
    let number = match sort {
        Sort::Spam => 9_000 + dice.below(24),
        Sort::Bot => 9_100 + dice.below(60),
        _ => {
            let niche = if dice.chance(0.12) {
                (niche + 1) % NICHES.len()
            } else {
                niche
            };
            let share = dice.unit() * dice.unit();
            // Each creator has the regulars from somewhere in the niche's pool onwards.
            let from = if dice.chance(0.75) { creator * 37 } else { 0 };
            niche * AUTHORS_PER_NICHE
                + (from + (share * AUTHORS_PER_NICHE as f64) as usize) % AUTHORS_PER_NICHE
        }
    };
    format!("u{:04}", number + 1)
}

fn canned(dice: &mut Dice, words: &Grammar, list: &str) -> Said {
    let text = words.say(dice, list);
    let praise = list == "bot" && text.chars().any(|letter| letter.is_ascii_alphabetic());
    let language = if text.chars().any(char::is_alphabetic) {
        "en"
    } else {
        ""
    };
    Said {
        text,
        language,
        about: vec![(
            None,
            if praise || language.is_empty() {
                "pos"
            } else {
                "neu"
            },
        )],
    }
}

fn label(dice: &mut Dice, level: f64, neutral: f64) -> &'static str {
    let good = f64::midpoint(1.0 - neutral, level).max(0.0);
    LABELS[dice.weighted(&[(1.0 - neutral - good).max(0.0), neutral, good])]
}

fn language(dice: &mut Dice, creator: &Creator) -> &'static str {
    let strange = if creator.language == "en" { 0.09 } else { 0.05 };
    if dice.chance(strange) {
        STRANGERS[dice.weighted(&STRANGERS.map(|(_, weight)| weight))].0
    } else if creator.language != "en" && dice.chance(0.78) {
        creator.language
    } else {
        "en"
    }
}

fn from_audience(dice: &mut Dice, words: &Grammar, creator: &Creator) -> Said {
    let meant = label(dice, creator.sentiment, NEUTRAL);
    if dice.chance(0.1) && meant != "neu" {
        let text = emoji_run(dice, words, meant);
        return Said {
            text,
            language: "",
            about: vec![(None, meant)],
        };
    }
    let language = language(dice, creator);
    let text = if language == "en" {
        let own = format!("c_{meant}");
        let list = if words.has(&own) && dice.chance(0.45) {
            own
        } else {
            format!("any_{meant}")
        };
        let said = words.say(dice, &list);
        let said = framed(dice, words, said, meant);
        typed(dice, &said, &[])
    } else {
        elsewhere(dice, words, language, meant)
    };
    Said {
        text: ended(dice, words, text, meant),
        language,
        about: vec![(None, meant)],
    }
}

/// Now and then with a word before or after, as people do.
fn framed(dice: &mut Dice, words: &Grammar, said: String, meant: &str) -> String {
    let said = if dice.chance(0.24) {
        let before = words.say(dice, &format!("before_{meant}"));
        // "I" and its kin stay large; everything else follows on in small letters.
        let stays = said
            .split([' ', '\''])
            .next()
            .is_some_and(|word| word == "I" || word.starts_with('@'));
        let mut letters = said.chars();
        let first = letters.next().map(|first| {
            if stays {
                first
            } else {
                first.to_ascii_lowercase()
            }
        });
        format!(
            "{before} {}",
            first.into_iter().chain(letters).collect::<String>()
        )
    } else {
        said
    };
    if dice.chance(0.16) {
        let end = said.trim_end_matches(['.', '!']);
        return format!("{end} {}", words.say(dice, &format!("after_{meant}")));
    }
    said
}

/// One phrase of another language, or two that are meant alike.
fn elsewhere(dice: &mut Dice, words: &Grammar, language: &str, meant: &str) -> String {
    let list = format!("{language}_{meant}");
    let first = words.say(dice, &list);
    let second = words.say(dice, &list);
    let plain = |text: &str| text.ends_with(|last: char| last.is_alphanumeric());
    if meant != "neu" && dice.chance(0.4) && first != second && plain(&first) {
        return format!("{first}{} {second}", dice.pick(&[",", ".", " -", "..."]));
    }
    if dice.chance(0.3) && !second.contains('@') && meant == "neu" {
        return format!("@{} {second}", words.say(dice, "friend"));
    }
    first
}

fn emoji_run(dice: &mut Dice, words: &Grammar, meant: &str) -> String {
    let one = words.say(dice, &format!("emoji_{meant}"));
    let mut run = one.repeat(1 + dice.below(4));
    if dice.chance(0.4) {
        run.push_str(&words.say(dice, &format!("emoji_{meant}")));
    }
    run
}

fn ended(dice: &mut Dice, words: &Grammar, text: String, meant: &str) -> String {
    let has = text
        .chars()
        .last()
        .is_some_and(|last| !last.is_ascii() && !last.is_alphabetic());
    let often = if meant == "neu" { 0.12 } else { 0.33 };
    if has || !dice.chance(often) {
        return text;
    }
    let list = format!("emoji_{meant}");
    let gap = if dice.chance(0.8) { " " } else { "" };
    format!(
        "{text}{gap}{}",
        words
            .say(dice, &list)
            .repeat(1 + usize::from(dice.chance(0.35)) + usize::from(dice.chance(0.2)))
    )
}

fn about_brand(dice: &mut Dice, words: &Grammar, creator: &Creator, post: &Post) -> Said {
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
