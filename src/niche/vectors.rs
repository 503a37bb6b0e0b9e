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

impl<V: Vectors + ?Sized> Vectors for &V {
    fn rows(&self) -> usize {
        (**self).rows()
    }

    fn width(&self) -> usize {
        (**self).width()
    }

    fn write(&self, row: usize, to: &mut [f32]) {
        (**self).write(row, to);
    }
}

/// Some rows, in an order of their own.
pub(super) struct Chosen<'v, V: ?Sized> {
    pub(super) vectors: &'v V,
    pub(super) places: &'v [usize],
}

impl<V: Vectors + ?Sized> Vectors for Chosen<'_, V> {
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
pub(super) fn gathered(vectors: &impl Vectors, rows: &[usize]) -> Array2<f32> {
    let width = vectors.width();
    let mut values = vec![0.0; rows.len() * width];
    for (to, row) in values.chunks_exact_mut(width.max(1)).zip(rows) {
        vectors.write(*row, to);
    }
    Array2::from_shape_vec((rows.len(), width), values)
        .unwrap_or_else(|_| Array2::zeros((rows.len(), width)))
}
