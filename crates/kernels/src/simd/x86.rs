//! AVX-512 and AVX2, with VNNI and without.

use super::{BLOCK, BLOCKS, Kernel, Tile, bytes_as_they_are, check};
use std::arch::x86_64::{
    __m256i, __m512i, _mm_loadu_si128, _mm_set_epi8, _mm_shuffle_epi8, _mm256_add_epi32,
    _mm256_cvtepi8_epi16, _mm256_dpbusd_avx_epi32, _mm256_loadu_si256, _mm256_madd_epi16,
    _mm256_permute2x128_si256, _mm256_set1_epi32, _mm256_setzero_si256, _mm256_storeu_si256,
    _mm512_dpbusd_epi32, _mm512_loadu_si512, _mm512_set1_epi32, _mm512_setzero_si512,
    _mm512_storeu_si512,
};

pub(crate) struct Avx512Vnni;
pub(crate) struct AvxVnni;
pub(crate) struct Avx2;

/// Four neighbouring bytes as they lie, in one number.
///
/// # Safety
/// Four bytes must be readable at `at`.
#[inline(always)]
unsafe fn four(at: *const u8) -> i32 {
    // SAFETY: the caller's promise; the read needs no alignment.
    unsafe { at.cast::<i32>().read_unaligned() }
}

impl Kernel for Avx512Vnni {
    bytes_as_they_are!(true);

    #[inline(always)]
    fn tile<const R: usize, const B: usize>(a: &[u8], k: usize, weights: &[i8], tile: &mut Tile) {
        check::<R, B, _, _>(a, k, weights);
        // SAFETY: `check` holds the slices to R rows of k bytes and B blocks of 16 k, and
        // every offset below is less; the tile's rows are 48 numbers long and B is at most 3.
        // The instructions are there, because only `run_avx512` names this kernel.
        unsafe {
            let mut sums: [[__m512i; B]; R] = [[_mm512_setzero_si512(); B]; R];
            let (a, w) = (a.as_ptr(), weights.as_ptr());
            for group in 0..k / 4 {
                let mut columns = [_mm512_setzero_si512(); B];
                for b in 0..B {
                    columns[b] =
                        _mm512_loadu_si512(w.add(b * BLOCK * k + group * 4 * BLOCK).cast());
                }
                for r in 0..R {
                    let bytes = _mm512_set1_epi32(four(a.add(r * k + group * 4)));
                    for b in 0..B {
                        sums[r][b] = _mm512_dpbusd_epi32(sums[r][b], bytes, columns[b]);
                    }
                }
            }
            for r in 0..R {
                for b in 0..B {
                    _mm512_storeu_si512(tile[r].as_mut_ptr().add(b * BLOCK).cast(), sums[r][b]);
                }
            }
        }
    }
}

impl Kernel for AvxVnni {
    bytes_as_they_are!(false);

    #[inline(always)]
    fn tile<const R: usize, const B: usize>(a: &[u8], k: usize, weights: &[i8], tile: &mut Tile) {
        check::<R, B, _, _>(a, k, weights);
        // With 16 registers, four rows of one block fit.
        for b in 0..B {
            let mut r = 0;
            while r + 4 <= R {
                avx_vnni_rows::<4>(a, k, weights, tile, r, b);
                r += 4;
            }
            while r < R {
                avx_vnni_rows::<1>(a, k, weights, tile, r, b);
                r += 1;
            }
        }
    }
}

/// `R` rows from `first` with block `b`; the caller has checked the slices.
#[inline(always)]
fn avx_vnni_rows<const R: usize>(
    a: &[u8],
    k: usize,
    weights: &[i8],
    tile: &mut Tile,
    first: usize,
    b: usize,
) {
    assert!(a.len() >= (first + R) * k && weights.len() >= (b + 1) * BLOCK * k);
    // SAFETY: the assertion above bounds every offset; tile rows hold 48 numbers and the
    // caller's b is below 3. Only `run_avx_vnni` names this kernel.
    unsafe {
        let mut sums: [[__m256i; 2]; R] = [[_mm256_setzero_si256(); 2]; R];
        let a = a.as_ptr().add(first * k);
        let w = weights.as_ptr().add(b * BLOCK * k);
        for group in 0..k / 4 {
            let low = _mm256_loadu_si256(w.add(group * 64).cast());
            let high = _mm256_loadu_si256(w.add(group * 64 + 32).cast());
            for r in 0..R {
                let bytes = _mm256_set1_epi32(four(a.add(r * k + group * 4)));
                sums[r][0] = _mm256_dpbusd_avx_epi32(sums[r][0], bytes, low);
                sums[r][1] = _mm256_dpbusd_avx_epi32(sums[r][1], bytes, high);
            }
        }
        for r in 0..R {
            let row = tile[first + r].as_mut_ptr().add(b * BLOCK);
            _mm256_storeu_si256(row.cast(), sums[r][0]);
            _mm256_storeu_si256(row.add(8).cast(), sums[r][1]);
        }
    }
}

