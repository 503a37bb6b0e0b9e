//! Files as people have them: what each export of the shared folder is read as, and small ones of our own of the same
//! kinds.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test's helpers stop it by panicking, and say aloud what they skip"
)]

use microfluence_tables::dataset::{
    Cell, Column, ColumnMap, Kind, ReadOptions, Record, Rejects, Table, TableWriter, peek,
    read_table, tables_in,
};
use microfluence_tables::schema::{Comment, Creator, Post};
use microfluence_tables::{Error, Result};
use std::path::{Path, PathBuf};

fn by<T: Record>(map: &str, files: &[PathBuf]) -> Result<(Table<T>, Rejects)> {
    let maps = (!map.is_empty())
        .then(|| ColumnMap::load(map))
        .transpose()?;
    let options = ReadOptions {
        maps: maps.into_iter().collect(),
        ..ReadOptions::default()
    };
    let mut rejects = Rejects::new(false);
    let table = read_table(files, &options, &mut rejects)?;
    Ok((table, rejects))
}

/// Used and rejected rows of a file.
fn counts<T: Record>(map: &str, files: &[PathBuf]) -> (usize, usize) {
    let (table, rejects) = by::<T>(map, files).unwrap();
    (table.rows.len(), rejects.count())
}

fn notes<T: Record>(file: &Path) -> String {
    let (table, _) = by::<T>("", &[file.to_owned()]).unwrap();
    table.inputs[0].notes.join("\n")
}

fn exports() -> Option<PathBuf> {
    let places = ["../shared", "../../shared", "../../../shared", "shared"];
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let data = places
        .iter()
        .map(|place| root.join(place).join("data/exports"));
    let found = data.into_iter().find(|folder| folder.is_dir());
    if found.is_none() {
        eprintln!("SKIPPED: shared/data/exports is not here");
    }
    found
}

