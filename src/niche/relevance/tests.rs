//! Relevance by words, by meaning, and against other niches.

use super::*;
use crate::embedding::Topics;
use crate::niche::affinity::TaxonomyVectors;
use crate::niche::{Source, Text, affinities, broad_niches, narrowing, read_query};
use crate::schema::CreatorId;

fn profile(bio: &str, phrases: &Phrases) -> Profile {
    let found = tokens(bio);
    Profile {
        creator_id: CreatorId("c".to_owned()),
        vector: None,
        meaning: None,
        trust: 0.0,
        topics: Topics {
            bio: phrases.find(&found),
            ..Topics::default()
        },
        terms: found.iter().map(|t| (t.clone(), 1)).collect(),
        texts: 1,
        texts_read: 0,
        texts_unreadable: 1,
    }
}

fn judge(text: &str, bio: &str) -> Relevance {
    let taxonomy = Taxonomy::built_in().unwrap();
    let phrases = taxonomy.phrases();
    let vectors = TaxonomyVectors::default();
    let profile = profile(bio, &phrases);
    let affinity = affinities(std::slice::from_ref(&profile), &taxonomy, &vectors).remove(0);
    let broad = broad_niches(&taxonomy);
    let search = Search {
        taxonomy: &taxonomy,
        phrases: &phrases,
        broad: &broad,
    };
    let query = read_query(text, Vec::new(), &taxonomy, &phrases, &vectors);
    let text = Text {
        text: bio,
        tags: &[],
        source: Source::Bio,
    };
    let narrowing = narrowing(&query, &profile, &affinity, &search, std::iter::once(text));
    relevance(&query, &profile, &affinity, &search, narrowing)
}

#[test]
fn a_spanish_bio_is_found_by_its_words() {
    let trainer = judge(
        "fitness",
        "Entrenadora personal 🏋🏽 | entrenamientos en casa",
    );
    let cook = judge("fitness", "Recetas fáciles de cocina 🍳");
    assert!(
        trainer.value > 5.0 * cook.value,
        "{} {}",
        trainer.value,
        cook.value
    );
    assert!(cook.value < 0.1 && !trainer.matched_terms.is_empty());
}

#[test]
fn other_niches_compete() {
    let one = judge("beauty", "makeup and skincare").value;
    let many = judge("beauty", "makeup travel food recipes gaming music singer").value;
    assert!(one > many, "{one} {many}");
    let both = judge("beauty and fashion", "makeup and outfits").value;
    assert!(both > judge("beauty", "makeup and outfits").value);
}

#[test]
fn narrow_niches_compete_with_their_broad_one() {
    let yoga = judge("yoga", "yoga teacher").value;
    let gym = judge("yoga", "gym workout fitness coach").value;
    assert!(yoga > 3.0 * gym, "{yoga} {gym}");
    assert!(judge("fitness", "yoga teacher").value > gym);
}

#[test]
fn words_that_no_niche_has_count_as_typed() {
    let with = judge("falconry", "falconry and owls").value;
    let without = judge("falconry", "just me").value;
    assert!(with > 2.0 * without, "{with} {without}");
}

/// A bio that is what was asked for, and others of the niche that are not.
#[test]
fn a_modifier_narrows() {
    for (query, right, wrong) in [
        (
            "vegan recipes",
            "Vegan recipes and plant based food",
            "Easy recipes: steak, pizza and cake",
        ),
        (
            "street food",
            "Best street food of Bangkok",
            "Restaurant food and recipes in Rome",
        ),
        (
            "street food",
            "#streetfood lover",
            "City life, street style and food",
        ),
        (
            "nail art",
            "Nail art tutorials",
            "Makeup tutorials and skincare",
        ),
        (
            "sustainable fashion",
            "Sustainable fashion and outfits",
            "Fashion outfits, clothing store",
        ),
        (
            "sustainable fashion",
            "Sustainability meets fashion",
            "Designer fashion haul",
        ),
        (
            "trail running",
            "Trail running in the Alps",
            "Running: marathon training",
        ),
    ] {
        let (found, other) = (judge(query, right).value, judge(query, wrong).value);
        assert!(
            found > 0.08 && found > 3.0 * other,
            "{query}: {right} {found}, {wrong} {other}"
        );
    }
}

#[test]
fn two_niches_mean_both_and_numbers_with_units_none() {
    let both = judge("fashion and beauty", "makeup and outfits").value;
    let one = judge("fashion and beauty", "outfits, fashion, style").value;
    assert!(both > 0.1 && both > 5.0 * one, "{both} {one}");
    assert!(judge("running", "goal 5k").value < 0.02);
    assert!(
        judge("make-up", "Trời mưa buồn").value < 0.02,
        "rain is no make-up artist"
    );
    assert!(judge("make-up", "MUA in Hanoi").value > 0.1);
}
