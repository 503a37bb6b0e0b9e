//! One batch of packed texts through the network.

use super::weights::{Head, Layer, Norm, Table, Weights};
use crate::ModelSettings;
use crate::{Task, Tokens};
use microfluence_kernels::{Activations, Attention, Finish, Linear, Path, Scratch, math};

/// Rows that pass through the wide layer at a time, so that they stay in the second cache.
const WIDE_ROWS: usize = 64;

/// One thread's buffers, kept from batch to batch.
#[derive(Debug, Default)]
pub(super) struct Workspace {
    x: Vec<f32>,
    queries: Vec<f32>,
    keys_values: Vec<f32>,
    context: Vec<f32>,
    attended: Vec<f32>,
    wide: Vec<f32>,
    bytes: Activations,
    wide_bytes: Activations,
    scratch: Scratch,
}

/// Probabilities or unit vectors of the batch's texts, one after the other.
pub(super) fn forward(
    weights: &Weights,
    path: Path,
    batch: &[Tokens],
    settings: &ModelSettings,
    space: &mut Workspace,
) -> Vec<f32> {
    let task = settings.task;
    let hidden = weights.hidden;
    embed(weights, path, batch, &mut space.x);
    let lengths: Vec<usize> = batch.iter().map(|t| t.ids.len()).collect();
    let last = weights.layers.len().saturating_sub(1);
    for (i, layer) in weights.layers.iter().enumerate() {
        // A classifier reads the first token alone, so nothing else of its last layer is needed.
        let first_only = i == last && task == Task::Classify;
        run_layer(weights, layer, path, &lengths, first_only, space);
    }
    match (&weights.head, task) {
        (Some(head), Task::Classify) => {
            if weights.layers.is_empty() {
                first_tokens(&mut space.x, hidden, &lengths);
            }
            classify(head, path, &space.x, settings)
        }
        _ => mean_vectors(&space.x, &weights.centre, hidden, &lengths),
    }
}

/// Word, position and type embeddings, added and normalised.
fn embed(weights: &Weights, path: Path, batch: &[Tokens], x: &mut Vec<f32>) {
    let hidden = weights.hidden;
    x.clear();
    for text in batch {
        for (position, (&id, &kind)) in text.ids.iter().zip(&text.types).enumerate() {
            // A tokenizer with more words than the model would be a broken folder; the unknown
            // word is the harmless reading.
            let id = (id as usize).min(weights.vocabulary - 1);
            let start = x.len();
            match &weights.words {
                Table::Float(values) => {
                    x.extend_from_slice(&values[id * hidden..(id + 1) * hidden]);
                }
                Table::Int8(bytes, scales) => x.extend(
                    bytes[id * hidden..(id + 1) * hidden]
                        .iter()
                        .map(|&b| f32::from(b) * scales[id]),
                ),
                Table::Int4(blocks) => blocks.extend(id, hidden, x),
            }
            let kind = (kind as usize).min(weights.types.len() / hidden - 1);
            let positions = &weights.positions[position * hidden..(position + 1) * hidden];
            let types = &weights.types[kind * hidden..(kind + 1) * hidden];
            for ((v, p), t) in x[start..].iter_mut().zip(positions).zip(types) {
                *v += p + t;
            }
        }
    }
    normalize(path, x, &weights.embedding_norm, weights.epsilon);
}

