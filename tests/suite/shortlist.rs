//! The shortlist: kept by the page, exported, read by `rank` and `plan`, imported again.

#![allow(clippy::unwrap_used, reason = "a test's helpers stop it by panicking")]

use crate::browser::Browser;
use crate::explore::{HELPERS, opened};
use crate::program::{failure, file, lines, run, sample, stderr, success, text};
use crate::report::demo;
use serde_json::json;
use std::path::Path;

/// The bytes of the last file that the page has handed out.
fn handed_out(page: &mut Browser) -> Vec<u8> {
    let bytes =
        page.eval("given[given.length - 1].arrayBuffer().then((b) => [...new Uint8Array(b)])");
    serde_json::from_value(bytes).unwrap()
}

/// `rank` on the sample with a shortlist; its table's creators, and what it said.
fn ranked_of(folder: &Path, shortlist: &str) -> (Vec<String>, String) {
    let output = text(&folder.join("again.csv"));
    let tables = ["creators", "posts"].map(|name| sample(&format!("{name}.csv")));
    let done = run(&[
        "rank",
        "--niche=beauty and skincare",
        "--creators",
        &tables[0],
        "--posts",
        &tables[1],
        "--from-shortlist",
        shortlist,
        "--output",
        &output,
    ]);
    assert!(done.status.success(), "{}", stderr(&done));
    let rows = lines(&output);
    let ids = rows[1..]
        .iter()
        .map(|row| row.split(',').nth(1).unwrap().to_owned());
    (ids.collect(), stderr(&done))
}

#[test]
fn the_shortlist_is_kept_exported_read_by_the_program_and_imported_again() {
    let Some(mut page) = opened() else { return };
    let folder = tempfile::tempdir().unwrap();
    page.eval("$$('#ranking-table .star').slice(0, 3).forEach((s) => s.click())");
    assert_eq!(page.eval("$$('#shortlist-box tbody tr').length"), 3);
    page.eval("put('#shortlist-box tbody tr:nth-child(2) select', 'declined', 'change')");
    page.eval("put('#shortlist-box tbody tr:nth-child(3) .note-input', '=1+1, \"asks\" for\\ta lot', 'change')");
    // It is there again after the page was closed, and the stars say so.
    page.open(&demo().join("report.html"));
    page.eval(HELPERS);
    assert_eq!(
        page.eval("$$('#shortlist-box select').map((s) => s.value)"),
        json!(["proposed", "declined", "proposed"])
    );
    assert_eq!(
        page.eval("$$('#ranking-table .star[aria-pressed=true]').length"),
        3
    );
    assert!(
        page.eval("$('[data-shortlist-kept]').textContent")
            .as_str()
            .unwrap()
            .contains("kept in this browser")
    );
    // Both exports are read by the program: the declined one is no candidate.
    page.eval("press('#shortlist', 'Export .csv')");
    assert_eq!(page.eval("window.givenName"), "shortlist.csv");
    let csv = handed_out(&mut page);
    let csv_text = String::from_utf8(csv.clone()).unwrap();
    assert!(
        csv_text.starts_with("\u{feff}creator_id,handle,rank,status,note,"),
        "{csv_text}"
    );
    assert!(csv_text.contains("\"'=1+1, \"\"asks\"\" for"), "{csv_text}");
    page.eval("press('#shortlist', 'Export .xlsx')");
    assert_eq!(page.eval("window.givenName"), "shortlist.xlsx");
    let xlsx = handed_out(&mut page);
    let as_csv = file(folder.path(), "shortlist.csv", &csv);
    let as_xlsx = file(folder.path(), "shortlist.xlsx", &xlsx);
    let (by_csv, said) = ranked_of(folder.path(), &as_csv);
    assert!(
        said.contains("shortlist: 3 creators, 1 of them declined"),
        "{said}"
    );
    assert_eq!(by_csv.len(), 2);
    assert_eq!(ranked_of(folder.path(), &as_xlsx).0, by_csv);
    // Taken off, and in again by the file.
    page.eval("$$('#shortlist-box button[aria-label^=Take]').forEach(() => $('#shortlist-box button[aria-label^=Take]').click())");
    assert_eq!(page.eval("$$('#shortlist-box tbody tr').length"), 0);
    let import = |page: &mut Browser, csv: &str| {
        page.eval(&format!(
            "(async () => {{ const d = new DataTransfer(); d.items.add(new File([{}], 's.csv')); $('#import-file').files = d.files; $('#import-file').dispatchEvent(new Event('change')); await new Promise((r) => setTimeout(r, 100)); return $('#import-said').textContent; }})()",
            json!(csv)
        ))
    };
    let said = import(&mut page, &csv_text);
    assert!(said.as_str().unwrap().starts_with("3 creators imported."));
    assert_eq!(
        page.eval("$$('#shortlist-box select').map((s) => s.value)"),
        json!(["proposed", "declined", "proposed"])
    );
    assert_eq!(
        page.eval("$$('#shortlist-box .note-input')[2].value"),
        "=1+1, \"asks\" for\ta lot"
    );
    // A spreadsheet's semicolons, a status that nobody knows, a creator of another report.
    let said = import(
        &mut page,
        "creator_id;status;note\r\ncr147;booked;ok\r\nnobody;maybe;\r\n",
    );
    for part in ["2 creators imported", "exports: 1.", "was here: 1."] {
        assert!(said.as_str().unwrap().contains(part), "{said}");
    }
    let said = import(&mut page, "name\nx\n");
    assert!(
        said.as_str().unwrap().contains("no column creator_id"),
        "{said}"
    );
    assert_eq!(page.complaints(), Vec::<String>::new());
}

