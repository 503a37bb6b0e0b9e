use super::*;
use crate::Task;
use microfluence_tables::error::Error;
use std::path::Path;

/// Gives numbers made of the text's bytes, and counts the texts it was given.
struct Counting {
    settings: ModelSettings,
    texts: Arc<AtomicU64>,
}

impl Encoder for Counting {
    fn encode(&self, inputs: &[Input<'_>]) -> Result<Rows> {
        self.texts.fetch_add(inputs.len() as u64, Ordering::Relaxed);
        let mut rows = Rows::zeros(inputs.len(), 3);
        for (i, input) in inputs.iter().enumerate() {
            let sum: u32 = input.text.bytes().map(u32::from).sum();
            let target = input.target.map_or(0, str::len);
            rows.row_mut(i)
                .copy_from_slice(&[sum as f32, target as f32, 0.25]);
        }
        Ok(rows)
    }

    fn settings(&self) -> &ModelSettings {
        &self.settings
    }

    fn backend(&self) -> &'static str {
        "counting"
    }
}

fn model_folder(at: &Path, max_tokens: usize) -> ModelFolder {
    std::fs::create_dir_all(at).unwrap();
    for name in ModelFolder::FILES {
        std::fs::write(at.join(name), name).unwrap();
    }
    let labels = vec!["a".to_owned(), "b".to_owned(), "c".to_owned()];
    let settings = ModelSettings {
        targets: true,
        ..ModelSettings::new("counting".to_owned(), Task::Classify, labels, max_tokens)
    };
    ModelFolder::write_settings(at, settings).unwrap();
    ModelFolder::open(at).unwrap()
}

fn cached(folder: &ModelFolder, disk: Option<DiskCache>) -> (CachedEncoder, Arc<AtomicU64>) {
    let texts = Arc::new(AtomicU64::new(0));
    let inner = Counting {
        settings: folder.settings().clone(),
        texts: Arc::clone(&texts),
    };
    let encoder = CachedEncoder::new(Box::new(inner), folder, disk.map(Arc::new)).unwrap();
    (encoder, texts)
}

fn inputs<'a>(texts: &[(&'a str, Option<&'a str>)]) -> Vec<Input<'a>> {
    texts
        .iter()
        .map(|(text, target)| Input {
            text,
            target: *target,
        })
        .collect()
}

#[test]
fn a_repeated_text_is_read_once_and_gives_the_same() {
    let at = tempfile::tempdir().unwrap();
    let folder = model_folder(at.path(), 8);
    let (encoder, read) = cached(&folder, None);
    let asked = inputs(&[
        ("love it", None),
        ("hate it", None),
        ("love it", None),
        ("love it", Some("")),
        ("love it", Some("apple")),
    ]);
    let first = encoder.encode(&asked).unwrap();
    assert_eq!(read.load(Ordering::Relaxed), 4);
    assert_eq!(first.row(0), first.row(2));
    assert_eq!(first.row(4)[1..], [5.0, 0.25]);
    assert_eq!(encoder.encode(&asked).unwrap(), first);
    assert_eq!(read.load(Ordering::Relaxed), 4);
    let counts = encoder.counts();
    assert_eq!((counts.asked, counts.read, counts.from_disk), (10, 4, 0));
}

#[test]
fn the_next_run_pays_only_for_what_is_new() {
    let at = tempfile::tempdir().unwrap();
    let folder = model_folder(&at.path().join("model"), 8);
    let store = at.path().join("cache");
    let (encoder, _) = cached(&folder, Some(DiskCache::open(&store).unwrap()));
    let before = encoder
        .encode(&inputs(&[("a", None), ("b", None)]))
        .unwrap();
    drop(encoder);

    let (encoder, read) = cached(&folder, Some(DiskCache::open(&store).unwrap()));
    let after = encoder
        .encode(&inputs(&[("a", None), ("b", None), ("c", None)]))
        .unwrap();
    assert_eq!(read.load(Ordering::Relaxed), 1);
    assert_eq!(after.row(1), before.row(1));
    drop(encoder);

    // Another cut of the texts is another model.
    let other = model_folder(&at.path().join("other"), 9);
    let (encoder, read) = cached(&other, Some(DiskCache::open(&store).unwrap()));
    encoder.encode(&inputs(&[("a", None)])).unwrap();
    assert_eq!(read.load(Ordering::Relaxed), 1);
}

#[test]
fn two_runs_at_once_share_a_store() {
    let at = tempfile::tempdir().unwrap();
    let folder = model_folder(&at.path().join("model"), 8);
    let store = at.path().join("cache");
    let (one, _) = cached(&folder, Some(DiskCache::open(&store).unwrap()));
    let (two, read) = cached(&folder, Some(DiskCache::open(&store).unwrap()));
    one.encode(&inputs(&[("a", None)])).unwrap();
    two.encode(&inputs(&[("a", None), ("b", None)])).unwrap();
    assert_eq!(read.load(Ordering::Relaxed), 1);
    assert_eq!(one.trouble(), None);
    assert_eq!(two.trouble(), None);
}

