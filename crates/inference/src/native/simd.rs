//! Every `unsafe` of the program: integer dot products by the CPU's instructions, and code
//! compiled for them.
//!
//! A [`Work`] is run under the features of a [`Path`], so that what is inlined into it may use
//! them; its [`Kernel`] multiplies unsigned activations by signed weights, exactly, on every path.
#![expect(
    unsafe_code,
    reason = "the instructions of the CPU are only to be had so"
)]

use std::sync::OnceLock;

/// Columns that are stored together.
pub(super) const BLOCK: usize = 16;
/// Most rows of a tile.
pub(super) const ROWS: usize = 8;
/// Most blocks of a tile.
pub(super) const BLOCKS: usize = 3;

/// A tile of sums: rows x columns.
pub(super) type Tile = [[i32; BLOCK * BLOCKS]; ROWS];

/// A tile to write to.
pub(super) const EMPTY: Tile = [[0; BLOCK * BLOCKS]; ROWS];

/// Instructions that the program can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    /// AVX-512 with VNNI.
    Avx512Vnni,
    /// AVX2 with VNNI.
    AvxVnni,
    /// AVX2.
    Avx2,
    /// NEON, which every 64-bit ARM has.
    Neon,
    /// What every CPU has.
    Portable,
}

impl Path {
    /// The fastest that this CPU has.
    #[must_use]
    pub fn detect() -> Self {
        static BEST: OnceLock<Path> = OnceLock::new();
        *BEST.get_or_init(|| Self::available()[0])
    }

    /// Every path that this CPU has, the fastest first.
    #[must_use]
    pub fn available() -> Vec<Self> {
        let mut all = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vnni")
            {
                all.push(Self::Avx512Vnni);
            }
            if is_x86_feature_detected!("avx2") {
                if is_x86_feature_detected!("avxvnni") {
                    all.push(Self::AvxVnni);
                }
                all.push(Self::Avx2);
            }
        }
        #[cfg(target_arch = "aarch64")]
        if std::arch::is_aarch64_feature_detected!("neon") {
            all.push(Self::Neon);
        }
        all.push(Self::Portable);
        all
    }

    /// Its name in benchmarks and `-v`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Avx512Vnni => "avx512-vnni",
            Self::AvxVnni => "avx-vnni",
            Self::Avx2 => "avx2",
            Self::Neon => "neon",
            Self::Portable => "portable",
        }
    }
}

/// Something to be compiled for, and run under, a path's features. `run` and all that it calls
/// in its loops must be `#[inline(always)]`.
pub(super) trait Work {
    type Output;
    fn run<K: Kernel>(self) -> Self::Output;
}

