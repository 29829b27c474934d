//! Request metrics over real sockets: what is counted when a response is whole, cut, or never comes, and who reads it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::future::{Future, pending};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use http::{HeaderValue, header};
use hyperserve_core::{Body, IntoResponse as _, Request, RequestContext, Response, RouteMatch, RouteTable};
use hyperserve_middleware::metrics::{HttpMetrics, MetricsLayer, MetricsSnapshot, SeriesSnapshot};
use hyperserve_server::{App, Limits, app_fn, serve};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::{Sleep, sleep, timeout};
use tower_layer::Layer as _;
use tower_service::Service;

const BLOCK: usize = 1000;
const GAP: Duration = Duration::from_millis(20);

/// So many blocks at intervals, then perhaps no end.
struct Blocks {
    left: usize,
    ends: bool,
    sleep: Pin<Box<Sleep>>,
}

impl Blocks {
    fn response(left: usize, ends: bool) -> Response {
        Response::new(Body::from_stream(Self { left, ends, sleep: Box::pin(sleep(GAP)) }))
    }
}

impl Stream for Blocks {
    type Item = Result<Vec<u8>, io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.left == 0 {
            return if self.ends { Poll::Ready(None) } else { Poll::Pending };
        }
        std::task::ready!(self.sleep.as_mut().poll(cx));
        self.left -= 1;
        self.sleep = Box::pin(sleep(GAP));
        Poll::Ready(Some(Ok(vec![b'x'; BLOCK])))
    }
}

async fn answer(request: Request) -> Response {
    match request.uri().path() {
        "/stream" => Blocks::response(3, true),
        "/events" => {
            let mut response = Blocks::response(3, true);
            let kind = HeaderValue::from_static("text/event-stream; charset=utf-8");
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
            response
        }
        "/hang" => Blocks::response(1, false),
        "/never" => pending().await,
        "/panic" => panic!("the handler panicked, as it should"),
        "/upload" => request.into_body().collect(1 << 20).await.unwrap().len().to_string().into_response(),
        _ => "hello".into_response(),
    }
}

#[derive(Debug)]
struct Routes;

impl RouteTable for Routes {
    fn pattern(&self, route: usize) -> &str {
        ["/users/{id}", "/stream", "/upload"][route]
    }

    fn names(&self, _: usize) -> &[Box<str>] {
        &[]
    }
}

/// Finds a route as a router does, before the layer.
#[derive(Clone)]
struct Routed<S>(S, Arc<Routes>);

impl<S: Service<Request>> Service<Request> for Routed<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request) -> S::Future {
        let starts = ["/users/", "/stream", "/upload"];
        if let Some(route) = starts.iter().position(|start| request.uri().path().starts_with(start)) {
            let found = RouteMatch::new(Arc::<Routes>::clone(&self.1), route);
            RequestContext::of_mut(request.extensions_mut()).set_route(found);
        }
        self.0.call(request)
    }
}

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

async fn ask(address: SocketAddr, request: &str) -> String {
    let mut client = TcpStream::connect(address).await.unwrap();
    let (line, rest) = request.split_once('\n').unwrap_or((request, "\r\n"));
    let head = format!("{line} HTTP/1.1\r\nhost: a.example\r\nconnection: close\r\n{rest}");
    client.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A connection that is cut ends with an error.
    drop(client.read_to_end(&mut answer).await);
    String::from_utf8_lossy(&answer).into_owned()
}

async fn counted<F: Future>(client: impl FnOnce(SocketAddr) -> F) -> (MetricsSnapshot, F::Output) {
    let metrics = HttpMetrics::new();
    let app = Routed(MetricsLayer::new(&metrics).layer(app_fn(answer)), Arc::new(Routes));
    let output = served(app, client).await;
    (metrics.snapshot(), output)
}

fn series<'a>(snapshot: &'a MetricsSnapshot, method: &str, route: &str) -> &'a SeriesSnapshot {
    let found = snapshot.series.iter().find(|series| series.method == method && series.route == route);
    found.unwrap_or_else(|| panic!("no {method} {route} in {snapshot:?}"))
}

#[tokio::test]
async fn routes_are_templates_and_what_clients_make_up_is_one_series() {
    let (snapshot, ()) = counted(async |address| {
        for request in ["GET /users/7", "GET /users/8", "GET /wp-admin", "HEAD /x", "GET /y?z"] {
            ask(address, request).await;
        }
    })
    .await;
    let users = series(&snapshot, "GET", "/users/{id}");
    assert_eq!((&users.statuses[..], users.sent, users.count()), (&[(200, 2)][..], 10, 2));
    assert_eq!(series(&snapshot, "GET", "unmatched").statuses, [(200, 2)]);
    assert_eq!(series(&snapshot, "HEAD", "unmatched").sent, 0);
    assert_eq!((snapshot.series.len(), snapshot.in_flight), (3, 0));
}

