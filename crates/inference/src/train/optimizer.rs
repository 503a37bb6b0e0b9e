//! `AdamW`, written out because tch gives no access to the moments, which a checkpoint must hold.

use std::collections::HashMap;
use tch::{Kind, Tensor, no_grad};

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// A variable with its moments.
pub(super) struct Slot {
    pub(super) name: String,
    variable: Tensor,
    /// What the network computes with where that is a bfloat16 copy of `variable`; it has the gradient.
    copy: Option<Tensor>,
    pub(super) first: Tensor,
    pub(super) second: Tensor,
    decay: f64,
}

impl Slot {
    /// In float32; undefined where the last pass did not reach the variable.
    fn gradient(&self) -> Tensor {
        let Some(copy) = &self.copy else {
            return self.variable.grad();
        };
        let gradient = copy.grad();
        if gradient.defined() {
            gradient.to_kind(Kind::Float)
        } else {
            gradient
        }
    }

    /// Makes the copy follow the variable.
    fn refresh_copy(&mut self) {
        if let Some(copy) = &mut self.copy {
            copy.copy_(&self.variable);
        }
    }
}

/// The optimiser's state over all trained variables, ordered by name.
pub(super) struct AdamW {
    pub(super) slots: Vec<Slot>,
    pub(super) step: i32,
}

impl AdamW {
    /// Biases and layer norms are not decayed, as is usual for BERT. `copies` are the bfloat16
    /// copies by name, none where the network computes with the variables themselves.
    pub(super) fn new(
        mut variables: Vec<(String, Tensor)>,
        mut copies: HashMap<String, Tensor>,
        weight_decay: f64,
    ) -> Self {
        variables.sort_by(|a, b| a.0.cmp(&b.0));
        let slots = variables
            .into_iter()
            .map(|(name, variable)| Slot {
                copy: copies.remove(&name),
                first: variable.zeros_like().detach(),
                second: variable.zeros_like().detach(),
                decay: if name.rsplit('.').next() == Some("bias") || name.contains("LayerNorm") {
                    0.0
                } else {
                    weight_decay
                },
                name,
                variable,
            })
            .collect();
        Self { slots, step: 0 }
    }

    /// Drops the gradients of the step before.
    pub(super) fn zero_grad(&mut self) {
        for slot in &mut self.slots {
            slot.copy.as_mut().unwrap_or(&mut slot.variable).zero_grad();
        }
    }

    /// Scales all gradients down to a joint length of `most`, then takes one step.
    pub(super) fn step(&mut self, rate: f64, most: f64) {
        self.step += 1;
        no_grad(|| {
            let squares: Vec<Tensor> = self
                .slots
                .iter()
                .map(Slot::gradient)
                .filter(Tensor::defined)
                .map(|grad| grad.square().sum(Kind::Float))
                .collect();
            let length = Tensor::stack(&squares, 0)
                .sum(Kind::Float)
                .sqrt()
                .double_value(&[]);
            let clip = (most / (length + 1e-6)).min(1.0);
            let bias1 = 1.0 - BETA1.powi(self.step);
            let bias2 = 1.0 - BETA2.powi(self.step);
            for slot in &mut self.slots {
                let grad = slot.gradient();
                if !grad.defined() {
                    continue;
                }
                let grad = grad * clip;
                let _ = slot
                    .first
                    .g_mul_scalar_(BETA1)
                    .g_add_(&(&grad * (1.0 - BETA1)));
                let _ = slot
                    .second
                    .g_mul_scalar_(BETA2)
                    .g_add_(&(grad.square() * (1.0 - BETA2)));
                let denominator = (&slot.second / bias2).sqrt() + EPSILON;
                let update = &slot.first / denominator * (rate / bias1);
                let _ = slot.variable.g_mul_scalar_(1.0 - rate * slot.decay);
                let _ = slot.variable.g_sub_(&update);
                slot.refresh_copy();
            }
        });
    }

    /// Makes the copies follow the variables, after these were read from a checkpoint.
    pub(super) fn refresh_copies(&mut self) {
        no_grad(|| {
            for slot in &mut self.slots {
                slot.refresh_copy();
            }
        });
    }
}
