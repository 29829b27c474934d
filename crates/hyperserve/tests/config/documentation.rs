//! The guide's table of keys is the code's. With `HYPERSERVE_WRITE_DOCS=1` the test writes it.

use std::{env, fs};

use hyperserve::Config;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guide/configuration.md");
const BEGIN: &str =
    "<!-- keys: HYPERSERVE_WRITE_DOCS=1 cargo test -p hyperserve --test config documentation -->\n\n";
const END: &str = "\n<!-- end of keys -->";

fn table() -> String {
    let mut table = String::from("| name | default | values | what it is for |\n|---|---|---|---|\n");
    for entry in Config::new().entries() {
        let default = if entry.default.is_empty() { "none" } else { &entry.default };
        table.push_str(&format!("| `{}` | {default} | {} | {} |\n", entry.name, entry.kind, entry.about));
    }
    table
}

#[test]
fn the_table_of_keys_is_that_of_the_code() {
    let page = fs::read_to_string(PAGE).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("the mark before the table");
    let (written, after) = rest.split_once(END).expect("the mark after the table");
    let table = table();
    if env::var_os("HYPERSERVE_WRITE_DOCS").is_some() {
        return fs::write(PAGE, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
    }
    assert!(
        written == table,
        "docs/guide/configuration.md is not up to date: HYPERSERVE_WRITE_DOCS=1 cargo test -p hyperserve --test config \
         documentation writes it"
    );
}
