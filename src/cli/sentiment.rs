//! `microfluence sentiment`: what is said about a brand.

use super::args::Common;
use super::layout::table_leaving;
use super::session::Session;
use crate::dataset::{Accounts, Spellings, parse_time};
use crate::inference::{Encoder, UNDETERMINED};
use crate::market::{Join, Market};
use crate::pipeline::score_comments;
use crate::report::{
    BRAND_COLUMNS, Judged, Section, Sheet, brand_cells, quotations, quotes_sheet, sentiment_cells,
    sentiment_columns, sentiment_sections, sentiment_summary,
};
use crate::schema::{Comment, Creator, LabelledComment, Post};
use crate::sentiment::{
    BrandSentiment, InferenceTarget, Labels, Method, PostContext, Sample, ScoredComment, Span,
    Tally, TallyOptions, Target,
};
use crate::text::{Brand, parse_brands};
use crate::{Error, Place, Result};
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;

/// The brands asked about; `sentiment` and `label` share these flags.
#[derive(Debug, Clone, Args, serde::Serialize)]
pub(crate) struct BrandArgs {
    /// Score towards this brand; may be repeated. Default: the brand column, else the whole text.
    #[arg(long, value_name = "NAME")]
    pub(crate) brand: Vec<String>,
    /// Another name of the brand: a product, a handle. Belongs to the --brand before it, as
    /// "BRAND=ALIAS" where several brands are given.
    #[arg(long, value_name = "NAME|BRAND=NAME")]
    pub(crate) alias: Vec<String>,
    /// Brands with their aliases, handles, hashtags, products, misspellings and competitors.
    #[arg(long, value_name = "FILE.toml", conflicts_with_all = ["brand", "alias"])]
    pub(crate) brands: Option<PathBuf>,
    /// Only comments whose text or brand column names the brand are on-brand mentions, not those under a post about it.
    #[arg(long)]
    pub(crate) named_only: bool,
    /// The whole table is about the brand, but for rows whose brand column names another.
    #[arg(long, conflicts_with = "named_only")]
    pub(crate) about_all: bool,
}

impl BrandArgs {
    /// The brands; none where the comments' own column says which.
    pub(crate) fn read(&self) -> Result<Vec<Brand>> {
        if let Some(path) = &self.brands {
            let text = std::fs::read_to_string(path)
                .map_err(|e| Error::input(Place::file(path), format!("cannot be read: {e}")))?;
            return parse_brands(path, &text);
        }
        if self.brand.is_empty() && !self.alias.is_empty() {
            return Err(Error::usage(
                "--alias needs the --brand that it is another name of",
            ));
        }
        brands(&self.brand, &self.alias)
    }
}

impl BrandArgs {
    /// Which comments are on-brand mentions, by what they stand under.
    pub(crate) fn context(
        &self,
        posts: &[Post],
        creators: &[Creator],
        brands: &[Brand],
    ) -> PostContext {
        PostContext {
            about_all: self.about_all,
            ..PostContext::new(posts, creators, brands, !self.named_only)
        }
    }
}

/// The tables of comments and of what they stand under; `sentiment` and `label` share these flags.
#[derive(Debug, Clone, Args, serde::Serialize)]
pub(crate) struct CommentTables {
    /// Comments: files or globs.
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    pub(crate) comments: Vec<String>,
    /// Posts: what a comment stands under, and whose post it is where the comments do not say.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) posts: Vec<String>,
    /// Creators: their platforms and handles.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) creators: Vec<String>,
}

/// What comments stand under.
pub(crate) struct Surroundings {
    pub(crate) posts: Arc<Vec<Post>>,
    pub(crate) creators: Arc<Vec<Creator>>,
    pub(crate) accounts: Accounts,
}

