//! Files, environment and flags together, and what the command says of them.

use std::fs;

use tempfile::TempDir;

use crate::client::get;
use crate::process::{Server, run_in};

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn said(folder: &TempDir, variables: &[(&str, &str)], words: &str, code: i32) -> (String, String) {
    let output = run_in(folder.path(), variables, words);
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

const OURS: &str = "listen = [\"127.0.0.1:0\"]\nmax_target = 100\nworkers = 1\n";

#[test]
fn a_file_in_the_working_directory_is_in_force() {
    for (name, text) in [
        ("hyperserve.toml", OURS),
        ("options.json", r#"{"listen": ["127.0.0.1:0"], "max_target": 100, "workers": 1}"#),
    ] {
        let folder = folder(&[(name, text)]);
        let server = Server::start_in(folder.path(), &[], "", 1);
        assert_eq!(get(server.address(0), &format!("/{}", "a".repeat(100))).status, 414);
        assert_eq!(get(server.address(0), "/api/figures").json()["workers"], 1);
    }
}

#[test]
fn the_file_can_be_named_by_a_flag_and_by_a_variable() {
    let folder = folder(&[
        ("a.conf", OURS),
        ("b.json", "{\"listen\": \"127.0.0.1:0\", \"max_target\": 50}"),
        ("hyperserve.toml", "broken"),
    ]);
    let limit = |variables: &[(&str, &str)], words: &str| {
        let server = Server::start_in(folder.path(), variables, words, 1);
        get(server.address(0), "/api/figures").json()["limits"]["max_target"].clone()
    };
    assert_eq!(limit(&[("HS_CONFIG", "a.conf")], ""), "100");
    assert_eq!(limit(&[("HS_CONFIG", "a.conf")], "--config b.json"), "50");
    let (_, error) = said(&folder, &[], "--config c.toml", 1);
    assert_eq!(error, "hyperserve: c.toml: no such file\n");
}

#[test]
fn two_files_want_a_choice() {
    let folder = folder(&[("hyperserve.toml", ""), ("options.json", "{}")]);
    let (_, error) = said(&folder, &[], "check-config", 1);
    assert!(
        error.contains("both hyperserve.toml and options.json are here: name one, with --config"),
        "{error}"
    );
    assert_eq!(said(&folder, &[], "check-config --config options.json", 0).0, "configuration is good\n");
}

#[test]
fn the_file_yields_to_the_environment_and_that_to_flags() {
    let folder = folder(&[("hyperserve.toml", "max_target = 100\nmax_headers = 50\nmax_head = \"16KiB\"\n")]);
    let variables = [("HS_MAX_HEADERS", "60"), ("HS_MAX_HEAD", "32KiB")];
    let (printed, _) = said(&folder, &variables, "--print-config --set max_head=48KiB", 0);
    for line in [
        "max_target = 100 # from hyperserve.toml:1",
        "max_headers = 60 # from HS_MAX_HEADERS",
        "max_head = \"48KiB\" # from --set",
        "max_chunk_line = \"16KiB\" # from built-in default",
    ] {
        assert!(printed.lines().any(|printed| printed == line), "{line} in {printed}");
    }
    // What is printed is a file that says the same.
    fs::write(folder.path().join("again.toml"), &printed).unwrap();
    let (again, _) = said(&folder, &[], "--print-config --config again.toml", 0);
    let values = |text: &str| {
        text.lines().map(|line| line.split(" # ").next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(values(&again), values(&printed));
}

#[test]
fn check_config_tells_all_faults_and_nothing_else() {
    let good = folder(&[("hyperserve.toml", OURS)]);
    assert_eq!(said(&good, &[], "check-config", 0), ("configuration is good\n".to_owned(), String::new()));
    let bad = folder(&[("hyperserve.toml", "lisen = 1\nworkers = [2]\n")]);
    let (out, error) =
        said(&bad, &[("HS_LOG", "loud"), ("HS_TLSCERT", "x")], "check-config --set h2c=perhaps", 1);
    assert_eq!(out, "");
    assert_eq!(
        error.lines().collect::<Vec<_>>(),
        [
            "hyperserve: hyperserve.toml:1: there is no key `lisen`; did you mean `listen`?",
            "hyperserve: hyperserve.toml:2: `workers`: a list, where auto, or a number from 1 to 1024 is wanted",
            "hyperserve: HS_LOG: `loud` is no value for `log`: expected one of off, error, warn, info, debug, trace",
            "hyperserve: HS_TLSCERT: there is no such variable; did you mean `HS_TLS_CERT`?",
            "hyperserve: --set: `perhaps` is no value for `h2c`: expected true or false",
        ]
    );
    let (_, error) = said(&good, &[], "check-config --tls-cert /no/cert.pem --tls-key /no/key.pem", 1);
    assert_eq!(error, "hyperserve: /no/cert.pem: no such file\n");
}

#[test]
fn routes_are_listed() {
    let folder = folder(&[]);
    let (table, _) = said(&folder, &[], "routes", 0);
    let lines: Vec<_> = table.lines().collect();
    assert!(lines[0].starts_with("METHODS  PATTERN"), "{table}");
    assert!(lines.iter().any(|line| line.starts_with("POST     /api/echo")), "{table}");
    let (json, _) = said(&folder, &[], "routes --json", 0);
    let routes: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(routes[0]["pattern"], "/");
    assert_eq!(routes.as_array().unwrap().len(), lines.len() - 1);
}

#[test]
fn completions_are_written_for_shells() {
    let folder = folder(&[]);
    for (shell, mark) in
        [("bash", "_hyperserve()"), ("zsh", "#compdef hyperserve"), ("fish", "complete -c hyperserve")]
    {
        let (script, _) = said(&folder, &[], &format!("completions {shell}"), 0);
        assert!(script.contains(mark) && script.contains("check-config"), "{shell}");
    }
}

#[test]
fn the_command_can_be_named_or_not() {
    let folder = folder(&[]);
    for words in ["serve --demo --listen 127.0.0.1:0", "--listen 127.0.0.1:0 serve", "--listen 127.0.0.1:0"] {
        let server = Server::start_in(folder.path(), &[], words, 1);
        assert_eq!(get(server.address(0), "/").status, 200, "{words}");
    }
}
