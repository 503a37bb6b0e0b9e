//! microfluence finds micro-influencers in a niche, measures what is said about a brand, and
//! shows the evidence behind every score.
//!
//! The modules follow the data's way. Three crates know nothing of what is made of their numbers, and are given here as
//! modules: [`stats`], the tables ([`schema`], [`dataset`], [`text`]) and [`inference`]. Over them stand [`sentiment`]
//! and [`embedding`], [`niche`], [`engagement`], [`authenticity`] and [`safety`], [`ranking`], [`plan`], [`campaign`]
//! and [`lift`]; [`pipeline`] knows all of them, [`report`] turns results into bytes. The commands are the feature
//! `cli`, on by default: a program that needs the library alone takes it with `default-features = false`.
//!
//! # A first score
//!
//! ```no_run
#![doc = include_str!("../examples/score.rs")]
//! ```
//!
//! # A first ranking
//!
//! ```no_run
#![doc = include_str!("../examples/rank.rs")]
//! ```
//!
//! # A first campaign
//!
//! ```no_run
#![doc = include_str!("../examples/campaign.rs")]
//! ```

pub mod authenticity;
pub mod campaign;
#[cfg(feature = "cli")]
pub mod cli;
pub mod embedding;
pub mod engagement;
pub mod history;
pub mod lift;
pub mod market;
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
