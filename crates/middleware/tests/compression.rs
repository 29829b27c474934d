//! Compression over real sockets: what clients of each kind get, in time, and what stays as it is.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::future::Future;
use std::io::Read as _;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use http::header::{ACCEPT_RANGES, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, ETAG};
use http::{HeaderName, Method, StatusCode};
use hyperserve_core::{Body, IntoResponse as _, Problem, Request, Response};
use hyperserve_middleware::compression::{Coding, CompressionConfig, CompressionLayer};
use hyperserve_server::{Limits, app_fn, serve};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};
use tower_layer::Layer as _;

fn text(length: usize) -> String {
    (0..)
        .flat_map(|number: u32| format!("line {number}\n").into_bytes())
        .map(char::from)
        .take(length)
        .collect()
}

const PAUSE: Duration = Duration::from_millis(300);

/// Lines, with a pause before each but the first.
struct Lines {
    left: usize,
    pause: Option<Pin<Box<tokio::time::Sleep>>>,
}

impl Lines {
    fn body(left: usize) -> Body {
        Body::from_stream(Self { left, pause: None })
    }
}

impl Stream for Lines {
    type Item = Result<String, std::io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(pause) = &mut self.pause {
            std::task::ready!(pause.as_mut().poll(cx));
        }
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.left -= 1;
        self.pause = Some(Box::pin(sleep(PAUSE)));
        Poll::Ready(Some(Ok("a line\n".to_owned())))
    }
}

/// One short block and the end, without a length.
struct Once(Option<&'static str>);

impl Stream for Once {
    type Item = Result<&'static str, std::io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.take().map(Ok))
    }
}

fn with(
    content_type: &'static str,
    body: impl Into<Body>,
    fields: &[(HeaderName, &'static str)],
) -> Response {
    let mut response = Response::new(body.into());
    response.headers_mut().insert(CONTENT_TYPE, content_type.parse().unwrap());
    for (name, value) in fields {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}

async fn answer(request: Request) -> Response {
    let text = || text(20_000);
    match request.uri().path() {
        "/tagged" if request.headers().contains_key("if-none-match") => {
            (StatusCode::NOT_MODIFIED, [(ETAG, "\"7\"")]).into_response()
        }
        "/tagged" => with("text/plain", text(), &[(ETAG, "\"7\""), (ACCEPT_RANGES, "bytes")]),
        "/small" => with("text/plain", "x".repeat(1023), &[]),
        "/just-enough" => with("text/plain", "x".repeat(1024), &[]),
        "/big" => with("application/json", self::text(1_000_000), &[]),
        "/lines" => with("text/plain", Lines::body(3), &[]),
        "/once" => with("text/plain", Body::from_stream(Once(Some("short"))), &[]),
        "/events" => with("text/event-stream", text(), &[]),
        "/picture" => with("image/png", text(), &[]),
        "/encoded" => with("text/plain", text(), &[(CONTENT_ENCODING, "x-own")]),
        "/declined" => with("text/plain", text(), &[(CONTENT_ENCODING, "identity")]),
        "/fixed" => with("text/plain", text(), &[(CACHE_CONTROL, "public, no-transform")]),
        "/part" => {
            let mut part = with("text/plain", text(), &[(CONTENT_RANGE, "bytes 0-19999/30000")]);
            *part.status_mut() = StatusCode::PARTIAL_CONTENT;
            part
        }
        "/empty" => StatusCode::NO_CONTENT.into_response(),
        "/problem" => Problem::new(StatusCode::CONFLICT).with_detail(text()).into_response(),
        _ => with("text/plain; charset=utf-8", text(), &[]),
    }
}

struct Answer {
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().filter_map(|line| line.split_once(": "));
        fields.find_map(|(known, value)| known.eq_ignore_ascii_case(name).then_some(value))
    }

    /// The body as a client of the coding reads it.
    fn content(&self) -> String {
        let mut content = Vec::with_capacity(2_000_000);
        match self.field("content-encoding") {
            None => content.clone_from(&self.body),
            Some("gzip") => {
                assert!(flate2::read::GzDecoder::new(&self.body[..]).read_to_end(&mut content).is_ok())
            }
            Some("br") => {
                assert!(brotli::Decompressor::new(&self.body[..], 4096).read_to_end(&mut content).is_ok())
            }
            Some("zstd") => assert!(zstd_safe::decompress(&mut content, &self.body).is_ok()),
            Some(other) => panic!("{other}"),
        }
        String::from_utf8(content).unwrap()
    }
}

fn dechunked(mut body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    loop {
        let end = body.windows(2).position(|pair| pair == b"\r\n").unwrap();
        let length = usize::from_str_radix(str::from_utf8(&body[..end]).unwrap(), 16).unwrap();
        whole.extend_from_slice(&body[end + 2..end + 2 + length]);
        if length == 0 {
            return whole;
        }
        body = &body[end + 2 + length + 2..];
    }
}

async fn connect(address: SocketAddr, request: &str, fields: &str) -> TcpStream {
    let mut client = TcpStream::connect(address).await.unwrap();
    let head = format!("{request}\r\nhost: a.example\r\nconnection: close\r\n{fields}\r\n");
    client.write_all(head.as_bytes()).await.unwrap();
    client
}

async fn ask(address: SocketAddr, request: &str, fields: &str) -> Answer {
    let mut client = connect(address, request, fields).await;
    let mut all = Vec::new();
    client.read_to_end(&mut all).await.unwrap();
    let end = all.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let mut answer =
        Answer { head: String::from_utf8(all[..end].to_vec()).unwrap(), body: all[end + 4..].to_vec() };
    if answer.field("transfer-encoding").is_some() {
        answer.body = dechunked(&answer.body);
    }
    answer
}

/// Serves for the time of `client`.
fn served<F: Future>(config: &CompressionConfig, client: impl FnOnce(SocketAddr) -> F) {
    let app = CompressionLayer::try_new(config).unwrap().layer(app_fn(answer));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let server = serve(listener, app, Limits::default(), async { drop(stopped.await) });
        let client = async {
            client(address).await;
            drop(stop);
        };
        timeout(Duration::from_secs(20), async { tokio::join!(client, server) }).await.unwrap();
    });
}

