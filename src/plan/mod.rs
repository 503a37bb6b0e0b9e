//! Whom to book for a budget, so that the most engagements come of it and nobody's audience is
//! paid for twice.
//!
//! [`audiences`] turns commenters into sketches that show how audiences overlap, [`prices`] fills
//! in what nobody asked for, and [`choose`] spends the budget.

mod audience;
mod choose;
mod coverage;
mod price;

pub use audience::{Audience, AudienceInput, Audiences, audiences};
pub use choose::{Chosen, Limits, Offer, Plan, choose};
pub use price::{Price, PriceModel, PriceSource, prices};