impl CommentTables {
    /// What comments stand under.
    ///
    /// # Errors
    /// Those of reading.
    pub(crate) fn surroundings(&self, session: &mut Session<'_>) -> Result<Surroundings> {
        let mut posts = session.rows::<Post>(&self.posts)?;
        let mut creators = session.rows::<Creator>(&self.creators)?;
        let accounts = session.adopt(&mut creators, &mut posts);
        Ok(Surroundings {
            posts,
            creators,
            accounts,
        })
    }
}

/// The names of the sources of labels, with those that they had before.
fn label_sources() -> impl clap::builder::TypedValueParser<Value = String> {
    let named = |name: &'static str, before| PossibleValue::new(name).alias(before);
    PossibleValuesParser::new([named("in-sample", "here"), named("external", "elsewhere")]).map(
        |name: String| match name.as_str() {
            "here" => "in-sample".to_owned(),
            "elsewhere" => "external".to_owned(),
            _ => name,
        },
    )
}

/// What comments are scored towards.
pub(crate) fn target(brands: &[Brand]) -> Target {
    if brands.is_empty() {
        Target::Column
    } else {
        Target::Brands(brands.to_vec())
    }
}

#[derive(Debug, Args, serde::Serialize)]
#[command(
    after_help = "Examples:\n  microfluence sentiment --comments datasets/sample/comments.csv --brand Lumora"
)]
pub(crate) struct SentimentArgs {
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) tables: CommentTables,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) brands: BrandArgs,
    /// Comments that people labelled: `comment_id` or text, label, and where known brand, probability
    /// and stratum; the sheet that `label` makes, filled in.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) labelled: Vec<String>,
    /// Whether the labelled comments are a random sample of these comments, or come from another
    /// time or place.
    #[arg(long, value_name = "SOURCE", alias = "labelled-from", default_value = "in-sample", value_parser = label_sources())]
    pub(crate) label_source: String,
    /// Of whom intervals by a sample from here speak: of these comments, or of the audience that
    /// they are a part of. Default: the audience where authors or posts are known.
    #[arg(long, value_name = "WHOM", value_parser = ["comments", "audience"])]
    pub(crate) interval_of: Option<String>,
    /// Length of a period.
    #[arg(long, value_name = "SPAN", alias = "by", default_value = "month", value_parser = ["day", "week", "month"])]
    pub(crate) period: String,
    /// Compare before and after this time.
    #[arg(long, value_name = "TIME")]
    pub(crate) change_at: Option<String>,
    /// What is the default now: comments under a post about the brand count as about it.
    #[arg(long, hide = true)]
    pub(crate) brand_posts: bool,
    /// Add up all languages in each figure. Without it they hold the main language (the first of --languages, else
    /// English) and texts whose language cannot be told; `by_language` has every language in any case.
    #[arg(long)]
    pub(crate) pool_languages: bool,
    /// Count spam and copies of earlier comments too.
    #[arg(long, alias = "keep-unsolicited")]
    pub(crate) include_spam: bool,
    /// Write the comments here that the figures are shown by: those that themes and drivers quote, and of every creator
    /// the surest of either side. The comments are read a second time for it, and held in memory.
    #[arg(long, value_name = "PATH")]
    #[serde(skip)]
    pub(crate) quotes: Option<PathBuf>,
}

impl SentimentArgs {
    /// An error where quotes cannot be written, before anything is scored.
    fn check_quotes(&self) -> Result<()> {
        if let Some(path) = &self.quotes {
            Sheet::check_ending(path)?;
            if self.tables.comments.iter().any(|file| file == "-") {
                return Err(Error::usage(
                    "--quotes reads the comments twice, and standard input can be read once only",
                )
                .with_hint("write them to a file first"));
            }
        }
        Ok(())
    }
}

