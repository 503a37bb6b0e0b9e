//! Whose link a visit came by.

use crate::dataset::Pseudonyms;
use crate::error::{Error, Place, Result};
use crate::schema::{Creator, CreatorId, Post, Spend, Visit};
use serde::Deserialize;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// Rules that read a creator out of a visit's UTM fields, the first that fits.
#[derive(Debug, Clone, Default)]
pub struct AttributionRules(Vec<Rule>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    rule: Vec<Rule>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    utm_source: Option<String>,
    utm_medium: Option<String>,
    utm_campaign: Option<String>,
    utm_content: Option<String>,
    landing_page: Option<String>,
    creator_id: String,
}

/// The fields that a rule can ask about and name.
const FIELDS: [&str; 5] = [
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_content",
    "landing_page",
];

fn field<'v>(visit: &'v Visit, name: &str) -> Option<&'v str> {
    let cell = match name {
        "utm_source" => &visit.utm_source,
        "utm_medium" => &visit.utm_medium,
        "utm_campaign" => &visit.utm_campaign,
        "utm_content" => &visit.utm_content,
        _ => &visit.landing_page,
    };
    cell.as_deref()
}

impl Rule {
    fn pattern(&self, name: &str) -> Option<&str> {
        let cell = match name {
            "utm_source" => &self.utm_source,
            "utm_medium" => &self.utm_medium,
            "utm_campaign" => &self.utm_campaign,
            "utm_content" => &self.utm_content,
            _ => &self.landing_page,
        };
        cell.as_deref()
    }

    /// The creator that the rule names, where every field fits; `{*}` is what the first `*` stands for.
    fn creator(&self, visit: &Visit) -> Option<String> {
        let mut star = None;
        for name in FIELDS {
            let Some(pattern) = self.pattern(name) else {
                continue;
            };
            let matched = fits(pattern, field(visit, name)?.trim())?;
            if star.is_none() && pattern.contains('*') {
                star = Some(matched);
            }
        }
        let mut creator = self.creator_id.replace("{*}", &star.unwrap_or_default());
        for name in FIELDS {
            let place = format!("{{{name}}}");
            if creator.contains(&place) {
                creator = creator.replace(&place, field(visit, name)?.trim());
            }
        }
        (!creator.is_empty()).then_some(creator)
    }
}

/// Whether a text fits a pattern whose `*` stand for anything, upper and lower case alike; then what the first `*`
/// stands for, `""` without one.
fn fits(pattern: &str, text: &str) -> Option<String> {
    let Some((head, rest)) = pattern.split_once('*') else {
        return (pattern.to_lowercase() == text.to_lowercase()).then(String::new);
    };
    let lower = text.to_lowercase();
    // Lowering may change a letter's length; then positions are those of the lowered text.
    let text = if lower.len() == text.len() {
        text
    } else {
        lower.as_str()
    };
    if !lower.starts_with(&head.to_lowercase()) {
        return None;
    }
    let from = head.to_lowercase().len();
    let ends: Vec<usize> = (from..=text.len())
        .filter(|at| text.is_char_boundary(*at))
        .collect();
    let taken = |at: usize| text.get(from..at).map(str::to_owned);
    if rest.is_empty() {
        return taken(text.len());
    }
    ends.into_iter()
        .find(|at| {
            text.get(*at..)
                .is_some_and(|tail| fits(rest, tail).is_some())
        })
        .and_then(taken)
}

