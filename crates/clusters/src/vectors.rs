//! Rows of numbers that need not all stand in memory.

use ndarray::{Array2, ArrayView2};

/// Equally long rows that are written out when they are asked for.
pub trait Vectors: Sync {
    /// How many there are.
    fn rows(&self) -> usize;

    /// Numbers per row.
    fn width(&self) -> usize;

    /// Writes a row, from 0, over the whole of `to`, which is [`Vectors::width`] long.
    fn write(&self, row: usize, to: &mut [f32]);
}

impl Vectors for ArrayView2<'_, f32> {
    fn rows(&self) -> usize {
        self.nrows()
    }

    fn width(&self) -> usize {
        self.ncols()
    }

    fn write(&self, row: usize, to: &mut [f32]) {
        for (to, value) in to.iter_mut().zip(self.row(row)) {
            *to = *value;
        }
    }
}

/// Some rows, in an order of their own.
pub(crate) struct Chosen<'v> {
    pub(crate) vectors: &'v dyn Vectors,
    pub(crate) places: &'v [usize],
}

impl Vectors for Chosen<'_> {
    fn rows(&self) -> usize {
        self.places.len()
    }

    fn width(&self) -> usize {
        self.vectors.width()
    }

    fn write(&self, row: usize, to: &mut [f32]) {
        self.vectors.write(self.places[row], to);
    }
}

/// Those rows as a matrix.
pub(crate) fn gathered(vectors: &dyn Vectors, rows: &[usize]) -> Array2<f32> {
    let width = vectors.width();
    let mut values = vec![0.0; rows.len() * width];
    for (to, row) in values.chunks_exact_mut(width.max(1)).zip(rows) {
        vectors.write(*row, to);
    }
    Array2::from_shape_vec((rows.len(), width), values)
        .unwrap_or_else(|_| Array2::zeros((rows.len(), width)))
}
