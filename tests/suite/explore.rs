//! The reader's own part of the page: weights and must-haves, a creator's page, side by side; phone, paper and the map.

#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    reason = "a test's helpers stop it by panicking, and others use them"
)]

use crate::browser::Browser;
use crate::program::{lines, sample, text};
use crate::report::demo;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The sample's page, with helpers for the steps of these tests.
pub fn opened() -> Option<Browser> {
    let mut page = Browser::start()?;
    page.open(&demo().join("report.html"));
    page.eval(HELPERS);
    Some(page)
}

/// In the page: what a hand does, each step awaited until the screen has followed.
pub const HELPERS: &str = r"
window.$ = (s) => document.querySelector(s);
window.$$ = (s) => [...document.querySelectorAll(s)];
window.drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))));
window.put = (s, value, event = 'input') => { const e = $(s); e.value = value; e.dispatchEvent(new Event(event, { bubbles: true })); return drawn(); };
window.press = (within, name) => { const b = $$(within + ' button').find((b) => b.textContent.trim() === name); if (!b) throw new Error('no button ' + name); b.click(); return drawn(); };
window.names = () => $$('#ranking-table > .scroll tbody th button').map((b) => b.textContent);
document.execCommand = () => { window.copied = $('textarea').value; return true; };
Object.defineProperty(window, 'isSecureContext', { value: false, configurable: true });
window.given = [];
URL.createObjectURL = (blob) => { given.push(blob); return 'blob:null/none'; };
HTMLAnchorElement.prototype.click = function () { window.givenName = this.download; };
0";

/// The ranking as the page copies it, by creator: rank, its ends, score, its ends.
fn copied(page: &mut Browser) -> BTreeMap<String, [f64; 6]> {
    // The button says that it has copied, for a moment.
    page.eval(
        "$$('#ranking-table .push button').find((b) => b.textContent.startsWith('Cop')).click()",
    );
    let csv = page.eval("window.copied").as_str().unwrap().to_owned();
    columns(&csv)
}

/// The same columns of any CSV that has them.
fn columns(csv: &str) -> BTreeMap<String, [f64; 6]> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let head = reader.headers().unwrap().clone();
    let at = |name: &str| head.iter().position(|h| h == name).unwrap();
    let id = at("creator_id");
    let wanted = [
        "rank",
        "rank_lower",
        "rank_upper",
        "score",
        "score_lower",
        "score_upper",
    ]
    .map(at);
    reader
        .records()
        .map(|row| {
            let row = row.unwrap();
            (row[id].to_owned(), wanted.map(|i| row[i].parse().unwrap()))
        })
        .collect()
}

/// Ranks to the number, scores to far more digits than anybody prints.
fn assert_same(found: &BTreeMap<String, [f64; 6]>, expected: &BTreeMap<String, [f64; 6]>) {
    assert_eq!(
        found.keys().collect::<Vec<_>>(),
        expected.keys().collect::<Vec<_>>()
    );
    for (id, own) in expected {
        let got = found[id];
        assert_eq!(got[..3], own[..3], "ranks of {id}");
        for (g, o) in got[3..].iter().zip(&own[3..]) {
            assert!((g - o).abs() < 1e-9, "scores of {id}: {got:?}, not {own:?}");
        }
    }
}

#[test]
fn with_the_runs_weights_the_page_gives_the_scores_ranks_and_intervals_of_the_table() {
    let Some(mut page) = opened() else { return };
    let table = columns(&std::fs::read_to_string(demo().join("ranking.csv")).unwrap());
    let untouched = copied(&mut page);
    // A slider moved away and back again: now everything is reckoned in the page, by the same weights.
    page.eval("put('#weight-relevance', '60')");
    let moved = copied(&mut page);
    assert!(table.iter().any(|(id, own)| moved[id][3..] != own[3..]));
    page.eval("put('#weight-relevance', '35')");
    let said = page.eval("$('#explore-said').textContent");
    assert!(
        said.as_str().unwrap().starts_with("Your weights:"),
        "{said}"
    );
    assert_same(&copied(&mut page), &table);
    page.eval("press('#explore', 'Back to the run’s ranking')");
    assert_eq!(copied(&mut page), untouched);
    assert_eq!(page.complaints(), Vec::<String>::new());
}