impl AttributionRules {
    /// Reads `[[rule]]` sections: patterns for UTM fields and the landing page, and the `creator_id` that they mean.
    ///
    /// # Errors
    /// [`Error::Input`] at `path`, where the text comes from: no TOML, an unknown key, no rule, or a rule that asks for
    /// nothing.
    pub fn parse(path: &Path, text: &str) -> Result<Self> {
        const HINT: &str = "every [[rule]] has creator_id and at least one of utm_source, utm_medium, utm_campaign, utm_content, landing_page; * stands for anything";
        let document: Document =
            toml::from_str(text).map_err(|e| Error::toml(path, text, &e).with_hint(HINT))?;
        let wrong = |message: String| Error::input(Place::file(path), message).with_hint(HINT);
        if document.rule.is_empty() {
            return Err(wrong("holds no [[rule]] section".to_owned()));
        }
        for (i, rule) in document.rule.iter().enumerate() {
            if FIELDS.iter().all(|name| rule.pattern(name).is_none()) {
                return Err(wrong(format!(
                    "rule {} asks for nothing, so every visit would fit",
                    i + 1
                )));
            }
        }
        Ok(Self(document.rule))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn creator(&self, visit: &Visit) -> Option<String> {
        self.0.iter().find_map(|rule| rule.creator(visit))
    }
}

/// What creators are called in links and at the till: ids, handles, posts and promo codes. In links and codes upper and
/// lower case are alike; in a column of ids they are not.
#[derive(Debug, Clone, Default)]
pub struct CreatorResolver {
    ids: Vec<CreatorId>,
    by_id: HashMap<String, u32>,
    /// Ids, handles and codes as they are compared; `None` where two creators share one.
    by_name: HashMap<String, Option<u32>>,
    by_code: HashMap<String, Option<u32>>,
    /// What the ids and handles were hidden by, where they are hidden; links are not.
    pseudonyms: Option<Arc<Pseudonyms>>,
}

impl CreatorResolver {
    /// Learns the ids and codes of those who were paid, the posts that they were paid for, and of the tables of
    /// creators and posts, where there are any, their handles and their other posts.
    #[must_use]
    pub fn new(spend: &[Spend], creators: &[Creator], posts: &[Post]) -> Self {
        let mut names = Self::default();
        for row in spend {
            let number = names.number(&row.creator_id);
            if let Some(code) = &row.promo_code {
                let code = plain(code);
                claim(&mut names.by_name, code.clone(), number);
                claim(&mut names.by_code, code, number);
            }
            if let Some(post) = &row.post_id {
                claim(&mut names.by_name, plain(post.as_str()), number);
            }
        }
        for post in posts {
            if let Some(number) = names.by_id.get(post.creator_id.as_str()).copied() {
                claim(&mut names.by_name, plain(post.post_id.as_str()), number);
            }
        }
        for creator in creators {
            if let Some(handle) = &creator.handle
                && let Some(number) = names.by_id.get(creator.creator_id.as_str()).copied()
            {
                claim(&mut names.by_name, plain(handle), number);
            }
        }
        names
    }

    /// The same, where ids and handles of the tables are pseudonyms and links name them in clear.
    #[must_use]
    pub fn with_pseudonyms(mut self, pseudonyms: Option<Arc<Pseudonyms>>) -> Self {
        self.pseudonyms = pseudonyms;
        self
    }

    /// The number of a creator, new where it was not known.
    pub(super) fn number(&mut self, id: &CreatorId) -> u32 {
        if let Some(number) = self.by_id.get(id.as_str()) {
            return *number;
        }
        let number = self.ids.len() as u32;
        self.ids.push(id.clone());
        self.by_id.insert(id.0.clone(), number);
        claim(&mut self.by_name, plain(id.as_str()), number);
        number
    }

    /// The creators by number.
    pub(super) fn ids(&self) -> &[CreatorId] {
        &self.ids
    }

    /// Numbers the creators by their ids, and gives the new number of each old one.
    pub(super) fn sort(&mut self) -> Vec<u32> {
        let mut order: Vec<usize> = (0..self.ids.len()).collect();
        order.sort_by(|a, b| self.ids[*a].cmp(&self.ids[*b]));
        let mut numbers = vec![0; order.len()];
        for (new, old) in order.iter().enumerate() {
            numbers[*old] = new as u32;
        }
        self.ids = order.iter().map(|old| self.ids[*old].clone()).collect();
        for number in self.by_id.values_mut() {
            *number = numbers[*number as usize];
        }
        let shared = self.by_name.values_mut().chain(self.by_code.values_mut());
        for number in shared.flatten() {
            *number = numbers[*number as usize];
        }
        numbers
    }

    /// The creator of a promo code; `Err` where two share it.
    pub(super) fn of_code(&self, code: &str) -> std::result::Result<Option<u32>, ()> {
        match self.by_code.get(&plain(code)) {
            None => Ok(None),
            Some(Some(number)) => Ok(Some(*number)),
            Some(None) => Err(()),
        }
    }

    /// Whose visit this is: the creator column, else the rules, else, where there are none, a creator's id, handle,
    /// post or code in `utm_content`, `utm_campaign` or `utm_source`.
    pub(super) fn of_visit(&mut self, visit: &Visit, rules: &AttributionRules) -> Option<u32> {
        if let Some(id) = &visit.creator_id {
            return Some(self.number(id));
        }
        if !rules.is_empty() {
            let named = rules.creator(visit)?;
            let known = self.known(&named);
            return Some(known.unwrap_or_else(|| {
                let hidden = self.pseudonyms.as_ref().map(|p| p.id(&named));
                self.number(&CreatorId(hidden.unwrap_or(named)))
            }));
        }
        [&visit.utm_content, &visit.utm_campaign, &visit.utm_source]
            .into_iter()
            .flatten()
            .find_map(|text| self.known(text))
    }

