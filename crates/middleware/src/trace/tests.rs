use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use http::{HeaderValue, Method, StatusCode};
use hyperserve_core::{Body, ConnInfo, PeerAddr, Request, RequestContext, Response, RouteMatch, RouteTable};
use tower_layer::Layer as _;
use tower_service::Service as _;
use tower_test::mock::{self, Mock, SendResponse};
use tracing::Level;
use tracing_subscriber::fmt::format::FmtSpan;

use super::{TraceFuture, TraceLayer, TraceService};
use crate::Paths;

type Inner = Mock<Request, Response>;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a subscriber of this level writes while `run` runs: events, and spans when they close.
fn logged(level: Level, run: impl FnOnce()) -> String {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_span_events(FmtSpan::CLOSE)
        .with_ansi(false)
        .without_time()
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, run);
    let bytes = log.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

fn request(uri: &str) -> Request {
    Request::get(uri).body(Body::empty()).unwrap()
}

fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Calls the layer's service; gives the future, and what answers it.
fn call(
    layer: &TraceLayer,
    request: Request,
) -> (TraceFuture<<Inner as tower_service::Service<Request>>::Future>, SendResponse<Response>) {
    let (inner, mut handle) = mock::pair();
    let mut service: TraceService<Inner> = layer.layer(inner);
    handle.allow(1);
    assert!(service.poll_ready(&mut Context::from_waker(Waker::noop())).is_ready());
    let future = service.call(request);
    let Poll::Ready(Some((_, respond))) = poll(pin!(handle.next_request())) else { panic!("not asked") };
    (future, respond)
}

/// The log of a request that is answered so.
fn told(layer: &TraceLayer, request: Request, response: Response) -> String {
    logged(Level::TRACE, || {
        let (future, respond) = call(layer, request);
        let mut future = pin!(future);
        assert!(poll(future.as_mut()).is_pending());
        respond.send_response(response);
        assert!(matches!(poll(future.as_mut()), Poll::Ready(Ok(_))));
    })
}

fn ok() -> Response {
    Response::new("hello".into())
}

struct OneRoute;

impl RouteTable for OneRoute {
    fn pattern(&self, _: usize) -> &str {
        "/users/{id}"
    }

    fn names(&self, _: usize) -> &[Box<str>] {
        &[]
    }
}

#[test]
fn a_span_has_the_fields_of_its_request_and_response() {
    let peer: SocketAddr = "192.0.2.1:5000".parse().unwrap();
    let mut context = RequestContext::new(Arc::new(ConnInfo::new(PeerAddr::Tcp(peer), PeerAddr::Unknown)));
    context.set_route(RouteMatch::new(Arc::new(OneRoute), 0));
    let mut request = request("/users/7?token=s3cr3t");
    request.headers_mut().insert("user-agent", HeaderValue::from_static("curl"));
    request.headers_mut().insert("authorization", HeaderValue::from_static("Bearer s3cr3t"));
    request.extensions_mut().insert(context);
    let log = told(&TraceLayer::new(), request, ok());
    let expected = concat!(
        " INFO request{http.request.method=\"GET\" http.route=\"/users/{id}\" url.scheme=\"http\" url.path=\"/users/7\" ",
        "network.protocol.version=\"1.1\" client.address=192.0.2.1 http.response.status_code=200 ",
        "http.response.body.size=5}: hyperserve::request: close\n"
    );
    assert_eq!(log, expected);
}

#[test]
fn only_what_is_asked_for_is_recorded_of_the_query() {
    let layer = TraceLayer::new().with_query(["page", "sort"]).with_user_agent(true);
    let mut asked = request("/a?page=2&token=s3cr3t&sort&pages=3&page=4");
    asked.headers_mut().insert("user-agent", HeaderValue::from_static("curl"));
    let log = told(&layer, asked, ok());
    assert!(log.contains("url.query=\"page=2&sort&page=4\""), "{log}");
    assert!(log.contains("user_agent.original=\"curl\""), "{log}");
    assert!(!log.contains("s3cr3t"), "{log}");
    assert!(!told(&layer, request("/a?token=1"), ok()).contains("url.query"));
}

#[test]
fn a_method_that_nobody_knows_is_other() {
    let mut request = request("/");
    *request.method_mut() = Method::from_bytes(b"BREW").unwrap();
    let log = told(&TraceLayer::new().with_otel(true), request, ok());
    assert!(log.contains("otel.name=\"HTTP\" otel.kind=\"server\" http.request.method=\"_OTHER\""), "{log}");
    assert!(log.contains("http.request.method_original=\"BREW\""), "{log}");
}

