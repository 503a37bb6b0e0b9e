//! Statistics that know nothing of what they measure: order statistics, intervals, shrinkage, regression, bootstrap,
//! changes of level, quantification, agreement of two groupings, and the random numbers for all of them.
//!
//! Every function that draws takes a seed and gives the same answer for the same seed on any
//! number of threads. Functions of a sample do not depend on the sample's order.

mod agreement;
mod bootstrap;
mod calibration;
mod change_point;
mod classification;
mod conformal;
mod least_absolute;
mod linear;
mod marked_ridge;
mod normal;
mod order;
mod poisson;
pub mod quantification;
mod rank_correlation;
mod regression;
mod removal;
mod retrieval;
mod rng;
mod shrinkage;
mod simplex_weights;
mod synthetic;
mod wilson;

pub use agreement::{ari, cohen_kappa, nmi};
pub use bootstrap::{Cluster, Interval, cluster_bootstrap};
pub use calibration::{Calibration, temperature};
pub use change_point::{ChangePoint, change_points};
pub use classification::{
    Confusion, Reliability, ReliabilityBin, confusion_intervals, reliability,
};
pub use conformal::{moving_block_p, placebo_p};
pub use least_absolute::least_absolute;
pub use linear::{dot, least_squares, solve};
pub use marked_ridge::{MarkedRow, RidgeFit, RidgeOptions, winsorized_ridge};
pub use normal::{normal_cdf, normal_quantile, student_quantile, student_two_sided_p};
pub use order::{MAD_TO_SD, mad, median, mid_rank_percentile, quantile, quantile_sorted, sorted};
pub use poisson::{add_weighted, add_weights, poisson_interval, poisson_weights};
pub use rank_correlation::spearman;
pub use regression::{Line, huber_weight, robust_line, weighted_line};
pub use removal::{Paths, removal_effects};
pub use retrieval::{auc, auc_tied, ndcg, ndcg_tied, recall, recall_tied};
pub use rng::{Rng, hash_text, mix, unit};
pub use shrinkage::{GroupSums, NormalMeans, Shrunk, between_variance};
pub use simplex_weights::simplex_weights;
pub use synthetic::{Control, ControlFit, fit_control};
pub use wilson::wilson;
