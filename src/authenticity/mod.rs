//! Signs that an audience is not what it seems: what was seen, what is normal for peers, and
//! how much it counts. Never a verdict on a person.

mod account;
mod assess;
mod commenters;
mod spam;

pub use assess::{Assessment, Flag, assess};
pub use spam::{Spam, spam};
