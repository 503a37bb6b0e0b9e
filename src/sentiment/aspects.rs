//! What people speak of when they judge a product or a service, and the words they do it with.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Aspects by name, of all niches: a niche's own words meet only that niche's comments.
const ASPECTS: [(&str, &str); 19] = [
    (
        "price",
        "price prices priced pricey pricing expensive cheap cheaper cost costs overpriced affordable value money worth \
         bargain discount discounts fee fees charge charged charges",
    ),
    (
        "shipping",
        "delivery deliver delivered delivers shipping shipped ship ships parcel courier tracking",
    ),
    (
        "waiting and delays",
        "late delay delays delayed wait waiting waited hours hrs hour stuck tarmac runway ontime minutes mins gate missed \
         connection connecting sitting slow queue line lines",
    ),
    (
        "cancellation",
        "cancel cancelled canceled cancelling canceling cancellation cancellations cancels rebook rebooked rebooking \
         reschedule rescheduled",
    ),
    (
        "customer service",
        "service support helpdesk helpline agent agents reply replied respond response answer answered ignored refund refunds \
         refunded complaint complaints hold phone call called calling callback hung email emailed customer customers rep reps \
         representative unhelpful helpful",
    ),
    (
        "staff",
        "staff rude crew attendant attendants employee employees attitude manager friendly polite unprofessional waiter waitress \
         steward stewardess",
    ),
    (
        "booking and payment",
        "book booked booking bookings reservation reservations checkout checkin ticket tickets website site app online login \
         password points payment voucher",
    ),
    (
        "baggage",
        "bag bags baggage luggage suitcase suitcases carousel belongings",
    ),
    (
        "quality",
        "quality broke broken breaks durable flimsy sturdy defective faulty crap crappy leak leaks leaked leaking cracked \
         damaged damage torn material materials fabric",
    ),
    (
        "comfort",
        "seat seats seating legroom comfortable uncomfortable comfy cramped clean dirty wifi snack snacks",
    ),
    (
        "packaging",
        "packaging package packages box boxes bottle bottles pump jar tube wrapped unboxing sealed lid",
    ),
    (
        "scent and taste",
        "taste tastes tasted tasty delicious flavor flavour flavors flavours smell smells smelled smelling scent scented \
         fragrance perfume stink stinks yummy aroma",
    ),
    (
        "looks",
        "design style stylish color colour colors colours pretty beautiful ugly gorgeous shade shades",
    ),
    (
        "size and fit",
        "size sizes sizing fit fits fitted tight loose fitting waist sleeve sleeves",
    ),
    (
        "results",
        "effect effects effective results result difference useless acne glow breakout breakouts rash irritated wrinkles \
         hydrated moisturized skin hair",
    ),
    (
        "ingredients",
        "ingredient ingredients formula vegan gluten allergic allergy natural organic parabens retinol niacinamide cruelty",
    ),
    (
        "trust",
        "scam fake fraud honest trust trusted lied lying liar ethical sustainable privacy misleading",
    ),
    (
        "availability",
        "stock restock restocked unavailable preorder",
    ),
    (
        "technology",
        "update updates battery screen camera software crash crashes crashed bug bugs laptop charger",
    ),
];

static BY_WORD: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    ASPECTS
        .iter()
        .flat_map(|(aspect, words)| words.split_whitespace().map(move |word| (word, *aspect)))
        .collect()
});

/// The aspect that a word in lower case speaks of.
pub(super) fn aspect_of(word: &str) -> Option<&'static str> {
    BY_WORD.get(word).copied()
}

#[cfg(test)]
mod tests {
    use super::{ASPECTS, aspect_of};

    #[test]
    fn a_word_speaks_of_one_aspect() {
        let mut words: Vec<&str> = ASPECTS
            .iter()
            .flat_map(|(_, words)| words.split_whitespace())
            .collect();
        let all = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), all);
        assert_eq!(aspect_of("luggage"), Some("baggage"));
        assert_eq!(aspect_of("way"), None);
    }
}
