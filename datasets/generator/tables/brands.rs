//! The brands, all invented, and how they are written in comments.

use super::dice::Dice;
use super::grammar::Grammar;

/// A brand that does not exist.
pub(crate) struct Brand {
    pub(crate) name: &'static str,
    /// The prefix of its lists of words.
    pub(crate) key: &'static str,
    /// Ways in which people write it.
    forms: &'static [&'static str],
    /// How well it is spoken of: share of good less share of bad comments.
    pub(crate) esteem: f64,
}

/// Every brand.
pub(crate) const BRANDS: [Brand; 8] = [
    Brand {
        name: "Lumora",
        key: "lumora",
        forms: &["lumora", "LUMORA", "@lumora", "#lumora", "Lumorra"],
        esteem: 0.45,
    },
    Brand {
        name: "Velvetine",
        key: "velvetine",
        forms: &["velvetine", "@velvetine", "Velvetene", "VELVETINE"],
        esteem: -0.05,
    },
    Brand {
        name: "Northpeak",
        key: "northpeak",
        forms: &["northpeak", "North Peak", "@northpeak", "NorthPeak"],
        esteem: 0.3,
    },
    Brand {
        name: "Brewster & Finch",
        key: "brewster",
        forms: &[
            "brewster & finch",
            "Brewster and Finch",
            "brewster&finch",
            "B&F",
        ],
        esteem: 0.5,
    },
    Brand {
        name: "Kettlewood",
        key: "kettlewood",
        forms: &["kettlewood", "@kettlewood", "Kettle wood", "#kettlewood"],
        esteem: 0.2,
    },
    Brand {
        name: "Pixelforge",
        key: "pixelforge",
        forms: &["pixelforge", "PixelForge", "pixel forge", "@pixelforge"],
        esteem: -0.2,
    },
    Brand {
        name: "Wanderloom",
        key: "wanderloom",
        forms: &["wanderloom", "@wanderloom", "Wander Loom", "wanderlom"],
        esteem: 0.25,
    },
    Brand {
        name: "Moonpress",
        key: "moonpress",
        forms: &["moonpress", "@moonpress", "Moon Press", "MoonPress"],
        esteem: 0.4,
    },
];

impl Brand {
    /// The brand as somebody would write it: mostly by its name.
    pub(crate) fn written(&self, dice: &mut Dice) -> &'static str {
        if dice.chance(0.55) {
            self.name
        } else {
            self.forms[dice.below(self.forms.len())]
        }
    }

    /// The phrase with its slots `product`, `good` and `bad` filled from this brand's words.
    /// A clause such as `serum, toner @ stung` is said of those products only.
    pub(crate) fn slots(
        &self,
        dice: &mut Dice,
        words: &Grammar,
        phrase: &str,
        suffix: &str,
    ) -> String {
        let mut text = phrase.to_owned();
        let mut product = words.say(dice, &format!("{}_product", self.key));
        for slot in ["good", "bad"] {
            let hole = format!("{{{slot}{suffix}}}");
            if text.contains(&hole) {
                let clause = words.say(dice, &format!("{}_{slot}", self.key));
                let (products, clause) = clause.split_once(" @ ").unwrap_or((&product, &clause));
                text = text.replace(&hole, clause);
                let products: Vec<&str> = products.split(", ").collect();
                product = products[dice.below(products.len())].to_owned();
            }
        }
        text.replace(&format!("{{product{suffix}}}"), &product)
    }
}
