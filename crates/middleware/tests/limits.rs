//! Limits over real sockets: bodies that are too large, and more requests at once than there are places.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod socket;

use std::future::{Future as _, pending};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::thread;
use std::time::Duration;

use futures_core::Stream;
use http::StatusCode;
use hyperserve_core::{Body, IntoResponse as _, Request, Response};
use hyperserve_middleware::limits::{BodyLimitLayer, ConcurrencyLimitHandle, ConcurrencyLimitLayer};
use hyperserve_server::app_fn;
use socket::{ask, is_whole, served, tell};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};
use tower_layer::Layer as _;

/// A part, and the end after a while.
struct Lingering {
    begun: bool,
    sleep: Pin<Box<Sleep>>,
}

impl Stream for Lingering {
    type Item = Result<&'static str, io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if !std::mem::replace(&mut self.begun, true) {
            return Poll::Ready(Some(Ok("part")));
        }
        ready!(self.sleep.as_mut().poll(cx));
        Poll::Ready(None)
    }
}

fn lingering(time: Duration) -> Response {
    Response::new(Body::from_stream(Lingering { begun: false, sleep: Box::pin(sleep(time)) }))
}

async fn answer(request: Request) -> Response {
    match request.uri().path() {
        // Knows nothing of limits, and takes what fails for its own fault.
        "/foreign" => match request.into_body().collect(usize::MAX).await {
            Ok(body) => body.len().to_string().into_response(),
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        },
        "/linger" => lingering(Duration::from_millis(300)),
        "/stay" => lingering(Duration::from_secs(60)),
        "/never" => pending().await,
        _ => "fine".into_response(),
    }
}

#[test]
fn a_body_that_is_announced_too_large_is_refused_unread() {
    let layer = BodyLimitLayer::try_new(10).unwrap();
    let app = layer.layer(app_fn(answer));
    let (large, fits) = served(app, async |address| {
        let head = "content-length: 11\r\nexpect: 100-continue\r\n";
        let fits = b"POST /foreign HTTP/1.1\r\nhost: a.example\r\ncontent-length: 10\r\nconnection: close\r\n\r\n0123456789";
        (ask(address, "POST /foreign", head).await, tell(address, fits).await)
    });
    assert!(large.starts_with("HTTP/1.1 413 "), "{large}");
    assert!(large.contains("\"limit\":10") && !large.contains("100 Continue"), "{large}");
    assert!(fits.starts_with("HTTP/1.1 200 OK\r\n") && fits.ends_with("10"), "{fits}");
    assert_eq!(layer.handle().refused(), 1);
}

#[test]
fn a_body_that_turns_out_too_large_is_refused() {
    let layer = BodyLimitLayer::try_new(10).unwrap();
    let app = layer.layer(app_fn(answer));
    let (large, fits) = served(app, async |address| {
        let post = |content: &str| {
            format!(
                "POST /foreign HTTP/1.1\r\nhost: a.example\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n{content}"
            )
        };
        let large = post("6\r\n012345\r\n5\r\n67890\r\n0\r\n\r\n");
        let fits = post("6\r\n012345\r\n4\r\n6789\r\n0\r\n\r\n");
        (tell(address, large.as_bytes()).await, tell(address, fits.as_bytes()).await)
    });
    assert!(large.starts_with("HTTP/1.1 413 ") && large.contains("\"limit\":10"), "{large}");
    assert!(fits.starts_with("HTTP/1.1 200 OK\r\n") && fits.ends_with("10"), "{fits}");
    assert_eq!(layer.handle().refused(), 1);
}

async fn crowd(address: SocketAddr, clients: usize) -> (usize, usize) {
    let asking: Vec<_> =
        (0..clients).map(|_| tokio::spawn(async move { ask(address, "GET /linger", "").await })).collect();
    let (mut served, mut refused) = (0, 0);
    for answer in asking {
        let answer = answer.await.unwrap();
        assert!(is_whole(&answer), "{answer}");
        served += usize::from(answer.starts_with("HTTP/1.1 200 OK\r\n"));
        refused += usize::from(answer.starts_with("HTTP/1.1 503 ") && answer.contains("retry-after: 1\r\n"));
    }
    (served, refused)
}

#[test]
fn exactly_as_many_as_there_are_places_are_served_on_all_workers_together() {
    let layer = ConcurrencyLimitLayer::try_new(5).unwrap();
    let app = layer.layer(app_fn(answer));
    let workers: Vec<_> = (0..2)
        .map(|_| {
            let app = app.clone();
            thread::spawn(move || served(app, async |address| crowd(address, 20).await))
        })
        .collect();
    let counts = workers.into_iter().map(|worker| worker.join().unwrap());
    let total = counts.fold((0, 0), |sum, (served, refused)| (sum.0 + served, sum.1 + refused));
    assert_eq!(total, (5, 35));
    assert_eq!((layer.handle().in_flight(), layer.handle().refused()), (0, 35));
}

#[test]
fn those_who_wait_are_served_in_turn() {
    let layer =
        ConcurrencyLimitLayer::try_new(2).unwrap().with_queue(4).with_queue_wait(Duration::from_secs(10));
    let counts = served(layer.layer(app_fn(answer)), async |address| crowd(address, 10).await);
    assert_eq!(counts, (6, 4));
    assert_eq!((layer.handle().in_flight(), layer.handle().waiting()), (0, 0));
}

async fn until_in_flight(handle: &ConcurrencyLimitHandle, expected: usize) {
    while handle.in_flight() != expected {
        sleep(Duration::from_millis(5)).await;
    }
}

#[test]
fn a_client_that_leaves_frees_its_place() {
    let layer = ConcurrencyLimitLayer::try_new(1).unwrap();
    let handle = layer.handle();
    served(layer.layer(app_fn(answer)), async |address| {
        for path in ["/never", "/stay"] {
            let mut client = TcpStream::connect(address).await.unwrap();
            let head = format!("GET {path} HTTP/1.1\r\nhost: a.example\r\n\r\n");
            client.write_all(head.as_bytes()).await.unwrap();
            if path == "/stay" {
                assert!(client.read(&mut [0; 1024]).await.unwrap() > 0);
            }
            until_in_flight(&handle, 1).await;
            assert!(ask(address, "GET /", "").await.starts_with("HTTP/1.1 503 "));
            drop(client);
            until_in_flight(&handle, 0).await;
        }
        assert!(ask(address, "GET /", "").await.ends_with("fine"));
    });
}
