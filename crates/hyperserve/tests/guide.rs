//! The guide's table of limits is the server's. With `HYPERSERVE_WRITE_DOCS=1` the test writes it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is how a test fails")]

use hyperserve::server::Limits;
use std::{env, fs};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guide/limits.md");
const BEGIN: &str = "<!-- limits: a test holds these rows equal to `hyperserve --limits` -->\n\n";
const END: &str = "\n<!-- end of limits -->";

fn table() -> String {
    let mut table = String::from("| name | default | what it bounds |\n|---|---|---|\n");
    for entry in Limits::default().entries() {
        assert!(!entry.about.contains('|'), "{}: a bar would end its cell", entry.name);
        let value = if entry.value.is_empty() { "none" } else { &entry.value };
        table.push_str(&format!("| `{}` | {value} | {} |\n", entry.name, entry.about));
    }
    table
}

#[test]
fn the_table_of_limits_is_that_of_the_code() {
    let page = fs::read_to_string(PAGE).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("the mark before the table");
    let (written, after) = rest.split_once(END).expect("the mark after the table");
    let expected = table();
    if env::var_os("HYPERSERVE_WRITE_DOCS").is_some() {
        return fs::write(PAGE, format!("{before}{BEGIN}{expected}{END}{after}")).unwrap();
    }
    assert!(written == expected, "docs/guide/limits.md is to hold these rows:\n\n{expected}");
}
