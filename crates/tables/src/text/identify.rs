//! Which language a text in Latin letters is in: a linear classifier over runs of letters, learned by
//! `crates/tables/models/language/train.py`, which this must match sign by sign.

use std::sync::LazyLock;

/// What can be told; the last is any other language.
const CLASSES: [&str; 7] = ["eng", "spa", "por", "fra", "deu", "ita", "oth"];
/// The code of any other.
pub(super) const OTHER: &str = "oth";
const COUNT: usize = CLASSES.len();
const BUCKETS: usize = 1 << 15;
/// Longest run of letters that is looked up.
const LONGEST: usize = 4;
/// Words that are looked at.
const MOST_WORDS: usize = 64;

/// Scales and biases (float32), then a byte per bucket and class.
static TABLE: &[u8] = include_bytes!("../../models/language/weights.bin");

struct Model {
    scales: [f32; COUNT],
    biases: [f32; COUNT],
    weights: &'static [u8],
}

static MODEL: LazyLock<Model> = LazyLock::new(|| {
    let (heads, weights) = TABLE.split_at(8 * COUNT);
    let number = |at: usize| {
        let b = &heads[4 * at..4 * at + 4];
        f32::from_le_bytes([b[0], b[1], b[2], b[3]])
    };
    Model {
        scales: std::array::from_fn(number),
        biases: std::array::from_fn(|class| number(COUNT + class)),
        weights,
    }
});

/// The likeliest language of those that are told, and how likely each is; the last is any other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Told {
    /// Its code; `oth` for any other.
    pub(super) code: &'static str,
    /// How likely that is, 0..1.
    pub(super) probability: f32,
    /// How likely it is none of those that have a name.
    pub(super) other: f32,
}

/// Tells the language of words; `None` where they have no letter. Handles, tags and links should be left out before.
pub(super) fn identify<'w>(words: impl Iterator<Item = &'w str>) -> Option<Told> {
    let mut sums = [0i32; COUNT];
    let mut grams = 0u32;
    let mut left = MOST_WORDS;
    let mut run: Vec<char> = vec!['_'];
    for word in words {
        for c in word.chars().chain(std::iter::once(' ')) {
            if c.is_alphabetic() {
                for c in c.to_lowercase() {
                    // No letter counts more than twice in a row.
                    if run.len() < 3 || run[run.len() - 2..] != [c, c] {
                        run.push(c);
                    }
                }
            } else if run.len() > 1 {
                if left == 0 {
                    break;
                }
                left -= 1;
                run.push('_');
                grams += add(&run, &mut sums);
                run.truncate(1);
            }
        }
    }
    if grams == 0 {
        return None;
    }
    let scale = 1.0 / (grams as f32).sqrt();
    let logits: [f32; COUNT] = std::array::from_fn(|class| {
        sums[class] as f32 * MODEL.scales[class] * scale + MODEL.biases[class]
    });
    let most = logits.iter().fold(f32::MIN, |m, z| m.max(*z));
    let all: f32 = logits.iter().map(|z| (z - most).exp()).sum();
    let probability = |class: usize| (logits[class] - most).exp() / all;
    let best = (0..COUNT).find(|class| logits[*class] >= most)?;
    Some(Told {
        code: CLASSES[best],
        probability: probability(best),
        other: probability(COUNT - 1),
    })
}

/// Adds what the runs of one word, given with its ends, say of each class; gives their number.
fn add(word: &[char], sums: &mut [i32; COUNT]) -> u32 {
    let mut bytes = [0u8; 4];
    let mut grams = 0;
    let mut count = |hash: u32| {
        let at = hash as usize % BUCKETS * COUNT;
        let row = &MODEL.weights[at..at + COUNT];
        for (sum, weight) in sums.iter_mut().zip(row) {
            *sum += i32::from(weight.cast_signed());
        }
        grams += 1;
    };
    let step = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    for start in 0..word.len() {
        let mut hash = 0x811c_9dc5;
        for c in word[start..].iter().take(LONGEST) {
            hash = c.encode_utf8(&mut bytes).bytes().fold(hash, step);
            count(hash);
        }
    }
    // The word itself, told from a run of four by a sign that no word has.
    let whole = word.iter().fold(0x811c_9dc5, |hash, c| {
        c.encode_utf8(&mut [0; 4]).bytes().fold(hash, step)
    });
    count(step(whole, b'.'));
    grams
}
