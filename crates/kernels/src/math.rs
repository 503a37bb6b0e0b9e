//! Float arithmetic with one fixed order, written so that the compiler can use any vector width
//! and still give the same bits: 16 lanes for every sum, no fused multiply-add, no library calls.

use crate::simd::{Kernel, Path, Work, dispatch};

/// Lanes of a sum.
pub(crate) const LANES: usize = 16;

/// 1.5 * 2^23: adding it rounds a float below 2^22 to the nearest integer, ties to even.
const ROUND: f32 = 12_582_912.0;
const ROUND_BITS: i32 = 0x4b40_0000;

/// The nearest whole number, the even one of two, for `x` below 2^22: without the call that the processors of 2003 need
/// for it.
#[inline]
#[must_use]
pub fn nearest(x: f32) -> f32 {
    (x + ROUND) - ROUND
}

/// `e^x` to 2 units in the last place over -87..=88; clamped outside.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    // ln 2 in two parts, so that n * ln 2 keeps its low bits (Cody and Waite).
    let r = x - n * 0.693_359_4 - n * -2.121_944_4e-4;
    // Taylor's series: |r| is at most 0.347, so the seventh term is below half a unit.
    let p = 1.0
        + r * (1.0
            + r * (0.5
                + r * (1.666_666_7e-1
                    + r * (4.166_666_8e-2
                        + r * (8.333_334e-3 + r * (1.388_888_9e-3 + r * 1.984_127e-4))))));
    let exponent = (shifted.to_bits().cast_signed() - ROUND_BITS + 127) << 23;
    p * f32::from_bits(exponent as u32)
}

/// `GELU(x) = x * Phi(x)` with Phi from the complementary error function by formula 7.1.26 of
/// Abramowitz and Stegun (absolute error below 1.5e-7).
#[inline(always)]
pub(crate) fn gelu(x: f32) -> f32 {
    let a = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * a);
    let poly = t
        * (0.254_829_6
            + t * (-0.284_496_72 + t * (1.421_413_8 + t * (-1.453_152 + t * 1.061_405_4))));
    let half_erfc = 0.5 * poly * exp(-(a * a));
    let phi = if x >= 0.0 { 1.0 - half_erfc } else { half_erfc };
    x * phi
}

/// Where [`gelu_near`] goes over into 0 or `x`.
const GELU_END: f32 = 4.5;

/// GELU to 6e-5, for layers whose output is rounded to bytes anyway (a step there is 1/127 of
/// the row's greatest): `x (1/2 + x P(x^2))`, P being the polynomial of degree 9 with the least greatest error
/// of `x^2 P` on -4.5..=4.5, found by iterated weighted least squares at Chebyshev's nodes. A third of the
/// operations of [`gelu`], and no division.
#[inline(always)]
pub(crate) fn gelu_near(x: f32) -> f32 {
    let t = x * x;
    let p = 0.398_883_8
        + t * (-0.066_337_06
            + t * (9.833_183e-3
                + t * (-1.122_677_8e-3
                    + t * (9.787_123_4e-5
                        + t * (-6.365_241e-6
                            + t * (2.958_888e-7
                                + t * (-9.193_704_5e-9
                                    + t * (1.697_293_4e-10 + t * -1.400_057_1e-12))))))));
    let inner = x * (0.5 + x * p);
    let outer = if x > 0.0 { x } else { 0.0 };
    if t < GELU_END * GELU_END {
        inner
    } else {
        outer
    }
}

/// `tanh`, for the pooler.
#[must_use]
pub fn tanh(x: f32) -> f32 {
    let e = exp(-2.0 * x.abs());
    ((1.0 - e) / (1.0 + e)).copysign(x)
}

/// Sums the 16 lanes pairwise.
#[inline(always)]
pub(crate) fn sum_lanes(mut lanes: [f32; LANES]) -> f32 {
    let mut width = LANES / 2;
    while width > 0 {
        for i in 0..width {
            lanes[i] += lanes[i + width];
        }
        width /= 2;
    }
    lanes[0]
}

/// Sum of `f(x)` over a row.
#[inline(always)]
pub fn sum(row: &[f32], f: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0.0f32; LANES];
    let mut chunks = row.chunks_exact(LANES);
    for chunk in &mut chunks {
        for i in 0..LANES {
            lanes[i] += f(chunk[i]);
        }
    }
    for (lane, &x) in lanes.iter_mut().zip(chunks.remainder()) {
        *lane += f(x);
    }
    sum_lanes(lanes)
}

/// Layer normalisation of a row in place.
#[inline(always)]
pub(crate) fn layer_norm(row: &mut [f32], weight: &[f32], bias: &[f32], epsilon: f32) {
    let n = row.len() as f32;
    let mean = sum(row, |x| x) / n;
    let variance = sum(row, |x| (x - mean) * (x - mean)) / n;
    let scale = 1.0 / (variance + epsilon).sqrt();
    for i in 0..row.len() {
        row[i] = (row[i] - mean) * scale * weight[i] + bias[i];
    }
}

