//! What an account says of itself and what its posts are like, and the level that goes with it: all there is to go by
//! where no post's counts are known.

use super::effects::Media;
use crate::schema::{Creator, CreatorKind, Post};
use crate::stats::{MarkedRow, RidgeFit, RidgeOptions, hash_text, winsorized_ridge};
use rayon::prelude::*;

/// Hashed words.
const BUCKETS: usize = 4_096;
/// Newest posts whose captions are read.
const MOST_POSTS: usize = 20;
/// Fewest creators who share a word for it to say anything.
const FEWEST_SHARING: u32 = 5;
/// Numbers of the account, and of the style of its posts.
const ACCOUNT: usize = 5;
/// Where the time between posts stands among them.
const GAP: usize = 4;
/// Fewest posts that tell it.
const FEWEST_FOR_GAP: usize = 3;
const STYLE: usize = 4;
const NUMBERS: usize = ACCOUNT + STYLE;
/// Fewest creators who tell a number for it to be used.
const FEWEST_TELLING: f64 = 20.0;
/// As if so many posts of the usual style had been seen beside the creator's own.
const USUAL_STYLE_COUNTS_AS: f64 = 5.0;
/// Length of a text as a vector of words; a number has a standard deviation of 1.
const TEXT_LENGTH: f64 = 2.0;
/// Ridge penalty.
const PENALTY: f64 = 5.0;
/// Levels farther than this many standard deviations from what is said of them pull only like levels at that distance.
const BOUND: f64 = 1.5;
const ROUNDS: usize = 4;
/// Steps of conjugate gradients; they end early once the residual is a millionth of the first.
const STEPS: usize = 40;
/// Parts of the creators, each judged by a fit to the others.
const FOLDS: usize = 5;
/// Fewest creators who can teach anything.
const FEWEST_CREATORS: usize = 60;
/// Creators beyond which no more are asked.
const MOST_CREATORS: usize = 10_000;
/// What has not lowered the scatter by this share where it was not fitted is left out.
const LEAST_GAIN: f64 = 0.01;

/// What is seen of a creator without any count of a post.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Profile {
    account: [Option<f32>; ACCOUNT],
    style: [f32; STYLE],
    posts: f32,
    /// Words of the account and of the captions, hashed, each once.
    words: [Vec<u16>; 2],
}

impl Profile {
    /// The account alone where `posts`, newest first, are none.
    pub(super) fn of(creator: &Creator, posts: &[&Post], media: &Media) -> Self {
        let log = |n: u64| (1.0 + n as f32).log10();
        let gap = match posts {
            [newest, .., oldest] if posts.len() >= FEWEST_FOR_GAP => {
                let span = newest.published_at.as_second() - oldest.published_at.as_second();
                let days = span as f32 / 86_400.0 / (posts.len() - 1) as f32;
                Some(days.ln_1p())
            }
            _ => None,
        };
        let text = |text: &Option<String>| text.as_deref().map(str::to_owned);
        let bio = text(&creator.bio).filter(|bio| !bio.trim().is_empty());
        let mut account = Words::default();
        account.read("b", bio.as_deref().unwrap_or_default());
        account.whole("category", creator.category.as_deref());
        account.whole("language", creator.language.as_deref());
        account.whole("country", creator.country.as_deref());
        account.whole(
            "kind",
            creator.kind.map(|kind| match kind {
                CreatorKind::Person => "person",
                CreatorKind::Group => "group",
                CreatorKind::Brand => "brand",
            }),
        );
        let mut captions = Words::default();
        let mut style = [0.0; STYLE];
        for post in posts.iter().take(MOST_POSTS) {
            captions.read("w", post.caption.as_deref().unwrap_or_default());
            for tag in &post.hashtags {
                captions.read("t", tag);
            }
            for (sum, own) in style.iter_mut().zip(media.traits(post).style()) {
                *sum += own;
            }
        }
        Self {
            account: [
                creator.following.map(log),
                creator.posts_count.map(log),
                bio.map(|bio| (bio.chars().count() as f32).ln_1p()),
                creator.verified.map(|v| f32::from(u8::from(v))),
                gap,
            ],
            style,
            posts: posts.len().min(MOST_POSTS) as f32,
            words: [account.sorted(), captions.sorted()],
        }
    }

