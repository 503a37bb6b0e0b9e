//! From a folder of floats to the int8 folder that is shipped.

use super::blocks::{Blocks, Stored};
use super::weights::{Weights, is_quantized, is_word_table, weights_file};
use crate::tensors::{Tensors, is_buffer, not_floats, to_floats};
use crate::{ModelFolder, ModelSettings, Precision};
use microfluence_kernels::math;
use microfluence_tables::error::{Error, Result};
use safetensors::Dtype;
use safetensors::tensor::{TensorView, serialize_to_file};
use std::fs;
use std::path::Path;

/// Most steps either side of zero.
const STEPS: f32 = 127.0;

/// What became of a folder that was exported.
#[derive(Debug, Clone, PartialEq)]
pub struct Exported {
    /// The new folder's settings.
    pub settings: ModelSettings,
    /// Tensors that the network does not read, which the new folder therefore lacks.
    pub left_out: Vec<String>,
    /// Bits of a word vector's weight: 4 where the vectors were blocks of four bits already, else 8.
    pub word_bits: u8,
}

/// Writes `to` as an int8 folder: every matrix of the encoder and the word embeddings as bytes
/// with one scale per row (output channel, word), everything else as float32.
///
/// Word vectors that are float16 products of four-bit blocks stay what they are, exactly.
///
/// # Errors
/// [`Error::Model`] where `from` is no BERT folder of floats, or a tensor is missing, of another shape than
/// `config.json` says or of a kind that holds no floats; [`Error::Io`] where `to` cannot be written.
pub fn quantize_folder(from: &ModelFolder, to: &Path, name: &str) -> Result<Exported> {
    if from.settings().precision != Precision::Float32 {
        return Err(Error::model(from.path(), "is int8 already"));
    }
    let file = weights_file(from.path());
    let bytes = fs::read(&file).map_err(|e| Error::io(&file, e))?;
    let tensors = Tensors::new(file, &bytes)?;
    // Whatever the network needs is there and in shape, or this says what is not.
    Weights::read(from, &tensors)?;
    let mut exported = Exported {
        settings: from.settings().clone(),
        left_out: tensors.unread(),
        word_bits: 8,
    };
    let mut stored: Vec<Stored> = Vec::new();
    for tensor_name in tensors.names() {
        let Some(view) = tensors.find(tensor_name) else {
            continue;
        };
        let values = match to_floats(&view) {
            Ok(values) => values,
            Err(_) if is_buffer(tensor_name) => continue,
            Err(kind) => return Err(tensors.wrong(not_floats(tensor_name, kind))),
        };
        if exported.left_out.iter().any(|name| name == tensor_name) {
            continue;
        }
        let shape = view.shape();
        if view.dtype() == Dtype::F16
            && is_word_table(tensor_name)
            && let Some(blocks) = Blocks::of(&values, shape[1])
        {
            exported.word_bits = 4;
            stored.extend(blocks.stored(tensor_name, shape[0], shape[1]));
        } else if is_quantized(tensor_name) && shape.len() == 2 {
            let (quantized, scales) = quantize_rows(&values, shape[1]);
            let scales = scales.iter().flat_map(|s| s.to_le_bytes()).collect();
            let scales_name = format!("{tensor_name}_scale");
            stored.push((tensor_name.to_owned(), Dtype::I8, shape.to_vec(), quantized));
            stored.push((scales_name, Dtype::F32, vec![shape[0]], scales));
        } else {
            let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
            stored.push((tensor_name.to_owned(), Dtype::F32, shape.to_vec(), bytes));
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
    name.clone_into(&mut exported.settings.name);
    exported.settings.precision = Precision::Int8;
    exported.settings = ModelFolder::write_settings(to, exported.settings)?;
    Ok(exported)
}

/// Symmetric bytes with one scale per row.
pub(super) fn quantize_rows(values: &[f32], width: usize) -> (Vec<u8>, Vec<f32>) {
    let mut bytes = Vec::with_capacity(values.len());
    let mut scales = Vec::with_capacity(values.len() / width.max(1));
    for row in values.chunks_exact(width) {
        let most = row.iter().fold(0.0f32, |m, v| m.max(v.abs()));
        let scale = if most > 0.0 { most / STEPS } else { 1.0 };
        scales.push(scale);
        bytes.extend(
            row.iter()
                .map(|v| (math::nearest(v / scale) as i8).cast_unsigned()),
        );
    }
    (bytes, scales)
}
