//! Every path against the portable one, and the bounds.

use super::{BLOCK, EMPTY, Kernel, Path, Tile, Work, dispatch};
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

struct OneTile<'a, const R: usize, const B: usize>(&'a [u8], usize, &'a [i8]);

impl<const R: usize, const B: usize> Work for OneTile<'_, R, B> {
    type Output = Tile;
    #[inline(always)]
    fn run<K: Kernel>(self) -> Tile {
        let (mut wide, mut panel, mut tile) = (Vec::new(), Vec::new(), EMPTY);
        K::widen(self.0, &mut wide);
        let rows = K::activations(self.0, &wide);
        K::tile::<R, B>(rows, self.1, K::weights(self.2, &mut panel), &mut tile);
        tile
    }
}

fn agree<const R: usize, const B: usize>(k: usize, extreme: bool) {
    let mut random = Xoshiro256PlusPlus::seed_from_u64((R * 100 + B * 10 + k) as u64);
    let a: Vec<u8> = (0..R * k)
        .map(|_| if extreme { 255 } else { random.r#gen() })
        .collect();
    let w: Vec<i8> = (0..B * BLOCK * k)
        .map(|_| {
            if extreme {
                -127
            } else {
                random.gen_range(-127..=127)
            }
        })
        .collect();
    let expected = dispatch(Path::Portable, OneTile::<R, B>(&a, k, &w));
    for path in Path::available() {
        let tile = dispatch(path, OneTile::<R, B>(&a, k, &w));
        for r in 0..R {
            let columns = B * BLOCK;
            assert_eq!(
                tile[r][..columns],
                expected[r][..columns],
                "{path:?} {R}x{B} k {k}"
            );
        }
    }
}

#[test]
fn every_path_gives_the_portable_sums() {
    for k in [4, 64, 100, 384, 1536] {
        for extreme in [false, true] {
            agree::<8, 3>(k, extreme);
            agree::<8, 1>(k, extreme);
            agree::<7, 2>(k, extreme);
            agree::<4, 3>(k, extreme);
            agree::<3, 1>(k, extreme);
            agree::<1, 3>(k, extreme);
            agree::<1, 1>(k, extreme);
        }
    }
}

#[test]
#[should_panic(expected = "assertion failed")]
fn short_slices_are_refused() {
    let mut tile = EMPTY;
    super::Portable::tile::<2, 1>(&[0; 4], 4, &[0; 64], &mut tile);
}
