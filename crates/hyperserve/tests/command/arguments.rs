//! What ends before a server starts: help, version, limits, and mistakes.

use std::net::TcpListener;

use crate::process::run;

fn stdout(words: &str) -> String {
    let output = run(words);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The sentence on standard error, and that nothing else was said.
fn refusal(words: &str, code: i32) -> String {
    let output = run(words);
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn version_and_help() {
    assert_eq!(stdout("--version"), format!("hyperserve {}\n", env!("CARGO_PKG_VERSION")));
    let help = stdout("--help");
    for flag in [
        "--listen",
        "--set",
        "--limits",
        "--print-config",
        "--tls ",
        "--tls-cert",
        "--client-auth",
        "check-config",
    ] {
        assert!(help.contains(flag), "{flag} in {help}");
    }
}

#[test]
fn limits_are_listed_as_they_would_be_in_force() {
    let listed = stdout("--limits --set head_timeout=5s");
    assert!(listed.contains("head_timeout = 5s\n    Time from accepting"), "{listed}");
    for entry in hyperserve::server::Limits::default().entries() {
        assert!(listed.lines().any(|line| line.starts_with(&format!("{} =", entry.name))), "{}", entry.name);
    }
}

#[test]
fn a_wrong_argument_is_exit_code_2_and_a_sentence() {
    let error = refusal("--set head_timout=5s", 2);
    assert_eq!(error, "hyperserve: --set: there is no key `head_timout`; did you mean `head_timeout`?\n");
    let error = refusal("--listen nowhere", 2);
    assert!(error.contains("the port is missing"), "{error}");
    let error = refusal("--https-redirect", 2);
    assert!(
        error.contains("--https-redirect: `https_redirect` needs a certificate: set `tls_cert`"),
        "{error}"
    );
    let error = refusal("--nonsense", 2);
    assert!(error.contains("unexpected argument '--nonsense'"), "{error}");
}

#[test]
fn every_fault_is_a_line() {
    let error = refusal("serve --workers none --set x=1 --log loud", 2);
    assert_eq!(error.lines().count(), 3, "{error}");
    assert!(error.lines().all(|line| line.starts_with("hyperserve: --")), "{error}");
}

#[test]
fn a_taken_port_is_one_sentence_with_what_to_do() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let told = refusal(&format!("--listen {address}"), 1);
    let expected = format!(
        "hyperserve: {address}: address in use: stop the process that listens there or choose another port with --listen"
    );
    assert!(told.starts_with(&expected), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
}

#[test]
fn an_address_of_another_machine_is_told() {
    let told = refusal("--listen 192.0.2.1:8080", 1);
    assert_eq!(
        told,
        "hyperserve: 192.0.2.1:8080: address not available: no interface of this machine has it\n"
    );
}

#[test]
fn a_bad_certificate_is_named() {
    let told = refusal("--listen 127.0.0.1:0 --tls-cert /no/cert.pem --tls-key /no/key.pem", 1);
    assert_eq!(told, "hyperserve: /no/cert.pem: no such file\n");
}

#[test]
fn a_redirect_to_a_port_that_nobody_knows_is_refused() {
    let told = refusal("--listen 127.0.0.1:0 --tls self-signed --tls-listen 127.0.0.1:0 --https-redirect", 2);
    assert!(told.ends_with("give it as a number, such as 443\n"), "{told}");
}
