//! Bodies as a connection delivers them, over an in-memory transport.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::convert::Infallible;
use std::future::Future;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyperserve_core::{Body, BodyError};
use tokio::io::{AsyncWriteExt as _, DuplexStream, duplex};
use tokio::sync::mpsc;

type Outcome = Result<Bytes, BodyError>;

/// Serves one connection, reads each body up to `limit`, and hands out what came of it.
fn serve(io: DuplexStream, h2: bool, limit: usize) -> mpsc::UnboundedReceiver<Outcome> {
    let (outcomes, receiver) = mpsc::unbounded_channel();
    let service = service_fn(move |request: http::Request<Incoming>| {
        let outcomes = outcomes.clone();
        async move {
            let body = {
                let version = request.version();
                Body::from_incoming(request.into_body(), version)
            };
            let _ = outcomes.send(body.collect(limit).await);
            Ok::<_, Infallible>(http::Response::new(Body::from("answer")))
        }
    });
    let io = TokioIo::new(io);
    tokio::spawn(async move {
        let _ = if h2 {
            hyper::server::conn::http2::Builder::new(TokioExecutor::new()).serve_connection(io, service).await
        } else {
            hyper::server::conn::http1::Builder::new().half_close(true).serve_connection(io, service).await
        };
    });
    receiver
}

/// Sends the bytes of an HTTP/1.1 request and closes.
async fn http1(request: &str, limit: usize) -> Outcome {
    let (mut client, server) = duplex(64 * 1024);
    let mut outcomes = serve(server, false, limit);
    client.write_all(request.as_bytes()).await.unwrap();
    drop(client);
    outcomes.recv().await.unwrap()
}

/// Opens an HTTP/2 stream and lets `send` send its body.
async fn http2<F>(length: Option<u64>, send: impl FnOnce(h2::SendStream<Bytes>) -> F) -> Outcome
where
    F: Future<Output = ()>,
{
    let (client, server) = duplex(64 * 1024);
    let mut outcomes = serve(server, true, 1024);
    let (requests, connection) = h2::client::handshake(client).await.unwrap();
    tokio::spawn(connection);
    let mut request = http::Request::post("http://localhost/");
    if let Some(length) = length {
        request = request.header("content-length", length);
    }
    let mut requests = requests.ready().await.unwrap();
    let (_response, stream) = requests.send_request(request.body(()).unwrap(), false).unwrap();
    send(stream).await;
    outcomes.recv().await.unwrap()
}

#[tokio::test]
async fn http1_bodies_arrive_whole() {
    let declared = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhello";
    assert_eq!(http1(declared, 5).await.unwrap(), "hello");
    let chunked =
        "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n";
    assert_eq!(http1(chunked, 5).await.unwrap(), "hello");
    assert_eq!(http1("GET / HTTP/1.1\r\nhost: a\r\n\r\n", 0).await.unwrap(), "");
}

#[tokio::test]
async fn http1_bodies_that_are_cut_are_errors() {
    for request in [
        "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nhello",
        "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n9\r\nhello",
        "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
    ] {
        let error = http1(request, 100).await.unwrap_err();
        assert!(error.is_disconnected() && !error.is_timed_out(), "{request:?}: {error:?}");
    }
}

#[tokio::test]
async fn http1_bodies_above_the_limit_are_refused() {
    // The five bytes that are there would fit: the declared length is refused before they are read.
    let declared = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9999\r\n\r\nhello";
    assert!(http1(declared, 100).await.unwrap_err().is_too_large());
    let chunked = "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    assert!(http1(chunked, 4).await.unwrap_err().is_too_large());
}

#[tokio::test]
async fn http2_bodies_arrive_whole() {
    for length in [None, Some(5)] {
        let outcome = http2(length, |mut stream| async move {
            stream.send_data(Bytes::from_static(b"hel"), false).unwrap();
            stream.send_data(Bytes::from_static(b"lo"), true).unwrap();
        });
        assert_eq!(outcome.await.unwrap(), "hello");
    }
    let trailers = http2(None, |mut stream| async move {
        stream.send_data(Bytes::from_static(b"hello"), false).unwrap();
        stream.send_trailers(http::HeaderMap::new()).unwrap();
    });
    assert_eq!(trailers.await.unwrap(), "hello");
}

/// A stream that is reset without an error code is no whole body either (RFC 9113 §8.1).
#[tokio::test]
async fn http2_bodies_that_are_cut_are_errors() {
    for reason in [h2::Reason::NO_ERROR, h2::Reason::CANCEL, h2::Reason::INTERNAL_ERROR] {
        for length in [None, Some(9)] {
            let outcome = http2(length, |mut stream| async move {
                stream.send_data(Bytes::from_static(b"hello"), false).unwrap();
                // Lets the data leave before the reset overtakes it.
                for _ in 0..20 {
                    tokio::task::yield_now().await;
                }
                stream.send_reset(reason);
            });
            let error = outcome.await.unwrap_err();
            assert!(error.is_disconnected() && !error.is_timed_out(), "{reason:?} {length:?}: {error:?}");
        }
    }
}
