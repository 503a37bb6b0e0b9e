//! Hashtags: finding them in a caption and splitting them into words.

/// The tags of a text without `#`, in lower case, in order; repeats are kept.
#[must_use]
pub fn hashtags_in(text: &str) -> Vec<String> {
    text.split('#')
        .skip(1)
        .filter_map(|rest| {
            let end = rest
                .find(|c: char| !(c.is_alphanumeric() || c == '_'))
                .unwrap_or(rest.len());
            let tag = rest[..end].to_lowercase();
            tag.chars().any(char::is_alphabetic).then_some(tag)
        })
        .collect()
}

/// `LoveMyPhone2` to `Love My Phone 2`: at underscores, where lower case turns to upper, before
/// the last capital of a run, and between letters and digits.
#[must_use]
pub fn split_hashtag(tag: &str) -> Vec<String> {
    let chars: Vec<char> = tag.chars().collect();
    let mut words = Vec::new();
    let mut word = String::new();
    for (i, &c) in chars.iter().enumerate() {
        if c == '_' {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            continue;
        }
        let starts_word = i > 0 && {
            let before = chars[i - 1];
            let next_is_lower = chars.get(i + 1).is_some_and(|n| n.is_lowercase());
            (c.is_uppercase() && before.is_lowercase())
                || (c.is_uppercase() && before.is_uppercase() && next_is_lower)
                || (c.is_numeric() && before.is_alphabetic())
                || (c.is_alphabetic() && before.is_numeric())
        };
        if starts_word && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        word.push(c);
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::{hashtags_in, split_hashtag};

    #[test]
    fn finds_tags() {
        assert_eq!(
            hashtags_in("#OOTD today #home_decor#diy 1# #2024 c#"),
            ["ootd", "home_decor", "diy"]
        );
        assert!(hashtags_in("none").is_empty());
    }

    #[test]
    fn splits_at_capitals_digits_and_underscores() {
        assert_eq!(split_hashtag("LoveMyPhone"), ["Love", "My", "Phone"]);
        assert_eq!(
            split_hashtag("ILoveNYCPizza"),
            ["I", "Love", "NYC", "Pizza"]
        );
        assert_eq!(split_hashtag("home_decor2024"), ["home", "decor", "2024"]);
        assert_eq!(split_hashtag("blessed"), ["blessed"]);
        assert!(split_hashtag("___").is_empty());
    }
}
