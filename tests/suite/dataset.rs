//! Files of every format into tables.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test's helpers stop it by panicking, and say aloud what they skip"
)]

use crate::program::{file, run, shared, stderr, success};
use microfluence::dataset::{
    Cell, Column, ColumnMap, Kind, ReadOptions, Record, Rejects, Table, TableWriter, expand, guess,
    peek, read_rows, read_table,
};
use microfluence::schema::{Comment, Creator, Post, PostId};
use microfluence::{Error, Result};
use std::io::Write;
use std::path::{Path, PathBuf};

fn read<T: Record>(path: &Path, map: Option<&str>) -> Result<(Table<T>, Rejects)> {
    let options = ReadOptions {
        maps: map.map(ColumnMap::load).transpose()?.into_iter().collect(),
        ..ReadOptions::default()
    };
    let mut rejects = Rejects::new(false);
    let table = read_table(&[path.to_owned()], &options, &mut rejects)?;
    Ok((table, rejects))
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

const CSV: &str = "\u{feff}creator_id;followers;bio\na;12.5K;\"x; y\nz\"\nb;1 234;\n";

#[test]
fn packed_files_read_as_plain_ones_do() {
    let folder = tempfile::tempdir().unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(CSV.as_bytes()).unwrap();
    let zstd = ruzstd::encoding::compress_to_vec(
        CSV.as_bytes(),
        ruzstd::encoding::CompressionLevel::Fastest,
    );
    for (name, bytes) in [
        ("a.csv", CSV.as_bytes().to_vec()),
        ("a.csv.gz", gzip.finish().unwrap()),
        ("a.csv.zst", zstd),
    ] {
        let (table, rejects) = read::<Creator>(&write(folder.path(), name, &bytes), None).unwrap();
        assert_eq!(rejects.count(), 0);
        assert_eq!(table.rows.len(), 2, "{name}");
        assert_eq!(table.rows[0].followers_or_none(), 12_500);
        assert_eq!(table.rows[0].bio.as_deref(), Some("x; y\nz"));
        assert_eq!(table.rows[1].followers_or_none(), 1_234);
        assert_eq!(table.rows[1].bio, None);
        assert!(table.columns.contains("bio") && !table.columns.contains("price"));
    }
}

#[test]
fn what_is_written_reads_back_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let columns = [
        Column::new("comment_id", Kind::Text),
        Column::new("text", Kind::Text),
        Column::new("likes", Kind::Int),
    ];
    for name in ["c.csv", "c.jsonl", "c.parquet", "c.csv.gz", "c.jsonl.zst"] {
        let path = folder.path().join(name);
        let mut writer = TableWriter::create(&path, &columns).unwrap();
        for i in 0..3 {
            let likes = if i == 1 { Cell::Empty } else { Cell::Int(i) };
            writer
                .write(&[
                    Cell::Text(format!("-{i}")),
                    Cell::Text("a \"quoted\", text\nwith 😍".into()),
                    likes,
                ])
                .unwrap();
        }
        assert!(!path.exists(), "{name} has its name before it is whole");
        writer.finish().unwrap();
        let (table, rejects) = read::<Comment>(&path, None).unwrap();
        assert_eq!((table.rows.len(), rejects.count()), (3, 0), "{name}");
        assert_eq!(table.rows[2].comment_id.as_str(), "-2");
        assert_eq!(table.rows[0].text, "a \"quoted\", text\nwith 😍");
        assert_eq!((table.rows[1].likes, table.rows[2].likes), (None, Some(2)));
        let left: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .flatten()
            .collect();
        assert!(
            left.iter()
                .all(|e| !e.file_name().to_string_lossy().starts_with('.'))
        );
    }
}