    /// All that can be said of it, where no post's counts are known.
    pub(super) fn parts(&self) -> Parts {
        match (self.posts > 0.0, self.account[GAP].is_some()) {
            (false, _) => Parts::Account,
            (true, false) => Parts::Posts,
            (true, true) => Parts::PostsInTime,
        }
    }

    /// log10(1 + posts ever made), where it is known.
    pub(super) fn posts_ever(&self) -> Option<f64> {
        self.account[1].map(f64::from)
    }
}

/// What of a profile a fit goes by: three fits, so that what is unknown is left out rather than guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parts {
    /// The account alone.
    Account,
    /// With style and words of the posts.
    Posts,
    /// With the time between posts too, which few posts tell badly.
    PostsInTime,
}

/// Words being gathered.
#[derive(Default)]
struct Words {
    found: Vec<u16>,
    buffer: String,
}

impl Words {
    /// Lower-case runs of letters and digits, from two characters on, that are no number.
    fn read(&mut self, kind: &str, text: &str) {
        for word in text.split(|c: char| !c.is_alphanumeric()) {
            let mut letters = word.chars();
            if letters.next().is_none() || letters.next().is_none() {
                continue;
            }
            if word.bytes().all(|b| b.is_ascii_digit()) {
                continue;
            }
            self.take(kind, word);
        }
    }

    fn whole(&mut self, kind: &str, value: Option<&str>) {
        if let Some(value) = value.map(str::trim).filter(|v| !v.is_empty()) {
            self.take(kind, value);
        }
    }

    fn take(&mut self, kind: &str, word: &str) {
        self.buffer.clear();
        self.buffer.push_str(kind);
        self.buffer.push(' ');
        self.buffer
            .extend(word.chars().flat_map(char::to_lowercase));
        self.found
            .push((hash_text(&self.buffer) % BUCKETS as u64) as u16);
    }

    fn sorted(mut self) -> Vec<u16> {
        self.found.sort_unstable();
        self.found.dedup();
        self.found
    }
}

/// A profile as a row of a matrix: numbers, and words with one weight per text.
struct Row<'a> {
    numbers: [f64; NUMBERS],
    words: [(f64, &'a [u16]); 2],
}

impl Row<'_> {
    fn marked(&self) -> MarkedRow<'_> {
        MarkedRow {
            numbers: &self.numbers,
            marks: &self.words,
        }
    }
}

/// What profiles say of levels.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ProfileFit {
    scale: Scale,
    fit: RidgeFit,
}

/// Means and standard deviations, and the words that enough creators share.
#[derive(Debug, Clone, PartialEq)]
struct Scale {
    parts: Parts,
    usual_style: [f64; STYLE],
    mean: [f64; NUMBERS],
    sd: [f64; NUMBERS],
    shared: Vec<bool>,
}