#[tokio::test]
async fn a_stream_counts_when_it_has_ended_and_an_event_stream_by_its_head() {
    let (snapshot, ()) = counted(async |address| {
        assert!(ask(address, "GET /stream").await.ends_with("0\r\n\r\n"));
        assert!(ask(address, "GET /events").await.ends_with("0\r\n\r\n"));
    })
    .await;
    let stream = series(&snapshot, "GET", "/stream");
    assert_eq!((stream.sent, stream.count()), (3000, 1));
    assert!(stream.duration >= 3 * GAP, "{:?}", stream.duration);
    let events = series(&snapshot, "GET", "unmatched");
    assert_eq!((events.sent, events.count()), (3000, 1));
    assert!(events.duration < GAP, "{:?}", events.duration);
}

#[tokio::test]
async fn what_was_read_of_a_request_body_counts() {
    let (snapshot, ()) = counted(async |address| {
        let sized = ask(address, "POST /upload\ncontent-length: 5\r\n\r\nhello").await;
        assert!(sized.ends_with("\r\n5"), "{sized}");
        let chunks = "POST /upload\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n";
        assert!(ask(address, chunks).await.ends_with("\r\n7"));
        // Declared, and not read.
        ask(address, "POST /users/1\ncontent-length: 9\r\n\r\nnot read!").await;
    })
    .await;
    assert_eq!(series(&snapshot, "POST", "/upload").received, 12);
    assert_eq!(series(&snapshot, "POST", "/users/{id}").received, 0);
}

#[tokio::test]
async fn who_leaves_is_499_and_what_panics_is_500() {
    let (snapshot, ()) = counted(async |address| {
        assert!(ask(address, "GET /panic").await.starts_with("HTTP/1.1 500"));
        for request in ["GET /never", "POST /hang"] {
            drop(timeout(Duration::from_millis(100), ask(address, request)).await);
            sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    assert_eq!(series(&snapshot, "GET", "unmatched").statuses, [(499, 1), (500, 1)]);
    // The head had been sent.
    assert_eq!(series(&snapshot, "POST", "unmatched").statuses, [(200, 1)]);
    assert_eq!(snapshot.in_flight, 0);
}

#[tokio::test]
async fn what_is_under_way_is_a_gauge() {
    let metrics = HttpMetrics::new();
    let app = MetricsLayer::new(&metrics).layer(app_fn(answer));
    served(app, async |address| {
        let waiting = tokio::spawn(ask(address, "GET /never"));
        let streaming = tokio::spawn(ask(address, "GET /hang"));
        sleep(Duration::from_millis(100)).await;
        assert_eq!(metrics.snapshot().in_flight, 2);
        waiting.abort();
        streaming.abort();
        sleep(Duration::from_millis(100)).await;
        assert_eq!(metrics.snapshot().in_flight, 0);
    })
    .await;
}

#[tokio::test]
async fn the_endpoint_speaks_both_formats() {
    let metrics = HttpMetrics::builder().with_label("service", "a\"b").build().unwrap();
    let server = hyperserve_server::MetricsSnapshot::default();
    metrics.append(move |page| page.push_str(&server.to_prometheus(&[])));
    served(metrics.endpoint(), async |address| {
        let page = ask(address, "GET /metrics").await;
        assert!(page.contains("content-type: text/plain; version=0.0.4; charset=utf-8"), "{page}");
        assert!(page.contains("cache-control: no-store") && page.contains("vary: accept"));
        assert!(page.contains("\n# TYPE hyperserve_responses_total counter\n") && !page.contains("# EOF"));
        assert!(page.contains("\nhttp_requests_in_flight{service=\"a\\\"b\"} 0\n"), "{page}");

        let page = ask(address, "GET /\naccept: application/openmetrics-text\r\n\r\n").await;
        assert!(page.contains("content-type: application/openmetrics-text; version=1.0.0; charset=utf-8"));
        assert!(page.contains("\n# TYPE hyperserve_responses counter\n") && page.ends_with("\n# EOF\n"));

        let head = ask(address, "HEAD /metrics").await;
        assert!(head.starts_with("HTTP/1.1 200") && head.ends_with("\r\n\r\n"), "{head}");
        let post = ask(address, "POST /metrics\ncontent-length: 0\r\n\r\n").await;
        assert!(post.starts_with("HTTP/1.1 405") && post.contains("allow: GET, HEAD"), "{post}");
    })
    .await;
}