/// pandas writes times as nanoseconds and hashtags as lists.
#[test]
fn parquet_as_pandas_writes_it_is_read() {
    use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
    let schema = parquet::schema::parser::parse_message_type(
        "message table {
            required binary post_id (UTF8);
            required binary creator_id (UTF8);
            required int64 published_at (TIMESTAMP(NANOS,true));
            optional group hashtags (LIST) { repeated group list { optional binary element (UTF8); } }
            optional int64 likes;
        }",
    )
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("posts.parquet");
    let file = std::fs::File::create(&path).unwrap();
    let mut writer = parquet::file::writer::SerializedFileWriter::new(
        file,
        std::sync::Arc::new(schema),
        std::sync::Arc::default(),
    )
    .unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut text = |values: &[&str], def: Option<&[i16]>, rep: Option<&[i16]>| {
        let values: Vec<ByteArray> = values.iter().map(|v| ByteArray::from(*v)).collect();
        let mut column = group.next_column().unwrap().unwrap();
        column
            .typed::<ByteArrayType>()
            .write_batch(&values, def, rep)
            .unwrap();
        column.close().unwrap();
    };
    text(&["p1", "p2"], None, None);
    text(&["a", "b"], None, None);
    let mut column = group.next_column().unwrap().unwrap();
    let nanoseconds = [1_486_811_110_000_000_000, 0];
    column
        .typed::<Int64Type>()
        .write_batch(&nanoseconds, None, None)
        .unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let tags = ["ootd", "diy"].map(ByteArray::from);
    column
        .typed::<ByteArrayType>()
        .write_batch(&tags, Some(&[3, 3, 0]), Some(&[0, 1, 0]))
        .unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column
        .typed::<Int64Type>()
        .write_batch(&[7], Some(&[1, 0]), None)
        .unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();

    let (table, rejects) = read::<Post>(&path, None).unwrap();
    assert_eq!((table.rows.len(), rejects.count()), (2, 0));
    let post = &table.rows[0];
    assert_eq!(post.published_at.to_string(), "2017-02-11T11:05:10Z");
    assert_eq!(post.hashtags, ["ootd", "diy"]);
    assert_eq!((post.likes, table.rows[1].likes), (Some(7), None));
}

#[test]
fn a_writer_that_is_dropped_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("half.csv");
    let mut writer = TableWriter::create(&path, &[Column::new("a", Kind::Int)]).unwrap();
    writer.write(&[Cell::Int(1)]).unwrap();
    drop(writer);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn comment_threads_are_read_with_their_replies() {
    let thread = |id: &str, reply: &str| {
        serde_json::json!({
            "kind": "youtube#commentThread", "id": id,
            "snippet": { "videoId": "v1", "topLevelComment": { "id": id, "snippet": {
                "textOriginal": "top", "videoId": "v1", "likeCount": 4,
                "authorChannelId": { "value": "UC1" }, "publishedAt": "2026-01-02T03:04:05Z" } } },
            "replies": { "comments": [ { "id": reply, "snippet": {
                "textDisplay": "answer", "videoId": "v1", "authorDisplayName": "@x" } } ] },
        })
    };
    let answer = serde_json::json!({ "items": [thread("t1", "t1.a"), thread("t2", "t2.a")] });
    let folder = tempfile::tempdir().unwrap();
    let pretty = serde_json::to_vec_pretty(&answer).unwrap();
    let lines = format!("{}\n{}\n", thread("t1", "t1.a"), thread("t2", "t2.a"));
    for path in [
        write(folder.path(), "answer.json", &pretty),
        write(
            folder.path(),
            "answers.json",
            format!("[{answer}]").as_bytes(),
        ),
        write(
            folder.path(),
            "answer.jsonl",
            format!("{answer}\n").as_bytes(),
        ),
        write(folder.path(), "threads.jsonl", lines.as_bytes()),
    ] {
        let (table, rejects) = read::<Comment>(&path, Some("youtube-data-api")).unwrap();
        assert_eq!(rejects.count(), 0, "{:?}", rejects.kept());
        let ids: Vec<&str> = table.rows.iter().map(|c| c.comment_id.as_str()).collect();
        assert_eq!(ids, ["t1", "t1.a", "t2", "t2.a"], "{}", path.display());
        assert_eq!(table.rows[0].likes, Some(4));
        assert_eq!(table.rows[0].author_id.as_ref().unwrap().as_str(), "UC1");
        assert_eq!(table.rows[1].text, "answer");
        assert_eq!(table.rows[1].post_id.as_ref().unwrap().as_str(), "v1");
    }
}

