//! The cases of `tests/cli`: what is typed, and what comes back, as data. A case whose output is right and other than
//! written is written anew by `TRYCMD=overwrite cargo test --test suite cases::`.

use crate::program::cache;

#[test]
fn what_is_typed_gives_what_is_written() {
    trycmd::TestCases::new()
        .register_bin(
            "microfluence",
            std::path::Path::new(env!("CARGO_BIN_EXE_microfluence")),
        )
        .env("MICROFLUENCE_CACHE", cache().display().to_string())
        .env("COLUMNS", "100")
        .case("tests/cli/*.trycmd");
}
