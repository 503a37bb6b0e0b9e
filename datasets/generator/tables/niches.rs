//! The ten niches, and the files of words that they and the brands speak with.

use super::grammar::Grammar;

/// A niche, with how many creators it has and where they are.
pub(crate) struct Niche {
    pub(crate) name: &'static str,
    pub(crate) creators: usize,
    /// Weights of instagram, tiktok and youtube.
    pub(crate) platforms: [f64; 3],
    /// Brands that sponsor it, as indices into `BRANDS`, the likeliest first.
    pub(crate) brands: &'static [usize],
    words: &'static str,
}

macro_rules! niche {
    ($name:literal, $creators:literal, $platforms:expr, $brands:expr, $file:literal) => {
        Niche {
            name: $name,
            creators: $creators,
            platforms: $platforms,
            brands: $brands,
            words: include_str!(concat!("../words/", $file, ".txt")),
        }
    };
}

/// Every niche. Three hundred creators in all.
pub(crate) const NICHES: [Niche; 10] = [
    niche!("fashion", 34, [0.6, 0.35, 0.05], &[6, 1, 0], "fashion"),
    niche!(
        "beauty & skincare",
        36,
        [0.5, 0.35, 0.15],
        &[0, 1],
        "beauty"
    ),
    niche!("fitness", 32, [0.55, 0.3, 0.15], &[2, 0], "fitness"),
    niche!("food & cooking", 33, [0.5, 0.35, 0.15], &[3, 4], "food"),
    niche!("travel", 30, [0.55, 0.25, 0.2], &[6, 2], "travel"),
    niche!("gaming", 29, [0.1, 0.4, 0.5], &[5, 3], "gaming"),
    niche!("parenting", 26, [0.65, 0.25, 0.1], &[4, 7, 0], "parenting"),
    niche!("home & interior", 28, [0.7, 0.2, 0.1], &[4, 3], "home"),
    niche!("tech & gadgets", 27, [0.2, 0.25, 0.55], &[5], "tech"),
    niche!("books", 25, [0.55, 0.35, 0.1], &[7, 3], "books"),
];

/// Everything that can be said.
pub(crate) struct Words {
    /// One per niche, each with what is common to all.
    pub(crate) niches: Vec<Grammar>,
}

impl Words {
    /// Reads the files of words.
    pub(crate) fn load() -> Self {
        let common = [
            include_str!("../words/common.txt"),
            include_str!("../words/names.txt"),
            include_str!("../words/brands.txt"),
            include_str!("../words/comments.txt"),
            include_str!("../words/comments-languages.txt"),
        ];
        let read = |niche: &Niche| {
            let mut texts = common.to_vec();
            texts.push(niche.words);
            Grammar::read(&texts)
        };
        Self {
            niches: NICHES.iter().map(read).collect(),
        }
    }
}
