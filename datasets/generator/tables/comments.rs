//! Comments under the posts, with what was meant by each.

use super::creators::Creator;
use super::dice::Dice;
use super::niches::{NICHES, Words};
use super::opinions::about_brand;
use super::places::{Places, Sort};
use super::posts::DAY;
use super::rows::{Comment, CommentTruth, Post, time};
use super::speech::{canned, from_audience};

const COUNT: usize = 8_000;
const ABOUT_BRANDS: usize = 2_000;
const SPAM: usize = 300;
const BOTS: usize = 380;
/// Authors of a niche; those of the next niche read it too.
const AUTHORS_PER_NICHE: usize = 320;

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
