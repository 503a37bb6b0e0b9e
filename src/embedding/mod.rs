//! Creators to vectors: what a creator says of themselves and posts about, as one direction, and the
//! topics that their words name.

mod boilerplate;
mod meaning;
mod phrases;
mod pooling;
mod profile;
mod stop_words;
mod terms;
mod tokens;

pub use meaning::{PASSAGE, QUERY, meanings};
pub use phrases::Phrases;
pub use profile::{Profile, ProfileOptions, Topics, profiles, query_vector, text_vectors};
pub use stop_words::is_stop_word;
pub use terms::Terms;
pub use tokens::{is_measure, tokens};
