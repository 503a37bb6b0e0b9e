//! What is said about a brand: every comment's polarity, and the audience's net sentiment with
//! its interval.

mod change;
mod evaluate;
mod familiar;
mod judged;
mod level;
mod period;
mod quantify;
mod sample;
mod score;
mod stream;
mod summary;
mod sums;
mod surroundings;
mod tally;
mod terms;
mod unsolicited;

pub use change::{Change, ChangeAgainst, Gap};
pub use evaluate::{Estimate, Evaluation, Measures, evaluate};
pub use judged::{Judgements, Sample};
pub(crate) use level::level;
pub use level::{IntervalOf, Method, NetSentiment};
pub use period::Span;
pub use quantify::{Case, Quantified, quantify};
pub use sample::{Drawn, LabelSampler, too_small};
pub use score::{ScoredComment, Scorer, Status, Target};
pub use stream::score_stream;
pub use summary::{Against, BrandSentiment, LevelWithoutN, Named, Period, Slice, summarize};
pub use surroundings::Surroundings;
pub use tally::{Tally, TallyOptions};
pub use terms::Driver;
pub use unsolicited::{LeftOut, copy_key, looks_like_spam};
