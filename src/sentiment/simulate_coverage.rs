//! How right net sentiment is, and how often its interval holds the truth: mixtures of labelled comments whose truth is
//! known.

use super::{
    LabelSampler, Labels, NetSentiment, Sample, ScoredComment, Span, Status, Tally, TallyOptions,
};
use crate::schema::{Comment, CommentId, LabelledComment, Polarity};
use crate::stats::{Rng, student_quantile};
use crate::text::Language;
use jiff::Timestamp;
use rayon::prelude::*;
use serde::Serialize;

/// Mixtures, or series, of each setting, unless told otherwise.
pub const COVERAGE_ROUNDS: u64 = 300;
/// Comments of a mixture.
const SIZE: usize = 2000;
/// Comments by one author, where there are authors.
const PER_AUTHOR: usize = 20;
/// How alike an author's comments are: authors' shares are drawn as from so many comments.
const AUTHOR_CONCENTRATION: f64 = 1.0;
/// Weeks of a series.
const WEEKS: usize = 52;
/// The change that is planted, in shares: half of it moves from negative to positive, twice.
const PLANTED: f64 = 0.10;
/// Weeks by which a change may be off and count as found.
const NEAR: i64 = 2;

/// What was reached in a setting.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CoverageReport {
    /// The setting.
    pub setting: &'static str,
    /// Mixtures or series.
    pub rounds: u64,
    /// Mean absolute error in points.
    pub error: Option<f64>,
    /// That of plain counting of the model's labels.
    pub error_counting: Option<f64>,
    /// That of the labelled comments' mean alone.
    pub error_labelled_alone: Option<f64>,
    /// Share of the mixtures whose 95 % interval holds the truth.
    pub coverage: Option<f64>,
    /// The same of an interval that takes comments for independent.
    pub coverage_naive: Option<f64>,
    /// Mean width of the interval in points.
    pub width: Option<f64>,
    /// By how much that is narrower than the labelled comments' alone, 0..1.
    pub narrower: Option<f64>,
    /// Share of the series in which the change was found within two weeks.
    pub found: Option<f64>,
    /// Share of the series without a change in which none is reported.
    pub quiet: Option<f64>,
}

impl CoverageReport {
    fn new(setting: &'static str, rounds: u64) -> Self {
        Self {
            setting,
            rounds,
            error: None,
            error_counting: None,
            error_labelled_alone: None,
            coverage: None,
            coverage_naive: None,
            width: None,
            narrower: None,
            found: None,
            quiet: None,
        }
    }
}

/// A labelled text as the model sees it: probabilities, and what people said.
pub type Case = ([f32; 3], Polarity);

/// Runs every setting, `rounds` mixtures or series of each, on labelled cases that the model was not trained on. `None`
/// where a class has fewer than twenty.
///
/// Prevalences are drawn evenly between 5 and 90 % positive; the rest is negative and neutral as in `cases`. Comments
/// are drawn without replacement as far as a class reaches, and labelled comments from elsewhere never from among those
/// of the mixture.
#[must_use]
pub fn simulate_coverage(cases: &[Case], seed: u64, rounds: u64) -> Option<Vec<CoverageReport>> {
    let by_class: Vec<Vec<usize>> = Polarity::ALL
        .iter()
        .map(|class| (0..cases.len()).filter(|&i| cases[i].1 == *class).collect())
        .collect();
    if by_class.iter().any(|c| c.len() < 20) {
        return None;
    }
    let pool = Pool {
        cases,
        by_class,
        rounds,
    };
    Some(vec![
        pool.unlabelled("nothing labelled", seed),
        pool.here("300 labelled at random", seed, false),
        pool.here("300 labelled, drawn by `label`", seed, true),
        pool.elsewhere("1,000 labelled elsewhere", seed, false),
        pool.elsewhere("1,000 labelled elsewhere, 5 to 90 % positive", seed, true),
        pool.by_authors(seed),
        pool.series("10 points in a year, 200 comments a week", seed, 200),
        pool.series("10 points in a year, 500 comments a week", seed, 500),
    ])
}

struct Pool<'a> {
    cases: &'a [Case],
    by_class: Vec<Vec<usize>>,
    rounds: u64,
}

/// Labels as numbers.
fn value(label: Polarity) -> f64 {
    label as usize as f64 - 1.0
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (n, sum) = values.fold((0.0, 0.0), |(n, sum), v| (n + 1.0, sum + v));
    sum / n
}

