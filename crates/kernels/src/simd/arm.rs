//! NEON.

use super::{BLOCK, BLOCKS, Kernel, Tile, bytes_as_they_are, check};
use std::arch::aarch64::{
    vaddq_s32, vdupq_n_s32, vget_low_s8, vget_low_s16, vld1q_s8, vld1q_s16, vmovl_high_s8,
    vmovl_s8, vmull_high_s16, vmull_s16, vpaddq_s32, vst1q_s32,
};

pub(crate) struct Neon;

impl Kernel for Neon {
    bytes_as_they_are!(false);

    #[inline(always)]
    fn tile<const R: usize, const B: usize>(a: &[u8], k: usize, weights: &[i8], tile: &mut Tile) {
        check::<R, B, _, _>(a, k, weights);
        // With 32 registers, two rows of one block fit.
        for b in 0..B {
            let mut r = 0;
            while r + 2 <= R {
                neon_rows::<2>(a, k, weights, tile, r, b);
                r += 2;
            }
            while r < R {
                neon_rows::<1>(a, k, weights, tile, r, b);
                r += 1;
            }
        }
    }
}

/// `R` rows from `first` with block `b`, through 16-bit products, which are exact.
#[inline(always)]
fn neon_rows<const R: usize>(
    a: &[u8],
    k: usize,
    weights: &[i8],
    tile: &mut Tile,
    first: usize,
    b: usize,
) {
    assert!(a.len() >= (first + R) * k && weights.len() >= (b + 1) * BLOCK * k);
    let block = &weights[b * BLOCK * k..(b + 1) * BLOCK * k];
    // SAFETY: 64 weights are read at every group of the block, which holds k / 4 of them; the arrays
    // that are read and written beside hold eight and four numbers. Only `run_neon` names this kernel.
    unsafe {
        // Two columns a register, two partial sums a column.
        let mut sums = [[vdupq_n_s32(0); 8]; R];
        for (group, columns) in block.chunks_exact(4 * BLOCK).enumerate() {
            let mut rows = [vld1q_s16([0; 8].as_ptr()); R];
            for r in 0..R {
                let at = (first + r) * k + group * 4;
                let bytes: [i16; 8] = std::array::from_fn(|i| i16::from(a[at + i % 4]));
                rows[r] = vld1q_s16(bytes.as_ptr());
            }
            for quarter in 0..4 {
                let bytes = vld1q_s8(columns.as_ptr().add(quarter * 16));
                let halves = [vmovl_s8(vget_low_s8(bytes)), vmovl_high_s8(bytes)];
                for (half, pair) in halves.into_iter().enumerate() {
                    for r in 0..R {
                        let one = vmull_s16(vget_low_s16(pair), vget_low_s16(rows[r]));
                        let other = vmull_high_s16(pair, rows[r]);
                        let sum = &mut sums[r][2 * quarter + half];
                        *sum = vaddq_s32(*sum, vpaddq_s32(one, other));
                    }
                }
            }
        }
        for r in 0..R {
            for (pair, sum) in sums[r].iter().enumerate() {
                let mut parts = [0i32; 4];
                vst1q_s32(parts.as_mut_ptr(), *sum);
                let row = &mut tile[first + r];
                row[b * BLOCK + 2 * pair] = parts[0] + parts[1];
                row[b * BLOCK + 2 * pair + 1] = parts[2] + parts[3];
            }
        }
    }
}
