//! Timeouts over a real socket: 503 for a head that does not come, a cut connection for a body that stops coming.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod socket;

use std::future::{Future as _, pending};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;
use hyperserve_core::{Body, IntoResponse as _, Request, Response};
use hyperserve_middleware::timeout::TimeoutLayer;
use hyperserve_server::app_fn;
use socket::{ask, is_whole, served, tell};
use tokio::time::{Sleep, sleep};
use tower_layer::Layer as _;

const BOUND: Duration = Duration::from_millis(100);

/// A part every so often, five in all.
struct Parts {
    left: usize,
    every: Duration,
    sleep: Pin<Box<Sleep>>,
}

impl Parts {
    fn body(every: Duration) -> Body {
        Body::from_stream(Self { left: 5, every, sleep: Box::pin(sleep(Duration::ZERO)) })
    }
}

impl Stream for Parts {
    type Item = Result<&'static str, io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        ready!(self.sleep.as_mut().poll(cx));
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.left -= 1;
        self.sleep = Box::pin(sleep(self.every));
        Poll::Ready(Some(Ok("part\n")))
    }
}

async fn answer(request: Request) -> Response {
    match request.uri().path() {
        "/never" => pending().await,
        "/steady" => Response::new(Parts::body(BOUND * 4 / 10)),
        "/stalled" => Response::new(Parts::body(BOUND * 2)),
        "/events" => {
            let mut response = Response::new(Parts::body(BOUND * 2));
            response.headers_mut().insert("content-type", "text/event-stream".parse().unwrap());
            response
        }
        _ => "fine".into_response(),
    }
}

#[test]
fn a_response_that_does_not_come_is_503_and_the_connection_serves_on() {
    let layer = TimeoutLayer::new().with_head(BOUND);
    let answers = served(layer.layer(app_fn(answer)), async |address| {
        let twice = b"GET /never HTTP/1.1\r\nhost: a.example\r\n\r\nGET / HTTP/1.1\r\nhost: a.example\r\nconnection: close\r\n\r\n";
        tell(address, twice).await
    });
    assert!(answers.starts_with("HTTP/1.1 503 Service Unavailable\r\n"), "{answers}");
    assert!(answers.contains("retry-after: 5\r\n") && answers.contains("\"status\":503"), "{answers}");
    assert!(answers.contains("HTTP/1.1 200 OK\r\n") && answers.ends_with("fine"), "{answers}");
    assert_eq!(layer.handle().timeouts(), 1);
}

#[test]
fn a_body_that_falls_silent_is_cut_and_a_steady_one_is_not() {
    let layer = TimeoutLayer::new().with_body_idle(BOUND);
    let app = layer.layer(app_fn(answer));
    let (steady, stalled, events) = served(app, async |address| {
        tokio::join!(
            ask(address, "GET /steady", ""),
            ask(address, "GET /stalled", ""),
            ask(address, "GET /events", "")
        )
    });
    assert!(is_whole(&steady), "{steady}");
    assert!(stalled.contains("part\n") && !is_whole(&stalled), "{stalled}");
    assert!(is_whole(&events), "{events}");
    assert_eq!((layer.handle().timeouts(), layer.handle().broken_bodies()), (0, 1));
}

#[test]
fn a_body_that_goes_on_for_too_long_is_cut() {
    let layer = TimeoutLayer::new().with_body_total(BOUND);
    let app = layer.layer(app_fn(answer));
    let (steady, events) = served(app, async |address| {
        tokio::join!(ask(address, "GET /steady", ""), ask(address, "GET /events", ""))
    });
    assert!(steady.contains("part\n") && !is_whole(&steady), "{steady}");
    assert!(is_whole(&events), "{events}");
}