#[test]
fn other_weights_and_must_haves_give_what_rank_gives() {
    let Some(mut page) = opened() else { return };
    page.eval("put('#weight-engagement', '60')");
    page.eval("put('#weight-price', '20')");
    page.eval("put('#must-min_followers', '5K')");
    page.eval("put('#must-min_posts', '15')");
    let folder = tempfile::tempdir().unwrap();
    let output = text(&folder.path().join("ranking.csv"));
    let tables = ["creators", "posts", "comments"].map(|name| sample(&format!("{name}.csv")));
    crate::program::success(&[
        "rank",
        "--niche=beauty and skincare",
        "--creators",
        &tables[0],
        "--posts",
        &tables[1],
        "--comments",
        &tables[2],
        "--weights",
        "engagement=0.6,price=0.2",
        "--min-followers=5000",
        "--min-posts=15",
        "--output",
        &output,
    ]);
    let expected = columns(&std::fs::read_to_string(output).unwrap());
    assert!((5..28).contains(&expected.len()), "{}", expected.len());
    assert_same(&copied(&mut page), &expected);
    // The flags that the page names ask for the same.
    let flags = page.eval("$('#explore-said code').textContent");
    for flag in [
        "engagement=0.387",
        "--min-followers 5000",
        "--min-posts 15",
        "price=0.129",
    ] {
        assert!(flags.as_str().unwrap().contains(flag), "{flags}");
    }
}

#[test]
fn every_preset_and_slider_answers_at_once_and_says_so() {
    let Some(mut page) = opened() else { return };
    let as_ranked = page.eval("names()");
    // Presets: exactly one is pressed, its weights stand at the sliders, and they sum to all of the score.
    let presets = page.eval("$$('#explore .presets button').map((b) => b.textContent)");
    let presets: Vec<String> = serde_json::from_value(presets).unwrap();
    for wanted in [
        "As ranked",
        "Niche fit first",
        "Engagement first",
        "Brand safety first",
        "Price first",
    ] {
        assert!(presets.iter().any(|p| p == wanted), "{presets:?}");
    }
    for preset in &presets {
        page.eval(&format!("press('#explore .presets', {})", json!(preset)));
        assert_eq!(
            page.eval("$$('#explore .presets [aria-pressed=true]').map((b) => b.textContent)"),
            json!([preset])
        );
        let sum = page
            .eval("$$('.weight output').reduce((s, o) => s + parseFloat(o.textContent), 0)")
            .as_f64()
            .unwrap();
        assert!((sum - 100.0).abs() < 0.5, "{preset}: {sum}");
    }
    page.eval("press('#explore .presets', 'As ranked')");
    assert_eq!(page.eval("names()"), as_ranked);
    // Sliders: each alone decides the order when the others are down.
    let sliders = page.eval("$$('.weight input').map((i) => i.id)");
    let sliders: Vec<String> = serde_json::from_value(sliders).unwrap();
    assert_eq!(sliders.len(), 7);
    for alone in &sliders {
        page.eval(&format!("put('#{alone}', '100')"));
        for other in sliders.iter().filter(|id| *id != alone) {
            page.eval(&format!("put('#{other}', '0')"));
        }
        let own = page.eval(&format!(
            "$('#{alone}').closest('.weight').querySelector('output').textContent"
        ));
        assert_eq!(own, "100 %", "{alone}");
        // All at nothing is no ranking: the last one stays.
        page.eval(&format!("put('#{alone}', '0')"));
        assert_ne!(page.eval(&format!("$('#{alone}').value")), "0");
    }
    page.eval("press('#explore', 'Back to the run’s ranking')");
    assert_eq!(page.eval("names()"), as_ranked);
    assert_eq!(page.complaints(), Vec::<String>::new());
}

