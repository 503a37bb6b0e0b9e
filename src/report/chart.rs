//! Charts as SVG, drawn from numbers alone: no text of a user's is ever part of one.

use crate::stats::Reliability;
use std::fmt::Write;

/// A drawing that [`super::page`] puts under a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Figure {
    /// `<svg>` element.
    pub(super) svg: String,
}

const SIZE: f64 = 320.0;
const MARGIN: f64 = 44.0;

/// Accuracy against probability, one dot per bin, its area in proportion to the rows in it; on the diagonal
/// probabilities mean what they say.
#[must_use]
pub fn reliability_diagram(reliability: &Reliability) -> Figure {
    let x = |share: f64| MARGIN + share * (SIZE - MARGIN - 12.0);
    let y = |share: f64| SIZE - MARGIN - share * (SIZE - MARGIN - 12.0);
    let most = reliability.bins.iter().map(|b| b.n).max().unwrap_or(0) as f64;
    let mut svg = format!(
        "<svg viewBox=\"0 0 {SIZE} {SIZE}\" width=\"{SIZE}\" height=\"{SIZE}\" role=\"img\" \
         aria-label=\"Reliability diagram: share of right answers against their probability\">\
         <g fill=\"none\" stroke=\"currentColor\">\
         <path d=\"M{0:.1} {1:.1}H{2:.1}M{0:.1} {1:.1}V{3:.1}\"/>\
         <path d=\"M{0:.1} {1:.1}L{2:.1} {3:.1}\" stroke-dasharray=\"4 4\" opacity=\".5\"/></g>\
         <g fill=\"currentColor\" font-size=\"12\" text-anchor=\"middle\">",
        x(0.0),
        y(0.0),
        x(1.0),
        y(1.0)
    );
    for tick in [0.0, 0.25, 0.5, 0.75, 1.0] {
        // Writing to a String cannot fail.
        let _ = write!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\">{tick}</text><text x=\"{:.1}\" y=\"{:.1}\">{tick}</text>",
            x(tick),
            y(0.0) + 16.0,
            x(0.0) - 20.0,
            y(tick) + 4.0
        );
    }
    let _ = write!(
        svg,
        "<text x=\"{:.1}\" y=\"{:.1}\">probability of the answer</text>\
         <text transform=\"translate(12 {:.1}) rotate(-90)\">share that is right</text></g>\
         <g fill=\"#0a7ea4\" fill-opacity=\".7\">",
        x(0.5),
        SIZE - 8.0,
        y(0.5)
    );
    for bin in &reliability.bins {
        if let (Some(confidence), Some(accuracy)) = (bin.confidence, bin.accuracy) {
            let radius = 3.0 + 11.0 * (bin.n as f64 / most).sqrt();
            let _ = write!(
                svg,
                "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"{radius:.1}\"><title>{} texts: probability {confidence:.2}, right {accuracy:.2}</title></circle>",
                x(confidence),
                y(accuracy),
                bin.n
            );
        }
    }
    svg.push_str("</g></svg>");
    Figure { svg }
}

#[cfg(test)]
mod tests {
    use super::reliability_diagram;
    use crate::stats::reliability;

    #[test]
    fn one_dot_for_each_bin_with_rows() {
        let rows = [(0.95, true), (0.91, true), (0.55, false)];
        let svg = reliability_diagram(&reliability(&rows, 10).unwrap()).svg;
        assert_eq!(svg.matches("<circle").count(), 2);
        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>"));
        assert!(!svg.contains("NaN"));
    }
}
