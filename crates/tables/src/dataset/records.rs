//! How the cells of a row become a struct.

use super::cells::{CellError, Cells};
use crate::schema::{
    AuthorId, Comment, CommentId, Creator, CreatorId, CreatorKind, Followers, LabelledComment,
    LabelledText, Observation, Outcome, Polarity, Post, PostId, PredictedCreator, ShortlistEntry,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::borrow::Cow;

/// A row of one of the tables.
pub trait Record: Sized {
    /// The table's name: also the name of its section in a column map, and of its flag.
    const TABLE: &'static str;
    /// Columns without which the table is of no use.
    const REQUIRED: &'static [&'static str];
    /// Columns that switch something on.
    const OPTIONAL: &'static [&'static str];
    /// Other names that a column has in common exports, separated by `|`: they are taken where no map says otherwise.
    const ALIASES: &'static [(&'static str, &'static str)] = &[];

    /// Whether rows are found by their text where a spreadsheet has spoiled their ids.
    const FOUND_BY_TEXT: bool = false;

    /// Reads a row.
    ///
    /// # Errors
    /// The first cell that cannot be used.
    fn from_cells(cells: &Cells) -> Result<Self, CellError>;

    /// What must not stand twice in the table; `None` where rows may be equal.
    fn key(&self) -> Option<Cow<'_, str>>;

    /// When what the row says was so; of several rows with one key the newest counts. `None` where it does not say.
    fn updated_at(&self) -> Option<Timestamp> {
        None
    }

    /// Takes over what an older row with this key tells of the past.
    fn remember(&mut self, older: Self) {
        drop(older);
    }
}

pub(super) fn owned(cells: &Cells, column: &str) -> Option<String> {
    cells.text(column).map(str::to_owned)
}

/// An id that may be missing; exports print `null` for it.
pub(super) fn id<T: for<'a> From<&'a str>>(cells: &Cells, column: &str) -> Option<T> {
    cells
        .text(column)
        .filter(|t| !super::numbers::is_missing(t))
        .map(T::from)
}

/// Who stands behind an account.
fn kind(cells: &Cells) -> Result<Option<CreatorKind>, CellError> {
    Ok(match cells.text("kind").map(str::to_lowercase).as_deref() {
        None => None,
        Some("person") => Some(CreatorKind::Person),
        Some("group") => Some(CreatorKind::Group),
        Some("brand") => Some(CreatorKind::Brand),
        Some(_) => return Err(cells.error("kind", "expected person, group or brand")),
    })
}

/// An amount that is not below 0, and the currency that stands beside it.
pub(super) fn not_negative(
    cells: &Cells,
    column: &str,
) -> Result<Option<(f64, Option<&'static str>)>, CellError> {
    let amount = cells.amount(column)?;
    if amount.is_some_and(|(amount, _)| amount < 0.0) {
        return Err(cells.error(column, "is negative"));
    }
    Ok(amount)
}

/// The currency of an amount: the column's, else the one that its sign says.
pub(super) fn currency(cells: &Cells, sign: Option<&'static str>) -> Option<String> {
    let column = cells
        .text("currency")
        .filter(|c| !super::numbers::is_missing(c));
    column
        .map(str::to_uppercase)
        .or_else(|| sign.map(str::to_owned))
}

impl Record for Creator {
    const TABLE: &'static str = "creators";
    const REQUIRED: &'static [&'static str] = &["creator_id", "followers"];
    const OPTIONAL: &'static [&'static str] = &[
        "platform",
        "handle",
        "name",
        "kind",
        "bio",
        "following",
        "posts_count",
        "verified",
        "created_at",
        "country",
        "language",
        "category",
        "price",
        "currency",
        "updated_at",
    ];
    const ALIASES: &'static [(&'static str, &'static str)] = &[(
        "updated_at",
        "snapshot_at|snapshot_date|scraped_at|retrieved_at|fetched_at|exported_at",
    )];

    fn from_cells(cells: &Cells) -> Result<Self, CellError> {
        let mut creator = Self::new(CreatorId::from(cells.required("creator_id")?), None);
        creator.followers = cells.known(cells.count("followers")).map(Followers);
        creator.platform = cells.text("platform").map(str::to_lowercase);
        creator.handle = cells
            .text("handle")
            .map(|h| h.trim_start_matches('@').to_owned());
        creator.account = cells
            .account()
            .map(|h| h.trim().trim_start_matches('@').to_owned());
        creator.name = owned(cells, "name");
        creator.kind = cells.known(kind(cells));
        creator.bio = owned(cells, "bio");
        creator.following = cells.known(cells.count("following"));
        creator.posts_count = cells.known(cells.count("posts_count"));
        creator.verified = cells.known(cells.flag("verified"));
        creator.updated_at = cells.known(cells.time("updated_at"));
        creator.created_at = cells.known(cells.time("created_at"));
        creator.country = owned(cells, "country");
        creator.language = owned(cells, "language");
        creator.category = owned(cells, "category").filter(|c| !c.eq_ignore_ascii_case("none"));
        let price = cells.known(not_negative(cells, "price"));
        creator.price = price.map(|(price, _)| price);
        creator.currency = currency(cells, price.and_then(|(_, sign)| sign));
        Ok(creator)
    }

    fn key(&self) -> Option<Cow<'_, str>> {
        // One handle on two platforms is two accounts.
        let id = self.creator_id.as_str();
        Some(match &self.platform {
            Some(platform) => Cow::Owned(format!("{platform}\u{1f}{id}")),
            None => Cow::Borrowed(id),
        })
    }

    fn updated_at(&self) -> Option<Timestamp> {
        self.updated_at
    }

    fn remember(&mut self, older: Self) {
        Self::remember(self, older);
    }
}

