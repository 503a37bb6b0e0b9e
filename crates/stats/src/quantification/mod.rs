//! How large each class is in a population, when only a part of it was labelled by people and a
//! classifier labelled the rest.
//!
//! Counting a classifier's answers is wrong by as much as it errs more on one class than on another. A sample of the
//! population itself, labelled by people, mends that whatever the classifier's faults ([`PredictionPowered`]); labelled
//! cases from elsewhere mend it if the classifier errs there as it does here ([`AdjustedCount`]).

mod adjusted_count;
mod prediction_powered;
mod recalibration;
mod simplex;

pub use adjusted_count::{AdjustedCount, CELLS, Shares, cell_of};
pub use prediction_powered::{LabelledCase, PredictionPowered};
pub use recalibration::Recalibration;
pub use simplex::shares_on_simplex;

/// Negative, neutral and positive to others; here three classes by number.
pub const CLASSES: usize = 3;
