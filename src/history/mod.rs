//! What one run leaves for the next: a small record of what it found, what differs between two of them, and the alerts
//! that a user wants to be called for.
//!
//! A [`RunRecord`] is made of what stands in a run's folder, the same for a folder of today and one of last year;
//! [`compare`] says what differs between two; [`Rule`] says which of that is an alert; [`RecordStore`] keeps the
//! records of a folder of runs.

mod alert;
mod compare;
mod record;
mod rule;
mod store;
mod stories;

pub use alert::Alert;
pub use compare::{
    ColumnUnknown, CreatorFigure, Difference, FigureChange, ListChange, Move, PartChange,
    SentimentChange, TableChange, compare,
};
pub use record::{
    BrandRecord, CreatorRecord, JoinCount, PartRecord, PlanRecord, RankedRecord, RunRecord,
    TableCount,
};
pub use rule::Rule;
pub use store::RecordStore;