#[test]
fn every_must_have_leaves_those_who_meet_it_and_says_so() {
    let Some(mut page) = opened() else { return };
    let as_ranked = page.eval("names()");
    // Must-haves: each leaves only those who meet it, ranked from 1.
    for (field, value, event, cell, least) in [
        ("min_followers", "20,000", "input", 3, true),
        ("max_followers", "20K", "input", 3, false),
        ("min_relevance", "0.98", "input", 5, true),
        ("min_safety", "1", "input", 8, true),
        ("min_authenticity", "0.995", "input", 9, true),
        ("max_price", "300", "input", 10, false),
    ] {
        page.eval(&format!("put('#must-{field}', '{value}', '{event}')"));
        let kept = page.eval(&format!(
            "$$('#ranking-table > .scroll tbody tr').map((r) => parseFloat(r.children[{cell}].textContent.replace(/,/g, '')))"
        ));
        let kept: Vec<f64> = serde_json::from_value(kept).unwrap();
        let bound = match value {
            "20,000" | "20K" => 20_000.0,
            other => other.parse::<f64>().unwrap() - 0.005,
        };
        assert!(!kept.is_empty() && kept.len() < 28, "{field}: {kept:?}");
        assert!(
            kept.iter().all(|v| if least {
                *v >= bound
            } else {
                *v <= bound + 0.01
            }),
            "{field}: {kept:?}"
        );
        let said = page.eval("$('#explore-said').textContent");
        let said = said.as_str().unwrap();
        assert!(
            said.contains("of 28 creators meet the must-haves"),
            "{said}"
        );
        let first = page.eval("$('#ranking-table > .scroll tbody td.n').textContent");
        assert!(first.as_str().unwrap().starts_with("1 "), "{first}");
        page.eval(&format!("put('#must-{field}', '', '{event}')"));
    }
    for field in ["platform", "language", "country", "kind", "niche"] {
        let chosen = format!(
            "$('#must-{field}') ? put('#must-{field}', $('#must-{field}').options[1].value, 'change').then(() => names().length) : 1"
        );
        let n = page.eval(&chosen).as_u64().unwrap();
        assert!((1..28).contains(&n), "{field}: {n}");
        page.eval(&format!(
            "$('#must-{field}') && put('#must-{field}', '', 'change')"
        ));
    }
    page.eval("put('#must-min_posts', '1000')");
    let nobody = page.eval("$('#ranking-table tbody').textContent");
    assert!(
        nobody.as_str().unwrap().starts_with("Nothing fits"),
        "{nobody}"
    );
    page.eval("put('#must-min_posts', 'many')");
    assert_eq!(
        page.eval("$('#must-min_posts').getAttribute('aria-invalid')"),
        "true"
    );
    // While anything is changed, the answer and the plan say that they are the run's.
    assert_eq!(
        page.eval("$$('[data-run-answer]').filter((n) => !n.hidden).length"),
        2
    );
    page.eval("press('#explore', 'Back to the run’s ranking')");
    assert_eq!(page.eval("names()"), as_ranked);
    assert_eq!(
        page.eval("$$('[data-run-answer]').filter((n) => !n.hidden).length"),
        0
    );
    assert_eq!(page.complaints(), Vec::<String>::new());
}

