//! The service against a mock: what reaches it, and when.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use hyperserve_core::{Body, Request, Response};
use hyperserve_ratelimit::clock::FakeRelativeClock;
use hyperserve_ratelimit::{
    Charge, Check, Gate, GateStats, Key, KeyBy, Quota, RateLimitLayer, Store, Verdict,
};
use tokio::sync::oneshot;
use tower_test::mock::{self, Handle, Spawn};

type Mock = mock::Mock<Request, Response>;
type Service = hyperserve_ratelimit::RateLimitService<Mock>;

fn spawn(layer: RateLimitLayer) -> (Spawn<Service>, Handle<Request, Response>) {
    mock::spawn_layer(layer)
}

fn gate(quota: Quota) -> Gate {
    Gate::builder().with_quota(quota).with_clock(FakeRelativeClock::default()).build().unwrap()
}

fn request() -> Request {
    Request::new(Body::empty())
}

#[tokio::test]
async fn a_refused_request_does_not_reach_the_service() {
    let (mut service, mut handle) = spawn(RateLimitLayer::new(gate(Quota::per_minute(1))));
    handle.allow(2);
    assert!(service.poll_ready::<Request>().is_ready());
    let first = service.call(request());
    let (_, answer) = handle.next_request().await.unwrap();
    answer.send_response(Response::new(Body::from("hello")));
    assert_eq!(first.await.unwrap().status(), 200);

    assert!(service.poll_ready::<Request>().is_ready());
    assert_eq!(service.call(request()).await.unwrap().status(), 429);
    assert!(handle.poll_request().is_pending());
}

#[tokio::test]
async fn readiness_and_errors_are_the_services() {
    let (mut service, mut handle) = spawn(RateLimitLayer::new(gate(Quota::per_minute(5))));
    handle.allow(0);
    assert!(service.poll_ready::<Request>().is_pending());
    handle.allow(1);
    assert!(service.poll_ready::<Request>().is_ready());
    let asked = service.call(request());
    handle.next_request().await.unwrap().1.send_error("broken");
    assert_eq!(asked.await.unwrap_err().to_string(), "broken");
}

#[tokio::test]
async fn a_request_without_a_key_passes_untouched() {
    let layer = RateLimitLayer::new(gate(Quota::per_minute(1))).with_key(KeyBy::custom(|_| None));
    let (mut service, mut handle) = spawn(layer);
    for _ in 0..3 {
        assert!(service.poll_ready::<Request>().is_ready());
        let asked = service.call(request());
        handle.next_request().await.unwrap().1.send_response(Response::new(Body::empty()));
        let response = asked.await.unwrap();
        assert!(response.status() == 200 && response.headers().is_empty());
    }
}

/// Answers when it is told to.
#[derive(Debug, Default)]
struct Slow {
    asked: Mutex<Vec<(String, Charge)>>,
    answers: Mutex<Vec<oneshot::Sender<Verdict>>>,
}

impl Slow {
    fn answer(&self, verdict: Verdict) {
        self.answers.lock().unwrap().remove(0).send(verdict).unwrap();
    }
}

#[derive(Debug)]
struct SlowStore(Arc<Slow>);

impl Store for SlowStore {
    fn charge(&self, quotas: &[Quota], _: &Key<'_>, charge: Charge) -> Check {
        let (sender, receiver) = oneshot::channel();
        self.0.asked.lock().unwrap().push((quotas[0].name().to_owned(), charge));
        self.0.answers.lock().unwrap().push(sender);
        Check::Later(Box::pin(async {
            receiver.await.unwrap_or(Verdict::unavailable(Duration::from_secs(1)))
        }))
    }

    fn stats(&self) -> GateStats {
        GateStats::default()
    }
}

fn slow() -> (RateLimitLayer, Arc<Slow>) {
    let store = Arc::new(Slow::default());
    let gate =
        Gate::builder().with_quota(Quota::per_minute(10)).with_store(SlowStore(Arc::clone(&store))).build();
    (RateLimitLayer::new(gate.unwrap()), store)
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[tokio::test]
async fn a_request_waits_for_the_store() {
    let (layer, store) = slow();
    let (mut service, mut handle) = spawn(layer);
    handle.allow(1);
    assert!(service.poll_ready::<Request>().is_ready());
    let mut asked = pin!(service.call(request()));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(asked.as_mut().poll(&mut cx).is_pending() && handle.poll_request().is_pending());
    store.answer(Verdict::allowed(&[seconds(6)]));
    assert!(asked.as_mut().poll(&mut cx).is_pending());
    let Poll::Ready(Some((_, answer))) = handle.poll_request() else { panic!("it has passed") };
    answer.send_response(Response::new(Body::empty()));
    assert_eq!(asked.await.unwrap().headers()["ratelimit"], "\"default\";r=9;t=6");
    assert_eq!(*store.asked.lock().unwrap(), [("default".to_owned(), Charge::Take(1))]);
}

#[tokio::test]
async fn a_store_refuses_or_cannot_say() {
    let (layer, store) = slow();
    let (mut service, mut handle) = spawn(layer);
    let verdicts = [
        (Verdict::refused(&[seconds(60)], &[true], seconds(6)), 429, Some("\"default\";r=0;t=6")),
        (Verdict::unavailable(Duration::from_millis(1001)), 503, None),
    ];
    for (verdict, status, told) in verdicts {
        assert!(service.poll_ready::<Request>().is_ready());
        let asked = service.call(request());
        store.answer(verdict);
        let response = asked.await.unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(response.headers().get("ratelimit").map(|value| value.to_str().unwrap()), told);
        assert_eq!(response.headers()["retry-after"], if status == 429 { "6" } else { "2" });
    }
    assert!(handle.poll_request().is_pending());
}

#[tokio::test]
async fn a_store_hears_what_a_request_cost_before_the_client_does() {
    let (layer, store) = slow();
    let (mut service, mut handle) = spawn(layer.with_cost_header(HeaderName::from_static("x-cost")));
    for (settled, told) in [(Verdict::allowed(&[seconds(24)]), "6"), (Verdict::unavailable(seconds(1)), "9")]
    {
        assert!(service.poll_ready::<Request>().is_ready());
        let asked = service.call(request());
        store.answer(Verdict::allowed(&[seconds(6)]));
        let asked = tokio::spawn(asked);
        let (_, answer) = handle.next_request().await.unwrap();
        let mut response = Response::new(Body::empty());
        response.headers_mut().insert("x-cost", HeaderValue::from_static("4"));
        answer.send_response(response);
        while store.answers.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        store.answer(settled);
        assert_eq!(asked.await.unwrap().unwrap().headers()["x-ratelimit-remaining"], told);
    }
    assert_eq!(store.asked.lock().unwrap()[1].1, Charge::Settle(3));
}
