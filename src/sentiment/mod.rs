//! What is said about a brand: every comment's polarity, and the audience's net sentiment with
//! its interval.

mod accumulator;
mod aspects;
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
mod themes;
mod unlabelled;
mod warning;

pub use accumulator::NetAccumulator;
pub use change::{Change, ChangeAgainst, Gap};
pub use comment_filter::{
    CommentFilter, ExclusionReason, Noise, copy_key, copy_scope, looks_like_spam,
};
pub use estimate::{Alternative, InferenceTarget, Method, NetSentiment};
pub use evaluate::{Estimate, Evaluation, Measures, evaluate};
pub use labels::{Agreement, Labels, Sample};
pub use period::Span;
pub use post_context::{AboutBy, PostContext};
pub use sample::{Drawn, LabelSampler, too_small};
pub use score::{ScoredComment, Scorer, Status, Target};
pub use simulate_coverage::{COVERAGE_ROUNDS, Case, CoverageReport, simulate_coverage};
pub use stream::score_stream;
pub use summary::{
    Against, BrandEstimate, BrandSentiment, LanguageSentiment, Named, Period, Slice,
};
pub use tally::{Tally, TallyOptions};
pub use terms::Driver;
pub use themes::{Origin, Theme};
pub use warning::{SentimentWarning, WhyUncorrected};
