//! A headless Chromium, spoken to by the `DevTools` protocol over a pair of pipes: no port, no driver, no crate.

#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a helper stops its test by panicking, and says aloud what it skips"
)]

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// One tab.
pub struct Browser {
    process: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    session: Option<String>,
    last: u64,
    /// What the browser said unasked: requests, console, exceptions.
    pub events: Vec<Value>,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Starts it; `None` with a loud word where there is none.
    pub fn start() -> Option<Self> {
        let known = ["chromium", "chromium-browser", "google-chrome", "chrome"];
        let is_there = |name: &&&str| Command::new(name).arg("--version").output().is_ok();
        let Some(name) = known.iter().find(is_there) else {
            crate::program::skipped(
                "no Chromium is installed, the page was not opened (apt-get install chromium)",
            );
            return None;
        };
        let profile = tempfile::tempdir().unwrap();
        // Chromium talks over the descriptors 3 and 4; the shell moves its own two there.
        let mut process = Command::new("sh")
            .arg("-c")
            .arg("exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1")
            .args([
                *name,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--remote-debugging-pipe",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (to, from) = (
            process.stdin.take().unwrap(),
            process.stdout.take().unwrap(),
        );
        let mut browser = Self {
            process,
            to,
            from: BufReader::new(from),
            session: None,
            last: 0,
            events: Vec::new(),
            _profile: profile,
        };
        let target = browser.call("Target.createTarget", &json!({ "url": "about:blank" }));
        let attached = browser.call(
            "Target.attachToTarget",
            &json!({ "targetId": target["targetId"], "flatten": true }),
        );
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), &json!({}));
        }
        Some(browser)
    }

    /// Opens a file and waits until it is loaded.
    pub fn open(&mut self, page: &Path) {
        self.events.clear();
        let url = format!("file://{}", std::fs::canonicalize(page).unwrap().display());
        self.call("Page.navigate", &json!({ "url": url }));
        let start = Instant::now();
        while self.eval("document.readyState + location.protocol") != "completefile:" {
            assert!(
                start.elapsed() < Duration::from_mins(1),
                "the page did not load"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Opens an address, and waits until the page at `path` is loaded, whatever led there.
    #[cfg(feature = "serve")]
    pub fn visit(&mut self, url: &str, path: &str) {
        self.events.clear();
        self.call("Page.navigate", &json!({ "url": url }));
        self.arrive(path);
    }

    /// Waits until the page is at an address that begins with `path`, or at just that one if it has no query, and is
    /// loaded.
    #[cfg(feature = "serve")]
    pub fn arrive(&mut self, path: &str) {
        let whole = if path.ends_with('?') {
            format!("location.href.startsWith(location.origin + {path:?})")
        } else {
            format!("location.href === location.origin + {path:?}")
        };
        self.wait_for(
            &format!("String({whole} && document.readyState)"),
            "complete",
        );
    }

    /// What an expression gives once it is a text that is not empty.
    #[cfg(feature = "serve")]
    pub fn wait(&mut self, expression: &str) -> String {
        self.wait_for(expression, "")
    }

    /// What an expression gives once it is a text with `part` in it.
    #[cfg(feature = "serve")]
    pub fn wait_for(&mut self, expression: &str, part: &str) -> String {
        let start = Instant::now();
        loop {
            let value = self.ask(
                "Runtime.evaluate",
                &json!({ "expression": expression, "returnByValue": true }),
            );
            let text = value["result"]["result"]["value"]
                .as_str()
                .unwrap_or_default();
            if !text.is_empty() && text.contains(part) {
                return text.to_owned();
            }
            assert!(
                start.elapsed() < Duration::from_mins(2),
                "{expression} is {value}, not {part}"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// What an expression gives in the page, promises awaited.
    pub fn eval(&mut self, expression: &str) -> Value {
        let answer = self.call(
            "Runtime.evaluate",
            &json!({ "expression": expression, "returnByValue": true, "awaitPromise": true }),
        );
        assert!(
            answer.get("exceptionDetails").is_none(),
            "{expression}: {answer}"
        );
        answer["result"]["value"].clone()
    }

    /// Calls a method of the protocol.
    pub fn call(&mut self, method: &str, params: &Value) -> Value {
        let mut answer = self.ask(method, params);
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].take()
    }

    /// The same, with an error as it comes: a page that is on its way to another answers nothing.
    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.last += 1;
        let mut message = json!({ "id": self.last, "method": method, "params": params });
        if let Some(session) = &self.session {
            message["sessionId"] = session.as_str().into();
        }
        self.to
            .write_all(format!("{message}\0").as_bytes())
            .unwrap();
        self.to.flush().unwrap();
        loop {
            let mut bytes = Vec::new();
            self.from.read_until(0, &mut bytes).unwrap();
            bytes.pop();
            assert!(!bytes.is_empty(), "the browser went away during {method}");
            let answer: Value = serde_json::from_slice(&bytes).unwrap();
            if answer["id"] == self.last {
                return answer;
            }
            self.events.push(answer);
        }
    }

    /// Addresses asked for, but the page itself.
    pub fn requests(&self) -> Vec<String> {
        self.of("Network.requestWillBeSent")
            .map(|e| e["request"]["url"].as_str().unwrap_or_default().to_owned())
            .filter(|url| !url.starts_with("file://") || !url.to_lowercase().ends_with(".html"))
            .collect()
    }

    /// Errors and warnings of the console, refusals of the policy, and exceptions.
    pub fn complaints(&self) -> Vec<String> {
        let exceptions = self.of("Runtime.exceptionThrown");
        let logged = self.of("Log.entryAdded");
        let said = self.of("Runtime.consoleAPICalled");
        exceptions
            .chain(logged)
            .chain(said)
            .map(ToString::to_string)
            .collect()
    }

    fn of<'a>(&'a self, method: &'a str) -> impl Iterator<Item = &'a Value> {
        self.events
            .iter()
            .filter(move |e| e["method"] == method)
            .map(|e| &e["params"])
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
