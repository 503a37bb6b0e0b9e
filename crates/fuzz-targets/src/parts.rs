//! A part of a shared run. The first byte says whether the sum at its end is made right, so that what stands before it
//! is read too.

use super::{scratch, write};
use microfluence_inference::PartAnswers;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;
use tempfile::TempDir;

static FOLDER: LazyLock<TempDir> = LazyLock::new(scratch);

/// Tries `data`.
pub fn run(data: &[u8]) {
    let Some((&first, rest)) = data.split_first() else {
        return;
    };
    let mut bytes = rest.to_vec();
    if first & 1 == 1 {
        bytes.extend_from_slice(&Sha256::digest(rest));
    }
    let path = write(FOLDER.path(), "a.part", &bytes);
    if PartAnswers::default().add(&path).is_ok() {
        let (all, sum) = bytes.split_at(bytes.len() - 32);
        assert_eq!(&Sha256::digest(all)[..], sum, "a part is whole or refused");
    }
}
