//! Who is ranked, by what is typed for `rank` and for `plan`: the filters, and the tables with what the models make of
//! them.

use super::args::CreatorTables;
use super::safety::safety_lists;
use super::sentiment::{brands, target};
use super::session::Session;
use super::term::printable;
use super::typed::did_you_mean;
use crate::dataset::Accounts;
use crate::inference::Encoder;
use crate::niche::Taxonomy;
use crate::pipeline::{Profiles, Tables};
use crate::ranking::{RankOptions, Weights};
use crate::safety::SafetyLists;
use crate::schema::{Creator, CreatorId, CreatorKind, ShortlistEntry, Tier};
use crate::sentiment::{PostContext, ScoredComment};
use crate::{Error, Result};
use clap::Args;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Who is ranked, and what counts.
#[derive(Debug, Args, serde::Serialize)]
pub(crate) struct CandidateFilterArgs {
    /// Fewest followers; 1,000 where neither this nor --tier says otherwise.
    #[arg(long, value_name = "N", conflicts_with = "tier", value_parser = super::typed::whole)]
    pub(crate) min_followers: Option<u64>,
    /// Most followers; 100,000 where neither this nor --tier says otherwise.
    #[arg(long, value_name = "N", conflicts_with = "tier", value_parser = super::typed::whole)]
    pub(crate) max_followers: Option<u64>,
    /// Size by followers: nano (under 1,000), micro (1,000 to 100,000), macro (100,001 to 1,000,000), mega (above).
    #[arg(long, value_parser = ["nano", "micro", "macro", "mega"])]
    pub(crate) tier: Option<String>,
    /// Only these kinds of account; accounts of unknown kind stay in.
    #[arg(long, value_delimiter = ',', value_parser = ["person", "group", "brand"])]
    pub(crate) kind: Vec<String>,
    /// Only these platforms.
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    pub(crate) platform: Vec<String>,
    /// Only these countries, as the table writes them.
    #[arg(long, value_delimiter = ',', value_name = "CODE")]
    pub(crate) country: Vec<String>,
    /// Only these languages, as the table writes them.
    #[arg(long, value_delimiter = ',', value_name = "CODE")]
    pub(crate) language: Vec<String>,
    /// Only creators whose price of a post is known and at most this.
    #[arg(long, value_name = "AMOUNT", value_parser = super::typed::plain_amount, allow_negative_numbers = true)]
    pub(crate) max_price: Option<f64>,
    /// Only creators whose brand safety is at least this, 0..1.
    #[arg(long, value_name = "SHARE")]
    pub(crate) min_safety: Option<f64>,
    /// A brand whose advertising speaks against a creator; may be given more than once.
    #[arg(long, value_name = "NAME")]
    pub(crate) competitor: Vec<String>,
    /// The lists of brand-unsafe content, in the form of datasets/safety/lists.toml.
    #[arg(long, value_name = "FILE")]
    pub(crate) safety_lists: Option<PathBuf>,
    /// Only creators with at least this many posts in the table.
    #[arg(long, value_name = "N")]
    pub(crate) min_posts: Option<usize>,
    /// Only creators who posted within this many days before the time of the analysis.
    #[arg(long, value_name = "DAYS")]
    pub(crate) active_within: Option<f64>,
    /// Only creators of this table, without those whose status is declined: what the report's shortlist exports.
    #[arg(long, alias = "from-shortlist", value_name = "FILE")]
    pub(crate) shortlist: Option<String>,
    /// Weights for a purpose.
    #[arg(long, value_parser = ["awareness", "conversion", "trust"])]
    pub(crate) preset: Option<String>,
    /// Weights of criteria, over the preset's or the default ones: relevance=0.5,price=0.2.
    #[arg(long, value_name = "NAME=WEIGHT,...")]
    pub(crate) weights: Option<String>,
}

impl CandidateFilterArgs {
    /// As the library takes it.
    pub(crate) fn options(&self, seed: u64) -> Result<RankOptions> {
        let tier = self.tier.as_deref().unwrap_or("micro");
        let (fewest, most) = Tier::bounds_of(tier)
            .ok_or_else(|| Error::usage(format!("--tier {tier:?}: there is no such tier")))?;
        for (flag, value) in [
            ("--max-price", self.max_price),
            ("--active-within", self.active_within),
        ] {
            if let Some(value) = value.filter(|v| !(*v >= 0.0 && v.is_finite())) {
                return Err(Error::usage(format!(
                    "{flag} {value}: expected a number from 0 on"
                )));
            }
        }
        let kinds = [
            ("person", CreatorKind::Person),
            ("group", CreatorKind::Group),
            ("brand", CreatorKind::Brand),
        ];
        let wanted = |name: &str| self.kind.is_empty() || self.kind.iter().any(|k| k == name);
        let weights = match &self.preset {
            Some(name) => Weights::preset(name)?,
            None => Weights::default(),
        };
        Ok(RankOptions {
            weights: match &self.weights {
                Some(list) => weights.with_list(list)?,
                None => weights,
            },
            min_followers: self.min_followers.unwrap_or(fewest),
            max_followers: self.max_followers.unwrap_or(most),
            exclude_kinds: kinds
                .into_iter()
                .filter(|(name, _)| !wanted(name))
                .map(|(_, kind)| kind)
                .collect(),
            platforms: self.platform.clone(),
            countries: self.country.clone(),
            languages: self.language.clone(),
            max_price: self.max_price,
            min_safety: self.min_safety,
            min_posts: self.min_posts.unwrap_or(0),
            active_within_days: self.active_within,
            seed,
            ..RankOptions::default()
        })
    }