    fn known(&self, text: &str) -> Option<u32> {
        let find = |text: &str| {
            let by_id = self.by_id.get(text.trim()).copied();
            by_id.or_else(|| self.by_name.get(&plain(text)).copied().flatten())
        };
        find(text).or_else(|| find(&self.pseudonyms.as_ref()?.id(text)))
    }
}

fn claim(names: &mut HashMap<String, Option<u32>>, name: String, number: u32) {
    names
        .entry(name)
        .and_modify(|owner| {
            if *owner != Some(number) {
                *owner = None;
            }
        })
        .or_insert(Some(number));
}

/// As names are compared: without blanks around, `@` before, and in lower case.
fn plain(text: &str) -> String {
    text.trim().trim_start_matches('@').to_lowercase()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn visit(id: &str, at: &str) -> Visit {
        Visit {
            visit_id: id.into(),
            at: at.parse().unwrap(),
            visitor_id: None,
            creator_id: None,
            utm_source: None,
            utm_medium: None,
            utm_campaign: None,
            utm_content: None,
            landing_page: None,
        }
    }

    fn rules(text: &str) -> AttributionRules {
        AttributionRules::parse(Path::new("r.toml"), text).unwrap()
    }

    #[test]
    fn patterns() {
        assert_eq!(fits("Insta", "insta").as_deref(), Some(""));
        assert_eq!(fits("ig_*", "IG_Isla").as_deref(), Some("Isla"));
        assert_eq!(fits("*-glow-*", "cr7-glow-3").as_deref(), Some("cr7"));
        assert_eq!(fits("ig_*", "tt_isla"), None);
        assert_eq!(fits("*b", "aab").as_deref(), Some("aa"));
        assert_eq!(fits("é*", "Éa").as_deref(), Some("a"));
    }

    #[test]
    fn the_first_rule_that_fits_names_the_creator() {
        let rules = rules(
            "[[rule]]\nutm_source = \"instagram\"\nutm_content = \"post-*\"\ncreator_id = \"{*}\"\n\
             [[rule]]\nlanding_page = \"/isla\"\ncreator_id = \"cr2\"\n\
             [[rule]]\nutm_medium = \"*influ*\"\ncreator_id = \"{utm_campaign}\"\n",
        );
        let mut v = visit("1", "2026-04-06T00:00:00Z");
        assert_eq!(rules.creator(&v), None);
        v.utm_source = Some("Instagram".to_owned());
        v.utm_content = Some("post-cr9".to_owned());
        assert_eq!(rules.creator(&v).as_deref(), Some("cr9"));
        v.utm_content = None;
        v.landing_page = Some("/isla".to_owned());
        assert_eq!(rules.creator(&v).as_deref(), Some("cr2"));
        v.landing_page = None;
        v.utm_medium = Some("influencer".to_owned());
        assert_eq!(rules.creator(&v), None);
        v.utm_campaign = Some("cr5".to_owned());
        assert_eq!(rules.creator(&v).as_deref(), Some("cr5"));
        for (text, part) in [
            ("", "no [[rule]]"),
            ("[[rule]]\ncreator_id = \"a\"", "asks for nothing"),
            ("[[rule]]\nutm = 1\ncreator_id = \"a\"", "r.toml:2"),
        ] {
            let error = AttributionRules::parse(Path::new("r.toml"), text)
                .unwrap_err()
                .to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn without_rules_ids_handles_and_codes_are_found_and_shared_codes_name_nobody() {
        let spend = |id: &str, code: &str| Spend {
            creator_id: id.into(),
            amount: 1.0,
            currency: None,
            post_id: None,
            promo_code: Some(code.to_owned()),
            campaign: None,
        };
        let spend = |id: &str, code: &str| Spend {
            post_id: Some(format!("post of {id}").as_str().into()),
            ..spend(id, code)
        };
        let mut creator = Creator::new("cr1".into(), crate::schema::Followers(5));
        creator.handle = Some("isla.glow".to_owned());
        let mut names = CreatorResolver::new(
            &[
                spend("cr1", "ISLA15"),
                spend("cr2", "BOTH"),
                spend("cr3", "both"),
            ],
            &[creator],
            &[],
        );
        let mut v = visit("1", "2026-04-06T00:00:00Z");
        for (text, expected) in [
            ("CR2", Some(1)),
            ("@Isla.Glow", Some(0)),
            ("isla15", Some(0)),
            ("post of cr3", Some(2)),
            ("both", None),
            ("newsletter", None),
        ] {
            v.utm_content = Some(text.to_owned());
            assert_eq!(
                names.of_visit(&v, &AttributionRules::default()),
                expected,
                "{text}"
            );
        }
        assert_eq!(names.of_code(" Isla15 "), Ok(Some(0)));
        assert_eq!(
            (names.of_code("both"), names.of_code("x")),
            (Err(()), Ok(None))
        );
    }
}