pub(crate) fn run(args: &SentimentArgs, common: &Common) -> Result<()> {
    let mut session = Session::new("sentiment", common)?;
    args.check_quotes()?;
    let brands = args.brands.read()?;
    let Surroundings {
        posts,
        creators,
        accounts,
    } = args.tables.surroundings(&mut session)?;
    let mut market = Market::new(&creators, &posts);
    let mut options = options(args, &brands, common, (&posts, &creators))?;
    let labelled = session.read::<LabelledComment>(&args.labelled)?.rows;
    let encoder = session.sentiment_model()?;
    options.main_language = main_language(common, encoder.as_ref())?;
    let mut matched = Join::new("labelled", "comments", "comment_id");
    matched.unmatched_say = labelled
        .iter()
        .filter_map(|row| row.comment_id.as_ref().map(ToString::to_string))
        .take(1)
        .collect();
    let labels = labels(args, labelled, &brands, encoder.as_ref())?;
    let mut tally = Tally::new(options, labels);
    let mut output = session.table(&sentiment_columns())?;
    let mut judged = args.quotes.is_some().then(Judged::default);
    let spellings = Spellings::of(&accounts, &posts);
    session.judge(
        &args.tables.comments,
        &spellings,
        encoder.as_ref(),
        &target(&brands),
        |comments, rows| {
            if matched.others_say.is_empty() {
                matched.others_say = comments
                    .iter()
                    .take(1)
                    .map(|c| c.comment_id.to_string())
                    .collect();
            }
            for comment in comments {
                market.push(comment);
            }
            for row in rows {
                let left_out = tally.push(&comments[row.index], row);
                if let Some(judged) = &mut judged {
                    judged.push(row, left_out);
                }
                if let Some(output) = &mut output {
                    output.write(&sentiment_cells(row, left_out))?;
                }
            }
            Ok(())
        },
    )?;
    if session.shares() {
        return session.finish_part();
    }
    matched.rows = tally.labels_given();
    matched.unmatched = tally.unmatched_labels();
    matched.joined = matched.rows - matched.unmatched;
    check_labels(args, &matched)?;
    let mut joins = market.joins();
    joins.extend((matched.rows > 0).then_some(matched));
    session.join(joins)?;
    if let Some(output) = output {
        session.finish_table(output)?;
    }
    let agreement = tally.agreement();
    if let Some(found) = agreement {
        session.voice.say(&format!(
            "two annotators agree on {:.0} % of {} comments{}; the first one's labels are taken",
            100.0 * found.agreed,
            found.comments,
            found
                .kappa
                .map(|kappa| format!(", kappa {kappa:.2}"))
                .unwrap_or_default()
        ));
    }
    let summary = tally.finish();
    if let (Some(path), Some(judged)) = (&args.quotes, &judged) {
        let comments = session.comments_again(&args.tables.comments, &spellings)?;
        let sheet = quotes_sheet(&comments, &posts, judged, &quotations(&summary));
        session.write(path, &sheet)?;
    }
    let manifest = session.manifest(config(args, common, encoder.as_ref()));
    session
        .voice
        .detail(&format!("scored in {:.1} s", session.seconds()));
    let mut document = sentiment_summary(&manifest, &summary);
    if let Some(agreement) = agreement {
        document["agreement"] = json!(agreement);
    }
    session.conclude(&document, &sentiment_text(&summary))
}

/// An error where no label is of a scored comment.
fn check_labels(args: &SentimentArgs, matched: &Join) -> Result<()> {
    if matched.finds_nothing() {
        return Err(Error::input(
            Place::file(args.labelled.join(", ")),
            format!(
                "none of the {} labelled rows is of a scored comment about a brand asked for: {}",
                matched.rows,
                matched.spellings()
            ),
        )
        .with_hint("they are matched by comment_id or by text, and by brand where they name one; if they come from elsewhere, add --label-source external"));
    }
    Ok(())
}

/// The language whose comments the figures hold: the first that was asked for, else English where the model reads it,
/// else the first that it reads.
fn main_language(common: &Common, encoder: &dyn Encoder) -> Result<Option<String>> {
    if let Some(languages) = common.languages()? {
        return Ok(languages.into_iter().next());
    }
    let settings = encoder.settings();
    let first = settings
        .languages()
        .into_iter()
        .find(|l| *l != UNDETERMINED);
    Ok(first
        .filter(|_| !settings.answers_for("eng"))
        .map(str::to_owned))
}

