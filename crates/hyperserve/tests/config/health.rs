//! Probes and metrics: on listeners of their own, which outlive the others, and on the main ones.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::client::{connect, exchange, get, get_text};
use crate::start::started;

pub(crate) const COVERED: &[&str] = &["health_listen", "health_paths", "metrics", "drain_delay"];

const ANY_PORT: (&str, &str) = ("HS_HEALTH_LISTEN", "127.0.0.1:0");

#[test]
fn probes_are_answered_on_an_address_of_their_own() {
    let server = started(&[ANY_PORT]);
    let probe = server.next_probe();
    assert!(server.is_ready(0));
    for (path, word) in
        [("/livez", "alive"), ("/readyz", "ready"), ("/healthz", "healthy"), ("/healthz/", "healthy")]
    {
        let answer = get(probe, path);
        assert_eq!((answer.status, answer.json()["status"].as_str()), (200, Some(word)), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let text = exchange(connect(probe), &get_text(path, "Accept: text/plain\r\n"));
        assert_eq!((text.status, text.body.lines().next()), (200, Some(word)), "{path}");
    }
    assert!(get(probe, "/healthz").json()["total_requests"].as_u64() > Some(0));
    assert_eq!((get(probe, "/").status, get(probe, "/metrics").status), (404, 404));
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
    let unready = get(probe, "/readyz");
    assert_eq!((unready.status, get(probe, "/livez").status), (503, 200));
    assert_eq!(unready.header("content-type"), Some("application/problem+json"));
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

#[test]
fn probes_are_answered_on_the_main_address_where_that_is_asked_for() {
    let server = started(&[("HS_HEALTH_PATHS", "on"), ("HS_STACK", "api"), ("HS_DRAIN_DELAY", "1s")]);
    let begun = Instant::now();
    while get(server.address(0), "/readyz").status != 200 {
        assert!(begun.elapsed() < Duration::from_secs(10));
    }
    assert_eq!(get(server.address(0), "/livez").json()["status"], "alive");
    server.terminate();
    sleep(Duration::from_millis(300));
    let unready = get(server.address(0), "/readyz");
    assert_eq!((unready.status, get(server.address(0), "/").status), (503, 200));
    // Probes are before everything else.
    assert_eq!(unready.header("x-request-id"), None);
    assert_eq!(server.end().code, Some(0));
}

#[test]
fn metrics_have_a_listener_of_their_own() {
    let server = started(&[("HS_METRICS", "127.0.0.1:0"), ("HS_RATE_LIMIT", "on"), ("HS_ACCESS_LOG", "on")]);
    let line = loop {
        // Lines of the log come on the same stream.
        let line = server.next_line();
        if let Some(url) = line.strip_prefix("metrics on http://") {
            break url.to_owned();
        }
    };
    let metrics = line.strip_suffix("/metrics").unwrap().parse().unwrap();
    assert!(server.is_ready(0));
    for _ in 0..3 {
        get(server.address(0), "/app.js");
    }
    get(server.address(0), "/nowhere");
    let page = get(metrics, "/metrics");
    assert_eq!(page.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    for sample in [
        "http_requests_total{method=\"GET\",route=\"/app.js\",status=\"200\"} 3",
        "http_requests_total{method=\"GET\",route=\"unmatched\",status=\"404\"} 1",
        "hyperserve_rate_limit_refused_total 0",
        "hyperserve_access_log_dropped_total 0",
        "hyperserve_websockets_open 0",
    ] {
        assert!(page.body.contains(&format!("\n{sample}\n")), "{sample} is not in {}", page.body);
    }
    assert!(
        page.body.contains("\nhyperserve_connections_accepted_total ") && page.body.contains("\nprocess_")
    );
    let open = exchange(connect(metrics), &get_text("/metrics", "Accept: application/openmetrics-text\r\n"));
    assert!(open.body.ends_with("# EOF\n"), "{}", open.body);
    assert_eq!((get(metrics, "/livez").status, get(server.address(0), "/metrics").status), (404, 404));
    assert_eq!(server.stop().code, Some(0));
}

#[test]
fn one_address_can_be_for_both() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("operators.sock");
    let address = format!("unix:{}", path.display());
    let server = started(&[("HS_METRICS", &address), ("HS_HEALTH_LISTEN", &address)]);
    assert!(server.is_ready(0));
    for target in ["/livez", "/metrics"] {
        let answer = exchange(UnixStream::connect(&path).unwrap(), &get_text(target, ""));
        assert_eq!(answer.status, 200, "{target}");
    }
    assert_eq!(server.stop().code, Some(0));
    assert!(!path.exists());
}
