//! Who has the password gets in, and nobody else does.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

use std::io::Write as _;

#[path = "../../running.rs"]
mod running;

use running::Running;

const FORM: &str = "Content-Type: application/x-www-form-urlencoded";
const ADA: &str = "name=ada&password=open+sesame";

/// Sends the form, and gives the answer with the cookie, as they came.
fn log_in(example: &Running) -> (String, String) {
    let mut stream = example.connect();
    let length = ADA.len();
    write!(
        stream,
        "POST /login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{FORM}\r\nContent-Length: {length}\r\n\r\n{ADA}"
    )
    .unwrap();
    let answer = running::answer(stream);
    let field = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a cookie");
    let cookie = format!("Cookie: {}", field.split(';').next().unwrap());
    (answer, cookie)
}

#[test]
fn a_browser_is_remembered_until_it_logs_out() {
    let example = Running::start(env!("CARGO_BIN_EXE_example-login"), &[]);
    assert!(example.send(&["GET /"], "").text().contains("Password"));
    let (entered, cookie) = log_in(&example);
    for part in ["HTTP/1.1 303", "location: /", "HttpOnly", "SameSite=Lax"] {
        assert!(entered.contains(part), "{part}: {entered}");
    }
    assert!(example.send(&["GET /", &cookie], "").text().contains("logged in"));
    assert_eq!(example.send(&["POST /logout", &cookie], "").status, 303);
    assert!(example.send(&["GET /", &cookie], "").text().contains("Password"));
}

#[test]
fn what_is_wrong_gets_nobody_in() {
    let example = Running::start(env!("CARGO_BIN_EXE_example-login"), &[]);
    let wrong = example.send(&["POST /login", FORM], "name=ada&password=open");
    let unknown = example.send(&["POST /login", FORM], "name=eve&password=open+sesame");
    assert_eq!((wrong.status, unknown.status), (403, 403));
    assert!(!wrong.head.contains("set-cookie") && wrong.text() == unknown.text());
}

#[test]
fn another_site_cannot_send_the_form() {
    let example = Running::start(env!("CARGO_BIN_EXE_example-login"), &[]);
    assert_eq!(example.send(&["POST /login", FORM, "Sec-Fetch-Site: cross-site"], ADA).status, 403);
    assert_eq!(example.send(&["POST /login", FORM, "Sec-Fetch-Site: same-origin"], ADA).status, 303);
}