#[test]
fn broken_json_lines_are_rejected_and_broken_documents_refused() {
    let folder = tempfile::tempdir().unwrap();
    let lines = b"{\"comment_id\":1,\"text\":\"a\"}\n{broken\n\n{\"comment_id\":\"2\",\"text\":\"b\"}\n{\"text\":\"no id\"}\n";
    let (table, rejects) = read::<Comment>(&write(folder.path(), "c.jsonl", lines), None).unwrap();
    assert_eq!((table.rows.len(), rejects.count()), (2, 2));
    assert_eq!(rejects.kept()[0].line, 2);
    assert_eq!(table.inputs[0].rows, 4);
    let path = write(folder.path(), "c.json", b"{\"items\": [");
    let error = read::<Comment>(&path, None).unwrap_err();
    assert!(matches!(error, Error::Input { .. }), "{error}");
    let path = write(folder.path(), "d.jsonl", b"{\"a\":1}\n");
    let error = read::<Comment>(&path, None).unwrap_err().to_string();
    assert!(error.contains("comment_id"), "{error}");
}

#[test]
fn files_that_are_not_what_they_say_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes, part) in [
        ("a.csv", &b"PAR1\0\0\0"[..], "Parquet"),
        ("b.csv.gz", &b"\x1f\x8b\x08 broken"[..], "cannot be read"),
        ("c.csv.zst", &b"\x28\xb5\x2f\xfd broken"[..], "zstd"),
        ("d.parquet", &b"PAR1 and no more"[..], "Parquet"),
        ("e.csv", &b"a\0\0\0\0b\0c"[..], "not text"),
        ("f.xlsx", &b"PK\x03\x04 broken"[..], "ZIP archive"),
        ("g.xls", &b"<html><table><tr>"[..], "web page"),
        ("h.csv", &b"%PDF-1.7"[..], "PDF"),
    ] {
        let error = read::<Creator>(&write(folder.path(), name, bytes), None).unwrap_err();
        assert_eq!(error.exit_status(), 2, "{name}: {error}");
        let text = error.to_string();
        assert!(text.contains(part) && text.contains(name), "{text}");
    }
}

#[test]
fn globs_and_paths_are_expanded_in_order() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["b.csv", "a.csv", "c.txt"] {
        write(folder.path(), name, b"x");
    }
    let pattern = folder.path().join("*.csv").display().to_string();
    let files = expand(&[pattern]).unwrap();
    let names: Vec<_> = files
        .iter()
        .map(|f| f.file_name().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["a.csv", "b.csv"]);
    let none = folder.path().join("*.zip").display().to_string();
    assert_eq!(expand(&[none]).unwrap_err().exit_status(), 2);
}

#[test]
fn a_map_of_one_s_own_is_read_and_its_faults_are_placed() {
    let folder = tempfile::tempdir().unwrap();
    let map = write(
        folder.path(),
        "mine.toml",
        b"name = \"mine\"\n[creators.columns]\ncreator_id = \"Who\"\nfollowers = \"Fans\"\n[creators.constants]\nplatform = \"TikTok\"\n",
    );
    let csv = write(folder.path(), "x.csv", b"Who,Fans\nann,\"1,000\"\n");
    let (table, _) = read::<Creator>(&csv, Some(map.to_str().unwrap())).unwrap();
    assert_eq!(table.rows[0].platform.as_deref(), Some("tiktok"));
    let bad = write(folder.path(), "bad.toml", b"name = \"bad\"\ncreater = 1\n");
    let error = ColumnMap::load(bad.to_str().unwrap()).unwrap_err();
    assert!(error.to_string().contains("bad.toml:2"), "{error}");
}

