//! Stripping boilerplate: contacts, links and bait for followers say nothing of who writes them.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Verbs that ask to be followed; the short words after them go too.
static FOLLOW: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    HashSet::from([
        "follow",
        "sigueme",
        "sígueme",
        "siganme",
        "síganme",
        "seguime",
        "segueme",
        "siga",
        "sigan",
        "sigue",
        "suscríbete",
        "suscribete",
        "subscribe",
        "abonne-toi",
        "seguimi",
        "folgt",
    ])
});
static AFTER_FOLLOW: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    HashSet::from([
        "me", "my", "mi", "meu", "on", "in", "en", "no", "at", "to", "us", "our", "for", "more",
        "el", "la", "a", "auf", "mir", "sur", "su", "the",
    ])
});

/// Words that stand before a contact or for a platform, and words of business.
static CONTACT: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    HashSet::from([
        "ig",
        "insta",
        "instagram",
        "instagram's",
        "instagramm",
        "snap",
        "snapchat",
        "sc",
        "yt",
        "youtube",
        "fb",
        "facebook",
        "twitter",
        "tw",
        "gram",
        "telegram",
        "whatsapp",
        "tiktok",
        "tik",
        "tok",
        "contact",
        "contacto",
        "contato",
        "kontakt",
        "email",
        "e-mail",
        "mail",
        "correo",
        "business",
        "inquiries",
        "enquiries",
        "inquiry",
        "enquiry",
        "collab",
        "collabs",
        "collaboration",
        "collaborations",
        "colab",
        "colabs",
        "colaboraciones",
        "parcerias",
        "publi",
        "publicidad",
        "dm",
        "dms",
        "mgmt",
        "management",
        "pr",
        "bookings",
        "link",
        "bio",
        "subscribe",
    ])
});

/// Tags that are put under everything in the hope of being shown.
static BAIT_TAGS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    HashSet::from([
        "fyp",
        "fy",
        "foryou",
        "foryoupage",
        "fypage",
        "fypシ",
        "fypシ゚viral",
        "viral",
        "viralvideo",
        "viralreels",
        "trending",
        "trend",
        "parati",
        "paratii",
        "paravoce",
        "pourtoi",
        "perte",
        "neiperte",
        "foryourpage",
        "xyzbca",
        "tiktok",
        "tiktokviral",
        "explore",
        "explorepage",
        "reels",
        "reel",
        "instagram",
        "instagood",
        "instadaily",
        "instalike",
        "follow",
        "followme",
        "like",
        "likeforlike",
        "love",
        "photooftheday",
        "picoftheday",
        "greenscreen",
        "capcut",
        "duet",
        "xh",
        "xhtiktok",
        "hottrend",
        "vairal",
        "perte",
        "neipert",
        "fürdich",
        "fuerdich",
        "furdich",
        "voorjou",
        "voorjoupagina",
        "dlaciebie",
        "dlaciebietiktok",
        "keşfet",
        "kesfet",
        "keşfetteyiz",
        "kesfetteyiz",
        "keşfetbeniöneçıkar",
        "öneçıkar",
        "beranda",
        "berandatiktok",
        "masukberanda",
        "рек",
        "рекомендации",
        "рекомендация",
        "врек",
        "хочуврек",
        "тренд",
        "топ",
        "اكسبلور",
        "اكسبلورر",
        "اكسبلورexplore",
        "الشعب_الصيني_ماله_حل",
        "ترند",
        "tendencia",
        "tendance",
        "blowthisup",
        "goviral",
        "share",
        "comment",
        "followforfollow",
        "followback",
        "repost",
        "tbt",
        "instamood",
        "igers",
        "bestoftheday",
        "likes",
        "likes4likes",
        "like4like",
        "l4l",
        "f4f",
        "follow4follow",
        "tagsforlikes",
        "new",
        "video",
        "videos",
        "tiktoker",
        "creatorsearchinsights",
    ])
});

/// How such tags begin, whatever is put behind ("fypシ", "xuhuongtiktok", "viralreels").
const BAIT_STARTS: [&str; 14] = [
    "fyp",
    "foryou",
    "xuhuong",
    "xuhướng",
    "parati",
    "paravoce",
    "paravocê",
    "pourtoi",
    "viral",
    "trending",
    "tiktok",
    "instagood",
    "explorepage",
    "likefor",
];

