//! The Python package's native part: Arrow tables in, the library's commands and models, Arrow tables out.

#![expect(
    clippy::needless_pass_by_value,
    reason = "Python hands arguments over by value"
)]

mod arrow;
mod call;
mod error;
mod models;
mod table;

use pyo3::prelude::*;
use std::path::PathBuf;

/// Where the models that come with the package are; the first call counts.
#[pyfunction]
fn set_models_folder(folder: PathBuf) {
    microfluence::inference::set_models_folder(folder);
}

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_function(wrap_pyfunction!(set_models_folder, module)?)?;
    module.add_function(wrap_pyfunction!(call::call, module)?)?;
    module.add_class::<table::Table>()?;
    module.add_function(wrap_pyfunction!(models::copy_keys, module)?)?;
    module.add_class::<models::Embedder>()?;
    module.add_class::<models::Reader>()?;
    module.add_class::<models::SentimentScorer>()?;
    module.add_class::<models::SentimentTally>()?;
    Ok(())
}