#[test]
fn the_ready_made_maps_read_what_they_were_made_for() {
    let counts = |path: &str, map: &str| {
        let path = shared(path)?;
        let creators = read::<Creator>(&path, Some(map)).unwrap();
        Some((path, creators.0.rows.len(), creators.1.count()))
    };
    if let Some((path, creators, rejected)) =
        counts("creators/instagram_2017/posts.csv", "instagram-2017")
    {
        assert_eq!((creators, rejected), (752, 0));
        let (posts, rejects) = read::<Post>(&path, Some("instagram-2017")).unwrap();
        assert_eq!(posts.rows.len() + rejects.count(), 13_297);
        assert!(rejects.count() < 100, "{:?}", &rejects.kept()[..5]);
        assert!(
            posts
                .rows
                .iter()
                .any(|p| p.media_type.as_deref() == Some("video"))
        );
    }
    if let Some((path, creators, _)) = counts(
        "creators/instagram_large_profiles/profiles.jsonl",
        "instagram-profiles",
    ) {
        assert!(creators > 700, "{creators}");
        let (posts, rejects) = read::<Post>(&path, Some("instagram-profiles")).unwrap();
        assert!(
            posts.rows.len() > 10_000,
            "{} {:?}",
            posts.rows.len(),
            rejects.kept().first()
        );
    }
    if let Some((_, creators, rejected)) =
        counts("creators/tiktok_profiles/profiles.csv", "tiktok-profiles")
    {
        assert_eq!(creators + rejected, 5_000);
        assert!(rejected < 50, "{rejected}");
    }
    if let Some((path, creators, _)) = counts("creators/tiktok_2025/videos.csv", "tiktok-2025") {
        assert!(creators > 1_000, "{creators}");
        let (posts, rejects) = read::<Post>(&path, Some("tiktok-2025")).unwrap();
        assert_eq!(posts.rows.len() + rejects.count(), 8_077);
        assert!(posts.rows.iter().any(|p| p.views == Some(541_200)));
    }
}

/// What was read so far is thrown away with the output that it went to.
#[test]
fn a_file_that_grows_or_shrinks_while_it_is_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = "creator_id,followers\n".to_owned();
    for i in 0..40_000 {
        text += &format!("c{i},{i}\n");
    }
    let path = write(folder.path(), "creators.csv", text.as_bytes());
    let read_while = |disturb: &dyn Fn(&Path)| {
        let mut rows = 0;
        read_rows::<Creator>(
            std::slice::from_ref(&path),
            &ReadOptions::default(),
            &mut Rejects::new(false),
            &mut |_| {
                rows += 1;
                if rows == 100 {
                    disturb(&path);
                }
                Ok(())
            },
        )
        .map(|_| rows)
    };
    assert_eq!(read_while(&|_| {}).unwrap(), 40_000);
    let open = |path: &Path| std::fs::OpenOptions::new().append(true).open(path).unwrap();
    let cut = |path: &Path| open(path).set_len(text.len() as u64 / 2).unwrap();
    let grow = |path: &Path| open(path).write_all(b"more,1\n").unwrap();
    for disturb in [&cut as &dyn Fn(&Path), &grow] {
        std::fs::write(&path, &text).unwrap();
        let error = read_while(disturb).unwrap_err();
        assert_eq!(error.exit_status(), 2);
        let said = error.to_string();
        assert!(
            said.contains("creators.csv: changed while it was read"),
            "{said}"
        );
    }
}