impl Pool<'_> {
    fn natural(&self) -> [f64; 3] {
        std::array::from_fn(|k| self.by_class[k].len() as f64 / self.cases.len() as f64)
    }

    /// Shares with 5 to 90 % positive.
    fn shares(&self, rng: &mut Rng) -> [f64; 3] {
        let positive = 0.05 + 0.85 * rng.uniform();
        let [negative, neutral, _] = self.natural();
        let rest = (1.0 - positive) / (negative + neutral);
        [negative * rest, neutral * rest, positive]
    }

    /// `n` cases with these shares out of the part of the pool that `keep` allows.
    fn draw(&self, rng: &mut Rng, n: usize, shares: &[f64; 3], keep: &[bool]) -> Vec<usize> {
        let mut drawn = Vec::with_capacity(n);
        let mut below = 0.0;
        for (k, class) in self.by_class.iter().enumerate() {
            let from = (below * n as f64).round() as usize;
            below += shares[k];
            let count = if k == 2 {
                n
            } else {
                (below * n as f64).round() as usize
            } - from;
            let allowed: Vec<usize> = class.iter().copied().filter(|&i| keep[i]).collect();
            // Whole rounds of the class first, so that no case stands much more often than another.
            let mut left = count;
            while left >= allowed.len() && !allowed.is_empty() {
                drawn.extend_from_slice(&allowed);
                left -= allowed.len();
            }
            drawn.extend(rng.sample(allowed.len(), left).iter().map(|&i| allowed[i]));
        }
        drawn
    }

    fn row(&self, at: usize, case: usize) -> (Comment, ScoredComment) {
        let (p, _) = self.cases[case];
        let id = CommentId(at.to_string());
        let best = (1..3).fold(0, |b, k| if p[k] > p[b] { k } else { b });
        let row = ScoredComment {
            comment_id: id.clone(),
            index: at,
            brand: None,
            label: Some(Polarity::ALL[best]),
            probabilities: Some(p),
            mentions_brand: None,
            about_brand: true,
            language: Language::Unknown,
            status: Status::Scored,
            model: None,
        };
        (Comment::new(id, ""), row)
    }

    fn rows(&self, drawn: &[usize]) -> Vec<(Comment, ScoredComment)> {
        drawn
            .iter()
            .enumerate()
            .map(|(at, &case)| self.row(at, case))
            .collect()
    }

    fn truth(&self, drawn: &[usize]) -> f64 {
        100.0 * mean(drawn.iter().map(|&i| value(self.cases[i].1)))
    }

    /// Without labels there is no interval, but an error beside that of counting.
    fn unlabelled(&self, setting: &'static str, seed: u64) -> CoverageReport {
        let errors: Vec<(f64, f64)> = (0..self.rounds)
            .into_par_iter()
            .filter_map(|round| {
                let mut rng = Rng::new(seed ^ round, "unlabelled");
                let shares = self.shares(&mut rng);
                let drawn = self.draw(&mut rng, SIZE, &shares, &vec![true; self.cases.len()]);
                let level = level(&self.rows(&drawn), seed, Labels::None);
                let truth = self.truth(&drawn);
                Some((
                    (level.net_sentiment? - truth).abs(),
                    (level.net_sentiment_raw? - truth).abs(),
                ))
            })
            .collect();
        CoverageReport {
            rounds: errors.len() as u64,
            error: Some(mean(errors.iter().map(|e| e.0))),
            error_counting: Some(mean(errors.iter().map(|e| e.1))),
            ..CoverageReport::new(setting, self.rounds)
        }
    }

    fn here(&self, setting: &'static str, seed: u64, stratified: bool) -> CoverageReport {
        const JUDGED: usize = 300;
        let outcomes: Vec<Outcome> = (0..self.rounds)
            .into_par_iter()
            .filter_map(|round| {
                let mut rng = Rng::new(seed ^ round, "mixture");
                let shares = self.shares(&mut rng);
                let drawn = self.draw(&mut rng, SIZE, &shares, &vec![true; self.cases.len()]);
                let rows = self.rows(&drawn);
                let truth = self.truth(&drawn);
                let at_random = rng.sample(SIZE, JUDGED);
                let alone: Vec<f64> = at_random
                    .iter()
                    .map(|&at| value(self.cases[drawn[at]].1))
                    .collect();
                let sample = if stratified {
                    let mut sampler = LabelSampler::new(JUDGED, round);
                    for (comment, row) in &rows {
                        sampler.push(comment, row);
                    }
                    sampler
                        .draw()
                        .into_iter()
                        .map(|d| {
                            self.judge(
                                d.comment.comment_id,
                                &drawn,
                                Some((d.probability, d.stratum)),
                            )
                        })
                        .collect::<Vec<_>>()
                } else {
                    at_random
                        .iter()
                        .map(|at| self.judge(CommentId(at.to_string()), &drawn, None))
                        .collect()
                };
                let level = level(&rows, seed, Labels::InSample(Sample::new(sample)));
                let centre = mean(alone.iter().copied());
                let n = JUDGED as f64;
                let variance =
                    alone.iter().map(|y| (y - centre).powi(2)).sum::<f64>() / (n - 1.0) / n;
                let se = 100.0 * (variance * (1.0 - n / SIZE as f64)).sqrt();
                Some(Outcome {
                    alone_error: (100.0 * centre - truth).abs(),
                    alone_width: 2.0 * student_quantile(0.975, n - 1.0) * se,
                    ..Outcome::of(&level, truth)?
                })
            })
            .collect();
        let mut all = summary(setting, &outcomes);
        all.error_labelled_alone = Some(mean(outcomes.iter().map(|o| o.alone_error)));
        let alone = mean(outcomes.iter().map(|o| o.alone_width));
        all.narrower = all.width.map(|width| 1.0 - width / alone);
        all
    }

    fn judge(&self, id: CommentId, drawn: &[usize], weight: Option<(f64, u64)>) -> LabelledComment {
        let at: usize = id.as_str().parse().unwrap_or(0);
        LabelledComment {
            comment_id: Some(id),
            text: None,
            label: Some(self.cases[drawn[at]].1),
            brand: None,
            probability: weight.map(|w| w.0),
            stratum: weight.map(|w| w.1),
        }
    }

    fn elsewhere(&self, setting: &'static str, seed: u64, any_prevalence: bool) -> CoverageReport {
        const JUDGED: usize = 1000;
        let outcomes: Vec<Outcome> = (0..self.rounds)
            .into_par_iter()
            .filter_map(|round| {
                let mut rng = Rng::new(seed ^ round, "elsewhere");
                let mut there = vec![false; self.cases.len()];
                for class in &self.by_class {
                    for i in rng.sample(class.len(), class.len() / 2) {
                        there[class[i]] = true;
                    }
                }
                let here: Vec<bool> = there.iter().map(|t| !t).collect();
                let shares = self.shares(&mut rng);
                let drawn = self.draw(&mut rng, SIZE, &shares, &here);
                let their_shares = if any_prevalence {
                    self.shares(&mut rng)
                } else {
                    self.natural()
                };
                let labelled = self
                    .draw(&mut rng, JUDGED, &their_shares, &there)
                    .into_iter()
                    .map(|i| (self.cases[i].0.map(f64::from), self.cases[i].1))
                    .collect();
                let level = level(&self.rows(&drawn), seed, Labels::External(labelled));
                Outcome::of(&level, self.truth(&drawn))
            })
            .collect();
        summary(setting, &outcomes)
    }

    /// Authors with leanings of their own; the truth is the audience's, of which these authors are a sample.
    fn by_authors(&self, seed: u64) -> CoverageReport {
        const JUDGED: usize = 300;
        let outcomes: Vec<(Outcome, bool)> = (0..self.rounds)
            .into_par_iter()
            .filter_map(|round| {
                let mut rng = Rng::new(seed ^ round, "authors");
                let shares = self.shares(&mut rng);
                let mut drawn = Vec::with_capacity(SIZE);
                while drawn.len() < SIZE {
                    let own = dirichlet(&mut rng, &shares.map(|s| s * AUTHOR_CONCENTRATION));
                    for _ in 0..PER_AUTHOR {
                        let u = rng.uniform();
                        let class = if u < own[0] {
                            0
                        } else {
                            1 + usize::from(u >= own[0] + own[1])
                        };
                        let class = &self.by_class[class];
                        drawn.push(class[rng.below(class.len())]);
                    }
                }
                let mut rows = self.rows(&drawn);
                let labelled: Vec<LabelledComment> = rng
                    .sample(SIZE, JUDGED)
                    .iter()
                    .map(|at| self.judge(CommentId(at.to_string()), &drawn, None))
                    .collect();
                let truth = 100.0 * (shares[2] - shares[0]);
                let labels = || Labels::InSample(Sample::new(labelled.clone()));
                // Taken for independent, and for the audience's all the same.
                let naive = level_of(
                    &rows,
                    seed,
                    labels(),
                    Some(super::InferenceTarget::Audience),
                );
                for (at, (comment, _)) in rows.iter_mut().enumerate() {
                    comment.author_id = Some((at / PER_AUTHOR).to_string().as_str().into());
                }
                let level = level(&rows, seed, labels());
                Some((
                    Outcome::of(&level, truth)?,
                    Outcome::of(&naive, truth)?.covered,
                ))
            })
            .collect();
        let (outcomes, naive): (Vec<Outcome>, Vec<bool>) = outcomes.into_iter().unzip();
        let mut all = summary("300 labelled, comments by 100 authors", &outcomes);
        all.coverage_naive = Some(mean(naive.iter().map(|c| f64::from(u8::from(*c)))));
        all
    }

    fn series(&self, setting: &'static str, seed: u64, per_week: usize) -> CoverageReport {
        let search = |round: u64, step: f64| -> (Vec<i64>, usize) {
            let mut rng = Rng::new(seed ^ round, "series");
            let at = 6 + rng.below(WEEKS - 12);
            let natural = self.natural();
            let options = TallyOptions {
                seed: round,
                span: Span::Week,
                ..TallyOptions::default()
            };
            let mut tally = Tally::new(options, Labels::None);
            for week in 0..WEEKS {
                let moved = if week < at { 0.0 } else { step / 2.0 };
                let moved = moved.min(natural[0]);
                for i in 0..per_week {
                    let u = rng.uniform();
                    let class = if u < natural[0] - moved {
                        0
                    } else {
                        1 + usize::from(u >= natural[0] - moved + natural[1])
                    };
                    let class = &self.by_class[class];
                    let case = class[rng.below(class.len())];
                    let (mut comment, row) = self.row(week * per_week + i, case);
                    // Weeks from Monday, 2024-01-01.
                    let seconds = 1_704_067_200 + (week * 7 * 86_400 + i) as i64;
                    comment.created_at = Timestamp::from_second(seconds).ok();
                    tally.push(&comment, &row);
                }
            }
            let first = Timestamp::from_second(1_704_067_200).map_or(0, |t| Span::Week.number(t));
            let weeks: Vec<i64> = tally
                .finish()
                .iter()
                .flat_map(|b| &b.changes)
                .filter_map(|c| (0..WEEKS as i64).find(|w| Span::Week.name(first + w) == c.at))
                .collect();
            (weeks, at)
        };
        let rounds: Vec<(bool, bool)> = (0..self.rounds)
            .into_par_iter()
            .map(|round| {
                let (weeks, at) = search(round, PLANTED);
                let found = weeks.iter().any(|w| (w - at as i64).abs() <= NEAR);
                (found, search(self.rounds + round, 0.0).0.is_empty())
            })
            .collect();
        let share = |pick: fn(&(bool, bool)) -> bool| {
            Some(mean(rounds.iter().map(|r| f64::from(u8::from(pick(r))))))
        };
        CoverageReport {
            found: share(|r| r.0),
            quiet: share(|r| r.1),
            ..CoverageReport::new(setting, self.rounds)
        }
    }
}

