//! The first page over plain sockets.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use crate::client::{connect, echo, exchange, get, get_text};
use crate::process::Server;

#[test]
fn the_first_page_is_served_and_a_stop_is_exit_code_0() {
    let server = Server::start("--listen 127.0.0.1:0");
    assert!(server.urls()[0].starts_with("http://127.0.0.1:"), "{:?}", server.urls());
    let page = get(server.address(0), "/");
    assert_eq!(page.status, 200);
    assert!(
        page.body.contains("<title>HyperServe</title>") && page.body.contains("<code>head_timeout</code>")
    );
    assert!(
        page.header("content-security-policy").unwrap().starts_with("default-src 'none'; script-src 'self'")
    );
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    let end = server.stop();
    assert_eq!(end.code, Some(0), "{}", end.log);
    assert!(!end.log.contains("hyperserve: "), "{}", end.log);
}

#[test]
fn every_address_is_named_and_served() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("first.sock");
    let words =
        format!("--listen 127.0.0.1:0 --listen unix:{} --listen localhost:0 --workers 1", path.display());
    let server = Server::start(&words);
    assert_eq!(server.urls()[1], format!("unix:{}", path.display()));
    assert!(server.is_ready(0) && server.is_ready(2));
    let answer = exchange(UnixStream::connect(&path).unwrap(), &get_text("/api/figures", ""));
    assert_eq!(answer.json()["reached"]["client"], serde_json::Value::Null);
    assert_eq!(server.stop().code, Some(0));
    assert!(!path.exists(), "the socket file is left behind");
}

#[test]
fn limits_that_are_set_are_in_force() {
    let server = Server::start("--listen 127.0.0.1:0 --set max_target=100 --workers 3 --pin");
    let figures = get(server.address(0), "/api/figures").json();
    assert_eq!((&figures["limits"]["max_target"], &figures["workers"]), (&"100".into(), &3.into()));
    assert_eq!(get(server.address(0), &format!("/{}", "a".repeat(100))).status, 414);
    let figures = get(server.address(0), "/api/figures").json();
    assert_eq!(figures["refused"]["target-too-long"], 1);
    assert_eq!(figures["requests"]["by_status"]["4xx"], 1);
    assert_eq!(figures["requests"]["total"], 2);
}

#[test]
fn json_is_echoed_up_to_the_limit() {
    let server = Server::start("--listen 127.0.0.1:0 --set body_limit=1KiB");
    let told = echo(server.address(0), "", "X-Twice: one\r\nX-Twice: two\r\n");
    assert_eq!(
        (&told["method"], &told["protocol"], &told["client"]),
        (&"POST".into(), &"HTTP/1.1".into(), &"127.0.0.1".into())
    );
    let twice = told["headers"].as_array().unwrap().iter().filter(|pair| pair[0] == "x-twice").count();
    assert_eq!(twice, 2);
    let large = format!(
        "POST /api/echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 1026\r\n\r\n\"{}\"",
        "a".repeat(1024)
    );
    let answer = exchange(connect(server.address(0)), &large);
    assert_eq!((answer.status, answer.json()["status"].as_u64()), (413, Some(413)));
}

#[test]
fn an_upload_may_be_larger_than_the_limit_of_collected_bodies() {
    let server = Server::start("--listen 127.0.0.1:0 --set body_limit=1KiB");
    let mut stream = connect(server.address(0));
    stream
        .write_all(
            b"POST /api/upload HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3000000\r\n\r\n",
        )
        .unwrap();
    for _ in 0..3000 {
        stream.write_all(&[b'x'; 1000]).unwrap();
    }
    let answer = exchange(stream, "");
    assert_eq!((answer.status, answer.json()["bytes"].as_u64()), (200, Some(3_000_000)));
}

#[test]
fn an_answer_to_head_has_no_body() {
    let server = Server::start("--listen 127.0.0.1:0");
    let answer =
        exchange(connect(server.address(0)), "HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    assert!(answer.header("content-length").unwrap().parse::<usize>().unwrap() > 1000);
}

#[test]
fn a_browser_gets_its_404_as_a_page() {
    let server = Server::start("--listen 127.0.0.1:0");
    let accept = get_text("/nothing", "Accept: text/html\r\n");
    let answer = exchange(connect(server.address(0)), &accept);
    assert_eq!((answer.status, answer.header("content-type")), (404, Some("text/html; charset=utf-8")));
    assert!(answer.header("content-security-policy").unwrap().contains("style-src 'unsafe-inline'"));
    assert_eq!(get(server.address(0), "/nothing").header("content-type"), Some("application/problem+json"));
}

#[test]
fn the_log_says_as_much_as_it_is_told() {
    let said = |level: &str| {
        let server = Server::start(&format!("--listen 127.0.0.1:0 --log {level}"));
        assert_eq!(get(server.address(0), "/").status, 200);
        server.stop().log
    };
    assert_eq!(said("off"), "");
    let info = said("info");
    assert!(info.contains(" INFO ") && info.contains("draining"), "{info}");
    assert!(!info.contains('\u{1b}'), "colours go to a pipe: {info}");
}

#[test]
fn a_silent_client_is_let_go() {
    let server = Server::start("--listen 127.0.0.1:0 --set head_timeout=300ms");
    let mut silent = connect(server.address(0));
    let mut nothing = Vec::new();
    silent.read_to_end(&mut nothing).unwrap();
    assert_eq!(get(server.address(0), "/api/figures").json()["connections"]["idle_closed"], 1);
}