/// Ids are texts: what a spreadsheet would take for one is two, and the second of two that are equal is a reject.
#[test]
fn ids_that_look_alike_stay_apart() {
    let folder = tempfile::tempdir().unwrap();
    let ids = [
        "1", "01", "1e0", "+1", "a", "A", "\u{e4}", "a\u{308}", "0x1",
    ];
    let rows: Vec<String> = ids.iter().map(|id| format!("{id},1\n")).collect();
    let text = format!(
        "creator_id,followers\n{}\" 1 \",2\na\u{200b},3\n1.0,4\n1.0,1\n",
        rows.concat()
    );
    let path = write(folder.path(), "creators.csv", text.as_bytes());
    let (table, rejects) = read::<Creator>(&path, None).unwrap();
    let read: Vec<&str> = table.rows.iter().map(|c| c.creator_id.as_str()).collect();
    assert_eq!(read, ids);
    assert_eq!(rejects.count() + table.inputs[0].repeated, 4);
}

/// A source in a map is the name of a column and nothing else, whatever it looks like.
#[test]
fn a_map_leads_to_no_other_file() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        "secret.csv",
        b"creator_id,followers\nsecret,1\n",
    );
    std::fs::create_dir(folder.path().join("in")).unwrap();
    let here = folder.path().join("in");
    let data = write(&here, "t.csv", b"id,n\na,1\n");
    let lines = write(&here, "t.jsonl", b"{\"id\":\"a\",\"n\":1}\n");
    for source in [
        "../secret.csv",
        "../../etc/passwd",
        "/etc/passwd",
        "..",
        "a/../id",
    ] {
        let text = format!(
            "name = \"x\"\n[creators]\nroot = \"..\"\nexplode = [\"../..\"]\ncolumns = {{ creator_id = {source:?}, followers = \"n\" }}\n"
        );
        let map = write(&here, "map.toml", text.as_bytes());
        for file in [&data, &lines] {
            match read::<Creator>(file, map.to_str()) {
                Ok((table, _)) => assert!(table.rows.is_empty(), "{source}"),
                Err(error) => assert_eq!(error.exit_status(), 2, "{error}"),
            }
        }
    }
    let error = ColumnMap::load("../../etc/passwd").unwrap_err();
    assert!(error.to_string().contains("no column map"), "{error}");
}

/// Folder 42: one handle on two platforms, in a file of posts that carry their accounts.
#[test]
fn one_handle_on_two_platforms_is_two_accounts() {
    let Some(folder) = shared("exports/42-two-platforms") else {
        return;
    };
    let text = std::fs::read_to_string(folder.join("agency.csv")).unwrap();
    let header = "platform,creator_id,followers,post_id,published_at,caption,likes,comments,views";
    let text = text.replacen(text.lines().next().unwrap(), header, 1);
    let here = tempfile::tempdir().unwrap();
    let posts = file(here.path(), "posts.csv", &text);
    let map = file(
        here.path(),
        "map.toml",
        "name = 'own'\n[creators]\ndistinct = true\n[creators.columns]\ncreator_id = 'creator_id'\nfollowers = 'followers'\nplatform = 'platform'\n",
    );
    let out = here.path().join("out.csv").display().to_string();
    let said = success(&[
        "engagement",
        "--posts",
        &posts,
        "--creators",
        &posts,
        "--map",
        &map,
        "--output",
        &out,
    ]);
    let mut rows = csv::Reader::from_path(&out).unwrap();
    let ids: Vec<String> = rows.records().map(|r| r.unwrap()[0].to_owned()).collect();
    assert_eq!(ids.len(), 24, "{said}");
    assert!(
        ids.contains(&"instagram:lumi_skinnotes".to_owned())
            && ids.contains(&"tiktok:lumi_skinnotes".to_owned()),
        "{ids:?}"
    );
}

