//! Signs that an audience is not what it seems: what was seen, what is normal for peers, and
//! how much it counts. Never a verdict on a person.

mod account;
mod assess;
mod commenters;
mod content;
mod followers;
mod kind;
mod spam;

pub use assess::{Assessment, Flag, assess};
pub use content::{PostSigns, post_signs};
pub use followers::{FollowerGrowth, follower_growth};
pub use kind::{InferredKind, infer_kinds};
pub use spam::{Spam, spam};