impl Record for Post {
    const TABLE: &'static str = "posts";
    const REQUIRED: &'static [&'static str] = &["post_id", "creator_id", "published_at"];
    const OPTIONAL: &'static [&'static str] = &[
        "caption",
        "hashtags",
        "media_type",
        "likes",
        "comments",
        "shares",
        "saves",
        "views",
        "reach",
        "sponsored",
        "brand",
        "platform",
    ];

    fn from_cells(cells: &Cells) -> Result<Self, CellError> {
        let published_at = cells
            .time("published_at")?
            .ok_or_else(|| cells.error("published_at", "is empty, but required"))?;
        let mut post = Self::new(
            PostId::from(cells.required("post_id")?),
            CreatorId::from(cells.required("creator_id")?),
            published_at,
        );
        post.caption = owned(cells, "caption");
        post.hashtags = cells.text("hashtags").map(hashtags).unwrap_or_default();
        post.media_type = owned(cells, "media_type");
        post.likes = cells.known(cells.count("likes"));
        post.comments = cells.known(cells.count("comments"));
        post.shares = cells.known(cells.count("shares"));
        post.saves = cells.known(cells.count("saves"));
        post.views = cells.known(cells.count("views"));
        post.reach = cells.known(cells.count("reach"));
        post.sponsored = cells.known(cells.flag("sponsored"));
        post.brand = owned(cells, "brand");
        post.platform = cells.text("platform").map(str::to_lowercase);
        Ok(post)
    }

    fn key(&self) -> Option<Cow<'_, str>> {
        Some(self.post_id.as_str().into())
    }
}

impl Record for Comment {
    const TABLE: &'static str = "comments";
    const REQUIRED: &'static [&'static str] = &["comment_id", "text"];
    const OPTIONAL: &'static [&'static str] = &[
        "post_id",
        "creator_id",
        "author_id",
        "created_at",
        "likes",
        "brand",
    ];

    fn from_cells(cells: &Cells) -> Result<Self, CellError> {
        Ok(Self {
            comment_id: CommentId::from(cells.required("comment_id")?),
            // An empty comment is a comment with nothing in it, and its status says so.
            text: cells.raw("text").unwrap_or_default().to_owned(),
            post_id: id(cells, "post_id"),
            creator_id: id(cells, "creator_id"),
            author_id: id::<AuthorId>(cells, "author_id"),
            created_at: cells.known(cells.time("created_at")),
            likes: cells.known(cells.score("likes")),
            brand: owned(cells, "brand"),
        })
    }

    fn key(&self) -> Option<Cow<'_, str>> {
        Some(self.comment_id.as_str().into())
    }
}

impl Record for LabelledText {
    const TABLE: &'static str = "labelled";
    const REQUIRED: &'static [&'static str] = &["text", "label"];
    const OPTIONAL: &'static [&'static str] = &["target", "source"];

    fn from_cells(cells: &Cells) -> Result<Self, CellError> {
        let label = cells.required("label")?.to_lowercase();
        let label = Polarity::ALL
            .into_iter()
            .find(|p| p.name() == label)
            .ok_or_else(|| cells.error("label", "expected negative, neutral or positive"))?;
        Ok(Self {
            text: cells.raw("text").unwrap_or_default().to_owned(),
            label,
            target: owned(cells, "target"),
            source: owned(cells, "source"),
        })
    }

    fn key(&self) -> Option<Cow<'_, str>> {
        None
    }
}

impl Record for LabelledComment {
    const TABLE: &'static str = "labelled";
    const REQUIRED: &'static [&'static str] = &["label"];
    const OPTIONAL: &'static [&'static str] =
        &["comment_id", "text", "brand", "probability", "stratum"];
    const FOUND_BY_TEXT: bool = true;

    fn from_cells(cells: &Cells) -> Result<Self, CellError> {
        let label = match cells.text("label").map(str::to_lowercase).as_deref() {
            None => None,
            Some("negative" | "-1") => Some(Polarity::Negative),
            Some("neutral" | "0") => Some(Polarity::Neutral),
            Some("positive" | "1") => Some(Polarity::Positive),
            Some(_) => {
                return Err(cells.error("label", "expected negative, neutral, positive or nothing"));
            }
        };
        let probability = cells.number("probability")?;
        if probability.is_some_and(|p| !(p > 0.0 && p <= 1.0)) {
            return Err(cells.error("probability", "expected a number above 0, up to 1"));
        }
        let row = Self {
            comment_id: id(cells, "comment_id"),
            text: cells
                .raw("text")
                .map(str::to_owned)
                .filter(|t| !t.trim().is_empty()),
            label,
            brand: owned(cells, "brand"),
            probability,
            stratum: cells.count("stratum")?,
        };
        if row.comment_id.is_none() && row.text.is_none() {
            return Err(cells.error(
                "comment_id",
                "is empty, and so is text: which comment is it?",
            ));
        }
        Ok(row)
    }

    fn key(&self) -> Option<Cow<'_, str>> {
        None
    }
}

