//! What is said about a brand: every comment's polarity, and the audience's net sentiment with
//! its interval.

mod change;
mod comment_filter;
mod drift;
mod estimate;
mod evaluate;
mod labels;
mod period;
mod post_context;
mod sample;
mod score;
mod simulate_coverage;
mod stream;
mod summary;
mod sums;
mod tally;
mod terms;

pub use change::{Change, ChangeAgainst, Gap};
pub use comment_filter::{ExclusionReason, copy_key, looks_like_spam};
pub(crate) use estimate::level;
pub use estimate::{InferenceTarget, Method, NetSentiment};
pub use evaluate::{Estimate, Evaluation, Measures, evaluate};
pub use labels::{Labels, Sample};
pub use period::Span;
pub use post_context::PostContext;
pub use sample::{Drawn, LabelSampler, too_small};
pub use score::{ScoredComment, Scorer, Status, Target};
pub use simulate_coverage::{Case, CoverageReport, simulate_coverage};
pub use stream::score_stream;
pub use summary::{Against, BrandEstimate, BrandSentiment, Named, Period, Slice, summarize};
pub use tally::{Tally, TallyOptions};
pub use terms::Driver;
