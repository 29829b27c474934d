//! Redis goes, in the middle of the load, and comes back; or falls silent; or was never there.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use hyperserve_core::{Body, Request};
use hyperserve_ratelimit::{Gate, Quota, RateLimitLayer, WhenAway};
use hyperserve_server::app_fn;
use tower_layer::Layer as _;
use tower_service::Service as _;

use crate::redis_server::RedisServer;
use crate::{gate, options, take, until};

async fn status(gate: &Gate) -> (u16, String) {
    let mut app = RateLimitLayer::new(gate.clone()).layer(app_fn(async |_: Request| "hello"));
    let Ok(response) = app.call(Request::new(Body::empty())).await;
    let retry = response.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
    (response.status().as_u16(), retry.unwrap_or_default())
}

/// Counts answers while it runs, and the longest that one took, in microseconds.
#[derive(Default)]
struct Load {
    ended: AtomicBool,
    passed: AtomicUsize,
    refused: AtomicUsize,
    other: AtomicUsize,
    longest: AtomicUsize,
}

impl Load {
    async fn run(self: Arc<Self>, gate: Gate) {
        while !self.ended.load(Relaxed) {
            let begun = Instant::now();
            let counter = match status(&gate).await.0 {
                200 => &self.passed,
                429 => &self.refused,
                _ => &self.other,
            };
            counter.fetch_add(1, Relaxed);
            self.longest.fetch_max(begun.elapsed().as_micros() as usize, Relaxed);
            // What is counted here never waits; others want to run too.
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_load_redis_dies_and_comes_back() {
    let mut server = RedisServer::start();
    let quota = Quota::per_hour(20);
    let gate = gate([quota], options(&server).with_timeout(Duration::from_millis(500)));
    let load = Arc::new(Load::default());
    let loads: Vec<_> = (0..20).map(|_| tokio::spawn(Arc::clone(&load).run(gate.clone()))).collect();
    until("refusals by Redis", async || gate.stats().refused > 100).await;
    assert_eq!(load.passed.load(Relaxed), 20, "exactly the quota");

    server.stop();
    until("the loss", async || gate.stats().unavailable > 1000).await;
    assert_eq!(load.passed.load(Relaxed), 40, "and once more the quota while it is counted here");

    server.go_on();
    until("the return", async || {
        let away = gate.stats().unavailable;
        tokio::time::sleep(Duration::from_millis(50)).await;
        gate.stats().unavailable == away
    })
    .await;
    until("the quota of a Redis that has forgotten", async || load.passed.load(Relaxed) == 60).await;
    load.ended.store(true, Relaxed);
    for load in loads {
        load.await.unwrap();
    }
    assert_eq!((load.passed.load(Relaxed), load.other.load(Relaxed)), (60, 0));
    let longest = Duration::from_micros(load.longest.load(Relaxed) as u64);
    assert!(longest < Duration::from_secs(3), "{longest:?}");
}

#[tokio::test]
async fn a_closed_gate_answers_503_while_redis_is_away() {
    let mut server = RedisServer::start();
    let closed = options(&server).with_when_away(WhenAway::Refuse);
    let gate = gate([Quota::per_hour(1000)], closed);
    assert_eq!(status(&gate).await, (200, String::new()));
    server.stop();
    until("the loss", async || status(&gate).await == (503, "1".to_owned())).await;
    server.go_on();
    until("the return", async || status(&gate).await.0 == 200).await;
    assert!(gate.stats().unavailable > 0);
}

#[tokio::test]
async fn a_gate_is_there_before_its_redis() {
    let mut server = RedisServer::reserved();
    let begun = Instant::now();
    let gate = gate([Quota::per_hour(1)], options(&server).with_connect_timeout(Duration::from_millis(200)));
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert!(take(&gate, "a", 1).await.is_allowed() && !take(&gate, "a", 1).await.is_allowed());
    server.go_on();
    until("Redis is asked", async || {
        take(&gate, "b", 1).await;
        server.ask("EXISTS hyperserve:ratelimit:test:text:b") == ":1\r\n"
    })
    .await;
    assert!(gate.stats().unavailable >= 2);
}

#[tokio::test]
async fn a_redis_that_falls_silent_holds_up_one_request_for_the_timeout() {
    let server = RedisServer::start();
    let hasty = options(&server)
        .with_timeout(Duration::from_millis(100))
        .with_connect_timeout(Duration::from_millis(200));
    let gate = gate([Quota::per_hour(1000)], hasty);
    until("an answer in time", async || {
        take(&gate, "a", 1).await;
        gate.stats().unavailable == 0
    })
    .await;
    let away = gate.stats().unavailable;
    server.tell("CLIENT PAUSE 2000 ALL");
    until("silence", async || {
        take(&gate, "a", 1).await;
        gate.stats().unavailable > away
    })
    .await;
    let begun = Instant::now();
    for _ in 0..1000 {
        assert!(take(&gate, "a", 0).await.is_allowed());
    }
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}: the others do not wait", begun.elapsed());
    until("its return", async || {
        let away = gate.stats().unavailable;
        take(&gate, "a", 1).await;
        gate.stats().unavailable == away
    })
    .await;
}

/// Redis answers, and refuses: it is full, or only to be read.
#[tokio::test]
async fn a_redis_that_refuses_to_write_is_away() {
    let server = RedisServer::start();
    let gate = gate([Quota::per_hour(1)], options(&server));
    server.ask("CONFIG SET min-replicas-to-write 3");
    assert!(take(&gate, "a", 1).await.is_allowed() && take(&gate, "a", 1).await.is_refused());
    assert_eq!(gate.stats().unavailable, 2);
    server.ask("CONFIG SET min-replicas-to-write 0");
    assert!(take(&gate, "a", 1).await.is_allowed(), "on the same connection");
    assert_eq!(gate.stats().unavailable, 2);
}
