//! Notes reach everybody, and the example is as short as it is said to be.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "../../running.rs"]
mod running;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use running::Running;

fn start() -> Running {
    Running::start(env!("CARGO_BIN_EXE_example-sse-board"), &[])
}

fn post(example: &Running, note: &str) {
    assert_eq!(example.send(&["POST /notes"], note).status, 201);
}

struct Watcher(BufReader<TcpStream>);

impl Watcher {
    fn new(example: &Running, fields: &str) -> Self {
        let mut stream = example.connect();
        write!(stream, "GET /notes HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n").unwrap();
        Self(BufReader::new(stream))
    }

    /// The next line that is a field of an event.
    fn field(&mut self) -> String {
        let mut line = String::new();
        while !line.starts_with("id: ") && !line.starts_with("data: ") {
            line.clear();
            assert_ne!(self.0.read_line(&mut line).unwrap(), 0, "the stream ended");
        }
        line.trim_end().to_owned()
    }

    fn event(&mut self) -> (String, String) {
        (self.field(), self.field())
    }
}

fn event(id: &str, data: &str) -> (String, String) {
    (format!("id: {id}"), format!("data: {data}"))
}

#[test]
fn everybody_sees_a_note() {
    let example = start();
    post(&example, "first");
    let mut watchers = [Watcher::new(&example, ""), Watcher::new(&example, "")];
    watchers.iter_mut().for_each(|watcher| assert_eq!(watcher.event(), event("1", "first")));
    post(&example, "second");
    watchers.iter_mut().for_each(|watcher| assert_eq!(watcher.event(), event("2", "second")));
}

#[test]
fn who_comes_back_gets_the_rest() {
    let example = start();
    ["a", "b", "c"].iter().for_each(|note| post(&example, note));
    assert_eq!(Watcher::new(&example, "Last-Event-ID: 2\r\n").event(), event("3", "c"));
    // Of a board before this one, or of nobody.
    for strange in ["57", "-1", "18446744073709551615", "x"] {
        let mut watcher = Watcher::new(&example, &format!("Last-Event-ID: {strange}\r\n"));
        assert_eq!(watcher.event(), event("1", "a"), "{strange}");
    }
}

#[test]
fn a_stop_ends_the_streams() {
    let example = start();
    post(&example, "only");
    let mut watcher = Watcher::new(&example, "");
    watcher.event();
    example.interrupt();
    let mut rest = String::new();
    watcher.0.read_to_string(&mut rest).unwrap();
    assert!(rest.ends_with("0\r\n\r\n"), "ended and not cut: {rest:?}");
    example.end();
}

#[test]
fn bounds_hold() {
    let example = start();
    assert_eq!(example.send(&["POST /notes"], "x".repeat(2001)).status, 413);
    (0..1000).for_each(|_| post(&example, "x"));
    assert_eq!(example.send(&["POST /notes"], "x").status, 409);
    assert!(example.send(&["GET /"], "").text().contains("EventSource"));
}

#[test]
fn it_is_under_40_lines() {
    assert!(include_str!("../src/main.rs").lines().count() < 40);
}
