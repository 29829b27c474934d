//! Exactly the quota passes, however many ask at once and on however many workers.

use std::time::{Duration, Instant};

use hyperserve_core::Request;
use hyperserve_ratelimit::clock::FakeRelativeClock;
use hyperserve_ratelimit::{Gate, Quota, RateLimitLayer};
use hyperserve_server::app_fn;
use tokio::net::TcpStream;
use tower_layer::Layer as _;

use crate::Served;
use crate::client::ask_on;

const CROWD: usize = 1000;

fn served(workers: usize, gate: &Gate) -> Served {
    let layer = RateLimitLayer::new(gate.clone());
    Served::start(workers, "", layer.layer(app_fn(async |_: Request| "hello")))
}

/// How many of a thousand pass that are all connected before the first asks.
async fn pass(served: &Served) -> usize {
    let mut streams = Vec::new();
    for _ in 0..CROWD {
        streams.push(TcpStream::connect(served.address).await.unwrap());
    }
    let asked = streams.into_iter().map(|stream| tokio::spawn(ask_on(stream, "/", &[])));
    let asked: Vec<_> = asked.collect();
    let mut passed = 0;
    for answer in asked {
        match answer.await.unwrap().status {
            200 => passed += 1,
            429 => {}
            other => panic!("{other}"),
        }
    }
    passed
}

/// The clock stands still, so that the machine may be as slow as it likes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_thousand_at_once_exactly_the_quota_passes() {
    for workers in [1, 2] {
        let clock = FakeRelativeClock::default();
        let gate =
            Gate::builder().with_quota(Quota::per_second(5)).with_clock(clock.clone()).build().unwrap();
        let served = served(workers, &gate);
        assert_eq!(pass(&served).await, 5, "{workers} workers");
        clock.advance(Duration::from_secs(1));
        assert_eq!(pass(&served).await, 5, "{workers} workers, a second later");
        let stats = gate.stats();
        assert_eq!((stats.allowed, stats.refused, stats.keys), (10, 2 * CROWD as u64 - 10, 1));
    }
}

/// With the clock of the system: what came back meanwhile passes too, and no more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_systems_clock_gives_the_rate() {
    let gate = Gate::try_new([Quota::per_second(5)]).unwrap();
    let served = served(2, &gate);
    let start = Instant::now();
    let passed = pass(&served).await;
    let most = 5 + (start.elapsed().as_secs_f64() * 5.0) as usize;
    assert!((5..=most).contains(&passed), "{passed} of {most}");
}

/// Two gates are two quotas, and two layers of one gate are one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn layers_of_one_gate_share_its_quota() {
    let clock = FakeRelativeClock::default();
    let gate = Gate::builder().with_quota(Quota::per_second(5)).with_clock(clock).build().unwrap();
    let (here, there) = (served(1, &gate), served(1, &gate));
    assert_eq!(pass(&here).await + pass(&there).await, 5);
}
