//! What is printed around a number's digits: signs, currencies, words for thousands and millions, and words for no
//! number.

/// What stood around the digits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Affixes {
    pub(super) negative: bool,
    /// 1000 for `K`, and so on.
    pub(super) factor: f64,
    pub(super) percent: bool,
    /// Only where the sign is one currency's alone.
    pub(super) currency: Option<&'static str>,
    /// `12,400+`, `~12k`.
    pub(super) about: bool,
}

/// Words for a factor, in lower case and without a point.
const FACTORS: &[(f64, &[&str])] = &[
    (
        1e3,
        &[
            "k", "tsd", "tausend", "thousand", "mil", "mila", "mille", "tys", "тыс", "千", "천",
            "rb", "ribu",
        ],
    ),
    (1e4, &["万", "萬", "만"]),
    (1e5, &["l", "lakh", "lakhs", "lac", "lacs", "लाख"]),
    (
        1e6,
        &[
            "m",
            "mm",
            "mio",
            "mill",
            "million",
            "millions",
            "millionen",
            "millones",
            "milhões",
            "milhoes",
            "mn",
            "mln",
            "mi",
            "млн",
            "jt",
            "juta",
            "百万",
        ],
    ),
    (1e7, &["cr", "crore", "crores", "करोड़"]),
    (1e8, &["億", "亿", "억"]),
    (
        1e9,
        &[
            "b",
            "bn",
            "billion",
            "billions",
            "mrd",
            "milliarden",
            "md",
            "mld",
            "mia",
            "bi",
            "млрд",
            "miliardi",
        ],
    ),
];

/// Words for what is counted.
const UNITS: &[&str] = &[
    "followers",
    "follower",
    "fans",
    "subscribers",
    "subscriber",
    "subs",
    "abonnenten",
    "abonnés",
    "seguidores",
    "follower*innen",
    "likes",
    "like",
    "comments",
    "views",
    "view",
    "plays",
    "posts",
    "post",
    "videos",
    "shares",
    "saves",
    "members",
    "aufrufe",
    "beiträge",
    "kommentare",
    "visualizaciones",
    "reproducciones",
    "visualizações",
    "vues",
    "iscritti",
    "人",
    "回",
    "次",
];

/// Signs and codes of currencies; `""` where the sign is that of several.
const CURRENCIES: &[(&str, &str)] = &[
    ("us$", "USD"),
    ("r$", "BRL"),
    ("a$", "AUD"),
    ("c$", "CAD"),
    ("nz$", "NZD"),
    ("hk$", "HKD"),
    ("s$", "SGD"),
    ("mx$", "MXN"),
    ("$", ""),
    ("€", "EUR"),
    ("£", "GBP"),
    ("¥", ""),
    ("₹", "INR"),
    ("rs", "INR"),
    ("₩", "KRW"),
    ("₽", "RUB"),
    ("₺", "TRY"),
    ("₴", "UAH"),
    ("₫", "VND"),
    ("₱", "PHP"),
    ("₦", "NGN"),
    ("฿", "THB"),
    ("₪", "ILS"),
    ("zł", "PLN"),
    ("kč", "CZK"),
    ("kr", ""),
    ("fr", ""),
    ("ft", "HUF"),
    ("lei", "RON"),
    ("euro", "EUR"),
    ("euros", "EUR"),
    ("dollars", ""),
    ("rp", "IDR"),
    ("円", "JPY"),
    ("元", "CNY"),
    ("usd", "USD"),
    ("eur", "EUR"),
    ("gbp", "GBP"),
    ("chf", "CHF"),
    ("jpy", "JPY"),
    ("cny", "CNY"),
    ("rmb", "CNY"),
    ("inr", "INR"),
    ("aud", "AUD"),
    ("cad", "CAD"),
    ("nzd", "NZD"),
    ("sek", "SEK"),
    ("nok", "NOK"),
    ("dkk", "DKK"),
    ("pln", "PLN"),
    ("czk", "CZK"),
    ("huf", "HUF"),
    ("ron", "RON"),
    ("brl", "BRL"),
    ("mxn", "MXN"),
    ("ars", "ARS"),
    ("clp", "CLP"),
    ("cop", "COP"),
    ("pen", "PEN"),
    ("zar", "ZAR"),
    ("try", "TRY"),
    ("rub", "RUB"),
    ("uah", "UAH"),
    ("ils", "ILS"),
    ("aed", "AED"),
    ("sar", "SAR"),
    ("egp", "EGP"),
    ("ngn", "NGN"),
    ("kes", "KES"),
    ("sgd", "SGD"),
    ("hkd", "HKD"),
    ("twd", "TWD"),
    ("krw", "KRW"),
    ("thb", "THB"),
    ("vnd", "VND"),
    ("idr", "IDR"),
    ("myr", "MYR"),
    ("php", "PHP"),
    ("isk", "ISK"),
    ("bgn", "BGN"),
];

