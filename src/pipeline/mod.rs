//! The only room that knows every stage: from tables to niches, to a ranking, to a plan.

mod forecasts;
mod niches;
mod plan;
mod rank;
mod reach;
mod search;

pub use niches::{Niches, Profiles, find_niches, read_profiles};
pub use plan::{PlanRequest, PlanResult, plan_creators};
pub use rank::{RankRequest, RankResult, assess_brand_safety, rank_creators};
pub use reach::{Evidenced, PostLink, Reach};
pub use search::NicheSearch;

use crate::authenticity::{Assessment, assess, post_signs};
use crate::engagement::{EngagementOptions, EngagementReport};
use crate::error::Result;
use crate::inference::Encoder;
use crate::schema::{Comment, Creator, Post, PostOwners, RateBasis};
use crate::sentiment::{ScoredComment, Scorer, Target};
use std::sync::Arc;

/// The tables of a run; posts and comments may be empty. A copy shares the rows, and the forecasts.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    /// Creators.
    pub creators: Arc<Vec<Creator>>,
    /// Their posts.
    pub posts: Arc<Vec<Post>>,
    /// Comments under the posts, or about a brand.
    pub comments: Arc<Vec<Comment>>,
    forecasts: forecasts::Forecasts,
}

impl Tables {
    /// The tables as they were read.
    #[must_use]
    pub fn new(creators: Vec<Creator>, posts: Vec<Post>, comments: Vec<Comment>) -> Self {
        Self::shared(Arc::new(creators), Arc::new(posts), Arc::new(comments))
    }

    /// The same of rows that others hold, too.
    #[must_use]
    pub fn shared(
        creators: Arc<Vec<Creator>>,
        posts: Arc<Vec<Post>>,
        comments: Arc<Vec<Comment>>,
    ) -> Self {
        Self {
            creators,
            posts,
            comments,
            ..Self::default()
        }
    }

    /// What each creator's next post will engage. Fitted once per set of options and kept: the rows are not to be changed
    /// afterwards.
    #[must_use]
    pub fn forecast(&self, options: &EngagementOptions) -> Arc<EngagementReport> {
        self.forecasts.with(&self.creators, &self.posts, options)
    }
}

/// What is seen of every creator's audience, in the creators' order; `None` without anything to
/// judge by.
#[must_use]
pub fn assess_audiences(
    tables: &Tables,
    engagement: &EngagementOptions,
) -> Vec<Option<Assessment>> {
    let options = EngagementOptions {
        basis: Some(RateBasis::Followers),
        ..*engagement
    };
    let report = tables.forecast(&options);
    assess(
        &tables.creators,
        &report.predictions,
        &tables.comments,
        &PostOwners::of(&tables.posts, &tables.comments),
        &post_signs(&tables.creators, &tables.posts, engagement.as_of),
    )
}

/// Judges the comments of a run towards `target`.
///
/// # Errors
/// If the encoder fails.
pub fn score_comments(
    encoder: &dyn Encoder,
    comments: &[Comment],
    target: &Target,
) -> Result<Vec<ScoredComment>> {
    Scorer::new(encoder)?.score(comments, target)
}
