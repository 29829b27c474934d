//! What only a server over a socket can show: streams that end with it, and handlers that outlive their client.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use hyperserve_core::{Body, EndsOnShutdown, Response};
use hyperserve_router::{Router, RouterService, get};
use hyperserve_server::{Limits, Report, serve};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// One event, then silence for ever.
struct Endless(bool);

impl Stream for Endless {
    type Item = Result<&'static str, io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::replace(&mut self.0, true) { Poll::Pending } else { Poll::Ready(Some(Ok("event"))) }
    }
}

async fn endless() -> Response {
    let mut response = Response::new(Body::from_stream(Endless(false)));
    response.extensions_mut().insert(EndsOnShutdown);
    response
}

/// Serves `app` for the time of `client`, which is given the address and a way to begin the drain.
fn served<F: Future>(
    app: RouterService,
    client: impl FnOnce(std::net::SocketAddr, oneshot::Sender<()>) -> F,
) -> (F::Output, Report) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let stopped = async { drop(stopped.await) };
        let server = serve(listener, app, Limits::default(), stopped);
        let both = async { tokio::join!(client(address, stop), server) };
        tokio::time::timeout(Duration::from_secs(10), both).await.unwrap()
    })
}

#[test]
fn an_endless_stream_ends_in_good_order_when_the_server_drains() {
    let app = Router::new().route("/", get(endless)).build();
    let (text, report) = served(app, async |address, stop| {
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(b"GET / HTTP/1.1\r\nhost: a.example\r\n\r\n").await.unwrap();
        let mut seen = String::new();
        while !seen.contains("event") {
            let mut piece = [0; 1024];
            let length = client.read(&mut piece).await.unwrap();
            seen.push_str(std::str::from_utf8(&piece[..length]).unwrap());
        }
        drop(stop);
        client.read_to_string(&mut seen).await.unwrap();
        seen
    });
    assert!(text.ends_with("5\r\nevent\r\n0\r\n\r\n"), "{text}");
    assert_eq!(report.cut, 0);
}

#[test]
fn a_drain_waits_for_a_detached_handler_whose_client_has_left() {
    let (started, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let handler = {
        let (started, done) = (Arc::clone(&started), Arc::clone(&done));
        move || {
            let (started, done) = (Arc::clone(&started), Arc::clone(&done));
            async move {
                started.store(true, SeqCst);
                tokio::time::sleep(Duration::from_millis(300)).await;
                done.store(true, SeqCst);
            }
        }
    };
    let app = Router::new().route("/", get(handler).detached()).build();
    let ((), report) = served(app, async |address, stop| {
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(b"GET / HTTP/1.1\r\nhost: a.example\r\n\r\n").await.unwrap();
        while !started.load(SeqCst) {
            tokio::task::yield_now().await;
        }
        drop(client);
        drop(stop);
    });
    assert!(done.load(SeqCst));
    assert_eq!((report.cut, report.unfinished), (0, 0));
}
