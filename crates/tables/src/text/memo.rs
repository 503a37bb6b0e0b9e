//! What was said of the latest texts, for texts that come again and again.

use std::hash::{DefaultHasher, Hash, Hasher};

/// Places for texts; a place holds the latest text that belongs there.
const PLACES: usize = 1 << 14;

/// Longest text that is kept, in bytes: what comes again is short, and all places together hold three megabytes at
/// most.
const LONGEST: usize = 120;

/// The answers of a function of a text, for the texts that it was asked about lately.
#[derive(Debug)]
pub(super) struct Memo<T>(Vec<Option<(Box<str>, T)>>);

impl<T: Copy> Memo<T> {
    /// An empty one, which takes no room yet.
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    /// What `answer` gives for the text, which it is asked where the text is not among the latest.
    pub(super) fn get(&mut self, text: &str, answer: impl FnOnce(&str) -> T) -> T {
        if text.len() > LONGEST {
            return answer(text);
        }
        if self.0.is_empty() {
            self.0.resize_with(PLACES, || None);
        }
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let place = &mut self.0[hasher.finish() as usize % PLACES];
        match place {
            Some((known, given)) if **known == *text => *given,
            _ => {
                let given = answer(text);
                *place = Some((text.into(), given));
                given
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, Memo};
    use std::cell::Cell;

    #[test]
    fn a_text_that_comes_again_is_not_asked_about_again() {
        let asked = Cell::new(0);
        let mut memo = Memo::new();
        let mut length = |text: &str| {
            memo.get(text, |text| {
                asked.set(asked.get() + 1);
                text.len()
            })
        };
        for _ in 0..3 {
            assert_eq!((length("one"), length("three"), length("")), (3, 5, 0));
        }
        assert_eq!(asked.get(), 3);
        // More texts than places: each gets its own answer all the same.
        for i in 0..20_000 {
            let text = "x".repeat(i % 110) + &i.to_string();
            assert_eq!(length(&text), text.len());
        }
        let long = "y".repeat(LONGEST + 1);
        let before = asked.get();
        assert_eq!((length(&long), length(&long)), (LONGEST + 1, LONGEST + 1));
        assert_eq!(asked.get(), before + 2);
    }
}
