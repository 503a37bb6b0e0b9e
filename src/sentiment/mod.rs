//! What is said about a brand: every comment's polarity, and the audience's net sentiment with
//! its interval.

mod drivers;
mod evaluate;
mod net;
mod score;
mod stream;

pub use drivers::{Driver, drivers};
pub use evaluate::{Estimate, Evaluation, Measures, evaluate};
pub(crate) use net::level;
pub use net::{BrandSentiment, NetSentiment, Period, Slice, summarize};
pub use score::{ScoredComment, Scorer, Status, Target};
pub use stream::score_stream;
