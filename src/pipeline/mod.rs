//! The only room that knows every stage: from tables to niches, to a ranking, to a plan.

mod memo;
mod niches;
mod plan;
mod rank;
mod reach;
mod search;

pub(crate) use memo::Memo;
pub use niches::{Niches, Profiles, find_niches, read_profiles};
pub use plan::{PlanRequest, PlanResult, plan_creators};
pub use rank::{RankRequest, RankResult, assess_brand_safety, rank_creators};
pub use reach::{Evidenced, MonthlyEngagement, PostLink, Reach};
pub use search::NicheSearch;

use crate::authenticity::{Assessment, InferredKind, assess, infer_kinds, post_signs};
use crate::engagement::{EngagementOptions, EngagementReport, predict};
use crate::error::Result;
use crate::inference::Encoder;
use crate::schema::{Comment, Creator, Post, PostOwners, RateBasis};
use crate::sentiment::{ScoredComment, Scorer, Target};
use std::sync::Arc;

/// The tables of a run; posts and comments may be empty. A copy shares the rows, and what was made of them.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    /// Creators.
    pub creators: Arc<Vec<Creator>>,
    /// Their posts.
    pub posts: Arc<Vec<Post>>,
    /// Comments under the posts, or about a brand.
    pub comments: Arc<Vec<Comment>>,
    forecasts: Memo<EngagementOptions, Arc<EngagementReport>>,
    audiences: Memo<EngagementOptions, Arc<Audiences>>,
}

/// What is seen of creators' audiences and accounts, whatever niche is searched.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Audiences {
    /// What was seen of each audience, in the creators' order; `None` without anything to judge by.
    pub assessments: Vec<Option<Assessment>>,
    /// What accounts of unknown kind seem to be, in the creators' order.
    pub kinds: Vec<Option<InferredKind>>,
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

    /// What each creator's next post will engage. Fitted once per set of options and kept: the rows are not to be
    /// changed afterwards.
    #[must_use]
    pub fn forecast(&self, options: &EngagementOptions) -> Arc<EngagementReport> {
        self.forecasts.of(*options, || {
            Arc::new(predict(&self.creators, &self.posts, options))
        })
    }

    /// The predictions of rates of followers: those at hand, or made for it where a platform's are of something else.
    pub(crate) fn per_follower(&self, options: &EngagementOptions) -> Arc<EngagementReport> {
        let of_followers = |report: &Arc<EngagementReport>| {
            let mut all = report.predictions.iter();
            all.all(|prediction| prediction.basis == RateBasis::Followers)
        };
        let at_hand = self.forecasts.known(options).filter(of_followers);
        at_hand.unwrap_or_else(|| {
            self.forecast(&EngagementOptions {
                basis: Some(RateBasis::Followers),
                ..*options
            })
        })
    }

    /// What is seen of every creator's audience and account, made once per set of options and kept like the forecasts.
    /// Followers that were bought do not watch, so rates are of followers here, whatever a platform's usual basis.
    #[must_use]
    pub fn audiences(&self, engagement: &EngagementOptions) -> Arc<Audiences> {
        let options = EngagementOptions {
            basis: Some(RateBasis::Followers),
            ..*engagement
        };
        self.audiences.of(options, || {
            let signs = post_signs(&self.creators, &self.posts, options.as_of);
            Arc::new(Audiences {
                assessments: assess(
                    &self.creators,
                    &self.per_follower(engagement).predictions,
                    &self.comments,
                    &PostOwners::of(&self.posts, &self.comments),
                    &signs,
                ),
                kinds: infer_kinds(&self.creators, &signs),
            })
        })
    }
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
