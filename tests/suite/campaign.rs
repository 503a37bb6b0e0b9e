//! A campaign's tables with known truth, through the program.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test's helpers stop it by panicking, and say aloud what they skip"
)]

use crate::program::{failure, file, lines, number, sample, success, summary, text};
use microfluence::stats::Rng;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;
use std::time::Instant;

const DAY: i64 = 86_400;
/// 6 April 2026.
const START: i64 = 1_775_433_600;

/// Tables of a campaign with what should come out of them.
struct Planted {
    visits: String,
    orders: String,
    spend: String,
    /// Per creator, and `None` for nobody: orders that stand, revenue and refunds in cents.
    truth: BTreeMap<Option<usize>, (u64, i64, i64)>,
    visits_of: BTreeMap<Option<usize>, u64>,
}

/// Visits by links and otherwise, orders by code, by click, by both and by neither, printed once or several times, some
/// paid back, some voided. The truth is kept by the cent while the rows are made, by rules of its own.
fn planted(visits: usize, orders: usize, creators: usize) -> Planted {
    let mut rng = Rng::new(9, "campaign");
    let mut planted = Planted {
        visits:
            "visit_id,at,visitor_id,creator_id,utm_source,utm_medium,utm_campaign,utm_content\n"
                .to_owned(),
        orders: "order_id,at,value,visitor_id,promo_code,refunded,currency\n".to_owned(),
        spend: "creator_id,amount,currency,promo_code\n".to_owned(),
        truth: BTreeMap::new(),
        visits_of: BTreeMap::new(),
    };
    for c in 0..creators {
        writeln!(planted.spend, "c{c},{}.50,EUR,CODE{c}", 100 + 7 * c).unwrap();
    }
    let visitors = visits / 4;
    let mut clicks: BTreeMap<usize, Vec<(i64, usize)>> = BTreeMap::new();
    for v in 0..visits {
        let (visitor, at) = (
            rng.below(visitors),
            START + rng.below(60 * DAY as usize) as i64,
        );
        let creator = (rng.uniform() < 0.7).then(|| rng.below(creators));
        *planted.visits_of.entry(creator).or_default() += 1;
        let known = rng.uniform() < 0.95;
        let (id, content) = match creator {
            None => (String::new(), "banner".to_owned()),
            Some(c) if v % 2 == 0 => (format!("c{c}"), String::new()),
            Some(c) => (String::new(), format!("C{c}")),
        };
        let visitor_id = if known {
            format!("v{visitor}")
        } else {
            String::new()
        };
        writeln!(
            planted.visits,
            "s{v},{at},{visitor_id},{id},site,social,spring,{content}"
        )
        .unwrap();
        if let (true, Some(c)) = (known, creator) {
            clicks.entry(visitor).or_default().push((at, c));
        }
    }
    let mut rows = Vec::new();
    for o in 0..orders {
        let (visitor, at) = (
            rng.below(visitors),
            START + rng.below(75 * DAY as usize) as i64,
        );
        let cents = 500 + rng.below(20_000) as i64;
        let code = (rng.uniform() < 0.3).then(|| rng.below(creators));
        let clicked = clicks.get(&visitor).and_then(|all| {
            let near = |c: &&(i64, usize)| c.0 <= at && c.0 >= at - 30 * DAY;
            all.iter().filter(near).max_by_key(|c| c.0).map(|c| c.1)
        });
        let owner = code.or(clicked);
        let fate = rng.below(20);
        let refund = match fate {
            0 => cents,
            1 => cents / 3,
            _ => 0,
        };
        let entry = planted.truth.entry(owner).or_default();
        if fate != 2 {
            entry.0 += u64::from(refund < cents);
            entry.1 += cents - refund;
            entry.2 += refund;
        }
        let said = match fate {
            0 => "true".to_owned(),
            1 => format!("{}.{:02}", refund / 100, refund % 100),
            2 => "void".to_owned(),
            _ => String::new(),
        };
        let code = code.map(|c| format!("code{c}")).unwrap_or_default();
        let row = |visitor: &str, code: &str| {
            format!(
                "o{o},{at},{}.{:02},{visitor},{code},{said},EUR",
                cents / 100,
                cents % 100
            )
        };
        let visitor = format!("v{visitor}");
        match rng.below(10) {
            // The shop and the code's network each print the order.
            0 => rows.extend([row(&visitor, ""), row("", &code)]),
            1 => rows.extend([row(&visitor, &code), row(&visitor, &code)]),
            _ => rows.push(row(&visitor, &code)),
        }
    }
    planted.orders += &rows.join("\n");
    planted
}

