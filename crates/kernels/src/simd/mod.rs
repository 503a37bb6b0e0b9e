//! Every `unsafe` of the program: integer dot products by the CPU's instructions, and code
//! compiled for them.
//!
//! A [`Work`] is run under the features of a [`Path`], so that what is inlined into it may use
//! them; its [`Kernel`] multiplies unsigned activations by signed weights, exactly, on every path.
#![expect(
    unsafe_code,
    reason = "the instructions of the CPU are only to be had so"
)]

#[cfg(target_arch = "aarch64")]
mod arm;
#[cfg(test)]
mod tests;
#[cfg(target_arch = "x86_64")]
mod x86;

#[cfg(target_arch = "aarch64")]
use arm::Neon;
use std::fmt;
use std::sync::OnceLock;
#[cfg(target_arch = "x86_64")]
use x86::{Avx2, Avx512Vnni, AvxVnni};

/// Columns that are stored together.
pub(crate) const BLOCK: usize = 16;
/// Most rows of a tile.
pub(crate) const ROWS: usize = 8;
/// Most blocks of a tile.
pub(crate) const BLOCKS: usize = 3;

/// A tile of sums: rows x columns.
pub(crate) type Tile = [[i32; BLOCK * BLOCKS]; ROWS];

/// A tile to write to.
pub(crate) const EMPTY: Tile = [[0; BLOCK * BLOCKS]; ROWS];

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

/// Names the instructions to use in place of the fastest, as [`Path::name`] has them.
pub const INSTRUCTIONS_VARIABLE: &str = "MICROFLUENCE_INSTRUCTIONS";

impl Path {
    /// The fastest that this CPU has.
    #[must_use]
    pub fn detect() -> Self {
        static BEST: OnceLock<Path> = OnceLock::new();
        *BEST.get_or_init(|| Self::available()[0])
    }

    /// What [`INSTRUCTIONS_VARIABLE`] names, or the fastest. The answers are the same by every one; only the time
    /// differs.
    ///
    /// # Errors
    /// [`NoSuchPath`] where the variable names nothing that this CPU has.
    pub fn chosen() -> Result<Self, NoSuchPath> {
        let Some(wanted) = std::env::var_os(INSTRUCTIONS_VARIABLE).filter(|v| !v.is_empty()) else {
            return Ok(Self::detect());
        };
        let all = Self::available();
        let found = all.iter().find(|path| wanted == path.name());
        found
            .copied()
            .ok_or_else(|| NoSuchPath(wanted.display().to_string()))
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

/// What [`INSTRUCTIONS_VARIABLE`] says is no [`Path`] of this CPU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoSuchPath(String);

impl fmt::Display for NoSuchPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = Path::available().iter().map(|path| path.name()).collect();
        write!(
            f,
            "{INSTRUCTIONS_VARIABLE} is {}: this processor has {}; without the variable the first is used",
            self.0,
            names.join(", ")
        )
    }
}

impl std::error::Error for NoSuchPath {}

/// Something to be compiled for, and run under, a path's features. `run` and all that it calls
/// in its loops must be `#[inline(always)]`.
pub(crate) trait Work {
    type Output;
    fn run<K: Kernel>(self) -> Self::Output;
}

/// Runs the work under the path's features; on a CPU without them, under none.
pub(crate) fn dispatch<W: Work>(path: Path, work: W) -> W::Output {
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
///
/// A kernel that multiplies numbers of 16 bits has them made once, of all rows and of each panel of weights,
/// so that its innermost loop does nothing but multiply and add.
pub(crate) trait Kernel {
    /// An activation as it is multiplied.
    type Activation;
    /// A weight as it is multiplied.
    type Weight;
    /// Blocks whose weights stay in the first cache together, at most [`BLOCKS`].
    const PANEL: usize;
    /// Whether the registers hold eight sums of 32 floats; else they hold half.
    const MANY_REGISTERS: bool;

    /// Makes the activations of their bytes, where that is work.
    fn widen(bytes: &[u8], wide: &mut Vec<i16>);

    /// The activations, of what [`Kernel::widen`] was given and what it made.
    fn activations<'a>(bytes: &'a [u8], wide: &'a [i16]) -> &'a [Self::Activation];

    /// The weights of whole blocks, which are stored as k/4 groups of 16 columns x 4 bytes, one block after the other.
    fn weights<'a>(bytes: &'a [i8], wide: &'a mut Vec<i16>) -> &'a [Self::Weight];

    /// `tile[r][16 b + c] = sum over k of a[r * k + i] * weight[b][i][c]`.
    ///
    /// Panics unless `a` holds `R` rows of `k`, `weights` holds `B` blocks, and 4 divides `k`.
    fn tile<const R: usize, const B: usize>(
        a: &[Self::Activation],
        k: usize,
        weights: &[Self::Weight],
        tile: &mut Tile,
    );
}

/// What a kernel of bytes makes of them: nothing.
macro_rules! bytes_as_they_are {
    ($many_registers:literal) => {
        type Activation = u8;
        type Weight = i8;
        const PANEL: usize = BLOCKS;
        const MANY_REGISTERS: bool = $many_registers;

        #[inline(always)]
        fn widen(_: &[u8], _: &mut Vec<i16>) {}

        #[inline(always)]
        fn activations<'a>(bytes: &'a [u8], _: &'a [i16]) -> &'a [u8] {
            bytes
        }

        #[inline(always)]
        fn weights<'a>(bytes: &'a [i8], _: &'a mut Vec<i16>) -> &'a [i8] {
            bytes
        }
    };
}
use bytes_as_they_are;

/// The bounds of every kernel, checked before any pointer is made.
#[inline(always)]
fn check<const R: usize, const B: usize, A, W>(a: &[A], k: usize, weights: &[W]) {
    assert!(R <= ROWS && B <= BLOCKS && k.is_multiple_of(4));
    assert!(a.len() >= R * k && weights.len() >= B * BLOCK * k);
}

/// The reference.
pub(crate) struct Portable;

impl Kernel for Portable {
    bytes_as_they_are!(false);

    #[inline(always)]
    fn tile<const R: usize, const B: usize>(a: &[u8], k: usize, weights: &[i8], tile: &mut Tile) {
        check::<R, B, _, _>(a, k, weights);
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
