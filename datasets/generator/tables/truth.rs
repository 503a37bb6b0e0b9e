//! What the generator planted, per creator.

use super::creators::Creator;
use super::niches::NICHES;
use super::rows::Truth;

/// One row per creator, in their order.
pub(crate) fn of(creators: &[Creator]) -> Vec<Truth> {
    creators
        .iter()
        .map(|creator| Truth {
            creator_id: creator.row.creator_id.clone(),
            niche: NICHES[creator.niche].name,
            engagement_level: format!("{:.5}", creator.level),
            sentiment_level: format!("{:.3}", creator.sentiment),
            authentic: creator.authentic,
        })
        .collect()
}
