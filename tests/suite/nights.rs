//! Thirty nights that nobody watches: the tables change and break, and each night ends in the right exit status, with
//! nothing lost, an alarm where something was planted, and none on the quiet ones.

#![allow(clippy::unwrap_used, reason = "a test's helpers stop it by panicking")]

use crate::program::{file, lines, program, sample, stderr, summary};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Output;

/// A market whose tables change from night to night.
struct Market {
    folder: tempfile::TempDir,
    creators: Vec<String>,
    posts: Vec<String>,
    comments: Vec<String>,
}

const RULES: &str = "alert = [\"sentiment of Lumora falls\", \"price of top 60 rises by 20%\", \"vanished > 0\", \"new_faults > 0\", \
                     \"top 1 changes\"]\nnotify = \"cat >> called.jsonl\"\n";

impl Market {
    fn new() -> Self {
        let some = |name: &str, rows: usize| -> Vec<String> {
            lines(sample(name)).into_iter().take(rows + 1).collect()
        };
        let mut comments = some("comments.csv", 300);
        for n in 0..60 {
            comments.push(format!(
                "l{n},I love the Lumora serum number {n},,,fan{n},2026-05-01T10:00:00Z,0,Lumora"
            ));
        }
        let market = Self {
            folder: tempfile::tempdir().unwrap(),
            creators: some("creators.csv", 60),
            posts: some("posts.csv", 1200),
            comments,
        };
        let config = format!(
            "output = \"out\"\n{RULES}max_rejected = 0.2\n[tables]\ncreators = \"creators.csv\"\nposts = \"posts.csv\"\n\
             comments = \"comments.csv\"\n[rank]\nniche = \"fashion\"\nmin_relevance = 0\n[niches]\nskip = true\n\
             [engagement]\nskip = true\n[authenticity]\nskip = true\n"
        );
        file(market.folder.path(), "run.toml", config);
        market
    }

    fn write(&self) {
        for (name, rows) in [
            ("creators.csv", &self.creators),
            ("posts.csv", &self.posts),
            ("comments.csv", &self.comments),
        ] {
            file(self.folder.path(), name, rows.join("\n") + "\n");
        }
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    fn run(&self) -> Output {
        let mut program = program();
        program
            .args(["run", "run.toml"])
            .current_dir(self.folder.path());
        program.output().unwrap()
    }

    /// A night on the tables as they are now; gives the alerts, each with its rule.
    fn night(&self, status: i32) -> Vec<(String, String)> {
        self.write();
        let ended = self.run();
        assert_eq!(ended.status.code(), Some(status), "{}", stderr(&ended));
        self.alerts()
    }

    fn alerts(&self) -> Vec<(String, String)> {
        let text = |alert: &Value, key: &str| alert[key].as_str().unwrap().to_owned();
        lines(self.out().join("alerts.jsonl"))
            .iter()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .map(|alert| (text(&alert, "rule"), text(&alert, "text")))
            .collect()
    }

    /// A night without an alarm.
    fn quiet(&self) {
        assert_eq!(self.night(0), []);
    }

    /// A night that fails, after which the results are those of the night before.
    fn lost(&self, status: i32, what: &str) {
        let before = contents(&self.out());
        let ended = self.run();
        let text = stderr(&ended);
        assert_eq!(ended.status.code(), Some(status), "{text}");
        assert!(text.contains(what), "{text}");
        assert_eq!(contents(&self.out()), before, "{what}");
    }

    fn changes(&self) -> Value {
        summary(&self.out().join("changes.json"))
    }

    /// The column of a row of creators or posts, changed.
    fn set(rows: &mut [String], id: &str, column: usize, value: &str) {
        let row = rows
            .iter_mut()
            .find(|row| row.starts_with(&format!("{id},")))
            .unwrap();
        let mut cells: Vec<String> = csv_cells(row);
        value.clone_into(&mut cells[column]);
        *row = cells.join(",");
    }
}

/// The cells of a line, each as it is written.
fn csv_cells(row: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    for c in row.chars() {
        quoted ^= c == '"';
        if c == ',' && !quoted {
            cells.push(String::new());
        } else {
            cells.last_mut().unwrap().push(c);
        }
    }
    cells
}

/// What the results are, but for when they were made.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read(&path).unwrap())
        })
        .collect()
}