/// Every setting as resolved, for the manifest.
fn config(args: &SentimentArgs, common: &Common, encoder: &dyn Encoder) -> serde_json::Value {
    json!({
        "comments": args.tables.comments, "brand": args.brands.brand, "alias": args.brands.alias,
        "brands": args.brands.brands, "labelled": args.labelled, "label_source": args.label_source,
        "interval_of": args.interval_of, "period": args.period, "change_at": args.change_at,
        "posts": args.tables.posts, "creators": args.tables.creators, "named_only": args.brands.named_only, "about_all": args.brands.about_all,
        "include_spam": args.include_spam, "map": common.map,
        "languages": common.languages, "pool_languages": args.pool_languages,
        "target_aware": encoder.settings().targets,
    })
}

/// The brands with what stands for their accounts where people are hidden: their own posts stand under it.
pub(crate) fn own_accounts(brands: &[Brand], common: &Common) -> Vec<Brand> {
    brands
        .iter()
        .map(|brand| brand.clone().with_pseudonyms(|account| common.id(account)))
        .collect()
}

/// How to tally, with what posts and creators say.
fn options(
    args: &SentimentArgs,
    brands: &[Brand],
    common: &Common,
    (posts, creators): (&[Post], &[Creator]),
) -> Result<TallyOptions> {
    if args.brand_posts && args.tables.posts.is_empty() {
        return Err(Error::usage("--brand-posts needs --posts")
            .with_hint("posts tell which are sponsored, and whose they are"));
    }
    let change_at = match &args.change_at {
        Some(text) => Some(
            parse_time(text).map_err(|reason| Error::usage(format!("--change-at: {reason}")))?,
        ),
        None => None,
    };
    let known = own_accounts(brands, common);
    Ok(TallyOptions {
        seed: common.seed,
        span: match args.period.as_str() {
            "day" => Span::Day,
            "week" => Span::Week,
            _ => Span::Month,
        },
        change_at,
        include_spam: args.include_spam,
        pool_languages: args.pool_languages,
        main_language: None,
        interval_of: args.interval_of.as_deref().map(|whom| match whom {
            "comments" => InferenceTarget::Comments,
            _ => InferenceTarget::Audience,
        }),
        post_context: args.brands.context(posts, creators, &known),
        brands: brands.to_vec(),
    })
}

/// What people labelled, as the tally takes it. Comments from elsewhere are scored first.
fn labels(
    args: &SentimentArgs,
    rows: Vec<LabelledComment>,
    brands: &[Brand],
    encoder: &dyn Encoder,
) -> Result<Labels> {
    if args.labelled.is_empty() {
        return Ok(Labels::None);
    }
    let files = args.labelled.join(", ");
    let unlabelled = || {
        Error::input(Place::file(&files), "no row has a label")
            .with_hint("write negative, neutral or positive into the column label")
    };
    if args.label_source == "in-sample" {
        let sample = Sample::new(rows);
        return if sample.is_empty() {
            Err(unlabelled())
        } else {
            Ok(Labels::InSample(sample))
        };
    }
    let labelled: Vec<LabelledComment> = rows.into_iter().filter(|r| r.label.is_some()).collect();
    if labelled.is_empty() {
        return Err(unlabelled());
    }
    if labelled.iter().any(|r| r.text.is_none()) {
        return Err(Error::input(
            Place::file(&files),
            "a labelled comment from elsewhere has no text",
        )
        .with_hint("the model must score it too: give the column text"));
    }
    let only = match brands {
        [brand] => Some(brand.name().to_owned()),
        _ => None,
    };
    let comments: Vec<Comment> = labelled
        .iter()
        .enumerate()
        .map(|(i, row)| Comment {
            brand: row.brand.clone().or_else(|| only.clone()),
            ..Comment::new(
                i.to_string().as_str().into(),
                row.text.as_deref().unwrap_or_default(),
            )
        })
        .collect();
    let scored: Vec<ScoredComment> = score_comments(encoder, &comments, &Target::Column)?;
    Ok(Labels::External(
        scored
            .iter()
            .filter_map(|row| {
                Some((
                    row.probabilities?.map(f64::from),
                    labelled[row.index].label?,
                ))
            })
            .collect(),
    ))
}

