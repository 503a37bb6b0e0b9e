//! A rule, as it is written: `sentiment of Lumora falls by 5`, `top 10 changes`, `rejected > 1%`.

use crate::error::{Error, Result};

/// What can be measured, with whose it is.
const MEASURES: [(&str, Subject); 37] = [
    ("sentiment", Subject::Brand),
    ("score", Subject::Creator),
    ("rank", Subject::Creator),
    ("relevance", Subject::Creator),
    ("engagement", Subject::Creator),
    ("audience", Subject::Creator),
    ("authenticity", Subject::Creator),
    ("safety", Subject::Creator),
    ("activity", Subject::Creator),
    ("followers", Subject::Creator),
    ("price", Subject::Creator),
    ("rows", Subject::Table),
    ("rejected", Subject::Table),
    ("unmatched", Subject::Table),
    ("unknown", Subject::Table),
    ("top", Subject::List),
    ("plan", Subject::List),
    ("ranked", Subject::Run),
    ("booked", Subject::Run),
    ("new", Subject::Run),
    ("vanished", Subject::Run),
    ("faults", Subject::Run),
    ("new_faults", Subject::Run),
    ("spend", Subject::Campaign),
    ("impressions", Subject::Campaign),
    ("engagements", Subject::Campaign),
    ("engagement_rate", Subject::Campaign),
    ("visits", Subject::Campaign),
    ("orders", Subject::Campaign),
    ("revenue", Subject::Campaign),
    ("conversion_rate", Subject::Campaign),
    ("aov", Subject::Campaign),
    ("cpm", Subject::Campaign),
    ("cpc", Subject::Campaign),
    ("cpa", Subject::Campaign),
    ("roas", Subject::Campaign),
    ("roi", Subject::Campaign),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    Brand,
    Creator,
    Table,
    List,
    Run,
    Campaign,
}

/// One rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    pub(super) text: String,
    pub(super) measure: &'static str,
    pub(super) subject: Subject,
    /// Whose: a brand, a creator, a table; all of them where nobody is named.
    pub(super) of: Option<String>,
    /// How many of the first, in `top N` and `of top N`.
    pub(super) top: Option<usize>,
    pub(super) test: Test,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Test {
    Below(f64),
    AtMost(f64),
    Above(f64),
    AtLeast(f64),
    Falls(Option<Amount>),
    Rises(Option<Amount>),
    Changes,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Amount {
    Absolute(f64),
    /// A share of the value before.
    Share(f64),
}

impl Rule {
    /// Reads a rule: a measure, whose (`of NAME`), and a test: `<`, `<=`, `>`, `>=` and a number, `falls`, `rises`,
    /// each also with `by` and an amount or a share, or `changes`.
    ///
    /// # Errors
    /// [`Error::Usage`] with what was expected.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = |why: String| {
            Error::usage(format!("alert {text:?}: {why}"))
                .with_hint("for example \"sentiment of Lumora falls by 5\", \"top 10 changes\", \"price rises by 20%\", \"rejected > 1%\"")
        };
        let words: Vec<&str> = text.split_whitespace().collect();
        let Some(first) = words.first() else {
            return Err(wrong("it is empty".to_owned()));
        };
        let name = first.to_lowercase().replace('-', "_");
        let Some((measure, subject)) = MEASURES.iter().find(|(known, _)| *known == name) else {
            let known: Vec<&str> = MEASURES.iter().map(|(name, _)| *name).collect();
            return Err(wrong(format!(
                "{first:?} is not measured; there are {}",
                known.join(", ")
            )));
        };
        let is_test = |word: &&str| {
            ["<", "<=", ">", ">=", "falls", "rises", "changes"]
                .contains(&word.to_lowercase().as_str())
        };
        let Some(at) = words.iter().position(is_test) else {
            return Err(wrong(
                "expected <, <=, >, >=, falls, rises or changes".to_owned(),
            ));
        };
        let (of, top) = whose(*subject, &words[1..at]).map_err(wrong)?;
        let held = test(words[at], &words[at + 1..]).map_err(wrong)?;
        let fits = match subject {
            Subject::List => held == Test::Changes && (name == "top") == top.is_some(),
            _ => held != Test::Changes,
        };
        if !fits {
            return Err(wrong(match subject {
                Subject::List if held != Test::Changes => {
                    format!("{name} is a list, which only changes")
                }
                Subject::List => "expected `top N changes` or `plan changes`".to_owned(),
                _ => "only `top N` and `plan` are lists that change; say falls, rises or compare with a number".to_owned(),
            }));
        }
        Ok(Self {
            text: text.trim().to_owned(),
            measure,
            subject: *subject,
            of,
            top,
            test: held,
        })
    }

    /// The rule as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is about a difference from the run before.
    #[must_use]
    pub fn compares(&self) -> bool {
        let of_two = ["new", "vanished", "new_faults"].contains(&self.measure);
        of_two || matches!(self.test, Test::Falls(_) | Test::Rises(_) | Test::Changes)
    }
}

/// Whose figure it is, by the words between the measure and the test.
fn whose(
    subject: Subject,
    words: &[&str],
) -> std::result::Result<(Option<String>, Option<usize>), String> {
    let number = |word: &str| {
        let n = word.parse().ok().filter(|n: &usize| *n > 0);
        n.ok_or_else(|| format!("expected how many of the first, and not {word:?}"))
    };
    match (subject, words) {
        (Subject::List, [n]) | (Subject::Creator, ["of", "top", n]) => Ok((None, Some(number(n)?))),
        (_, []) => Ok((None, None)),
        (Subject::Brand | Subject::Creator | Subject::Table, ["of", name @ ..])
            if !name.is_empty() =>
        {
            Ok((Some(name.join(" ")), None))
        }
        _ => Err(format!(
            "{:?} names nobody; write `of NAME`",
            words.join(" ")
        )),
    }
}

fn test(word: &str, rest: &[&str]) -> std::result::Result<Test, String> {
    let amount = |text: &str| -> std::result::Result<Amount, String> {
        let share = text.strip_suffix('%');
        let value: Option<f64> = share.unwrap_or(text).replace(',', "").parse().ok();
        let value = value.filter(|v: &f64| v.is_finite());
        let value = value.ok_or_else(|| format!("expected a number, and not {text:?}"))?;
        Ok(match share {
            Some(_) => Amount::Share(value / 100.0),
            None => Amount::Absolute(value),
        })
    };
    let limit = || match rest {
        [text] => amount(text).map(|amount| match amount {
            Amount::Absolute(value) | Amount::Share(value) => value,
        }),
        _ => Err(format!("expected one number after {word}")),
    };
    let by = || match rest {
        [] => Ok(None),
        ["by", text] => amount(text).map(Some),
        _ => Err(format!(
            "expected nothing or `by` and an amount after {word}"
        )),
    };
    Ok(match word.to_lowercase().as_str() {
        "<" => Test::Below(limit()?),
        "<=" => Test::AtMost(limit()?),
        ">" => Test::Above(limit()?),
        ">=" => Test::AtLeast(limit()?),
        "falls" => Test::Falls(by()?),
        "rises" => Test::Rises(by()?),
        _ if rest.is_empty() => Test::Changes,
        _ => return Err("expected nothing after changes".to_owned()),
    })
}
