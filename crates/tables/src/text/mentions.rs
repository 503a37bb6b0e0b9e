//! Whether a text names a brand: whole words, whatever their case, with or without `@` or `#`.

use super::hashtags::split_hashtag;
use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;

/// A brand and the other names it goes by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brand {
    name: String,
    /// Every name as lower-case words, the longest first; products' too.
    names: Vec<Vec<String>>,
    /// Products as given, with their names as words.
    products: Vec<(String, Vec<String>)>,
    /// The brand's own accounts: lower case, without `@`.
    accounts: Vec<String>,
    competitors: Vec<String>,
}

impl Brand {
    /// A brand by its name and aliases; handles may carry their `@`, tags their `#`.
    #[must_use]
    pub fn new(name: &str, aliases: &[String]) -> Self {
        let mut brand = Self {
            name: name.trim().to_owned(),
            names: Vec::new(),
            products: Vec::new(),
            accounts: Vec::new(),
            competitors: Vec::new(),
        };
        brand.accounts.push(words(name).concat());
        brand.add_names(std::iter::once(name).chain(aliases.iter().map(String::as_str)));
        brand
    }

    /// The same brand with products, whose names count as the brand's and are told apart.
    #[must_use]
    pub fn with_products(mut self, products: &[String]) -> Self {
        self.add_names(products.iter().map(String::as_str));
        self.products.extend(
            products
                .iter()
                .map(|p| (p.trim().to_owned(), words(p)))
                .filter(|p| !p.1.is_empty()),
        );
        self
    }

    /// The same brand with the handles of its own accounts, which name it too.
    #[must_use]
    pub fn with_accounts(mut self, handles: &[String]) -> Self {
        self.add_names(handles.iter().map(String::as_str));
        self.accounts
            .extend(handles.iter().map(|h| account(h)).filter(|h| !h.is_empty()));
        self
    }

    /// The same brand, which also knows its own accounts by the names that stand for them where people are hidden.
    #[must_use]
    pub fn with_pseudonyms(mut self, of: impl Fn(&str) -> String) -> Self {
        let hidden: Vec<String> = self.accounts.iter().map(|a| account(&of(a))).collect();
        self.accounts.extend(hidden);
        self
    }

    /// The same brand with the names of those it is compared with.
    #[must_use]
    pub fn with_competitors(mut self, competitors: &[String]) -> Self {
        self.competitors.extend_from_slice(competitors);
        self
    }

    fn add_names<'n>(&mut self, names: impl Iterator<Item = &'n str>) {
        self.names
            .extend(names.map(words).filter(|words| !words.is_empty()));
        self.names
            .sort_by_key(|words| std::cmp::Reverse(words.len()));
        self.names.dedup();
    }

    /// The name as the user gave it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Names of brands that it is compared with, as given.
    #[must_use]
    pub fn competitors(&self) -> &[String] {
        &self.competitors
    }

    /// The names as handles: lower case, without spaces.
    #[must_use]
    pub fn handles(&self) -> Vec<String> {
        self.names.iter().map(|words| words.concat()).collect()
    }

    /// The single words of which the names are made, products' apart: they say nothing of what is said about the brand.
    #[must_use]
    pub fn name_words(&self) -> Vec<String> {
        let product = |words: &Vec<String>| self.products.iter().any(|p| &p.1 == words);
        let own = self.names.iter().filter(|words| !product(words));
        own.flat_map(|words| words.iter().cloned().chain([words.concat()]))
            .collect()
    }

    /// Whether an account of this handle or id is the brand's own.
    #[must_use]
    pub fn owns(&self, handle: &str) -> bool {
        let handle = account(handle);
        !handle.is_empty() && self.accounts.contains(&handle)
    }

    /// The products that the text names, as given.
    #[must_use]
    pub fn products_in(&self, text: &str) -> Vec<&str> {
        if self.products.is_empty() {
            return Vec::new();
        }
        let text_words = words(text);
        self.products
            .iter()
            .filter(|(_, name)| holds(&text_words, name))
            .map(|(product, _)| product.as_str())
            .collect()
    }

    /// Whether the text holds one of the names as whole words, as a handle or as a hashtag
    /// (`Kettle Wood`, `@kettlewood`, `#KettleWood` and `#kettlewood` for "Kettle Wood").
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        self.named_in(text).is_some()
    }

    /// The name by which the text speaks of the brand, in lower case: the longest of those in
    /// it. A model that judges towards "iphone" must not be asked about "apple" where the text
    /// knows no apple.
    #[must_use]
    pub fn named_in(&self, text: &str) -> Option<String> {
        let text_words = words(text);
        let misspelled = |name: &&Vec<String>| {
            let whole = name.concat();
            text_words.iter().any(|word| is_misspelling(word, &whole))
        };
        self.names
            .iter()
            .find(|name| holds(&text_words, name))
            .or_else(|| self.names.iter().find(misspelled))
            .map(|name| name.join(" "))
    }
}

/// Letters from which a name with one wrong letter is still known: in shorter ones that makes other words.
const MISSPELLED_FROM: usize = 7;

