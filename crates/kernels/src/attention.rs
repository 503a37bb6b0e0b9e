//! Self-attention, text by text and head by head.
//!
//! Four queries go together, so that a key or value is loaded once for all of them, and sums stay in registers: 16
//! lanes for neighbouring keys, or for neighbouring dimensions of a value. Each sum runs in the order of the dimensions
//! or the tokens, however many queries go together.

use crate::math::{self, LANES};
use crate::simd::{Kernel, Path, Work, dispatch};

/// Queries that go together.
const TOGETHER: usize = 4;

/// Buffers of one text and head.
#[derive(Debug, Default)]
pub struct Scratch {
    /// Keys with the dimension outermost, so that scores of neighbouring tokens are neighbours;
    /// rows are padded with zeros to whole lanes.
    keys: Vec<f32>,
    /// Queries times the scale, `TOGETHER` rows.
    queries: Vec<f32>,
    /// Scores, then weights: `TOGETHER` padded rows.
    scores: Vec<f32>,
}

/// Attends within one text of `length` tokens.
pub struct Attention<'a> {
    /// Queries; rows of `hidden`, every token's or only the first token's.
    pub queries: &'a [f32],
    /// Keys and values side by side: rows of twice `hidden`.
    pub keys_values: &'a [f32],
    /// Dimensions of a row.
    pub hidden: usize,
    /// Heads, which divide `hidden`.
    pub heads: usize,
    /// As many rows as `queries`.
    pub out: &'a mut [f32],
    /// Buffers, kept from text to text.
    pub scratch: &'a mut Scratch,
}

impl Attention<'_> {
    /// Writes `out`.
    pub fn run_on(self, path: Path) {
        dispatch(path, self);
    }
}

impl Work for Attention<'_> {
    type Output = ();

    #[inline(always)]
    fn run<K: Kernel>(mut self) {
        let size = self.hidden / self.heads;
        let length = self.keys_values.len() / (2 * self.hidden);
        let padded = length.next_multiple_of(LANES);
        self.scratch.keys.clear();
        self.scratch.keys.resize(size * padded, 0.0);
        self.scratch.queries.resize(TOGETHER * size, 0.0);
        self.scratch.scores.resize(TOGETHER * padded, 0.0);
        let rows = self.queries.len() / self.hidden;
        for head in 0..self.heads {
            let from = head * size;
            let keys = self.scratch.keys.as_mut_slice();
            for (j, row) in self.keys_values.chunks_exact(2 * self.hidden).enumerate() {
                let column = keys[j..].iter_mut().step_by(padded);
                for (key, value) in column.zip(&row[from..from + size]) {
                    *key = *value;
                }
            }
            let mut row = 0;
            while row + TOGETHER <= rows {
                self.attend::<K, TOGETHER>(row, from, size, padded);
                row += TOGETHER;
            }
            while row < rows {
                self.attend::<K, 1>(row, from, size, padded);
                row += 1;
            }
        }
    }
}

impl Attention<'_> {
    /// One head of `Q` queries from `row` on; `from` is the head's first dimension.
    #[inline(always)]
    fn attend<K: Kernel, const Q: usize>(
        &mut self,
        row: usize,
        from: usize,
        size: usize,
        padded: usize,
    ) {
        let scale = 1.0 / (size as f32).sqrt();
        let length = self.keys_values.len() / (2 * self.hidden);
        let Scratch {
            keys,
            queries,
            scores,
        } = &mut *self.scratch;
        for q in 0..Q {
            let query = &self.queries[(row + q) * self.hidden + from..][..size];
            for (scaled, x) in queries[q * size..(q + 1) * size].iter_mut().zip(query) {
                *scaled = x * scale;
            }
        }
        let mut at = 0;
        while K::MANY_REGISTERS && at + 2 * LANES <= padded {
            products::<Q, 2>(queries, keys, size, padded, at, scores);
            at += 2 * LANES;
        }
        while at < padded {
            products::<Q, 1>(queries, keys, size, padded, at, scores);
            at += LANES;
        }
        for row in scores.chunks_exact_mut(padded).take(Q) {
            math::softmax(row, length);
        }
        let values = &self.keys_values[self.hidden + from..];
        let out = &mut self.out[row * self.hidden + from..];
        let mut d = 0;
        while K::MANY_REGISTERS && d + 2 * LANES <= size {
            mix::<Q, { 2 * LANES }>(scores, padded, length, values, self.hidden, d, out);
            d += 2 * LANES;
        }
        while d + LANES <= size {
            mix::<Q, LANES>(scores, padded, length, values, self.hidden, d, out);
            d += LANES;
        }
        while d < size {
            mix::<Q, 1>(scores, padded, length, values, self.hidden, d, out);
            d += 1;
        }
    }
}

