#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| microfluence_fuzz_targets::csv::run(data));
