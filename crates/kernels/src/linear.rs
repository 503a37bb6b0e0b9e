//! Linear layers: float32, and int8 with one scale per token and per output channel.
//!
//! With `s_i` the scale of token i, `t_j` that of channel j, bytes a around 128 and weights w:
//! `y_ij = s_i t_j (sum_k a_ik w_jk - 128 sum_k w_jk) + b_j`.

use crate::math;
use crate::simd::{BLOCK, BLOCKS, EMPTY, Kernel, Path, ROWS, Tile, Work, dispatch};

/// What happens to a sum on its way out.
#[derive(Debug, Clone, Copy)]
pub enum Finish<'a> {
    /// Bias alone.
    Bias,
    /// Bias, then GELU.
    Gelu,
    /// Bias, then the same place of another matrix is added.
    Add(&'a [f32]),
}

/// Weights in the order in which a kernel reads them: blocks of 16 columns (output channels).
#[derive(Debug)]
pub(crate) enum Matrix {
    /// Per block, k rows of 16 floats.
    Float(Vec<f32>),
    /// Per block, k/4 groups of 16 columns x 4 bytes.
    Int8 {
        packed: Vec<i8>,
        scales: Vec<f32>,
        /// 128 times the sum of each column.
        offsets: Vec<i32>,
    },
}

/// A linear layer of `inputs` to `outputs`.
#[derive(Debug)]
pub struct Linear {
    /// Numbers of a row that comes in.
    pub inputs: usize,
    /// Numbers of a row that goes out.
    pub outputs: usize,
    matrix: Matrix,
    bias: Vec<f32>,
}

/// Rows on their way into a layer: the floats, and their bytes where the layer wants those.
#[derive(Debug, Default)]
pub struct Activations {
    bytes: Vec<u8>,
    /// The same in 16 bits, for a path that multiplies those.
    wide: Vec<i16>,
    scales: Vec<f32>,
}

impl Linear {
    /// From row-major `outputs x inputs` floats.
    #[must_use]
    pub fn float(weight: &[f32], bias: Vec<f32>, inputs: usize) -> Self {
        let outputs = bias.len();
        let blocks = outputs.div_ceil(BLOCK);
        let mut packed = vec![0.0; blocks * BLOCK * inputs];
        for (j, row) in weight.chunks_exact(inputs).enumerate() {
            let block = &mut packed[j / BLOCK * BLOCK * inputs..];
            for (k, &w) in row.iter().enumerate() {
                block[k * BLOCK + j % BLOCK] = w;
            }
        }
        Self {
            inputs,
            outputs,
            matrix: Matrix::Float(packed),
            bias: padded(bias, blocks),
        }
    }

    /// From row-major `outputs x inputs` bytes with a scale per output; 4 divides `inputs`.
    #[must_use]
    pub fn int8(weight: &[i8], scales: Vec<f32>, bias: Vec<f32>, inputs: usize) -> Self {
        let outputs = bias.len();
        let blocks = outputs.div_ceil(BLOCK);
        let mut packed = vec![0; blocks * BLOCK * inputs];
        let mut offsets = vec![0; blocks * BLOCK];
        for (j, row) in weight.chunks_exact(inputs).enumerate() {
            let block = &mut packed[j / BLOCK * BLOCK * inputs..];
            for (k, &w) in row.iter().enumerate() {
                block[k / 4 * 4 * BLOCK + j % BLOCK * 4 + k % 4] = w;
                offsets[j] += 128 * i32::from(w);
            }
        }
        Self {
            inputs,
            outputs,
            matrix: Matrix::Int8 {
                packed,
                scales: padded(scales, blocks),
                offsets,
            },
            bias: padded(bias, blocks),
        }
    }

    /// Whether rows must be quantised before they come in.
    #[must_use]
    pub fn wants_bytes(&self) -> bool {
        matches!(self.matrix, Matrix::Int8 { .. })
    }

    /// `out = finish(x * weight)` for `x` of rows x `inputs`, with `bytes` made of the same rows
    /// where the layer wants them.
    pub fn apply(
        &self,
        path: Path,
        x: &[f32],
        bytes: &Activations,
        finish: Finish<'_>,
        out: &mut [f32],
    ) {
        dispatch(
            path,
            Apply {
                layer: self,
                x,
                bytes,
                finish,
                out,
            },
        );
    }
}

fn padded(mut values: Vec<f32>, blocks: usize) -> Vec<f32> {
    values.resize(blocks * BLOCK, 0.0);
    values
}