fn written(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

/// A file of a folder, and a map beside it.
struct In(PathBuf);

impl In {
    fn of(folder: &str) -> Option<Self> {
        Some(Self(exports()?.join(folder)))
    }

    fn file(&self, name: &str) -> Vec<PathBuf> {
        vec![self.0.join(name)]
    }

    fn map(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

#[test]
fn scrapers_json_is_read_wherever_its_records_stand() {
    let Some(at) = In::of("02-apify-instagram") else {
        return;
    };
    let nested = at.map("nested.map.toml");
    let profiles = at.file("dataset_instagram-profile-scraper.json");
    assert_eq!(counts::<Creator>(&nested, &profiles), (12, 0));
    assert_eq!(counts::<Post>(&nested, &profiles), (60, 0));
    let posts = at.file("dataset_instagram-scraper_posts.json");
    let comments = counts::<Comment>(&at.map("nestedc.map.toml"), &posts);
    assert!(comments.0 >= 30, "{comments:?}");
    let (table, _) = by::<Post>(&nested, &profiles).unwrap();
    assert_eq!(table.rows[0].hashtags.clone(), ["skincare", "retinol"]);
    let Some(at) = In::of("03-apify-tiktok") else {
        return;
    };
    let map = at.map("tt.map.toml");
    let names = [
        "dataset_tiktok-scraper.json",
        "dataset_tiktok-scraper.jsonl",
        "dataset_tiktok-scraper_dot.csv",
        "dataset_tiktok-scraper_slash.csv",
    ];
    for name in names {
        let (posts, rejects) = by::<Post>(&map, &at.file(name)).unwrap();
        assert_eq!((posts.rows.len(), rejects.count()), (60, 0), "{name}");
        assert_eq!(posts.rows[0].creator_id.as_str(), "lumi_skinnotes");
        let creators = by::<Creator>(&map, &at.file(name)).unwrap().0;
        assert_eq!(creators.rows.len(), 12, "{name}");
        assert_eq!(creators.rows[0].followers.unwrap().0, 12_400);
    }
}

#[test]
fn pages_of_an_api_are_read_and_empty_ones_are_empty() {
    let Some(at) = In::of("06-youtube-data-api") else {
        return;
    };
    let map = at.map("yt.map.toml");
    let (used, rejected) = counts::<Creator>(&map, &at.file("channels.json"));
    assert_eq!(used + rejected, 12);
    let videos = [at.file("videos_1.json"), at.file("videos_2.json")].concat();
    assert_eq!(counts::<Post>(&map, &videos), (60, 0));
    let pages = [
        "comments_1.json",
        "comments_2.json",
        "comments_3_empty.json",
        "comments_4_disabled.json",
    ];
    let pages: Vec<PathBuf> = pages.iter().map(|name| at.0.join(name)).collect();
    let (table, rejects) = by::<Comment>("youtube-data-api", &pages).unwrap();
    assert_eq!(rejects.count(), 0);
    let said: Vec<String> = table.inputs.iter().map(|i| i.notes.join("; ")).collect();
    assert!(said[2].contains("holds no row"), "{said:?}");
    assert!(said[3].contains("disabled comments"), "{said:?}");
    let array = by::<Comment>("youtube-data-api", &at.file("pages_array.json"))
        .unwrap()
        .0;
    assert_eq!(array.rows.len(), table.rows.len());
    let alone = by::<Comment>("youtube-data-api", &pages[2..3]).unwrap_err();
    assert!(alone.to_string().contains("holds no row"), "{alone}");
}

#[test]
fn documents_lines_and_scripts_are_told_by_their_content() {
    let Some(at) = In::of("07-yt-dlp") else {
        return;
    };
    let map = at.map("y.map.toml");
    let mut videos: Vec<PathBuf> = std::fs::read_dir(&at.0)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .collect();
    videos.sort();
    assert_eq!(counts::<Post>(&map, &videos), (6, 0));
    assert_eq!(counts::<Comment>(&map, &videos), (12, 0));
    let Some(at) = In::of("08-yt-comment-downloader") else {
        return;
    };
    let map = at.map("d.map.toml");
    let rows = |name: &str| {
        let (table, rejects) = by::<Comment>(&map, &at.file(name)).unwrap();
        let cells = rejects.kept().iter().map(|r| r.cell.value.clone());
        (table.rows, cells.collect::<Vec<_>>())
    };
    let plain = rows("vid00000000.jsonl");
    assert_eq!(plain.0.len() + plain.1.len(), 60);
    assert_eq!(rows("vid00000000.json"), plain);
    assert_eq!(rows("vid00000000_pretty.json"), plain);
    let Some(at) = In::of("17-x-api") else { return };
    let folder = tempfile::tempdir().unwrap();
    let x = written(
        folder.path(),
        "x.toml",
        "name=\"x\"\n[creators.columns]\ncreator_id=\"id\"\nhandle=\"username\"\nfollowers=\"public_metrics.followers_count\"\n\
         [comments.columns]\ncomment_id=\"id\"\ntext=\"text\"\nauthor_id=\"author_id\"\ncreated_at=\"created_at\"\n",
    );
    for name in ["page_1.json", "twarc.jsonl"] {
        assert_eq!(counts::<Comment>(&x, &at.file(name)), (60, 0), "{name}");
        assert_eq!(counts::<Creator>(&x, &at.file(name)).0, 12, "{name}");
    }
    let archive = written(
        folder.path(),
        "archive.toml",
        "name=\"archive\"\n[comments.columns]\ncomment_id=\"id_str\"\ntext=\"full_text\"\n",
    );
    for name in ["tweets.js", "tweets.json"] {
        assert_eq!(
            counts::<Comment>(&archive, &at.file(name)),
            (60, 0),
            "{name}"
        );
    }
}

#[test]
fn wide_windows_and_names_without_an_ending_are_read() {
    let Some(at) = In::of("18-reddit") else {
        return;
    };
    let map = at.map("r.map.toml");
    let rows = |name: &str| {
        let (table, rejects) = by::<Comment>(&map, &at.file(name)).unwrap();
        table.rows.len() + rejects.count()
    };
    assert_eq!(rows("RC_2026-11.jsonl"), 60);
    assert_eq!(rows("RC_2026-11.zst"), 60);
    assert_eq!(rows("RC_2026-11.jsonl.zst"), 60);
}

#[test]
fn headers_are_found_behind_preambles() {
    let Some(at) = In::of("13-brandwatch") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let map = written(
        folder.path(),
        "b.toml",
        "name=\"b\"\n[comments.columns]\ncomment_id=\"Resource Id\"\ntext=\"Full Text\"\n",
    );
    let rows = |name: &str| by::<Comment>(&map, &at.file(name)).unwrap().0;
    assert_eq!(
        rows("mentions.csv").rows,
        rows("mentions_header_first.csv").rows
    );
    assert_eq!(rows("mentions.csv").rows.len(), 60);
    assert!(rows("mentions.csv").inputs[0].notes[0].contains("header is line 7"));
    let Some(at) = In::of("21-ga4") else { return };
    let seen = peek(&at.0.join("free_form.csv")).unwrap();
    assert_eq!(
        seen.columns,
        ["Date", "Session campaign", "Sessions", "Total revenue"]
    );
    assert_eq!(seen.rows.len(), 40);
    let seen = peek(&at.0.join("traffic_acquisition.csv")).unwrap();
    assert_eq!((seen.columns.len(), seen.rows.len()), (6, 6));
    let Some(at) = In::of("10-meta-business-suite") else {
        return;
    };
    assert_eq!(
        peek(&at.0.join("Reichweite.csv")).unwrap().columns,
        ["Date", "Primary"]
    );
    let Some(at) = In::of("26-eu-excel") else {
        return;
    };
    let seen = peek(&at.0.join("creators_sep_line.csv")).unwrap();
    assert_eq!(seen.columns[0], "creator_id");
    assert_eq!(seen.rows.len(), 12);
}

#[test]
fn encodings_are_decided_and_said() {
    let Some(at) = In::of("28-windows-1252") else {
        return;
    };
    let (creators, rejects) = by::<Creator>("", &at.file("creators.csv")).unwrap();
    assert_eq!((creators.rows.len(), rejects.count()), (12, 0));
    assert_eq!(creators.rows[0].name.as_deref(), Some("Zoë Müller"));
    assert!(creators.inputs[0].notes[0].contains("windows-1252"));
    assert_eq!(counts::<Comment>("", &at.file("comments.csv")), (60, 0));
    let Some(at) = In::of("14-meltwater") else {
        return;
    };
    let wide = peek(&at.0.join("meltwater.csv")).unwrap();
    assert_eq!(wide, peek(&at.0.join("meltwater_utf8.csv")).unwrap());
    assert_eq!(wide.rows.len(), 60);
}

#[test]
fn workbooks_are_read_whatever_they_are_called() {
    let Some(at) = In::of("25-xlsx") else { return };
    for name in ["creators.xlsx", "renamed.csv"] {
        assert_eq!(counts::<Creator>("", &at.file(name)), (12, 0), "{name}");
    }
    let clean = by::<Creator>("", &[exports().unwrap().join("00-clean/creators.csv")])
        .unwrap()
        .0;
    let table = by::<Creator>("", &at.file("creators.xlsx")).unwrap().0;
    let of = |t: &Table<Creator>| -> Vec<_> {
        t.rows
            .iter()
            .map(|c| (c.creator_id.clone(), c.followers))
            .collect()
    };
    assert_eq!(of(&table), of(&clean));
}

#[test]
fn quotes_lines_and_lengths_are_mended_or_said() {
    let Some(at) = In::of("39-quoting") else {
        return;
    };
    let (one, rejects) = by::<Comment>("", &at.file("comments_one_open_quote.csv")).unwrap();
    assert_eq!((one.rows.len(), rejects.count()), (60, 0));
    assert!(
        one.inputs[0].notes[0].contains("line 12"),
        "{:?}",
        one.inputs
    );
    for name in [
        "comments_backslash.csv",
        "comments_newlines.csv",
        "comments_unescaped.csv",
    ] {
        let (table, rejects) = by::<Comment>("", &at.file(name)).unwrap();
        assert_eq!((table.rows.len(), rejects.count()), (60, 0), "{name}");
    }
    let text = |name: &str| {
        by::<Comment>("", &at.file(name)).unwrap().0.rows[0]
            .text
            .clone()
    };
    assert!(text("comments_backslash.csv").starts_with("she said \"great\" This"));
    assert!(text("comments_unescaped.csv").starts_with("she said \"great\" and, This"));
    for name in ["creators_short_rows.csv", "creators_trailing_comma.csv"] {
        assert_eq!(counts::<Creator>("", &at.file(name)), (12, 0), "{name}");
        assert!(!notes::<Creator>(&at.0.join(name)).is_empty(), "{name}");
    }
    assert!(notes::<Creator>(&at.0.join("dup.csv")).contains("\"followers\""));
    for (a, b) in [("crlf.csv", "lf.csv"), ("crlf2.csv", "lf2.csv")] {
        let lines = |name: &str| {
            let rejects = if name.contains('2') {
                by::<Comment>("", &at.file(name)).unwrap().1
            } else {
                by::<Creator>("", &at.file(name)).unwrap().1
            };
            rejects.kept().iter().map(|r| r.line).collect::<Vec<_>>()
        };
        assert_eq!(lines(a), lines(b), "{a}");
    }
}

fn file(name: &str, text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

#[test]
fn totals_are_left_out_and_said() {
    let table = "creator_id;followers;bio\nann;5.000;x\nbob;6.000;y\nTotal;11.000;\n;;\n";
    let (_folder, path) = file("t.csv", table);
    let (creators, rejects) = by::<Creator>("", &[path]).unwrap();
    assert_eq!((creators.rows.len(), rejects.count()), (2, 0));
    let said = creators.inputs[0].notes.join("; ");
    assert!(
        said.contains("totals (line 4)") && said.contains("1 empty row"),
        "{said}"
    );
}

#[test]
fn files_put_one_behind_the_other_are_one_table() {
    let one = "creator_id,followers\nann,5000\n";
    let (_folder, path) = file(
        "t.csv",
        &format!("{one}\u{feff}{}", one.replace("ann", "bob")),
    );
    let (creators, rejects) = by::<Creator>("", &[path]).unwrap();
    assert_eq!((creators.rows.len(), rejects.count()), (2, 0));
    assert!(
        creators.inputs[0].notes[0].contains("line 3"),
        "{:?}",
        creators.inputs
    );
}

#[test]
fn records_are_found_in_any_document() {
    let of = |text: &str| {
        let (_folder, path) = file("page", text);
        by::<Comment>("", &[path]).map(|(table, rejects)| (table.rows.len(), rejects.count()))
    };
    let record = r#"{"comment_id": "1", "text": "nice"}"#;
    let second = r#"{"comment_id": "2", "text": "good"}"#;
    for text in [
        format!("[{record}, {second}]"),
        format!("{record}\n{second}\n"),
        format!("{{\"data\": {{\"edges\": [{{\"node\": {record}}}, {{\"node\": {second}}}]}}}}"),
        format!("var x = [{record},\n{second}];\n"),
        format!("{{\n\"a\": 1,\n\"list\": [{record},\n{second}]\n}}\n"),
        format!("[{{\"items\": [{record}]}}, {{\"items\": []}}, {{\"items\": [{second}]}}]"),
        format!("{{\"results\": {{\"9\": {record}, \"10\": {second}, \"11\": {{}}}}}}"),
    ] {
        let (used, _) = of(&text).unwrap();
        assert_eq!(used, 2, "{text}");
    }
    // Nothing is taken from what is nested in a row that lacks something.
    let nested = format!("{record}\n{{\"comment_id\": \"3\", \"replies\": [{second}]}}\n");
    let (used, rejected) = of(&nested).unwrap();
    assert_eq!(used + rejected, 2);
    let other = of("[{\"a\": 1, \"b\": {\"c\": 2}}]")
        .unwrap_err()
        .to_string();
    assert!(other.contains("found a, b.c"), "{other}");
}

#[test]
fn tables_are_written_as_workbooks_and_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("creators.xlsx");
    let write = || -> Result<Vec<u8>> {
        let columns = [
            ("creator_id", Kind::Text),
            ("platform", Kind::Text),
            ("handle", Kind::Text),
            ("followers", Kind::Int),
            ("price", Kind::Float),
        ];
        let columns: Vec<Column> = columns
            .iter()
            .map(|(name, kind)| Column::new(name, *kind))
            .collect();
        let mut writer = TableWriter::create(&path, &columns)?;
        for i in 0..20 {
            writer.write(&[
                Cell::Text(format!("00{i}")),
                "instagram".into(),
                Cell::Text(format!("lumi_{i}")),
                Cell::Int(12_400 + i),
                if i == 3 {
                    Cell::Empty
                } else {
                    Cell::Float(99.5)
                },
            ])?;
        }
        writer.finish()?;
        std::fs::read(&path).map_err(|e| Error::io(&path, e))
    };
    let first = write().unwrap();
    assert_eq!(
        first,
        write().unwrap(),
        "the same table gives the same bytes"
    );
    let (table, rejects) = by::<Creator>("", std::slice::from_ref(&path)).unwrap();
    assert_eq!((table.rows.len(), rejects.count()), (20, 0));
    assert_eq!(table.rows[7].creator_id.as_str(), "007");
    assert_eq!(table.rows[7].followers.unwrap().0, 12_407);
    assert_eq!(table.rows[7].handle.as_deref(), Some("lumi_7"));
    assert_eq!(table.rows[3].price, None);
    assert_eq!(tables_in(&path).unwrap(), std::slice::from_ref(&path));
    let sheet = PathBuf::from(format!("{}#Sheet1", path.display()));
    assert_eq!(counts::<Creator>("", &[sheet]), (20, 0));
    let wrong = PathBuf::from(format!("{}#Sheet9", path.display()));
    let error = by::<Creator>("", &[wrong]).unwrap_err().to_string();
    assert!(
        error.contains("Sheet9") && error.contains("its sheets are Sheet1"),
        "{error}"
    );
}

#[test]
fn sheets_of_libre_office_are_read() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/creators.ods");
    let (table, rejects) = by::<Creator>("", &[path]).unwrap();
    // Half a follower is the one reject or is rounded; the title and the total are neither.
    assert_eq!(table.rows.len() + rejects.count(), 3);
    assert_eq!(table.rows[0].bio.as_deref(), Some("Zoë – Hautpflege"));
    let said = table.inputs[0].notes.join("; ");
    assert!(
        said.contains("header is line 3") && said.contains("totals (line 7)"),
        "{said}"
    );
}

#[test]
fn a_workbook_of_several_sheets_gives_each_table_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("book.xlsx");
    let mut book = rust_xlsxwriter::Workbook::new();
    let notes = book.add_worksheet();
    notes.set_name("Read me").unwrap();
    notes.write_string(0, 0, "Made for Lumora").unwrap();
    let creators = book.add_worksheet();
    creators.set_name("Creators").unwrap();
    creators.write_string(0, 0, "November").unwrap();
    for (at, name) in (0..).zip(["creator_id", "followers", "country"]) {
        creators.write_string(2, at, name).unwrap();
    }
    creators.write_string(3, 0, "ann").unwrap();
    let formula = rust_xlsxwriter::Formula::new("=6200*2").set_result("12400");
    creators.write_formula(3, 1, formula).unwrap();
    let posts = book.add_worksheet();
    posts.set_name("Posts").unwrap();
    for (at, name) in (0..).zip(["post_id", "creator_id", "published_at", "likes"]) {
        posts.write_string(0, at, name).unwrap();
    }
    let date = rust_xlsxwriter::Format::new().set_num_format("dd/mm/yyyy hh:mm");
    for row in 1..5 {
        posts.write_string(row, 0, format!("p{row}")).unwrap();
        posts.write_string(row, 1, "ann").unwrap();
        let time = rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 11, 2)
            .unwrap()
            .and_hms(9, 15, 0)
            .unwrap();
        posts
            .write_datetime_with_format(row, 2, &time, &date)
            .unwrap();
        posts.write_number(row, 3, f64::from(row) * 10.0).unwrap();
    }
    book.save(&path).unwrap();
    let file = [path.clone()];
    let creators = by::<Creator>("", &file).unwrap().0;
    assert_eq!(creators.rows[0].followers.unwrap().0, 12_400);
    assert!(
        creators.inputs[0].notes[0].contains("\"Creators\""),
        "{:?}",
        creators.inputs
    );
    let posts = by::<Post>("", &file).unwrap().0;
    assert_eq!(posts.rows.len(), 4);
    assert_eq!(
        posts.rows[0].published_at.to_string(),
        "2026-11-02T09:15:00Z"
    );
    let tables = tables_in(&path).unwrap();
    let names: Vec<String> = tables.iter().map(|t| t.display().to_string()).collect();
    assert!(
        names.len() == 2 && names[1].ends_with("book.xlsx#Posts"),
        "{names:?}"
    );
}
