//! Rows of numbers into clusters, by linfa: principal components first, then k-means, a mixture or dense regions, with
//! a number of clusters that stands apart and comes back when some rows are left out.
//!
//! What the rows are, this crate does not know: they have a name each, which puts them in an order of their own, so
//! that the input's order changes nothing.

mod choose;
mod cluster;
mod method;
mod points;
mod reduce;
mod vectors;

pub use choose::KChoice;
pub use cluster::{ClusterOptions, Clusters, Placement, cluster};
pub use method::Method;
pub use vectors::Vectors;