/// Whether a tag (lower case, without `#`) is put under everything.
pub(super) fn is_bait(tag: &str) -> bool {
    BAIT_TAGS.contains(tag) || BAIT_STARTS.iter().any(|start| tag.starts_with(start))
}

/// The text without links, addresses, handles, platforms' names, numbers, flags, arrows and calls
/// to follow. Empty where nothing else was there.
pub(super) fn strip_boilerplate(text: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    let (mut following, mut named) = (false, false);
    for piece in text.split_whitespace() {
        let piece: String = piece.chars().filter(|c| !is_pointer(*c)).collect();
        let word = piece
            .trim_matches(|c: char| !c.is_alphanumeric())
            .to_lowercase();
        let after_follow = std::mem::replace(&mut following, false);
        // After "Insta:" stands a name there.
        let after_name = std::mem::replace(&mut named, false);
        if is_address(&piece) || is_number(&word) || (after_name && !word.is_empty()) {
            continue;
        }
        if FOLLOW.contains(word.as_str()) {
            following = true;
            continue;
        }
        if after_follow && AFTER_FOLLOW.contains(word.as_str()) {
            following = true;
            continue;
        }
        // "ig:name" and "IG/name" carry a handle, "insta" names a platform.
        let label = word.split([':', '/', '：']).next().unwrap_or_default();
        if CONTACT.contains(label) || CONTACT.contains(word.as_str()) {
            named = piece.ends_with([':', '：']);
            continue;
        }
        if piece.chars().any(|c| c.is_alphanumeric() || c > '\u{2190}') {
            out.push(piece);
        }
    }
    let says = |piece: &String| {
        let word = piece.trim_matches(|c: char| !c.is_alphanumeric());
        !AFTER_FOLLOW.contains(word.to_lowercase().as_str())
            && piece.chars().any(|c| c.is_alphabetic() || c > '\u{2190}')
    };
    if out.iter().any(says) {
        out.join(" ")
    } else {
        String::new()
    }
}

fn is_address(piece: &str) -> bool {
    const ENDS: [&str; 10] = [
        ".com", ".co", ".net", ".org", ".es", ".fr", ".de", ".br", ".it", ".mx",
    ];
    let of_a_site = || {
        let piece = piece.to_lowercase();
        ENDS.iter().any(|end| piece.ends_with(end))
    };
    piece.contains('@')
        || piece.contains("://")
        || piece.starts_with("www.")
        || (piece.contains('.') && of_a_site())
}

fn is_number(word: &str) -> bool {
    let digits = word.chars().filter(char::is_ascii_digit).count();
    digits > 0 && word.chars().filter(|c| c.is_alphabetic()).count() <= 1
}

/// Flags, arrows, pointing hands, envelopes, telephones and pins.
fn is_pointer(c: char) -> bool {
    matches!(c, '\u{1f1e6}'..='\u{1f1ff}' | '\u{1f446}'..='\u{1f449}' | '\u{261d}' | '\u{2190}'..='\u{21ff}'
        | '\u{2b05}'..='\u{2b07}' | '\u{27a1}' | '\u{2934}' | '\u{2935}' | '\u{1f4e5}' | '\u{1f4e7}'
        | '\u{1f4e8}' | '\u{1f4e9}' | '\u{2709}' | '\u{fe0e}' | '\u{fe0f}' | '\u{1f48c}' | '\u{1f4cd}' | '\u{1f4cc}'
        | '\u{1f517}' | '\u{1f53b}' | '\u{1f53d}' | '\u{1f4de}' | '\u{260e}' | '\u{1f4f1}' | '\u{1f4f2}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_says_something_stays() {
        assert_eq!(
            strip_boilerplate("Follow me on Insta 👆 @jo.fit | Personal trainer 🇪🇸 jo@mail.com"),
            "Personal trainer"
        );
        assert_eq!(strip_boilerplate("IG: jo_23\n📩 DM for collabs"), "");
        assert_eq!(strip_boilerplate("Sígueme en Instagram ⬇️⬇️ 20k"), "");
        assert_eq!(
            strip_boilerplate("Recetas fáciles 🍳"),
            "Recetas fáciles 🍳"
        );
        assert!(
            ["fyp", "fypシ゚viral", "xuhuongtiktok", "paratiiii", "keşfet"]
                .iter()
                .all(|tag| is_bait(tag))
                && !is_bait("fitness")
        );
    }
}
