//! From a float32 folder to the int8 folder that is shipped.

use super::weights::{from_le, is_quantized, read_config, weights_file};
use crate::{ModelFolder, ModelSettings, Precision};
use microfluence_tables::error::{Error, Result};
use safetensors::tensor::{TensorView, serialize_to_file};
use safetensors::{Dtype, SafeTensors};
use std::fs;
use std::path::Path;

/// Most steps either side of zero.
const STEPS: f32 = 127.0;

/// Writes `to` as an int8 folder: every matrix of the encoder and the word embeddings as bytes
/// with one scale per row (output channel, word), everything else as it was.
///
/// # Errors
/// [`Error::Model`] where `from` is no float32 BERT folder; [`Error::Io`] where `to` cannot be
/// written.
pub fn quantize_folder(from: &ModelFolder, to: &Path, name: &str) -> Result<ModelSettings> {
    if from.settings().precision != Precision::Float32 {
        return Err(Error::model(from.path(), "is int8 already"));
    }
    read_config(from)?;
    let file = weights_file(from.path());
    let bytes = fs::read(&file).map_err(|e| Error::io(&file, e))?;
    let tensors =
        SafeTensors::deserialize(&bytes).map_err(|e| Error::model(&file, e.to_string()))?;

    let mut names = tensors.names();
    names.sort_unstable();
    let mut stored: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = Vec::new();
    for tensor_name in names {
        let view = tensors
            .tensor(tensor_name)
            .map_err(|e| Error::model(&file, e.to_string()))?;
        // Buffers such as position_ids are no weights.
        if view.dtype() != Dtype::F32 {
            continue;
        }
        let shape = view.shape().to_vec();
        if is_quantized(tensor_name) && shape.len() == 2 {
            let (quantized, scales) = quantize_rows(&from_le(view.data()), shape[1]);
            stored.push((tensor_name.to_owned(), Dtype::I8, shape.clone(), quantized));
            let scales = scales.iter().flat_map(|s| s.to_le_bytes()).collect();
            stored.push((
                format!("{tensor_name}_scale"),
                Dtype::F32,
                vec![shape[0]],
                scales,
            ));
        } else {
            stored.push((
                tensor_name.to_owned(),
                Dtype::F32,
                shape,
                view.data().to_vec(),
            ));
        }
    }
    let views = stored
        .iter()
        .map(|(name, dtype, shape, data)| {
            TensorView::new(*dtype, shape.clone(), data)
                .map(|view| (name.as_str(), view))
                .map_err(|e| Error::Internal(e.to_string()))
        })
        .collect::<Result<Vec<_>>>()?;

    fs::create_dir_all(to).map_err(|e| Error::io(to, e))?;
    serialize_to_file(views, None, &weights_file(to))
        .map_err(|e| Error::model(weights_file(to), e.to_string()))?;
    for name in ["config.json", "tokenizer.json"] {
        fs::copy(from.file(name), to.join(name)).map_err(|e| Error::io(to.join(name), e))?;
    }
    let mut settings = from.settings().clone();
    name.clone_into(&mut settings.name);
    settings.precision = Precision::Int8;
    ModelFolder::write_settings(to, settings)
}

/// Symmetric bytes with one scale per row.
fn quantize_rows(values: &[f32], width: usize) -> (Vec<u8>, Vec<f32>) {
    let mut bytes = Vec::with_capacity(values.len());
    let mut scales = Vec::with_capacity(values.len() / width.max(1));
    for row in values.chunks_exact(width) {
        let most = row.iter().fold(0.0f32, |m, v| m.max(v.abs()));
        let scale = if most > 0.0 { most / STEPS } else { 1.0 };
        scales.push(scale);
        bytes.extend(
            row.iter()
                .map(|v| ((v / scale).round_ties_even() as i8).cast_unsigned()),
        );
    }
    (bytes, scales)
}
