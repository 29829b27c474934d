//! What the layers for browsers cost the thread of a request: nanoseconds of CPU time beyond the service without them.
//!
//! `cargo run --release -p hyperserve-middleware --features
//! cors,csrf,https-redirect,ip-filter,security-headers,trusted-hosts --example browser-cost`

use std::convert::Infallible;
use std::future::{Future as _, Ready, ready};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use http::header::{CONTENT_TYPE, HOST, HeaderValue, ORIGIN, USER_AGENT};
use http::{HeaderMap, Method};
use hyperserve_core::{Body, BoxError, ConnInfo, PeerAddr, Request, RequestContext, Response};
use hyperserve_middleware::cors::CorsConfig;
use hyperserve_middleware::csrf::CsrfLayer;
use hyperserve_middleware::https_redirect::HttpsRedirectLayer;
use hyperserve_middleware::ip_filter::{IpFilterLayer, IpRules};
use hyperserve_middleware::security_headers::SecurityHeaders;
use hyperserve_middleware::security_headers::csp::{self, Csp};
use hyperserve_middleware::trusted_hosts::TrustedHostsLayer;
use tower_layer::Layer;
use tower_service::Service;

const ROUNDS: usize = 9;
const REQUESTS: u32 = 100_000;

#[derive(Clone)]
struct Hello;

impl Service<Request> for Hello {
    type Response = Response;
    type Error = Infallible;
    type Future = Ready<Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request) -> Self::Future {
        let mut response = Response::new(Body::from("Hello, World!"));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        ready(Ok(response))
    }
}

/// What each request is made of.
struct Asked {
    headers: HeaderMap,
    context: RequestContext,
}

impl Asked {
    fn new() -> Result<Self, BoxError> {
        let peer: SocketAddr = "192.0.2.17:50123".parse()?;
        let conn = ConnInfo::new(PeerAddr::Tcp(peer), PeerAddr::Unknown);
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("www.a.example"));
        headers.insert(USER_AGENT, HeaderValue::from_static("Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"));
        headers.insert(ORIGIN, HeaderValue::from_static("https://app.example"));
        headers.insert("sec-fetch-site", HeaderValue::from_static("same-origin"));
        Ok(Self { headers, context: RequestContext::new(Arc::new(conn)) })
    }

    fn request(&self) -> Request {
        let mut request = Request::new(Body::empty());
        *request.method_mut() = Method::POST;
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
fn measured<S>(service: &mut S, asked: &Asked) -> f64
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    let mut context = Context::from_waker(Waker::noop());
    let start = spent();
    for _ in 0..REQUESTS {
        let future = pin!(service.call(asked.request()));
        drop(std::hint::black_box(future.poll(&mut context)));
    }
    (spent() - start).as_nanos() as f64 / f64::from(REQUESTS)
}

#[expect(clippy::print_stdout, reason = "figures are what it is for")]
fn report<L>(name: &str, layer: &L, asked: &Asked)
where
    L: Layer<Hello>,
    L::Service: Service<Request, Response = Response, Error = Infallible>,
{
    let mut service = layer.layer(Hello);
    let mut more: Vec<f64> =
        (0..ROUNDS).map(|_| -measured(&mut Hello, asked) + measured(&mut service, asked)).collect();
    more.sort_by(f64::total_cmp);
    println!("{name}: {:.0} ns more a request", more[ROUNDS / 2]);
}

fn main() -> Result<(), BoxError> {
    let asked = Asked::new()?;
    let nonced = Csp::web().with_script_src([csp::SELF, csp::NONCE]);
    report("security-headers, api", &SecurityHeaders::api().build()?, &asked);
    report("security-headers, web", &SecurityHeaders::web().build()?, &asked);
    report("security-headers, web with a nonce", &SecurityHeaders::web().with_csp(nonced).build()?, &asked);
    let cors = |origins: &[&str]| CorsConfig::new().with_origins(origins.iter().copied()).build();
    report("cors, *", &cors(&["*"])?, &asked);
    report("cors, allowed origin", &cors(&["https://app.example"])?, &asked);
    report("cors, another origin and a pattern", &cors(&["https://*.a.example"])?, &asked);
    report("csrf", &CsrfLayer::new(), &asked);
    report("trusted-hosts", &TrustedHostsLayer::try_new(["a.example", "*.a.example"])?, &asked);
    let networks: Vec<String> = (0..4000).map(|n| format!("198.{}.{}.0/25", n / 200, n % 200)).collect();
    let deny = IpRules::try_new([], networks.iter().map(String::as_str))?;
    report("ip-filter, 4000 networks", &IpFilterLayer::new(deny), &asked);
    let exempt = HttpsRedirectLayer::new().with_exempt(hyperserve_middleware::Paths::all());
    report("https-redirect, exempt path", &exempt, &asked);
    Ok(())
}
