//! Input that strangers wrote, exported by tools of every quality: each kind ends in a reject or in
//! one clear error, within bounded memory, and the good rows beside it are used.

#![allow(
    clippy::unwrap_used,
    reason = "a test's helpers stop it by panicking, and say aloud what they skip"
)]

use crate::program::{failure, file, lines, program, success};
use microfluence::dataset::{Column, Kind, TableWriter, peek};
use std::io::Write;
use std::path::Path;

/// Judges one file of comments; gives the rows of the output and of the rejects, without headers.
fn judge(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) -> (Vec<String>, Vec<String>) {
    let input = file(folder, name, bytes);
    let output = folder.join("out.csv").display().to_string();
    success(&["sentiment", "--comments", &input, "--output", &output]);
    let rejects = folder.join("out.csv.rejects.csv");
    let rest = |path: &Path| lines(path)[1..].to_vec();
    let rejected = if rejects.exists() {
        rest(&rejects)
    } else {
        Vec::new()
    };
    (rest(Path::new(&output)), rejected)
}

fn refused(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) -> String {
    let input = file(folder, name, bytes);
    failure(&["sentiment", "--comments", &input], 2)
}

const GOOD: &str = "good,what a lovely day\n";

#[test]
fn a_cell_of_a_hundred_megabytes_is_rejected_and_the_rest_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = b"comment_id,text\nlong,\"".to_vec();
    text.resize(100_000_000, b'a');
    text.extend(b"\"\n");
    text.extend(GOOD.as_bytes());
    let (used, rejected) = judge(folder.path(), "c.csv", &text);
    assert_eq!(used.len(), 1);
    assert_eq!(rejected.len(), 1);
    assert!(rejected[0].contains("longer than 64 MiB"));
    assert!(rejected[0].len() < 1_000);

    let cell = "b".repeat(2 << 20);
    let (used, rejected) = judge(
        folder.path(),
        "c.jsonl",
        format!(
            "{{\"comment_id\":\"1\",\"text\":\"{cell}\"}}\n{{\"comment_id\":\"2\",\"text\":\"lovely\"}}\n"
        ),
    );
    assert_eq!((used.len(), rejected.len()), (1, 1));
    assert!(rejected[0].contains("longer than 1 MiB"), "{}", rejected[0]);
}

#[test]
fn a_packed_bomb_does_not_fill_the_memory() {
    let folder = tempfile::tempdir().unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(b"comment_id,text\nlong,\"").unwrap();
    let zeros = vec![b'0'; 1 << 20];
    for _ in 0..400 {
        gzip.write_all(&zeros).unwrap();
    }
    gzip.write_all(b"\"\n").unwrap();
    gzip.write_all(GOOD.as_bytes()).unwrap();
    let input = file(folder.path(), "c.csv.gz", gzip.finish().unwrap());
    let output = folder.path().join("out.csv");
    let run = program()
        .args(["sentiment", "--comments", &input, "--output"])
        .arg(&output)
        .output()
        .unwrap();
    assert!(run.status.success());
    assert_eq!(lines(&output).len(), 2);
}

#[test]
fn a_million_columns_are_read_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut header = "comment_id,text".to_owned();
    let mut row = GOOD.trim().to_owned();
    for i in 0..1_000_000 {
        header += &format!(",c{i}");
        row += ",x";
    }
    let (used, rejected) = judge(folder.path(), "c.csv", format!("{header}\n{row}\n"));
    assert_eq!((used.len(), rejected.len()), (1, 0));
}

#[test]
fn ten_thousand_levels_of_json_do_not_overflow_the_stack() {
    let folder = tempfile::tempdir().unwrap();
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let (used, rejected) = judge(
        folder.path(),
        "c.jsonl",
        format!(
            "{{\"comment_id\":\"1\",\"text\":{deep}}}\n{{\"comment_id\":\"2\",\"text\":\"lovely\"}}\n"
        ),
    );
    assert_eq!((used.len(), rejected.len()), (1, 1));
    let error = refused(folder.path(), "c.json", format!("{{\"a\":{deep}}}"));
    assert!(error.contains("c.json:1: invalid JSON"), "{error}");
}

