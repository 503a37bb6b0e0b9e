//! The sample's market in the shapes in which people have such tables: whichever it comes in, `init` and `run` give one
//! ranking.

#![allow(clippy::unwrap_used, reason = "a test's helpers stop it by panicking")]

use crate::program::{self, file, sample, stderr, text};
use flate2::Compression;
use flate2::write::GzEncoder;
use microfluence::dataset::{Cell, Column, Kind, TableWriter};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

/// Creators of the sample that are taken, and posts of each.
const CREATORS: usize = 60;
const POSTS: usize = 6;

struct Person {
    id: String,
    followers: u64,
    bio: String,
}

struct Posted {
    id: String,
    creator: String,
    /// `2025-06-22T15:20:49Z`.
    at: String,
    caption: String,
    likes: u64,
    comments: u64,
    views: u64,
}

struct Market {
    people: Vec<Person>,
    posts: Vec<Posted>,
}

fn rows(name: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(sample(name)).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

/// A text that every encoding here can write, in one line.
fn plain(text: &str) -> String {
    let safe = |c: char| matches!(c, ' '..='~' | '\u{c0}'..='\u{ff}');
    let kept: String = text.chars().filter(|c| safe(*c)).collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Market {
    fn of_the_sample() -> Self {
        let posts = rows("posts.csv");
        let mut market = Self {
            people: Vec::new(),
            posts: Vec::new(),
        };
        for creator in rows("creators.csv") {
            let followers: u64 = creator["followers"].parse().unwrap();
            if !(1_000..=100_000).contains(&followers) || market.people.len() == CREATORS {
                continue;
            }
            let id = creator["handle"].clone();
            let theirs = posts
                .iter()
                .filter(|p| p["creator_id"] == creator["creator_id"]);
            for post in theirs.take(POSTS) {
                let count = |column: &str| post[column].parse().unwrap_or(0);
                market.posts.push(Posted {
                    id: post["post_id"].clone(),
                    creator: id.clone(),
                    at: post["published_at"].clone(),
                    caption: plain(&format!("{} {}", post["caption"], post["hashtags"])),
                    likes: count("likes"),
                    comments: count("comments"),
                    views: 10 * count("likes") + 7,
                });
            }
            market.people.push(Person {
                id,
                followers,
                bio: plain(&creator["bio"]),
            });
        }
        market
    }
}

/// A table of text: cells quoted where they have to be.
fn table(separator: char, header: &str, rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut text = header.replace(',', &separator.to_string()) + "\n";
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .map(|cell| {
                if cell.contains([separator, '"', '\n']) {
                    format!("\"{}\"", cell.replace('"', "\"\""))
                } else {
                    cell.clone()
                }
            })
            .collect();
        writeln!(text, "{}", cells.join(&separator.to_string())).unwrap();
    }
    text
}

const PEOPLE: &str = "creator_id,handle,platform,followers,bio";
const MEDIA: &str = "post_id,creator_id,published_at,caption,likes,comments";

fn person(p: &Person, followers: String) -> Vec<String> {
    vec![
        p.id.clone(),
        p.id.clone(),
        "instagram".to_owned(),
        followers,
        p.bio.clone(),
    ]
}

fn posted(p: &Posted, at: String, count: impl Fn(u64) -> String) -> Vec<String> {
    vec![
        p.id.clone(),
        p.creator.clone(),
        at,
        p.caption.clone(),
        count(p.likes),
        count(p.comments),
    ]
}

/// The two clean tables, by a separator.
fn clean(market: &Market, separator: char) -> (String, String) {
    let people = market
        .people
        .iter()
        .map(|p| person(p, p.followers.to_string()));
    let posts = market
        .posts
        .iter()
        .map(|p| posted(p, p.at.clone(), |n| n.to_string()));
    (
        table(separator, PEOPLE, people),
        table(separator, MEDIA, posts),
    )
}

/// `12.400`.
fn german(number: u64) -> String {
    if number < 1000 {
        return number.to_string();
    }
    format!("{}.{:03}", german(number / 1000), number % 1000)
}

fn written(path: &Path, columns: &[(&str, Kind)], rows: impl Iterator<Item = Vec<String>>) {
    let columns: Vec<Column> = columns
        .iter()
        .map(|(name, kind)| Column::new(name, *kind))
        .collect();
    let mut writer = TableWriter::create(path, &columns).unwrap();
    for row in rows {
        let cells = row
            .into_iter()
            .zip(&columns)
            .map(|(text, column)| match column.kind {
                Kind::Int => Cell::Int(text.parse().unwrap()),
                _ => Cell::Text(text),
            });
        writer.write(&cells.collect::<Vec<_>>()).unwrap();
    }
    writer.finish().unwrap();
}

/// Both tables by the program's own writer.
fn by_writer(market: &Market, folder: &Path, ending: &str) -> Vec<String> {
    let text_of = |names: &'static str| {
        names.split(',').map(|name| {
            let counted = ["followers", "likes", "comments"].contains(&name);
            (name, if counted { Kind::Int } else { Kind::Text })
        })
    };
    let (people, posts) = (
        folder.join(format!("people.{ending}")),
        folder.join(format!("media.{ending}")),
    );
    let columns: Vec<_> = text_of(PEOPLE).collect();
    written(
        &people,
        &columns,
        market
            .people
            .iter()
            .map(|p| person(p, p.followers.to_string())),
    );
    let columns: Vec<_> = text_of(MEDIA).collect();
    written(
        &posts,
        &columns,
        market
            .posts
            .iter()
            .map(|p| posted(p, p.at.clone(), |n| n.to_string())),
    );
    vec![text(&people), text(&posts)]
}