/// Through 16-bit products: the 8-bit ones of AVX2 saturate, which would make this path differ from the others.
impl Kernel for Avx2 {
    type Activation = i16;
    type Weight = i16;
    /// 12 KiB of a layer of 384 inputs: half of the smallest first caches would be too much for three.
    const PANEL: usize = 1;
    const MANY_REGISTERS: bool = false;

    #[inline(always)]
    fn widen(bytes: &[u8], wide: &mut Vec<i16>) {
        wide.clear();
        wide.extend(bytes.iter().map(|&b| i16::from(b)));
    }

    #[inline(always)]
    fn activations<'a>(_: &'a [u8], wide: &'a [i16]) -> &'a [i16] {
        wide
    }

    /// Groups of 16 columns x 4 become two of 16 columns x 2, the pairs that one instruction adds up.
    #[inline(always)]
    fn weights<'a>(bytes: &'a [i8], wide: &'a mut Vec<i16>) -> &'a [i16] {
        assert!(bytes.len().is_multiple_of(4 * BLOCK));
        wide.resize(bytes.len(), 0);
        let groups = bytes.chunks_exact(4 * BLOCK);
        for (group, pairs) in groups.zip(wide.chunks_exact_mut(4 * BLOCK)) {
            // SAFETY: both chunks are 64 long, and 16 bytes or numbers are taken at 0, 16, 32 and 48. Only
            // `run_avx2` names this kernel.
            unsafe {
                // Of four columns the first two bytes of each, then the other two.
                let order = _mm_set_epi8(15, 14, 11, 10, 7, 6, 3, 2, 13, 12, 9, 8, 5, 4, 1, 0);
                let four = |at: usize| {
                    let bytes = _mm_loadu_si128(group.as_ptr().add(at).cast());
                    _mm256_cvtepi8_epi16(_mm_shuffle_epi8(bytes, order))
                };
                let (a, b, c, d) = (four(0), four(16), four(32), four(48));
                let to: *mut __m256i = pairs.as_mut_ptr().cast();
                _mm256_storeu_si256(to, _mm256_permute2x128_si256(a, b, 0x20));
                _mm256_storeu_si256(to.add(1), _mm256_permute2x128_si256(c, d, 0x20));
                _mm256_storeu_si256(to.add(2), _mm256_permute2x128_si256(a, b, 0x31));
                _mm256_storeu_si256(to.add(3), _mm256_permute2x128_si256(c, d, 0x31));
            }
        }
        wide
    }

    #[inline(always)]
    fn tile<const R: usize, const B: usize>(a: &[i16], k: usize, weights: &[i16], tile: &mut Tile) {
        check::<R, B, _, _>(a, k, weights);
        // With 16 registers, four rows of one block fit.
        for b in 0..B {
            let mut r = 0;
            while r + 4 <= R {
                avx2_rows::<4>(a, k, weights, tile, r, b);
                r += 4;
            }
            while r < R {
                avx2_rows::<1>(a, k, weights, tile, r, b);
                r += 1;
            }
        }
    }
}

/// `R` rows from `first` with block `b`.
#[inline(always)]
fn avx2_rows<const R: usize>(
    a: &[i16],
    k: usize,
    weights: &[i16],
    tile: &mut Tile,
    first: usize,
    b: usize,
) {
    assert!(
        a.len() >= (first + R) * k && weights.len() >= (b + 1) * BLOCK * k && k.is_multiple_of(4)
    );
    // SAFETY: the assertion above bounds every offset; tile rows hold 48 numbers and the
    // caller's b is below 3. Only `run_avx2` names this kernel.
    unsafe {
        let mut sums: [[__m256i; 2]; R] = [[_mm256_setzero_si256(); 2]; R];
        let a = a.as_ptr().add(first * k);
        let w = weights.as_ptr().add(b * BLOCK * k);
        // Two pairs a turn, so that counting takes no time of its own.
        for group in 0..k / 4 {
            for pair in [2 * group, 2 * group + 1] {
                let low = _mm256_loadu_si256(w.add(pair * 32).cast());
                let high = _mm256_loadu_si256(w.add(pair * 32 + 16).cast());
                for r in 0..R {
                    let two = _mm256_set1_epi32(four(a.add(r * k + pair * 2).cast()));
                    sums[r][0] = _mm256_add_epi32(sums[r][0], _mm256_madd_epi16(two, low));
                    sums[r][1] = _mm256_add_epi32(sums[r][1], _mm256_madd_epi16(two, high));
                }
            }
        }
        for r in 0..R {
            let row = tile[first + r].as_mut_ptr().add(b * BLOCK);
            _mm256_storeu_si256(row.cast(), sums[r][0]);
            _mm256_storeu_si256(row.add(8).cast(), sums[r][1]);
        }
    }
}
