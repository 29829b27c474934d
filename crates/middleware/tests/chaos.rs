//! Chaos over real sockets: what a client sees of each fault.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::net::SocketAddr;
use std::time::Duration;

use http::StatusCode;
use hyperserve_core::Request;
use hyperserve_middleware::chaos::{ChaosConfig, ChaosLayer, Latency};
use hyperserve_server::{Limits, app_fn, serve};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};
use tower_layer::Layer as _;

const LENGTH: usize = 2000;

/// Serves for the time of `client`.
fn served<F: Future>(config: ChaosConfig, client: impl FnOnce(SocketAddr) -> F) {
    let layer = ChaosLayer::try_new(config.allow_in_release(true)).unwrap();
    let app = layer.layer(app_fn(async |_: Request| "x".repeat(LENGTH)));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let server = serve(listener, app, Limits::default(), async { drop(stopped.await) });
        let client = async {
            client(address).await;
            drop(stop);
        };
        timeout(Duration::from_secs(20), async { tokio::join!(client, server) }).await.unwrap();
    });
}

async fn ask(address: SocketAddr, path: &str) -> String {
    let mut client = TcpStream::connect(address).await.unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nhost: a.example\r\nconnection: close\r\n\r\n");
    client.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A connection that is cut may end with an error.
    drop(client.read_to_end(&mut answer).await);
    String::from_utf8_lossy(&answer).into_owned()
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

#[test]
fn an_error_is_a_problem_that_says_so() {
    let config = ChaosConfig::new().with_errors(1.0, [StatusCode::BAD_GATEWAY]);
    served(config, async |address| {
        let answer = ask(address, "/").await;
        assert!(
            answer.starts_with("HTTP/1.1 502 ") && answer.contains("\r\nx-chaos: error;status=502\r\n"),
            "{answer}"
        );
        assert!(answer.contains("application/problem+json"), "{answer}");
    });
}

#[test]
fn latency_is_added() {
    let config = ChaosConfig::new().with_latency(1.0, Latency::fixed(Duration::from_millis(150)));
    served(config, async |address| {
        let start = Instant::now();
        let answer = ask(address, "/").await;
        assert!(start.elapsed() >= Duration::from_millis(150));
        assert!(
            answer.contains("\r\nx-chaos: latency;ms=150\r\n") && body(&answer).len() == LENGTH,
            "{answer}"
        );
    });
}

#[test]
fn a_late_error_says_both() {
    let config = ChaosConfig::new()
        .with_latency(1.0, Latency::fixed(Duration::from_millis(20)))
        .with_errors(1.0, [StatusCode::TOO_MANY_REQUESTS]);
    served(config, async |address| {
        let answer = ask(address, "/").await;
        assert!(answer.contains("\r\nx-chaos: latency;ms=20, error;status=429\r\n"), "{answer}");
    });
}

#[test]
fn a_throttled_body_is_slow_and_whole() {
    let config = ChaosConfig::new().with_throttle(1.0, 4000);
    served(config, async |address| {
        let start = Instant::now();
        let answer = ask(address, "/").await;
        assert!((400..2000).contains(&start.elapsed().as_millis()), "{:?}", start.elapsed());
        assert!(answer.contains("\r\nx-chaos: throttle;rate=4000\r\n") && body(&answer).len() == LENGTH);
    });
}

#[test]
fn an_aborted_body_breaks_off_and_the_server_lives() {
    let config = ChaosConfig::new().with_seed(1).with_aborts(1.0);
    served(config, async |address| {
        for _ in 0..5 {
            let answer = ask(address, "/").await;
            assert!(
                answer.contains("\r\nx-chaos: abort\r\n") && answer.contains("content-length: 2000"),
                "{answer}"
            );
            assert!(body(&answer).len() < LENGTH, "{}", body(&answer).len());
        }
    });
}

#[test]
fn a_panic_is_a_500_of_the_server() {
    let config = ChaosConfig::new().with_panics(1.0).with_paths("=/panic".parse().unwrap());
    served(config, async |address| {
        assert!(ask(address, "/panic").await.starts_with("HTTP/1.1 500 "));
        let answer = ask(address, "/").await;
        assert!(answer.starts_with("HTTP/1.1 200 ") && !answer.contains("x-chaos"), "{answer}");
    });
}

#[test]
fn the_same_seed_makes_the_same_faults() {
    let run = || {
        let mut seen = Vec::new();
        let config = ChaosConfig::new().with_seed(42).with_errors(0.5, [StatusCode::BAD_GATEWAY]);
        served(config, async |address| {
            for _ in 0..20 {
                seen.push(ask(address, "/").await.starts_with("HTTP/1.1 502"));
            }
        });
        seen
    };
    let first = run();
    assert_eq!(first, run());
    assert!(first.contains(&true) && first.contains(&false));
}
