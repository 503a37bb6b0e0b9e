//! Results in, bytes out: tables, JSON documents, and a page. Nothing is computed here.

mod html;
mod manifest;
mod tables;

pub use html::{Page, Section, page};
pub use manifest::{Manifest, ModelInfo};
pub use tables::{
    TableBytes, engagement_table, excluded_table, niche_table, ranking_table, sentiment_table,
};
