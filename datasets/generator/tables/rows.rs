//! The rows as they are written, with the columns in the order of the tables' description.

#![expect(
    clippy::struct_field_names,
    reason = "the fields are the tables' columns"
)]

use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct Creator {
    pub(crate) creator_id: String,
    pub(crate) followers: u64,
    pub(crate) platform: &'static str,
    pub(crate) handle: String,
    pub(crate) name: String,
    pub(crate) kind: &'static str,
    pub(crate) bio: String,
    pub(crate) following: u64,
    pub(crate) posts_count: u64,
    pub(crate) verified: bool,
    pub(crate) created_at: String,
    pub(crate) country: Option<&'static str>,
    pub(crate) language: Option<&'static str>,
    pub(crate) category: Option<String>,
    pub(crate) price: Option<u64>,
    pub(crate) currency: Option<&'static str>,
}

#[derive(Serialize)]
pub(crate) struct Post {
    pub(crate) post_id: String,
    pub(crate) creator_id: String,
    pub(crate) published_at: String,
    pub(crate) caption: String,
    pub(crate) hashtags: String,
    pub(crate) media_type: &'static str,
    pub(crate) likes: Option<u64>,
    pub(crate) comments: u64,
    pub(crate) shares: Option<u64>,
    pub(crate) saves: Option<u64>,
    pub(crate) views: Option<u64>,
    pub(crate) reach: Option<u64>,
    pub(crate) sponsored: bool,
    pub(crate) brand: Option<&'static str>,
    /// Seconds since 1970, for the tables made from posts.
    #[serde(skip)]
    pub(crate) second: i64,
    /// Index of the creator.
    #[serde(skip)]
    pub(crate) creator: usize,
}

#[derive(Serialize)]
pub(crate) struct Comment {
    pub(crate) comment_id: String,
    pub(crate) text: String,
    pub(crate) post_id: String,
    pub(crate) creator_id: String,
    pub(crate) author_id: String,
    pub(crate) created_at: String,
    pub(crate) likes: u64,
    pub(crate) brand: Option<&'static str>,
}

#[derive(Serialize)]
pub(crate) struct CommentTruth {
    pub(crate) comment_id: String,
    pub(crate) brand: Option<&'static str>,
    pub(crate) label: &'static str,
    pub(crate) language: &'static str,
    pub(crate) spam: bool,
}

#[derive(Serialize)]
pub(crate) struct Truth {
    pub(crate) creator_id: String,
    pub(crate) niche: &'static str,
    pub(crate) engagement_level: String,
    pub(crate) sentiment_level: String,
    pub(crate) authentic: bool,
}

#[derive(Serialize)]
pub(crate) struct Visit {
    pub(crate) visit_id: String,
    pub(crate) at: String,
    pub(crate) visitor_id: String,
    pub(crate) creator_id: Option<String>,
    pub(crate) utm_source: Option<&'static str>,
    pub(crate) utm_medium: Option<&'static str>,
    pub(crate) utm_campaign: Option<&'static str>,
    pub(crate) utm_content: Option<String>,
    pub(crate) landing_page: &'static str,
}

#[derive(Serialize)]
pub(crate) struct Order {
    pub(crate) order_id: String,
    pub(crate) at: String,
    pub(crate) value: String,
    pub(crate) visitor_id: Option<String>,
    pub(crate) promo_code: Option<String>,
    pub(crate) refunded: bool,
    pub(crate) currency: &'static str,
    pub(crate) quantity: u64,
}

#[derive(Serialize)]
pub(crate) struct Spend {
    pub(crate) creator_id: String,
    pub(crate) amount: u64,
    pub(crate) currency: &'static str,
    pub(crate) post_id: String,
    pub(crate) promo_code: String,
    pub(crate) campaign: &'static str,
}

/// A time as RFC 3339.
pub(crate) fn time(second: i64) -> String {
    jiff::Timestamp::from_second(second).map_or_else(|_| String::new(), |at| at.to_string())
}
