//! The integration tests in one program, so that it is linked once: a module a subject, and three that help them.

mod backends;
mod brand;
mod cache;
mod campaign;
mod cases;
mod cli;
mod conservation;
mod coverage;
mod dataset;
mod docs;
mod engagement;
mod explore;
mod exports;
mod faults;
mod flags;
mod hostile;
mod house;
mod hub;
mod lift;
#[cfg(feature = "mcp")]
mod mcp;
mod models;
mod niche;
mod nights;
mod packaging;
mod planted;
mod properties;
mod pseudonyms;
mod ranking;
mod report;
mod run;
mod safety;
#[cfg(feature = "serve")]
mod serve;
mod shapes;
mod shards;
mod shortlist;
mod supply;
mod terminal;
mod training;

mod browser;
mod common;
mod program;
