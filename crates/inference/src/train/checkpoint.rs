//! What a killed run needs to go on: weights, moments, and where in the data it stood.

use super::optimizer::AdamW;
use microfluence_tables::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs;
use std::path::Path;
use tch::nn::VarStore;
use tch::{Tensor, no_grad};

/// The position of a run; `recipe` tells a checkpoint of other data or options apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Position {
    pub(super) recipe: String,
    pub(super) step: usize,
    /// The best validation so far, whose weights stand in [`BEST`].
    pub(super) best: Option<Best>,
    /// Validations since.
    pub(super) stale: usize,
}

/// A validation that none has beaten yet.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Best {
    pub(super) step: usize,
    pub(super) macro_recall: f64,
}

/// Weights of the best validation.
pub(super) const BEST: &str = "best.safetensors";

const POSITION: &str = "position.json";
const STATE: &str = "state.safetensors";

/// Writes the checkpoint folder; the position last, so that half a checkpoint is none.
pub(super) fn save(
    folder: &Path,
    vars: &VarStore,
    optimizer: &AdamW,
    position: &Position,
) -> Result<()> {
    fs::create_dir_all(folder).map_err(|e| Error::io(folder, e))?;
    let mut tensors: Vec<(String, Tensor)> = vars
        .variables()
        .into_iter()
        .map(|(name, tensor)| (format!("weight/{name}"), tensor))
        .collect();
    for slot in &optimizer.slots {
        tensors.push((format!("first/{}", slot.name), slot.first.shallow_clone()));
        tensors.push((format!("second/{}", slot.name), slot.second.shallow_clone()));
    }
    let fresh = folder.join("fresh.safetensors");
    Tensor::write_safetensors(&tensors, &fresh).map_err(|e| Error::model(&fresh, e.to_string()))?;
    let position_file = folder.join(POSITION);
    if position_file.exists() {
        fs::remove_file(&position_file).map_err(|e| Error::io(&position_file, e))?;
    }
    fs::rename(&fresh, folder.join(STATE)).map_err(|e| Error::io(folder, e))?;
    let text = serde_json::to_string(position).map_err(|e| Error::Internal(e.to_string()))?;
    fs::write(&position_file, text).map_err(|e| Error::io(&position_file, e))
}

/// Restores a checkpoint of the same recipe; `None` where there is none.
pub(super) fn restore(
    folder: &Path,
    vars: &VarStore,
    optimizer: &mut AdamW,
    recipe: &str,
) -> Result<Option<Position>> {
    let Ok(text) = fs::read_to_string(folder.join(POSITION)) else {
        return Ok(None);
    };
    let Ok(position) = serde_json::from_str::<Position>(&text) else {
        return Ok(None);
    };
    if position.recipe != recipe {
        return Err(Error::usage(format!(
            "{} is a checkpoint of other data or options",
            folder.display()
        ))
        .with_hint("remove that folder, or give another --output"));
    }
    let file = folder.join(STATE);
    let tensors: HashMap<String, Tensor> = Tensor::read_safetensors(&file)
        .map_err(|e| Error::model(&file, e.to_string()))?
        .into_iter()
        .collect();
    let find = |name: String| {
        tensors
            .get(&name)
            .ok_or_else(|| Error::model(&file, format!("lacks {name}")))
    };
    no_grad(|| -> Result<()> {
        for (name, mut variable) in vars.variables() {
            variable.copy_(find(format!("weight/{name}"))?);
        }
        for slot in &mut optimizer.slots {
            slot.first.copy_(find(format!("first/{}", slot.name))?);
            slot.second.copy_(find(format!("second/{}", slot.name))?);
        }
        Ok(())
    })?;
    optimizer.refresh_copies();
    optimizer.step = i32::try_from(position.step).unwrap_or(i32::MAX);
    Ok(Some(position))
}