fn write(folder: &Path, planted: &Planted) -> [String; 3] {
    [
        file(folder, "visits.csv", &planted.visits),
        file(folder, "orders.csv", &planted.orders),
        file(folder, "spend.csv", &planted.spend),
    ]
}

#[test]
fn parts_equal_the_planted_truth_to_the_cent() {
    let folder = tempfile::tempdir().unwrap();
    let planted = planted(100_000, 20_000, 12);
    let [visits, orders, spend] = write(folder.path(), &planted);
    let out = folder.path().join("c.json");
    let base = [
        "campaign", "--visits", &visits, "--orders", &orders, "--spend", &spend,
    ];
    success(&[&base[..], &["--summary", &text(&out)]].concat());
    let document = summary(&out);
    let truth_of = |row: &Value, owner: Option<usize>| {
        let (orders, revenue, refunds) = planted.truth[&owner];
        assert_eq!(row["orders"].as_u64(), Some(orders), "{owner:?}");
        assert_eq!(
            row["visits"].as_u64(),
            Some(planted.visits_of[&owner]),
            "{owner:?}"
        );
        for (name, cents) in [("revenue", revenue), ("refunds", refunds)] {
            let found = number(&row[name]);
            assert!(
                (found - cents as f64 / 100.0).abs() < 0.005,
                "{owner:?} {name}: {found}"
            );
        }
    };
    for row in document["creators"].as_array().unwrap() {
        let owner = row["creator_id"].as_str().unwrap()[1..].parse().unwrap();
        truth_of(row, Some(owner));
        let close = |name: &str, expected: f64| {
            let found = number(&row[name]);
            assert!(
                (found / expected - 1.0).abs() < 1e-9,
                "{name}: {found} {expected}"
            );
            let ends = (
                number(&row[&format!("{name}_lower")]),
                number(&row[&format!("{name}_upper")]),
            );
            assert!(ends.0 < found && found < ends.1, "{name}: {ends:?}");
        };
        let (spend, revenue) = (number(&row["spend"]), number(&row["revenue"]));
        close("roas", revenue / spend);
        close("roi", (revenue - spend) / spend);
        close("cpa", spend / number(&row["orders"]));
        close(
            "conversion_rate",
            number(&row["orders"]) / number(&row["visits"]),
        );
    }
    truth_of(&document["unattributed"], None);
    // Creators and the rest are all there is.
    for name in ["visits", "orders", "revenue", "refunds", "spend"] {
        let parts: f64 = document["creators"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| number(&row[name]))
            .sum();
        let rest = number(&document["unattributed"][name]);
        let total = number(&document["total"][name]);
        assert!(
            (parts + rest - total).abs() < 0.005,
            "{name}: {parts} + {rest} = {total}"
        );
    }
    // Every model shares out the same orders and the same money.
    let models = document["attribution"].as_object().unwrap();
    assert_eq!(models.len(), 7);
    for (model, parts) in models {
        for name in ["orders", "revenue"] {
            let sum: f64 = parts
                .as_array()
                .unwrap()
                .iter()
                .map(|p| number(&p[name]))
                .sum();
            let claimed = number(&document["attributed"][name]);
            assert!(
                (sum - claimed).abs() < 0.005,
                "{model} {name}: {sum} {claimed}"
            );
        }
    }
    let last = &models["last_touch"];
    assert_eq!(last[0]["revenue"], document["creators"][0]["revenue"]);
}

