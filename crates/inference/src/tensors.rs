//! The tensors of one safetensors file, by Hugging Face's names with or without a leading `bert.`.
//!
//! Numbers are asked for as float32, whatever kind of float they are stored as. A tensor of any other kind is an
//! error that names it: none is ever passed over.

use half::{bf16, f16};
use microfluence_tables::error::{Error, Result};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Tensors that are counted off while a network is built, so that those that it does not read can be named.
pub(crate) struct Tensors<'a> {
    pub(crate) file: PathBuf,
    inner: SafeTensors<'a>,
    read: RefCell<BTreeSet<String>>,
}

impl<'a> Tensors<'a> {
    pub(crate) fn new(file: PathBuf, bytes: &'a [u8]) -> Result<Self> {
        let tensors =
            SafeTensors::deserialize(bytes).map_err(|e| Error::model(&file, e.to_string()))?;
        Ok(Self {
            file,
            inner: tensors,
            read: RefCell::default(),
        })
    }

    /// All names, as the file has them, in alphabetical order.
    pub(crate) fn names(&self) -> Vec<&str> {
        let mut names = self.inner.names();
        names.sort_unstable();
        names
    }

    /// The names that nothing has asked for.
    pub(crate) fn unread(&self) -> Vec<String> {
        let read = self.read.borrow();
        self.names()
            .into_iter()
            .filter(|name| !read.contains(*name))
            .map(str::to_owned)
            .collect()
    }

    /// The tensor of this name, where there is one.
    pub(crate) fn find(&self, name: &str) -> Option<TensorView<'a>> {
        [&format!("bert.{name}"), name]
            .into_iter()
            .find_map(|name| {
                let view = self.inner.tensor(name).ok()?;
                self.read.borrow_mut().insert(name.to_owned());
                Some(view)
            })
    }

    /// The tensor of this name and shape.
    pub(crate) fn view(&self, name: &str, shape: &[usize]) -> Result<TensorView<'a>> {
        let view = self
            .find(name)
            .ok_or_else(|| self.wrong(format!("lacks the tensor {name}")))?;
        if view.shape() != shape {
            let found = format!("tensor {name} is {:?}", view.shape());
            return Err(self.wrong(format!("{found}, expected {shape:?}")));
        }
        Ok(view)
    }

    /// The bytes of a tensor of this kind and shape.
    pub(crate) fn bytes(&self, name: &str, dtype: Dtype, shape: &[usize]) -> Result<&'a [u8]> {
        let view = self.view(name, shape)?;
        if view.dtype() != dtype {
            let found = format!("tensor {name} is {:?}", view.dtype());
            return Err(self.wrong(format!("{found}, expected {dtype:?}")));
        }
        Ok(view.data())
    }

    /// The numbers of a tensor of this shape.
    pub(crate) fn floats(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let view = self.view(name, shape)?;
        to_floats(&view).map_err(|kind| self.wrong(not_floats(name, kind)))
    }

    pub(crate) fn wrong(&self, what: String) -> Error {
        Error::model(&self.file, what)
    }
}

/// The message about a tensor that holds no floats.
pub(crate) fn not_floats(name: &str, kind: Dtype) -> String {
    format!("tensor {name} is {kind:?}, expected F32, F16 or BF16")
}

/// A tensor's numbers as float32, or the kind that is none of floats'.
pub(crate) fn to_floats(view: &TensorView<'_>) -> std::result::Result<Vec<f32>, Dtype> {
    let data = view.data();
    let two = |b: &[u8]| [b[0], b[1]];
    match view.dtype() {
        Dtype::F32 => Ok(data
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect()),
        Dtype::F16 => Ok(data
            .chunks_exact(2)
            .map(|b| f16::from_le_bytes(two(b)).to_f32())
            .collect()),
        Dtype::BF16 => Ok(data
            .chunks_exact(2)
            .map(|b| bf16::from_le_bytes(two(b)).to_f32())
            .collect()),
        other => Err(other),
    }
}

/// Whether a tensor is a buffer of the checkpoint's own that no network reads: the numbers of the positions, in turn.
pub(crate) fn is_buffer(name: &str) -> bool {
    name.ends_with("embeddings.position_ids") || name.ends_with("embeddings.token_type_ids")
}