/// Words that exports print where a value is not known, in lower case.
const MISSING: &[&str] = &[
    "null",
    "none",
    "nan",
    "na",
    "n/a",
    "n.a.",
    "n.v.",
    "k.a.",
    "k. a.",
    "-",
    "--",
    "\u{2013}",
    "\u{2014}",
    "?",
    "nil",
    "hidden",
    "unknown",
    "undefined",
    "not available",
    "unavailable",
    "private",
    "versteckt",
    "unbekannt",
    "oculto",
    "masqué",
    "nascosto",
    "#n/a",
    "#nv",
    "#null!",
    "#value!",
    "#wert!",
    "#ref!",
    "#bezug!",
    "#div/0!",
    "#name?",
    "<na>",
    "<null>",
    "(null)",
    "(none)",
    "(not set)",
    "\\n",
    "tbd",
];

/// Whether a trimmed text is one of the words for no value.
pub(super) fn is_missing_word(text: &str) -> bool {
    match text.as_bytes() {
        [b'0'..=b'9', ..] => false,
        _ if text.is_ascii() => MISSING.iter().any(|word| text.eq_ignore_ascii_case(word)),
        _ => MISSING.contains(&text.to_lowercase().as_str()),
    }
}

/// The digits of a text (with their marks and an exponent), and what stood around them; `None` where it is no number.
pub(super) fn strip(text: &str) -> Option<(&str, Affixes)> {
    let mut affixes = Affixes {
        negative: false,
        factor: 1.0,
        percent: false,
        currency: None,
        about: false,
    };
    let mut rest = text.trim();
    if let Some(inner) = rest.strip_prefix('(').and_then(|r| r.strip_suffix(')')) {
        affixes.negative = true;
        rest = inner.trim();
    }
    let is_digit = |c: char| c.is_ascii_digit();
    let start = rest.find(is_digit)?;
    // A decimal mark may come first: `.5`.
    let start = if rest[..start].ends_with(['.', ','])
        && !rest[..start - 1].ends_with(char::is_alphabetic)
    {
        start - 1
    } else {
        start
    };
    let end = digits_end(&rest[start..]) + start;
    let (before, digits, after) = (&rest[..start], &rest[start..end], &rest[end..]);
    prefix(before, &mut affixes)?;
    suffix(after, &mut affixes)?;
    Some((digits, affixes))
}

