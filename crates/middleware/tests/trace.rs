//! Spans over real sockets: how long they last, and what they say of a response that streams, breaks or is left.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::future::{Future, pending};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use hyperserve_core::{Body, IntoResponse as _, Request, Response};
use hyperserve_middleware::request_id::RequestIdLayer;
use hyperserve_middleware::trace::TraceLayer;
use hyperserve_middleware::trace_context::TraceContextLayer;
use hyperserve_server::{Limits, app_fn, serve};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};
use tower_layer::Layer as _;
use tracing_subscriber::fmt::format::FmtSpan;

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

/// Three blocks at intervals, each told in the log; then what the path asks for.
struct Blocks {
    left: usize,
    then: String,
    sleep: Pin<Box<tokio::time::Sleep>>,
}

impl Stream for Blocks {
    type Item = Result<&'static str, io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        std::task::ready!(self.sleep.as_mut().poll(cx));
        if self.left == 0 {
            return match &*self.then {
                "/fail" => Poll::Ready(Some(Err(io::Error::other("broken")))),
                "/hang" => Poll::Pending,
                "/panic-later" => panic!("the stream panicked, as it should"),
                _ => Poll::Ready(None),
            };
        }
        tracing::info!(left = self.left, "a block");
        self.left -= 1;
        self.sleep = Box::pin(sleep(Duration::from_millis(5)));
        Poll::Ready(Some(Ok("0123456789")))
    }
}

impl Drop for Blocks {
    fn drop(&mut self) {
        tracing::info!("the stream is dropped");
    }
}

async fn answer(request: Request) -> Response {
    tracing::info!("in the handler");
    sleep(Duration::from_millis(5)).await;
    tracing::info!("still in the handler");
    match request.uri().path() {
        "/never" => pending().await,
        "/panic" => panic!("the handler panicked, as it should"),
        "/whole" => "hello".into_response(),
        path => Response::new(Body::from_stream(Blocks {
            left: 3,
            then: path.into(),
            sleep: Box::pin(sleep(Duration::ZERO)),
        })),
    }
}

/// What is logged while a client asks for this path, until it has its answer or leaves.
fn logged(path: &str) -> String {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_span_events(FmtSpan::CLOSE)
        .with_ansi(false)
        .without_time()
        .with_writer(move || writer.clone())
        .finish();
    let app =
        RequestIdLayer::new().layer(TraceContextLayer::new().layer(TraceLayer::new().layer(app_fn(answer))));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tracing::subscriber::with_default(subscriber, || {
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let (stop, stopped) = oneshot::channel::<()>();
            let server = serve(listener, app, Limits::default(), async { drop(stopped.await) });
            let client = async {
                drop(timeout(Duration::from_millis(300), ask(address, path)).await);
                sleep(Duration::from_millis(50)).await;
                drop(stop);
            };
            let both = Box::pin(async { tokio::join!(client, server) });
            timeout(Duration::from_secs(10), both).await.unwrap();
        });
    });
    let bytes = log.0.lock().unwrap().clone();
    let text = String::from_utf8(bytes).unwrap();
    // The server's own events have no span.
    text.lines().filter(|line| line.contains(" request{")).map(|line| format!("{line}\n")).collect()
}

async fn ask(address: SocketAddr, path: &str) {
    let mut client = TcpStream::connect(address).await.unwrap();
    let parent = "traceparent: 00-12345678901234567890123456789012-1234567890123456-01\r\n";
    let head = format!("GET {path} HTTP/1.1\r\nhost: a.example\r\nconnection: close\r\n{parent}\r\n");
    client.write_all(head.as_bytes()).await.unwrap();
    // A connection that is cut ends with an error.
    drop(client.read_to_end(&mut Vec::new()).await);
}

/// That there is one span, closed at the end, with these events in it.
fn has_events(log: &str, events: &[&str]) {
    let lines: Vec<_> = log.lines().collect();
    assert_eq!(lines.len(), events.len() + 1, "{log}");
    for (line, event) in lines.iter().zip(events) {
        assert!(line.contains(event), "{event} is not in {line}");
    }
    assert!(lines.last().unwrap().contains("hyperserve::request: close"), "{log}");
}

const HANDLER: [&str; 2] = ["in the handler", "still in the handler"];
const BLOCKS: [&str; 5] = ["in the handler", "still in the handler", "left=3", "left=2", "left=1"];

#[test]
fn a_span_knows_request_and_trace() {
    let log = logged("/whole");
    has_events(&log, &HANDLER);
    let close = log.lines().last().unwrap();
    for part in [
        "url.path=\"/whole\"",
        "client.address=127.0.0.1",
        "trace_id=12345678901234567890123456789012",
        "http.response.status_code=200 http.response.body.size=5}",
    ] {
        assert!(close.contains(part), "{part} is not in {close}");
    }
    let field = |name: &str| {
        let (_, value) = close.split_once(name).unwrap();
        value.split([' ', '}']).next().unwrap().trim_matches('"').len()
    };
    assert_eq!((field(" request_id="), field(" span_id=")), (36, 16));
}

#[test]
fn a_span_lasts_as_long_as_the_body() {
    let log = logged("/stream");
    has_events(&log, &[&BLOCKS[..], &["the stream is dropped"]].concat());
    assert!(log.contains("http.response.body.size=30}: hyperserve::request: close"), "{log}");
}

#[test]
fn a_body_that_fails_is_an_error() {
    let log = logged("/fail");
    has_events(
        &log,
        &[&BLOCKS[..], &["the response's body failed error=", "the stream is dropped"]].concat(),
    );
    assert!(log.contains("error.type=\"body\"}: hyperserve::request: close"), "{log}");
}

#[test]
fn a_panic_is_an_error() {
    let log = logged("/panic");
    has_events(&log, &[&HANDLER[..], &["ERROR"]].concat());
    assert!(log.contains("the service panicked"), "{log}");
    let log = logged("/panic-later");
    has_events(&log, &[&BLOCKS[..], &["the stream is dropped", "the service panicked"]].concat());
    assert!(log.contains("error.type=\"panic\"}: hyperserve::request: close"), "{log}");
}

#[test]
fn a_client_that_leaves_is_noted() {
    let left = "the client left before the response was complete";
    has_events(&logged("/never"), &[&HANDLER[..], &[left]].concat());
    let log = logged("/hang");
    has_events(&log, &[&BLOCKS[..], &["the stream is dropped", left]].concat());
    assert!(log.contains("error.type=\"cancelled\"}: hyperserve::request: close"), "{log}");
}