impl Scale {
    fn of(profiles: &[&Profile], parts: Parts) -> Self {
        let mut scale = Self {
            parts,
            usual_style: [0.0; STYLE],
            mean: [0.0; NUMBERS],
            sd: [0.0; NUMBERS],
            shared: Vec::new(),
        };
        let with_posts: Vec<&&Profile> = profiles.iter().filter(|p| p.posts > 0.0).collect();
        for (j, usual) in scale.usual_style.iter_mut().enumerate() {
            let means = with_posts.iter().map(|p| f64::from(p.style[j] / p.posts));
            *usual = means.sum::<f64>() / f64::max(with_posts.len() as f64, 1.0);
        }
        for j in 0..NUMBERS {
            let told: Vec<f64> = profiles.iter().filter_map(|p| scale.number(p, j)).collect();
            let n = told.len() as f64;
            if n < FEWEST_TELLING {
                continue;
            }
            scale.mean[j] = told.iter().sum::<f64>() / n;
            let squares: f64 = told.iter().map(|v| (v - scale.mean[j]).powi(2)).sum();
            scale.sd[j] = (squares / n).sqrt();
        }
        let mut creators = vec![0_u32; BUCKETS];
        for word in profiles
            .iter()
            .flat_map(|p| scale.words(p).into_iter().flatten())
        {
            creators[usize::from(*word)] += 1;
        }
        scale.shared = creators.iter().map(|n| *n >= FEWEST_SHARING).collect();
        scale
    }

    fn words<'a>(&self, profile: &'a Profile) -> [&'a [u16]; 2] {
        let [account, captions] = profile.words.each_ref().map(Vec::as_slice);
        [
            account,
            if self.parts == Parts::Account {
                &[]
            } else {
                captions
            },
        ]
    }

    fn number(&self, profile: &Profile, j: usize) -> Option<f64> {
        if (j == GAP && self.parts != Parts::PostsInTime)
            || (j >= ACCOUNT && self.parts == Parts::Account)
        {
            return None;
        }
        if j < ACCOUNT {
            return profile.account[j].map(f64::from);
        }
        let j = j - ACCOUNT;
        (profile.posts > 0.0).then(|| {
            let usual = USUAL_STYLE_COUNTS_AS * self.usual_style[j];
            (f64::from(profile.style[j]) + usual)
                / (f64::from(profile.posts) + USUAL_STYLE_COUNTS_AS)
        })
    }

    /// The row of a profile; what it does not tell stands at the mean.
    fn row<'a>(&self, profile: &'a Profile) -> Row<'a> {
        let mut numbers = [0.0; NUMBERS];
        for (j, cell) in numbers.iter_mut().enumerate() {
            if self.sd[j] > 0.0 {
                let own = self.number(profile, j);
                *cell = own.map_or(0.0, |v| (v - self.mean[j]) / self.sd[j]);
            }
        }
        let words = self.words(profile).map(|words| {
            let shared = words.iter().filter(|w| self.shared[usize::from(**w)]);
            let n = shared.count().max(1) as f64;
            (TEXT_LENGTH / n.sqrt(), words)
        });
        Row { numbers, words }
    }
}

impl ProfileFit {
    /// Learns what to add to the line from creators whose `residuals` from it are known, with weights 0..1 by how well.
    /// Returns the fit to all, and for every profile what a fit to creators without it says (for those beyond the ten
    /// thousandth, the fit to the others). `None` where profiles say nothing, or nothing that holds for creators who
    /// were not asked.
    pub(super) fn fit(
        profiles: &[&Profile],
        parts: Parts,
        residuals: &[f64],
        weights: &[f64],
        std_dev: f64,
    ) -> Option<(Self, Vec<f64>)> {
        let asked = profiles.len().min(MOST_CREATORS);
        if asked < FEWEST_CREATORS {
            return None;
        }
        let scale = Scale::of(&profiles[..asked], parts);
        let rows: Vec<Row<'_>> = profiles.par_iter().map(|p| scale.row(p)).collect();
        let rows: Vec<MarkedRow<'_>> = rows.iter().map(Row::marked).collect();
        let bound = BOUND * std_dev;
        let fits: Vec<Self> = (0..=FOLDS)
            .into_par_iter()
            .map(|fold| {
                let taken: Vec<usize> = (0..asked).filter(|i| i % FOLDS != fold).collect();
                Self::solve(&scale, &rows, residuals, weights, (&taken, bound))
            })
            .collect();
        let (folds, whole) = (&fits[..FOLDS], &fits[FOLDS]);
        let predicted: Vec<f64> = rows
            .par_iter()
            .enumerate()
            .map(|(i, row)| {
                if i < asked {
                    folds[i % FOLDS].of_row(*row)
                } else {
                    whole.of_row(*row)
                }
            })
            .collect();
        let scatter = |predicted: &dyn Fn(usize) -> f64| -> f64 {
            let clipped = |i: usize| (residuals[i] - predicted(i)).clamp(-2.0 * bound, 2.0 * bound);
            (0..asked).map(|i| weights[i] * clipped(i).powi(2)).sum()
        };
        let better = scatter(&|i| predicted[i]) < (1.0 - LEAST_GAIN) * scatter(&|_| 0.0);
        better.then(|| (whole.clone(), predicted))
    }

