//! microfluence finds micro-influencers in a niche, measures what is said about a brand, and
//! shows the evidence behind every score.
//!
//! The modules follow the data's way: [`schema`], [`dataset`], [`text`], [`inference`],
//! [`sentiment`] and [`embedding`], [`niche`], [`engagement`], [`ranking`], [`plan`], [`campaign`], [`lift`],
//! [`report`];
//! [`stats`] serves them all and knows nothing of creators or comments, and [`cli`] is the commands over them.

pub mod authenticity;
pub mod campaign;
#[cfg(feature = "cli")]
pub mod cli;
pub mod embedding;
pub mod engagement;
pub mod lift;
pub mod niche;
pub mod pipeline;
pub mod plan;
pub mod ranking;
pub mod report;
pub mod safety;
pub mod sentiment;

pub use microfluence_inference as inference;
pub use microfluence_stats as stats;
pub use microfluence_tables::{Error, Place, Result, dataset, error, hash, schema, text};

/// The README's example, compiled and run with the other documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