fn usual<F: Future>(client: impl FnOnce(SocketAddr) -> F) {
    served(&CompressionConfig::new(), client);
}

#[test]
fn each_coding_is_read_by_its_clients() {
    usual(async |address| {
        for coding in [Coding::Zstd, Coding::Brotli, Coding::Gzip] {
            for (path, length) in [("/", 20_000), ("/big", 1_000_000), ("/lines", 21)] {
                let accept = format!("accept-encoding: {coding}\r\n");
                let answer = ask(address, &format!("GET {path} HTTP/1.1"), &accept).await;
                assert!(answer.head.starts_with("HTTP/1.1 200"), "{}", answer.head);
                assert_eq!(answer.field("content-encoding"), Some(coding.name()), "{path}");
                assert_eq!(answer.field("vary"), Some("accept-encoding"));
                assert_eq!(answer.content().len(), length, "{path} {coding}");
                assert!(
                    answer.body.len() < length / 3 || length < 1000,
                    "{path} {coding} {}",
                    answer.body.len()
                );
                // What was in memory and is short enough has its length; what streams is chunked.
                let is_whole = path == "/";
                assert_eq!(answer.field("content-length").is_some(), is_whole, "{path}");
                assert_eq!(answer.field("transfer-encoding").is_some(), !is_whole, "{path}");
            }
        }
    });
}

#[test]
fn weights_are_heeded() {
    usual(async |address| {
        for (accept, expected) in [
            ("accept-encoding: gzip, deflate, br, zstd\r\n", Some("zstd")),
            ("accept-encoding: gzip, deflate, br\r\n", Some("br")),
            ("accept-encoding: gzip;q=1, br;q=0.5, zstd;q=0\r\n", Some("gzip")),
            ("accept-encoding: gzip;q=0\r\n", None),
            ("accept-encoding: identity;q=0, gzip;q=0\r\n", None),
            ("accept-encoding: deflate\r\n", None),
            ("accept-encoding:\r\n", None),
            ("", None),
        ] {
            let answer = ask(address, "GET / HTTP/1.1", accept).await;
            assert_eq!(answer.field("content-encoding"), expected, "{accept}");
            assert_eq!(answer.field("vary"), Some("accept-encoding"), "{accept}");
            assert_eq!(answer.content(), text(20_000));
        }
    });
}

#[test]
fn the_order_of_the_offer_is_the_server_s() {
    let config = CompressionConfig::new().with_codings([Coding::Gzip, Coding::Brotli]);
    served(&config, async |address| {
        let answer = ask(address, "GET / HTTP/1.1", "accept-encoding: zstd, br, gzip\r\n").await;
        assert_eq!(answer.field("content-encoding"), Some("gzip"));
    });
}

#[test]
fn what_is_not_to_be_compressed_stays_as_it_is() {
    usual(async |address| {
        for path in
            ["/events", "/picture", "/declined", "/fixed", "/part", "/empty", "/problem", "/small", "/once"]
        {
            let with = ask(address, &format!("GET {path} HTTP/1.1"), "accept-encoding: gzip\r\n").await;
            let without = ask(address, &format!("GET {path} HTTP/1.1"), "").await;
            assert_eq!(with.field("content-encoding"), None, "{path}");
            assert_eq!(with.body, without.body, "{path}");
            assert_ne!(with.field("vary"), Some("accept-encoding"), "{path}");
        }
        let encoded = ask(address, "GET /encoded HTTP/1.1", "accept-encoding: gzip\r\n").await;
        assert_eq!((encoded.field("content-encoding"), encoded.body.len()), (Some("x-own"), 20_000));
        // A body without a length that was over at once has one now.
        let once = ask(address, "GET /once HTTP/1.1", "accept-encoding: gzip\r\n").await;
        assert_eq!((once.field("content-length"), &once.body[..]), (Some("5"), &b"short"[..]));
        let enough = ask(address, "GET /just-enough HTTP/1.1", "accept-encoding: gzip\r\n").await;
        assert_eq!(enough.field("content-encoding"), Some("gzip"));
    });
}

