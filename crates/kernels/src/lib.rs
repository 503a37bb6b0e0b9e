//! What a transformer does most, on a plain processor: exact products of bytes, attention, normalisation.
//!
//! Every sum runs in an order that depends on the sizes alone, integer sums are exact, and the float code uses neither
//! fused multiply-add nor the system's `exp`: so the bits are the same by every [`Path`]. All `unsafe` of the program
//! stands in `simd`; this crate has no dependency, so that it can be tried under a sanitizer within seconds.

#![allow(
    clippy::inline_always,
    clippy::needless_range_loop,
    reason = "kernels must be inlined into the function that enables their instructions, and \
              several arrays share one index, written as the formulas are"
)]

mod attention;
mod linear;
pub mod math;
mod simd;

pub use attention::{Attention, Scratch};
pub use linear::{Activations, Finish, Linear};
pub use simd::{INSTRUCTIONS_VARIABLE, NoSuchPath, Path};