#[test]
fn broken_encodings_and_quotes_cost_their_rows() {
    let folder = tempfile::tempdir().unwrap();
    let broken = [
        b"comment_id,text\n1,caf\xe9\n".as_slice(),
        "2,café crème\n".as_bytes(),
        GOOD.as_bytes(),
    ]
    .concat();
    let (used, rejected) = judge(folder.path(), "c.csv", broken);
    assert_eq!((used.len(), rejected.len()), (2, 1));
    assert!(rejected[0].contains("is not UTF-8"), "{}", rejected[0]);

    let open = "comment_id,text\n1,fine\n2,\"never closed\n3,swallowed\n";
    let (used, rejected) = judge(folder.path(), "c.csv", open);
    assert_eq!((used.len(), rejected.len()), (3, 0));

    // UTF-16 that ends in half a letter.
    let mut utf16: Vec<u8> = format!("\u{feff}comment_id,text\n{GOOD}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    utf16.push(0x20);
    let (used, _) = judge(folder.path(), "c.csv", utf16);
    assert_eq!(used.len(), 1);
    let error = refused(folder.path(), "c.csv", b"comment_id,text\n1,a\x00b\n");
    assert!(error.contains("is not text"), "{error}");
}

#[test]
fn text_that_means_harm_stays_text() {
    let folder = tempfile::tempdir().unwrap();
    let rows = "comment_id,text\n\
        \"=HYPERLINK(\"\"http://x\"\")\",I love it\n\
        @SUM(1),\u{202e}great stuff\u{202c}\n\
        <b>,\"<script>alert(1)</script> love this\"\n";
    let (used, rejected) = judge(folder.path(), "c.csv", rows);
    assert_eq!((used.len(), rejected.len()), (3, 0));
    // An apostrophe keeps a spreadsheet from running the cell.
    assert!(used[0].starts_with("\"'=HYPERLINK"), "{}", used[0]);
    assert!(used[1].starts_with("'@SUM"), "{}", used[1]);
}

#[test]
fn parquet_that_lies_about_itself_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let parquet = folder.path().join("whole.parquet");
    let columns = ["comment_id", "text"].map(|name| Column::new(name, Kind::Text));
    let mut writer = TableWriter::create(&parquet, &columns).unwrap();
    for i in 0..50 {
        writer
            .write(&[format!("id {i}").as_str().into(), "lovely".into()])
            .unwrap();
    }
    writer.finish().unwrap();
    let whole = std::fs::read(&parquet).unwrap();
    let size = whole.len();
    let mut lies = vec![
        whole[..size / 2].to_vec(),
        b"PAR1PAR1".to_vec(),
        b"PAR1\xff\xff\xff\x7fPAR1".to_vec(),
    ];
    // Bits of the metadata, which stands at the end.
    for at in (size - 200..size).step_by(7) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        lies.push(bytes);
    }
    for (i, bytes) in lies.iter().enumerate() {
        let input = file(folder.path(), "c.parquet", bytes);
        let run = program()
            .args(["sentiment", "--comments", &input])
            .output()
            .unwrap();
        let text = crate::program::stderr(&run);
        // A bit that changes nothing of the rows may pass.
        let passes = run.status.success() && i >= 3;
        assert!(passes || run.status.code() == Some(2), "lie {i}: {text}");
        assert!(!text.contains("internal error"), "lie {i}: {text}");
    }
}

/// What is said of a seed of the target `parquet` of `fuzz/`, changed.
fn said_of_seed(seed: &str, change: impl Fn(Vec<u8>) -> Vec<u8>) -> String {
    let folder = tempfile::tempdir().unwrap();
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/parquet");
    // The first byte is the target's own, and the end is made right by it.
    let mut bytes = change(std::fs::read(seeds.join(seed)).unwrap().split_off(1));
    let end = bytes.len() - 4;
    bytes[end..].copy_from_slice(b"PAR1");
    let path = folder.path().join("c.parquet");
    std::fs::write(&path, bytes).unwrap();
    let error = peek(&path).unwrap_err();
    assert_eq!(error.exit_status(), 2);
    let said = error.to_string();
    assert!(said.contains("c.parquet"), "{said}");
    said
}