fn apify_profile(p: &Person) -> Value {
    json!({"inputUrl": format!("https://www.instagram.com/{}", p.id), "id": "71000000000", "username": p.id, "fullName": "",
        "biography": p.bio, "followersCount": p.followers})
}

fn apify_post(p: &Posted) -> Value {
    json!({"id": p.id, "shortCode": p.id, "url": format!("https://www.instagram.com/p/{}/", p.id), "caption": p.caption,
        "commentsCount": p.comments, "likesCount": p.likes, "timestamp": p.at.replace('Z', ".000Z"), "ownerUsername": p.creator,
        "ownerId": "71000000000"})
}

/// A list of objects as the table that scrapers make of it, with a mark at its beginning.
fn flat(items: &[Value]) -> String {
    let names: Vec<&String> = items[0].as_object().unwrap().keys().collect();
    let cell = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    let header: Vec<&str> = names.iter().map(|n| n.as_str()).collect();
    let rows = items.iter().map(|item| {
        names
            .iter()
            .map(|name| cell(&item[name.as_str()]))
            .collect()
    });
    format!("\u{feff}{}", table(',', &header.join(","), rows))
}

fn utf16(text: &str) -> Vec<u8> {
    let marked = format!("\u{feff}{text}");
    marked.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn latin(text: &str) -> Vec<u8> {
    text.chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect()
}

fn lines(items: &[Value]) -> String {
    items
        .iter()
        .fold(String::new(), |all, item| all + &item.to_string() + "\n")
}

fn gzip(text: &str) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

/// Writes a shape and gives its files.
#[expect(clippy::too_many_lines, reason = "a shape an arm")]
fn shape(name: &str, market: &Market, folder: &Path) -> Vec<String> {
    let put = |name: &str, bytes: &[u8]| file(folder, name, bytes);
    let (people, posts) = (&market.people, &market.posts);
    let profiles: Vec<Value> = people.iter().map(apify_profile).collect();
    let media: Vec<Value> = posts.iter().map(apify_post).collect();
    match name {
        "clean CSV" => {
            let (people, posts) = clean(market, ',');
            vec![
                put("creators.csv", people.as_bytes()),
                put("posts.csv", posts.as_bytes()),
            ]
        }
        "Apify CSV" => vec![
            put("profiles.csv", flat(&profiles).as_bytes()),
            put("posts.csv", flat(&media).as_bytes()),
        ],
        "Apify JSON" => vec![
            put("profiles.json", json!(profiles).to_string().as_bytes()),
            put("posts.json", json!(media).to_string().as_bytes()),
        ],
        "Apify nested JSON" => {
            let whole: Vec<Value> = people
                .iter()
                .map(|p| {
                    let mut profile = apify_profile(p);
                    let theirs = posts.iter().filter(|post| post.creator == p.id);
                    profile["latestPosts"] = theirs.map(apify_post).collect();
                    profile
                })
                .collect();
            vec![put("profiles.json", json!(whole).to_string().as_bytes())]
        }
        "nested JSON of nobody's" => {
            let whole: Vec<Value> = people.iter().map(|p| {
                let theirs = posts.iter().filter(|post| post.creator == p.id);
                let items: Vec<Value> = theirs.map(|post| json!({"code": post.id, "taken_at": post.at, "text": post.caption,
                    "like_count": post.likes, "comment_count": post.comments, "media_id": post.id})).collect();
                json!({"account": {"handle": p.id, "follower_count": p.followers, "about": p.bio, "network": "instagram"}, "feed": {"items": items}})
            }).collect();
            vec![put(
                "export.json",
                json!({"accounts": whole, "next": null})
                    .to_string()
                    .as_bytes(),
            )]
        }
        "workbooks" => by_writer(market, folder, "xlsx"),
        "Parquet" => by_writer(market, folder, "parquet"),
        "UTF-16 with tabs" => {
            let (people, posts) = clean(market, '\t');
            vec![
                put("creators.csv", &utf16(&people)),
                put("posts.csv", &utf16(&posts)),
            ]
        }
        "Windows-1252" => {
            let (people, posts) = clean(market, ',');
            vec![
                put("creators.csv", &latin(&people)),
                put("posts.csv", &latin(&posts)),
            ]
        }
        "German spreadsheet" => {
            let moment = |p: &Posted| {
                format!(
                    "{}.{}.{} {}",
                    &p.at[8..10],
                    &p.at[5..7],
                    &p.at[..4],
                    &p.at[11..19]
                )
            };
            let people = table(
                ';',
                PEOPLE,
                people.iter().map(|p| person(p, german(p.followers))),
            );
            let posts = table(
                ';',
                MEDIA,
                posts.iter().map(|p| posted(p, moment(p), german)),
            );
            let people = format!("sep=;\r\n{}", people.replace('\n', "\r\n"));
            vec![
                put("creators.csv", people.as_bytes()),
                put("posts.csv", format!("\u{feff}{posts}").as_bytes()),
            ]
        }
        "JSON lines, packed" => {
            let people: Vec<Value> = people
                .iter()
                .map(|p| {
                    json!({"creator_id": p.id, "handle": p.id, "platform": "instagram",
                "followers": p.followers, "bio": p.bio})
                })
                .collect();
            let posts: Vec<Value> = posts
                .iter()
                .map(|p| {
                    json!({"post_id": p.id, "creator_id": p.creator, "published_at": p.at,
                "caption": p.caption, "likes": p.likes, "comments": p.comments})
                })
                .collect();
            vec![
                put("creators.jsonl.gz", &gzip(&lines(&people))),
                put("posts.jsonl.gz", &gzip(&lines(&posts))),
            ]
        }
        "YouTube" => {
            let page = |items: Vec<Value>| {
                json!({"kind": "youtube#listResponse", "items": items, "pageInfo": {"totalResults": 1}}).to_string()
            };
            let channels = people.iter().map(|p| json!({"id": p.id, "snippet": {"title": p.id, "customUrl": format!("@{}", p.id), "description": p.bio},
                "statistics": {"subscriberCount": p.followers.to_string(), "hiddenSubscriberCount": false}}));
            let videos: Vec<Value> = posts.iter().map(|p| json!({"id": p.id, "snippet": {"channelId": p.creator, "publishedAt": p.at,
                "description": p.caption}, "statistics": {"viewCount": p.views.to_string(), "likeCount": p.likes.to_string(),
                "commentCount": p.comments.to_string()}})).collect();
            let (first, second) = videos.split_at(videos.len() / 2);
            vec![
                put("channels.json", page(channels.collect()).as_bytes()),
                put("videos_1.json", page(first.to_vec()).as_bytes()),
                put("videos_2.json", page(second.to_vec()).as_bytes()),
            ]
        }
        // The same as clean tables.
        "YouTube, clean" => {
            let rows = people.iter().map(|p| {
                vec![
                    p.id.clone(),
                    format!("@{}", p.id),
                    p.id.clone(),
                    "youtube".to_owned(),
                    p.followers.to_string(),
                    p.bio.clone(),
                ]
            });
            let people = table(',', "creator_id,handle,name,platform,followers,bio", rows);
            let rows = posts.iter().map(|p| {
                let mut row = posted(p, p.at.clone(), |n| n.to_string());
                row.extend([p.views.to_string(), "video".to_owned()]);
                row
            });
            let posts = table(',', &format!("{MEDIA},views,media_type"), rows);
            vec![
                put("creators.csv", people.as_bytes()),
                put("posts.csv", posts.as_bytes()),
            ]
        }
        other => panic!("{other}"),
    }
}

/// Who is ranked, with score and interval, as they are printed.
fn ranking(files: &[String], folder: &Path) -> Vec<String> {
    let within = |arguments: &[&str], files: &[String]| {
        let mut command = program::program();
        let ran = command
            .args(arguments)
            .args(files)
            .current_dir(folder)
            .output()
            .unwrap();
        assert!(ran.status.success(), "{files:?}: {}", stderr(&ran));
    };
    within(
        &[
            "init",
            "--niche",
            "beauty and skincare",
            "--output",
            "m.toml",
        ],
        files,
    );
    let config = folder.join("m.toml");
    let skipped =
        ["niches", "engagement", "authenticity"].map(|stage| format!("\n[{stage}]\nskip = true\n"));
    let text = std::fs::read_to_string(&config).unwrap() + &skipped.concat();
    std::fs::write(&config, text).unwrap();
    within(&["run", "m.toml", "--output", "out"], &[]);
    let mut reader = csv::Reader::from_path(folder.join("out/ranking.csv")).unwrap();
    let rows = reader
        .deserialize::<BTreeMap<String, String>>()
        .map(Result::unwrap);
    let told = ["rank", "creator_id", "score", "score_lower", "score_upper"];
    rows.map(|row| told.map(|column| row[column].clone()).join(" "))
        .collect()
}

#[test]
fn one_market_gives_one_ranking_in_whatever_shape_it_comes() {
    let market = Market::of_the_sample();
    let of = |name: &str| {
        let folder = tempfile::tempdir().unwrap();
        let files = shape(name, &market, folder.path());
        ranking(&files, folder.path())
    };
    let clean = of("clean CSV");
    assert!(clean.len() > 4, "{clean:?}");
    for name in [
        "Apify CSV",
        "Apify JSON",
        "Apify nested JSON",
        "nested JSON of nobody's",
        "workbooks",
        "Parquet",
        "UTF-16 with tabs",
        "Windows-1252",
        "German spreadsheet",
        "JSON lines, packed",
    ] {
        assert_eq!(of(name), clean, "{name}");
    }
    assert_eq!(of("YouTube"), of("YouTube, clean"));
}
