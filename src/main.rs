//! The program `microfluence`; all of it is in the library's [`microfluence::program`].

fn main() -> std::process::ExitCode {
    microfluence::program::main()
}