impl Activations {
    /// Quantises rows of `width`, each by its own scale.
    pub fn quantize(&mut self, path: Path, x: &[f32], width: usize) {
        self.bytes.resize(x.len(), 0);
        self.scales.resize(x.len() / width, 0.0);
        dispatch(path, Quantize { x, width, to: self });
    }
}

struct Quantize<'a> {
    x: &'a [f32],
    width: usize,
    to: &'a mut Activations,
}

impl Work for Quantize<'_> {
    type Output = ();
    #[inline(always)]
    fn run<K: Kernel>(self) {
        let rows = self.x.chunks_exact(self.width);
        let bytes = self.to.bytes.chunks_exact_mut(self.width);
        for ((row, bytes), scale) in rows.zip(bytes).zip(&mut self.to.scales) {
            *scale = math::quantize_row(row, bytes);
        }
        K::widen(&self.to.bytes, &mut self.to.wide);
    }
}

struct Apply<'a> {
    layer: &'a Linear,
    x: &'a [f32],
    bytes: &'a Activations,
    finish: Finish<'a>,
    out: &'a mut [f32],
}

/// What tiles are worked out in.
struct Buffers {
    /// A panel's weights, for a path that widens them.
    panel: Vec<i16>,
    tile: Tile,
}

impl Work for Apply<'_> {
    type Output = ();

    #[inline(always)]
    fn run<K: Kernel>(mut self) {
        let blocks = self.layer.bias.len() / BLOCK;
        let mut buffers = Buffers {
            panel: Vec::new(),
            tile: EMPTY,
        };
        let mut block = 0;
        // A panel of weights stays in the first cache while all rows pass by.
        while K::PANEL == BLOCKS && block + BLOCKS <= blocks {
            self.panel::<K, BLOCKS>(block, &mut buffers);
            block += BLOCKS;
        }
        while block < blocks {
            self.panel::<K, 1>(block, &mut buffers);
            block += 1;
        }
    }
}

impl Apply<'_> {
    #[inline(always)]
    fn panel<K: Kernel, const B: usize>(&mut self, block: usize, buffers: &mut Buffers) {
        let k = self.layer.inputs;
        let of_panel = block * BLOCK * k..(block + B) * BLOCK * k;
        let bytes: &[i8] = match &self.layer.matrix {
            Matrix::Float(_) => &[],
            Matrix::Int8 { packed, .. } => &packed[of_panel],
        };
        let weights = K::weights(bytes, &mut buffers.panel);
        let tile = &mut buffers.tile;
        let rows = self.x.len() / k;
        let mut row = 0;
        while row + ROWS <= rows {
            self.tile::<K, ROWS, B>(row, block, weights, tile);
            row += ROWS;
        }
        while row + 4 <= rows {
            self.tile::<K, 4, B>(row, block, weights, tile);
            row += 4;
        }
        while row < rows {
            self.tile::<K, 1, B>(row, block, weights, tile);
            row += 1;
        }
    }

    #[inline(always)]
    fn tile<K: Kernel, const R: usize, const B: usize>(
        &mut self,
        row: usize,
        block: usize,
        weights: &[K::Weight],
        tile: &mut Tile,
    ) {
        let k = self.layer.inputs;
        match &self.layer.matrix {
            Matrix::Float(packed) => {
                let sums = float_tile::<R, B>(&self.x[row * k..], k, &packed[block * BLOCK * k..]);
                for (r, sums) in sums.iter().enumerate() {
                    for (b, values) in sums.iter().enumerate() {
                        self.store(row + r, block + b, *values);
                    }
                }
            }
            Matrix::Int8 {
                scales, offsets, ..
            } => {
                let rows = K::activations(&self.bytes.bytes, &self.bytes.wide);
                K::tile::<R, B>(&rows[row * k..], k, weights, tile);
                let of_panel = block..block + B;
                let (scales, _) = scales.as_chunks::<BLOCK>();
                let (offsets, _) = offsets.as_chunks::<BLOCK>();
                let (scales, offsets) = (&scales[of_panel.clone()], &offsets[of_panel]);
                for (r, tile_row) in tile.iter().enumerate().take(R) {
                    let scale = self.bytes.scales[row + r];
                    let (tile_row, _) = tile_row.as_chunks::<BLOCK>();
                    for b in 0..B {
                        let (tile, offset, channel) = (&tile_row[b], &offsets[b], &scales[b]);
                        let mut sums = [0.0f32; BLOCK];
                        for c in 0..BLOCK {
                            sums[c] = (tile[c] - offset[c]) as f32 * (scale * channel[c]);
                        }
                        self.store(row + r, block + b, sums);
                    }
                }
            }
        }
    }

    /// Bias and what follows, into the row's place; columns beyond the last are dropped.
    #[inline(always)]
    fn store(&mut self, row: usize, block: usize, mut values: [f32; BLOCK]) {
        let outputs = self.layer.outputs;
        let first = block * BLOCK;
        let start = row * outputs + first;
        let end = start + BLOCK.min(outputs - first);
        let bias: &[f32; BLOCK] = &self.layer.bias.as_chunks().0[block];
        for c in 0..BLOCK {
            values[c] += bias[c];
        }
        match self.finish {
            Finish::Bias => {}
            Finish::Gelu if self.layer.wants_bytes() => {
                for v in &mut values {
                    *v = math::gelu_near(*v);
                }
            }
            Finish::Gelu => {
                for v in &mut values {
                    *v = math::gelu(*v);
                }
            }
            Finish::Add(other) => {
                let other = &other[start..end];
                if let Some(other) = other.first_chunk::<BLOCK>() {
                    for c in 0..BLOCK {
                        values[c] += other[c];
                    }
                } else {
                    values.iter_mut().zip(other).for_each(|(v, o)| *v += o);
                }
            }
        }
        let out = &mut self.out[start..end];
        // A length that the compiler knows becomes one store instead of a call.
        if let Some(out) = out.first_chunk_mut::<BLOCK>() {
            *out = values;
        } else {
            out.copy_from_slice(&values[..end - start]);
        }
    }
}

