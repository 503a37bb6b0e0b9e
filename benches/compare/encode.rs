//! Times one backend over a file of texts, for `compare.py`.
//!
//! ```sh
//! cargo run --release --example encode-texts -- FOLDER TEXTS native|rust-bert THREADS
//! ```
//!
//! TEXTS has one text per line, as the model is to read it. Prints a line of JSON: the seconds from texts to
//! probabilities (tokenising included, loading not), and the probabilities.

use microfluence::inference::{Backend, Input, ModelFolder, WordPieces, open_encoder};
use std::io::Write;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, texts, backend, threads] = arguments.as_slice() else {
        return Err("expected FOLDER TEXTS native|rust-bert THREADS".into());
    };
    let threads: usize = threads.parse()?;
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global()?;
    #[cfg(feature = "rust-bert")]
    tch::set_num_threads(i32::try_from(threads)?);
    let folder = ModelFolder::open(folder)?;
    let encoder = open_encoder(&folder, Backend::named(backend)?)?;
    let pairs = folder.settings().targets;
    let texts = std::fs::read_to_string(texts)?;
    let inputs: Vec<Input<'_>> = texts
        .lines()
        .map(|text| Input {
            text,
            target: pairs.then_some(""),
        })
        .collect();
    let tokens: usize = WordPieces::open(&folder)?
        .all(&inputs)?
        .iter()
        .map(|t| t.ids.len())
        .sum();
    // Warm caches and threads; what is timed is the steady state of a long run.
    encoder.encode(&inputs[..inputs.len().min(256)])?;
    let start = Instant::now();
    let rows = encoder.encode(&inputs)?;
    let seconds = start.elapsed().as_secs_f64();
    let probabilities: Vec<&[f32]> = rows.iter().collect();
    let line = serde_json::json!({
        "seconds": seconds, "texts": inputs.len(), "tokens": tokens, "probabilities": probabilities,
    });
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}
