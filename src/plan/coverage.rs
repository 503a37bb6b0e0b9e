//! What a set of creators reaches, each person counted once.

use super::Audience;

/// The best share-weight that the chosen hold in every element.
#[derive(Debug, Clone)]
pub(super) struct Coverage {
    best: Vec<f64>,
    total: f64,
}

impl Coverage {
    /// Of nobody, over audiences whose elements lie below `elements`.
    pub(super) fn new(elements: usize) -> Self {
        Self {
            best: vec![0.0; elements],
            total: 0.0,
        }
    }

    /// What an audience of `size` adds. Never more than to a smaller set: the sum over elements of
    /// the largest weight held in each is monotone and submodular.
    pub(super) fn gain(&self, audience: &Audience, size: f64) -> f64 {
        let weight = audience.each * size;
        let over = |e: &u32| (weight - self.best[*e as usize]).max(0.0);
        audience.alone * size + audience.shared.iter().map(over).sum::<f64>()
    }

    /// Takes an audience in and gives what it added.
    pub(super) fn add(&mut self, audience: &Audience, size: f64) -> f64 {
        let gain = self.gain(audience, size);
        let weight = audience.each * size;
        for e in &audience.shared {
            let best = &mut self.best[*e as usize];
            *best = best.max(weight);
        }
        self.total += gain;
        gain
    }

    /// What everybody taken in reaches together.
    pub(super) fn total(&self) -> f64 {
        self.total
    }
}

/// One more than the largest element.
pub(super) fn elements<'a>(audiences: impl Iterator<Item = &'a Audience>) -> usize {
    audiences
        .filter_map(|a| a.shared.iter().max())
        .max()
        .map_or(0, |e| *e as usize + 1)
}