/// How one mixture went.
#[derive(Debug, Clone, Default)]
struct Outcome {
    error: f64,
    counting: f64,
    covered: bool,
    width: f64,
    alone_error: f64,
    alone_width: f64,
}

impl Outcome {
    fn of(level: &NetSentiment, truth: f64) -> Option<Self> {
        let (lower, upper) = (level.net_sentiment_lower?, level.net_sentiment_upper?);
        Some(Self {
            error: (level.net_sentiment? - truth).abs(),
            counting: (level.net_sentiment_raw? - truth).abs(),
            covered: lower <= truth && truth <= upper,
            width: upper - lower,
            ..Self::default()
        })
    }
}

fn summary(setting: &'static str, outcomes: &[Outcome]) -> CoverageReport {
    CoverageReport {
        error: Some(mean(outcomes.iter().map(|o| o.error))),
        error_counting: Some(mean(outcomes.iter().map(|o| o.counting))),
        coverage: Some(mean(
            outcomes.iter().map(|o| f64::from(u8::from(o.covered))),
        )),
        width: Some(mean(outcomes.iter().map(|o| o.width))),
        ..CoverageReport::new(setting, outcomes.len() as u64)
    }
}

fn level(rows: &[(Comment, ScoredComment)], seed: u64, labels: Labels) -> NetSentiment {
    level_of(rows, seed, labels, None)
}