#[test]
fn server_errors_are_errors_and_others_are_not() {
    let answered = |status: StatusCode| {
        let mut response = ok();
        *response.status_mut() = status;
        told(&TraceLayer::new().with_otel(true), request("/a"), response)
    };
    let log = answered(StatusCode::SERVICE_UNAVAILABLE);
    let (event, close) = log.split_once('\n').unwrap();
    assert!(event.starts_with("ERROR request{"), "{event}");
    assert!(event.ends_with("the response is a server error http.response.status_code=503"), "{event}");
    assert!(close.contains("error.type=\"503\" otel.status_code=\"ERROR\""), "{close}");
    let log = answered(StatusCode::NOT_FOUND);
    assert!(log.contains("status_code=404") && !log.contains("error") && !log.contains("ERROR"), "{log}");
}

#[test]
fn a_client_that_leaves_is_no_error() {
    let log = logged(Level::TRACE, || {
        let (future, _respond) = call(&TraceLayer::new(), request("/a"));
        let mut future = Box::pin(future);
        assert!(poll(future.as_mut()).is_pending());
    });
    assert!(log.contains(" INFO request{"), "{log}");
    assert!(log.contains("the client left before the response was complete"), "{log}");
    assert!(log.contains("error.type=\"cancelled\"") && !log.contains("ERROR"), "{log}");
}

#[test]
fn a_service_that_fails_is_told() {
    let log = logged(Level::TRACE, || {
        let (future, respond) = call(&TraceLayer::new(), request("/a"));
        respond.send_error("broken");
        assert!(matches!(poll(pin!(future)), Poll::Ready(Err(_))));
    });
    assert!(log.contains("ERROR request{") && log.contains("the service failed without a response"), "{log}");
    assert!(log.contains("error.type=\"_OTHER\""), "{log}");
}

#[test]
fn nothing_is_done_where_nobody_listens() {
    let quiet = TraceLayer::new().with_level(Level::DEBUG).with_on_start(|_, _| panic!("nobody listens"));
    let excluded = TraceLayer::new().with_excluded(Paths::try_new(["/healthz"]).unwrap());
    let log = logged(Level::INFO, || {
        for (layer, path) in [(&quiet, "/a"), (&excluded, "/healthz")] {
            let (future, respond) = call(layer, request(path));
            let mut future = pin!(future);
            let mut response = Response::new(Body::from_stream(Never));
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            respond.send_response(response);
            assert!(matches!(poll(future.as_mut()), Poll::Ready(Ok(_))));
        }
    });
    assert_eq!(log, "");
}

/// A stream that is not polled.
struct Never;

impl futures_core::Stream for Never {
    type Item = io::Result<&'static str>;

    fn poll_next(self: std::pin::Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Pending
    }
}

#[test]
fn a_response_without_content_is_complete_at_once() {
    for (method, status) in [(Method::HEAD, 200), (Method::GET, 204), (Method::GET, 304), (Method::GET, 101)]
    {
        let mut request = request("/a");
        *request.method_mut() = method;
        let mut response = Response::new(Body::from_stream(Never));
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        let log = told(&TraceLayer::new(), request, response);
        assert!(log.contains(&format!("status_code={status}}}: hyperserve::request: close")), "{log}");
    }
}

#[test]
fn whoever_is_called_at_the_start_sees_the_span_and_the_head() {
    let layer = TraceLayer::new().with_on_start(|span, parts| {
        assert!(span.has_field("otel.name") && !span.is_disabled());
        parts.headers.insert("x-seen", HeaderValue::from_static("yes"));
    });
    logged(Level::TRACE, || {
        let (inner, mut handle) = mock::pair::<Request, Response>();
        let mut service = layer.layer(inner);
        handle.allow(1);
        assert!(service.poll_ready(&mut Context::from_waker(Waker::noop())).is_ready());
        let _future = service.call(request("/a"));
        let Poll::Ready(Some((seen, _))) = poll(pin!(handle.next_request())) else { panic!("not asked") };
        assert_eq!(seen.headers()["x-seen"], "yes");
    });
}

#[test]
fn each_level_has_a_span_of_its_own() {
    for level in [Level::ERROR, Level::WARN, Level::INFO, Level::DEBUG, Level::TRACE] {
        let log = told(&TraceLayer::new().with_level(level), request("/a"), ok());
        assert!(log.trim_start().starts_with(&format!("{level} request{{")), "{log}");
    }
}
