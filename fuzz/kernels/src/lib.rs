//! The one file of the program with `unsafe` in it, alone, for a sanitizer.
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::inline_always,
    reason = "its users are left out"
)]

#[path = "../../../crates/inference/src/native/simd.rs"]
mod simd;