/// Profiles with their posts in them, and the comments in those: three tables, each row of which knows whose it is.
#[test]
fn lists_in_lists_are_tables_that_know_what_is_around_them() {
    let here = tempfile::tempdir().unwrap();
    let profile = |name: &str| {
        let said = |id: &str| serde_json::json!({"cid": format!("{name}-{id}"), "comment": "love it", "commenter": "eve", "date": "2026-11-21T09:15:00Z"});
        let post = |id: &str, said: Vec<serde_json::Value>| {
            serde_json::json!({"shortcode": format!("{name}-{id}"), "taken_at": "2026-11-20T09:15:00Z", "caption": "hi",
                "like_count": 5, "view_count": 50, "thread": said})
        };
        serde_json::json!({"username": name, "follower_count": 12_400, "biography": "x",
            "media": {"items": [post("1", vec![said("a"), said("b")]), post("2", vec![]), post("3", vec![said("c")])]}})
    };
    let page = serde_json::json!({ "result": [profile("ann"), profile("bob")] });
    let path = write(here.path(), "page.json", page.to_string().as_bytes());
    let found = guess(&peek(&path).unwrap()).unwrap();
    assert_eq!(found.tables, ["creators", "posts", "comments"]);
    let text = toml::to_string(&found.map.unwrap()).unwrap();
    let map = write(here.path(), "own.toml", text.as_bytes());
    let map = map.display().to_string();
    let (creators, _) = read::<Creator>(&path, Some(&map)).unwrap();
    let (posts, _) = read::<Post>(&path, Some(&map)).unwrap();
    let (comments, rejects) = read::<Comment>(&path, Some(&map)).unwrap();
    assert_eq!(
        (creators.rows.len(), posts.rows.len(), rejects.count()),
        (2, 6, 0)
    );
    assert_eq!(posts.rows[5].creator_id.as_str(), "bob");
    let of = |c: &Comment| {
        let post = c.post_id.as_ref().map(ToString::to_string);
        let creator = c.creator_id.as_ref().map(ToString::to_string);
        [Some(c.comment_id.to_string()), post, creator].map(Option::unwrap_or_default)
    };
    let expected = ["ann", "bob"].map(|name| {
        let all = [("a", "1"), ("b", "1"), ("c", "3")];
        all.map(|(id, post)| {
            [
                format!("{name}-{id}"),
                format!("{name}-{post}"),
                name.to_owned(),
            ]
        })
    });
    let found: Vec<_> = comments.rows.iter().map(of).collect();
    assert_eq!(found, expected.concat(), "{text}");
}

/// What comment downloaders write names the video in the file's name alone.
#[test]
fn a_video_s_comments_know_it_by_the_file_s_name() {
    let here = tempfile::tempdir().unwrap();
    let line = r#"{"cid": "Ug0", "text": "love it", "time": "1 week ago", "author": "@eve", "channel": "UCv", "votes": "1.2K", "time_parsed": 1795184100.5}"#;
    for (name, expected) in [
        ("vJ9AeGBqvgs.json", Some("vJ9AeGBqvgs")),
        ("comments_vJ9AeGBqvgs.jsonl", Some("vJ9AeGBqvgs")),
        ("comments.json", None),
    ] {
        let path = write(here.path(), name, line.as_bytes());
        let (table, _) = read::<Comment>(&path, Some("youtube-comment-downloader")).unwrap();
        assert_eq!(
            table.rows[0].post_id.as_ref().map(PostId::as_str),
            expected,
            "{name}"
        );
        let said = table.inputs[0].notes.iter();
        let said = said.filter(|note| note.starts_with("post_id is unknown"));
        assert_eq!(said.count(), usize::from(expected.is_none()), "{name}");
    }
}

/// A page without items is none of the tables and no fault; `init` says so and goes on.
#[test]
fn an_empty_page_holds_no_row() {
    let here = tempfile::tempdir().unwrap();
    let page = r#"{"kind": "youtube#commentThreadListResponse", "etag": "x", "pageInfo": {"totalResults": 0, "resultsPerPage": 100}, "items": []}"#;
    let empty = file(here.path(), "page.json", page);
    let creators = file(
        here.path(),
        "creators.csv",
        "creator_id,followers\nann,12400\nbob,900\n",
    );
    let config = here.path().join("run.toml").display().to_string();
    let output = run(&["init", &creators, &empty, "--output", &config]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("page.json: holds no row"), "{said}");
}

