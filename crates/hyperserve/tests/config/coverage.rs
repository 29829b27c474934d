//! Every key has a test that changes behaviour: of this suite, or a case of `spec/cases` that sets it.

use std::collections::BTreeSet;
use std::fs;

use hyperserve::Config;

use crate::{addresses, health, http2, https, limits, proxies, sockets, stack, websocket, workers};

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../spec/cases");

/// What the suites of this folder set.
fn covered_here() -> impl Iterator<Item = String> {
    let lists = [
        addresses::COVERED,
        health::COVERED,
        http2::COVERED,
        https::COVERED,
        limits::COVERED,
        proxies::COVERED,
        sockets::COVERED,
        stack::COVERED,
        websocket::COVERED,
        workers::COVERED,
    ];
    lists.into_iter().flatten().map(|name| (*name).to_owned())
}

/// The names in the `set` tables of the conformance cases.
fn covered_by_cases() -> BTreeSet<String> {
    let files = fs::read_dir(CASES).unwrap().map(|entry| entry.unwrap().path());
    let mut names = BTreeSet::new();
    for file in files.filter(|file| file.extension().is_some_and(|ending| ending == "toml")) {
        let table: toml::Table = fs::read_to_string(&file).unwrap().parse().unwrap();
        let cases = table.values().filter_map(toml::Value::as_array).flatten();
        let sets = cases.filter_map(|case| case.get("set")?.as_table());
        names.extend(sets.flat_map(|set| set.keys().cloned()));
    }
    names
}

#[test]
fn every_key_is_tested() {
    let mut covered = covered_by_cases();
    covered.extend(covered_here());
    let missing: Vec<_> = Config::new()
        .entries()
        .into_iter()
        .map(|entry| entry.name)
        .filter(|name| !covered.contains(*name))
        .collect();
    assert!(
        missing.is_empty(),
        "no test sets {missing:?}: add one, and the name to the COVERED list beside it"
    );
}

#[test]
fn every_name_in_a_list_is_a_key() {
    let config = Config::new();
    for name in covered_here() {
        assert!(config.get(&name).is_some(), "{name}");
    }
}
