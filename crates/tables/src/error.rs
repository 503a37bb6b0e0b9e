//! One error type, split by whose mistake it is, because the exit status depends on that.

use std::path::{Path, PathBuf};

/// A place in an input: file, and where known the line and the column's name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The file as the user named it.
    pub file: PathBuf,
    /// Line of the file, from 1; the header is line 1. For Parquet, the row from 1.
    pub line: Option<u64>,
    /// Name of the column.
    pub column: Option<String>,
}

impl Place {
    /// A whole file.
    #[must_use]
    pub fn file(file: impl Into<PathBuf>) -> Self {
        Self {
            file: file.into(),
            line: None,
            column: None,
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ", column {column:?}")?;
        }
        Ok(())
    }
}

/// Why something could not be done. `Display` is one line for people.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The user can mend it: a flag, a configuration, an input that cannot be read as what it
    /// was given as. Exit status 2.
    #[error("{place}: {message}{}", hint_suffix(.hint.as_deref()))]
    Input {
        /// Where.
        place: Place,
        /// What is wrong and what was expected.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// A flag or a value of one is wrong. Exit status 2.
    #[error("{message}{}", hint_suffix(.hint.as_deref()))]
    Usage {
        /// What is wrong and what was expected.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// A limit that the user has set was exceeded: everything was done, but beside what stood before. Exit status 3.
    #[error("{message}{}", hint_suffix(.hint.as_deref()))]
    Limit {
        /// Which limit, by how much, and where the new results are.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// Something that the user wants to be called for has come true; everything was done. Exit status 4.
    #[error("{message}")]
    Alert {
        /// What has come true.
        message: String,
    },
    /// Reading or writing failed half way. Exit status 1.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A model folder is incomplete, damaged or of an unknown kind. Exit status 1.
    #[error("{}: {message}{}", .path.display(), hint_suffix(.hint.as_deref()))]
    Model {
        /// The folder or the file in it.
        path: PathBuf,
        /// What is wrong.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// A defect of this program. Exit status 1.
    #[error("internal error: {0}")]
    Internal(String),
}

fn hint_suffix(hint: Option<&str>) -> String {
    hint.map(|hint| format!(" (hint: {hint})"))
        .unwrap_or_default()
}

impl Error {
    /// An input that the user can mend.
    pub fn input(place: Place, message: impl Into<String>) -> Self {
        Self::Input {
            place,
            message: message.into(),
            hint: None,
        }
    }

    /// A TOML file that says something else than what was expected of it, with the line where it does.
    #[must_use]
    pub fn toml(path: &Path, text: &str, error: &toml::de::Error) -> Self {
        let line = error
            .span()
            .map(|span| 1 + text[..span.start].matches('\n').count() as u64);
        let place = Place {
            line,
            ..Place::file(path)
        };
        Self::input(place, error.message().trim_end().replace('\n', "; "))
    }

    /// A JSON document that is something else than was expected of it, with the line where it is.
    #[must_use]
    pub fn json(path: &Path, expected: &str, error: &serde_json::Error) -> Self {
        let place = Place {
            line: Some(error.line() as u64),
            ..Place::file(path)
        };
        Self::input(place, format!("is no {expected}: {error}"))
    }

    /// A wrong flag.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Usage {
            message: message.into(),
            hint: None,
        }
    }

    /// A limit that was exceeded.
    pub fn limit(message: impl Into<String>) -> Self {
        Self::Limit {
            message: message.into(),
            hint: None,
        }
    }

    /// An alert that the user has set.
    pub fn alert(message: impl Into<String>) -> Self {
        Self::Alert {
            message: message.into(),
        }
    }

    /// A broken model folder.
    pub fn model(path: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Self::Model {
            path: path.into(),
            message: message.into(),
            hint: None,
        }
    }

    /// A system error at `path`.
    pub fn io(path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        Self::Io {
            path: path.into(),
            source,
        }
    }

    /// The same error with what to do about it.
    #[must_use]
    pub fn with_hint(mut self, text: impl Into<String>) -> Self {
        match &mut self {
            Self::Input { hint, .. }
            | Self::Usage { hint, .. }
            | Self::Limit { hint, .. }
            | Self::Model { hint, .. } => {
                *hint = Some(text.into());
            }
            Self::Io { .. } | Self::Alert { .. } | Self::Internal(_) => {}
        }
        self
    }

    /// The process's exit status: 2 for the user's mistake, 3 for a limit that was exceeded, 4 for an alert, 1 for
    /// everything else.
    #[must_use]
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Input { .. } | Self::Usage { .. } => 2,
            Self::Limit { .. } => 3,
            Self::Alert { .. } => 4,
            Self::Io { .. } | Self::Model { .. } | Self::Internal(_) => 1,
        }
    }
}

/// `Result` with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

thread_local! {
    static CONTAINED: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Runs code of a library that panics where it should give an error, and gives the panic's
/// text as one. For stores that anybody may have damaged; not for this program's own defects.
pub fn contained<T>(work: impl FnOnce() -> T) -> std::result::Result<T, String> {
    let outer = CONTAINED.replace(true);
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
    CONTAINED.set(outer);
    outcome.map_err(|panic| {
        panic
            .downcast_ref::<&str>()
            .map(|s| (*s).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "it is damaged".to_owned())
    })
}

/// Whether this thread is in code whose panics are expected and handled: a panic hook then has
/// nothing to say.
#[must_use]
pub fn panics_are_contained() -> bool {
    CONTAINED.get()
}
