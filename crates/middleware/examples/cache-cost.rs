//! What the cache costs the thread of a request: nanoseconds of CPU time of a hit, and beyond the service without it for what it
//! passes on.
//!
//! `cargo run --release -p hyperserve-middleware --features cache --example cache-cost [KIND [REQUESTS]]`. With a kind, nothing
//! else runs, so that `valgrind --tool=callgrind` counts that alone.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_TYPE, ETAG, HOST, IF_NONE_MATCH, USER_AGENT, VARY,
};
use http::{HeaderMap, HeaderValue, Method};
use hyperserve_core::{Body, BoxError, ConnInfo, PeerAddr, Request, RequestContext, Response};
use hyperserve_middleware::cache::{CacheConfig, CacheLayer, ResponseCache};
use tower_layer::Layer as _;
use tower_service::Service;

/// What is asked for, and what the service says of it.
const KINDS: [(&str, &str); 4] = [
    ("hit", "max-age=3600"),
    ("not-modified", "max-age=3600"),
    ("remembered", "no-store"),
    ("post", "no-store"),
];
const ROUNDS: usize = 7;

#[derive(Clone)]
struct Page {
    control: HeaderValue,
}

impl Service<Request> for Page {
    type Response = Response;
    type Error = Infallible;
    type Future = Ready<Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request) -> Self::Future {
        let mut response = Response::new(Body::from(&[b'x'; 10_000][..]));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(ETAG, HeaderValue::from_static("\"33a64df5\""));
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        headers.insert(CACHE_CONTROL, self.control.clone());
        ready(Ok(response))
    }
}

/// What each request is made of.
struct Asked {
    method: Method,
    headers: HeaderMap,
    context: RequestContext,
}

impl Asked {
    fn new(kind: &str) -> Result<Self, BoxError> {
        let peer: SocketAddr = "192.0.2.17:50123".parse()?;
        let context = RequestContext::new(Arc::new(ConnInfo::new(PeerAddr::Tcp(peer), PeerAddr::Unknown)));
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("a.example"));
        headers.insert(ACCEPT, HeaderValue::from_static("text/html"));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip, deflate, br, zstd"));
        headers.insert(
            USER_AGENT,
            HeaderValue::from_static("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"),
        );
        if kind == "not-modified" {
            headers.insert(IF_NONE_MATCH, HeaderValue::from_static("\"33a64df5\""));
        }
        let method = if kind == "post" { Method::POST } else { Method::GET };
        Ok(Self { method, headers, context })
    }

    fn request(&self) -> Request {
        let mut request = Request::new(Body::empty());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = http::Uri::from_static("/items/12345?page=2");
        *request.headers_mut() = self.headers.clone();
        request.extensions_mut().insert(self.context.clone());
        request
    }
}

/// The thread's CPU time so far.
fn spent() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// CPU time of one request.
fn measured<S>(service: &mut S, asked: &Asked, requests: u32) -> Duration
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    let mut context = Context::from_waker(Waker::noop());
    let start = spent();
    for _ in 0..requests {
        let mut future = std::pin::pin!(service.call(asked.request()));
        drop(std::hint::black_box(future.as_mut().poll(&mut context)));
    }
    (spent() - start) / requests
}

fn cached(
    control: &'static str,
) -> Result<impl Service<Request, Response = Response, Error = Infallible>, BoxError> {
    let cache = ResponseCache::try_new(CacheConfig::new().with_pass(Duration::from_secs(3600)))?;
    let page = Page { control: HeaderValue::from_static(control) };
    let mut service = CacheLayer::new(cache).layer(page);
    // What is measured comes after the first.
    measured(&mut service, &Asked::new("hit")?, 1);
    Ok(service)
}

#[expect(clippy::print_stdout, reason = "figures are what it is for")]
fn main() -> Result<(), BoxError> {
    let mut arguments = std::env::args().skip(1);
    let (wanted, requests) =
        (arguments.next(), arguments.next().map_or(Ok(200_000), |number| number.parse())?);
    for (kind, control) in KINDS {
        let asked = Asked::new(kind)?;
        let mut page = Page { control: HeaderValue::from_static(control) };
        if let Some(wanted) = &wanted {
            if wanted == kind {
                println!("{kind}: {:?} a request", measured(&mut cached(control)?, &asked, requests));
            } else if wanted == "none" {
                println!("none: {:?} a request", measured(&mut page, &asked, requests));
                return Ok(());
            }
            continue;
        }
        let mut service = cached(control)?;
        let mut rounds: Vec<(Duration, Duration)> = Vec::new();
        let began = Instant::now();
        for _ in 0..ROUNDS {
            rounds.push((measured(&mut service, &asked, requests), measured(&mut page, &asked, requests)));
        }
        rounds.sort();
        let (with, without) = rounds[ROUNDS / 2];
        println!("{kind}: {with:?} a request, {without:?} without the layer ({:?})", began.elapsed());
    }
    Ok(())
}