#[test]
fn where_nothing_can_be_kept_the_page_says_so() {
    let Some(mut page) = Browser::start() else {
        return;
    };
    page.call("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": "Object.defineProperty(window, 'localStorage', { get() { throw new Error('refused'); } })" }));
    page.open(&demo().join("report.html"));
    page.eval("document.querySelector('#ranking-table .star').click()");
    let said = page.eval("document.querySelector('[data-shortlist-kept]').textContent");
    assert!(said.as_str().unwrap().contains("keeps nothing"), "{said}");
    assert_eq!(
        page.eval("document.querySelectorAll('#shortlist-box tbody tr').length"),
        1
    );
    assert_eq!(page.complaints(), Vec::<String>::new());
}

#[test]
fn a_shortlist_bounds_rank_and_plan_and_says_what_it_does_not_know() {
    let folder = tempfile::tempdir().unwrap();
    let list = file(
        folder.path(),
        "list.csv",
        "creator_id,status\n@CR147,\ncr211,Declined\ncr159,booked\nghost,proposed\n",
    );
    let (ids, said) = ranked_of(folder.path(), &list);
    assert_eq!(ids.len(), 2, "{ids:?}");
    assert!(
        ids.iter()
            .all(|id| ["cr147", "cr159"].contains(&id.as_str()))
    );
    assert!(
        said.contains(
            "warning: shortlist: 4 creators, 1 of them declined, 1 not in the table of creators (ghost)"
        ),
        "{said}"
    );
    let tables = ["creators", "posts"].map(|name| sample(&format!("{name}.csv")));
    let plan = text(&folder.path().join("plan.csv"));
    let excluded = text(&folder.path().join("excluded.csv"));
    let of = |list: &str| {
        [
            "plan",
            "--budget=3000",
            "--creators",
            &tables[0],
            "--posts",
            &tables[1],
            "--shortlist",
            list,
            "--output",
            &plan,
            "--excluded",
            &excluded,
        ]
        .map(str::to_owned)
    };
    let typed = of(&list);
    success(&typed.each_ref().map(String::as_str));
    let chosen = lines(&plan);
    assert!(chosen.len() > 1, "{chosen:?}");
    assert!(
        chosen[1..]
            .iter()
            .all(|row| row.contains("cr147") || row.contains("cr159"))
    );
    let reasons = lines(&excluded).join("\n");
    assert!(reasons.contains("not on the shortlist, or declined there"));
    let nobody = file(
        folder.path(),
        "none.csv",
        "creator_id,status\nghost,\ncr147,declined\n",
    );
    let typed = of(&nobody);
    let error = failure(&typed.each_ref().map(String::as_str), 2);
    assert!(error.contains("no creator is left"), "{error}");
}
