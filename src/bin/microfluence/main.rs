//! The program: arguments, printing and exit status; the work is the library's.

#[cfg(feature = "rust-bert")]
mod train;

use clap::Parser;

#[derive(Parser)]
enum Command {
    #[cfg(feature = "rust-bert")]
    Train(train::TrainArgs),
    Export {
        from: std::path::PathBuf,
        to: std::path::PathBuf,
        name: String,
    },
    Bench {
        model: std::path::PathBuf,
        texts: std::path::PathBuf,
    },
    Acc {
        model: std::path::PathBuf,
        csv: std::path::PathBuf,
    },
}

fn main() {
    use microfluence::inference::*;
    match Command::parse() {
        #[cfg(feature = "rust-bert")]
        Command::Train(args) => train::run(&args, 0).unwrap(),
        Command::Export { from, to, name } => {
            native::quantize_folder(&ModelFolder::open(from).unwrap(), &to, &name).unwrap();
        }
        Command::Bench { model, texts } => {
            let e = native::NativeEncoder::open(&ModelFolder::open(model).unwrap()).unwrap();
            let t = std::fs::read_to_string(texts).unwrap();
            let t: Vec<String> = t
                .lines()
                .map(|l| microfluence::text::normalize(l, &[]))
                .collect();
            let inputs: Vec<_> = t
                .iter()
                .map(|t| Input {
                    text: t,
                    target: None,
                })
                .collect();
            for _ in 0..3 {
                let s = std::time::Instant::now();
                let r = e.encode(&inputs).unwrap();
                let dt = s.elapsed().as_secs_f64();
                eprintln!(
                    "{} texts {:.3}s {:.0}/s  {:?}",
                    r.height(),
                    dt,
                    r.height() as f64 / dt,
                    &r.row(0)[..3]
                );
            }
        }
        Command::Acc { model, csv } => {
            let f = ModelFolder::open(model).unwrap();
            let e = open_encoder(
                &f,
                if f.settings().precision == Precision::Float32
                    && cfg!(feature = "rust-bert")
                    && std::env::var("RB").is_ok()
                {
                    Backend::RustBert
                } else {
                    Backend::Native
                },
            )
            .unwrap();
            let mut rd = ::csv::Reader::from_path(csv).unwrap();
            let rows: Vec<(String, usize)> = rd
                .records()
                .map(|r| {
                    let r = r.unwrap();
                    (
                        microfluence::text::normalize(&r[0], &[]),
                        ["negative", "neutral", "positive"]
                            .iter()
                            .position(|l| *l == &r[1])
                            .unwrap(),
                    )
                })
                .collect();
            let inputs: Vec<_> = rows
                .iter()
                .map(|t| Input {
                    text: &t.0,
                    target: None,
                })
                .collect();
            let p = e.encode(&inputs).unwrap();
            let mut conf = [[0usize; 3]; 3];
            for (i, (_, l)) in rows.iter().enumerate() {
                let r = p.row(i);
                let b = (0..3).max_by(|a, b| r[*a].total_cmp(&r[*b])).unwrap();
                conf[*l][b] += 1;
            }
            println!("{} {:?}", e.backend(), conf);
            let rec: Vec<f64> = (0..3)
                .map(|c| conf[c][c] as f64 / conf[c].iter().sum::<usize>() as f64)
                .collect();
            println!("{rec:?} macro {}", rec.iter().sum::<f64>() / 3.0);
            println!("{:?}", p.row(0));
        }
    }
}
