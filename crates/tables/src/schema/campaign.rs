//! The rows of a campaign's tables: visits, orders and spend.

use super::{CreatorId, OrderId, PostId, VisitId, VisitorId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A row of the visits table: somebody landed on the shop's pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// Unique within the table.
    pub visit_id: VisitId,
    /// When it began.
    pub at: Timestamp,
    /// Whoever visited, as far as the shop can tell; without it a visit leads to no order.
    pub visitor_id: Option<VisitorId>,
    /// The creator whose link was followed, where the export says so.
    pub creator_id: Option<CreatorId>,
    /// `utm_source` of the link: the platform, `newsletter`, `google`.
    pub utm_source: Option<String>,
    /// `utm_medium` of the link: `social`, `email`, `cpc`.
    pub utm_medium: Option<String>,
    /// `utm_campaign` of the link.
    pub utm_campaign: Option<String>,
    /// `utm_content` of the link: often the creator or the post.
    pub utm_content: Option<String>,
    /// The page that was landed on.
    pub landing_page: Option<String>,
}

/// What became of an order.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Refund {
    /// It stands.
    None,
    /// All of it was paid back.
    Full,
    /// This amount of it was paid back, in the order's currency; above 0.
    Part(f64),
    /// `1`, however it is printed: yes, or an amount of one, as the table's other rows tell.
    One,
    /// It was never carried out: no order, no revenue, no refund.
    Void,
}

/// A row of the orders table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Which order; a further row with the same id is the same order.
    pub order_id: OrderId,
    /// When it was placed.
    pub at: Timestamp,
    /// Whether only the day is known, of which `at` is the first moment.
    #[serde(default)]
    pub whole_day: bool,
    /// What was paid, in `currency`; below 0 where the row is a refund of that amount.
    pub value: f64,
    /// Whoever ordered.
    pub visitor_id: Option<VisitorId>,
    /// The code that was typed in.
    pub promo_code: Option<String>,
    /// Whether it was paid back.
    pub refund: Refund,
    /// ISO 4217 code in upper case; `None` is the campaign's own currency.
    pub currency: Option<String>,
    /// Pieces.
    pub quantity: Option<u64>,
}

/// A row of the spend table: what a creator was paid, and the code that was theirs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spend {
    /// Who was paid.
    pub creator_id: CreatorId,
    /// How much, in `currency`; 0 for a gift that is not counted.
    pub amount: f64,
    /// ISO 4217 code in upper case; `None` is the campaign's own currency.
    pub currency: Option<String>,
    /// The post that was paid for.
    pub post_id: Option<PostId>,
    /// The code that the creator gave away.
    pub promo_code: Option<String>,
    /// The campaign that it belongs to.
    pub campaign: Option<String>,
}
