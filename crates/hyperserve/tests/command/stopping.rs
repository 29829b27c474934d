//! SIGTERM: what is still answered, what is cut, and what is said about it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::client::{connect, exchange};
use crate::process::Server;

/// An upload that has begun: the server has read its first bytes, as its figures show.
fn begin_upload(server: &Server, length: usize) -> TcpStream {
    let mut stream = connect(server.address(0));
    let head = format!(
        "POST /api/upload HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream
}

#[test]
fn a_request_that_runs_is_answered() {
    let server = Server::start("--listen 127.0.0.1:0");
    let upload = begin_upload(&server, 5);
    server.terminate();
    std::thread::sleep(Duration::from_millis(200));
    let answer = exchange(upload, "hello");
    assert_eq!((answer.status, answer.json()["bytes"].as_u64()), (200, Some(5)));
    assert_eq!(answer.header("connection"), Some("close"));
    let end = server.end();
    assert_eq!(end.code, Some(0), "{}", end.log);
    assert!(!end.log.contains("cut"), "{}", end.log);
}

#[test]
fn what_does_not_end_is_cut_at_the_deadline_and_told() {
    let server = Server::start("--listen 127.0.0.1:0 --set drain_deadline=400ms");
    let _stuck = begin_upload(&server, 5);
    let started = Instant::now();
    let end = server.stop();
    assert_eq!(end.code, Some(0), "{}", end.log);
    assert!((400..5000).contains(&started.elapsed().as_millis()), "{:?}", started.elapsed());
    let told = "hyperserve: 1 connection was still open when the drain ended (at most 400ms), and cut\n";
    assert!(end.log.ends_with(told), "{}", end.log);
}

#[test]
fn readiness_goes_before_the_listeners_close() {
    let server = Server::start("--listen 127.0.0.1:0 --set drain_delay=2s");
    let ask = |stream: &mut TcpStream| {
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        let mut status = [0; 12];
        stream.read_exact(&mut status).unwrap();
        String::from_utf8_lossy(&status[9..]).into_owned()
    };
    assert!(server.is_ready(0));
    server.terminate();
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(ask(&mut connect(server.address(0))), "503");
    assert_eq!(server.end().code, Some(0));
}

#[test]
fn a_second_signal_does_not_wait() {
    let server = Server::start("--listen 127.0.0.1:0");
    let _stuck = begin_upload(&server, 5);
    server.terminate();
    std::thread::sleep(Duration::from_millis(200));
    let started = Instant::now();
    assert_eq!(server.stop().code, Some(0));
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}
