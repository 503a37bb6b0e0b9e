//! Creators to vectors: what a creator says of themselves and posts about, as one direction.

mod profile;

pub use profile::{Profile, ProfileOptions, profiles, query_vector};
