//! Whether a brand can stand beside what a creator posts: what was seen, where, and how much it counts.
//! Never a verdict on a person.
//!
//! Each category of [`SafetyLists`] has a strength s between 0 and 1 and a weight w; the safety is the product of all
//! (1 - w s). A sighting i has a probability `p_i` of being what it looks like: for words, by the meaning of the
//! sentence around them (`context.rs`). A category that counts by once has s = 1 - product of (1 - `p_i`), one that
//! counts by share the sum of the `p_i` over a tenth of the texts, 1 at most. Three more are not word lists:
//! advertising for a competitor (weight 0.4, once), advertising that does not say so (0.3, by share), and hostile
//! comment sections (0.3, once). The weights are a published choice; the file of lists replaces those of its
//! categories.

mod advertising;
mod assess;
mod comments;
mod context;
mod lists;
mod words;

pub use assess::{SafetyAssessment, SafetyHit, SafetyOptions, SafetyTables, assess_safety};
pub use context::Context;
pub use lists::{Category, Counts, SafetyLists};