#[test]
fn a_creators_page_follows_the_weights_and_shows_tiles_with_units() {
    let Some(mut page) = opened() else { return };
    page.eval("press('#explore .presets', 'Engagement first')");
    page.eval("$('#campaign-table tbody th button').click()");
    let tiles = page.eval("$$('#drawer .tiles').map((t) => t.children.length)");
    let tiles: Vec<usize> = serde_json::from_value(tiles).unwrap();
    assert!(tiles.iter().all(|n| *n <= 12), "{tiles:?}");
    let words = page.eval("$$('#drawer .tile').map((t) => t.textContent).join('|')");
    let words = words.as_str().unwrap();
    for unit in [
        "followers",
        "ROAS",
        "CPA",
        "per order",
        "EUR",
        " %",
        "conversion rate",
    ] {
        assert!(words.contains(unit), "{unit}: {words}");
    }
    assert!(!words.contains('_'), "{words}");
    page.eval("$('#drawer button').click(); $('#ranking-table tbody th button').click()");
    let weight = page.eval("$$('#parts tbody tr').find((r) => r.textContent.startsWith('Engagement')).children[4].textContent");
    assert_eq!(weight, "0.500");
    let headings = page.eval("$$('#drawer h3').map((h) => h.textContent.split(' ')[0])");
    for title in ["Score", "Evidence", "Forecast", "Posts"] {
        assert!(
            headings.as_array().unwrap().contains(&json!(title)),
            "{headings}"
        );
    }
    let link = page.eval("$('#drawer .links a').href + ' ' + $('#drawer .links a').rel");
    assert!(link.as_str().unwrap().starts_with("https://"), "{link}");
    assert!(link.as_str().unwrap().ends_with("noopener noreferrer"));
    // From here a creator goes onto the list, with status and note.
    page.eval("$('#drawer .star').click()");
    page.eval("put('#drawer select', 'contacted', 'change')");
    page.eval("put('#drawer .note-input', 'wrote on Monday', 'change')");
    page.eval("$('#drawer button').click()");
    assert_eq!(page.eval("$('#shortlist-box select').value"), "contacted");
    assert_eq!(
        page.eval("$('#shortlist-box .note-input').value"),
        "wrote on Monday"
    );
    assert_eq!(page.complaints(), Vec::<String>::new());
}

#[test]
fn four_creators_stand_side_by_side_and_a_fifth_waits() {
    let Some(mut page) = opened() else { return };
    page.eval("$$('#ranking-table td.pick input').slice(0, 4).forEach((b) => b.click())");
    assert_eq!(
        page.eval("$$('#ranking-table td.pick input')[4].disabled"),
        true
    );
    page.eval("press('#ranking-table', 'Compare 4')");
    assert_eq!(
        page.eval("$$('#ranking-table .compare thead th').length"),
        4
    );
    let shown = page.eval("$('#ranking-table .compare').textContent");
    for line in ["Niche fit adds", "Price a post", "Shortlist", "Profile"] {
        assert!(shown.as_str().unwrap().contains(line), "{shown}");
    }
    // It follows the weights, and closes.
    let before = page.eval("$('#ranking-table .compare').textContent");
    page.eval("press('#explore .presets', 'Price first')");
    assert_ne!(
        page.eval("$('#ranking-table .compare').textContent"),
        before
    );
    page.eval("press('#ranking-table .compare', 'Close')");
    assert_eq!(page.eval("$$('#ranking-table .compare *').length"), 0);
    assert_eq!(
        page.eval(
            "$$('#ranking-table td.pick input').filter((b) => b.disabled || b.checked).length"
        ),
        0
    );
}

fn width(page: &mut Browser, width: u32) {
    page.call(
        "Emulation.setDeviceMetricsOverride",
        &json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500 }),
    );
}

#[test]
fn a_phone_shows_a_card_per_creator_with_every_value_named() {
    let Some(mut page) = opened() else { return };
    width(&mut page, 390);
    page.eval("$('#ranking-table .star').click()");
    page.eval("drawn()");
    for table in [
        "#ranking-table > .scroll",
        "#shortlist-box .scroll",
        "#plan-table > .scroll",
    ] {
        let inner = page.eval(&format!(
            "$('{table}').scrollWidth - $('{table}').clientWidth"
        ));
        assert_eq!(inner, 0, "{table} scrolls sideways");
        let shown = page.eval(&format!(
            "getComputedStyle($('{table} tbody tr')).display + ' ' + getComputedStyle($('{table} tbody td[data-label]'), '::before').content"
        ));
        assert!(shown.as_str().unwrap().starts_with("grid \""), "{shown}");
    }
    // Without headings the list is sorted by a choice.
    let sorter = "#ranking-table .sorter select";
    page.eval(&format!("put('{sorter}', [...$('{sorter}').options].findIndex((o) => o.textContent === 'Followers'), 'change')"));
    let followers = page.eval("$$('#ranking-table td[data-label=Followers]').map((c) => Number(c.textContent.replace(/,/g, '')))");
    let followers: Vec<f64> = serde_json::from_value(followers).unwrap();
    assert!(followers.len() > 5 && followers.is_sorted_by(|a, b| a >= b));
    // The controls fit, opened.
    page.eval("$('#explore').open = true");
    assert!(
        page.eval("document.documentElement.scrollWidth")
            .as_u64()
            .unwrap()
            <= 390
    );
}

