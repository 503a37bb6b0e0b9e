//! Numbers, times, flags.

use microfluence_tables::dataset::{parse_bool, parse_count, parse_number, parse_time};

/// Tries `data`, where it is text.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(number) = parse_number(text) {
        assert!(number.is_finite());
        assert!(
            !(number == 0.0 && number.is_sign_negative()),
            "minus nought"
        );
    }
    if let Ok(count) = parse_count(text) {
        assert!(count <= 1 << 53);
        assert_eq!(parse_count(&count.to_string()), Ok(count));
    }
    if let Ok(time) = parse_time(text) {
        assert!((0..4_133_980_800).contains(&time.as_second()));
        assert_eq!(parse_time(&time.to_string()), Ok(time));
    }
    let _ = parse_bool(text);
}
