//! The page in a real browser: it asks nobody, it does what its buttons say, and hostile text stays text.

#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test's helpers stop it by panicking, and say aloud what they skip"
)]

use crate::browser::Browser;
use crate::program::{failure, file, lines, run, stderr, success};
use microfluence::report::{read_folder, report_page};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The sample's folder, made once for all tests of this file.
pub fn demo() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("report-demo");
        let _ = std::fs::remove_dir_all(&folder);
        success(&["demo", "--out", folder.to_str().unwrap()]);
        folder
    })
}

const FIRST_COLUMN: &str = "[...document.querySelectorAll('#ranking-table tbody tr')].map(r => r.querySelector('th button').textContent)";

#[test]
#[expect(clippy::too_many_lines, reason = "one visit of a page, step by step")]
fn the_sample_opens_sorts_filters_compares_and_shows_a_creator() {
    let Some(mut page) = Browser::start() else {
        return;
    };
    page.open(&demo().join("report.html"));
    assert_eq!(page.requests(), Vec::<String>::new());
    let sections = page.eval("[...document.querySelectorAll('main > section')].map(s => s.id)");
    for id in [
        "ranking",
        "sentiment",
        "niches",
        "engagement",
        "left-out",
        "method",
        "manifest",
    ] {
        assert!(
            sections.as_array().unwrap().contains(&json!(id)),
            "{sections}"
        );
    }
    assert!(
        page.eval("document.querySelectorAll('.chart svg').length")
            .as_u64()
            .unwrap()
            >= 4
    );
    let ranked = lines(demo().join("ranking.csv")).len() - 1;

    // Sorting by followers turns the order, twice turns it back.
    let press = |name: &str| {
        format!(
            "[...document.querySelectorAll('#ranking-table thead button')].find(b => b.textContent === '{name}').click()"
        )
    };
    let followers = "[...document.querySelectorAll('#ranking-table tbody tr')].map(r => Number(r.children[3].textContent.replace(/,/g, '')))";
    page.eval(&press("Followers"));
    let numbers = |v: &Value| {
        v.as_array()
            .unwrap()
            .iter()
            .map(|n| n.as_f64().unwrap())
            .collect::<Vec<_>>()
    };
    let down = numbers(&page.eval(followers));
    assert!(
        down.len() > 5 && down.is_sorted_by(|a, b| a >= b),
        "{down:?}"
    );
    page.eval(&press("Followers"));
    let up = numbers(&page.eval(followers));
    assert!(up.is_sorted(), "{up:?}");
    assert_eq!(
        page.eval(
            "document.querySelector('#ranking-table th[aria-sort]').getAttribute('aria-sort')"
        ),
        "ascending"
    );

    // The search keeps what fits and says how many.
    let some = page.eval(FIRST_COLUMN)[2].as_str().unwrap().to_owned();
    let search = |text: &str| {
        format!(
            "(() => {{ const i = document.querySelector('#ranking-table input[type=search]'); i.value = {}; i.dispatchEvent(new Event('input')); }})()",
            json!(text)
        )
    };
    page.eval(&search(&some));
    assert_eq!(page.eval(FIRST_COLUMN), json!([some]));
    page.eval(&search("nobody is called so"));
    assert!(
        page.eval("document.querySelector('#ranking-table tbody').textContent")
            .as_str()
            .unwrap()
            .starts_with("Nothing fits")
    );
    page.eval(&search(""));
    // A filter leaves only its own.
    page.eval("(() => { const s = document.querySelector('#ranking-table select'); s.value = 'TikTok'; s.dispatchEvent(new Event('change')); })()");
    let platforms = page.eval("[...new Set([...document.querySelectorAll('#ranking-table tbody tr')].map(r => r.querySelector('th small').textContent.split(' · ')[0]))]");
    assert_eq!(platforms, json!(["TikTok"]));
    page.eval("(() => { const s = document.querySelector('#ranking-table select'); s.value = ''; s.dispatchEvent(new Event('change')); })()");
    // Two marked rows stand side by side.
    page.eval("[...document.querySelectorAll('#ranking-table tbody input')].slice(0, 2).forEach(b => b.click())");
    page.eval("[...document.querySelectorAll('#ranking-table button')].find(b => b.textContent === 'Compare 2').click()");
    assert_eq!(
        page.eval("document.querySelectorAll('#ranking-table .compare thead th').length"),
        2
    );

    // The copied CSV holds every creator that is ranked, once.
    page.eval("document.execCommand = () => { window.copied = document.querySelector('textarea').value; return true; }; Object.defineProperty(window, 'isSecureContext', { value: false }); 0");
    page.eval("[...document.querySelectorAll('#ranking-table button')].find(b => b.textContent === 'Copy as CSV').click()");
    assert_eq!(
        page.eval("window.copied.trim().split('\\n').length"),
        ranked + 1
    );

    // A creator opens with the parts of the score, which add up to it, and closes again.
    page.eval("document.querySelector('#ranking-table tbody th button').click()");
    assert_eq!(page.eval("document.getElementById('drawer').open"), true);
    let sum = page.eval("[...document.querySelectorAll('#parts tbody tr')].reduce((s, r) => s + Number(r.children[3].textContent), 0)");
    let title = page.eval("[...document.querySelectorAll('#drawer h3')].map(h => h.textContent).find(t => t.startsWith('Score'))");
    let score: f64 = title.as_str().unwrap()[6..10].parse().unwrap();
    assert!(
        (sum.as_f64().unwrap() - score).abs() < 0.01,
        "{sum} {title}"
    );
    page.eval("document.querySelector('#drawer button').click()");
    assert_eq!(page.eval("document.getElementById('drawer').open"), false);
    assert_eq!(page.complaints(), Vec::<String>::new());
    assert_eq!(page.requests(), Vec::<String>::new());

    // A phone's width is enough.
    page.call(
        "Emulation.setDeviceMetricsOverride",
        &json!({ "width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": true }),
    );
    assert!(
        page.eval("document.documentElement.scrollWidth")
            .as_u64()
            .unwrap()
            <= 390
    );
}

