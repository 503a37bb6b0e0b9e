//! What the machine can multiply.

/// Whether multiplying bfloat16 is faster than float32 here: on a CUDA device, or on a processor with
/// instructions for it (`AVX512_BF16`, or BF16 on ARM).
///
/// Elsewhere libtorch multiplies such numbers one by one: with the shipped model's recipe on two cores
/// of a Zen 3 a step took 46 s or more, in float32 0.67 s.
#[must_use]
pub fn multiplies_bfloat16() -> bool {
    #[cfg(target_arch = "x86_64")]
    let processor = is_x86_feature_detected!("avx512bf16");
    #[cfg(target_arch = "aarch64")]
    let processor = std::arch::is_aarch64_feature_detected!("bf16");
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let processor = false;
    processor || tch::Cuda::is_available()
}

/// How many threads libtorch computes with, from here on.
pub fn set_threads(threads: i32) {
    tch::set_num_threads(threads);
}
