//! The program `microfluence`; all of it is in the library's [`microfluence::cli`].

fn main() -> std::process::ExitCode {
    microfluence::cli::main()
}