/// Sums of float products, in the order of k.
#[inline(always)]
fn float_tile<const R: usize, const B: usize>(
    x: &[f32],
    k: usize,
    weights: &[f32],
) -> [[[f32; BLOCK]; B]; R] {
    let mut sums = [[[0.0f32; BLOCK]; B]; R];
    for i in 0..k {
        for b in 0..B {
            let at = (b * k + i) * BLOCK;
            let column = &weights[at..at + BLOCK];
            for r in 0..R {
                let value = x[r * k + i];
                for c in 0..BLOCK {
                    sums[r][b][c] += value * column[c];
                }
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::{Activations, Finish, Linear, Path};

    /// Sizes that fill no tile: rows 1 to 21, 53 outputs.
    #[test]
    fn every_path_gives_the_same_bits_and_the_right_product() {
        let (inputs, outputs) = (36, 53);
        let weight: Vec<f32> = (0..inputs * outputs)
            .map(|i| ((i * 37 % 101) as f32 - 50.0) / 64.0)
            .collect();
        let bytes: Vec<i8> = (0..inputs * outputs)
            .map(|i| ((i * 37 % 255) as u8).cast_signed())
            .collect();
        let bias: Vec<f32> = (0..outputs).map(|j| j as f32 / 10.0).collect();
        let scales = vec![0.01; outputs];
        let layers = [
            Linear::float(&weight, bias.clone(), inputs),
            Linear::int8(&bytes, scales, bias.clone(), inputs),
        ];
        for rows in [1, 3, 4, 8, 13, 21] {
            let x: Vec<f32> = (0..rows * inputs)
                .map(|i| (i % 17) as f32 / 8.0 - 1.0)
                .collect();
            let other: Vec<f32> = (0..rows * outputs).map(|i| i as f32 / 100.0).collect();
            for layer in &layers {
                for finish in [Finish::Bias, Finish::Gelu, Finish::Add(&other)] {
                    let mut expected = None;
                    for path in Path::available() {
                        let mut quantized = Activations::default();
                        quantized.quantize(path, &x, inputs);
                        let mut out = vec![f32::NAN; rows * outputs];
                        layer.apply(path, &x, &quantized, finish, &mut out);
                        let expected = expected.get_or_insert_with(|| out.clone());
                        assert_eq!(&out, expected, "{path:?}");
                    }
                }
            }
            let mut out = vec![0.0; rows * outputs];
            layers[0].apply(
                Path::Portable,
                &x,
                &Activations::default(),
                Finish::Bias,
                &mut out,
            );
            for i in 0..rows {
                for j in 0..outputs {
                    let product: f32 = (0..inputs)
                        .map(|k| x[i * inputs + k] * weight[j * inputs + k])
                        .sum();
                    assert!((out[i * outputs + j] - product - bias[j]).abs() < 1e-4);
                }
            }
        }
    }
}
