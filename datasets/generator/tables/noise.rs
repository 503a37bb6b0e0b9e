//! Makes tidy phrases look typed with a thumb.

use super::dice::Dice;

/// Small letters, lengthened words, slips of the finger, lost full stops. Words that contain
/// one of `keep` stay as they are.
pub(crate) fn typed(dice: &mut Dice, text: &str, keep: &[&str]) -> String {
    let lower = dice.chance(0.5);
    let loud = !lower && dice.chance(0.04);
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    let kept =
        |word: &str| word.starts_with(['@', '#']) || keep.iter().any(|part| word.contains(part));
    for word in words.iter_mut().filter(|word| !kept(word)) {
        if lower {
            *word = word.to_lowercase();
        } else if loud {
            *word = word.to_uppercase();
        }
    }
    if dice.chance(0.1) {
        let index = dice.below(words.len());
        if !kept(&words[index]) {
            words[index] = lengthened(dice, &words[index]);
        }
    }
    if dice.chance(0.1) {
        let index = dice.below(words.len());
        if !kept(&words[index]) {
            words[index] = slipped(dice, &words[index]);
        }
    }
    let mut text = words.join(" ");
    if dice.chance(0.55) && text.ends_with('.') && !text.ends_with("..") {
        text.pop();
    } else if dice.chance(0.12) && text.ends_with('!') {
        let more: &str = ["!", "!!", "!!!"][dice.below(3)];
        text.push_str(more);
    }
    if dice.chance(0.3) {
        text = text
            .replace('’', "")
            .replace("n't", "nt")
            .replace("I'm", "im");
    }
    text
}

/// `so` becomes `sooo`: the last vowel is held.
fn lengthened(dice: &mut Dice, word: &str) -> String {
    let Some((at, vowel)) = word
        .char_indices()
        .rev()
        .find(|(_, letter)| "aeiouAEIOU".contains(*letter))
    else {
        return word.to_owned();
    };
    let more: String = std::iter::repeat_n(vowel, 2 + dice.below(4)).collect();
    format!("{}{more}{}", &word[..at], &word[at..])
}

/// Two letters change places, or one is lost.
fn slipped(dice: &mut Dice, word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    if letters.len() < 5 || !letters.iter().all(char::is_ascii_alphabetic) {
        return word.to_owned();
    }
    let at = 1 + dice.below(letters.len() - 3);
    if dice.chance(0.6) {
        letters.swap(at, at + 1);
    } else {
        letters.remove(at);
    }
    letters.into_iter().collect()
}
