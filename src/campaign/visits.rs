//! The visits of a campaign, kept as small as attribution needs them.

use super::rules::{AttributionRules, CreatorResolver};
use crate::schema::{Visit, VisitorId};
use crate::stats::hash_text;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// Visits of no creator, by where they came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Channel {
    /// `utm_source` / `utm_medium`, or `(direct)`.
    pub channel: String,
    /// Visits by it.
    pub visits: u64,
}

/// A visit by a creator's link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Touch {
    /// Hash of the visitor's id; of the visit's own where the visitor is unknown.
    pub visitor: u64,
    /// Milliseconds since 1970.
    pub at: i64,
    /// The creator's number.
    pub creator: u32,
}

/// Takes visits one by one, in any order: 24 bytes are kept of a visit by a creator's link, 16 of any other.
#[derive(Debug, Clone, Default)]
pub struct VisitLog {
    rules: AttributionRules,
    campaign: Option<String>,
    period: (Option<Timestamp>, Option<Timestamp>),
    pub(super) names: CreatorResolver,
    pub(super) touches: Vec<Touch>,
    /// First visit of every visitor without a creator's link, for the clocks: (visitor, at).
    pub(super) others: Vec<(u64, i64)>,
    pub(super) visits: u64,
    pub(super) anonymous: u64,
    pub(super) outside: u64,
    channels: BTreeMap<String, u64>,
}

/// What stands for a visitor in sums and draws.
pub(super) fn visitor_key(id: &VisitorId) -> u64 {
    hash_text(id.as_str())
}

impl VisitLog {
    /// An empty log. Visits outside `period` (both ends included) are counted as that and left out; where `campaign`
    /// is named, a visit whose `utm_campaign` is another belongs to no creator.
    #[must_use]
    pub fn new(
        names: CreatorResolver,
        rules: AttributionRules,
        campaign: Option<&str>,
        period: (Option<Timestamp>, Option<Timestamp>),
    ) -> Self {
        Self {
            rules,
            names,
            campaign: campaign.map(str::to_lowercase),
            period,
            ..Self::default()
        }
    }

    /// Takes a visit.
    pub fn push(&mut self, visit: &Visit) {
        if self.period.0.is_some_and(|start| visit.at < start)
            || self.period.1.is_some_and(|end| visit.at > end)
        {
            self.outside += 1;
            return;
        }
        self.visits += 1;
        let other_campaign = match (&self.campaign, &visit.utm_campaign) {
            (Some(own), Some(named)) => *own != named.trim().to_lowercase(),
            _ => false,
        };
        let creator = (!other_campaign)
            .then(|| self.names.of_visit(visit, &self.rules))
            .flatten();
        let at = visit.at.as_millisecond();
        let visitor = visit.visitor_id.as_ref().map(visitor_key);
        if visitor.is_none() {
            self.anonymous += 1;
        }
        if let Some(creator) = creator {
            let visitor = visitor.unwrap_or_else(|| !hash_text(visit.visit_id.as_str()));
            self.touches.push(Touch {
                visitor,
                at,
                creator,
            });
            return;
        }
        if let Some(visitor) = visitor {
            self.others.push((visitor, at));
        }
        let part = |text: &Option<String>| text.as_deref().map(|t| t.trim().to_lowercase());
        let channel = match (part(&visit.utm_source), part(&visit.utm_medium)) {
            (None, None) => "(direct)".to_owned(),
            (Some(source), None) => source,
            (None, Some(medium)) => format!("(no source) / {medium}"),
            (Some(source), Some(medium)) => format!("{source} / {medium}"),
        };
        *self.channels.entry(channel).or_default() += 1;
    }

    /// Visits by creators' links so far.
    #[must_use]
    pub fn by_creators(&self) -> usize {
        self.touches.len()
    }

    /// Whether a promo code is that of one creator.
    #[must_use]
    pub fn knows_code(&self, code: &str) -> bool {
        matches!(self.names.of_code(code), Ok(Some(_)))
    }

    /// Numbers the creators by their ids and puts the visits of every visitor in order of time, those of one moment
    /// by creator, so that the order in which they came does not matter.
    pub(super) fn settle(&mut self) {
        let numbers = self.names.sort();
        for touch in &mut self.touches {
            touch.creator = numbers[touch.creator as usize];
        }
        self.touches.sort_unstable();
        self.others.sort_unstable();
    }

    /// The visits by creators' links of one visitor, in order; the log must be settled.
    pub(super) fn of(&self, visitor: u64) -> &[Touch] {
        let from = self.touches.partition_point(|t| t.visitor < visitor);
        let to = from + self.touches[from..].partition_point(|t| t.visitor == visitor);
        &self.touches[from..to]
    }

    /// Where the visits of no creator came from, the most first, then by name.
    #[must_use]
    pub fn channels(&self) -> Vec<Channel> {
        let mut all: Vec<Channel> = self
            .channels
            .iter()
            .map(|(channel, visits)| Channel {
                channel: channel.clone(),
                visits: *visits,
            })
            .collect();
        all.sort_by(|a, b| {
            b.visits
                .cmp(&a.visits)
                .then_with(|| a.channel.cmp(&b.channel))
        });
        all
    }
}