/// Runs the work under the path's features; on a CPU without them, under none.
pub(super) fn dispatch<W: Work>(path: Path, work: W) -> W::Output {
    match path {
        // SAFETY: the features of each function below are those that `available` has detected,
        // and a `Path` that this CPU lacks is turned away by the guard.
        #[cfg(target_arch = "x86_64")]
        Path::Avx512Vnni if is_available(path) => unsafe { run_avx512(work) },
        #[cfg(target_arch = "x86_64")]
        Path::AvxVnni if is_available(path) => unsafe { run_avx_vnni(work) },
        #[cfg(target_arch = "x86_64")]
        Path::Avx2 if is_available(path) => unsafe { run_avx2(work) },
        // SAFETY: as above.
        #[cfg(target_arch = "aarch64")]
        Path::Neon if is_available(path) => unsafe { run_neon(work) },
        _ => work.run::<Portable>(),
    }
}

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
fn is_available(path: Path) -> bool {
    static AVAILABLE: OnceLock<Vec<Path>> = OnceLock::new();
    AVAILABLE.get_or_init(Path::available).contains(&path)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")]
fn run_avx512<W: Work>(work: W) -> W::Output {
    work.run::<Avx512Vnni>()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,avxvnni")]
fn run_avx_vnni<W: Work>(work: W) -> W::Output {
    work.run::<AvxVnni>()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn run_avx2<W: Work>(work: W) -> W::Output {
    work.run::<Avx2>()
}

#[cfg(target_arch = "aarch64")]
#[target_feature(enable = "neon")]
fn run_neon<W: Work>(work: W) -> W::Output {
    work.run::<Neon>()
}

/// Exact products of `R` rows of bytes with `B` neighbouring blocks of weights.
pub(super) trait Kernel {
    /// `tile[r][16 b + c] = sum over k of a[r * k + i] * weight[b][i][c]`, where the weights of
    /// a block are stored as k/4 groups of 16 columns x 4 bytes, one block after the other.
    ///
    /// Panics unless `a` holds `R` rows of `k`, `weights` holds `B` blocks, and 4 divides `k`.
    fn tile<const R: usize, const B: usize>(a: &[u8], k: usize, weights: &[i8], tile: &mut Tile);
}

/// The bounds of every kernel, checked before any pointer is made.
#[inline(always)]
fn check<const R: usize, const B: usize>(a: &[u8], k: usize, weights: &[i8]) {
    assert!(R <= ROWS && B <= BLOCKS && k.is_multiple_of(4));
    assert!(a.len() >= R * k && weights.len() >= B * BLOCK * k);
}

/// The reference.
pub(super) struct Portable;

impl Kernel for Portable {
    #[inline(always)]
    fn tile<const R: usize, const B: usize>(a: &[u8], k: usize, weights: &[i8], tile: &mut Tile) {
        check::<R, B>(a, k, weights);
        for r in 0..R {
            for b in 0..B {
                let block = &weights[b * BLOCK * k..(b + 1) * BLOCK * k];
                let mut sums = [0i32; BLOCK];
                for (group, four) in block
                    .chunks_exact(4 * BLOCK)
                    .zip(a[r * k..].chunks_exact(4))
                {
                    for c in 0..BLOCK {
                        for i in 0..4 {
                            sums[c] += i32::from(four[i]) * i32::from(group[4 * c + i]);
                        }
                    }
                }
                tile[r][b * BLOCK..(b + 1) * BLOCK].copy_from_slice(&sums);
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
use x86::{Avx2, Avx512Vnni, AvxVnni};

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{BLOCK, Kernel, Tile, check};
    use std::arch::x86_64::{
        __m128i, __m256i, __m512i, _mm_loadu_si128, _mm256_add_epi32, _mm256_cvtepi8_epi16,
        _mm256_dpbusd_avx_epi32, _mm256_loadu_si256, _mm256_madd_epi16, _mm256_set1_epi32,
        _mm256_set1_epi64x, _mm256_setzero_si256, _mm256_storeu_si256, _mm512_dpbusd_epi32,
        _mm512_loadu_si512, _mm512_set1_epi32, _mm512_setzero_si512, _mm512_storeu_si512,
    };

    pub(in super::super) struct Avx512Vnni;
    pub(in super::super) struct AvxVnni;
    pub(in super::super) struct Avx2;

    /// Four neighbouring bytes as one number.
    ///
    /// # Safety
    /// Four bytes must be readable at `at`.
    #[inline(always)]
    unsafe fn four(at: *const u8) -> i32 {
        // SAFETY: the caller's promise; the read needs no alignment.
        unsafe { at.cast::<i32>().read_unaligned() }
    }

    impl Kernel for Avx512Vnni {
        #[inline(always)]
        fn tile<const R: usize, const B: usize>(
            a: &[u8],
            k: usize,
            weights: &[i8],
            tile: &mut Tile,
        ) {
            check::<R, B>(a, k, weights);
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
        #[inline(always)]
        fn tile<const R: usize, const B: usize>(
            a: &[u8],
            k: usize,
            weights: &[i8],
            tile: &mut Tile,
        ) {
            check::<R, B>(a, k, weights);
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

    impl Kernel for Avx2 {
        #[inline(always)]
        fn tile<const R: usize, const B: usize>(
            a: &[u8],
            k: usize,
            weights: &[i8],
            tile: &mut Tile,
        ) {
            check::<R, B>(a, k, weights);
            for b in 0..B {
                let mut r = 0;
                while r + 2 <= R {
                    avx2_rows::<2>(a, k, weights, tile, r, b);
                    r += 2;
                }
                while r < R {
                    avx2_rows::<1>(a, k, weights, tile, r, b);
                    r += 1;
                }
            }
        }
    }

    /// `R` rows from `first` with block `b`, through 16-bit products: the 8-bit ones of AVX2
    /// saturate, which would make this path differ from the others.
    #[inline(always)]
    fn avx2_rows<const R: usize>(
        a: &[u8],
        k: usize,
        weights: &[i8],
        tile: &mut Tile,
        first: usize,
        b: usize,
    ) {
        assert!(a.len() >= (first + R) * k && weights.len() >= (b + 1) * BLOCK * k);
        // SAFETY: the assertion above bounds every offset; only `run_avx2` names this kernel.
        unsafe {
            // Four columns a register, two partial sums a column.
            let mut sums: [[__m256i; 4]; R] = [[_mm256_setzero_si256(); 4]; R];
            let a = a.as_ptr().add(first * k);
            let w = weights.as_ptr().add(b * BLOCK * k);
            for group in 0..k / 4 {
                let mut rows = [_mm256_setzero_si256(); R];
                for r in 0..R {
                    let bytes = four(a.add(r * k + group * 4)).to_le_bytes();
                    let wide = i64::from(bytes[0])
                        | i64::from(bytes[1]) << 16
                        | i64::from(bytes[2]) << 32
                        | i64::from(bytes[3]) << 48;
                    rows[r] = _mm256_set1_epi64x(wide);
                }
                for quarter in 0..4 {
                    let bytes: __m128i = _mm_loadu_si128(w.add(group * 64 + quarter * 16).cast());
                    let columns = _mm256_cvtepi8_epi16(bytes);
                    for r in 0..R {
                        sums[r][quarter] =
                            _mm256_add_epi32(sums[r][quarter], _mm256_madd_epi16(rows[r], columns));
                    }
                }
            }
            for r in 0..R {
                for quarter in 0..4 {
                    let mut pairs = [0i32; 8];
                    _mm256_storeu_si256(pairs.as_mut_ptr().cast(), sums[r][quarter]);
                    for c in 0..4 {
                        tile[first + r][b * BLOCK + quarter * 4 + c] =
                            pairs[2 * c] + pairs[2 * c + 1];
                    }
                }
            }
        }
    }
}

#[cfg(target_arch = "aarch64")]
use arm::Neon;

#[cfg(target_arch = "aarch64")]
mod arm {
    use super::{BLOCK, Kernel, Tile, check};
    use std::arch::aarch64::{
        vaddq_s32, vdupq_n_s32, vget_low_s8, vget_low_s16, vld1q_s8, vld1q_s16, vmovl_high_s8,
        vmovl_s8, vmull_high_s16, vmull_s16, vpaddq_s32, vst1q_s32,
    };

    pub(in super::super) struct Neon;

    impl Kernel for Neon {
        #[inline(always)]
        fn tile<const R: usize, const B: usize>(
            a: &[u8],
            k: usize,
            weights: &[i8],
            tile: &mut Tile,
        ) {
            check::<R, B>(a, k, weights);
            // With 32 registers, two rows of one block fit.
            for b in 0..B {
                let mut r = 0;
                while r + 2 <= R {
                    neon_rows::<2>(a, k, weights, tile, r, b);
                    r += 2;
                }
                while r < R {
                    neon_rows::<1>(a, k, weights, tile, r, b);
                    r += 1;
                }
            }
        }
    }

    /// `R` rows from `first` with block `b`, through 16-bit products, which are exact.
    #[inline(always)]
    fn neon_rows<const R: usize>(
        a: &[u8],
        k: usize,
        weights: &[i8],
        tile: &mut Tile,
        first: usize,
        b: usize,
    ) {
        assert!(a.len() >= (first + R) * k && weights.len() >= (b + 1) * BLOCK * k);
        let block = &weights[b * BLOCK * k..(b + 1) * BLOCK * k];
        // SAFETY: 64 weights are read at every group of the block, which holds k / 4 of them; the arrays
        // that are read and written beside hold eight and four numbers. Only `run_neon` names this kernel.
        unsafe {
            // Two columns a register, two partial sums a column.
            let mut sums = [[vdupq_n_s32(0); 8]; R];
            for (group, columns) in block.chunks_exact(4 * BLOCK).enumerate() {
                let mut rows = [vld1q_s16([0; 8].as_ptr()); R];
                for r in 0..R {
                    let at = (first + r) * k + group * 4;
                    let bytes: [i16; 8] = std::array::from_fn(|i| i16::from(a[at + i % 4]));
                    rows[r] = vld1q_s16(bytes.as_ptr());
                }
                for quarter in 0..4 {
                    let bytes = vld1q_s8(columns.as_ptr().add(quarter * 16));
                    let halves = [vmovl_s8(vget_low_s8(bytes)), vmovl_high_s8(bytes)];
                    for (half, pair) in halves.into_iter().enumerate() {
                        for r in 0..R {
                            let one = vmull_s16(vget_low_s16(pair), vget_low_s16(rows[r]));
                            let other = vmull_high_s16(pair, rows[r]);
                            let sum = &mut sums[r][2 * quarter + half];
                            *sum = vaddq_s32(*sum, vpaddq_s32(one, other));
                        }
                    }
                }
            }
            for r in 0..R {
                for (pair, sum) in sums[r].iter().enumerate() {
                    let mut parts = [0i32; 4];
                    vst1q_s32(parts.as_mut_ptr(), *sum);
                    let row = &mut tile[first + r];
                    row[b * BLOCK + 2 * pair] = parts[0] + parts[1];
                    row[b * BLOCK + 2 * pair + 1] = parts[2] + parts[3];
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, EMPTY, Kernel, Path, Tile, Work, dispatch};
    use rand::{Rng, SeedableRng};
    use rand_xoshiro::Xoshiro256PlusPlus;

    struct OneTile<'a, const R: usize, const B: usize>(&'a [u8], usize, &'a [i8]);

    impl<const R: usize, const B: usize> Work for OneTile<'_, R, B> {
        type Output = Tile;
        #[inline(always)]
        fn run<K: Kernel>(self) -> Tile {
            let mut tile = EMPTY;
            K::tile::<R, B>(self.0, self.1, self.2, &mut tile);
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
}