#[test]
fn paper_holds_every_row_and_whole_charts_from_any_window() {
    let Some(mut page) = opened() else { return };
    let ranked = lines(demo().join("ranking.csv")).len() - 1;
    let left_out = lines(demo().join("excluded.csv")).len() - 1;
    for window in [390, 1400] {
        width(&mut page, window);
        page.eval("drawn()");
        let before = page.eval("$$('#ranking-table > .scroll tbody tr').length");
        page.eval("dispatchEvent(new Event('beforeprint'))");
        assert_eq!(
            page.eval("[$$('#ranking-table > .scroll tbody tr').length, $$('#excluded-table tbody tr').length]"),
            json!([ranked, left_out])
        );
        let charts = page.eval("$$('.chart svg').map((s) => [s.getBoundingClientRect().width, s.closest('.chart').getBoundingClientRect().width])");
        let charts: Vec<[f64; 2]> = serde_json::from_value(charts).unwrap();
        assert!(charts.len() >= 5);
        for [drawn, room] in charts {
            assert!(
                (drawn - 660.0).abs() < 1.0 && (room - 660.0).abs() < 1.0,
                "{window}: {drawn} in {room}"
            );
        }
        page.eval("dispatchEvent(new Event('afterprint'))");
        assert_eq!(
            page.eval("$$('#ranking-table > .scroll tbody tr').length"),
            before
        );
        assert!(
            page.eval("document.documentElement.scrollWidth")
                .as_u64()
                .unwrap()
                <= u64::from(window)
        );
    }
    let pdf = page.call("Page.printToPDF", &json!({}));
    assert!(pdf["data"].as_str().unwrap().len() > 50_000);
    page.eval("window.print = () => { window.printed = true; }; 0");
    page.eval("$('#print').click()");
    assert_eq!(page.eval("window.printed"), true);
    // The colours go round: the system's, light, dark.
    for colours in ["light", "dark", "as the system"] {
        page.eval("$('#theme').click()");
        assert_eq!(
            page.eval("$('#theme').getAttribute('aria-label')"),
            json!(format!("Colours: {colours}"))
        );
    }
}

#[test]
fn names_on_the_map_do_not_overlap_and_no_colour_comes_twice() {
    let Some(mut page) = opened() else { return };
    for window in [390, 1280] {
        width(&mut page, window);
        page.eval("drawn()");
        let names = page.eval("$$('#niches .chart svg text').map((t) => { const b = t.getBoundingClientRect(); return { text: t.textContent, colour: t.getAttribute('fill'), box: [b.left, b.top, b.right, b.bottom] }; })");
        let names = names.as_array().unwrap();
        assert_eq!(names.len(), 10, "{names:?}");
        for (i, a) in names.iter().enumerate() {
            for b in &names[i + 1..] {
                let at = |n: &Value, k: usize| n["box"][k].as_f64().unwrap();
                let apart = at(a, 2) <= at(b, 0)
                    || at(b, 2) <= at(a, 0)
                    || at(a, 3) <= at(b, 1)
                    || at(b, 3) <= at(a, 1);
                assert!(apart, "{window}: {a} on {b}");
                assert_ne!(a["colour"], b["colour"], "{a} and {b}");
            }
        }
    }
    let said = page.eval("$('#niches .note').textContent");
    assert!(!said.as_str().unwrap().contains("silhouette"), "{said}");
    // The funnel is drawn from 0: lengths are in the ratio of the counts.
    let steps = page.eval("$$('#funnel tbody tr').map((r) => [Number(r.children[1].textContent.replace(/,/g, '')), r.querySelector('.scale i').getBoundingClientRect().width])");
    let steps: Vec<[f64; 2]> = serde_json::from_value(steps).unwrap();
    for step in &steps[1..] {
        let expected = steps[0][1] * step[0] / steps[0][0];
        assert!((step[1] - expected.max(1.0)).abs() < 0.6, "{steps:?}");
    }
}
