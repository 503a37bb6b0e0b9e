//! What a campaign caused in the places that it ran in, beside what would have happened anyway.

mod errors;
mod estimate;
mod inference;
mod panel;
mod places;
mod setting;
mod warning;

pub use estimate::{Day, LiftMethod, PrePeriod, Weight};
pub use inference::{Lift, LiftOptions, LiftReport, estimate_lift};
pub use panel::Panel;
pub use warning::LiftWarning;