/// Found by fuzzing: room for four thousand million values was asked for, and the process ended. That file is refused
/// for its header by now.
#[test]
fn a_parquet_dictionary_that_claims_more_than_it_holds_is_refused() {
    // Three values, plain, not sorted; then 8,191 values, and whether they are sorted is not said.
    let (header, lie) = (
        [0x15, 0x06, 0x15, 0x00, 0x12, 0x00, 0x00],
        [0x15, 0xfe, 0x7f, 0x15, 0x00, 0x00, 0x00],
    );
    let said = said_of_seed("s", |mut bytes| {
        let at = bytes.windows(7).position(|w| w == header).unwrap();
        bytes[at..at + 7].copy_from_slice(&lie);
        bytes
    });
    assert!(said.contains("a dictionary of"), "{said}");
}

/// Found by fuzzing: a page's header held lists of lists of 2,000 million numbers, and the reader went through them one
/// by one behind the end of the file; and a page of no known type was taken for such a header itself.
#[test]
fn a_parquet_header_that_claims_more_than_it_holds_is_refused() {
    for seed in ["found-4dba174d", "found-f7090fa6"] {
        let said = said_of_seed(seed, |bytes| bytes);
        assert!(said.contains("is damaged"), "{seed}: {said}");
    }
}

/// What a spreadsheet, a C library or a careless export takes for a number or a time is none here, or is what it says.
#[test]
fn odd_numbers_and_times_are_read_for_what_they_are_or_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let cells = [
        "-0",
        "0",
        "1e3",
        "NaN",
        "nan",
        "1e999",
        "-1e999",
        "inf",
        "Infinity",
        "-1",
        "0x10",
        "1e-5",
        "99999999999999999999",
    ];
    let rows: Vec<String> = cells
        .iter()
        .enumerate()
        .map(|(i, n)| format!("c{i},{n}\n"))
        .collect();
    let creators = file(
        folder.path(),
        "creators.csv",
        format!("creator_id,followers\n{}", rows.concat()),
    );
    success(&[
        "authenticity",
        "--creators",
        &creators,
        "--output",
        &at("out.csv"),
    ]);
    // A creator whose followers are not known is one; what is no count is listed, what says "not a number" or -1 says
    // nothing.
    assert_eq!(lines(at("out.csv")).len() - 1, cells.len());
    assert_eq!(lines(at("out.csv.cells.csv")).len() - 1, cells.len() - 6);
    assert!(!Path::new(&at("out.csv.rejects.csv")).exists());

    let times = [
        "0000-01-01",
        "0001-01-01T00:00:00Z",
        "9999-12-31",
        "9999-12-31T23:59:59Z",
        "1969-12-31T23:59:59Z",
        "2101-01-01",
        "2026-02-30",
        "2026-01-01T25:00:00",
        "99999999999999",
        "-1",
        "1970-01-01",
        "2016-12-31T23:59:60Z",
    ];
    let rows: Vec<String> = times
        .iter()
        .enumerate()
        .map(|(i, t)| format!("p{i},a,{t},5\n"))
        .collect();
    let creators = file(
        folder.path(),
        "creators.csv",
        "creator_id,followers\na,1200\n",
    );
    let posts = file(
        folder.path(),
        "posts.csv",
        format!("post_id,creator_id,published_at,likes\n{}", rows.concat()),
    );
    success(&[
        "engagement",
        "--creators",
        &creators,
        "--posts",
        &posts,
        "--output",
        &at("out.csv"),
    ]);
    let rejects = lines(at("out.csv.rejects.csv"));
    let kept: Vec<&str> = times
        .iter()
        .copied()
        .filter(|t| !rejects.iter().any(|r| r.contains(&format!(",{t},"))))
        .collect();
    assert_eq!(kept, ["1970-01-01", "2016-12-31T23:59:60Z"]);
}
