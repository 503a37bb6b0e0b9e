//! Results in, bytes out: tables, JSON documents, and a page. Nothing is computed here.

mod html;

pub use html::{Page, Section, page};