/// Where the digits with their marks and an exponent end.
fn digits_end(text: &str) -> usize {
    let mut end = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, c)| *c);
        match c {
            '0'..='9' => end = at + 1,
            '.' | ',' => {
                // The point after a word for a factor is not one of these, the one after a number is: `5.`.
                if next.is_none_or(|c| c.is_ascii_digit() || c == ' ') && end == at {
                    if next.is_none_or(|c| c.is_ascii_digit()) {
                        end = at + 1;
                    }
                } else if end == 0 && next.is_some_and(|c| c.is_ascii_digit()) {
                    end = at + 1;
                } else {
                    break;
                }
            }
            ' ' | '\'' | '_' if next.is_some_and(|c| c.is_ascii_digit()) => {}
            'e' | 'E' if end == at => {
                let tail = &text[at + 1..];
                let unsigned = tail.strip_prefix(['+', '-']).unwrap_or(tail);
                let digits = unsigned.bytes().take_while(u8::is_ascii_digit).count();
                if digits == 0 {
                    break;
                }
                return at + 1 + (tail.len() - unsigned.len()) + digits;
            }
            _ => break,
        }
    }
    end
}

fn prefix(text: &str, affixes: &mut Affixes) -> Option<()> {
    let mut rest = text.trim();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('-') {
            if affixes.negative {
                return None;
            }
            affixes.negative = true;
            rest = after.trim_start();
        } else if let Some(after) = rest.strip_prefix('+') {
            rest = after.trim_start();
        } else if let Some(after) = ["~", "≈", "ca.", "ca ", "about ", "approx. "]
            .iter()
            .find_map(|word| rest.strip_prefix(word))
        {
            affixes.about = true;
            rest = after.trim_start();
        } else {
            rest = currency(rest, affixes, true)?;
        }
    }
    Some(())
}

fn suffix(text: &str, affixes: &mut Affixes) -> Option<()> {
    let mut rest = text.trim();
    let mut words = 0;
    while !rest.is_empty() {
        words += 1;
        if words > 4 {
            return None;
        }
        if let Some(after) = rest.strip_prefix('%') {
            affixes.percent = true;
            rest = after.trim_start();
            continue;
        }
        if let Some(after) = rest.strip_prefix('+') {
            affixes.about = true;
            rest = after.trim_start();
            continue;
        }
        if rest == "-" && !affixes.negative {
            affixes.negative = true;
            break;
        }
        if rest == ",-" || rest == ".-" || rest == ",\u{2013}" {
            break;
        }
        let end = rest
            .find(|c: char| c.is_whitespace() || c == '+' || c == '%' || c == '.')
            .unwrap_or(rest.len());
        let word = rest[..end].to_lowercase();
        let after = rest[end..].trim_start_matches('.').trim_start();
        if let Some(factor) = factor(&word) {
            if (affixes.factor - 1.0).abs() > f64::EPSILON {
                return None;
            }
            affixes.factor = factor;
            rest = after;
        } else if UNITS.contains(&word.as_str()) {
            rest = after;
        } else if let Some((factor, code)) = joined(&word) {
            // `5K€`.
            affixes.factor = factor;
            affixes.currency = Some(code).filter(|c| !c.is_empty());
            rest = after;
        } else {
            rest = currency(rest, affixes, false)?;
        }
    }
    Some(())
}

fn factor(word: &str) -> Option<f64> {
    let found = FACTORS.iter().find(|(_, words)| words.contains(&word));
    found.map(|(factor, _)| *factor)
}

/// A factor and a currency without a blank between them.
fn joined(word: &str) -> Option<(f64, &'static str)> {
    CURRENCIES.iter().find_map(|(sign, code)| {
        let factor = factor(word.strip_suffix(sign)?)?;
        Some((factor, *code))
    })
}

/// Takes a currency off the front; in a prefix it must be followed by nothing but signs and blanks.
fn currency<'t>(text: &'t str, affixes: &mut Affixes, before: bool) -> Option<&'t str> {
    let end = if before {
        text.find(|c: char| c.is_whitespace() || c == '-' || c == '+')
    } else {
        text.find(char::is_whitespace)
    };
    let (word, rest) = text.split_at(end.unwrap_or(text.len()));
    let word = word.trim_end_matches('.').to_lowercase();
    let (_, code) = CURRENCIES.iter().find(|(sign, _)| *sign == word)?;
    if !code.is_empty() {
        affixes.currency = Some(code);
    }
    Some(rest.trim_start())
}
