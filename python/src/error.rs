//! The library's errors as Python's.

use microfluence::{Error, Place};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// The exception of `microfluence.errors` for an error, with its hint and place.
pub(crate) fn raise(py: Python<'_>, error: &Error) -> PyErr {
    exception(py, error).unwrap_or_else(|failed| failed)
}

fn exception(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    let place = |place: &Place| {
        (
            Some(place.file.display().to_string()),
            place.line,
            place.column.clone(),
        )
    };
    let (class, hint, (file, line, column)) = match error {
        Error::Input {
            place: at, hint, ..
        } => ("InputError", hint.as_ref(), place(at)),
        Error::Alert { .. } => ("AlertError", None, (None, None, None)),
        Error::Limit { hint, .. } => ("LimitError", hint.as_ref(), (None, None, None)),
        Error::Usage { hint, .. } => ("UsageError", hint.as_ref(), (None, None, None)),
        Error::Io { path, .. } => ("FileError", None, place(&Place::file(path))),
        Error::Model { path, hint, .. } => ("ModelError", hint.as_ref(), place(&Place::file(path))),
        Error::Internal(_) => ("InternalError", None, (None, None, None)),
    };
    let named = PyDict::new(py);
    named.set_item("hint", hint)?;
    named.set_item("file", file)?;
    named.set_item("line", line)?;
    named.set_item("column", column)?;
    let class = py.import("microfluence.errors")?.getattr(class)?;
    let exception = class.call((error.to_string(),), Some(&named))?;
    Ok(PyErr::from_value(exception))
}