#[test]
fn the_order_of_rows_and_the_number_of_threads_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let planted = planted(3_000, 800, 5);
    let [visits, orders, spend] = write(folder.path(), &planted);
    let turned = |name: &str, from: &str| {
        let all = lines(from);
        let mut rows: Vec<&String> = all[1..].iter().collect();
        rows.reverse();
        let rows: Vec<String> = rows.into_iter().cloned().collect();
        file(
            folder.path(),
            name,
            format!("{}\n{}\n", all[0], rows.join("\n")),
        )
    };
    let other = [
        turned("v2.csv", &visits),
        turned("o2.csv", &orders),
        turned("s2.csv", &spend),
    ];
    let output = |name: &str, tables: [&str; 3], threads: &str| {
        let out = folder.path().join(name);
        let [v, o, s] = tables;
        success(&[
            "campaign",
            "--visits",
            v,
            "--orders",
            o,
            "--spend",
            s,
            "--threads",
            threads,
            "--output",
            &text(&out),
        ]);
        std::fs::read(out).unwrap()
    };
    let one = output("1.csv", [&visits, &orders, &spend], "1");
    assert_eq!(one, output("2.csv", [&visits, &orders, &spend], "2"));
    assert_eq!(one, output("3.csv", [&other[0], &other[1], &other[2]], "2"));
}

#[test]
fn currencies_zones_rules_and_codes() {
    let folder = tempfile::tempdir().unwrap();
    let visits = file(
        folder.path(),
        "v.csv",
        "visit_id,at,visitor_id,utm_source,utm_content\n1,2026-07-01 12:00:00,a,ig,isla_bio\n2,2026-07-01 12:00:00,b,ig,bo_story\n",
    );
    let orders = file(
        folder.path(),
        "o.csv",
        "order_id,at,value,visitor_id,promo_code,currency\n1,2026-07-01T10:30:00Z,10.00,a,,EUR\n2,2026-07-01T12:30:00Z,20.00,b,,USD\n3,2026-07-02,5,,ISLA,EUR\n",
    );
    let spend = file(
        folder.path(),
        "s.csv",
        "creator_id,amount,promo_code\nisla,4,isla\nbo,6,\n",
    );
    let rules = file(
        folder.path(),
        "r.toml",
        "[[rule]]\nutm_source = \"ig\"\nutm_content = \"*_*\"\ncreator_id = \"{*}\"\n",
    );
    let out = folder.path().join("c.json");
    let base = [
        "campaign", "--visits", &visits, "--orders", &orders, "--spend", &spend, "--rules", &rules,
    ];
    let error = failure(&base, 2);
    assert!(
        error.contains("amounts in USD") && error.contains("--exchange-rate USD="),
        "{error}"
    );
    let of = |more: &[&str]| {
        success(
            &[
                &base[..],
                &["--exchange-rate", "USD=0.5", "--summary", &text(&out)],
                more,
            ]
            .concat(),
        );
        let document = summary(&out);
        let revenue = |id: &str| {
            let rows = document["creators"].as_array().unwrap();
            number(&rows.iter().find(|r| r["creator_id"] == id).unwrap()["revenue"])
        };
        (revenue("isla"), revenue("bo"))
    };
    // In UTC the visit of 12:00 comes after the order of 10:30; in Berlin it was at 10:00.
    assert_eq!(of(&[]), (5.0, 10.0));
    assert_eq!(of(&["--time-zone", "Europe/Berlin"]), (15.0, 10.0));
    assert_eq!(of(&["--clock-tolerance", "120"]), (15.0, 10.0));
    let error = failure(&[&base[..], &["--time-zone", "Berlin"]].concat(), 2);
    assert!(
        error.contains("not a time zone") && error.contains("Europe/Berlin"),
        "{error}"
    );
    for (flag, value) in [
        ("--margin", "2"),
        ("--emv", "hugs=1"),
        ("--exchange-rate", "USD"),
        ("--campaign", "x"),
    ] {
        let error = failure(&[&base[..], &[flag, value]].concat(), 2);
        assert!(error.contains(flag), "{error}");
    }
}

