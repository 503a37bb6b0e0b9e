//! `mcp` as an assistant's program meets it: a conversation over standard input and output, spoken by hand.

#![allow(clippy::unwrap_used, reason = "a test's helpers stop it by panicking")]

use crate::program::{failure, file, program, sample};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

/// The program, and what was said so far.
struct Conversation {
    process: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
    last: u64,
}

impl Conversation {
    fn start(arguments: &[&str]) -> Self {
        let mut process = program()
            .arg("mcp")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut talk = Self {
            to: process.stdin.take(),
            from: BufReader::new(process.stdout.take().unwrap()),
            process,
            last: 0,
        };
        let me = json!({ "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": { "name": "test", "version": "0" } });
        let hello = talk.ask("initialize", &me);
        assert_eq!(
            hello["result"]["serverInfo"]["name"], "microfluence",
            "{hello}"
        );
        assert!(
            hello["result"]["capabilities"]["tools"].is_object(),
            "{hello}"
        );
        assert!(
            hello["result"]["instructions"]
                .as_str()
                .unwrap()
                .contains("interval")
        );
        talk.say(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
        talk
    }

    fn say(&mut self, message: &Value) {
        let to = self.to.as_mut().unwrap();
        to.write_all(format!("{message}\n").as_bytes()).unwrap();
        to.flush().unwrap();
    }

    /// The answer to a request; each line of standard output is one message of the protocol.
    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.last += 1;
        self.say(&json!({ "jsonrpc": "2.0", "id": self.last, "method": method, "params": params }));
        let mut line = String::new();
        self.from.read_line(&mut line).unwrap();
        let answer: Value =
            serde_json::from_str(&line).unwrap_or_else(|e| panic!("{method}: {e}: {line}"));
        assert_eq!(answer["jsonrpc"], "2.0");
        assert_eq!(answer["id"], self.last, "{answer}");
        answer
    }

    /// What a tool answers, and what it says for people.
    fn call(&mut self, tool: &str, arguments: &Value) -> (Value, String) {
        let answer = self.ask(
            "tools/call",
            &json!({ "name": tool, "arguments": arguments }),
        );
        let result = &answer["result"];
        let text = result["content"][0]["text"]
            .as_str()
            .unwrap_or_else(|| panic!("{answer}"))
            .to_owned();
        assert_ne!(result["isError"], true, "{tool}: {text}");
        (result["structuredContent"].clone(), text)
    }

    /// What a tool says where it cannot answer.
    fn refused(&mut self, tool: &str, arguments: &Value) -> String {
        let answer = self.ask(
            "tools/call",
            &json!({ "name": tool, "arguments": arguments }),
        );
        let result = &answer["result"];
        assert_eq!(result["isError"], true, "{answer}");
        result["content"][0]["text"].as_str().unwrap().to_owned()
    }

    /// Closes standard input; the program must end well with nothing more to say.
    fn end(mut self) {
        self.to = None;
        let mut rest = String::new();
        self.from.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "");
        assert!(self.process.wait().unwrap().success());
    }
}