#[test]
fn a_chunk_that_is_sent_is_received() {
    usual(async |address| {
        for coding in ["zstd", "br", "gzip"] {
            let fields = format!("accept-encoding: {coding}\r\n");
            let mut client = connect(address, "GET /lines HTTP/1.1", &fields).await;
            let (mut all, mut buffer, mut reads) = (Vec::new(), [0; 4096], Vec::new());
            let begun = tokio::time::Instant::now();
            loop {
                let length = client.read(&mut buffer).await.unwrap();
                if length == 0 {
                    break;
                }
                all.extend_from_slice(&buffer[..length]);
                reads.push(begun.elapsed());
            }
            // Lines come at 0, 1 and 2 pauses, the end at 3; held back, all would come together with the end.
            let waits = reads.windows(2).filter(|pair| pair[1] - pair[0] > PAUSE / 2).count();
            assert!(waits >= 2, "{coding}: {reads:?}");
        }
    });
}

#[test]
fn head_has_the_fields_of_get_and_nothing_else() {
    usual(async |address| {
        for (path, accept) in [
            ("/", "accept-encoding: gzip\r\n"),
            ("/tagged", "accept-encoding: br\r\n"),
            ("/lines", "accept-encoding: zstd\r\n"),
            ("/big", "accept-encoding: zstd\r\n"),
            ("/small", "accept-encoding: zstd\r\n"),
            ("/picture", "accept-encoding: zstd\r\n"),
            ("/", ""),
        ] {
            let head = ask(address, &format!("HEAD {path} HTTP/1.1"), accept).await;
            let get = ask(address, &format!("GET {path} HTTP/1.1"), accept).await;
            assert!(head.body.is_empty(), "{path}");
            for name in ["content-encoding", "vary", "etag", "content-type", "accept-ranges"] {
                assert_eq!(head.field(name), get.field(name), "{path} {name}");
            }
            // Of compressed content the length is not known before it is made (RFC 9110 §9.3.2).
            let length =
                if get.field("content-encoding").is_some() { None } else { get.field("content-length") };
            assert_eq!(head.field("content-length"), length, "{path}");
        }
    });
}

#[test]
fn entity_tags_are_weak_where_the_bytes_differ() {
    usual(async |address| {
        let plain = ask(address, "GET /tagged HTTP/1.1", "").await;
        assert_eq!((plain.field("etag"), plain.field("accept-ranges")), (Some("\"7\""), Some("bytes")));
        let gzip = ask(address, "GET /tagged HTTP/1.1", "accept-encoding: gzip\r\n").await;
        assert_eq!((gzip.field("etag"), gzip.field("accept-ranges")), (Some("W/\"7\""), None));
        for (held, expected, vary) in
            [("W/\"7\"", "W/\"7\"", Some("accept-encoding")), ("\"7\"", "\"7\"", None)]
        {
            let fields = format!("accept-encoding: gzip\r\nif-none-match: {held}\r\n");
            let unchanged = ask(address, "GET /tagged HTTP/1.1", &fields).await;
            assert!(unchanged.head.starts_with("HTTP/1.1 304"), "{}", unchanged.head);
            assert_eq!((unchanged.field("etag"), unchanged.field("vary")), (Some(expected), vary));
        }
    });
}

#[test]
fn http_1_0_is_served_too() {
    usual(async |address| {
        for (path, length) in [("/", 20_000), ("/big", 1_000_000)] {
            let answer = ask(address, &format!("GET {path} HTTP/1.0"), "accept-encoding: gzip\r\n").await;
            assert_eq!(answer.field("content-encoding"), Some("gzip"));
            assert_eq!(answer.content().len(), length);
        }
    });
}

/// A long compression on a thread does not keep its other connections waiting.
#[test]
fn other_requests_get_their_turn() {
    usual(async |address| {
        let long = ask(address, "GET /big HTTP/1.1", "accept-encoding: br\r\n");
        let short = async {
            let mut answers = 0;
            for _ in 0..3 {
                answers += usize::from(ask(address, "GET /small HTTP/1.1", "").await.body.len() == 1023);
            }
            answers
        };
        let (long, short) = tokio::join!(long, short);
        assert_eq!((long.content().len(), short), (1_000_000, 3));
    });
}

/// The layer is one for all methods with content.
#[test]
fn posts_are_answered_alike() {
    usual(async |address| {
        for method in [Method::POST, Method::PUT, Method::DELETE] {
            let fields = "accept-encoding: gzip\r\ncontent-length: 0\r\n";
            let answer = ask(address, &format!("{method} / HTTP/1.1"), fields).await;
            assert_eq!(answer.field("content-encoding"), Some("gzip"), "{method}");
        }
    });
}
