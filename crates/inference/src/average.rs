//! One model from several that were fine-tuned from the same base.

use super::tensors::{Tensors, is_buffer};
use super::{ModelFolder, ModelSettings, Precision};
use microfluence_tables::error::{Error, Result};
use safetensors::tensor::{Dtype, TensorView, serialize_to_file};
use std::fs;
use std::path::Path;

/// Writes `to` as the weighted mean of the weights of float32 folders ("model soup", Wortsman
/// and others 2022). Everything else is the first folder's. Models that share a base lie so
/// near to each other that their mean is mostly better than each on texts of a new kind.
///
/// # Errors
/// [`Error::Model`] for folders that are not float32 or whose tensors differ in name or shape;
/// [`Error::Usage`] where there are none, or weights that do not add up to something positive.
pub fn average_folders(
    folders: &[(ModelFolder, f32)],
    to: &Path,
    name: &str,
) -> Result<ModelSettings> {
    let total: f32 = folders.iter().map(|(_, weight)| weight).sum();
    let Some((first, _)) = folders.first() else {
        return Err(Error::usage("there is no model to average"));
    };
    if !(total > 0.0 && total.is_finite()) || folders.iter().any(|(_, w)| *w < 0.0) {
        return Err(Error::usage(
            "weights must not be negative, and not all be 0",
        ));
    }
    let mut sums: Vec<(String, Vec<usize>, Vec<f32>)> = Vec::new();
    for (i, (folder, weight)) in folders.iter().enumerate() {
        if folder.settings().precision != Precision::Float32 {
            return Err(Error::model(
                folder.path(),
                "is int8; average float32 folders",
            ));
        }
        let file = folder.file("model.safetensors");
        let bytes = fs::read(&file).map_err(|e| Error::io(&file, e))?;
        let tensors = Tensors::new(file, &bytes)?;
        if i == 0 {
            for name in tensors.names() {
                let shape = tensors.find(name).map(|view| view.shape().to_vec());
                if let Some(shape) = shape.filter(|_| !is_buffer(name)) {
                    let length = shape.iter().product();
                    sums.push((name.to_owned(), shape, vec![0.0; length]));
                }
            }
        }
        for (name, shape, sum) in &mut sums {
            for (sum, value) in sum.iter_mut().zip(tensors.floats(name, shape)?) {
                *sum += weight / total * value;
            }
        }
        let unread: Vec<String> = tensors.unread();
        if let Some(name) = unread.iter().find(|name| !is_buffer(name)) {
            return Err(tensors.wrong(format!("holds {name}, which the first model lacks")));
        }
    }
    let data: Vec<Vec<u8>> = sums
        .iter()
        .map(|(_, _, sum)| sum.iter().flat_map(|v| v.to_le_bytes()).collect())
        .collect();
    let views = sums
        .iter()
        .zip(&data)
        .map(|((name, shape, _), data)| {
            TensorView::new(Dtype::F32, shape.clone(), data)
                .map(|view| (name.as_str(), view))
                .map_err(|e| Error::Internal(e.to_string()))
        })
        .collect::<Result<Vec<_>>>()?;
    fs::create_dir_all(to).map_err(|e| Error::io(to, e))?;
    let file = to.join("model.safetensors");
    serialize_to_file(views, None, &file).map_err(|e| Error::model(&file, e.to_string()))?;
    for name in ["config.json", "tokenizer.json"] {
        fs::copy(first.file(name), to.join(name)).map_err(|e| Error::io(to.join(name), e))?;
    }
    let settings = ModelSettings {
        name: name.to_owned(),
        ..first.settings().clone()
    };
    ModelFolder::write_settings(to, settings)
}