    /// What the profile adds to the line, in log units.
    pub(super) fn of(&self, profile: &Profile) -> f64 {
        self.of_row(self.scale.row(profile).marked())
    }

    fn of_row(&self, row: MarkedRow<'_>) -> f64 {
        self.fit.centre + row.product(&self.fit.coefficients)
    }

    fn solve(
        scale: &Scale,
        rows: &[MarkedRow<'_>],
        residuals: &[f64],
        weights: &[f64],
        (taken, bound): (&[usize], f64),
    ) -> Self {
        let used: Vec<bool> = [true; NUMBERS]
            .into_iter()
            .chain(scale.shared.iter().copied())
            .collect();
        let options = RidgeOptions {
            used: &used,
            penalty: PENALTY,
            bound,
            rounds: ROUNDS,
            steps: STEPS,
        };
        Self {
            scale: scale.clone(),
            fit: winsorized_ridge(rows, residuals, weights, taken, options),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Followers;
    use crate::stats::Rng;

    fn profile(i: usize, bio: &str) -> Profile {
        let mut creator = Creator::new(format!("c{i}").as_str().into(), Followers(1_000));
        creator.bio = Some(bio.to_owned());
        creator.following = Some(200 + i as u64 % 7);
        Profile::of(&creator, &[], &Media::default())
    }

    #[test]
    fn a_word_that_goes_with_higher_levels_is_found() {
        let mut rng = Rng::new(3, "bios");
        let profiles: Vec<Profile> = (0..400)
            .map(|i| {
                profile(
                    i,
                    if i % 2 == 0 {
                        "handmade bread"
                    } else {
                        "daily deals"
                    },
                )
            })
            .collect();
        let known: Vec<&Profile> = profiles.iter().collect();
        let levels: Vec<f64> = (0..400)
            .map(|i| if i % 2 == 0 { 0.5 } else { -0.5 } + 0.5 * rng.normal())
            .collect();
        let (fit, predicted) =
            ProfileFit::fit(&known, Parts::Account, &levels, &[1.0; 400], 0.7).unwrap();
        let (bread, deals) = (fit.of(&profiles[0]), fit.of(&profiles[1]));
        assert!(
            (bread - 0.5).abs() < 0.15 && (deals + 0.5).abs() < 0.15,
            "{bread} {deals}"
        );
        assert!((predicted[0] - bread).abs() < 0.1);
        let both = fit.of(&profile(0, "bread deals"));
        assert!(deals < both && both < bread);
    }

    #[test]
    fn profiles_that_say_nothing_are_left_out() {
        let mut rng = Rng::new(4, "bios");
        let profiles: Vec<Profile> = (0..300)
            .map(|i| profile(i, &format!("word{} word{}", i % 11, i % 13)))
            .collect();
        let known: Vec<&Profile> = profiles.iter().collect();
        let levels: Vec<f64> = (0..300).map(|_| rng.normal()).collect();
        assert!(ProfileFit::fit(&known, Parts::Account, &levels, &[1.0; 300], 1.0).is_none());
        assert!(
            ProfileFit::fit(&known[..20], Parts::Account, &levels[..20], &[1.0; 20], 1.0).is_none()
        );
    }
}
