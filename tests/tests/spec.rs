//! Holds `spec/` to itself: the contract names every case file, and the cases name settings that exist.

use std::{collections::BTreeSet, fs};

use hyperserve_server::Limits;
use hyperserve_tests::{Suite, cases_folder, parse_file};

#[test]
fn there_are_enough_cases() {
    let count = Suite::load(&cases_folder()).unwrap().names().count();
    assert!(count >= 390, "only {count}");
}

#[test]
fn the_contract_names_every_case_file() {
    let contract = fs::read_to_string(cases_folder().join("../http.md")).unwrap();
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
fn cases_set_only_limits_that_exist() {
    let mut settings = BTreeSet::new();
    for entry in fs::read_dir(cases_folder()).unwrap() {
        let cases = parse_file(&entry.unwrap().path()).unwrap();
        settings.extend(cases.into_iter().flat_map(|case| case.set));
    }
    for (name, value) in settings {
        Limits::default().set(&name, &value).unwrap();
    }
}
