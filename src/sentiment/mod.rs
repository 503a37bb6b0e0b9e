//! What is said about a brand: every comment's polarity, and the audience's net sentiment with
//! its interval.

mod drivers;
mod net;
mod score;

pub use drivers::{Driver, drivers};
pub(crate) use net::level;
pub use net::{BrandSentiment, NetSentiment, Period, Slice, summarize};
pub use score::{ScoredComment, Scorer, Status, Target};
