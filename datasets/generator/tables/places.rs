//! Under which posts the comments stand.

use super::creators::Creator;
use super::dice::Dice;
use super::rows::Post;

/// Who writes a comment, or what it is about.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Sort {
    Brand,
    Spam,
    Bot,
    Audience,
}

/// Running sums of weights over the posts, per sort of comment.
pub(crate) struct Places {
    audience: Vec<f64>,
    brands: Vec<f64>,
    bots: Vec<f64>,
}

impl Places {
    pub(crate) fn new(dice: &mut Dice, creators: &[Creator], posts: &[Post]) -> Self {
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

    /// A post that does not yet have all the comments it counts.
    pub(crate) fn draw(&self, dice: &mut Dice, sort: Sort, left: &mut [u64]) -> usize {
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
