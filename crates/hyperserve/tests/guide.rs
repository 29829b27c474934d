//! The guide's tables of limits are the server's. With `HYPERSERVE_WRITE_DOCS=1` the tests write them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is how a test fails")]

use hyperserve::server::Limits;
use std::{env, fs};

const GUIDE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guide/");
const END: &str = "\n<!-- end of limits -->";

/// The rows of the limits whose names begin so.
fn table(beginning: &str) -> String {
    let mut table = String::from("| name | default | what it bounds |\n|---|---|---|\n");
    let entries = Limits::default().entries();
    for entry in entries.into_iter().filter(|entry| entry.name.starts_with(beginning)) {
        assert!(!entry.about.contains('|'), "{}: a bar would end its cell", entry.name);
        let value = if entry.value.is_empty() { "none" } else { &entry.value };
        table.push_str(&format!("| `{}` | {value} | {} |\n", entry.name, entry.about));
    }
    table
}

fn hold(page: &str, begin: &str, beginning: &str) {
    let file = format!("{GUIDE}{page}");
    let text = fs::read_to_string(&file).unwrap();
    let (before, rest) = text.split_once(begin).expect("the mark before the table");
    let (written, after) = rest.split_once(END).expect("the mark after the table");
    let expected = table(beginning);
    if env::var_os("HYPERSERVE_WRITE_DOCS").is_some() {
        return fs::write(file, format!("{before}{begin}{expected}{END}{after}")).unwrap();
    }
    assert!(written == expected, "docs/guide/{page} is to hold these rows:\n\n{expected}");
}

#[test]
fn the_table_of_limits_is_that_of_the_code() {
    hold("limits.md", "<!-- limits: a test holds these rows equal to `hyperserve --limits` -->\n\n", "");
}

#[test]
fn the_limits_of_websockets_are_those_of_the_code() {
    hold(
        "websocket.md",
        "<!-- limits ws_: a test holds these rows equal to `hyperserve --limits` -->\n\n",
        "ws_",
    );
}