/// Brands with their aliases: "BRAND=ALIAS", or a plain alias where there is one brand.
pub(crate) fn brands(names: &[String], aliases: &[String]) -> Result<Vec<Brand>> {
    let mut of: Vec<Vec<String>> = vec![Vec::new(); names.len()];
    for alias in aliases {
        let (index, alias) = match alias.split_once('=') {
            Some((brand, alias)) => (names.iter().position(|n| n == brand), alias),
            None => ((names.len() == 1).then_some(0), alias.as_str()),
        };
        let index = index.ok_or_else(|| {
            Error::usage(format!("--alias {alias:?}: it is not clear of which brand"))
                .with_hint("with several brands write --alias \"BRAND=ALIAS\"")
        })?;
        of[index].push(alias.to_owned());
    }
    names
        .iter()
        .zip(of)
        .map(|(name, aliases)| {
            if name.chars().any(char::is_alphanumeric) {
                Ok(Brand::new(name, &aliases))
            } else {
                Err(Error::usage(format!(
                    "--brand {name:?} has no letter in it"
                )))
            }
        })
        .collect()
}

/// Brands shown with their parts; a column may name thousands.
const IN_FULL: usize = 3;
/// Rows shown of each part.
const ROWS: usize = 12;

pub(crate) fn sentiment_text(brands: &[BrandSentiment]) -> String {
    let mut text = String::new();
    for brand in brands.iter().take(IN_FULL) {
        let name = brand.brand.as_deref().unwrap_or("(whole text)");
        for section in sentiment_sections(brand) {
            text += &format!("{name}: {}\n{}\n\n", section.title, section_table(&section));
        }
    }
    // The answer stands last, where it is seen.
    let leaving = [1, 2, 9, 8, 7, 4];
    text += &table_leaving(
        &BRAND_COLUMNS,
        &leaving,
        brands.iter().map(brand_cells).collect(),
    );
    text += "\nNet sentiment: share positive minus share negative, in points from -100 to 100, of the scored on-brand mentions; label count: the same by counting the model's labels.";
    for method in [Method::PredictionPowered, Method::AdjustedCount] {
        if let Some(brand) = brands.iter().find(|b| b.level.method == method) {
            text += &format!(
                "\n{}: corrected by {} labelled comments {}.",
                method.name(),
                brand.level.labelled,
                if method == Method::PredictionPowered {
                    "from among these"
                } else {
                    "from elsewhere"
                }
            );
        }
    }
    for brand in brands.iter().take(IN_FULL) {
        let name = brand.brand.as_deref().unwrap_or("(whole text)");
        for warning in &brand.warnings {
            text += &format!("\n{name}: {warning}.");
        }
    }
    text
}

/// The last rows of periods and the first of everything else.
fn section_table(section: &Section) -> String {
    let columns: Vec<&str> = section.columns.iter().map(String::as_str).collect();
    let mut rows = section.rows.clone();
    let all = rows.len();
    if section.title == "By period" {
        rows.drain(..all.saturating_sub(ROWS));
    } else {
        rows.truncate(ROWS);
    }
    let last_first: Vec<usize> = (1..columns.len()).rev().collect();
    let mut text = table_leaving(&columns, &last_first, rows);
    if all > ROWS {
        text += &format!("\n({ROWS} of {all}; the summary document has all)");
    }
    text
}
