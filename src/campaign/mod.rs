//! What a campaign did: whose link or code led to which visit and order, what that cost, and what was said.
//!
//! Every order is counted once. What no creator can claim is kept apart, so that the creators' parts and the
//! unattributed rest always add up to the total.

mod attribution;
mod claims;
mod ledger;
mod media;
mod money;
mod outcome;
mod resample;
mod rules;
mod sentiment_shift;
mod visits;

pub use attribution::{AttributionModel, Credit};
pub use claims::ClaimedBy;
pub use ledger::{Ledger, OrderNotes};
pub use media::{EngagementValues, Media, MediaBasis, campaign_media};
pub use money::ExchangeRates;
pub use outcome::{
    AgainstRanking, CampaignOptions, CampaignReport, CreatorOutcome, Notes, Ratio, conclude,
};
pub use resample::Bounds;
pub use rules::{AttributionRules, CreatorResolver};
pub use sentiment_shift::{ExposureTally, Phase, SentimentShift, Shift, ShiftCell, ShiftGap};
pub use visits::{Channel, VisitLog};
