//! microfluence finds micro-influencers in a niche, measures what is said about a brand, and
//! shows the evidence behind every score.
//!
//! The modules follow the data's way: [`schema`], [`dataset`], [`text`], [`inference`],
//! [`sentiment`] and [`embedding`], [`niche`], [`engagement`], [`ranking`], [`plan`], [`campaign`], [`lift`],
//! [`report`];
//! [`stats`] serves them all and knows nothing of creators or comments, and [`program`] is the commands over them.

pub mod authenticity;
pub mod campaign;
pub mod dataset;
pub mod embedding;
pub mod engagement;
pub mod error;
pub mod inference;
pub mod lift;
pub mod niche;
pub mod pipeline;
pub mod plan;
pub mod program;
pub mod ranking;
pub mod report;
pub mod safety;
pub mod schema;
pub mod sentiment;
pub mod stats;
pub mod text;
#[cfg(feature = "rust-bert")]
pub mod train;

pub use error::{Error, Place, Result};

/// The README's example, compiled and run with the other documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
