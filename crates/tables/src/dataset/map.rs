//! Column maps: what an export calls the columns that this program knows.

use super::columns::Conventions;
use super::map_rules::Unit;
use super::numbers::Decimal;
use super::times::DateOrder;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

/// A map of one kind of export, for one table or several.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnMap {
    /// Name for messages.
    pub name: String,
    /// One sentence on what it reads.
    #[serde(default)]
    pub description: String,
    /// Where its fields are known from.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// How creators are read.
    pub creators: Option<TableMap>,
    /// How posts are read.
    pub posts: Option<TableMap>,
    /// How comments are read.
    pub comments: Option<TableMap>,
    /// How visits are read.
    pub visits: Option<TableMap>,
    /// How orders are read.
    pub orders: Option<TableMap>,
    /// How spend is read.
    pub spend: Option<TableMap>,
    /// How a panel of places and days is read.
    pub panel: Option<TableMap>,
    /// How outcomes of a ranking are read.
    pub outcomes: Option<TableMap>,
}

/// How one table is read out of a file.
///
/// In JSON a source is a path: `snippet.id`, `items.0.name`. Inside `explode` it begins at the
/// exploded value, and `^name` goes back to the record around it, `^^name` to the one around that. The
/// source `@row` is a made id, `FILE:LINE`, for exports that print none; `@video` is the YouTube video that
/// the file's name tells.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TableMap {
    /// This program's column = the export's.
    pub columns: BTreeMap<String, String>,
    /// Columns that are the same in every row.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub constants: BTreeMap<String, String>,
    /// Per column: what the export prints = what is meant.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, BTreeMap<String, String>>,
    /// The zone of times that are printed without one, `Europe/Berlin`; UTC where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// The decimal mark of numbers whose column leaves it open: `comma` or `point`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decimal: Option<String>,
    /// The order of dates whose column leaves it open: `dmy`, `mdy` or `ymd`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dates: Option<String>,
    /// JSON: where in a document or line the records stand, if not at its top.
    #[serde(default)]
    pub root: Option<String>,
    /// JSON: nested values, or lists of them, that make one row each; of lists in lists, `posts.*.comments`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub explode: Vec<String>,
    /// Fields by which such a file is told from others: all of them are there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tells: Vec<String>,
    /// Rows that count, by a field of the export: those in which it says one of these values; `*` is any.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub only: BTreeMap<String, Vec<String>>,
    /// Rows that do not count, likewise: payments that failed, orders that were cancelled.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub without: BTreeMap<String, Vec<String>>,
    /// In which unit a column's amounts are printed, where that is not the currency's whole one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub units: BTreeMap<String, Unit>,
    /// A field that says for how many rows of the table a row of the file stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<String>,
    /// Whether a key that comes again is the same row printed again: the first is kept.
    #[serde(default)]
    pub distinct: bool,
}

const BUILT_IN: [&str; 44] = [
    include_str!("maps/amazon-attribution.toml"),
    include_str!("maps/apify-instagram-nested.toml"),
    include_str!("maps/apify-instagram-posts.toml"),
    include_str!("maps/apify-instagram.toml"),
    include_str!("maps/apify-tiktok-comments.toml"),
    include_str!("maps/apify-tiktok.toml"),
    include_str!("maps/awin.toml"),
    include_str!("maps/brandwatch.toml"),
    include_str!("maps/crowdtangle-instagram.toml"),
    include_str!("maps/ga4-bigquery.toml"),
    include_str!("maps/ga4-report.toml"),
    include_str!("maps/heepsy.toml"),
    include_str!("maps/hypeauditor.toml"),
    include_str!("maps/impact.toml"),
    include_str!("maps/influencers-club.toml"),
    include_str!("maps/instagram-2017.toml"),
    include_str!("maps/instagram-profiles.toml"),
    include_str!("maps/instaloader.toml"),
    include_str!("maps/meltwater.toml"),
    include_str!("maps/meta-business-suite-de.toml"),
    include_str!("maps/meta-business-suite.toml"),
    include_str!("maps/meta-graph-api.toml"),
    include_str!("maps/meta-graph-media.toml"),
    include_str!("maps/modash.toml"),
    include_str!("maps/phantombuster-comments.toml"),
    include_str!("maps/phantombuster-posts.toml"),
    include_str!("maps/phantombuster-profiles.toml"),
    include_str!("maps/reddit-comments.toml"),
    include_str!("maps/sanders.toml"),
    include_str!("maps/shopify-api.toml"),
    include_str!("maps/shopify.toml"),
    include_str!("maps/stripe-api.toml"),
    include_str!("maps/stripe-payments.toml"),
    include_str!("maps/talkwalker.toml"),
    include_str!("maps/tiktok-2025.toml"),
    include_str!("maps/tiktok-profiles.toml"),
    include_str!("maps/tiktok-research-api.toml"),
    include_str!("maps/upfluence.toml"),
    include_str!("maps/woocommerce.toml"),
    include_str!("maps/x-api.toml"),
    include_str!("maps/x-archive.toml"),
    include_str!("maps/youtube-comment-downloader.toml"),
    include_str!("maps/youtube-data-api.toml"),
    include_str!("maps/yt-dlp.toml"),
];

