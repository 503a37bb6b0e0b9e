//! Models by their name on the Hugging Face hub: out of its cache, and out of a hub that stands
//! on this machine for the time of a test.

#![allow(
    clippy::unwrap_used,
    reason = "a test's helpers stop it by panicking, and say aloud what they skip"
)]

use crate::common::small_bert;
use crate::program::{file, program, stderr};
use std::path::Path;
use std::process::Output;

const LABELS: [&str; 3] = ["negative", "neutral", "positive"];
const COMMENTS: &str = "comment_id,text\n1,love it\n2,never again\n";

/// Judges two comments with a model of the hub.
fn judge(scratch: &Path, model: &str, endpoint: &str) -> Output {
    let comments = file(scratch, "c.csv", COMMENTS);
    let output = scratch.join("out.csv").display().to_string();
    program()
        .env("HF_HOME", scratch.join("huggingface"))
        .env("HF_ENDPOINT", endpoint)
        .env("HF_TOKEN", "hf_secret")
        .env_remove("HF_HUB_CACHE")
        .args(["sentiment", "--comments", &comments, "--model", model])
        .args(["--no-cache", "--output", &output])
        .output()
        .unwrap()
}

#[test]
fn a_model_in_the_hubs_cache_needs_no_network() {
    let scratch = tempfile::tempdir().unwrap();
    let model = scratch.path().join("huggingface/hub/models--acme--tiny");
    small_bert(&model.join("snapshots/abc"), &LABELS, 1);
    std::fs::create_dir_all(model.join("refs")).unwrap();
    std::fs::write(model.join("refs/main"), "abc").unwrap();
    let output = judge(scratch.path(), "acme/tiny", "http://127.0.0.1:9");
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(scratch.path().join("out.csv").exists());
}

#[test]
fn a_model_that_cannot_be_had_gives_a_way() {
    let scratch = tempfile::tempdir().unwrap();
    let output = judge(scratch.path(), "acme/tiny@v2", "http://127.0.0.1:9");
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        text.contains("hf download acme/tiny --revision v2"),
        "{text}"
    );
    assert!(!text.contains("hf_secret"), "{text}");
}

#[cfg(feature = "hub")]
mod network {
    use super::*;
    use std::io::{BufRead, BufReader, Write};
    use std::net::{TcpListener, TcpStream};

    /// Answers for the files of `folder` the way the hub does.
    fn answer(stream: &mut TcpStream, folder: &Path) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut request = String::new();
        reader.read_line(&mut request).unwrap();
        let (mut range, mut authorised) = (0, false);
        loop {
            let mut header = String::new();
            if reader.read_line(&mut header).unwrap() < 3 {
                break;
            }
            let header = header.trim().to_lowercase();
            if let Some(bytes) = header.strip_prefix("range: bytes=") {
                range = if bytes.ends_with('-') { usize::MAX } else { 1 };
            }
            authorised |= header == "authorization: bearer hf_secret";
        }
        let path = request.split(' ').nth(1).unwrap();
        let name = path.strip_prefix("/acme/tiny/resolve/v2/").unwrap_or("");
        let found = std::fs::read(folder.join(name)).ok().filter(|_| authorised);
        match found {
            Some(bytes) => {
                let sent = &bytes[..range.min(bytes.len())];
                write!(
                    stream,
                    "HTTP/1.1 206 Partial Content\r\nx-repo-commit: abc\r\netag: \"{name}\"\r\n\
                     content-range: bytes 0-{}/{}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    sent.len() - 1,
                    bytes.len(),
                    sent.len()
                )
                .unwrap();
                stream.write_all(sent).unwrap();
            }
            None => {
                write!(
                    stream,
                    "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                )
                .unwrap();
            }
        }
    }

    #[test]
    fn a_model_is_fetched_once_by_revision() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = scratch.path().join("on-the-hub");
        small_bert(&folder, &LABELS, 1);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                answer(&mut stream.unwrap(), &folder);
            }
        });
        let output = judge(scratch.path(), "acme/tiny@v2", &endpoint);
        assert!(output.status.success(), "{}", stderr(&output));
        let cache = scratch.path().join("huggingface/hub/models--acme--tiny");
        assert!(cache.join("snapshots/abc/model.safetensors").exists());
        // The second time nobody is asked.
        let again = judge(scratch.path(), "acme/tiny@v2", "http://127.0.0.1:9");
        assert!(again.status.success(), "{}", stderr(&again));
    }
}
