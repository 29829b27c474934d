//! The layer over a mock service, one request and answer at a time.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use http::{HeaderMap, Method, StatusCode};
use hyperserve_core::{Body, BoxError, Request, Response};
use tower_layer::Layer as _;
use tower_service::Service as _;
use tower_test::mock::{self, Handle, Mock};

use super::{CacheConfig, CacheFuture, CacheLayer, CacheService, ResponseCache};

type Inner = Mock<Request, Response>;

struct Fixture {
    cache: ResponseCache,
    app: CacheService<Inner>,
    handle: Handle<Request, Response>,
}

fn fixture(config: CacheConfig) -> Fixture {
    let (inner, mut handle) = mock::pair();
    handle.allow(1000);
    let cache = ResponseCache::try_new(config).unwrap();
    Fixture { app: CacheLayer::new(cache.clone()).layer(inner), cache, handle }
}

fn usual() -> Fixture {
    fixture(CacheConfig::new())
}

fn request(method: Method, uri: &str, fields: &[(&'static str, &str)]) -> Request {
    let mut request = Request::new(Body::empty());
    *request.method_mut() = method;
    *request.uri_mut() = uri.parse().unwrap();
    for &(name, value) in fields {
        request.headers_mut().append(name, value.parse().unwrap());
    }
    request
}

fn answer(status: u16, fields: &[(&'static str, &str)], body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    for &(name, value) in fields {
        response.headers_mut().append(name, value.parse().unwrap());
    }
    response
}

type Answer = Result<Response, BoxError>;

impl Fixture {
    async fn call(&mut self, request: Request) -> CacheFuture<Inner> {
        std::future::poll_fn(|cx| self.app.poll_ready(cx)).await.unwrap();
        self.app.call(request)
    }

    /// A request that the service answers; what the service saw, and what the client gets.
    async fn asked(&mut self, request: Request, answer: Response) -> (HeaderMap, Response) {
        let future = self.call(request).await;
        let (seen, reply) = timeout(self.handle.next_request()).await.unwrap();
        reply.send_response(answer);
        (seen.headers().clone(), future.await.unwrap())
    }

    /// A request that the store answers.
    async fn hit(&mut self, request: Request) -> Response {
        let mut future = pin!(self.call(request).await);
        match poll(future.as_mut()) {
            Poll::Ready(response) => response.unwrap(),
            Poll::Pending => panic!("the service is asked"),
        }
    }

    async fn get_asked(&mut self, answer: Response) -> (HeaderMap, Response) {
        self.asked(request(Method::GET, "/", &[]), answer).await
    }

    async fn get_hit(&mut self) -> Response {
        self.hit(request(Method::GET, "/", &[])).await
    }
}

fn poll(future: Pin<&mut CacheFuture<Inner>>) -> Poll<Answer> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

async fn timeout<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(60), future).await.unwrap()
}

async fn text(response: Response) -> String {
    String::from_utf8(response.into_body().collect(100).await.unwrap().to_vec()).unwrap()
}

async fn pass(seconds: u64) {
    tokio::time::advance(Duration::from_secs(seconds)).await;
}

fn label(response: &Response) -> &str {
    response.headers().get("cache-status").map_or("none", |label| label.to_str().unwrap())
}

const FRESH: (&str, &str) = ("cache-control", "max-age=10");

#[tokio::test(start_paused = true)]
async fn freshness_ends_with_its_time() {
    let mut f = usual();
    f.get_asked(answer(200, &[FRESH], "one")).await;
    pass(9).await;
    let hit = f.get_hit().await;
    assert_eq!((label(&hit), &hit.headers()["age"]), ("hyperserve; hit; ttl=1", &"9".parse().unwrap()));
    pass(1).await;
    let (_, second) = f.get_asked(answer(200, &[FRESH], "two")).await;
    assert_eq!(label(&second), "hyperserve; fwd=stale; stored");
    assert_eq!(text(f.get_hit().await).await, "two");
}

#[tokio::test(start_paused = true)]
async fn what_it_took_is_part_of_the_age() {
    let mut f = usual();
    let future = f.call(request(Method::GET, "/", &[])).await;
    let (_, reply) = timeout(f.handle.next_request()).await.unwrap();
    pass(4).await;
    reply.send_response(answer(200, &[FRESH, ("age", "3")], "one"));
    future.await.unwrap();
    assert_eq!(f.get_hit().await.headers()["age"], "7");
}

#[tokio::test(start_paused = true)]
async fn a_304_freshens_what_is_stored() {
    let mut f = usual();
    let tagged =
        [FRESH, ("etag", "\"1\""), ("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT"), ("x-a", "old")];
    f.get_asked(answer(200, &tagged, "one")).await;
    pass(10).await;
    let client = [("if-none-match", "\"0\""), ("if-modified-since", "Mon, 07 Nov 1994 08:49:37 GMT")];
    let not_modified = answer(304, &[FRESH, ("etag", "\"1\""), ("x-a", "new"), ("x-b", "too")], "");
    let (seen, response) = f.asked(request(Method::GET, "/", &client), not_modified).await;
    assert_eq!(
        (&seen["if-none-match"], &seen["if-modified-since"]),
        (&"\"1\"".parse().unwrap(), &tagged[2].1.parse().unwrap())
    );
    assert_eq!(response.status(), 200);
    assert_eq!(
        (&response.headers()["x-a"], &response.headers()["age"]),
        (&"new".parse().unwrap(), &"0".parse().unwrap())
    );
    assert_eq!(text(response).await, "one");
    let hit = f.get_hit().await;
    assert_eq!(
        (&hit.headers()["x-b"], &hit.headers()["content-length"]),
        (&"too".parse().unwrap(), &"3".parse().unwrap())
    );
}

#[tokio::test(start_paused = true)]
async fn a_304_about_something_else_is_not_used() {
    let mut f = usual();
    f.get_asked(answer(200, &[("cache-control", "no-cache"), ("etag", "\"1\"")], "one")).await;
    let (_, response) = f.get_asked(answer(304, &[("etag", "\"2\"")], "")).await;
    assert_eq!(response.status(), 502);
    let (seen, _) = f.get_asked(answer(200, &[FRESH], "two")).await;
    assert!(!seen.contains_key("if-none-match"), "it is gone");
}

#[tokio::test(start_paused = true)]
async fn a_304_that_may_not_be_stored_ends_what_is_stored() {
    let mut f = usual();
    f.get_asked(answer(200, &[("cache-control", "no-cache"), ("etag", "\"1\"")], "one")).await;
    let (_, response) = f.get_asked(answer(304, &[("set-cookie", "a=1")], "")).await;
    assert_eq!(response.headers()["set-cookie"], "a=1", "this client gets it");
    assert_eq!(text(response).await, "one");
    let (seen, _) = f.get_asked(answer(200, &[FRESH], "two")).await;
    assert!(!seen.contains_key("if-none-match"));
}

#[tokio::test(start_paused = true)]
async fn a_condition_of_a_client_is_no_ones_business_when_nothing_is_stored() {
    let mut f = usual();
    let conditional = || request(Method::GET, "/", &[("if-none-match", "\"1\"")]);
    let (seen, response) = f.asked(conditional(), answer(304, &[FRESH], "")).await;
    assert_eq!((&seen["if-none-match"], response.status().as_u16()), (&"\"1\"".parse().unwrap(), 304));
    let (_, response) = f.asked(conditional(), answer(200, &[FRESH], "one")).await;
    assert_eq!(response.status(), 200);
    f.get_hit().await;
}

#[tokio::test(start_paused = true)]
async fn errors_of_the_service_are_covered_for_a_time() {
    let mut f = usual();
    let covered = [("cache-control", "max-age=10, stale-if-error=20")];
    f.get_asked(answer(200, &covered, "one")).await;
    pass(30).await;
    for status in [500, 502, 503, 504] {
        let (_, response) = f.get_asked(answer(status, &[], "")).await;
        assert_eq!(
            (response.status().as_u16(), label(&response)),
            (200, "hyperserve; fwd=stale; detail=stale-if-error")
        );
    }
    let future = f.call(request(Method::GET, "/", &[])).await;
    timeout(f.handle.next_request()).await.unwrap().1.send_error("gone");
    assert_eq!(text(future.await.unwrap()).await, "one");
    pass(1).await;
    let (_, response) = f.get_asked(answer(503, &[], "")).await;
    assert_eq!(response.status(), 503);
    let future = f.call(request(Method::GET, "/", &[])).await;
    timeout(f.handle.next_request()).await.unwrap().1.send_error("gone");
    assert!(future.await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_stale_response_is_fetched_anew_in_the_background() {
    let mut f = usual();
    let swr = [("cache-control", "max-age=10, stale-while-revalidate=20"), ("etag", "\"1\"")];
    f.get_asked(answer(200, &swr, "one")).await;
    pass(15).await;
    let head = f.hit(request(Method::HEAD, "/", &[("if-none-match", "\"9\"")])).await;
    assert_eq!(label(&head), "hyperserve; hit; ttl=-5");
    let (seen, reply) = timeout(f.handle.next_request()).await.unwrap();
    assert_eq!((seen.method(), &seen.headers()["if-none-match"]), (&Method::GET, &"\"1\"".parse().unwrap()));
    f.get_hit().await;
    reply.send_response(answer(200, &swr, "two"));
    tokio::time::sleep(Duration::from_millis(1)).await;
    let hit = f.get_hit().await;
    assert_eq!((label(&hit), text(f.get_hit().await).await.as_str()), ("hyperserve; hit; ttl=10", "two"));
    pass(31).await;
    f.get_asked(answer(200, &swr, "three")).await;
}

#[tokio::test(start_paused = true)]
async fn a_failing_leader_is_followed_by_one_who_waits() {
    let mut f = usual();
    let first = f.call(request(Method::GET, "/", &[])).await;
    let (_, reply) = timeout(f.handle.next_request()).await.unwrap();
    let mut second = Box::pin(f.call(request(Method::GET, "/", &[])).await);
    let mut third = Box::pin(f.call(request(Method::GET, "/", &[])).await);
    assert!(poll(second.as_mut()).is_pending() && poll(third.as_mut()).is_pending());
    reply.send_error("gone");
    assert!(first.await.is_err());
    assert!(poll(second.as_mut()).is_pending() && poll(third.as_mut()).is_pending());
    let (_, reply) = timeout(f.handle.next_request()).await.unwrap();
    reply.send_response(answer(200, &[FRESH], "one"));
    assert_eq!(text(second.await.unwrap()).await, "one");
    let third = third.await.unwrap();
    assert_eq!(
        (label(&third), text(f.get_hit().await).await.as_str()),
        ("hyperserve; fwd=uri-miss; collapsed", "one")
    );
}

#[tokio::test(start_paused = true)]
async fn those_who_wait_for_what_is_not_for_them_ask_themselves() {
    let mut f = usual();
    let german = f.call(request(Method::GET, "/", &[("accept-language", "de")])).await;
    let (_, reply) = timeout(f.handle.next_request()).await.unwrap();
    let mut english = Box::pin(f.call(request(Method::GET, "/", &[("accept-language", "en")])).await);
    assert!(poll(english.as_mut()).is_pending());
    let varied = [FRESH, ("vary", "accept-language")];
    reply.send_response(answer(200, &varied, "de"));
    assert_eq!(text(german.await.unwrap()).await, "de");
    assert!(poll(english.as_mut()).is_pending());
    let (seen, reply) = timeout(f.handle.next_request()).await.unwrap();
    assert_eq!(seen.headers()["accept-language"], "en");
    reply.send_response(answer(200, &varied, "en"));
    assert_eq!(text(english.await.unwrap()).await, "en");
}

#[tokio::test(start_paused = true)]
async fn what_was_not_stored_is_remembered_for_a_time() {
    let mut f = usual();
    f.get_asked(answer(200, &[("cache-control", "no-store")], "one")).await;
    let first = f.call(request(Method::GET, "/", &[])).await;
    let second = f.call(request(Method::GET, "/", &[])).await;
    let (_, one) = timeout(f.handle.next_request()).await.unwrap();
    let (_, other) = timeout(f.handle.next_request()).await.unwrap();
    one.send_response(answer(200, &[FRESH], "two"));
    other.send_response(answer(200, &[FRESH], "three"));
    drop((first.await.unwrap(), second.await.unwrap()));
    pass(10).await;
    f.get_asked(answer(200, &[FRESH], "four")).await;
    assert_eq!(text(f.get_hit().await).await, "four");
}

#[tokio::test(start_paused = true)]
async fn a_change_invalidates_what_it_names_and_an_error_does_not() {
    let mut f = usual();
    f.get_asked(answer(200, &[FRESH], "one")).await;
    f.asked(request(Method::POST, "/", &[]), answer(409, &[], "")).await;
    f.get_hit().await;
    f.asked(request(Method::from_bytes(b"QUERY").unwrap(), "/", &[]), answer(200, &[], "")).await;
    f.get_hit().await;
    f.asked(request(Method::POST, "/items", &[]), answer(201, &[("location", "/")], "")).await;
    f.get_asked(answer(200, &[FRESH], "two")).await;
    f.asked(request(Method::from_bytes(b"FROB").unwrap(), "/", &[]), answer(204, &[], "")).await;
    f.get_asked(answer(200, &[FRESH], "three")).await;
}

#[tokio::test(start_paused = true)]
async fn a_change_while_it_is_fetched_counts() {
    let mut f = usual();
    let future = f.call(request(Method::GET, "/", &[])).await;
    let (_, reply) = timeout(f.handle.next_request()).await.unwrap();
    f.asked(request(Method::PUT, "/", &[]), answer(204, &[], "")).await;
    reply.send_response(answer(200, &[FRESH], "old"));
    future.await.unwrap();
    f.get_asked(answer(200, &[FRESH], "new")).await;
}

#[tokio::test(start_paused = true)]
async fn head_is_answered_and_may_tell_that_something_changed() {
    let mut f = usual();
    f.get_asked(answer(200, &[FRESH, ("etag", "\"1\"")], "one")).await;
    let head = f.hit(request(Method::HEAD, "/", &[])).await;
    assert_eq!(head.headers()["content-length"], "3");
    assert_eq!(text(head).await, "");
    let anew = || request(Method::HEAD, "/", &[("cache-control", "no-cache")]);
    f.asked(anew(), answer(200, &[FRESH, ("etag", "\"1\"")], "")).await;
    f.get_hit().await;
    f.asked(anew(), answer(200, &[FRESH, ("etag", "\"2\"")], "")).await;
    f.get_asked(answer(200, &[FRESH], "two")).await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_head_is_not_one_to_get() {
    let mut f = usual();
    f.asked(request(Method::HEAD, "/", &[]), answer(200, &[FRESH], "")).await;
    f.get_asked(answer(200, &[FRESH], "one")).await;
}

#[tokio::test(start_paused = true)]
async fn variants_are_bounded() {
    let mut f = fixture(CacheConfig::new().with_variants(2));
    let varied = [FRESH, ("vary", "x-a")];
    let get = |value| request(Method::GET, "/", &[("x-a", value)]);
    for value in ["1", "2", "3"] {
        f.asked(get(value), answer(200, &varied, value.to_owned())).await;
    }
    assert_eq!(text(f.hit(get("3")).await).await, "3");
    assert_eq!(text(f.hit(get("2")).await).await, "2");
    f.asked(get("1"), answer(200, &varied, "1")).await;
}

#[tokio::test(start_paused = true)]
async fn bytes_are_bounded() {
    let mut f = fixture(CacheConfig::new().with_capacity(100_000).with_entry_limit(10_000));
    for number in 0..200 {
        let get = request(Method::GET, &format!("/{number}"), &[]);
        f.asked(get, answer(200, &[FRESH], vec![b'x'; 5_000])).await;
    }
    let bytes = f.cache.bytes();
    assert!((50_000..=100_000).contains(&bytes), "{bytes}");
}

#[tokio::test(start_paused = true)]
async fn a_wrong_length_is_not_stored() {
    let mut f = usual();
    f.get_asked(answer(200, &[FRESH, ("content-length", "5")], "one")).await;
    f.get_asked(answer(200, &[FRESH, ("content-length", "3")], "two")).await;
    assert_eq!(text(f.get_hit().await).await, "two");
}

#[tokio::test(start_paused = true)]
async fn cookies_that_may_be_stored_are_replayed_only_if_told() {
    let mut f = fixture(CacheConfig::new().with_set_cookie(true));
    f.get_asked(answer(200, &[("cache-control", "public, max-age=10"), ("set-cookie", "a=1")], "one")).await;
    assert_eq!(f.get_hit().await.headers()["set-cookie"], "a=1");
}

#[test]
fn without_a_runtime_nobody_waits_and_nothing_panics() {
    let mut f = usual();
    let mut call = || {
        assert!(f.app.poll_ready(&mut Context::from_waker(Waker::noop())).is_ready());
        Box::pin(f.app.call(request(Method::GET, "/", &[])))
    };
    let (mut first, mut second) = (call(), call());
    assert!(poll(first.as_mut()).is_pending() && poll(second.as_mut()).is_pending());
    for _ in 0..2 {
        let Poll::Ready(Some((_, reply))) = f.handle.poll_request() else { panic!("the service is asked") };
        reply.send_response(answer(200, &[("cache-control", "max-age=0, stale-while-revalidate=60")], "one"));
    }
    assert!(poll(first.as_mut()).is_ready() && poll(second.as_mut()).is_ready());
    assert!(poll(call().as_mut()).is_ready());
}
