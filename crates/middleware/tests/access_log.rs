//! The access log over real sockets: what lines say once a response has gone, been cut, or never came.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::future::{Future, pending};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use http::header::CONTENT_LENGTH;
use http::{HeaderValue, StatusCode};
use http_body::Body as _;
use hyperserve_core::{Body, IntoResponse as _, Request, Response};
use hyperserve_middleware::access_log::{AccessLog, AccessLogConfig, AccessLogLayer};
use hyperserve_server::{Limits, app_fn, serve};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};
use tower_layer::Layer as _;
use tower_service::Service as _;

const FORMAT: &str = "%(r)s %(s)s %(B)s %(X)s";
const BLOCK: usize = 1000;

/// Blocks at intervals: as many as it has, then an end, a fault, or nothing more.
struct Blocks {
    left: usize,
    then: Then,
    sleep: Pin<Box<tokio::time::Sleep>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    End,
    Fail,
    Hang,
    Panic,
}

impl Blocks {
    fn body(left: usize, then: Then) -> Body {
        Body::from_stream(Self { left, then, sleep: Box::pin(sleep(Duration::ZERO)) })
    }
}

impl Stream for Blocks {
    type Item = Result<Vec<u8>, io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        std::task::ready!(self.sleep.as_mut().poll(cx));
        if self.left == 0 {
            return match self.then {
                Then::End => Poll::Ready(None),
                Then::Fail => Poll::Ready(Some(Err(io::Error::other("broken")))),
                Then::Hang => Poll::Pending,
                Then::Panic => panic!("the stream panicked, as it should"),
            };
        }
        self.left -= 1;
        self.sleep = Box::pin(sleep(Duration::from_millis(20)));
        Poll::Ready(Some(Ok(vec![b'x'; BLOCK])))
    }
}

async fn answer(request: Request) -> Response {
    match request.uri().path() {
        "/stream" => Response::new(Blocks::body(3, Then::End)),
        "/fail" => Response::new(Blocks::body(2, Then::Fail)),
        "/hang" => Response::new(Blocks::body(1, Then::Hang)),
        "/panic-later" => Response::new(Blocks::body(1, Then::Panic)),
        "/declared" => {
            let mut response = Response::new(Blocks::body(3, Then::Hang));
            response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(3 * BLOCK));
            response
        }
        "/never" => pending().await,
        "/panic" => panic!("the handler panicked, as it should"),
        "/empty" => StatusCode::NO_CONTENT.into_response(),
        _ => "hello".into_response(),
    }
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

impl Lines {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

fn config(format: &str) -> AccessLogConfig {
    AccessLogConfig::new().with_format(format.parse().unwrap())
}

/// Serves for the time of `client`; gives the lines.
fn logged<F: Future>(config: &AccessLogConfig, client: impl FnOnce(SocketAddr) -> F) -> String {
    let lines = Lines::default();
    let log = AccessLog::to_writer(config, lines.clone()).unwrap();
    let app = AccessLogLayer::new(log.clone()).layer(app_fn(answer));
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
        let both = async { tokio::join!(client, server) };
        timeout(Duration::from_secs(10), both).await.unwrap();
    });
    assert!(log.flush());
    lines.text()
}

/// Asks on a connection of its own, and reads to its end.
async fn ask(address: SocketAddr, request: &str) -> String {
    let mut client = TcpStream::connect(address).await.unwrap();
    let head = format!("{request} HTTP/1.1\r\nhost: a.example\r\nconnection: close\r\n\r\n");
    client.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A connection that is cut ends with an error.
    drop(client.read_to_end(&mut answer).await);
    String::from_utf8_lossy(&answer).into_owned()
}

/// Asks, and leaves after a while.
async fn ask_and_leave(address: SocketAddr, request: &str) {
    drop(timeout(Duration::from_millis(150), ask(address, request)).await);
    sleep(Duration::from_millis(50)).await;
}

fn line_of(request: &'static str) -> String {
    logged(&config(FORMAT), async |address| drop(ask(address, request).await))
}

#[test]
fn a_whole_response_is_logged() {
    assert_eq!(line_of("GET /?a=1"), "GET /?a=1 HTTP/1.1 200 5 -\n");
    assert_eq!(line_of("GET /empty"), "GET /empty HTTP/1.1 204 0 -\n");
}

#[test]
fn a_stream_is_logged_when_it_has_ended() {
    let line = logged(&config("%(s)s %(B)s %(X)s %(D)s"), async |address| {
        let answer = ask(address, "GET /stream").await;
        assert!(answer.ends_with("\r\n0\r\n\r\n"), "{answer}");
    });
    let (fields, microseconds) = line.trim_end().rsplit_once(' ').unwrap();
    assert_eq!(fields, "200 3000 -");
    assert!(microseconds.parse::<u64>().unwrap() >= 60_000, "{line}");
}

#[test]
fn a_declared_length_is_an_end_too() {
    assert_eq!(line_of("GET /declared"), "GET /declared HTTP/1.1 200 3000 -\n");
}

#[test]
fn head_has_no_bytes_and_is_not_cut() {
    assert_eq!(line_of("HEAD /stream"), "HEAD /stream HTTP/1.1 200 0 -\n");
    assert_eq!(line_of("HEAD /"), "HEAD / HTTP/1.1 200 0 -\n");
}

