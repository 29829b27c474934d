//! The listener for probes, and that it outlives the others.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::Duration;

use crate::client::{connect, exchange, get};
use crate::start::started;

pub(crate) const COVERED: &[&str] = &["health_listen", "drain_delay"];

const ANY_PORT: (&str, &str) = ("HS_HEALTH_LISTEN", "127.0.0.1:0");

#[test]
fn probes_are_answered_on_an_address_of_their_own() {
    let server = started(&[ANY_PORT]);
    let probe = server.next_probe();
    assert!(server.is_ready(0));
    for (path, text) in
        [("/livez", "alive\n"), ("/readyz", "ready\n"), ("/healthz", "ready\n"), ("/healthz/", "ready\n")]
    {
        let answer = get(probe, path);
        assert_eq!((answer.status, answer.body.as_str()), (200, text), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    assert_eq!(get(probe, "/").status, 404);
    assert_eq!(get(server.address(0), "/livez").status, 404);
    let post = exchange(
        connect(probe),
        "POST /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    );
    assert_eq!((post.status, post.header("allow")), (405, Some("GET, HEAD")));
    assert_eq!(server.stop().code, Some(0));
    assert!(TcpStream::connect(probe).is_err());
}

#[test]
fn health_addr_is_health_listen() {
    let server = started(&[("HEALTH_ADDR", "127.0.0.1:0")]);
    assert_eq!(get(server.next_probe(), "/livez").status, 200);
}

#[test]
fn while_the_server_waits_to_drain_it_is_alive_and_not_ready() {
    let server = started(&[ANY_PORT, ("HS_DRAIN_DELAY", "1s")]);
    let probe = server.next_probe();
    assert!(server.is_ready(0));
    server.terminate();
    sleep(Duration::from_millis(300));
    assert_eq!((get(probe, "/readyz").status, get(probe, "/livez").status), (503, 200));
    assert_eq!(get(server.address(0), "/").status, 200);
    assert_eq!(server.end().code, Some(0));
}

#[test]
fn probes_are_answered_until_the_drain_has_ended() {
    let server = started(&[ANY_PORT, ("HS_DRAIN_DEADLINE", "1500ms")]);
    let probe = server.next_probe();
    let mut stuck = connect(server.address(0));
    stuck
        .write_all(
            b"POST /api/upload HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
        )
        .unwrap();
    stuck.read_exact(&mut [0; 25]).unwrap();
    server.terminate();
    sleep(Duration::from_millis(400));
    assert!(TcpStream::connect(server.address(0)).is_err());
    assert_eq!((get(probe, "/healthz").status, get(probe, "/livez").status), (503, 200));
    assert_eq!(server.end().code, Some(0));
}
