//! Weighted pooling: the weighted sums of texts' vectors, without all vectors in memory.

use super::profile::Part;
use crate::error::Result;
use crate::inference::{Encoder, Input};
use rayon::prelude::*;

/// Texts that are read together: their vectors take 50 MB.
const TOGETHER: usize = 32_768;

/// One use of a text.
struct Use<'p> {
    text: &'p str,
    owner: usize,
    weight: f32,
}

/// For each list of parts the sum of weight x vector; `None` for an empty one. Each distinct text is
/// read once, wherever it stands.
///
/// The texts are read in their order and added as they come, so a sum depends on its own parts
/// alone, and what is held is a sum per list rather than a vector per text.
///
/// # Errors
/// If the encoder fails.
pub(super) fn weighted_sums(
    encoder: &dyn Encoder,
    parts: &[Vec<Part>],
) -> Result<Vec<Option<Vec<f32>>>> {
    let mut uses: Vec<Use<'_>> = parts
        .iter()
        .enumerate()
        .flat_map(|(owner, parts)| {
            parts.iter().map(move |part| Use {
                text: &part.text,
                owner,
                weight: part.weight,
            })
        })
        .collect();
    // Stable, so that a list's equal texts stay in their order.
    uses.par_sort_by(|a, b| a.text.cmp(b.text).then(a.owner.cmp(&b.owner)));
    let mut sums: Vec<Option<Vec<f32>>> = vec![None; parts.len()];
    let mut rest = uses.as_slice();
    while !rest.is_empty() {
        let mut inputs: Vec<Input<'_>> = Vec::new();
        let mut of = Vec::new();
        for used in rest {
            if inputs.last().is_none_or(|last| last.text != used.text) {
                if inputs.len() == TOGETHER {
                    break;
                }
                inputs.push(Input {
                    text: used.text,
                    target: None,
                });
            }
            of.push(inputs.len() - 1);
        }
        let vectors = encoder.encode(&inputs)?;
        let (now, later) = rest.split_at(of.len());
        for (used, at) in now.iter().zip(of) {
            let vector = vectors.row(at);
            let sum = sums[used.owner].get_or_insert_with(|| vec![0.0; vector.len()]);
            for (sum, value) in sum.iter_mut().zip(vector) {
                *sum += used.weight * value;
            }
        }
        rest = later;
    }
    Ok(sums)
}
