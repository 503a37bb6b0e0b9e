//! Creators in order, with every score kept as the parts it is the sum of.
//!
//! A criterion turns evidence into a value between 0 and 1 by a published rule; the score is
//! the weighted mean of the values. What is not known takes the middle of its range, says so,
//! and widens the score's interval. Nothing here looks at a text or a post: evidence comes in,
//! parts come out.

mod criterion;
mod draws;
mod evaluate;
mod evidence;
mod exclusion;
mod explain;
mod rank;
mod sensitivity;
mod value;

pub use criterion::{Criterion, Weights};
pub use evaluate::{OrderQuality, RankingEvaluation, evaluate_ranking};
pub use evidence::{
    ActivityEvidence, CandidateEvidence, ExpectedEngagements, PriceEvidence, SentimentEvidence,
    SignalEvidence,
};
pub use exclusion::{Excluded, eligible};
pub use explain::{compare, explain, reasons};
pub use rank::{Part, RankOptions, Ranked, Ranking, rank};
pub use sensitivity::{Sensitivity, sensitivity};
