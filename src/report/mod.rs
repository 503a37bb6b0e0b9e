//! Results in, bytes out: tables, JSON documents, and a page. Nothing is computed here.

mod authenticity;
mod chart;
mod engagement;
mod evaluation;
mod html;
mod manifest;
mod niche;
mod ranking;
mod sentiment;
mod sheet;

pub use authenticity::authenticity_sheet;
pub use chart::{Figure, reliability_diagram};
pub use engagement::{engagement_sheet, engagement_summary};
pub use evaluation::{
    EVALUATION_COLUMNS, evaluation_page, evaluation_rows, evaluation_sheet, evaluation_summary,
};
pub use html::{Page, Section, page};
pub use manifest::{Manifest, ModelInfo};
pub use niche::{niche_sheet, niche_summary};
pub use ranking::{excluded_sheet, rank_summary, ranking_sheet};
pub use sentiment::{sentiment_sheet, sentiment_summary};
pub use sheet::Sheet;