fn level_of(
    rows: &[(Comment, ScoredComment)],
    seed: u64,
    labels: Labels,
    interval_of: Option<super::InferenceTarget>,
) -> NetSentiment {
    let options = TallyOptions {
        seed,
        interval_of,
        ..TallyOptions::default()
    };
    let mut tally = Tally::new(options, labels);
    for (comment, row) in rows {
        tally.push(comment, row);
    }
    tally.whole_level()
}

/// Shares whose scatter is that of so many comments: gamma draws by Marsaglia and Tsang (2000), over their sum.
fn dirichlet(rng: &mut Rng, of: &[f64; 3]) -> [f64; 3] {
    let mut gamma = |shape: f64| {
        let boosted = shape.max(1e-3) + 1.0;
        let scale = boosted - 1.0 / 3.0;
        let slope = 1.0 / (9.0 * scale).sqrt();
        loop {
            let normal = rng.normal();
            let cube = (1.0 + slope * normal).powi(3);
            let bound = 0.5 * normal * normal + scale * (1.0 - cube + cube.ln());
            if rng.uniform().ln() < bound && cube > 0.0 {
                return scale * cube * rng.uniform().powf(1.0 / shape.max(1e-3));
            }
        }
    };
    let draws = of.map(&mut gamma);
    let total: f64 = draws.iter().sum::<f64>().max(1e-300);
    draws.map(|g| g / total)
}
