//! What a run was: enough to do it again and to see what differed.

use crate::dataset::InputInfo;
use crate::market::Join;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A model that a run used.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelInfo {
    /// Its name.
    pub name: String,
    /// sha256 of its weights, in hexadecimal.
    pub sha256: String,
    /// What ran it.
    pub backend: String,
}

/// The key `manifest` of every summary document.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Manifest {
    /// Name of this program.
    pub program: &'static str,
    /// Its version.
    pub version: &'static str,
    /// The command that ran.
    pub command: String,
    /// Every setting as resolved.
    pub config: Value,
    /// sha256 of each file that the settings name beside the tables, by its path.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, String>,
    /// Random seed.
    pub seed: u64,
    /// The files read, with sha256 and rows.
    pub inputs: Vec<InputInfo>,
    /// Rows that were rejected.
    pub rejected: usize,
    /// How rows of one table found those of another.
    pub joins: Vec<Join>,
    /// The fingerprint of the key that people were hidden by; absent where they were not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash_ids: Option<String>,
    /// The models used.
    pub models: Vec<ModelInfo>,
    /// When the run began.
    pub started_at: Timestamp,
    /// How long it took.
    pub seconds: f64,
}
