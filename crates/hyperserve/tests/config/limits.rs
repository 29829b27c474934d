//! The limits that no case of `spec/cases` sets, beside those of HTTP/2.

use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::Duration;

use bytes::Bytes;
use http_body::Frame;
use hyperserve::prelude::*;

use crate::client::{connect, exchange};
use crate::frames::{Connection, Method as Ask, WINDOW_UPDATE, frame, request};
use crate::start::started;

pub(crate) const COVERED: &[&str] = &[
    "handshake_timeout",
    "write_min_rate",
    "linger_timeout",
    "max_linger",
    "max_chunk_line",
    "form_max_fields",
    "multipart_spool_threshold",
    "h2_send_buffer",
];

#[test]
fn a_chunk_line_has_its_limit() {
    let status = |most| {
        let server = started(&[("HS_MAX_CHUNK_LINE", most)]);
        let head =
            "POST /api/upload HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
        let text = format!("{head}1;a={}\r\nx\r\n0\r\n\r\n", "b".repeat(3000));
        exchange(connect(server.address(0)), &text).status
    };
    assert_eq!((status("4KiB"), status("2KiB")), (200, 400));
}

/// Whether the server still takes a body of 300,000 bytes that it has refused, sent in 30 pieces over this many
/// milliseconds.
fn lingers(variables: &[(&str, &str)], milliseconds: u64) -> bool {
    let server = started(variables);
    let mut stream = connect(server.address(0));
    stream.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n").unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 405");
    (0..30).all(|_| {
        sleep(Duration::from_millis(milliseconds / 30));
        stream.write_all(&[b'x'; 10_000]).is_ok()
    })
}

#[test]
fn the_rest_of_a_refused_body_is_drained_as_far_as_is_set() {
    let patient = ("HS_LINGER_TIMEOUT", "10s");
    assert!(lingers(&[patient, ("HS_MAX_LINGER", "1MiB")], 300));
    assert!(!lingers(&[patient, ("HS_MAX_LINGER", "16KiB")], 300));
}

#[test]
fn the_rest_of_a_refused_body_is_drained_for_as_long_as_is_set() {
    let much = ("HS_MAX_LINGER", "1MiB");
    assert!(lingers(&[much, ("HS_LINGER_TIMEOUT", "10s")], 1800));
    assert!(!lingers(&[much, ("HS_LINGER_TIMEOUT", "200ms")], 1800));
}

#[test]
fn a_handshake_has_its_time() {
    let ends = |timeout| {
        let proxied = [
            ("HS_TRUSTED_PROXIES", "loopback"),
            ("HS_PROXY_PROTOCOL", "on"),
            ("HS_HANDSHAKE_TIMEOUT", timeout),
        ];
        let server = started(&proxied);
        let mut silent = connect(server.address(0));
        silent.set_read_timeout(Some(Duration::from_millis(1500))).unwrap();
        let waits =
            |error: std::io::Error| matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
        !silent.read(&mut [0]).is_err_and(waits)
    };
    assert_eq!((ends("200ms"), ends("10s")), (true, false));
}

#[tokio::test]
async fn a_form_has_its_fields() {
    use tower_service::Service;
    async fn count(Form(fields): Form<Vec<(String, String)>>) -> String {
        fields.len().to_string()
    }
    for (most, status) in [("3", 200), ("2", 413), ("off", 200)] {
        let config = Config::new().with("form_max_fields", most);
        let mut app = App::new().with_config(config).route("/", post(count)).into_service().unwrap();
        let form = Request::post("/").header("content-type", "application/x-www-form-urlencoded");
        let Ok(response) = app.call(form.body(Body::from("a=1&b=2&c=3")).unwrap()).await;
        assert_eq!(response.status(), status, "{most}");
    }
}

#[tokio::test]
async fn a_part_is_kept_in_memory_up_to_its_threshold() {
    use tower_service::Service;
    async fn place(form: Multipart) -> Result<String, hyperserve::router::Rejection> {
        Ok(form.spool_all().await?.iter().map(|part| part.is_in_memory().to_string()).collect())
    }
    for (most, told) in [("5", "true"), ("4", "false"), ("off", "false")] {
        let config = Config::new().with("multipart_spool_threshold", most);
        let mut app = App::new().with_config(config).route("/", post(place)).into_service().unwrap();
        let form = Request::post("/").header("content-type", "multipart/form-data; boundary=b");
        let body = "--b\r\ncontent-disposition: form-data; name=\"a\"\r\n\r\nhello\r\n--b--\r\n";
        let Ok(response) = app.call(form.body(Body::from(body)).unwrap()).await;
        assert_eq!(response.into_body().collect(100).await.unwrap(), told, "{most}");
    }
}

/// A server of this process whose every answer has no end. It counts what it has handed over.
struct Endless {
    address: SocketAddr,
    handle: Handle,
    produced: Arc<AtomicUsize>,
    thread: Option<JoinHandle<Result<Report, AppError>>>,
}

struct Zeros(Arc<AtomicUsize>);

impl http_body::Body for Zeros {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        static ZEROS: [u8; 16 * 1024] = [0; 16 * 1024];
        self.0.fetch_add(ZEROS.len(), Relaxed);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&ZEROS)))))
    }
}

impl Endless {
    fn start(config: Config) -> Self {
        let produced = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&produced);
        let zeros = get(move || std::future::ready(Body::new(Zeros(Arc::clone(&count)))));
        let config = config.with("listen", "127.0.0.1:0").with("workers", 1);
        let bound = App::new().with_config(config).route("/", zeros).bind().unwrap();
        let (address, handle) = (bound.addresses()[0].tcp.unwrap(), bound.handle());
        Self { address, handle, produced, thread: Some(spawn(move || bound.run())) }
    }
}

impl Drop for Endless {
    fn drop(&mut self) {
        self.handle.force();
        self.thread.take().unwrap().join().unwrap().unwrap();
    }
}

/// Whether a reader of at most six megabytes a second gets bytes for this many seconds.
fn is_served_for(seconds: usize, least: &str) -> bool {
    let server =
        Endless::start(Config::new().with("write_stall_timeout", "1s").with("write_min_rate", least));
    let mut stream = connect(server.address);
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let mut bytes = vec![0; 64 * 1024];
    (0..100 * seconds).all(|_| {
        sleep(Duration::from_millis(10));
        stream.read(&mut bytes).is_ok_and(|read| read > 0)
    })
}

#[test]
fn a_reader_has_a_least_pace() {
    assert!(is_served_for(3, "off"));
    // What the kernel holds is still to be read, so the end shows later than it comes.
    assert!(!is_served_for(15, "2GiB"));
}

#[test]
fn what_waits_for_a_reader_of_http2_has_its_limit() {
    // SETTINGS_INITIAL_WINDOW_SIZE: the peer has room for much, and reads nothing.
    let much = 64 * 1024 * 1024;
    let produced = |buffer| {
        let server = Endless::start(Config::new().with("h2_send_buffer", buffer));
        let mut connection = Connection::open(server.address, &[(4, much)]);
        let room = frame(WINDOW_UPDATE, 0, 0, &much.to_be_bytes());
        connection.send(&[room, request(1, Ask::Get, "/")].concat());
        sleep(Duration::from_millis(700));
        server.produced.load(Relaxed)
    };
    let (little, much) = (produced("16KiB"), produced("16MiB"));
    assert!(little > 0 && much > little + 8 * 1024 * 1024, "{little} and {much}");
}