#[test]
fn thirty_nights_end_as_they_should() {
    let mut market = Market::new();
    // 1, 2: the first night compares with nothing; an unchanged one does nothing.
    market.quiet();
    assert!(!market.out().join("changes.json").exists());
    market.write();
    assert!(stderr(&market.run()).contains("rank: done and unchanged"));
    assert_eq!(market.alerts(), []);
    // 3, 4: rows are added; a creator is new.
    market
        .posts
        .push("x1,cr003,2026-05-20T10:00:00Z,new coat,#fashion,image,90,4,,,,,false,".to_owned());
    market
        .comments
        .push("y1,so pretty,x1,cr003,fan1,2026-05-20T11:00:00Z,1,".to_owned());
    market.quiet();
    market.creators.push(
        "new1,20000,instagram,new.coat,New Coat,person,fashion,1,1,false,,,en,,90,USD".to_owned(),
    );
    market.quiet();
    let added = &market.changes()["changes"]["creators"]["added"];
    assert_eq!(added[0][0], "new1");
    // 5 to 8: a column is renamed to what nobody knows, and found again; cells of it are unknown for a night.
    let header = market.posts[0].clone();
    market.posts[0] = header.replace(",likes,", ",zzz,");
    let alarms = market.night(4);
    assert!(
        alarms.iter().any(|(rule, _)| rule == "new_faults > 0"),
        "{alarms:?}"
    );
    let faults = market.changes()["changes"]["new_faults"].to_string();
    assert!(
        faults.contains("posts no longer has the column likes"),
        "{faults}"
    );
    market.posts[0] = header;
    // The first place may change with the evidence that is back; nothing else may.
    market.write();
    let code = market.run().status.code();
    assert!(code == Some(0) || code == Some(4), "{code:?}");
    let back = market.alerts();
    assert!(
        back.iter().all(|(rule, _)| rule == "top 1 changes"),
        "{back:?}"
    );
    market.quiet();
    // 9 to 12: an empty file, a header alone, and a file of another encoding that is cut.
    file(market.folder.path(), "creators.csv", "");
    market.lost(2, "creators.csv");
    file(
        market.folder.path(),
        "creators.csv",
        market.creators[0].clone() + "\n",
    );
    market.lost(2, "creators.csv");
    market.quiet();
    file(
        market.folder.path(),
        "comments.csv",
        b"\xff\xfec\x00o\x00m\x00\x00\xd8",
    );
    market.lost(2, "comments.csv");
    market.quiet();
    broken_machines(&mut market);
    planted(&mut market);
}

/// A full disk, a kill, and a clock that is set back.
fn broken_machines(market: &mut Market) {
    // 14, 15: the disk is full before the results are written.
    market
        .comments
        .push("y2,so so pretty,x1,cr003,fan2,2026-05-21T11:00:00Z,1,".to_owned());
    market.write();
    let before = contents(&market.out());
    let inner = program();
    let mut shell = std::process::Command::new("sh");
    shell
        .arg("-c")
        .arg(format!(
            "trap '' XFSZ; ulimit -f 4; exec {} run run.toml --no-cache",
            inner.get_program().to_str().unwrap()
        ))
        .current_dir(market.folder.path());
    for (name, value) in inner.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let ended = shell.output().unwrap();
    assert_eq!(ended.status.code(), Some(1), "{}", stderr(&ended));
    assert_eq!(
        contents(&market.out())["ranking.csv"],
        before["ranking.csv"]
    );
    market.quiet();
    // 16, 17: killed at some moment; the next start goes on, and finds what the killed one would have.
    market
        .comments
        .push("y3,what a coat,x1,cr003,fan3,2026-05-22T11:00:00Z,1,".to_owned());
    market.write();
    let mut killed = program();
    killed
        .args(["run", "run.toml", "--quiet", "--force"])
        .current_dir(market.folder.path());
    let mut killed = killed.spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(700));
    killed.kill().unwrap();
    killed.wait().unwrap();
    market.quiet();
    // 18: the last record is of a day that has not come yet.
    let history = market.out().join("history");
    let mut records: Vec<PathBuf> = std::fs::read_dir(&history)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    records.sort();
    let last = records.pop().unwrap();
    let name = last.file_name().unwrap().to_string_lossy().into_owned();
    let number = name.split_once('-').unwrap().0;
    std::fs::rename(&last, history.join(format!("{number}-2099-01-01.json.gz"))).unwrap();
    market
        .comments
        .push("y4,what a nice coat,x1,cr003,fan4,2026-05-23T11:00:00Z,1,".to_owned());
    market.quiet();
    let rows = &market.changes()["changes"]["tables"][0];
    let grown = rows["rows"][1].as_u64().unwrap() - rows["rows"][0].as_u64().unwrap();
    assert_eq!(
        grown, 1,
        "the record before is the last one, whatever its date"
    );
}

