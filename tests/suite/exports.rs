//! Files as people have them: every folder of the shared exports by `init` and `run`, each alternative of a file by
//! itself.

#![allow(clippy::unwrap_used, reason = "a test's helpers stop it by panicking")]

use crate::program::{self, file, number, shared};
use microfluence::dataset::{ColumnMap, ReadOptions, Record, Rejects, expand, read_table};
use microfluence::schema::{Comment, Creator, Post};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

const CLEAN: &str = "creators posts comments";

/// The alternatives: folder, files, clean tables, what is right.
const CASES: &str = include_str!("exports.cases");

/// An alternative: its folder and files, the tables of the clean market beside it, and what is right, by the words of
/// [`Ran::check`].
struct Case {
    folder: &'static str,
    files: &'static str,
    clean: &'static str,
    right: &'static str,
}

fn cases() -> Vec<Case> {
    let lines = CASES.lines().filter(|line| !line.starts_with('#'));
    let case = |line: &'static str| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [folder, files, clean, right] = cells[..] else {
            panic!("{line}");
        };
        Case {
            folder,
            files,
            clean,
            right,
        }
    };
    lines.map(case).collect()
}

#[test]
fn every_folder_of_exports_is_read_right_or_refused() {
    let Some(exports) = shared("exports") else {
        return;
    };
    let cases = cases();
    let clean = Market::of(&exports, &cases[0]);
    let folders: BTreeSet<&str> = cases.iter().map(|case| case.folder).collect();
    for entry in std::fs::read_dir(&exports).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            folders.contains(name.as_str()) || name == "README.md",
            "{name} is not tried"
        );
    }
    let (next, wrong) = (Mutex::new(cases.iter()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some(case) = next.lock().unwrap().next() else {
                        return;
                    };
                    let found = Ran::of(&exports, case).check(case.right, &clean);
                    let named = found
                        .into_iter()
                        .map(|w| format!("{}/{}: {w}", case.folder, case.files));
                    wrong.lock().unwrap().extend(named);
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The market as its own tables have it.
struct Market {
    posts: Vec<Post>,
    comments: Vec<Comment>,
    followers: Vec<u64>,
    engagement: String,
}

impl Market {
    fn of(exports: &Path, clean: &Case) -> Self {
        let ran = Ran::of(exports, clean);
        let mut followers: Vec<u64> = ran
            .rows::<Creator>()
            .iter()
            .filter_map(|c| Some(c.followers?.0))
            .collect();
        followers.sort_unstable();
        Self {
            posts: ran.rows(),
            comments: ran.rows(),
            followers,
            engagement: ran.text("out/engagement.csv"),
        }
    }
}

/// What `init` and `run` made of files.
struct Ran {
    folder: tempfile::TempDir,
    init: (bool, String),
    run: (Option<i32>, String),
}

impl Ran {
    fn of(exports: &Path, case: &Case) -> Self {
        let at = exports.join(case.folder);
        let mut files: Vec<String> = if case.files == "*.json" {
            let all = std::fs::read_dir(&at)
                .unwrap()
                .map(|entry| entry.unwrap().path());
            all.filter(|path| path.extension().is_some_and(|e| e == "json"))
                .map(|path| program::text(&path))
                .collect()
        } else {
            case.files
                .split(' ')
                .map(|name| program::text(&at.join(name)))
                .collect()
        };
        files.sort();
        for table in CLEAN.split(' ').filter(|table| case.clean.contains(table)) {
            files.push(program::text(
                &exports.join(format!("00-clean/{table}.csv")),
            ));
        }
        Self::files(&files)
    }

    /// `init`, and `run` without the stages that read texts, where there is another.
    fn files(files: &[String]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("m.toml");
        let within = |command: &mut std::process::Command| {
            command.current_dir(folder.path()).output().unwrap()
        };
        let mut init = program::program();
        let init = within(init.args(["init", "--output", "m.toml"]).args(files));
        let said = String::from_utf8_lossy(&init.stdout).into_owned() + &program::stderr(&init);
        let ran = Self {
            folder,
            init: (init.status.success(), said),
            run: (None, String::new()),
        };
        if !ran.init.0 {
            return ran;
        }
        let mut text = std::fs::read_to_string(&config).unwrap() + "\n[niches]\nskip = true\n";
        if ["creators", "orders"]
            .iter()
            .any(|table| text.contains(&format!("\n{table} = ")))
        {
            text += "\n[sentiment]\nskip = true\n";
        }
        std::fs::write(&config, text).unwrap();
        let mut run = program::program();
        let run = run
            .args(["run", "m.toml", "--output", "out"])
            .current_dir(ran.folder.path())
            .output()
            .unwrap();
        Self {
            run: (run.status.code(), program::stderr(&run)),
            ..ran
        }
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }

    fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.text(name)).unwrap_or_default()
    }

    /// The rows of a table, as the file that `init` wrote says it is read.
    fn rows<T: Record>(&self) -> Vec<T> {
        let config: toml::Table = toml::from_str(&self.text("m.toml")).unwrap();
        let texts = |value: Option<&toml::Value>| -> Vec<String> {
            let items = value.and_then(toml::Value::as_array).into_iter().flatten();
            items
                .map(|item| item.as_str().unwrap().to_owned())
                .collect()
        };
        let maps = texts(config.get("map")).into_iter().map(|name| {
            let beside = self.folder.path().join(&name);
            ColumnMap::load(if beside.exists() {
                beside.to_str().unwrap()
            } else {
                &name
            })
            .unwrap()
        });
        let options = ReadOptions {
            maps: maps.collect(),
            ..ReadOptions::default()
        };
        let files = texts(config["tables"].get(T::TABLE));
        let files: Vec<PathBuf> = expand(&files).unwrap();
        read_table::<T>(&files, &options, &mut Rejects::new(false))
            .unwrap()
            .rows
    }

    /// What is wrong of what is said to be right.
    fn check(&self, right: &str, clean: &Market) -> Vec<String> {
        let mut wrong: Vec<String> = Vec::new();
        let mut refused = false;
        for word in right.split("; ") {
            let text = |label: &str| word.strip_prefix(label);
            if let Some(part) = text("no table: ") {
                refused = true;
                if self.init.0 || !self.init.1.contains(part) {
                    wrong.push(format!("init does not refuse: {}", self.init.1));
                }
            } else if let Some(part) = text("run: ") {
                refused = true;
                if self.run.0 != Some(2) || !self.run.1.contains(part) {
                    wrong.push(format!(
                        "not refused with {part:?}: {:?} {}",
                        self.run.0, self.run.1
                    ));
                }
            } else if let Some(part) = text("init says: ") {
                if !self.init.1.contains(part) {
                    wrong.push(format!("init does not say {part:?}: {}", self.init.1));
                }
            } else if let Some(part) = text("says: ") {
                if !self.run.1.contains(part) {
                    wrong.push(format!("run does not say {part:?}: {}", self.run.1));
                }
            } else {
                wrong.extend(
                    self.counted(word)
                        .unwrap_or_else(|| self.compared(word, clean)),
                );
            }
        }
        if !refused && self.run.0 != Some(0) {
            wrong.push(format!("{:?} {}", self.run.0, self.run.1));
        }
        wrong
    }

    /// What is wrong with a count; `None` where the word is none: rows of a table that were used, rows that joined,
    /// cells that are unknown, a total of the campaign.
    #[expect(
        clippy::option_option,
        reason = "no count, a right one, or what is wrong with it"
    )]
    fn counted(&self, word: &str) -> Option<Option<String>> {
        let document = self.json("out/run.json");
        let manifest = &document["manifest"];
        let (what, expected) = word.rsplit_once(' ')?;
        let expected: f64 = expected.parse().ok()?;
        let count = |value: &Value| value.as_u64().unwrap_or(0);
        let empty = Vec::new();
        let inputs = manifest["inputs"].as_array().unwrap_or(&empty);
        let found = if let Some(key) = what.strip_prefix("total ") {
            number(&self.json("out/campaign.json")["total"][key])
        } else if let Some(column) = what.strip_prefix("unknown ") {
            inputs
                .iter()
                .map(|i| count(&i["unknown"][column]))
                .sum::<u64>() as f64
        } else if let Some((table, to)) = what.split_once('>') {
            let joins = manifest["joins"].as_array().unwrap_or(&empty);
            let of = joins
                .iter()
                .filter(|j| j["table"] == table && j["to"] == to);
            of.map(|j| count(&j["joined"])).sum::<u64>() as f64
        } else if what == "rate" {
            self.rate()
        } else if what == "cell line" {
            let cells =
                ["authenticity", "sentiment"].map(|s| self.text(&format!("out/{s}.csv.cells.csv")));
            let row = cells.iter().find_map(|table| table.lines().nth(1));
            row?.split(',').nth(1)?.parse().ok()?
        } else if CLEAN.contains(what) || ["visits", "orders", "spend"].contains(&what) {
            let of = inputs.iter().filter(|i| i["table"] == what);
            let used = |i: &Value| {
                count(&i["rows"])
                    - count(&i["rejected"])
                    - count(&i["repeated"])
                    - count(&i["left_out"])
            };
            of.map(used).sum::<u64>() as f64
        } else {
            return None;
        };
        let nearly = if what == "rate" { 1e-4 } else { 1e-6 };
        let right = (found - expected).abs() <= nearly * expected.max(1.0);
        Some((!right).then(|| format!("{word}: found {found}; {}", self.run.1)))
    }

    /// The first creator's rate.
    fn rate(&self) -> f64 {
        let table = self.text("out/engagement.csv");
        let row = table.lines().nth(1).unwrap_or_default();
        row.split(',')
            .nth(2)
            .and_then(|cell| cell.parse().ok())
            .unwrap_or(f64::NAN)
    }

    /// What the tables say, beside the clean ones.
    fn compared(&self, word: &str, clean: &Market) -> Option<String> {
        let seconds = |posts: &[Post]| sorted(posts.iter().map(|p| p.published_at.as_second()));
        let days =
            |posts: &[Post]| sorted(posts.iter().map(|p| p.published_at.as_second() / 86_400));
        let likes = |posts: &[Post]| sorted(posts.iter().map(|p| (p.likes, p.comments)));
        let authors = |all: &[Comment]| {
            let names = all.iter().map(|c| {
                c.author_id.as_ref().map_or(String::new(), |a| {
                    a.as_str().trim_start_matches('@').to_owned()
                })
            });
            sorted(names)
        };
        let same =
            |same: bool| (!same).then(|| format!("{word}: another than in the clean market"));
        match word.split(' ').collect::<Vec<_>>().as_slice() {
            ["like", "clean"] => {
                let posts = self.rows::<Post>();
                same(
                    seconds(&posts) == seconds(&clean.posts)
                        && likes(&posts) == likes(&clean.posts),
                )
            }
            ["moments"] => same(seconds(&self.rows::<Post>()) == seconds(&clean.posts)),
            ["days"] => same(days(&self.rows::<Post>()) == days(&clean.posts)),
            ["counts"] => same(likes(&self.rows::<Post>()) == likes(&clean.posts)),
            ["hours", hours] => {
                let later = hours.parse::<i64>().unwrap() * 3600;
                let moved: Vec<i64> = seconds(&clean.posts).iter().map(|s| s + later).collect();
                same(seconds(&self.rows::<Post>()) == moved)
            }
            ["likes", first] => same(self.rows::<Post>()[0].likes == first.parse().ok()),
            ["times"] => {
                let times = |all: &[Comment]| sorted(all.iter().map(|c| c.created_at));
                same(times(&self.rows::<Comment>()) == times(&clean.comments))
            }
            ["authors"] => same(authors(&self.rows::<Comment>()) == authors(&clean.comments)),
            ["followers"] => {
                let rows = self.rows::<Creator>();
                same(sorted(rows.iter().filter_map(|c| Some(c.followers?.0))) == clean.followers)
            }
            ["follower", count] => {
                let rows = self.rows::<Creator>();
                same(
                    rows.iter()
                        .any(|c| c.followers.is_some_and(|f| f.0.to_string() == *count)),
                )
            }
            ["same"] => same(self.text("out/engagement.csv") == clean.engagement),
            _ => Some(format!("the test knows no {word:?}")),
        }
    }
}

