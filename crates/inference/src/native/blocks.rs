//! Word vectors at four bits a weight: blocks of 32 with one float16 scale each.
//!
//! A block is sixteen bytes; the low halves are its first sixteen weights, the high halves the others. A weight is
//! (half - 8) times the scale, so from -8 to 7 scales.

use half::f16;
use safetensors::Dtype;

/// A tensor as it is stored: name, kind, shape, bytes.
pub(super) type Stored = (String, Dtype, Vec<usize>, Vec<u8>);

/// Weights that share a scale.
pub(super) const BLOCK: usize = 32;

/// A number's bits, nought's the same whatever its sign.
fn bits(value: f32) -> u32 {
    (value + 0.0).to_bits()
}

/// Packed halves and one scale per block.
#[derive(Debug)]
pub(super) struct Blocks {
    pub(super) halves: Vec<u8>,
    pub(super) scales: Vec<f16>,
}

impl Blocks {
    /// Finds the blocks that rows of `width` float16 values were made of, where every one of them was; `None` where one
    /// was not.
    ///
    /// Such a block holds -8 scales somewhere, as those who pack them choose the scale by the largest weight, and an
    /// eighth of it is exact. Whether the other weights are whole multiples shows when they are multiplied out and
    /// rounded again.
    pub(super) fn of(values: &[f32], width: usize) -> Option<Self> {
        if !width.is_multiple_of(BLOCK) {
            return None;
        }
        let mut blocks = Self {
            halves: Vec::with_capacity(values.len() / 2),
            scales: Vec::with_capacity(values.len() / BLOCK),
        };
        for block in values.chunks_exact(BLOCK) {
            let most = block
                .iter()
                .fold(0.0f32, |m, v| if v.abs() > m.abs() { *v } else { m });
            let scale = f16::from_f32(most / -8.0);
            let step = scale.to_f32();
            let mut halves = [0u8; BLOCK];
            for (half, value) in halves.iter_mut().zip(block) {
                let steps = if step == 0.0 {
                    0.0
                } else {
                    (value / step).round_ties_even()
                };
                if !(-8.0..=7.0).contains(&steps)
                    || bits(f16::from_f32(steps * step).to_f32()) != bits(*value)
                {
                    return None;
                }
                *half = (steps + 8.0) as u8;
            }
            let (low, high) = halves.split_at(BLOCK / 2);
            blocks
                .halves
                .extend(low.iter().zip(high).map(|(l, h)| l | h << 4));
            blocks.scales.push(scale);
        }
        Some(blocks)
    }

    /// The tensors that a file keeps of `rows` rows.
    pub(super) fn stored(self, name: &str, rows: usize, width: usize) -> [Stored; 2] {
        let scales = self.scales.iter().flat_map(|s| s.to_le_bytes()).collect();
        let shapes = [vec![rows, width / 2], vec![rows, width / BLOCK]];
        let [of_halves, of_scales] = shapes;
        [
            (name.to_owned(), Dtype::U8, of_halves, self.halves),
            (format!("{name}_scale"), Dtype::F16, of_scales, scales),
        ]
    }

    /// Appends row `row` of rows of `width` weights.
    pub(super) fn extend(&self, row: usize, width: usize, out: &mut Vec<f32>) {
        let blocks = width / BLOCK;
        let halves = &self.halves[row * width / 2..(row + 1) * width / 2];
        let scales = &self.scales[row * blocks..(row + 1) * blocks];
        for (block, scale) in halves.chunks_exact(BLOCK / 2).zip(scales) {
            let scale = scale.to_f32();
            let weight = |half: u8| (f32::from(half) - 8.0) * scale;
            out.extend(block.iter().map(|b| weight(b & 15)));
            out.extend(block.iter().map(|b| weight(b >> 4)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, Blocks};
    use half::f16;

    /// What a packed table gives is what it was made of, and float16 between does not hide that.
    #[test]
    fn blocks_are_found_again_in_float16() {
        let scales = [0.0123, -0.5, 3.1e-4, 1.0].map(|s| f16::from_f32(s).to_f32());
        let exact: Vec<f32> = scales
            .iter()
            .flat_map(|s| (0..BLOCK as i16).map(move |i| f32::from(i * 7 % 16 - 8) * s))
            .collect();
        let seen: Vec<f32> = exact.iter().map(|v| f16::from_f32(*v).to_f32()).collect();
        let blocks = Blocks::of(&seen, 2 * BLOCK).unwrap();
        let mut out = Vec::new();
        blocks.extend(0, 2 * BLOCK, &mut out);
        blocks.extend(1, 2 * BLOCK, &mut out);
        assert_eq!(out, exact);
    }

    #[test]
    fn other_numbers_are_no_blocks() {
        let mut values: Vec<f32> = (0..BLOCK as i16).map(|i| f32::from(i % 16 - 8)).collect();
        assert!(Blocks::of(&values, BLOCK).is_some());
        values[3] += 0.5;
        assert!(Blocks::of(&values, BLOCK).is_none());
        assert!(Blocks::of(&values, BLOCK / 2).is_none());
        let zeros = Blocks::of(&[0.0; BLOCK], BLOCK).unwrap();
        let mut out = Vec::new();
        zeros.extend(0, BLOCK, &mut out);
        assert_eq!(out, [0.0; BLOCK]);
    }
}
