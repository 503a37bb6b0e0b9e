//! Text as people write it, made readable for a tokenizer: normalising, language, brand
//! mentions, hashtags. Nothing here opens a file.

mod brand_list;
mod codes;
mod hashtags;
mod identify;
mod language;
mod memo;
mod mentions;
mod normalize;
mod segment;

pub use brand_list::parse_brands;
pub use codes::language_code;
pub use hashtags::{hashtags_in, split_hashtag};
pub use language::{Language, language_of};
pub use mentions::Brand;
pub use normalize::normalize;
pub use segment::Segmenter;