impl Drop for Conversation {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A panel of places in which one has sold more since a day.
fn panel(folder: &std::path::Path) -> String {
    let mut rows = String::from("location,date,outcome\n");
    for (n, place) in ["a", "b", "c", "d", "e", "f", "g", "h"].iter().enumerate() {
        for day in 0..56 {
            let more = if *place == "a" && day >= 42 { 30 } else { 0 };
            let (month, date) = (1 + day / 28, 1 + day % 28);
            rows += &format!(
                "{place},2026-{month:02}-{date:02},{}\n",
                100 + 5 * n + (day * (n + 3)) % 11 + more
            );
        }
    }
    file(folder, "panel.csv", rows)
}

/// A part of the sample's tables in a file for `run`.
fn config(folder: &std::path::Path) -> String {
    for (table, rows) in [
        ("creators", 300),
        ("posts", 6000),
        ("comments", 1500),
        ("visits", 3000),
        ("orders", 300),
        ("spend", 40),
    ] {
        let all = std::fs::read_to_string(sample(&format!("{table}.csv"))).unwrap();
        let some: Vec<&str> = all.lines().take(rows + 1).collect();
        file(folder, &format!("{table}.csv"), some.join("\n"));
    }
    panel(folder);
    let tables = [
        "creators", "posts", "comments", "visits", "orders", "spend", "panel",
    ]
    .map(|table| format!("{table} = \"{table}.csv\"\n"));
    file(
        folder,
        "run.toml",
        format!(
            "niche = \"skincare\"\n[tables]\n{}[sentiment]\nbrand = \"Lumora\"\n[lift]\ntreated = \"a\"\nstart = \"2026-02-15\"\nend = \"2026-02-28\"\n",
            tables.concat()
        ),
    )
}

#[test]
#[expect(clippy::too_many_lines, reason = "one conversation, step by step")]
fn every_tool_answers_with_its_intervals() {
    let folder = tempfile::tempdir().unwrap();
    let mut talk = Conversation::start(&["--config", &config(folder.path())]);
    let listed = talk.ask("tools/list", &json!({}));
    let tools = listed["result"]["tools"].as_array().unwrap();
    let names: Vec<&str> = tools
        .iter()
        .map(|tool| tool["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "look_at_files",
            "rank",
            "explain",
            "compare",
            "sentiment",
            "plan",
            "campaign",
            "lift"
        ]
    );
    for tool in tools {
        let takes = &tool["inputSchema"];
        assert_eq!(
            (&takes["type"], &takes["additionalProperties"]),
            (&json!("object"), &json!(false)),
            "{tool}"
        );
        assert_eq!(tool["annotations"]["readOnlyHint"], true);
        for (name, setting) in takes["properties"].as_object().unwrap() {
            assert!(
                setting["description"]
                    .as_str()
                    .is_some_and(|text| text.len() > 5),
                "{name} of {tool}"
            );
            assert!(
                !setting["description"].as_str().unwrap().contains("--"),
                "{name} of {tool}"
            );
        }
    }
    assert_eq!(tools[5]["inputSchema"]["required"], json!(["budget"]));
    // The file has what a lift needs.
    assert_eq!(tools[7]["inputSchema"]["required"], json!([]));

    let (files, text) = talk.call("look_at_files", &json!({}));
    assert_eq!(files["inputs"].as_array().unwrap().len(), 7, "{files}");
    assert!(text.contains("creator_id") && files["data"].is_object());

    let (ranking, text) = talk.call("rank", &json!({ "niche": "skincare", "top": 4 }));
    let first = &ranking["creators"][0];
    for key in [
        "score_lower",
        "score_upper",
        "rank_lower",
        "rank_upper",
        "lower_90",
        "upper_90",
        "followers",
        "relevance",
    ] {
        assert!(first[key].is_number(), "{key}: {first}");
    }
    assert!(ranking["warnings"].is_array() && !first["reasons"].as_array().unwrap().is_empty());
    assert!(text.contains("creators ranked") && ranking["manifest"].get("inputs").is_none());
    assert_eq!(ranking["creators"].as_array().unwrap().len(), 4);
    let id = |at: usize| ranking["creators"][at]["creator_id"].clone();

    let (explained, text) = talk.call(
        "explain",
        &json!({ "niche": "skincare", "creator_id": id(2), "top": 1 }),
    );
    assert_eq!(explained["creators"].as_array().unwrap().len(), 1);
    assert_eq!(explained["creators"][0]["creator_id"], id(2));
    assert_eq!(
        explained["creators"][0]["score"],
        ranking["creators"][2]["score"]
    );
    assert!(
        text.contains("\nWhy ") && text.contains("is number 3"),
        "{text}"
    );

    let (compared, text) = talk.call(
        "compare",
        &json!({ "niche": "skincare", "creator_ids": [id(3), id(0), id(1)] }),
    );
    let pairs = compared["compared"].as_array().unwrap();
    assert_eq!(
        (
            pairs.len(),
            &pairs[0]["above"],
            &pairs[0]["below"],
            &pairs[1]["below"]
        ),
        (2, &id(0), &id(1), &id(3))
    );
    assert_eq!(compared["creators"].as_array().unwrap().len(), 3);
    assert!(text.contains("stands above"), "{text}");

    let (sentiment, text) = talk.call("sentiment", &json!({}));
    let brand = &sentiment["brands"][0];
    assert_eq!(brand["brand"], "Lumora");
    assert!(
        brand["sampling_lower"].is_number() && brand["model_error"].is_number(),
        "{brand}"
    );
    assert!(text.contains("uncorrected"), "{text}");

    let (plan, text) = talk.call("plan", &json!({ "budget": "1,500" }));
    assert!(
        plan["spent"].as_f64().unwrap() <= 1500.0
            && plan["creators"][0]["price"]["upper_90"].is_number(),
        "{plan}"
    );
    assert!(text.contains("expected engagements"));

    let (campaign, _) = talk.call("campaign", &json!({}));
    let roas = campaign["total"].to_string();
    assert!(roas.contains("lower") && roas.contains("upper"), "{roas}");

    let (lift, _) = talk.call("lift", &json!({}));
    assert!(
        lift["lower"].is_number() && lift["upper"].is_number() && lift["p_value"].is_number(),
        "{lift}"
    );
    talk.end();
}

#[test]
fn files_that_it_was_not_started_with_are_refused_and_errors_are_words() {
    let mut talk = Conversation::start(&[
        "--creators",
        &sample("creators.csv"),
        "--posts",
        &sample("posts.csv"),
    ]);
    for (tool, arguments, part) in [
        (
            "rank",
            json!({ "niche": "@/etc/passwd" }),
            "no files are read",
        ),
        (
            "rank",
            json!({ "niche": "vegan", "creators": ["/etc/passwd"] }),
            "names a file",
        ),
        (
            "rank",
            json!({ "niche": "vegan", "taxonomy": "/etc/passwd" }),
            "names a file",
        ),
        (
            "rank",
            json!({ "niche": "vegan", "map": "/etc/passwd" }),
            "no setting",
        ),
        ("rank", json!({ "nich": "vegan" }), "did you mean \"niche\""),
        ("rank", json!({ "niche": "vegan", "tier": "huge" }), "huge"),
        ("rank", json!({}), "niche"),
        ("explain", json!({ "niche": "vegan" }), "creator_id"),
        (
            "explain",
            json!({ "niche": "vegan", "creator_id": "nobody" }),
            "there is no creator \"nobody\"",
        ),
        (
            "compare",
            json!({ "niche": "vegan", "creator_ids": ["a"] }),
            "two to four",
        ),
        (
            "compare",
            json!({ "niche": "vegan", "creator_ids": ["a", "b", "c", "d", "e"] }),
            "two to four",
        ),
        (
            "compare",
            json!({ "niche": "vegan", "creator_ids": ["a,b", "c"] }),
            "two to four",
        ),
        (
            "look_at_files",
            json!({ "files": ["/etc/passwd"] }),
            "started with",
        ),
        ("plan", json!({ "budget": -3 }), "above 0"),
        ("sentiment", json!({}), "needs a table of comments"),
        ("campaign", json!({}), "needs a table of"),
        (
            "lift",
            json!({ "treated": "a", "start": "2026-01-01", "end": "2026-01-02" }),
            "needs a table of panel",
        ),
    ] {
        let said = talk.refused(tool, &arguments);
        assert!(said.contains(part), "{tool} {arguments}: {said}");
        assert!(
            !said.contains("panicked") && !said.contains("internal error"),
            "{said}"
        );
    }
    let unknown = talk.ask("tools/call", &json!({ "name": "delete", "arguments": {} }));
    assert!(
        unknown["error"]["message"]
            .as_str()
            .unwrap()
            .contains("look_at_files"),
        "{unknown}"
    );
    let unknown = talk.ask("resources/read", &json!({ "uri": "file:///etc/passwd" }));
    assert!(unknown["error"].is_object(), "{unknown}");
    // It goes on after all of that.
    let (ranking, _) = talk.call("rank", &json!({ "niche": "vegan", "top": 1 }));
    assert_eq!(ranking["creators"].as_array().unwrap().len(), 1);
    talk.end();
}

#[test]
fn people_are_hidden_and_found_by_what_hides_them() {
    let key = "a-key-that-nobody-guesses";
    let mut talk = Conversation::start(&[
        "--creators",
        &sample("creators.csv"),
        "--posts",
        &sample("posts.csv"),
        "--hash-ids",
        key,
    ]);
    let (ranking, text) = talk.call("rank", &json!({ "niche": "skincare", "top": 2 }));
    let id = ranking["creators"][0]["creator_id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        !id.starts_with("cr") && !text.contains("_0147") && !ranking.to_string().contains("_0147"),
        "{ranking}"
    );
    let (explained, _) = talk.call("explain", &json!({ "niche": "skincare", "creator_id": id }));
    assert_eq!(explained["creators"][0]["creator_id"], id);
    talk.end();
}

#[test]
fn it_is_not_started_without_tables() {
    assert!(failure(&["mcp"], 2).contains("no table was named"));
    assert!(failure(&["mcp", "--creators", "nowhere.csv"], 2).contains("nowhere.csv"));
    let creators = sample("creators.csv");
    assert!(
        failure(
            &["mcp", "--creators", &creators, "--map", "nowhere.toml"],
            2
        )
        .contains("nowhere.toml")
    );
    assert!(
        failure(&["mcp", "--creators", &creators, "--output", "x.csv"], 2)
            .contains("no use for it")
    );
}