/// `Q` queries times the `C` lanes of keys from `at` on.
#[inline(always)]
fn products<const Q: usize, const C: usize>(
    queries: &[f32],
    keys: &[f32],
    size: usize,
    padded: usize,
    at: usize,
    scores: &mut [f32],
) {
    let mut sums = [[[0.0f32; LANES]; C]; Q];
    for d in 0..size {
        let row = &keys[d * padded + at..][..C * LANES];
        for q in 0..Q {
            let x = queries[q * size + d];
            for c in 0..C {
                for l in 0..LANES {
                    sums[q][c][l] += x * row[c * LANES + l];
                }
            }
        }
    }
    for q in 0..Q {
        for c in 0..C {
            scores[q * padded + at + c * LANES..][..LANES].copy_from_slice(&sums[q][c]);
        }
    }
}

/// `Q` weighted sums of the values' dimensions `d` to `d + W`; rows of `out` are `hidden` long,
/// rows of `values` twice that.
#[inline(always)]
fn mix<const Q: usize, const W: usize>(
    weights: &[f32],
    padded: usize,
    length: usize,
    values: &[f32],
    hidden: usize,
    d: usize,
    out: &mut [f32],
) {
    let mut sums = [[0.0f32; W]; Q];
    for j in 0..length {
        let value = &values[2 * j * hidden + d..][..W];
        for q in 0..Q {
            let weight = weights[q * padded + j];
            for l in 0..W {
                sums[q][l] += weight * value[l];
            }
        }
    }
    for q in 0..Q {
        out[q * hidden + d..][..W].copy_from_slice(&sums[q]);
    }
}

#[cfg(test)]
mod tests {
    use super::{Attention, Path, Scratch};

    /// By the definition, in double precision.
    fn expected(queries: &[f32], keys_values: &[f32], hidden: usize, heads: usize) -> Vec<f64> {
        let size = hidden / heads;
        let mut out = vec![0.0; queries.len()];
        for (query, out) in queries.chunks(hidden).zip(out.chunks_mut(hidden)) {
            for from in (0..hidden).step_by(size) {
                let weights: Vec<f64> = keys_values
                    .chunks(2 * hidden)
                    .map(|row| {
                        let product: f64 = (from..from + size)
                            .map(|d| f64::from(query[d]) * f64::from(row[d]))
                            .sum();
                        (product / (size as f64).sqrt()).exp()
                    })
                    .collect();
                let total: f64 = weights.iter().sum();
                for (w, row) in weights.iter().zip(keys_values.chunks(2 * hidden)) {
                    for d in from..from + size {
                        out[d] += w / total * f64::from(row[hidden + d]);
                    }
                }
            }
        }
        out
    }

    #[test]
    fn every_size_and_length_is_right_on_every_path() {
        let mut scratch = Scratch::default();
        for (hidden, heads, length) in [
            (96, 2, 1),
            (64, 2, 5),
            (32, 2, 17),
            (40, 2, 33),
            (64, 1, 50),
        ] {
            let numbers = |n: usize, step: usize| -> Vec<f32> {
                (0..n)
                    .map(|i| (i * step % 97) as f32 / 48.0 - 1.0)
                    .collect()
            };
            let queries = numbers(length * hidden, 31);
            let keys_values = numbers(length * 2 * hidden, 57);
            let wanted = expected(&queries, &keys_values, hidden, heads);
            let mut first: Option<Vec<f32>> = None;
            for path in Path::available() {
                let mut out = vec![f32::NAN; queries.len()];
                Attention {
                    queries: &queries,
                    keys_values: &keys_values,
                    hidden,
                    heads,
                    out: &mut out,
                    scratch: &mut scratch,
                }
                .run_on(path);
                for (a, b) in out.iter().zip(&wanted) {
                    assert!(
                        (f64::from(*a) - b).abs() < 1e-5,
                        "{hidden} {length} {path:?}"
                    );
                }
                let same = first.get_or_insert_with(|| out.clone());
                assert!(*same == out, "{path:?} gives other bits");
            }
        }
    }
}