impl Record for Observation {
    const TABLE: &'static str = "panel";
    const REQUIRED: &'static [&'static str] = &["location", "date", "outcome"];
    const OPTIONAL: &'static [&'static str] = &[];
    const ALIASES: &'static [(&'static str, &'static str)] = &[
        ("location", "place|geo|region|unit"),
        ("date", "day|time"),
        ("outcome", "y|value|sales|orders|revenue"),
    ];

    fn from_cells(cells: &Cells) -> Result<Self, CellError> {
        let date = cells
            .time("date")?
            .ok_or_else(|| cells.error("date", "is empty, but required"))?;
        Ok(Self {
            location: cells.required("location")?.to_owned(),
            date: date.to_zoned(TimeZone::UTC).date(),
            outcome: cells
                .number("outcome")?
                .ok_or_else(|| cells.error("outcome", "is empty, but required"))?,
        })
    }

    /// That a place has a day twice is for the panel to say, which may add them up.
    fn key(&self) -> Option<Cow<'_, str>> {
        None
    }
}

impl Record for PredictedCreator {
    const TABLE: &'static str = "ranking";
    const REQUIRED: &'static [&'static str] = &["creator_id"];
    const OPTIONAL: &'static [&'static str] = &[
        "rank",
        "score",
        "expected_engagement_rate",
        "lower_90",
        "upper_90",
    ];

    fn from_cells(cells: &Cells) -> Result<Self, CellError> {
        Ok(Self {
            creator_id: CreatorId::from(cells.required("creator_id")?),
            rank: cells.count("rank")?,
            score: cells.number("score")?,
            expected_engagement_rate: cells.number("expected_engagement_rate")?,
            lower_90: cells.number("lower_90")?,
            upper_90: cells.number("upper_90")?,
        })
    }

    fn key(&self) -> Option<Cow<'_, str>> {
        Some(self.creator_id.as_str().into())
    }
}

impl Record for ShortlistEntry {
    const TABLE: &'static str = "shortlist";
    const REQUIRED: &'static [&'static str] = &["creator_id"];
    const OPTIONAL: &'static [&'static str] = &["status"];

    fn from_cells(cells: &Cells) -> Result<Self, CellError> {
        Ok(Self {
            creator_id: CreatorId::from(cells.required("creator_id")?),
            status: owned(cells, "status").map(|s| s.trim().to_lowercase()),
        })
    }

    fn key(&self) -> Option<Cow<'_, str>> {
        Some(self.creator_id.as_str().into())
    }
}

impl Record for Outcome {
    const TABLE: &'static str = "outcomes";
    const REQUIRED: &'static [&'static str] = &["creator_id", "gain"];
    const OPTIONAL: &'static [&'static str] = &[];
    const ALIASES: &'static [(&'static str, &'static str)] = &[(
        "gain",
        "outcome|revenue|orders|conversions|engagements|engagement_rate|visits",
    )];

    fn from_cells(cells: &Cells) -> Result<Self, CellError> {
        let gain = cells.number("gain")?;
        if gain.is_some_and(|g| g < 0.0) {
            return Err(cells.error("gain", "is negative"));
        }
        Ok(Self {
            creator_id: id(cells, "creator_id"),
            gain,
        })
    }

    fn key(&self) -> Option<Cow<'_, str>> {
        self.creator_id.as_ref().map(|id| id.as_str().into())
    }
}

/// Tags of a cell: separated by blanks, commas or `#`, or printed as a list; lower case, no `#`.
fn hashtags(cell: &str) -> Vec<String> {
    cell.split(|c: char| {
        c.is_whitespace() || matches!(c, ',' | ';' | '#' | '[' | ']' | '"' | '\'' | '|')
    })
    .filter(|tag| !tag.is_empty())
    .map(str::to_lowercase)
    .collect()
}

#[cfg(test)]
mod tests {
    use super::hashtags;

    #[test]
    fn tags_in_every_print() {
        for cell in [
            "#OOTD #style",
            "ootd, style",
            "[\"ootd\", \"Style\"]",
            "['ootd','style']",
            "#ootd#style",
        ] {
            assert_eq!(hashtags(cell), ["ootd", "style"], "{cell}");
        }
        assert!(hashtags("[]").is_empty());
    }
}