    /// Says which platforms, countries and languages no creator has, with the nearest that one has.
    fn say_unknown(&self, session: &Session<'_>, tables: &Tables) {
        type Of = fn(&Creator) -> Option<&str>;
        let filters: [(&str, &[String], Of); 3] = [
            ("--platform", &self.platform, |c| c.platform.as_deref()),
            ("--country", &self.country, |c| c.country.as_deref()),
            ("--language", &self.language, |c| c.language.as_deref()),
        ];
        for (flag, asked, of) in filters {
            let known: BTreeSet<&str> = tables.creators.iter().filter_map(of).collect();
            let unknown = asked
                .iter()
                .filter(|name| !known.iter().any(|k| k.eq_ignore_ascii_case(name)));
            for name in unknown {
                session.voice.say(&format!(
                    "warning: {flag} {name}: no creator in the table has it{}",
                    did_you_mean(name, known.iter().copied())
                ));
            }
        }
    }

    /// The lists of brand-unsafe content: the file's, or those that come with the program.
    pub(crate) fn lists(&self) -> Result<SafetyLists> {
        safety_lists(self.safety_lists.as_deref())
    }

    /// The tables, and what the models make of them.
    ///
    /// # Errors
    /// Those of reading, and of the models.
    pub(crate) fn candidates(
        &self,
        session: &mut Session<'_>,
        args: &CreatorTables,
        brand: Option<&str>,
        (taxonomy, file): (&Taxonomy, Option<&Path>),
    ) -> Result<Candidates> {
        let tables = session.market(args)?;
        self.say_unknown(session, &tables);
        let only = self.listed(session, &tables)?;
        let encoder = session.embedding_model()?;
        let scored = scored(session, &tables, &args.comments, brand)?;
        let profiles = session.profiles(&tables, encoder.as_ref(), taxonomy, file)?;
        Ok(Candidates {
            tables,
            encoder,
            scored,
            profiles,
            only,
        })
    }

    /// The creators of the shortlist who have not declined, in the spelling of the table of creators; `None` without a
    /// list.
    ///
    /// # Errors
    /// Those of reading, and a usage error where nobody on the list is left.
    fn listed(
        &self,
        session: &mut Session<'_>,
        tables: &Tables,
    ) -> Result<Option<BTreeSet<CreatorId>>> {
        let Some(file) = &self.shortlist else {
            return Ok(None);
        };
        let mut entries = session
            .read::<ShortlistEntry>(std::slice::from_ref(file))?
            .rows;
        let accounts = Accounts::of(&mut tables.creators.to_vec());
        let adopted = accounts.adopt_ids(entries.iter_mut().map(|e| &mut e.creator_id));
        session.say_adopted("rows of the shortlist", &adopted);
        let table: BTreeSet<&CreatorId> = tables.creators.iter().map(|c| &c.creator_id).collect();
        let unknown: Vec<&str> = entries
            .iter()
            .filter(|e| !table.contains(&e.creator_id))
            .map(|e| e.creator_id.as_str())
            .collect();
        let declined = entries.iter().filter(|e| e.is_declined()).count();
        let only: BTreeSet<CreatorId> = entries
            .iter()
            .filter(|e| !e.is_declined() && table.contains(&e.creator_id))
            .map(|e| e.creator_id.clone())
            .collect();
        let mut line = format!(
            "shortlist: {} creators, {declined} of them declined",
            entries.len()
        );
        if !unknown.is_empty() {
            let named: Vec<String> = unknown.iter().take(NAMED).map(|id| printable(id)).collect();
            let more = if unknown.len() > NAMED { ", …" } else { "" };
            line = format!(
                "warning: {line}, {} not in the table of creators ({}{more})",
                unknown.len(),
                named.join(", ")
            );
        }
        session.voice.say(&line);
        if only.is_empty() {
            return Err(Error::usage(format!(
                "--shortlist {file}: no creator is left, {declined} of {} have declined and {} are not in the table of creators",
                entries.len(),
                unknown.len()
            ))
            .with_hint("the column creator_id holds the ids of the table of creators"));
        }
        Ok(Some(only))
    }
}

/// Unknown creators of a shortlist that are named.
const NAMED: usize = 5;

/// What creators are ranked by.
pub(crate) struct Candidates {
    pub(crate) tables: Tables,
    /// The embedding model.
    pub(crate) encoder: Arc<dyn Encoder>,
    pub(crate) scored: Arc<Vec<ScoredComment>>,
    pub(crate) profiles: Arc<Profiles>,
    /// The creators of the shortlist; `None` is all.
    pub(crate) only: Option<BTreeSet<CreatorId>>,
}

/// The comments of these files, scored towards the brand where one is named.
pub(crate) fn scored(
    session: &mut Session,
    tables: &Tables,
    files: &[String],
    brand: Option<&str>,
) -> Result<Arc<Vec<ScoredComment>>> {
    if tables.comments.is_empty() {
        return Ok(Arc::default());
    }
    let model = session.sentiment_model()?;
    let brands = match brand {
        Some(brand) => brands(&[brand.to_owned()], &[])?,
        None => Vec::new(),
    };
    let scored = session.scored(files, &tables.comments, model.as_ref(), &target(&brands))?;
    if brands.is_empty() {
        return Ok(scored);
    }
    // Comments about other brands say nothing of this one; plain ones under a creator's
    // posts say what the audience thinks of the creator.
    let context = PostContext::new(&tables.posts, &tables.creators, &brands, true);
    let about = |row: &&ScoredComment| context.about(&tables.comments[row.index], row).is_some();
    Ok(Arc::new(scored.iter().filter(about).cloned().collect()))
}