/// A folder in which everything that people can name is hostile.
fn hostile(folder: &Path) -> PathBuf {
    let long = "long ".repeat(2000);
    let evil = [
        "</script><script>window.ran=1</script>",
        "<img src=x onerror=window.ran=1>",
        "=cmd|' /C calc'!A0",
        "\u{202e}gnp.exe",
        "{{script}}",
        &long,
    ];
    let in_quotes = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let (mut ranking, mut creators, mut quotes, mut niches) = (
        "rank,creator_id,score,score_lower,score_upper,rank_lower,rank_upper,niche,relevance,profile_url,email,site\n"
            .to_owned(),
        "creator_id,handle,name,platform,followers,bio\n".to_owned(),
        "comment_id,creator_id,label,created_at,text\n".to_owned(),
        "creator_id,niche_id,niche,membership,outlier,x,y\n".to_owned(),
    );
    for (i, text) in evil.iter().enumerate() {
        let q = in_quotes(text);
        ranking += &format!(
            "{0},{q},0.5,0.4,0.6,1,6,{q},0.5,javascript:window.ran=1,\"x@y.z<img src=x>\",data:text/html\n",
            i + 1
        );
        creators += &format!("{q},{q},{q},{q},{},{q}\n", 1000 + i);
        quotes += &format!("{q},{q},positive,2026-01-01T00:00:00Z,{q}\n");
        niches += &format!("{q},0,{q},0.9,false,{i},{i}\n");
    }
    for (name, text) in [
        ("ranking.csv", ranking),
        ("creators.csv", creators),
        ("quotes.csv", quotes),
        ("niches.csv", niches),
    ] {
        file(folder, name, text);
    }
    let drivers: Vec<Value> = evil.iter().map(|t| json!({ "term": t, "count": 3, "net_sentiment": 5.0, "contribution": 1.0, "quotations": [t] })).collect();
    let periods: Vec<Value> = (1..5).map(|i| json!({ "period": format!("2026-0{i}"), "n": 9, "net_sentiment": 3.0, "net_sentiment_lower": -1.0, "net_sentiment_upper": 7.0 })).collect();
    let brand = json!({ "brand": evil[0], "n": 9, "scored": 9, "net_sentiment": 3.0, "drivers": drivers, "by_period": periods });
    file(folder, "sentiment.json", json!({ "manifest": { "version": evil[1], "inputs": [{ "path": evil[0], "sha256": evil[1] }], "config": { "niche": evil[0] } }, "brands": [brand] }).to_string());
    file(folder, "ranking.json", json!({ "manifest": { "config": { "niche": evil[1] } }, "creators": [{ "creator_id": evil[0], "reasons": evil, "parts": [] }] }).to_string());
    success(&["report", "--from", folder.to_str().unwrap()]);
    folder.join("report.html")
}

