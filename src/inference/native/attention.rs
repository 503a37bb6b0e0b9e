//! Self-attention, text by text.

use super::math;
use super::simd::{Kernel, Path, Work, dispatch};

/// Buffers of one text and head.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// Keys with the dimension outermost, so that scores of neighbouring tokens are neighbours.
    keys: Vec<f32>,
    scores: Vec<f32>,
}

/// Attends within one text of `length` tokens.
pub(super) struct Attention<'a> {
    /// Queries; rows of `hidden`, `queries_every` tokens' worth or only the first token's.
    pub(super) queries: &'a [f32],
    /// Keys and values side by side: rows of twice `hidden`.
    pub(super) keys_values: &'a [f32],
    pub(super) hidden: usize,
    pub(super) heads: usize,
    /// As many rows as `queries`.
    pub(super) out: &'a mut [f32],
    pub(super) scratch: &'a mut Scratch,
}

impl Attention<'_> {
    pub(super) fn run_on(self, path: Path) {
        dispatch(path, self);
    }
}

impl Work for Attention<'_> {
    type Output = ();

    #[inline(always)]
    fn run<K: Kernel>(self) {
        let size = self.hidden / self.heads;
        let length = self.keys_values.len() / (2 * self.hidden);
        let scale = 1.0 / (size as f32).sqrt();
        self.scratch.keys.resize(size * length, 0.0);
        self.scratch.scores.resize(length, 0.0);
        let (keys, scores) = (&mut self.scratch.keys, &mut self.scratch.scores);
        for head in 0..self.heads {
            let from = head * size;
            for (j, row) in self.keys_values.chunks_exact(2 * self.hidden).enumerate() {
                for d in 0..size {
                    keys[d * length + j] = row[from + d];
                }
            }
            let queries = self.queries.chunks_exact(self.hidden);
            for (query, out) in queries.zip(self.out.chunks_exact_mut(self.hidden)) {
                scores.fill(0.0);
                for d in 0..size {
                    let q = query[from + d] * scale;
                    for (s, k) in scores.iter_mut().zip(&keys[d * length..(d + 1) * length]) {
                        *s += q * k;
                    }
                }
                math::softmax(scores);
                let out = &mut out[from..from + size];
                out.fill(0.0);
                for (&p, row) in scores
                    .iter()
                    .zip(self.keys_values.chunks_exact(2 * self.hidden))
                {
                    let values = &row[self.hidden + from..self.hidden + from + size];
                    for (o, v) in out.iter_mut().zip(values) {
                        *o += p * v;
                    }
                }
            }
        }
    }
}