/// Cells that say something else than their column holds count for the limit too: their rows are used, without them.
#[test]
fn faulty_cells_count_for_the_limit() {
    let here = tempfile::tempdir().unwrap();
    let mut rows = String::new();
    for i in 0..20 {
        let likes = if i < 5 {
            "lots".to_owned()
        } else {
            i.to_string()
        };
        rows += &format!("p{i},ann,2026-11-{:02},{likes}\n", i + 1);
    }
    let posts = format!("post_id,creator_id,published_at,likes\n{rows}");
    let posts = file(here.path(), "posts.csv", &posts);
    let creators = file(
        here.path(),
        "creators.csv",
        "creator_id,followers\nann,12400\n",
    );
    let out = here.path().join("out.csv").display().to_string();
    let with = |limit: &str| {
        let typed = [
            "engagement",
            "--creators",
            &creators,
            "--posts",
            &posts,
            "--output",
            &out,
            "--max-rejected",
            limit,
        ];
        run(&typed)
    };
    assert_eq!(with("0.3").status.code(), Some(0));
    let output = with("0.2");
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(
        said.contains("5 of 20 cells of likes in posts that say something cannot be read"),
        "{said}"
    );
}

/// Exports of several days: the newest row about an account counts, and the older ones tell how its followers moved.
#[test]
fn exports_of_several_days_tell_how_followers_moved() {
    let here = tempfile::tempdir().unwrap();
    let export = |day: &str, ann: u64, bob: u64| {
        let text = format!("creator_id,followers,bio\nann,{ann},day {day}\nbob,{bob},x\n");
        write(here.path(), &format!("creators-{day}.csv"), text.as_bytes())
    };
    let files = [
        export("2026-11-20", 1_300, 900),
        export("2026-11-06", 1_100, 900),
        export("2026-11-13", 1_200, 900),
    ];
    let mut rejects = Rejects::new(false);
    let table: Table<Creator> = read_table(&files, &ReadOptions::default(), &mut rejects).unwrap();
    assert_eq!((table.rows.len(), rejects.count()), (2, 0));
    let ann = &table.rows[0];
    assert_eq!(ann.bio.as_deref(), Some("day 2026-11-20"));
    let told: Vec<(String, u64)> = ann
        .follower_counts()
        .iter()
        .map(|count| (count.at.to_string(), count.followers.0))
        .collect();
    assert_eq!(
        told,
        [
            ("2026-11-06T00:00:00Z".to_owned(), 1_100),
            ("2026-11-13T00:00:00Z".to_owned(), 1_200),
            ("2026-11-20T00:00:00Z".to_owned(), 1_300)
        ]
    );
    let said = table.inputs[1].notes.iter();
    assert!(
        said.into_iter()
            .any(|note| note.contains("file's name: 2026-11-06"))
    );
    // One export is of whatever day it is, and what posts carry of their account is of the day of the export.
    let (one, _) = read::<Creator>(&files[0], None).unwrap();
    assert_eq!(one.rows[0].updated_at, None);
    let posts = "user,fans,id,date\nann,1000,p1,2026-11-01\nann,2000,p2,2026-11-08\n";
    let posts = write(here.path(), "posts.csv", posts.as_bytes());
    let map = "name = 'own'\n[creators]\ndistinct = true\n[creators.columns]\ncreator_id = 'user'\nfollowers = 'fans'\nupdated_at = 'date'\n";
    let map = file(here.path(), "own.toml", map);
    let (of_posts, _) = read::<Creator>(&posts, Some(&map)).unwrap();
    assert_eq!(of_posts.rows[0].followers_or_none(), 2_000);
    assert_eq!(of_posts.rows[0].follower_counts().len(), 1);
}
