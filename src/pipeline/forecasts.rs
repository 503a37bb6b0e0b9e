//! The forecasts of a run: fitted once per set of options, however many stages ask for them.

use crate::engagement::{EngagementOptions, EngagementReport, predict};
use crate::schema::{Creator, Post};
use std::sync::{Arc, Mutex, PoisonError};

/// A report and the options that it was fitted with.
type Fitted = (EngagementOptions, Arc<EngagementReport>);

/// What was fitted so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Forecasts(Arc<Mutex<Vec<Fitted>>>);

impl Forecasts {
    /// The forecasts with these options, fitted now if nobody has asked before.
    pub(super) fn with(
        &self,
        creators: &[Creator],
        posts: &[Post],
        options: &EngagementOptions,
    ) -> Arc<EngagementReport> {
        // A panic elsewhere leaves whole entries behind: each is pushed in one step.
        let mut fitted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, report)) = fitted.iter().find(|(known, _)| known == options) {
            return Arc::clone(report);
        }
        let report = Arc::new(predict(creators, posts, options));
        fitted.push((*options, Arc::clone(&report)));
        report
    }
}