#[test]
fn the_sample_s_campaign_with_sentiment_and_what_rank_had_predicted() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| sample(name);
    let ranking = text(&folder.path().join("ranking.csv"));
    let tables = [
        "--creators",
        &path("creators.csv"),
        "--posts",
        &path("posts.csv"),
    ];
    success(
        &[
            &[
                "rank",
                "--niche",
                "beauty",
                "--min-relevance",
                "0",
                "--output",
                &ranking,
            ][..],
            &tables,
        ]
        .concat(),
    );
    let out = folder.path().join("c.json");
    let output = folder.path().join("c.csv");
    success(
        &[
            &[
                "campaign",
                "--visits",
                &path("visits.csv"),
                "--orders",
                &path("orders.csv"),
                "--spend",
                &path("spend.csv"),
            ][..],
            &tables,
            &[
                "--comments",
                &path("comments.csv"),
                "--brand",
                "Lumora",
                "--ranking",
                &ranking,
            ],
            &[
                "--emv",
                "likes=0.1,comments=0.5",
                "--summary",
                &text(&out),
                "--output",
                &text(&output),
            ],
        ]
        .concat(),
    );
    let document = summary(&out);
    assert!(document["against_ranking"]["creators"].as_u64().unwrap() >= 10);
    assert_eq!(document["sentiment"]["brand"], "Lumora");
    assert_eq!(document["sentiment"]["cells"].as_array().unwrap().len(), 6);
    assert!(number(&document["total"]["emv"]) > 0.0);
    let table = lines(&output);
    assert!(table[0].contains("predicted_rank") && table[0].contains("shapley_revenue"));
    let parts: BTreeSet<&str> = table[1..]
        .iter()
        .map(|l| l.split(',').next().unwrap())
        .collect();
    assert_eq!(parts, ["creator", "total", "unattributed"].into());
}

#[test]
fn a_ranking_is_held_against_what_its_creators_did() {
    let folder = tempfile::tempdir().unwrap();
    let ranking = file(
        folder.path(),
        "r.csv",
        "rank,creator_id,score\n1,a,0.9\n2,b,0.8\n3,c,0.5\n4,d,0.2\n5,nobody,0.1\n",
    );
    let outcomes = file(
        folder.path(),
        "o.csv",
        "part,creator_id,visits,revenue\ncreator,b,1,50\ncreator,a,2,40\ncreator,c,3,10\ncreator,d,4,0\ntotal,,10,100\n",
    );
    let creators = file(
        folder.path(),
        "c.csv",
        "creator_id,followers\na,10\nb,20\nc,30\nd,40\n",
    );
    let out = folder.path().join("e.json");
    let evaluate = |more: &[&str]| {
        let base = [
            "evaluate-ranking",
            "--ranking",
            &ranking,
            "--outcomes",
            &outcomes,
            "--creators",
            &creators,
            "--summary",
            &text(&out),
        ];
        success(&[&base[..], more].concat());
        summary(&out)
    };
    // Discounted gains of 40, 50, 10, 0 over those of 50, 40, 10, 0.
    let log = |x: f64| x.log2();
    let expected = (40.0 + 50.0 / log(3.0) + 5.0) / (50.0 + 40.0 / log(3.0) + 5.0);
    let found = evaluate(&[]);
    assert!((number(&found["orders"][0]["ndcg_10"]) - expected).abs() < 1e-9);
    assert_eq!(found["orders"][1]["order"], "followers_only");
    assert_eq!(
        (
            found["creators"].as_u64(),
            found["without_outcome"].as_u64()
        ),
        (Some(4), Some(1))
    );
    // By visits the same order is the worst.
    let found = evaluate(&["--gain", "visits", "--good-from", "4"]);
    assert_eq!(found["orders"][0]["auc"], 0.0);
    assert_eq!(found["orders"][1]["auc"], 1.0);
    let error = failure(
        &[
            "evaluate-ranking",
            "--ranking",
            &ranking,
            "--outcomes",
            &outcomes,
            "--gain",
            "likes",
        ],
        2,
    );
    assert!(error.contains("likes"), "{error}");
}

#[test]
#[ignore = "a timing, for a quiet machine"]
fn a_million_visits_in_ten_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let [visits, orders, spend] = write(folder.path(), &planted(1_000_000, 100_000, 300));
    let begun = Instant::now();
    success(&[
        "campaign", "--visits", &visits, "--orders", &orders, "--spend", &spend,
    ]);
    let seconds = begun.elapsed().as_secs_f64();
    assert!(seconds < 10.0, "{seconds} s");
}
