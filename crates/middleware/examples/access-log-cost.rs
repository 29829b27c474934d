//! What the access log costs the thread of a request, format by format: nanoseconds of CPU time beyond the service without it.
//!
//! `cargo run --release -p hyperserve-middleware --example access-log-cost [FORMAT [REQUESTS]]`; lines go to `/dev/null`. With
//! a format, nothing else runs, so that `valgrind --tool=callgrind` counts that alone.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue, REFERER, USER_AGENT};
use http::{HeaderMap, Uri};
use hyperserve_core::{Body, BoxError, ConnInfo, PeerAddr, Request, RequestContext, Response};
use hyperserve_middleware::access_log::{AccessLog, AccessLogConfig, AccessLogLayer};
use tower_layer::Layer as _;
use tower_service::Service;

const FORMATS: [&str; 4] = ["uvicorn", "common", "combined", "json"];
const ROUNDS: usize = 7;

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
    uri: Uri,
    headers: HeaderMap,
    context: RequestContext,
}

impl Asked {
    fn new() -> Result<Self, BoxError> {
        let peer: SocketAddr = "192.0.2.17:50123".parse()?;
        let conn = ConnInfo::new(PeerAddr::Tcp(peer), PeerAddr::Unknown);
        let context = RequestContext::new(Arc::new(conn)).with_started(Instant::now());
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("a.example"));
        headers.insert(REFERER, HeaderValue::from_static("https://a.example/from"));
        headers.insert(
            USER_AGENT,
            HeaderValue::from_static("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"),
        );
        if std::env::var_os("WITH_USER").is_some() {
            headers.insert(AUTHORIZATION, HeaderValue::from_static("Basic YW5uOm9wZW4="));
        }
        Ok(Self { uri: "/items/12345?page=2".parse()?, headers, context })
    }

    fn request(&self) -> Request {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = self.uri.clone();
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
    S: Service<Request, Response = Response, Error = Infallible, Future: Unpin>,
{
    let mut context = Context::from_waker(Waker::noop());
    let start = spent();
    for _ in 0..requests {
        let mut future = service.call(asked.request());
        let answer = std::pin::Pin::new(&mut future).poll(&mut context);
        drop(std::hint::black_box(answer));
    }
    (spent() - start) / requests
}

fn logged(
    format: &str,
) -> Result<
    (AccessLog, impl Service<Request, Response = Response, Error = Infallible, Future: Unpin>),
    BoxError,
> {
    let config = AccessLogConfig::new().with_format(format.parse()?).with_file("/dev/null");
    let log = AccessLog::open(&config)?;
    Ok((log.clone(), AccessLogLayer::new(log).layer(Hello)))
}

#[expect(clippy::print_stdout, reason = "figures are what it is for")]
fn main() -> Result<(), BoxError> {
    let mut arguments = std::env::args().skip(1);
    let asked = Asked::new()?;
    if let Some(format) = arguments.next() {
        let requests = arguments.next().map_or(Ok(100_000), |number| number.parse())?;
        if format == "none" {
            println!("{:?} a request", measured(&mut Hello, &asked, requests));
        } else {
            let (log, mut service) = logged(&format)?;
            println!(
                "{:?} a request, {} lines dropped",
                measured(&mut service, &asked, requests),
                log.dropped()
            );
        }
        return Ok(());
    }
    for format in FORMATS {
        let (log, mut service) = logged(format)?;
        let mut more: Vec<f64> = Vec::new();
        for _ in 0..ROUNDS {
            let without = measured(&mut Hello, &asked, 200_000);
            let with = measured(&mut service, &asked, 200_000);
            more.push(with.as_nanos() as f64 - without.as_nanos() as f64);
        }
        more.sort_by(f64::total_cmp);
        println!("{format}: {} ns more a request, {} lines dropped", more[ROUNDS / 2], log.dropped());
    }
    Ok(())
}
