//! The program: arguments, printing and exit status; the work is the library's.

#[cfg(feature = "rust-bert")]
mod train;

use clap::Parser;

#[derive(Parser)]
enum Command {
    #[cfg(feature = "rust-bert")]
    Train(train::TrainArgs),
}

fn main() {
    match Command::parse() {
        #[cfg(feature = "rust-bert")]
        Command::Train(args) => train::run(&args, 0).unwrap(),
    }
}
