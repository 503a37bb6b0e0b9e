//! What cells mean: one decimal mark and one order of dates per column, unknown cells, and what is said of them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test's helpers stop it by panicking, and say aloud what they skip"
)]

use microfluence_tables::dataset::{
    Conventions, DateOrder, Decimal, ReadOptions, Record, Rejects, Table, read_table,
};
use microfluence_tables::schema::{Comment, Creator, Observation, Order, Post, Spend};
use microfluence_tables::{Error, Result};
use std::path::{Path, PathBuf};

fn file(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

/// A folder of the development data, or `None` with a loud word where it is not there.
fn shared(name: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = root.join("../shared/data").join(name);
    if !path.exists() {
        eprintln!("SKIPPED: {name} is not here; it is not part of the repository");
        return None;
    }
    Some(path)
}

fn read_told<T: Record>(
    files: &[PathBuf],
    conventions: Conventions,
) -> Result<(Table<T>, Rejects)> {
    let options = ReadOptions {
        conventions,
        ..ReadOptions::default()
    };
    let mut rejects = Rejects::new(false);
    let table = read_table(files, &options, &mut rejects)?;
    Ok((table, rejects))
}

fn read<T: Record>(path: &Path) -> Result<(Table<T>, Rejects)> {
    read_told(&[path.to_owned()], Conventions::default())
}

/// One column of a file of its own.
fn column<T: Record>(header: &str, rows: &str) -> Result<(Table<T>, Rejects)> {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("{header}\n{rows}\n");
    read(Path::new(&file(folder.path(), "t.csv", text)))
}

fn amounts(rows: &str) -> std::result::Result<(Vec<f64>, Vec<String>), String> {
    let rows: Vec<String> = rows
        .split('|')
        .enumerate()
        .map(|(i, r)| format!("c{i}\t{r}"))
        .collect();
    match column::<Spend>("creator_id\tamount", &rows.join("\n")) {
        Ok((table, _)) => Ok((
            table.rows.iter().map(|r| r.amount).collect(),
            table.inputs[0].notes.clone(),
        )),
        Err(error) => {
            assert_eq!(error.exit_status(), 2);
            Err(error.to_string())
        }
    }
}

#[test]
fn one_cell_settles_its_column() {
    for (rows, expected) in [
        ("1.500|1.249,00|89,90", vec![1500.0, 1249.0, 89.9]),
        ("1,500|1,249.00|89.90", vec![1500.0, 1249.0, 89.9]),
        ("1.500|2.250.000", vec![1500.0, 2_250_000.0]),
        ("1.500|0.125", vec![1.5, 0.125]),
        ("0.125|1.500", vec![0.125, 1.5]),
        ("1.500|1234.5", vec![1.5, 1234.5]),
        // Cells without decimals beside one that ends in a nought: it has none either.
        ("980|1.100|1.105", vec![980.0, 1100.0, 1105.0]),
        ("1 500|89,90", vec![1500.0, 89.9]),
        ("1’500.50|12.5", vec![1500.5, 12.5]),
        ("€ 1.500,00|EUR 2.250", vec![1500.0, 2250.0]),
        ("(1.500,00)|3.000", vec![3000.0]),
        ("$120 - $180|$90", vec![150.0, 90.0]),
        // Commas before three digits and nothing else: said, not refused.
        ("1,500|2,250", vec![1500.0, 2250.0]),
    ] {
        let (found, _) = amounts(rows).unwrap_or_else(|e| panic!("{rows}: {e}"));
        assert_eq!(found, expected, "{rows}");
    }
    let said = |rows: &str| amounts(rows).unwrap().1.join("; ");
    assert_eq!(said("1500|12.50"), "");
    assert_eq!(
        said("1.500|1.249,00"),
        "amount: decimal comma, as in \"1.249,00\" (line 3)"
    );
    assert!(said("1,500|2,250").contains("assumed"));
    assert!(said("$120 - $180|$90").contains("middle"));
}

#[test]
fn no_column_is_read_by_two_conventions() {
    for rows in ["12.50|12,50", "89,90|1,249.00", "12.50|1.500|12,50"] {
        let error = amounts(rows).unwrap_err();
        assert!(
            error.contains("two decimal marks") && error.contains("--decimal"),
            "{error}"
        );
    }
    for rows in ["1.500|2.250", "1.500", "1.500|2,250"] {
        let error = amounts(rows).unwrap_err();
        assert!(
            error.contains("--decimal comma or --decimal point"),
            "{error}"
        );
        assert!(error.contains("line") || error.contains(":2"), "{error}");
    }
    // One slip among many is a row's fault, not the column's.
    let rows = format!("{}|12.50", vec!["12,50"; 40].join("|"));
    assert_eq!(amounts(&rows).unwrap().0.len(), 40);
}

#[test]
fn what_is_told_settles_what_is_open() {
    let folder = tempfile::tempdir().unwrap();
    let path = PathBuf::from(file(
        folder.path(),
        "spend.csv",
        "creator_id,amount\na,1.500\nb,2.250\n",
    ));
    for (decimal, expected) in [(Decimal::Comma, 1500.0), (Decimal::Point, 1.5)] {
        let told = Conventions {
            decimal: Some(decimal),
            ..Conventions::default()
        };
        let (table, _) = read_told::<Spend>(std::slice::from_ref(&path), told).unwrap();
        assert!((table.rows[0].amount - expected).abs() < 1e-9);
    }
    // Another file of the same table, and another column of the same file, say it too.
    let clear = PathBuf::from(file(
        folder.path(),
        "a.csv",
        "creator_id,amount\nx,\"1.249,00\"\n",
    ));
    let (table, _) = read_told::<Spend>(&[clear, path], Conventions::default()).unwrap();
    assert!((table.rows[1].amount - 1500.0).abs() < 1e-9);
    assert!(table.inputs[1].notes[0].contains("the file before it"));
    let (table, _) = column::<Creator>(
        "creator_id\tfollowers\tprice",
        "a\t12.400\t1.500\nb\t8.120\t2.000",
    )
    .unwrap();
    assert_eq!(table.rows[0].price, Some(1500.0));
    assert_eq!(table.rows[0].followers_or_none(), 12_400);
    let told = Conventions {
        dates: Some(DateOrder::Mdy),
        ..Conventions::default()
    };
    let dates = PathBuf::from(file(
        folder.path(),
        "p.csv",
        "post_id,creator_id,published_at\n1,a,05/11/2025\n",
    ));
    let (table, _) = read_told::<Post>(std::slice::from_ref(&dates), told).unwrap();
    assert_eq!(
        table.rows[0].published_at.to_string(),
        "2025-05-11T00:00:00Z"
    );
    let error = read::<Post>(&dates).unwrap_err().to_string();
    assert!(error.contains("--dates dmy or --dates mdy"), "{error}");
}

/// One date in a strange order among many clear ones is its row's fault.
#[test]
fn a_slip_is_no_reason_to_refuse_a_table() {
    let clear = vec!["2025-11-05"; 40].join("|");
    assert_eq!(
        days(&format!("{clear}|05/11/2025|1.2.3")).unwrap().len(),
        40
    );
    let plain = vec!["1500"; 40].join("|");
    assert_eq!(amounts(&format!("{plain}|1.500")).unwrap().0.len(), 40);
}

fn days(rows: &str) -> std::result::Result<Vec<String>, String> {
    let rows: Vec<String> = rows
        .split('|')
        .enumerate()
        .map(|(i, r)| format!("{i}\ta\t{r}"))
        .collect();
    match column::<Post>("post_id\tcreator_id\tpublished_at", &rows.join("\n")) {
        Ok((table, rejects)) => {
            assert_eq!(rejects.count() + table.rows.len(), rows.len());
            Ok(table
                .rows
                .iter()
                .map(|p| p.published_at.to_string()[..10].to_owned())
                .collect())
        }
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn one_date_settles_its_column() {
    for (rows, first) in [
        ("05/11/2025|20/11/2025", "2025-11-05"),
        ("05/11/2025|11/20/2025", "2025-05-11"),
        ("5.11.25|20.11.25", "2025-11-05"),
        ("25-11-05|25-11-20|25-12-31|25-10-30", "2025-11-05"),
        ("05-11-2025 9:15 PM|13-11-2025 1:00 AM", "2025-11-05"),
    ] {
        assert_eq!(days(rows).unwrap()[0], first, "{rows}");
    }
    // Points are written between day, month and year in this order.
    assert_eq!(days("05.11.2025|06.11.2025").unwrap()[0], "2025-11-05");
    // Both orders have dates that have not come yet.
    let error = days("01/02/2026|12/01/2099|02/12/2026").unwrap_err();
    assert!(error.contains("--dates"), "{error}");
    for rows in ["20/11/2025|11/20/2025", "05/11/2025|06/10/2025"] {
        let error = days(rows).unwrap_err();
        assert!(error.contains("--dates"), "{error}");
    }
}

/// Folder 29: the spellings of one moment that say one thing are read as it, the others refused.
#[test]
fn every_spelling_of_a_date() {
    let Some(folder) = shared("exports/29-dates") else {
        return;
    };
    let day = "2026-11-20T00:00:00Z";
    let minute = "2026-11-20T09:15:00Z";
    for (name, first) in [
        ("dmy_dot", Ok(day)),
        ("dmy_slash", Ok(minute)),
        ("excel_serial", Ok(minute)),
        ("float", Ok(minute)),
        ("frac", Ok("2026-11-20T09:15:00.123456Z")),
        ("iso_week", Ok(day)),
        ("mdy_slash", Ok(day)),
        ("meltwater", Ok(day)),
        ("micros", Ok(minute)),
        ("minute_only", Ok(minute)),
        ("mixed", Ok(minute)),
        ("month_only", Err("expected a day")),
        ("ordinal", Ok(day)),
        ("pg_tz", Ok(minute)),
        ("relative", Err("when the table was made")),
        ("rfc2822", Ok(minute)),
        ("sci", Err("shortened by a spreadsheet")),
        ("shopify", Ok("2026-11-20T08:15:00Z")),
        ("two_digit", Ok(day)),
        ("tz_abbr", Ok("2026-11-20T14:15:00Z")),
        ("tz_nocolon", Ok(minute)),
        ("us_ampm", Ok(minute)),
        ("us_long", Ok(minute)),
        ("utc_suffix", Ok(minute)),
        ("ymd_compact", Ok(day)),
        ("ymd_slash", Ok(day)),
    ] {
        let read = read::<Post>(&folder.join(format!("posts_{name}.csv")));
        match first {
            Ok(first) => {
                let (table, rejects) = read.unwrap_or_else(|e| panic!("{name}: {e}"));
                assert_eq!((table.rows.len(), rejects.count()), (60, 0), "{name}");
                assert_eq!(table.rows[0].published_at.to_string(), first, "{name}");
                let month = table
                    .rows
                    .iter()
                    .all(|p| p.published_at.to_string().starts_with("2026-11-"));
                assert!(month, "{name}");
            }
            Err(reason) => {
                let said = match read {
                    Ok((_, rejects)) => {
                        assert_eq!(rejects.count(), 60, "{name}");
                        rejects.kept()[0].cell.reason.clone()
                    }
                    Err(error) => error.to_string(),
                };
                assert!(said.contains(reason), "{name}: {said}");
            }
        }
    }
}

/// Folder 30: the spellings of one count, and a column that has two conventions.
#[test]
fn every_spelling_of_a_count() {
    let Some(folder) = shared("exports/30-numbers") else {
        return;
    };
    for (name, first) in [
        ("apos", 12_400),
        ("float", 12_400),
        ("indian", 12_400),
        ("ja", 12_000),
        ("k", 12_400),
        ("kfollowers", 12_400),
        ("lakh", 10_000),
        ("lt", 14_500),
        ("m", 10_000),
        ("mil_es", 12_400),
        ("mio", 10_000),
        ("nbsp", 12_400),
        ("plus", 12_400),
        ("point", 12_400),
        ("sci", 12_400),
        ("tsd", 12_400),
    ] {
        let (table, rejects) =
            read::<Creator>(&folder.join(format!("creators_{name}.csv"))).unwrap();
        assert_eq!(
            (table.rows.len(), rejects.count(), rejects.cell_count()),
            (12, 0, 0),
            "{name}"
        );
        assert_eq!(table.rows[0].followers_or_none(), first, "{name}");
    }
    let (table, rejects) = read::<Creator>(&folder.join("creators_pct_fraction.csv")).unwrap();
    assert!(table.rows.iter().all(|c| c.followers.is_none()));
    assert_eq!(
        (table.inputs[0].unknown["followers"], rejects.cell_count()),
        (12, 12)
    );
    assert!(rejects.cells()[0].cell.reason.contains("percentage"));
    let error = read::<Creator>(&folder.join("odd.csv"))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("two decimal marks") && error.contains("3,500") && error.contains("2.500"),
        "{error}"
    );
}

/// Folder 26: a German spreadsheet.
#[test]
fn thousands_with_points() {
    let Some(folder) = shared("exports/26-eu-excel") else {
        return;
    };
    let followers = |name: &str| {
        let (table, rejects) = read::<Creator>(&folder.join(name)).unwrap();
        assert_eq!(rejects.count(), 0);
        table
            .rows
            .iter()
            .map(Creator::followers_or_none)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        followers("creators_mixed.csv")[..3],
        [12_000, 23_150, 8_000]
    );
    assert_eq!(
        followers("creators_round_point.csv")[..3],
        [12_000, 23_000, 8_000]
    );
    assert_eq!(
        followers("creators_thousands_point.csv")[..3],
        [12_400, 23_150, 8_120]
    );
    let (orders, _) = read::<Order>(&folder.join("orders.csv")).unwrap();
    let values: Vec<f64> = orders.rows[..5].iter().map(|o| o.value).collect();
    assert_eq!(values, [1249.0, 1250.0, 2000.0, 89.9, 129.5]);
    let (spend, _) = read::<Spend>(&folder.join("spend_comma.csv")).unwrap();
    let paid: f64 = spend.rows.iter().map(|s| s.amount).sum();
    assert!((paid - 6000.0).abs() < 1e-9);
    let (posts, _) = read::<Post>(&folder.join("posts_de.csv")).unwrap();
    assert_eq!(
        posts.rows[0].published_at.to_string(),
        "2026-11-20T09:15:00Z"
    );
    assert_eq!(
        (posts.rows[0].likes, posts.rows[0].views),
        (Some(372), Some(9920))
    );
    let (posts, _) = read::<Post>(&folder.join("posts_de_isodate.csv")).unwrap();
    assert_eq!(
        (posts.rows[0].likes, posts.rows[0].comments),
        (Some(1116), Some(20))
    );
    for name in ["spend.csv", "panel.csv"] {
        let (first, notes) = if name == "spend.csv" {
            let (table, _) = read::<Spend>(&folder.join(name)).unwrap();
            (table.rows[0].amount, table.inputs[0].notes.clone())
        } else {
            let (table, _) = read::<Observation>(&folder.join(name)).unwrap();
            (table.rows[0].outcome, table.inputs[0].notes.clone())
        };
        assert!((first - if name == "spend.csv" { 1500.0 } else { 1100.0 }).abs() < 1e-9);
        assert!(
            notes[0].contains("assumed") && notes[0].contains("--decimal"),
            "{notes:?}"
        );
    }
}

#[test]
fn a_hidden_count_is_unknown_and_its_post_counts() {
    let (table, rejects) = column::<Post>(
        "post_id\tcreator_id\tpublished_at\tlikes\tcomments\tviews\tsponsored",
        "1\ta\t2026-01-01\t-1\t20\tN/A\tperhaps\n2\ta\t2026-01-02\thidden\t3\t#N/A\t\n3\ta\t2026-01-03\t7\tmany\t-5\ttrue",
    )
    .unwrap();
    assert_eq!((table.rows.len(), rejects.count()), (3, 0));
    assert_eq!(
        table.rows.iter().map(|p| p.likes).collect::<Vec<_>>(),
        [None, None, Some(7)]
    );
    let unknown: Vec<(&str, usize)> = table.inputs[0]
        .unknown
        .iter()
        .map(|(c, n)| (*c, *n))
        .collect();
    assert_eq!(unknown, [("comments", 1), ("likes", 2), ("views", 3)]);
    let faults: Vec<&str> = rejects
        .cells()
        .iter()
        .map(|r| r.cell.column.as_str())
        .collect();
    assert_eq!(faults, ["sponsored", "comments", "views"]);
    // Strict stops at the first.
    let folder = tempfile::tempdir().unwrap();
    let path = file(
        folder.path(),
        "p.csv",
        "post_id,creator_id,published_at,likes\n1,a,2026-01-01,-1\n2,a,2026-01-01,many\n",
    );
    let mut rejects = Rejects::new(true);
    let read: Result<Table<Post>> = read_table(
        &[PathBuf::from(path)],
        &ReadOptions::default(),
        &mut rejects,
    );
    let Err(Error::Input { place, .. }) = read else {
        panic!("a fault is no error")
    };
    assert_eq!(
        (place.line, place.column.as_deref()),
        (Some(3), Some("likes"))
    );
}

/// Folders 33, 34 and 18: hidden likes, followers that are not known, scores below nought.
#[test]
fn unknown_is_no_fault() {
    if let Some(folder) = shared("exports/33-negative-likes") {
        for (name, unknown) in [("posts_few.csv", 5), ("posts_third.csv", 20)] {
            let (table, rejects) = read::<Post>(&folder.join(name)).unwrap();
            assert_eq!(
                (table.rows.len(), rejects.count(), rejects.cell_count()),
                (60, 0, 0)
            );
            assert_eq!(table.inputs[0].unknown["likes"], unknown, "{name}");
        }
    }
    if let Some(folder) = shared("exports/34-null-followers") {
        let (table, rejects) = read::<Creator>(&folder.join("creators.csv")).unwrap();
        assert_eq!((table.rows.len(), rejects.count()), (12, 0));
        assert_eq!(
            table.inputs[0].unknown["followers"],
            table.rows.iter().filter(|c| c.followers.is_none()).count()
        );
        assert!(table.rows[0].followers.is_none());
    }
    let (table, rejects) = column::<Comment>(
        "comment_id\ttext\tlikes\tcreated_at",
        "1\tno\t-7\t1795166100.0\n2\tyes\t-1\t1795166100",
    )
    .unwrap();
    assert_eq!(
        (
            table.rows[0].likes,
            table.rows[1].likes,
            rejects.cell_count()
        ),
        (Some(-7), Some(-1), 0)
    );
    assert_eq!(table.rows[0].created_at, table.rows[1].created_at);
}

/// Folder 32: what a scraper printed twice is one row; the newest row about an account counts.
#[test]
fn repeated_pages_are_counted_and_no_fault() {
    if let Some(folder) = shared("exports/32-paging-dups") {
        let (table, rejects) = read::<Post>(&folder.join("posts.csv")).unwrap();
        assert_eq!(
            (table.rows.len(), table.inputs[0].repeated, rejects.count()),
            (60, 20, 0)
        );
        let (table, rejects) = read::<Comment>(&folder.join("comments.csv")).unwrap();
        assert_eq!(
            (table.rows.len(), table.inputs[0].repeated, rejects.count()),
            (60, 20, 0)
        );
        let (table, rejects) = read::<Creator>(&folder.join("creators.csv")).unwrap();
        assert_eq!(
            (table.rows.len(), table.inputs[0].repeated, rejects.count()),
            (12, 6, 0)
        );
    }
    let (table, rejects) = column::<Creator>(
        "creator_id\tfollowers\tupdated_at\tplatform",
        "a\t100\t2026-01-01\tx\na\t300\t2026-03-01\tx\na\t200\t2026-02-01\tx\na\t5\t2026-01-01\ty",
    )
    .unwrap();
    let followers: Vec<u64> = table.rows.iter().map(Creator::followers_or_none).collect();
    assert_eq!(
        (followers, table.inputs[0].repeated, rejects.count()),
        (vec![300, 5], 2, 0)
    );
}

/// Folder 31: what a spreadsheet did to ids is undone where it can be, and refused where digits are gone.
#[test]
fn ids_that_a_spreadsheet_has_shortened_are_refused() {
    let Some(folder) = shared("exports/31-excel-ids") else {
        return;
    };
    let refused = |name: &str, error: Error| {
        assert_eq!(error.exit_status(), 2);
        assert!(error.to_string().contains("as text"), "{name}: {error}");
    };
    refused(
        "posts.csv",
        read::<Post>(&folder.join("posts.csv")).unwrap_err(),
    );
    refused(
        "posts_zeros.csv",
        read::<Post>(&folder.join("posts_zeros.csv")).unwrap_err(),
    );
    refused(
        "creators_num.csv",
        read::<Creator>(&folder.join("creators_num.csv")).unwrap_err(),
    );
    for name in ["comments.csv", "comments_sci_id.csv"] {
        refused(name, read::<Comment>(&folder.join(name)).unwrap_err());
    }
    let (table, rejects) = read::<Post>(&folder.join("posts_formula.csv")).unwrap();
    assert_eq!((table.rows.len(), rejects.count()), (60, 0));
    assert_eq!(table.rows[0].post_id.as_str(), "7301234567890123001");
}