/// What was planted is named, once.
fn planted(market: &mut Market) {
    // 19, 20: an opinion turns.
    for n in 0..120 {
        market.comments.push(format!(
            "h{n},The Lumora serum ruined my skin after {n} days,,,foe{n},2026-05-24T10:00:00Z,0,Lumora"
        ));
    }
    let alarms = market.night(4);
    let [(rule, text)] = alarms.as_slice() else {
        panic!("{alarms:?}")
    };
    assert_eq!(rule, "sentiment of Lumora falls");
    assert!(text.starts_with("sentiment of Lumora is "), "{text}");
    assert_eq!(
        lines(market.folder.path().join("called.jsonl"))
            .pop()
            .map(|l| l.contains("Lumora falls")),
        Some(true)
    );
    market.quiet();
    // 21, 22: a price.
    Market::set(&mut market.creators, "new1", 14, "150");
    let alarms = market.night(4);
    assert_eq!(
        alarms,
        [(
            "price of top 60 rises by 20%".to_owned(),
            "price of @new.coat is 150, 90 before".to_owned()
        )]
    );
    market.quiet();
    // 23, 24: somebody is gone.
    market.creators.retain(|row| !row.starts_with("new1,"));
    let alarms = market.night(4);
    assert!(
        alarms
            .iter()
            .any(|(rule, text)| rule == "vanished > 0" && text == "vanished is 1"),
        "{alarms:?}"
    );
    let gone = market.changes()["changes"]["creators"]["removed"].clone();
    assert_eq!(gone[0][0], "new1");
    market.quiet();
    // 25, 26: a third of the comments cannot be used: the results stand beside the last good ones.
    let whole = market.comments.clone();
    for row in market.comments.iter_mut().skip(1).step_by(3) {
        let bad = row.split_once(',').unwrap().1.to_owned();
        *row = format!(",{bad}");
    }
    market.write();
    market.lost(3, "max-rejected");
    assert!(
        market
            .folder
            .path()
            .join("out.beyond-limits/ranking.csv")
            .is_file()
    );
    market.comments = whole;
    market.quiet();
    // 27, 28: nobody likes the first of the ranking any more.
    let first = lines(market.out().join("ranking.csv"))[1]
        .split(',')
        .nth(1)
        .unwrap()
        .to_owned();
    let theirs: Vec<String> = market
        .posts
        .iter()
        .filter(|row| csv_cells(row)[1] == first)
        .map(|row| csv_cells(row)[0].clone())
        .collect();
    for post in theirs {
        for (column, value) in [(6, "1"), (7, "0"), (8, "0"), (9, "0")] {
            Market::set(&mut market.posts, &post, column, value);
        }
    }
    let alarms = market.night(4);
    assert!(
        alarms.iter().any(|(rule, _)| rule == "top 1 changes"),
        "{alarms:?}"
    );
    let changes = market.changes();
    let fell = &changes["changes"]["moves"][0];
    assert_eq!(fell["creator_id"], first.as_str());
    assert_eq!(fell["parts"][0]["criterion"], "engagement");
    assert_eq!(fell["beyond_chance"], true);
    market.quiet();
    // 29, 30: other settings are said, and are no alarm; then nothing happens.
    let config = market.folder.path().join("run.toml");
    let text = std::fs::read_to_string(&config).unwrap() + "[plan]\nskip = true\n";
    std::fs::write(
        &config,
        text.replace("min_relevance = 0", "min_relevance = 0.01"),
    )
    .unwrap();
    let alarms = market.night(0);
    assert_eq!(alarms, []);
    let asked = market.changes()["changes"]["asked_otherwise"].to_string();
    assert!(asked.contains("rank min_relevance = 0.01"), "{asked}");
    market.quiet();
}

