//! `serve` as its reader meets it: a process that listens on this machine, asked over plain sockets and in a real
//! browser.

#![allow(clippy::unwrap_used, reason = "a test's helpers stop it by panicking")]

use crate::browser::Browser;
use crate::program::{failure, file, program, stderr, success, text};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// A folder with two runs of a part of the sample, made once for all tests of this file.
fn runs() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("serve-runs");
        let _ = std::fs::remove_dir_all(&folder);
        for (name, niche) in [("first run", "skincare"), ("second", "street food")] {
            let own = folder.join(name);
            std::fs::create_dir_all(&own).unwrap();
            for (table, rows) in [("creators", 80), ("posts", 1500), ("comments", 300)] {
                let all = std::fs::read_to_string(crate::program::sample(&format!("{table}.csv"))).unwrap();
                let some: Vec<&str> = all.lines().take(rows + 1).collect();
                file(&own, &format!("in-{table}.csv"), some.join("\n"));
            }
            let config = format!(
                "output = \".\"\nniche = \"{niche}\"\n[tables]\ncreators = \"in-creators.csv\"\nposts = \"in-posts.csv\"\ncomments = \"in-comments.csv\"\n\
                 [sentiment]\nbrand = \"Lumora\"\n[plan]\nbudget = 1000\n[niches]\nskip = true\n"
            );
            success(&["run", &file(&own, "run.toml", config)]);
        }
        folder
    })
}

/// A server that ends with the test.
struct Server {
    process: Child,
    port: u16,
    token: String,
}

impl Server {
    fn start(from: &Path) -> Self {
        let mut process = program()
            .args(["serve", "--from", &text(from)])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let rest = line
            .trim()
            .strip_prefix("http://127.0.0.1:")
            .unwrap_or_else(|| panic!("{line}"));
        let (port, token) = rest.split_once("/?token=").unwrap();
        Self {
            port: port.parse().unwrap(),
            token: token.to_owned(),
            process,
        }
    }

    fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    fn cookie(&self) -> String {
        format!("Cookie: microfluence-{}={}", self.port, self.token)
    }

