//! Writes the made-up tables of `datasets/sample`.
//!
//! `cargo run --example generate-sample -- --out datasets/sample [--seed 2026]`

mod tables;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "usage: generate-sample --out FOLDER [--seed N]";

fn arguments() -> Result<(PathBuf, u64), String> {
    let (mut out, mut seed) = (None, tables::SEED);
    let mut arguments = std::env::args().skip(1);
    while let Some(flag) = arguments.next() {
        let value = arguments
            .next()
            .ok_or_else(|| format!("{flag} wants a value; {USAGE}"))?;
        match flag.as_str() {
            "--out" => out = Some(PathBuf::from(value)),
            "--seed" => {
                seed = value
                    .parse()
                    .map_err(|_| format!("{value} is no seed; {USAGE}"))?;
            }
            _ => return Err(format!("{flag} is not known; {USAGE}")),
        }
    }
    Ok((out.ok_or(USAGE)?, seed))
}

#[expect(clippy::print_stderr, reason = "a small program for people")]
fn main() -> ExitCode {
    let (out, seed) = match arguments() {
        Ok(parsed) => parsed,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::from(2);
        }
    };
    let written = tables::make(seed).and_then(|files| {
        std::fs::create_dir_all(&out)?;
        for file in &files {
            std::fs::write(out.join(file.name), &file.bytes)?;
            eprintln!(
                "{:>6} rows  {:>8} bytes  {}",
                file.rows,
                file.bytes.len(),
                file.name
            );
        }
        Ok(())
    });
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", out.display());
            ExitCode::FAILURE
        }
    }
}