/// [`layer_norm`] of every row of `x`, each as long as `weight`.
pub fn normalize(path: Path, x: &mut [f32], weight: &[f32], bias: &[f32], epsilon: f32) {
    struct Rows<'a>(&'a mut [f32], &'a [f32], &'a [f32], f32);
    impl Work for Rows<'_> {
        type Output = ();
        #[inline(always)]
        fn run<K: Kernel>(self) {
            for row in self.0.chunks_exact_mut(self.1.len()) {
                layer_norm(row, self.1, self.2, self.3);
            }
        }
    }
    dispatch(path, Rows(x, weight, bias, epsilon));
}

/// Quantises a row to unsigned bytes around 128 with its own scale, which is returned:
/// `x = (q - 128) * scale`.
#[inline(always)]
pub(crate) fn quantize_row(row: &[f32], out: &mut [u8]) -> f32 {
    let most = greatest(row, f32::abs).max(0.0);
    let scale = if most > 0.0 { most / 127.0 } else { 1.0 };
    let inverse = 1.0 / scale;
    for (q, &x) in out.iter_mut().zip(row) {
        let rounded = (x * inverse + ROUND).to_bits().cast_signed() - ROUND_BITS;
        *q = (rounded + 128) as u8;
    }
    scale
}

/// The greatest `f(x)` of a row; minus infinity where it is empty.
#[inline(always)]
fn greatest(row: &[f32], f: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let mut chunks = row.chunks_exact(LANES);
    for chunk in &mut chunks {
        for i in 0..LANES {
            // Not `f32::max`, whose care for NaN costs three instructions more.
            let x = f(chunk[i]);
            lanes[i] = if x > lanes[i] { x } else { lanes[i] };
        }
    }
    let rest = chunks.remainder().iter().map(|&x| f(x));
    lanes
        .into_iter()
        .chain(rest)
        .fold(f32::NEG_INFINITY, |m, x| if x > m { x } else { m })
}

/// Softmax of the first `length` numbers of a row in place; what follows becomes 0.
#[inline(always)]
pub fn softmax(row: &mut [f32], length: usize) {
    row[length..].fill(f32::NEG_INFINITY);
    let most = greatest(row, |x| x);
    for x in row.iter_mut() {
        *x = exp(*x - most);
    }
    row[length..].fill(0.0);
    let total = 1.0 / sum(row, |x| x);
    for x in row.iter_mut() {
        *x *= total;
    }
}

#[cfg(test)]
mod tests {
    use super::{exp, gelu, gelu_near, layer_norm, quantize_row, softmax, tanh};

    #[test]
    fn exp_is_close_to_the_library_s() {
        for i in -8_700..=8_800 {
            let x = i as f32 / 100.0;
            let expected = f64::from(x).exp();
            assert!((f64::from(exp(x)) / expected - 1.0).abs() < 3e-7, "{x}");
        }
        assert!(exp(-1e9) > 0.0 && exp(1e9).is_finite());
    }

    #[test]
    fn gelu_and_tanh_are_close_to_their_definitions() {
        // Phi(1) and Phi(-2) to ten digits.
        assert!((gelu(1.0) - 0.841_344_8).abs() < 1e-6);
        assert!((gelu(-2.0) - -2.0 * 0.022_750_132).abs() < 1e-6);
        assert!(gelu(0.0).abs() < 1e-12);
        for i in -80_000..=80_000 {
            let x = i as f32 / 10_000.0;
            assert!((gelu_near(x) - gelu(x)).abs() < 6e-5, "{x}");
        }
        assert!((gelu_near(1e30) - 1e30).abs() < 1e24 && gelu_near(-1e30).abs() < 1e-9);
        for i in -50..=50 {
            let x = i as f32 / 10.0;
            assert!((tanh(x) - x.tanh()).abs() < 1e-6, "{x}");
        }
    }

    #[test]
    fn rows_are_normalised_quantised_and_made_probabilities() {
        let mut row: Vec<f32> = (0..37).map(|i| i as f32 - 7.0).collect();
        let mut bytes = vec![0; 37];
        let scale = quantize_row(&row, &mut bytes);
        for (&q, &x) in bytes.iter().zip(&row) {
            assert!(((f32::from(q) - 128.0) * scale - x).abs() <= scale * 0.5001);
        }
        assert!((quantize_row(&[0.0; 20], &mut [1; 20]) - 1.0).abs() < f32::EPSILON);
        layer_norm(&mut row, &[1.0; 37], &[0.0; 37], 1e-12);
        assert!(row.iter().sum::<f32>().abs() < 1e-4);
        let length = row.len();
        softmax(&mut row, length);
        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    }
}