    /// Sends a request as it is, and gives the status, the head and the body.
    fn send(&self, request: &str) -> (u16, String, String) {
        let mut stream = TcpStream::connect(self.host()).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_mins(2)))
            .unwrap();
        // A server that has refused a request may close before all of it is sent.
        let _ = stream.write_all(request.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        // Where it was refused before all of it was read, the answer may be lost on its way: no status.
        let Some((head, body)) = answer.split_once("\r\n\r\n") else {
            return (0, answer, String::new());
        };
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, head.to_owned(), body.to_owned())
    }

    fn request(&self, first: &str, headers: &[&str], body: &str) -> (u16, String, String) {
        let host = format!("Host: {}", self.host());
        let length = format!("Content-Length: {}", body.len());
        let all = [&[host.as_str(), "Connection: close", &length], headers].concat();
        self.send(&format!(
            "{first} HTTP/1.1\r\n{}\r\n\r\n{body}",
            all.join("\r\n")
        ))
    }

    /// A page, by the cookie.
    fn get(&self, path: &str) -> (u16, String, String) {
        self.request(&format!("GET {path}"), &[&self.cookie()], "")
    }

    /// An answer as JSON that must be one.
    fn json(&self, path: &str) -> Value {
        let (status, head, body) = self.get(path);
        assert_eq!(status, 200, "{path}: {head} {body}");
        serde_json::from_str(&body).unwrap()
    }

    fn post(&self, path: &str, body: &Value, headers: &[&str]) -> (u16, Value) {
        let cookie = self.cookie();
        let own = [cookie.as_str(), "Content-Type: application/json"];
        let (status, _, answer) = self.request(
            &format!("POST {path}"),
            &[&own, headers].concat(),
            &body.to_string(),
        );
        (
            status,
            serde_json::from_str(&answer).unwrap_or_else(|_| json!(answer)),
        )
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn nobody_is_let_in_without_the_token_or_by_another_name() {
    let server = Server::start(runs());
    let (status, head, body) = server.request("GET /", &[], "");
    assert_eq!(status, 401, "{head}");
    assert!(
        body.contains("token") && !body.contains("first run"),
        "{body}"
    );
    assert_eq!(server.request("GET /?token=", &[], "").0, 401);
    let wrong = format!("GET /?token={}0", &server.token[1..]);
    assert_eq!(server.request(&wrong, &[], "").0, 401);
    assert_eq!(
        server
            .request("GET /api/runs", &["Cookie: microfluence-1=x"], "")
            .0,
        401
    );
    // The token once, then the cookie that it gives.
    let (status, head, body) = server.request(&format!("GET /?token={}", server.token), &[], "");
    assert_eq!(status, 200);
    let set = head
        .lines()
        .find_map(|line| line.strip_prefix("set-cookie: "))
        .unwrap();
    assert!(
        set.contains("HttpOnly") && set.contains("SameSite=Strict") && set.contains("Path=/"),
        "{set}"
    );
    assert!(
        body.contains("0;url=/") && !body.contains(&server.token),
        "{body}"
    );
    let cookie = format!("Cookie: {}", set.split(';').next().unwrap());
    let (status, head, body) = server.request("GET /", &[&cookie], "");
    assert!(
        status == 200 && body.contains("first run") && body.contains("second"),
        "{head} {body}"
    );
    for (header, value) in [
        ("content-security-policy", "default-src 'none'"),
        ("content-security-policy", "frame-ancestors 'none'"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
        ("x-frame-options", "DENY"),
    ] {
        let found = head
            .lines()
            .any(|line| line.starts_with(header) && line.contains(value));
        assert!(found, "{header} {value}: {head}");
    }
    // A name that leads here from elsewhere, in the header or in the address.
    let close = "Connection: close";
    for (address, host) in [
        ("/", "evil.example:80"),
        ("/", "127.0.0.1:1"),
        ("http://evil.example/", &server.host()),
        ("/", ""),
    ] {
        let request =
            format!("GET {address} HTTP/1.1\r\nHost: {host}\r\n{cookie}\r\n{close}\r\n\r\n");
        let (status, head, _) = server.send(&request);
        assert!([400, 421].contains(&status), "{address} {host}: {head}");
    }
    let nameless = format!("GET / HTTP/1.0\r\n{cookie}\r\n\r\n");
    assert_eq!(server.send(&nameless).0, 421);
}

#[test]
fn limits_on_what_is_sent() {
    let server = Server::start(runs());
    let labels = |annotator: &str| json!({ "annotator": annotator, "labels": [] });
    let (status, said) = server.post(
        "/runs/second/labels",
        &labels(&"x".repeat((1 << 20) + 100)),
        &[],
    );
    assert!([0, 413].contains(&status), "{status} {said}");
    let long = format!("/api/rank?niche={}", "x".repeat(40_000));
    assert!([0, 414, 431].contains(&server.get(&long).0));
    assert_eq!(server.request("DELETE /", &[&server.cookie()], "").0, 405);
    assert_eq!(server.get("/../run.json").0, 404);
    assert_eq!(server.get("/runs/%2e%2e").0, 404);
    assert_eq!(server.get("/runs/nobody/search?niche=vegan").0, 404);
    let evil = "Origin: http://evil.example";
    assert_eq!(
        server
            .post("/runs/second/labels", &labels("ann"), &[evil])
            .0,
        403
    );
    // More connections than there are places, none of which says anything, keep nobody out for longer than a head may
    // take.
    let idle: Vec<TcpStream> = (0..70)
        .map(|_| TcpStream::connect(server.host()).unwrap())
        .collect();
    let start = Instant::now();
    assert_eq!(server.get("/api/runs").0, 200);
    assert!(
        start.elapsed() < Duration::from_secs(30),
        "{:?}",
        start.elapsed()
    );
    drop(idle);
}

#[test]
#[expect(clippy::too_many_lines, reason = "one conversation, step by step")]
fn a_niche_is_ranked_and_a_budget_planned_as_the_commands_do() {
    let server = Server::start(runs());
    let runs = server.json("/api/runs");
    let names: Vec<&str> = runs["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["run"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["second", "first run"]);
    let ranking = server.json("/api/rank?run=first%20run&niche=skincare&top=3");
    let stored: Value = serde_json::from_slice(
        &std::fs::read(crate::serve::runs().join("first run/ranking.json")).unwrap(),
    )
    .unwrap();
    for (now, then) in ranking["creators"]
        .as_array()
        .unwrap()
        .iter()
        .zip(stored["creators"].as_array().unwrap())
    {
        for key in [
            "creator_id",
            "score",
            "score_lower",
            "score_upper",
            "rank_upper",
            "reasons",
            "parts",
        ] {
            assert_eq!(now[key], then[key], "{key}");
        }
        assert!(
            now["followers"].is_u64() && now["handle"].is_string(),
            "{now}"
        );
    }
    assert_eq!(ranking["creators"].as_array().unwrap().len(), 3);
    assert_eq!(ranking["ranked"], stored["ranked"]);
    assert!(!ranking["warnings"].to_string().contains("changed"));
    // Another niche, by the newest run; and what speaks against the question.
    let other = server.json("/api/rank?niche=vegan+food&min_followers=2K&platform=instagrm");
    assert_eq!(other["run"], "second");
    assert!(
        other["warnings"]
            .to_string()
            .contains("no creator in the table has it; did you mean"),
        "{}",
        other["warnings"]
    );
    for (query, part) in [
        ("niche=@/etc/passwd", "no files are read"),
        ("niche=vegan&taxonomy=x.toml", "names a file"),
        ("niche=vegan&nonsense=1", "nonsense"),
        ("niche=vegan&top=many", "many"),
    ] {
        let (status, _, body) = server.get(&format!("/api/rank?{query}"));
        assert!(
            status == 400 && body.contains(part),
            "{query}: {status} {body}"
        );
    }
    let plan = server.json("/api/plan?run=first%20run&budget=500");
    assert_eq!(plan["budget"], 500.0);
    assert!(
        plan["spent"].as_f64().unwrap() <= 500.0
            && !plan["creators"].as_array().unwrap().is_empty()
    );
    let (_, _, page) = server.get("/runs/first%20run/search?niche=skincare&top=3&max_price=");
    assert!(
        page.contains("Reasons")
            && page.contains("creators match")
            && page.contains("/api/rank?run=first%20run&amp;niche=skincare&amp;top=3\""),
        "{page}"
    );
    let (_, _, page) = server.get("/runs/first%20run/plan?niche=&budget=500");
    assert!(
        page.contains("creators for") && page.contains("Other budgets"),
        "{page}"
    );
    let (status, _, page) = server.get("/runs/second/plan?budget=lots");
    assert!(status == 400 && page.contains("lots"), "{page}");
    // A table that is another one now is said, and read anew.
    let posts = crate::serve::runs().join("second/in-posts.csv");
    let before = std::fs::read_to_string(&posts).unwrap();
    std::fs::write(
        &posts,
        before.lines().take(900).collect::<Vec<_>>().join("\n"),
    )
    .unwrap();
    let changed = server.json("/api/rank?run=second&niche=vegan");
    std::fs::write(&posts, before).unwrap();
    assert!(
        changed["warnings"]
            .to_string()
            .contains("has changed since this run"),
        "{}",
        changed["warnings"]
    );
    assert!(
        changed["notes"].to_string().contains("899 posts"),
        "{}",
        changed["notes"]
    );
}

#[test]
fn labels_are_stored_beside_the_run_each_annotators_in_a_sheet_of_their_own() {
    let server = Server::start(runs());
    let run = runs().join("second");
    let (status, head, page) = server.get("/runs/second/label?n=12");
    assert!(
        status == 200 && head.contains("connect-src 'self'"),
        "{head}"
    );
    let data = page
        .split_once("id=\"data\">")
        .unwrap()
        .1
        .split_once("</script>")
        .unwrap()
        .0;
    let rows: Value = serde_json::from_str(data).unwrap();
    let label = |at: usize, label: &str| json!({ "comment_id": rows[at]["comment_id"], "brand": rows[at]["brand"], "label": label });
    let put = |annotator: &str, labels: Value| {
        server.post(
            "/runs/second/labels",
            &json!({ "annotator": annotator, "labels": labels }),
            &[],
        )
    };
    let (status, said) = put("Ann", json!([label(0, "positive"), label(1, "")]));
    assert_eq!(
        (status, &said),
        (200, &json!({ "file": "labels-ann.csv", "labelled": 1 }))
    );
    assert_eq!(put("Bo", json!([label(0, "negative")])).1["labelled"], 1);
    assert_eq!(put("Ann", json!([label(2, "neutral")])).1["labelled"], 2);
    assert_eq!(
        put(
            "Ann",
            json!([{ "comment_id": "made-up", "brand": null, "label": "neutral" }])
        )
        .0,
        400
    );
    assert_eq!(put("../x", json!([])).0, 400);
    let sheet = std::fs::read_to_string(run.join("labels-ann.csv")).unwrap();
    assert!(
        sheet.contains("positive") && sheet.contains("neutral") && !sheet.contains("negative"),
        "{sheet}"
    );
    // What was stored is what `sentiment` takes.
    success(&[
        "sentiment",
        "--comments",
        &text(&run.join("in-comments.csv")),
        "--posts",
        &text(&run.join("in-posts.csv")),
        "--creators",
        &text(&run.join("in-creators.csv")),
        "--brand",
        "Lumora",
        "--labelled",
        &text(&run.join("labels-ann.csv")),
    ]);
    for name in ["labels-ann.csv", "labels-bo.csv"] {
        std::fs::remove_file(run.join(name)).unwrap();
    }
}

#[test]
fn what_cannot_be_served_is_said() {
    let empty = tempfile::tempdir().unwrap();
    let said = failure(&["serve", "--from", &text(empty.path())], 2);
    assert!(
        said.contains("holds no run") && said.contains("run.json"),
        "{said}"
    );
    let said = failure(&["serve", "--from", &text(runs()), "--host", "0.0.0.0"], 2);
    assert!(said.contains("this machine only"), "{said}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let said = failure(&["serve", "--from", &text(runs()), "--port", &port], 2);
    assert!(said.contains(&port), "{said}");
    assert!(
        failure(&["serve", "--from", &text(runs()), "--seed", "1"], 2).contains("no use for it")
    );
}

#[cfg(unix)]
#[test]
fn told_to_stop_it_ends_well() {
    for signal in ["INT", "TERM"] {
        let mut server = Server::start(runs());
        server.get("/");
        let kill = format!("kill -{signal} {}", server.process.id());
        assert!(
            std::process::Command::new("sh")
                .args(["-c", &kill])
                .status()
                .unwrap()
                .success()
        );
        let start = Instant::now();
        let status = loop {
            if let Some(status) = server.process.try_wait().unwrap() {
                break status;
            }
            assert!(
                start.elapsed() < Duration::from_secs(20),
                "{signal}: it goes on"
            );
            std::thread::sleep(Duration::from_millis(20));
        };
        assert!(status.success(), "{signal}: {status}");
        assert!(TcpStream::connect(server.host()).is_err());
    }
}

#[test]
fn the_pages_in_a_browser() {
    let Some(mut page) = Browser::start() else {
        return;
    };
    let server = Server::start(runs());
    page.visit(
        &format!("http://{}/?token={}", server.host(), server.token),
        "/",
    );
    assert_eq!(
        page.eval("location.href"),
        format!("http://{}/", server.host())
    );
    assert_eq!(page.eval("document.cookie"), "");
    page.eval(
        "[...document.querySelectorAll('a')].find(a => a.textContent === 'first run').click()",
    );
    page.arrive("/runs/first%20run");
    assert!(
        page.eval("document.querySelectorAll('#ranking-table tbody tr').length")
            .as_u64()
            .unwrap()
            > 3
    );
    page.eval("[...document.querySelectorAll('nav a')].find(a => a.textContent === 'Search a niche').click()");
    page.arrive("/runs/first%20run/search");
    assert_eq!(
        page.eval("document.querySelector('[name=niche]').value"),
        "skincare"
    );
    page.eval("document.querySelector('[name=niche]').value = 'vegan recipes'; document.querySelector('[name=top]').value = '4'; document.querySelector('button').click()");
    page.arrive("/runs/first%20run/search?");
    assert!(
        page.eval("document.querySelectorAll('tbody tr').length")
            .as_u64()
            .unwrap()
            <= 4
    );
    page.eval("[...document.querySelectorAll('nav a')].find(a => a.textContent === 'Label comments').click()");
    page.arrive("/runs/first%20run/label");
    page.eval(
        "document.querySelector('[name=n]').value = '5'; document.querySelector('button').click()",
    );
    page.arrive("/runs/first%20run/label?");
    let key = |key: &str| {
        format!(
            "document.dispatchEvent(new KeyboardEvent('keydown', {{ key: '{key}', bubbles: true }}))"
        )
    };
    page.eval(&key("3"));
    assert!(
        page.wait("document.getElementById('stored').textContent")
            .contains("say who labels")
    );
    // A digit in the name is no label.
    page.eval("const a = document.getElementById('annotator'); a.value = 'eve 1'; a.dispatchEvent(new Event('input')); a.dispatchEvent(new KeyboardEvent('keydown', { key: '1', bubbles: true }))");
    page.eval(
        "[...document.querySelectorAll('button')].find(b => b.textContent === 'Store all').click()",
    );
    let told = page.wait_for(
        "document.getElementById('stored').textContent",
        "labels-eve-1.csv",
    );
    assert_eq!(told, "1 labels are in labels-eve-1.csv");
    page.eval(&key("1"));
    page.wait_for("document.getElementById('stored').textContent", "2 labels");
    let sheet = runs().join("first run/labels-eve-1.csv");
    let stored = std::fs::read_to_string(&sheet).unwrap();
    std::fs::remove_file(&sheet).unwrap();
    assert!(
        stored.contains(",positive,") && stored.contains(",negative,"),
        "{stored}"
    );
    assert_eq!(page.complaints(), Vec::<String>::new());
    let foreign: Vec<String> = page
        .requests()
        .into_iter()
        .filter(|url| !url.starts_with(&format!("http://{}/", server.host())))
        .collect();
    assert_eq!(foreign, Vec::<String>::new());
}

#[test]
fn a_run_that_hides_people_is_served_by_its_key_only() {
    let folder = tempfile::tempdir().unwrap();
    for (table, rows) in [("creators", 40), ("posts", 400)] {
        let all = std::fs::read_to_string(crate::program::sample(&format!("{table}.csv"))).unwrap();
        let some: Vec<&str> = all.lines().take(rows + 1).collect();
        file(folder.path(), &format!("{table}.csv"), some.join("\n"));
    }
    let config = file(
        folder.path(),
        "run.toml",
        "output = \"out\"\n[tables]\ncreators = \"creators.csv\"\nposts = \"posts.csv\"\n[rank]\nniche = \"skincare\"\n[niches]\nskip = true\n",
    );
    let key = "a-key-that-nobody-guesses";
    let output = program()
        .args(["run", &config, "--hash-ids", key])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let server = Server::start(&folder.path().join("out"));
    let (status, _, body) = server.get("/api/rank?niche=skincare");
    assert!(status == 400 && body.contains("--hash-ids"), "{body}");
}