fn sorted<T: Ord>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut all: Vec<T> = values.collect();
    all.sort();
    all
}

#[test]
fn one_unreadable_file_among_many_is_named_and_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let rows = "creator_id,followers,bio\nann,5000,x\nbob,6000,y\n";
    let good = file(folder.path(), "creators.csv", rows);
    let empty = file(folder.path(), "empty.csv", "");
    let page = file(folder.path(), "login.csv", "<!DOCTYPE html><html>");
    let output = folder.path().join("m.toml").display().to_string();
    let ran = program::run(&["init", &good, &empty, &page, "--output", &output]);
    assert!(ran.status.success(), "{}", program::stderr(&ran));
    let out = String::from_utf8_lossy(&ran.stdout);
    assert!(
        out.contains("empty.csv") && out.contains("web page"),
        "{out}"
    );
    assert!(
        std::fs::read_to_string(output)
            .unwrap()
            .contains("creators.csv")
    );
}

#[test]
fn one_cell_that_fits_one_mark_settles_a_column_of_amounts() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| file(folder.path(), name, text);
    let spend =
        "creator_id;amount;promo_code\nann;1.500;A\nbob;1.200,00;B\ncleo;800;C\ndan;2.250;D\n";
    let visits = "visit_id,at,creator_id\nv1,2026-11-01T07:00:00Z,ann\n";
    let orders = "order_id,at,value,promo_code\no1,2026-11-02T07:00:00Z,20,A\n";
    let files = [
        put("spend.csv", spend),
        put("visits.csv", visits),
        put("orders.csv", orders),
    ];
    let ran = Ran::files(&files);
    let total = &ran.json("out/campaign.json")["total"]["spend"];
    assert_eq!(total.as_f64(), Some(5750.0), "{}", ran.run.1);
}
