//! The store of answers, damaged: six bytes each are one change, the place (four), what is written there, and how
//! often. It may be of no use any more, but never gives an answer that was not the model's.

use super::{expect_contained_panics, scratch, write};
use microfluence_inference::{
    CachedEncoder, DiskCache, Encoder, Input, ModelFolder, ModelSettings, Rows,
};
use microfluence_tables::Result;
use serde_json::json;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use tempfile::TempDir;

const FILE: &str = "answers-1.redb";
const TEXTS: [&str; 4] = ["love it", "hate it", "", "where is my parcel?"];

/// Gives numbers made of the text's bytes.
struct Sums(ModelSettings);

impl Encoder for Sums {
    fn encode(&self, inputs: &[Input<'_>]) -> Result<Rows> {
        let mut rows = Rows::zeros(inputs.len(), 2);
        for (i, input) in inputs.iter().enumerate() {
            let sum: u32 = input.text.bytes().map(u32::from).sum();
            rows.row_mut(i)
                .copy_from_slice(&[sum as f32, input.text.len() as f32]);
        }
        Ok(rows)
    }

    fn settings(&self) -> &ModelSettings {
        &self.0
    }

    fn backend(&self) -> &'static str {
        "sums"
    }
}

struct Store {
    _scratch: TempDir,
    folder: PathBuf,
    model: ModelFolder,
    whole: Vec<u8>,
    /// Pages of 512 bytes in which anything stands.
    written: Vec<usize>,
}

impl Store {
    fn encoder(&self) -> Option<CachedEncoder> {
        let disk = DiskCache::open(&self.folder).ok()?;
        let _ = disk.status();
        let inner = Sums(self.model.settings().clone());
        Some(
            CachedEncoder::new(Box::new(inner), &self.model, Some(Arc::new(disk)))
                .expect("a model"),
        )
    }

    /// Reads the texts by way of the store.
    fn read(&self) {
        let Some(encoder) = self.encoder() else {
            return;
        };
        let inputs = TEXTS.map(|text| Input { text, target: None });
        let rows = encoder
            .encode(&inputs)
            .expect("a store's trouble is no run's");
        let right = Sums(self.model.settings().clone())
            .encode(&inputs)
            .expect("sums");
        assert_eq!(rows, right);
    }
}

static STORE: LazyLock<Store> = LazyLock::new(|| {
    let scratch = scratch();
    let at = scratch.path().join("model");
    std::fs::create_dir(&at).expect("a folder");
    for name in ModelFolder::FILES {
        write(&at, name, name.as_bytes());
    }
    let settings = json!({"name": "sums", "task": "classify", "precision": "float32",
        "labels": ["a", "b"], "max_tokens": 8});
    write(&at, ModelFolder::SETTINGS, settings.to_string().as_bytes());
    let mut store = Store {
        folder: scratch.path().join("cache"),
        model: ModelFolder::open(at).expect("a model folder"),
        whole: Vec::new(),
        written: Vec::new(),
        _scratch: scratch,
    };
    store.read();
    store.whole = std::fs::read(store.folder.join(FILE)).expect("a store");
    let pages = store.whole.chunks(512).enumerate();
    store.written = pages
        .filter(|(_, page)| page.iter().any(|b| *b != 0))
        .map(|(i, _)| i)
        .collect();
    assert!(!store.written.is_empty());
    store
});

/// Tries `data`.
pub fn run(data: &[u8]) {
    expect_contained_panics();
    let store = &*STORE;
    let mut bytes = store.whole.clone();
    for change in data.chunks_exact(6).take(64) {
        let page = store.written
            [usize::from(u16::from_le_bytes([change[0], change[1]])) % store.written.len()];
        let at = page * 512 + usize::from(u16::from_le_bytes([change[2], change[3]])) % 512;
        let times = usize::from(change[5] & 0x1f) + 1;
        let end = bytes.len();
        for byte in &mut bytes[at..(at + times).min(end)] {
            // The highest bit says whether it is written or flipped into what stands there.
            *byte = if change[5] & 0x80 == 0 {
                change[4]
            } else {
                *byte ^ change[4]
            };
        }
    }
    if data.len() % 6 == 1 {
        let whole = bytes.len();
        bytes.truncate(whole * usize::from(data[data.len() - 1]) / 256);
    }
    std::fs::create_dir_all(&store.folder).expect("a folder");
    write(&store.folder, FILE, &bytes);
    store.read();
    // What is left of it must not mislead the next run either.
    store.read();
}