#[test]
fn two_folders_are_compared_and_a_rule_ends_with_status_4() {
    let mut market = Market::new();
    market.quiet();
    let folder = market.folder.path();
    std::fs::rename(folder.join("out"), folder.join("monday")).unwrap();
    Market::set(&mut market.creators, "cr003", 1, "900000");
    market.write();
    assert_eq!(market.run().status.code(), Some(0));
    let diff = |arguments: &[&str]| {
        let mut program = program();
        program
            .arg("diff")
            .args(arguments)
            .current_dir(folder)
            .output()
            .unwrap()
    };
    let ended = diff(&[
        "monday",
        "out",
        "--output",
        "changes.csv",
        "--summary",
        "changes.json",
    ]);
    assert_eq!(ended.status.code(), Some(0), "{}", stderr(&ended));
    let table = lines(folder.join("changes.csv"));
    assert!(
        table[0].starts_with("what,of,name,before,now,difference,lower,upper,beyond_chance,why")
    );
    assert!(
        table.iter().any(|row| row.starts_with("followers,cr003,")),
        "{table:?}"
    );
    let said = String::from_utf8(ended.stdout).unwrap();
    assert!(
        said.starts_with("From ") && said.contains("is no longer in the ranking"),
        "{said}"
    );
    let ended = diff(&[
        "monday",
        "out",
        "--alert",
        "followers of cr003 rises by 10%",
    ]);
    assert_eq!(ended.status.code(), Some(4), "{}", stderr(&ended));
    assert_eq!(
        diff(&["monday", "monday", "--alert", "top 5 changes"])
            .status
            .code(),
        Some(0)
    );
    assert_eq!(diff(&["monday", "nowhere"]).status.code(), Some(2));
    assert_eq!(
        diff(&["monday", "out", "--alert", "mood falls"])
            .status
            .code(),
        Some(2)
    );
    // What nobody has changed.
    let ended = diff(&["monday", "monday"]);
    assert!(
        String::from_utf8(ended.stdout)
            .unwrap()
            .contains("nothing differs")
    );
}

#[test]
fn machines_get_json_lines_and_counts_and_a_dry_run_writes_nothing() {
    let market = Market::new();
    market.write();
    let folder = market.folder.path();
    let run = |arguments: &[&str]| {
        let mut program = program();
        program
            .args(["run", "run.toml"])
            .args(arguments)
            .current_dir(folder)
            .output()
            .unwrap()
    };
    let dry = run(&["--dry-run"]);
    assert_eq!(dry.status.code(), Some(0), "{}", stderr(&dry));
    let said = String::from_utf8(dry.stdout).unwrap();
    assert!(
        said.contains("rank: to do, for the first time here"),
        "{said}"
    );
    assert!(!market.out().exists());
    let ended = run(&["--log-format", "json", "--metrics", "metrics.prom"]);
    let logged: Vec<Value> = stderr(&ended)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let stage = logged.iter().find(|line| line["stage"] == "rank").unwrap();
    assert!(
        stage["seconds"].as_f64().is_some()
            && stage["level"] == "INFO"
            && stage["timestamp"].is_string()
    );
    let metrics = std::fs::read_to_string(folder.join("metrics.prom")).unwrap();
    for line in [
        "microfluence_run_exit_status 0.0",
        "microfluence_rows{table=\"comments\",state=\"used\"} 360.0",
        "# EOF",
    ] {
        assert!(metrics.contains(line), "{metrics}");
    }
    let said = String::from_utf8(run(&["--dry-run"]).stdout).unwrap();
    assert!(
        said.contains("rank: done and unchanged") && said.contains("nothing is to do"),
        "{said}"
    );
    // A mistake is one line with its place, and its status is counted.
    std::fs::write(folder.join("posts.csv"), "").unwrap();
    let ended = run(&["--log-format", "json", "--metrics", "metrics.prom"]);
    let last: Value = serde_json::from_str(stderr(&ended).lines().last().unwrap()).unwrap();
    assert_eq!(
        (&last["level"], &last["exit_status"]),
        (&"ERROR".into(), &2.into())
    );
    assert!(last["file"].as_str().unwrap().ends_with("posts.csv"));
    let metrics = std::fs::read_to_string(folder.join("metrics.prom")).unwrap();
    assert!(
        metrics.contains("microfluence_run_exit_status 2.0"),
        "{metrics}"
    );
}