fn run_layer(
    weights: &Weights,
    layer: &Layer,
    path: Path,
    lengths: &[usize],
    first_only: bool,
    space: &mut Workspace,
) {
    let hidden = weights.hidden;
    linear(
        &layer.key_value,
        path,
        &space.x,
        &mut space.bytes,
        true,
        Finish::Bias,
        &mut space.keys_values,
    );
    if first_only {
        first_tokens(&mut space.x, hidden, lengths);
    }
    linear(
        &layer.query,
        path,
        &space.x,
        &mut space.bytes,
        first_only,
        Finish::Bias,
        &mut space.queries,
    );

    space.context.resize(space.queries.len(), 0.0);
    let (mut from, mut token) = (0, 0);
    for &length in lengths {
        let rows = if first_only { 1 } else { length };
        let queries = from * hidden..(from + rows) * hidden;
        Attention {
            queries: &space.queries[queries.clone()],
            keys_values: &space.keys_values[token * 2 * hidden..(token + length) * 2 * hidden],
            hidden,
            heads: weights.heads,
            out: &mut space.context[queries],
            scratch: &mut space.scratch,
        }
        .run_on(path);
        from += rows;
        token += length;
    }

    linear(
        &layer.attention_output,
        path,
        &space.context,
        &mut space.bytes,
        true,
        Finish::Add(&space.x),
        &mut space.attended,
    );
    normalize(
        path,
        &mut space.attended,
        &layer.attention_norm,
        weights.epsilon,
    );

    space.x.resize(space.attended.len(), 0.0);
    let chunks = space.attended.chunks(WIDE_ROWS * hidden);
    for (rows, out) in chunks.zip(space.x.chunks_mut(WIDE_ROWS * hidden)) {
        linear(
            &layer.intermediate,
            path,
            rows,
            &mut space.bytes,
            true,
            Finish::Gelu,
            &mut space.wide,
        );
        if layer.output.wants_bytes() {
            space
                .wide_bytes
                .quantize(path, &space.wide, layer.output.inputs);
        }
        layer
            .output
            .apply(path, &space.wide, &space.wide_bytes, Finish::Add(rows), out);
    }
    normalize(path, &mut space.x, &layer.output_norm, weights.epsilon);
}

/// Quantises the rows where needed (and not done already), then applies the layer.
fn linear(
    layer: &Linear,
    path: Path,
    x: &[f32],
    bytes: &mut Activations,
    fresh: bool,
    finish: Finish<'_>,
    out: &mut Vec<f32>,
) {
    if fresh && layer.wants_bytes() {
        bytes.quantize(path, x, layer.inputs);
    }
    out.resize(x.len() / layer.inputs * layer.outputs, 0.0);
    layer.apply(path, x, bytes, finish, out);
}

/// Keeps the first row of each text.
fn first_tokens(x: &mut Vec<f32>, hidden: usize, lengths: &[usize]) {
    let mut token = 0;
    for (i, length) in lengths.iter().enumerate() {
        x.copy_within(token * hidden..(token + 1) * hidden, i * hidden);
        token += length;
    }
    x.truncate(lengths.len() * hidden);
}

fn normalize(path: Path, x: &mut [f32], norm: &Norm, epsilon: f32) {
    math::normalize(path, x, &norm.weight, &norm.bias, epsilon);
}

/// Pooler, classifier, calibration, softmax, over one row a text.
fn classify(head: &Head, path: Path, x: &[f32], settings: &ModelSettings) -> Vec<f32> {
    let rows = x.len() / head.pooler.inputs;
    let mut pooled = vec![0.0; x.len()];
    let none = Activations::default();
    head.pooler.apply(path, x, &none, Finish::Bias, &mut pooled);
    for v in &mut pooled {
        *v = math::tanh(*v);
    }
    let classes = head.classifier.outputs;
    let mut out = vec![0.0; rows * classes];
    head.classifier
        .apply(path, &pooled, &none, Finish::Bias, &mut out);
    for row in out.chunks_exact_mut(classes) {
        for v in row.iter_mut() {
            *v /= settings.temperature;
        }
        for (v, offset) in row.iter_mut().zip(&settings.offsets) {
            *v += offset;
        }
        math::softmax(row, classes);
    }
    out
}

/// The mean over each text's tokens, scaled to length 1, less `centre` where there is one.
fn mean_vectors(x: &[f32], centre: &[f32], hidden: usize, lengths: &[usize]) -> Vec<f32> {
    let mut out = vec![0.0; lengths.len() * hidden];
    let mut token = 0;
    for (mean, &length) in out.chunks_exact_mut(hidden).zip(lengths) {
        for row in x[token * hidden..(token + length) * hidden].chunks_exact(hidden) {
            for (m, v) in mean.iter_mut().zip(row) {
                *m += v;
            }
        }
        token += length;
        let norm = math::sum(mean, |v| v * v).sqrt().max(f32::MIN_POSITIVE);
        for m in mean.iter_mut() {
            *m /= norm;
        }
        for (m, c) in mean.iter_mut().zip(centre) {
            *m -= c;
        }
    }
    out
}
