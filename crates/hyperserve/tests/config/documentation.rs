//! The guide's table of keys is the code's. With `HYPERSERVE_WRITE_DOCS=1` the test writes it.

use std::{env, fs};

use hyperserve::{Config, ConfigEntry};

const GUIDE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guide/");
const END: &str = "\n<!-- end of keys -->";

fn table() -> String {
    let mut table =
        String::from("| name | default | values | face | what it is for |\n|---|---|---|---|---|\n");
    let (rust, python) = (Config::new(), Config::for_python());
    let alone = python.entries().into_iter().filter(|entry| entry.face.is_some());
    for entry in rust.entries().into_iter().chain(alone) {
        let face = entry.face.map_or_else(|| "both".to_owned(), |face| face.to_string());
        let mut default = shown(&entry.default).to_owned();
        let other = python.get(entry.name).map(|entry| entry.default).filter(|other| *other != entry.default);
        if let Some(other) = other {
            default.push_str(&format!("; Python: {}", shown(&other)));
        }
        let ConfigEntry { name, kind, about, .. } = entry;
        table.push_str(&format!("| `{name}` | {default} | {kind} | {face} | {about} |\n"));
    }
    table
}

fn shown(default: &str) -> &str {
    if default.is_empty() { "none" } else { default }
}

/// The names that the Python face takes for keys, as its page lists them.
fn names() -> String {
    let mut table = String::from("| name | keys |\n|---|---|\n");
    for (name, keys) in Config::for_python().spellings() {
        let keys: Vec<_> = keys.iter().map(|key| format!("`{key}`")).collect();
        let keys = if keys.is_empty() { "none".to_owned() } else { keys.join(", ") };
        table.push_str(&format!("| `{name}` | {keys} |\n"));
    }
    table
}

fn hold(page: &str, begin: &str, expected: &str) {
    let file = format!("{GUIDE}{page}");
    let text = fs::read_to_string(&file).unwrap();
    let (before, rest) = text.split_once(begin).expect("the mark before the table");
    let (written, after) = rest.split_once(END).expect("the mark after the table");
    if env::var_os("HYPERSERVE_WRITE_DOCS").is_some() {
        return fs::write(file, format!("{before}{begin}{expected}{END}{after}")).unwrap();
    }
    assert!(
        written == expected,
        "docs/guide/{page} is not up to date: HYPERSERVE_WRITE_DOCS=1 cargo test -p hyperserve --test config \
         documentation writes it"
    );
}

#[test]
fn the_table_of_keys_is_that_of_the_code() {
    let begin =
        "<!-- keys: HYPERSERVE_WRITE_DOCS=1 cargo test -p hyperserve --test config documentation -->\n\n";
    hold("configuration.md", begin, &table());
}

#[test]
fn the_table_of_other_names_is_that_of_the_code() {
    let begin =
        "<!-- names: HYPERSERVE_WRITE_DOCS=1 cargo test -p hyperserve --test config documentation -->\n\n";
    hold("python/command-line.md", begin, &names());
}
