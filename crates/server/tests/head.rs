//! HEAD over real sockets: `Content-Length` is what GET would have, or is not there (RFC 9110 §8.6, §9.3.2).

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::Frame;
use hyperserve_core::{Body, Request, Response};
use hyperserve_server::{Limits, app_fn, serve};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// One block, and no word about the length.
struct Streamed(Option<&'static str>);

impl http_body::Body for Streamed {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|text| Ok(Frame::data(Bytes::from(text)))))
    }
}

/// What the paths answer to HEAD, and the length that the answer has.
const TABLE: [(&str, Option<&str>); 6] = [
    ("/text", Some("5")),
    ("/stream", None),
    // As a router answers that has taken a stream away, and a text.
    ("/emptied", None),
    ("/told", Some("9")),
    ("/no-content", None),
    ("/not-modified", None),
];

async fn answer(request: Request) -> Response {
    let response = Response::builder();
    match request.uri().path() {
        "/text" => response.body("hello".into()),
        "/stream" => response.body(Body::new(Streamed(Some("hello")))),
        "/told" => response.header("content-length", 9).body(Body::empty()),
        "/no-content" => response.status(204).body(Body::empty()),
        "/not-modified" => response.status(304).body("hello".into()),
        _ => response.body(Body::empty()),
    }
    .unwrap()
}

/// Serves for the time of `client`, bounded.
fn served<F: Future<Output = ()>>(client: impl FnOnce(SocketAddr) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let server = serve(listener, app_fn(answer), Limits::default(), async { drop(stopped.await) });
        let client = async {
            client(address).await;
            drop(stop);
        };
        let both = async { tokio::join!(client, server) };
        tokio::time::timeout(Duration::from_secs(10), both).await.unwrap();
    });
}

#[cfg(feature = "http2")]
#[test]
fn http2_does_not_say_that_content_is_none() {
    served(async |address| {
        let socket = TcpStream::connect(address).await.unwrap();
        let (mut requests, connection) = h2::client::handshake(socket).await.unwrap();
        let connection = tokio::spawn(connection);
        for (path, length) in TABLE {
            let request = http::Request::head(format!("http://a.example{path}")).body(()).unwrap();
            requests = requests.ready().await.unwrap();
            let (response, _) = requests.send_request(request, true).unwrap();
            let (head, mut body) = response.await.unwrap().into_parts();
            let told = head.headers.get("content-length").map(|length| length.to_str().unwrap());
            assert_eq!(told, length, "{path}");
            assert!(body.data().await.is_none(), "{path} has content");
        }
        drop(requests);
        connection.await.unwrap().unwrap();
    });
}

#[test]
fn http1_says_the_same() {
    served(async |address| {
        for (path, length) in TABLE {
            let mut socket = TcpStream::connect(address).await.unwrap();
            let request = format!("HEAD {path} HTTP/1.1\r\nhost: a.example\r\nconnection: close\r\n\r\n");
            socket.write_all(request.as_bytes()).await.unwrap();
            let mut answer = String::new();
            socket.read_to_string(&mut answer).await.unwrap();
            let told = answer.lines().find_map(|line| line.strip_prefix("content-length: "));
            assert_eq!(told, length, "{path}: {answer}");
            assert!(answer.ends_with("\r\n\r\n"), "{path} has content: {answer}");
        }
    });
}
