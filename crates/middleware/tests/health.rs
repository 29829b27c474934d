//! Probes and the gate over real sockets: what an orchestrator sees of a service that starts, fails, and goes down.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use hyperserve_core::{BoxError, Request, ShutdownTrigger};
use hyperserve_middleware::Paths;
use hyperserve_middleware::health::{
    Deferred, DeferredLayer, Health, HealthBuilder, HealthCheck, HealthLayer,
};
use hyperserve_server::{App, Limits, app_fn, serve};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tower_layer::Layer as _;

/// Serves for the time of `client`.
async fn served<F: Future>(app: impl App, client: impl FnOnce(SocketAddr) -> F) -> F::Output {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = serve(listener, app, Limits::default(), async { drop(stopped.await) });
    let client = async {
        let output = client(address).await;
        drop(stop);
        output
    };
    timeout(Duration::from_secs(10), async { tokio::join!(client, server).0 }).await.unwrap()
}

/// Head and body of an answer.
async fn ask(address: SocketAddr, request: &str) -> (String, String) {
    let mut client = TcpStream::connect(address).await.unwrap();
    let (line, fields) = request.split_once('\n').unwrap_or((request, ""));
    let head = format!("{line} HTTP/1.1\r\nhost: a.example\r\nconnection: close\r\n{fields}\r\n");
    client.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_ascii_lowercase(), body.to_owned())
}

fn status(head: &str) -> u16 {
    head.split(' ').nth(1).unwrap().parse().unwrap()
}

fn check(name: &'static str, good: &Arc<AtomicBool>) -> HealthCheck {
    let good = Arc::clone(good);
    let check = HealthCheck::new(name, move || {
        let good = good.load(Relaxed);
        async move { if good { Ok(()) } else { Err(BoxError::from("password s3cr3t refused")) } }
    });
    check.with_cache(Duration::ZERO)
}

#[tokio::test]
async fn probes_are_json_or_text_and_are_not_redirected() {
    let health = Health::builder().with_figure("total_requests", || 1234).build().unwrap();
    served(health, async |address| {
        for (path, word) in [("/livez", "alive"), ("/readyz/", "ready"), ("/healthz", "healthy")] {
            let (head, body) = ask(address, &format!("GET {path}")).await;
            assert_eq!(status(&head), 200, "{path}");
            assert!(
                head.contains("content-type: application/json") && head.contains("cache-control: no-store")
            );
            let json: Value = serde_json::from_str(&body).unwrap();
            assert_eq!((&json["status"], json["uptime"].is_u64()), (&word.into(), true), "{body}");
            assert_eq!(json["total_requests"].as_u64(), (word == "healthy").then_some(1234));

            let (head, body) = ask(address, &format!("GET {path}\naccept: text/plain\r\n")).await;
            assert!(head.contains("content-type: text/plain") && head.contains("vary: accept"), "{head}");
            assert_eq!(body.lines().next(), Some(word));

            let (head, body) = ask(address, &format!("HEAD {path}")).await;
            assert!(status(&head) == 200 && body.is_empty() && !head.contains("content-length: 0"), "{head}");
        }
        let (head, body) = ask(address, "POST /livez\ncontent-length: 0\r\n").await;
        assert!(status(&head) == 405 && head.contains("allow: get, head"), "{head}");
        assert!(body.contains("\"status\":405"));
        assert_eq!(status(&ask(address, "GET /").await.0), 404);
        assert_eq!(status(&ask(address, "GET /livez/x").await.0), 404);
    })
    .await;
}

#[tokio::test]
async fn a_critical_check_takes_readiness_and_an_optional_one_does_not() {
    let [database, cache] = [(); 2].map(|()| Arc::new(AtomicBool::new(true)));
    let health = Health::builder().with_check(check("database", &database));
    let health = health.with_check(check("cache", &cache).optional()).build().unwrap();
    served(health, async |address| {
        let (head, body) = ask(address, "GET /healthz").await;
        let json: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status(&head), &json["checks"]["database"]["status"]), (200, &"ok".into()));

        cache.store(false, Relaxed);
        let (head, body) = ask(address, "GET /healthz").await;
        let json: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status(&head), &json["status"]), (200, &"degraded".into()));
        assert_eq!(json["checks"]["cache"]["critical"], false);
        let (head, body) = ask(address, "GET /readyz\naccept: text/plain\r\n").await;
        assert_eq!((status(&head), body.as_str()), (200, "ready\n"));

        database.store(false, Relaxed);
        for path in ["/readyz", "/healthz"] {
            let (head, body) = ask(address, &format!("GET {path}")).await;
            assert_eq!(status(&head), 503, "{path}");
            assert!(head.contains("content-type: application/problem+json"), "{head}");
            let json: Value = serde_json::from_str(&body).unwrap();
            assert_eq!(json["checks"]["database"]["status"], "failed");
            assert!(json["detail"].as_str().unwrap().ends_with("`database`."), "{body}");
            assert!(!body.contains("s3cr3t"), "{body}");
        }
        assert_eq!(status(&ask(address, "GET /livez").await.0), 200);
    })
    .await;
}

#[tokio::test]
async fn readiness_goes_with_the_server_and_with_the_token() {
    let ready = Arc::new(AtomicBool::new(false));
    let (trigger, shutdown) = ShutdownTrigger::new();
    let condition = Arc::clone(&ready);
    let builder: HealthBuilder = Health::builder().with_ready(move || condition.load(Relaxed));
    let health = builder.with_shutdown(shutdown).build().unwrap();
    served(health, async |address| {
        assert_eq!(status(&ask(address, "GET /readyz").await.0), 503);
        ready.store(true, Relaxed);
        assert_eq!(status(&ask(address, "GET /readyz").await.0), 200);
        trigger.trigger();
        let (head, body) = ask(address, "GET /healthz\naccept: text/plain\r\n").await;
        assert!(status(&head) == 503 && body.contains("going down"), "{body}");
        assert_eq!(status(&ask(address, "GET /livez").await.0), 200);
    })
    .await;
}

#[tokio::test]
async fn until_the_start_is_over_there_is_503_and_a_time_to_come_again() {
    let deferred = Deferred::new().with_retry_after(Duration::from_secs(3));
    let health = Health::builder().with_deferred(&deferred).build().unwrap();
    let gate = DeferredLayer::new(&deferred).with_open(Paths::try_new(["/about"]).unwrap());
    let app = HealthLayer::new(health).layer(gate.layer(app_fn(async |_: Request| "hello")));
    served(app, async |address| {
        for path in ["/", "/readyz", "/healthz", "/aboutx"] {
            let (head, body) = ask(address, &format!("GET {path}")).await;
            assert!(status(&head) == 503 && head.contains("retry-after: 3"), "{path}: {head}");
            assert!(head.contains("application/problem+json") && body.contains("starting"), "{body}");
        }
        assert_eq!(status(&ask(address, "GET /livez").await.0), 200);
        assert_eq!(ask(address, "GET /about/us").await.1, "hello");

        assert!(!deferred.run(async { Err("no such table") }).await);
        let (head, body) = ask(address, "GET /").await;
        assert!(
            status(&head) == 503 && body.contains("could not start") && !body.contains("table"),
            "{body}"
        );

        assert!(deferred.run(async { Ok::<_, BoxError>(()) }).await);
        assert_eq!(ask(address, "GET /").await.1, "hello");
        assert_eq!(status(&ask(address, "GET /readyz").await.0), 200);
    })
    .await;
}
