//! The terms of a profile, as few bytes as a million profiles need.

/// Distinct terms in ascending order, each with the number of texts that it stands in.
///
/// One string holds them all: a map would hold an allocation for each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Terms {
    text: Box<str>,
    /// Where each term ends in `text`, and its number of texts.
    ends: Box<[(u32, u32)]>,
}

impl Terms {
    /// Every term with its number of texts, ascending by term.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u32)> {
        (0..self.ends.len()).map(|i| (self.term(i), self.ends[i].1))
    }

    /// The number of texts that a term stands in; `None` where it stands in none.
    #[must_use]
    pub fn get(&self, term: &str) -> Option<u32> {
        let (mut from, mut to) = (0, self.ends.len());
        while from < to {
            let middle = usize::midpoint(from, to);
            match self.term(middle).cmp(term) {
                std::cmp::Ordering::Equal => return Some(self.ends[middle].1),
                std::cmp::Ordering::Less => from = middle + 1,
                std::cmp::Ordering::Greater => to = middle,
            }
        }
        None
    }

    fn term(&self, i: usize) -> &str {
        let from = i.checked_sub(1).map_or(0, |before| self.ends[before].0);
        &self.text[from as usize..self.ends[i].0 as usize]
    }
}

impl FromIterator<(String, u32)> for Terms {
    /// Of terms in any order; the numbers of equal ones are added. Terms beyond 4 GiB are left out.
    fn from_iter<I: IntoIterator<Item = (String, u32)>>(terms: I) -> Self {
        let mut all: Vec<(String, u32)> = terms.into_iter().collect();
        all.sort();
        let mut text = String::new();
        let mut ends: Vec<(u32, u32)> = Vec::with_capacity(all.len());
        let mut last: Option<String> = None;
        for (term, texts) in all {
            if last.as_ref() == Some(&term) {
                if let Some((_, held)) = ends.last_mut() {
                    *held += texts;
                }
                continue;
            }
            let Ok(end) = u32::try_from(text.len() + term.len()) else {
                break;
            };
            text.push_str(&term);
            ends.push((end, texts));
            last = Some(term);
        }
        Self {
            text: text.into_boxed_str(),
            ends: ends.into_boxed_slice(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn it_holds_what_a_map_holds(given in prop::collection::vec(("[a-cäß]{0,3}", 1_u32..9), 0..30)) {
            let mut map: BTreeMap<String, u32> = BTreeMap::new();
            for (term, texts) in &given {
                *map.entry(term.clone()).or_default() += texts;
            }
            let terms: Terms = given.into_iter().collect();
            let held: Vec<(String, u32)> = terms.iter().map(|(t, n)| (t.to_owned(), n)).collect();
            prop_assert_eq!(held, map.clone().into_iter().collect::<Vec<_>>());
            for term in ["", "a", "ab", "cc", "ß", "zz"] {
                prop_assert_eq!(terms.get(term), map.get(term).copied());
            }
        }
    }
}
