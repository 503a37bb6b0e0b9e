//! How fast this machine multiplies by a path's instructions.

use super::CpuPath;
use microfluence_kernels::{Activations, Finish, Linear};
use std::time::{Duration, Instant};

/// A layer of the shipped models.
const INPUTS: usize = 384;
const OUTPUTS: usize = 384;
const ROWS: usize = 64;

/// Multiply-adds a second, on one thread, of a layer as the shipped models have them: the best of the passes that
/// fit into `time`, and of two at least.
#[must_use]
pub fn multiplications_a_second(path: CpuPath, time: Duration) -> f64 {
    let weight: Vec<i8> = (0..INPUTS * OUTPUTS)
        .map(|i| (i % 255) as u8 as i8)
        .collect();
    let layer = Linear::int8(&weight, vec![1e-3; OUTPUTS], vec![0.0; OUTPUTS], INPUTS);
    let x: Vec<f32> = (0..ROWS * INPUTS).map(|i| (i % 17) as f32 - 8.0).collect();
    let mut bytes = Activations::default();
    let mut out = vec![0.0; ROWS * OUTPUTS];
    let start = Instant::now();
    let (mut best, mut passes) = (Duration::MAX, 0);
    while passes < 2 || start.elapsed() < time {
        let pass = Instant::now();
        bytes.quantize(path, &x, INPUTS);
        layer.apply(path, &x, &bytes, Finish::Bias, &mut out);
        std::hint::black_box(&mut out);
        best = best.min(pass.elapsed());
        passes += 1;
    }
    (ROWS * INPUTS * OUTPUTS) as f64 / best.as_secs_f64().max(1e-9)
}

#[cfg(test)]
mod tests {
    use super::{CpuPath, multiplications_a_second};
    use std::time::Duration;

    #[test]
    fn every_path_has_a_rate() {
        for path in CpuPath::available() {
            let rate = multiplications_a_second(path, Duration::ZERO);
            assert!(rate.is_finite() && rate > 1e5, "{path:?}: {rate}");
        }
    }
}