#[test]
fn what_is_cut_says_so() {
    assert_eq!(line_of("GET /fail"), "GET /fail HTTP/1.1 200 2000 X\n");
    assert_eq!(line_of("GET /panic-later"), "GET /panic-later HTTP/1.1 200 1000 X\n");
    let line = logged(&config(FORMAT), async |address| ask_and_leave(address, "GET /hang").await);
    assert_eq!(line, "GET /hang HTTP/1.1 200 1000 X\n");
}

#[test]
fn a_client_that_leaves_before_the_response_is_499() {
    let line = logged(&config(FORMAT), async |address| ask_and_leave(address, "GET /never").await);
    assert_eq!(line, "GET /never HTTP/1.1 499 0 -\n");
}

#[test]
fn a_panic_is_a_500() {
    let line = logged(&config(FORMAT), async |address| {
        assert!(ask(address, "GET /panic").await.starts_with("HTTP/1.1 500"));
    });
    assert_eq!(line, "GET /panic HTTP/1.1 500 0 -\n");
}

#[test]
fn excluded_paths_leave_no_line() {
    let config = config(FORMAT).with_excluded(["/healthz", "/internal/*"]);
    let lines = logged(&config, async |address| {
        for path in ["/healthz?x", "/internal/a", "/healthz/", "/stream"] {
            ask(address, &format!("GET {path}")).await;
        }
    });
    assert_eq!(lines, "GET /healthz/ HTTP/1.1 200 5 -\nGET /stream HTTP/1.1 200 3000 -\n");
}

#[test]
fn a_sample_has_every_failure() {
    let config = config("%(s)s%(X)s").with_sample(10);
    let lines = logged(&config, async |address| {
        for _ in 0..20 {
            ask(address, "GET /").await;
        }
        ask(address, "GET /panic").await;
        ask(address, "GET /fail").await;
    });
    let count = |line: &str| lines.lines().filter(|&other| other == line).count();
    assert_eq!((count("200-"), count("500-"), count("200X")), (2, 1, 1), "{lines}");
}

#[test]
fn uvicorn_shows_the_clients_port() {
    let mut port = 0;
    let line = logged(&AccessLogConfig::new(), async |address| {
        let mut client = TcpStream::connect(address).await.unwrap();
        port = client.local_addr().unwrap().port();
        client.write_all(b"GET /x HTTP/1.1\r\nhost: a.example\r\nconnection: close\r\n\r\n").await.unwrap();
        client.read_to_end(&mut Vec::new()).await.unwrap();
    });
    assert_eq!(line, format!("INFO:     127.0.0.1:{port} - \"GET /x HTTP/1.1\" 200 OK\n"));
}

#[test]
fn a_response_that_is_whole_stays_so() {
    let log = AccessLog::to_writer(&config(FORMAT), io::sink()).unwrap();
    let mut app = AccessLogLayer::new(log.clone()).layer(app_fn(answer));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let Ok(response) = runtime.block_on(app.call(request("/")));
    assert_eq!(response.body().as_bytes().map(|bytes| &bytes[..]), Some(&b"hello"[..]));
    let Ok(response) = runtime.block_on(app.call(request("/declared")));
    assert_eq!(response.body().size_hint().exact(), None);
    assert!(log.flush());
}

fn request(uri: &str) -> Request {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = uri.parse().unwrap();
    request
}

#[test]
fn a_file_is_reopened_after_it_was_renamed() {
    let folder = tempfile::tempdir().unwrap();
    let (path, old) = (folder.path().join("access.log"), folder.path().join("access.log.1"));
    let log = AccessLog::open(&config("%(U)s").with_file(&path)).unwrap();
    let mut app = AccessLogLayer::new(log.clone()).layer(app_fn(answer));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let Ok(_) = runtime.block_on(app.call(request("/before")));
    std::fs::rename(&path, &old).unwrap();
    log.reopen().unwrap();
    let Ok(_) = runtime.block_on(app.call(request("/after")));
    assert!(log.flush());
    let read = |path| std::fs::read_to_string(path).unwrap();
    assert_eq!((read(&old).as_str(), read(&path).as_str()), ("/before\n", "/after\n"));
}

#[test]
fn a_file_that_cannot_be_opened_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing").join("access.log");
    assert_eq!(
        AccessLog::open(&config(FORMAT).with_file(missing)).unwrap_err().kind(),
        io::ErrorKind::NotFound
    );
}

#[test]
fn a_reader_of_a_pipe_that_leaves_stops_nobody() {
    let (reader, writer) = io::pipe().unwrap();
    let log = AccessLog::to_writer(&config("%(U)s"), writer).unwrap();
    let mut app = AccessLogLayer::new(log.clone()).layer(app_fn(answer));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut heard = io::BufReader::new(reader);
    let Ok(_) = runtime.block_on(app.call(request("/heard")));
    assert!(log.flush());
    let mut line = String::new();
    io::BufRead::read_line(&mut heard, &mut line).unwrap();
    drop(heard);
    let Ok(_) = runtime.block_on(app.call(request("/unheard")));
    assert!(log.flush());
    assert_eq!((line.as_str(), log.dropped()), ("/heard\n", 1));
}
