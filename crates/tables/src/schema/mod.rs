//! The tables' rows as plain structs, and the ids, units and rates they are made of.
//!
//! Nothing here computes: a field means what its comment says, and `None` means that the
//! export did not print it, which is never the same as zero.

mod campaign;
mod ids;
mod tables;
mod units;

pub use campaign::{Order, Refund, Spend, Visit};
pub use ids::{AuthorId, CommentId, CreatorId, OrderId, PostId, VisitId, VisitorId};
pub use tables::{
    Comment, Creator, CreatorKind, FollowerCount, LabelledComment, LabelledText, Observation,
    Outcome, Post, PostOwners, PostsOf, PredictedCreator, ShortlistEntry,
};
pub use units::{Followers, Polarity, RateBasis, Tier};
