//! What strangers write, on its way to the tokenizer and through it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use microfluence_inference::{Input, WordPieces};
use microfluence_tables::text::{Brand, hashtags_in, language_of, normalize, split_hashtag};
use std::path::Path;
use std::sync::LazyLock;

const LONGEST: usize = 128;

static PIECES: LazyLock<WordPieces> = LazyLock::new(|| {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/sentiment/tokenizer.json");
    WordPieces::with_max_tokens(&file, LONGEST).expect("the shipped tokenizer")
});
static BRAND: LazyLock<Brand> =
    LazyLock::new(|| Brand::new("Lumora", &["@lumora_uk".to_owned(), "l'umora".to_owned()]));

fuzz_target!(|text: &str| {
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
});
