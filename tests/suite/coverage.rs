//! How often intervals hold the truth, on generated data. These take minutes, so they wait to be asked:
//!
//!     cargo test --release --test suite coverage -- --ignored --nocapture
//!
//! What they print stands in docs/lift.md and docs/promises.md.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test's helpers stop it by panicking, and the tables are what they are for"
)]

use microfluence::lift::{LiftMethod, LiftOptions, Panel, estimate_lift};
use microfluence::schema::Observation;
use microfluence::stats::Rng;

/// Draws of every kind of panel, and as many with a lift.
const DRAWS: u64 = 200;

/// A kind of panel: what the places' own movements are like.
struct Kind {
    name: &'static str,
    places: usize,
    before: usize,
    /// How much of a movement is left on the next date, and the size of a new one.
    memory: f64,
    step: f64,
}

const KINDS: [Kind; 8] = [
    Kind {
        name: "independent noise",
        places: 16,
        before: 86,
        memory: 0.0,
        step: 0.05,
    },
    Kind {
        name: "autocorrelation 0.6",
        places: 16,
        before: 86,
        memory: 0.6,
        step: 0.04,
    },
    Kind {
        name: "autocorrelation 0.95",
        places: 16,
        before: 86,
        memory: 0.95,
        step: 0.0156,
    },
    Kind {
        name: "random walk",
        places: 16,
        before: 86,
        memory: 1.0,
        step: 0.015,
    },
    Kind {
        name: "noise of 2 to 15 % by place",
        places: 16,
        before: 86,
        memory: 0.0,
        step: 0.05,
    },
    Kind {
        name: "counts of 3 to 8 a day",
        places: 16,
        before: 86,
        memory: 0.0,
        step: 0.0,
    },
    Kind {
        name: "heavy tails and spikes of 4 times",
        places: 16,
        before: 86,
        memory: 0.0,
        step: 0.05,
    },
    Kind {
        name: "6 places, 42 days",
        places: 6,
        before: 42,
        memory: 0.3,
        step: 0.048,
    },
];

const DAYS: usize = 14;

fn poisson(rng: &mut Rng, mean: f64) -> f64 {
    let (floor, mut product, mut n) = ((-mean).exp(), rng.uniform(), 0.0);
    while product > floor {
        product *= rng.uniform();
        n += 1.0;
    }
    n
}

/// Places that share a week and two slow movements, and have one of their own; the first one or two get the lift.
fn panel(kind: &Kind, seed: u64, lift: f64) -> (Panel, LiftOptions) {
    let mut rng = Rng::new(seed, kind.name);
    let n = kind.before + DAYS;
    let mut level = [0.0_f64; 2];
    let common: Vec<[f64; 2]> = (0..n)
        .map(|_| {
            level = level.map(|l| 0.9 * l + 0.03 * rng.normal());
            level
        })
        .collect();
    let treated = 1 + (seed % 2) as usize;
    let first: jiff::civil::Date = "2026-01-01".parse().unwrap();
    let day = |t: usize| first.checked_add(jiff::Span::new().days(t as i64)).unwrap();
    let mut rows = Vec::new();
    for place in 0..kind.places {
        let (size, share) = (100.0 * (0.7 * rng.normal()).exp(), rng.uniform());
        let step = if kind.name.starts_with("noise") {
            0.02 + 0.13 * rng.uniform().powi(2)
        } else {
            kind.step
        };
        let heavy = kind.name.starts_with("heavy");
        let usual = if kind.memory < 1.0 {
            step / (1.0 - kind.memory * kind.memory).sqrt()
        } else {
            0.0
        };
        let mut own = usual * rng.normal();
        for (t, common) in common.iter().enumerate() {
            let mut new = rng.normal();
            if heavy {
                let square: f64 = (0..3).map(|_| rng.normal().powi(2)).sum();
                new /= (square / 3.0).sqrt();
            }
            own = kind.memory * own + step * new;
            let week = 1.0 + 0.15 * (t as f64 / 7.0 * std::f64::consts::TAU).sin();
            let moved = week * (share * common[0] + (1.0 - share) * common[1]).exp();
            let spike = if heavy && rng.uniform() < 0.005 {
                4.0
            } else {
                1.0
            };
            let effect = if place < treated && t >= kind.before {
                1.0 + lift / 100.0
            } else {
                1.0
            };
            let outcome = if kind.step == 0.0 {
                poisson(&mut rng, (3.0 + 5.0 * share) * moved * effect)
            } else {
                size * moved * own.exp() * spike * effect
            };
            rows.push(Observation {
                location: format!("place {place:02}"),
                date: day(t),
                outcome,
            });
        }
    }
    let options = LiftOptions {
        treated: (0..treated).map(|p| format!("place {p:02}")).collect(),
        excluded: Vec::new(),
        start: day(kind.before),
        end: day(n - 1),
        method: LiftMethod::SyntheticControl,
    };
    (Panel::new(&rows).unwrap(), options)
}

/// Per method: held the lift, called significant without one, found a lift of 10 %, widths.
#[derive(Default)]
struct Counts {
    held: u32,
    alarms: u32,
    found: u32,
    widths: Vec<f64>,
}

#[test]
#[ignore = "minutes: the table of docs/lift.md"]
fn lift_on_eight_kinds_of_panel() {
    for kind in &KINDS {
        let mut counts: [Counts; 3] = std::array::from_fn(|_| Counts::default());
        for seed in 0..DRAWS {
            for lift in [0.0, 10.0] {
                let (panel, options) = panel(kind, seed, lift);
                let report = estimate_lift(&panel, &options).unwrap();
                for (count, method) in counts.iter_mut().zip(&report.methods) {
                    let (lower, upper) =
                        (method.lower.unwrap(), method.upper.unwrap_or(f64::INFINITY));
                    count.held += u32::from(lower <= lift && lift <= upper);
                    count.widths.push(upper - lower);
                    let significant = u32::from(method.p_value < 0.05);
                    if lift == 0.0 {
                        count.alarms += significant;
                    } else {
                        count.found += significant;
                    }
                }
            }
        }
        let mut line = format!("| {} |", kind.name);
        for count in &mut counts {
            count.widths.sort_by(f64::total_cmp);
            let percent = |n: u32, of: u64| 100.0 * f64::from(n) / of as f64;
            line += &format!(
                " {:.1}, {:.1}, {:.0}, {:.1} |",
                percent(count.held, 2 * DRAWS),
                percent(count.alarms, DRAWS),
                percent(count.found, DRAWS),
                count.widths[count.widths.len() / 2]
            );
        }
        eprintln!("{line}");
        let synthetic = &counts[0];
        assert!(synthetic.held >= 358 && synthetic.alarms <= 20, "{line}");
    }
}
