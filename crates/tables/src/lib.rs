//! Tables of an influencer programme as people have them: rows as plain structs ([`schema`]), reading and writing
//! them ([`dataset`]), and text as people write it ([`text`]). Nothing here knows a model.

pub mod dataset;
pub mod error;
pub mod hash;
pub mod schema;
pub mod text;

pub use error::{Error, Place, Result};
