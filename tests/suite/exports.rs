//! What `init` does with files that cannot be read.

#![allow(clippy::unwrap_used, reason = "a test's helpers stop it by panicking")]

use crate::program::{self, file};

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