#[test]
fn hostile_text_does_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let path = hostile(folder.path());
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains('\u{202e}'));
    assert_eq!(text.matches("</script>").count(), 3);
    let Some(mut page) = Browser::start() else {
        return;
    };
    page.open(&path);
    page.eval("document.querySelector('#ranking-table tbody th button').click()");
    assert_eq!(page.eval("window.ran"), Value::Null);
    assert_eq!(
        page.eval("[...document.querySelectorAll('main a, #drawer a')].map(a => a.href)"),
        json!([])
    );
    // A star, a note and an export of theirs are text as well.
    page.eval("document.querySelector('#drawer .star').click()");
    assert_eq!(
        page.eval("document.querySelectorAll('#shortlist-box tbody tr').length"),
        1
    );
    assert_eq!(
        page.eval(
            "document.querySelectorAll('img').length + document.querySelectorAll('script').length"
        ),
        3
    );
    assert!(
        page.eval("document.querySelector('#drawer h2').textContent")
            .as_str()
            .unwrap()
            .contains("<script>")
    );
    assert_eq!(
        (page.requests(), page.complaints()),
        (Vec::new(), Vec::new())
    );
    assert!(
        page.eval("document.documentElement.scrollWidth - innerWidth")
            .as_i64()
            .unwrap()
            <= 0
    );
    // The policy refuses a script that was brought in by whatever way.
    page.eval("(() => { const s = document.createElement('script'); s.textContent = 'window.ran = 2'; document.body.append(s); })()");
    assert_eq!(page.eval("window.ran"), Value::Null);
    // What is copied opens in a spreadsheet as text.
    page.eval("document.getElementById('drawer').close(); document.execCommand = () => { window.copied = document.querySelector('textarea').value; return true; }; Object.defineProperty(window, 'isSecureContext', { value: false }); 0");
    page.eval("[...document.querySelectorAll('#ranking-table button')].find(b => b.textContent === 'Copy as CSV').click()");
    assert!(
        page.eval("window.copied")
            .as_str()
            .unwrap()
            .contains("'=cmd")
    );
}

/// axe-core's script, out of the package registry where that can be reached.
fn axe() -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let done = Command::new("npm")
        .args(["pack", "axe-core@4.10.3", "--silent"])
        .current_dir(folder.path())
        .output();
    let unpacked = done.is_ok_and(|o| o.status.success())
        && Command::new("tar")
            .args(["xzf", "axe-core-4.10.3.tgz"])
            .current_dir(folder.path())
            .status()
            .is_ok_and(|s| s.success());
    if !unpacked {
        crate::program::skipped("axe-core cannot be fetched by npm, the page was not held to it");
        return None;
    }
    Some(std::fs::read_to_string(folder.path().join("package/axe.min.js")).unwrap())
}

#[test]
fn axe_finds_no_serious_fault_in_light_and_dark() {
    let Some(mut page) = Browser::start() else {
        return;
    };
    let Some(axe) = axe() else { return };
    for scheme in ["light", "dark"] {
        page.call(
            "Emulation.setEmulatedMedia",
            &json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] }),
        );
        page.open(&demo().join("report.html"));
        page.eval(&format!("{axe}; 0"));
        // Somebody on the list, two side by side, other weights: everything that shows only then is there.
        page.eval("[...document.querySelectorAll('#ranking-table .star[aria-pressed=false]')].slice(0, 1).forEach(s => s.click()); [...document.querySelectorAll('#ranking-table td.pick input')].slice(0, 2).forEach(b => b.click()); [...document.querySelectorAll('#ranking-table button')].find(b => b.textContent === 'Compare 2').click(); document.querySelectorAll('#explore .presets button')[2].click()");
        for (width, open) in [(1280, false), (390, false), (1280, true)] {
            page.call(
                "Emulation.setDeviceMetricsOverride",
                &json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500 }),
            );
            if open {
                page.eval("document.querySelector('#ranking-table tbody th button').click()");
            }
            let faults = page.eval("axe.run().then(r => r.violations.filter(v => ['serious', 'critical'].includes(v.impact)).map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + ' ' + n.failureSummary).join(' | ')))");
            assert_eq!(faults, json!([]), "{scheme}, {width}, creator open: {open}");
        }
    }
}

#[test]
fn a_page_of_a_thousand_creators_stays_below_six_megabytes() {
    let mut data = read_folder(demo()).unwrap();
    let times = |value: &mut Value, n: usize| {
        let rows = value.as_array().unwrap().clone();
        let all: Vec<Value> = rows.iter().cycle().take(n).cloned().collect();
        *value = all.into();
    };
    for table in [
        "ranking",
        "creators",
        "engagement",
        "niches",
        "authenticity",
    ] {
        times(&mut data["tables"][table]["rows"], 1000);
    }
    times(&mut data["tables"]["quotes"]["rows"], 4000);
    times(&mut data["documents"]["ranking"]["creators"], 1000);
    for part in ["ids", "values", "errors", "missing"] {
        times(&mut data["parts"][part], 1000);
    }
    let page = report_page(&data).unwrap();
    eprintln!("1,000 creators: {} kB", page.len() / 1000);
    assert!(page.len() < 6_000_000, "{}", page.len());
}

#[test]
fn a_folder_without_a_run_and_a_name_that_is_no_page_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let from = folder.path().to_str().unwrap();
    assert!(failure(&["report", "--from", from], 2).contains("microfluence run"));
    let output = run(&["report", "--from", from, "--output", "page.csv"]);
    assert!(stderr(&output).contains(".html"));
}