#[test]
fn old_entries_go_when_the_store_is_full_and_wanted_ones_stay() {
    let at = tempfile::tempdir().unwrap();
    let folder = model_folder(&at.path().join("model"), 8);
    let store = at.path().join("cache");
    let disk = DiskCache::open(&store).unwrap();
    disk.set_limit(8_000).unwrap();
    drop(disk);
    let texts: Vec<String> = (0..1_000).map(|i| format!("text {i}")).collect();
    let (encoder, _) = cached(&folder, Some(DiskCache::open(&store).unwrap()));
    for text in &texts {
        // A run of its own would ask the disk; memory knows the favourite here.
        encoder.encode(&inputs(&[(text, None)])).unwrap();
    }
    drop(encoder);
    let status = DiskCache::open(&store).unwrap().status().unwrap();
    assert!(status.bytes <= 8_000, "{status:?}");
    assert!(status.entries > 100, "{status:?}");
    assert_eq!(status.limit, 8_000);
    let (encoder, read) = cached(&folder, Some(DiskCache::open(&store).unwrap()));
    encoder.encode(&inputs(&[("text 999", None)])).unwrap();
    encoder.encode(&inputs(&[("text 0", None)])).unwrap();
    assert_eq!(read.load(Ordering::Relaxed), 1);
}

#[test]
fn a_flipped_bit_never_gives_a_wrong_answer() {
    let at = tempfile::tempdir().unwrap();
    let folder = model_folder(&at.path().join("model"), 8);
    let store = at.path().join("cache");
    let texts: Vec<String> = (0..400).map(|i| format!("text {i}")).collect();
    let asked: Vec<Input<'_>> = texts
        .iter()
        .map(|text| Input { text, target: None })
        .collect();
    let (encoder, _) = cached(&folder, Some(DiskCache::open(&store).unwrap()));
    let truth = encoder.encode(&asked).unwrap();
    drop(encoder);
    let file = std::fs::read_dir(&store)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let whole = std::fs::read(&file).unwrap();
    let mut answered = 0;
    for at in (0..whole.len()).step_by(whole.len() / 97) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        std::fs::write(&file, &damaged).unwrap();
        match DiskCache::open(&store) {
            Ok(disk) => {
                let (encoder, _) = cached(&folder, Some(disk));
                assert_eq!(encoder.encode(&asked).unwrap(), truth, "byte {at}");
                answered += 1;
            }
            Err(Error::Io { path, .. }) => assert_eq!(path, file),
            Err(other) => panic!("{other}"),
        }
    }
    assert!(answered > 0);
}

#[test]
fn a_file_that_is_no_store_is_named() {
    let at = tempfile::tempdir().unwrap();
    let disk = DiskCache::open(at.path()).unwrap();
    let file = disk.status().unwrap().path;
    drop(disk);
    std::fs::write(
        &file,
        "not a store at all, but long enough to look like something",
    )
    .unwrap();
    let error = DiskCache::open(at.path()).err().unwrap().to_string();
    assert!(error.contains("answers-1.redb"), "{error}");
    assert!(error.contains("cache clear"), "{error}");
    assert!(DiskCache::remove(at.path()).unwrap());
    assert!(DiskCache::open(at.path()).is_ok());
}

/// Found by fuzzing (`fuzz/fuzz_targets/cache.rs`): the crate panicked over a damaged store while it was closed, after
/// every answer was given.
#[test]
fn a_damaged_store_is_closed_without_a_panic() {
    let at = tempfile::tempdir().unwrap();
    let folder = model_folder(&at.path().join("model"), 8);
    let store = at.path().join("cache");
    let asked = inputs(&[("love it", None), ("hate it", None), ("", None)]);
    let (encoder, _) = cached(&folder, Some(DiskCache::open(&store).unwrap()));
    let truth = encoder.encode(&asked).unwrap();
    let file = store.join("answers-1.redb");
    drop(encoder);
    let whole = std::fs::read(&file).unwrap();
    let pages = whole.chunks(512).enumerate();
    let written: Vec<usize> = pages
        .filter(|(_, page)| page.iter().any(|b| *b != 0))
        .map(|(i, _)| 512 * i)
        .collect();
    for (page, offset) in written.iter().flat_map(|p| [0, 46, 256].map(|o| (p, o))) {
        let mut damaged = whole.clone();
        damaged[page + offset..page + offset + 15].fill(0xe3);
        std::fs::write(&file, &damaged).unwrap();
        if let Ok(disk) = DiskCache::open(&store) {
            let (encoder, _) = cached(&folder, Some(disk));
            assert_eq!(
                encoder.encode(&asked).unwrap(),
                truth,
                "byte {}",
                page + offset
            );
            drop(encoder);
        }
    }
}
