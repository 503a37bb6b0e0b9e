//! How many of those who could react to a creator's next post will, with an honest interval.
//!
//! A rate is engagements (likes + comments + shares + saves, as far as they are printed) over
//! a basis. Rates scatter by factors, not by differences, so everything is computed on
//! y = ln((engagements + 0.5) / basis): the half engagement keeps posts without any finite.
//!
//! The model is a normal hierarchy per group (platform and basis): a creator's level scatters
//! about a line in log10(followers), posts scatter about the creator's level, a creator's own
//! history counts as far as its length warrants, and the interval's width is checked against
//! the newest posts, which were predicted from the ones before them.

mod backtest;
mod calibrate;
mod correct;
mod group;
mod history;
mod predict;
mod rate;
#[cfg(test)]
mod simulate;

pub use backtest::{BacktestRow, PostsKnown, backtest};
pub use group::GroupFit;
pub use predict::{EngagementPrediction, EngagementReport, predict};
pub use rate::{engagements, post_rate};

use crate::schema::RateBasis;
use jiff::Timestamp;

/// What [`predict`] may be told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EngagementOptions {
    /// Posts published after this moment are never read.
    pub as_of: Option<Timestamp>,
    /// The basis for every platform; [`RateBasis::Reach`] is used only when asked for here.
    /// `None`: views on tiktok and youtube where at least half of the platform's posts print
    /// them, followers everywhere else.
    pub basis: Option<RateBasis>,
    /// After how many newer posts a post counts half; positive. Default 10: about the last
    /// 29 posts hold all the weight that there is.
    pub half_life_posts: f64,
}

impl Default for EngagementOptions {
    fn default() -> Self {
        Self {
            as_of: None,
            basis: None,
            half_life_posts: 10.0,
        }
    }
}
