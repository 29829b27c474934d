//! Holds `spec/` to itself: the contract names every case file, and the cases name settings that exist.

use std::{collections::BTreeSet, fs};

use hyperserve::Config;
use hyperserve_tests::{Suite, cases_folder, parse_file};

#[test]
fn there_are_enough_cases() {
    let count = Suite::load(&cases_folder()).unwrap().names().count();
    assert!(count >= 1700, "only {count}");
    let in_process = Suite::load(&cases_folder()).unwrap().in_process().names().count();
    assert!(in_process >= 760, "only {in_process}");
}

#[test]
fn the_contract_names_every_case_file() {
    let folder = cases_folder().join("..");
    let documents =
        ["http.md", "websocket.md", "routing.md", "errors.md", "config.md", "layers.md", "static.md"];
    let contract: String = documents.map(|name| fs::read_to_string(folder.join(name)).unwrap()).concat();
    for entry in fs::read_dir(cases_folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(contract.contains(&format!("(cases/{name})")), "{name}");
    }
    for link in contract.split("(cases/").skip(1) {
        let name = link.split(')').next().unwrap();
        assert!(cases_folder().join(name).exists(), "{name}");
    }
}

#[test]
fn cases_set_only_keys_that_exist() {
    let mut settings = BTreeSet::new();
    for entry in fs::read_dir(cases_folder()).unwrap() {
        let file = parse_file(&entry.unwrap().path()).unwrap();
        settings.extend(file.cases.into_iter().flat_map(|case| case.set));
    }
    for (name, value) in settings {
        Config::new().with(&name, value).check().unwrap();
    }
}
