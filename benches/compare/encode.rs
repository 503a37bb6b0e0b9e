//! Times one backend over a file of texts, for `compare.py`.
//!
//! ```sh
//! cargo run --release --example encode-texts -- FOLDER TEXTS native|rust-bert THREADS
//! cargo run --release --example encode-texts -- TEXTS > NORMALISED
//! ```
//!
//! TEXTS has one text per line. The second form prints them as the models are to read them, so that every
//! contender gets the same; the first prints a line of JSON: the seconds from texts to
//! probabilities (tokenising included, loading not), and the probabilities.

use microfluence::inference::{Backend, Input, ModelFolder, WordPieces, open_encoder};
use microfluence::text::normalize;
use std::io::Write;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [texts] = arguments.as_slice() {
        for text in std::fs::read_to_string(texts)?.lines() {
            // Splitting tags is this program's tokenizer's part, which the others do not have.
            writeln!(
                std::io::stdout(),
                "{}",
                normalize(text, &[]).replace('#', "")
            )?;
        }
        return Ok(());
    }
    let [folder, texts, backend, threads] = arguments.as_slice() else {
        return Err("expected FOLDER TEXTS native|rust-bert THREADS".into());
    };
    let threads: usize = threads.parse()?;
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global()?;
    #[cfg(feature = "rust-bert")]
    microfluence::inference::train::set_threads(i32::try_from(threads)?);
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
