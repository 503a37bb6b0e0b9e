//! One writer in a folder at a time.

use crate::{Error, Result};
use std::path::Path;

/// The lock of a folder, which the system takes back however this process ends.
pub(crate) struct FolderLock(
    #[expect(dead_code, reason = "it holds the lock")] Option<std::fs::File>,
);

impl FolderLock {
    /// Two runs at once would leave tables of both, and a page of neither.
    pub(crate) fn in_folder(folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(|e| Error::io(folder, e))?;
        // Where folders cannot be opened as files, or the file system has no locks, every file is still whole.
        let Ok(file) = std::fs::File::open(folder) else {
            return Ok(Self(None));
        };
        match file.try_lock() {
            Err(std::fs::TryLockError::WouldBlock) => Err(Error::usage(format!(
                "{}: another run is writing to this folder",
                folder.display()
            ))
            .with_hint("wait for it, or give this run a folder of its own with `output`")),
            Ok(()) => Ok(Self(Some(file))),
            Err(std::fs::TryLockError::Error(_)) => Ok(Self(None)),
        }
    }
}
