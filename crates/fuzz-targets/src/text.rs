//! What strangers write, on its way to the tokenizer and through it.

use super::file_of_repository;
use microfluence_inference::{Input, WordPieces};
use microfluence_tables::text::{Brand, hashtags_in, language_of, normalize, split_hashtag};
use std::sync::LazyLock;

const LONGEST: usize = 128;

static PIECES: LazyLock<WordPieces> = LazyLock::new(|| {
    let file = file_of_repository("models/sentiment/tokenizer.json");
    WordPieces::with_max_tokens(&file, LONGEST).expect("the shipped tokenizer")
});
static BRAND: LazyLock<Brand> =
    LazyLock::new(|| Brand::new("Lumora", &["@lumora_uk".to_owned(), "l'umora".to_owned()]));

/// Tries `data`, where it is text.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    for tag in hashtags_in(text) {
        let _ = split_hashtag(&tag);
    }
    let _ = (language_of(text), BRAND.named_in(text));
    let _ = BRAND.owns(text);
    let plain = normalize(text, &BRAND.handles());
    assert!(!plain.contains(char::is_control), "{plain:?}");
    for target in [None, Some(""), Some("lumora")] {
        let input = Input {
            text: &plain,
            target,
        };
        let tokens = PIECES.tokens(input).expect("every text has tokens");
        assert_eq!(tokens.ids.len(), tokens.types.len());
        assert!(tokens.ids.len() <= LONGEST);
    }
}
