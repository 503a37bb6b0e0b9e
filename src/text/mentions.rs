//! Whether a text names a brand: whole words, whatever their case, with or without `@` or `#`.

use super::hashtags::split_hashtag;

/// A brand and the other names it goes by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brand {
    name: String,
    /// Every name as lower-case words, the longest first.
    names: Vec<Vec<String>>,
}

impl Brand {
    /// A brand by its name and aliases; handles may carry their `@`, tags their `#`.
    #[must_use]
    pub fn new(name: &str, aliases: &[String]) -> Self {
        let mut names: Vec<Vec<String>> = std::iter::once(name)
            .chain(aliases.iter().map(String::as_str))
            .map(words)
            .filter(|words| !words.is_empty())
            .collect();
        names.sort_by_key(|words| std::cmp::Reverse(words.len()));
        names.dedup();
        Self {
            name: name.trim().to_owned(),
            names,
        }
    }

    /// The name as the user gave it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The names as handles: lower case, without spaces.
    #[must_use]
    pub fn handles(&self) -> Vec<String> {
        self.names.iter().map(|words| words.concat()).collect()
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
        self.names
            .iter()
            .find(|name| {
                // "#lovemykettlewood" is not one; "#LoveMyKettlewood" was split already.
                text_words.windows(name.len()).any(|window| window == *name)
                    || text_words.contains(&name.concat())
            })
            .map(|name| name.join(" "))
    }
}

/// Lower-case words; hashtags are split, possessives dropped ("Apple's" names Apple).
fn words(text: &str) -> Vec<String> {
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
    fn says_by_which_name() {
        let brand = Brand::new("Apple", &["iPhone".to_owned(), "Mac Book".to_owned()]);
        let named = |text| brand.named_in(text);
        assert_eq!(named("my iPhone broke").as_deref(), Some("iphone"));
        assert_eq!(named("apple's #MacBook").as_deref(), Some("mac book"));
        assert_eq!(named("my phone"), None);
    }

    #[test]
    fn an_empty_name_is_in_nothing() {
        assert!(!Brand::new("", &[]).is_in("anything"));
    }
}