/// Whether a word is a long name with one letter changed, left out, put in, or two exchanged; the first letter is
/// right, and only letters differ.
fn is_misspelling(word: &str, name: &str) -> bool {
    let close = word.len().abs_diff(name.len()) <= 2 && name.len() >= MISSPELLED_FROM;
    if !close || word == name {
        return false;
    }
    let (mut a, mut b): (Vec<char>, Vec<char>) = (word.chars().collect(), name.chars().collect());
    let letters = |w: &[char]| w.iter().all(|c| c.is_alphabetic());
    if b.len() < MISSPELLED_FROM || a[0] != b[0] || !letters(&a) || !letters(&b) {
        return false;
    }
    let same = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    (a, b) = (a.split_off(same), b.split_off(same));
    match (a.len(), b.len()) {
        (m, n) if m == n => {
            a[1..] == b[1..] || (m >= 2 && a[0] == b[1] && a[1] == b[0] && a[2..] == b[2..])
        }
        (m, n) if m + 1 == n => a[..] == b[1..],
        (m, n) if n + 1 == m => a[1..] == b[..],
        _ => false,
    }
}

/// Whether the words hold the name's in a row, or as one (`#lovemykettlewood` is not one;
/// `#LoveMyKettlewood` was split already).
fn holds(text: &[String], name: &[String]) -> bool {
    text.windows(name.len()).any(|window| window == name)
        || (name.len() > 1 && text.contains(&name.concat()))
        // Where words are not set apart, a name of such letters may stand within.
        || matches!(name, [one] if unspaced(one) && text.iter().any(|w| w.contains(one.as_str())))
}

/// Han, kana, Thai, Lao, Khmer and Burmese letters alone: scripts that put no blanks between words.
fn unspaced(name: &str) -> bool {
    name.chars().all(|c| {
        matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
            | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
    })
}

fn account(handle: &str) -> String {
    handle.trim().trim_start_matches('@').to_lowercase()
}

/// Lower-case words; hashtags are split, possessives dropped ("Apple's" names Apple). Letters
/// that look alike are one (NFKC): full-width forms, and accents put on in two steps.
fn words(text: &str) -> Vec<String> {
    let text: Cow<'_, str> = if text.is_ascii() {
        text.into()
    } else {
        text.nfkc().collect::<String>().into()
    };
    text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '#' | '\'' | '\u{2019}')))
        .flat_map(|piece| match piece.strip_prefix('#') {
            Some(tag) => split_hashtag(tag),
            None => vec![piece.to_owned()],
        })
        .filter_map(|word| {
            let lower = word.to_lowercase().replace('\u{2019}', "'");
            let lower = lower.trim_end_matches("'s").trim_matches(['\'', '_', '#']);
            (!lower.is_empty()).then(|| lower.to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Brand;

    #[test]
    fn finds_whole_words_handles_and_tags() {
        let brand = Brand::new("Apple", &["iPhone".to_owned(), "@AppleSupport".to_owned()]);
        for text in [
            "apple's new thing",
            "ask @applesupport",
            "#IPHONE!",
            "my iPhone, dead",
            "#LoveApple",
        ] {
            assert!(brand.is_in(text), "{text}");
        }
        for text in ["pineapple juice", "apples and pears", "", "iphones"] {
            assert!(!brand.is_in(text), "{text}");
        }
    }

    #[test]
    fn finds_names_of_several_words() {
        let brand = Brand::new("Brewster & Finch", &[]);
        assert!(brand.is_in("a cup of brewster & finch, please"));
        assert!(brand.is_in("thanks @brewsterfinch"));
        assert!(brand.is_in("#BrewsterFinch"));
        assert!(!brand.is_in("finch brewster"));
    }

    #[test]
    fn long_names_are_known_with_one_wrong_letter() {
        let brand = Brand::new(
            "Velvetine",
            &["Brewster & Finch".to_owned(), "Lush".to_owned()],
        );
        for text in [
            "velvetin is bad",
            "#Velvettine",
            "velevtine!",
            "velvatine",
            "@brewsterfinsh",
        ] {
            assert!(brand.is_in(text), "{text}");
        }
        for text in [
            "velveteens",
            "a lash",
            "velvetine2x",
            "elvetine",
            "brewster finsh",
        ] {
            assert!(!brand.is_in(text), "{text}");
        }
    }

    #[test]
    fn says_by_which_name() {
        let brand = Brand::new("Apple", &["iPhone".to_owned(), "Mac Book".to_owned()]);
        let named = |text| brand.named_in(text);
        assert_eq!(named("my iPhone broke").as_deref(), Some("iphone"));
        assert_eq!(named("apple's #MacBook").as_deref(), Some("mac book"));
        assert_eq!(named("my phone"), None);
    }

    #[test]
    fn letters_are_compared_as_people_read_them() {
        let brand = Brand::new("Café Noir", &["資生堂".to_owned(), "Müller".to_owned()]);
        for text in [
            "the CAFE\u{301} noir menu",
            "資生堂の化粧水",
            "MÜLLER!",
            "Ｍüller is ok",
        ] {
            assert!(brand.is_in(text), "{text}");
        }
        assert!(!brand.is_in("cafe noir in plain letters") && !brand.is_in("Müllerin"));
    }

    #[test]
    fn products_and_accounts_are_told_apart() {
        let brand = Brand::new("Lumora", &[])
            .with_products(&["Glow Serum".to_owned(), "Night Oil".to_owned()])
            .with_accounts(&["@lumora.official".to_owned()]);
        assert_eq!(brand.products_in("my #GlowSerum is empty"), ["Glow Serum"]);
        assert!(brand.is_in("that night oil again") && brand.products_in("lumora").is_empty());
        assert!(brand.owns("lumora.official") && brand.owns("@Lumora") && !brand.owns("lumo"));
    }

    #[test]
    fn an_empty_name_is_in_nothing() {
        let brand = Brand::new("", &[]);
        assert!(!brand.is_in("anything") && !brand.owns(""));
    }
}
