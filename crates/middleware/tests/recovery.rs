//! Panics over a real socket: what the client gets, what the log says, and that the connection lives.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod socket;

use std::future::Future as _;
use std::io;
use std::panic;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;
use hyperserve_core::{Body, IntoResponse as _, Request, Response};
use hyperserve_middleware::recovery::{PanicStage, RecoveryLayer};
use hyperserve_server::{App, app_fn};
use socket::{ask, is_whole, served, tell};
use tokio::time::{Sleep, sleep};
use tower_layer::Layer as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The hook of the program, which is there before the layer's.
static HEARD: AtomicUsize = AtomicUsize::new(0);
static HOOKED: LazyLock<()> = LazyLock::new(|| {
    panic::set_hook(Box::new(|_| {
        HEARD.fetch_add(1, Ordering::Relaxed);
    }));
});

/// Gives a part, and panics once that is on its way.
struct Stumbling {
    begun: bool,
    sleep: Pin<Box<Sleep>>,
}

impl Stream for Stumbling {
    type Item = Result<&'static str, io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if !std::mem::replace(&mut self.begun, true) {
            return Poll::Ready(Some(Ok("so far")));
        }
        ready!(self.sleep.as_mut().poll(cx));
        panic!("stumbled on the way");
    }
}

fn stumbling() -> Body {
    Body::from_stream(Stumbling { begun: false, sleep: Box::pin(sleep(Duration::from_millis(50))) })
}

async fn answer(request: Request) -> Response {
    match request.uri().path() {
        "/panic" => panic!("no such\nshelf"),
        "/later" => Response::new(stumbling()),
        _ => "fine".into_response(),
    }
}

fn layer() -> RecoveryLayer {
    LazyLock::force(&HOOKED);
    RecoveryLayer::new()
}

fn app() -> impl App {
    layer().layer(app_fn(answer))
}

#[test]
fn a_panic_is_a_problem_and_the_connection_serves_on() {
    let heard = HEARD.load(Ordering::Relaxed);
    let answers = served(app(), async |address| {
        let twice = b"GET /panic HTTP/1.1\r\nhost: a.example\r\n\r\nGET / HTTP/1.1\r\nhost: a.example\r\nconnection: close\r\n\r\n";
        tell(address, twice).await
    });
    assert!(answers.starts_with("HTTP/1.1 500 Internal Server Error\r\n"), "{answers}");
    assert!(answers.contains("content-type: application/problem+json\r\n"), "{answers}");
    assert!(answers.contains("HTTP/1.1 200 OK\r\n") && answers.ends_with("fine"), "{answers}");
    assert!(!answers.contains("shelf"), "{answers}");
    assert!(HEARD.load(Ordering::Relaxed) > heard, "the hook before is still called");
}

#[test]
fn the_problem_has_the_accepted_form() {
    let answer = served(app(), async |address| ask(address, "GET /panic", "accept: text/plain\r\n").await);
    assert!(answer.ends_with("\r\n\r\n500 Internal Server Error\n"), "{answer}");
}

#[test]
fn a_body_that_panics_breaks_off() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&seen);
    let layer = layer().with_on_panic(move |report| {
        told.lock().unwrap().push((report.stage(), report.message().to_owned(), report.uri().to_string()));
    });
    let handle = layer.handle();
    let answer = served(layer.layer(app_fn(answer)), async |address| ask(address, "GET /later?x", "").await);
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("so far"), "{answer}");
    assert!(!is_whole(&answer), "{answer}");
    let expected = (PanicStage::Body, "stumbled on the way".to_owned(), "/later?x".to_owned());
    assert_eq!((seen.lock().unwrap().as_slice(), handle.panics()), (&[expected][..], 1));
}

#[derive(Clone, Debug, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_log_says_what_where_and_of_which_request() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    let app = app();
    let guard = subscriber.set_default();
    served(app, async |address| drop(ask(address, "POST /panic?token=s3cr3t", "").await));
    drop(guard);
    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let event = log.lines().find(|line| line.contains("hyperserve_middleware::recovery")).unwrap();
    for part in ["ERROR", "method=POST", "path=\"/panic\"", "panic=\"no such\\nshelf\"", "tests/recovery.rs:"]
    {
        assert!(event.contains(part), "{part}: {event}");
    }
    assert!(log.contains("recovery::answer"), "the stack has the handler: {log}");
    assert!(!log.contains("s3cr3t"), "{log}");
}
