//! How many of those who could react to a creator's next post will, with an honest interval.
//!
//! A rate is engagements (likes + comments + shares + saves, as far as they are printed) over
//! a basis. Rates scatter by factors, not by differences, so everything is computed on
//! y = ln((engagements + 0.5) / basis): the half engagement keeps posts without any finite, and is taken off again
//! at the end, where small counts are negative binomial (`counts`).
//!
//! The model is a normal hierarchy per group (platform and basis): a creator's level scatters about a line in
//! log10(followers) and what their profile says beside it, posts scatter about the creator's level and what kind of
//! post it is, a creator's own history counts as far as its length warrants, and the interval's width is checked
//! against the newest posts, which were predicted from the ones before them.

mod backtest;
mod calibrate;
mod correct;
mod counts;
mod effects;
mod group;
mod history;
mod predict;
mod profile;
mod rate;
#[cfg(test)]
mod simulate;

pub use backtest::{BacktestRow, PostsKnown, backtest};
pub use calibrate::{Calibration, IntervalScale};
pub use effects::PostEffect;
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
    /// After how many newer posts a post counts half; positive. Default 20: about the last
    /// 58 posts hold all the weight that there is.
    pub half_life_posts: f64,
    /// After how many days before the newest known post a post counts half; positive. Default 90: rates are over
    /// today's followers, of whom there were fewer a year ago.
    pub half_life_days: f64,
}

impl Default for EngagementOptions {
    fn default() -> Self {
        Self {
            as_of: None,
            basis: None,
            half_life_posts: 20.0,
            half_life_days: 90.0,
        }
    }
}