/// The ready-made maps, in alphabetical order.
#[must_use]
pub fn built_in_maps() -> Vec<ColumnMap> {
    static READ: OnceLock<Vec<ColumnMap>> = OnceLock::new();
    // A test parses every one of them.
    let read = || {
        let texts = BUILT_IN.iter();
        texts.filter_map(|text| toml::from_str(text).ok()).collect()
    };
    READ.get_or_init(read).clone()
}

impl TableMap {
    /// What the map says of decimal marks and the order of dates.
    ///
    /// # Errors
    /// [`Error::Usage`] for a word that is neither.
    pub(super) fn conventions(&self) -> Result<Conventions> {
        let decimal = self.decimal.as_deref().map(|name| {
            Decimal::named(name).ok_or_else(|| {
                Error::usage(format!(
                    "decimal = {name:?}: expected \"comma\" or \"point\""
                ))
            })
        });
        let dates = self.dates.as_deref().map(|name| {
            DateOrder::named(name).ok_or_else(|| {
                Error::usage(format!(
                    "dates = {name:?}: expected \"dmy\", \"mdy\" or \"ymd\""
                ))
            })
        });
        Ok(Conventions {
            decimal: decimal.transpose()?,
            dates: dates.transpose()?,
        })
    }
}

impl ColumnMap {
    /// A ready-made map by its name, or one from a TOML file.
    ///
    /// # Errors
    /// [`Error::Usage`] for a name that is neither; [`Error::Input`] where the file is no map.
    pub fn load(name: &str) -> Result<Self> {
        let built_in = built_in_maps();
        if let Some(map) = built_in.iter().find(|m| m.name == name) {
            return Ok(map.clone());
        }
        let path = Path::new(name);
        if path.extension().is_none_or(|e| e != "toml") {
            let names: Vec<&str> = built_in.iter().map(|m| m.name.as_str()).collect();
            return Err(
                Error::usage(format!("no column map is called {name:?}")).with_hint(format!(
                    "ready-made: {}; or give a .toml file",
                    names.join(", ")
                )),
            );
        }
        let text =
            std::fs::read_to_string(path).map_err(|e| super::bytes::cannot_read(path, &e))?;
        toml::from_str(&text).map_err(|e| Error::toml(path, &text, &e))
    }

    /// Puts the section for a table; a table that is not known here has none.
    pub fn set(&mut self, table: &str, section: TableMap) {
        let place = match table {
            "creators" => &mut self.creators,
            "posts" => &mut self.posts,
            "comments" => &mut self.comments,
            "visits" => &mut self.visits,
            "orders" => &mut self.orders,
            "spend" => &mut self.spend,
            "panel" => &mut self.panel,
            "outcomes" => &mut self.outcomes,
            _ => return,
        };
        *place = Some(section);
    }

    /// The section for a table.
    #[must_use]
    pub fn table(&self, table: &str) -> Option<&TableMap> {
        match table {
            "creators" => self.creators.as_ref(),
            "posts" => self.posts.as_ref(),
            "comments" => self.comments.as_ref(),
            "visits" => self.visits.as_ref(),
            "orders" => self.orders.as_ref(),
            "spend" => self.spend.as_ref(),
            "panel" => self.panel.as_ref(),
            "outcomes" => self.outcomes.as_ref(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BUILT_IN, ColumnMap, built_in_maps};
    use crate::dataset::Record;
    use crate::schema::{Comment, Creator, Order, Outcome, Post, Visit};

    #[test]
    fn every_ready_made_map_is_whole() {
        for text in BUILT_IN {
            let map: ColumnMap = toml::from_str(text).unwrap();
            assert!(!map.description.is_empty(), "{}", map.name);
            assert!(!map.source.is_empty(), "{}", map.name);
            let check = |table, known: [&[&str]; 2], required: &[&str]| {
                let Some(section) = map.table(table) else {
                    return;
                };
                for column in section.columns.keys().chain(section.constants.keys()) {
                    assert!(
                        known.concat().contains(&column.as_str()),
                        "{}: {column}",
                        map.name
                    );
                }
                for column in required {
                    assert!(
                        section.columns.contains_key(*column)
                            || section.constants.contains_key(*column),
                        "{}: {column}",
                        map.name
                    );
                }
            };
            check(
                "creators",
                [Creator::REQUIRED, Creator::OPTIONAL],
                Creator::REQUIRED,
            );
            check("posts", [Post::REQUIRED, Post::OPTIONAL], Post::REQUIRED);
            check(
                "comments",
                [Comment::REQUIRED, Comment::OPTIONAL],
                Comment::REQUIRED,
            );
            check(
                "visits",
                [Visit::REQUIRED, Visit::OPTIONAL],
                Visit::REQUIRED,
            );
            check(
                "orders",
                [Order::REQUIRED, Order::OPTIONAL],
                Order::REQUIRED,
            );
            check(
                "outcomes",
                [Outcome::REQUIRED, Outcome::OPTIONAL],
                Outcome::REQUIRED,
            );
        }
        assert_eq!(built_in_maps().len(), BUILT_IN.len());
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let error = ColumnMap::load("instagran").unwrap_err();
        assert_eq!(error.exit_status(), 2);
        assert!(error.to_string().contains("instagram-2017"), "{error}");
    }
}
