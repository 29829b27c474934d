//! Decompression over real sockets: what handlers read, and what becomes of bombs and broken data.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::future::Future;
use std::io::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use hyperserve_core::{IntoResponse as _, Request, RequestContext, Response};
use hyperserve_middleware::decompression::{DecompressionConfig, DecompressionLayer};
use hyperserve_server::{Limits, app_fn, serve};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tower_layer::Layer as _;

const MIB: usize = 1024 * 1024;
const CODINGS: [&str; 4] = ["gzip", "deflate", "br", "zstd"];

fn encoded(coding: &str, content: &[u8]) -> Vec<u8> {
    let mut encoded = Vec::new();
    let level = flate2::Compression::new(6);
    match coding {
        "gzip" => flate2::write::GzEncoder::new(&mut encoded, level).write_all(content).unwrap(),
        "deflate" => flate2::write::ZlibEncoder::new(&mut encoded, level).write_all(content).unwrap(),
        "br" => brotli::CompressorWriter::new(&mut encoded, 4096, 4, 22).write_all(content).unwrap(),
        _ => {
            encoded.reserve(zstd_safe::compress_bound(content.len()));
            zstd_safe::compress(&mut encoded, content, 3).unwrap();
        }
    }
    encoded
}

/// Says how long the content is and which fields it has; `/own-error` makes nothing of an error, `/unread` reads nothing.
async fn answer(request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let fields = ["content-encoding", "content-length"].map(|name| request.headers().contains_key(name));
    if path == "/unread" {
        return "unread".into_response();
    }
    let limit = RequestContext::of(request.extensions()).unwrap().body_limit();
    let most = if path == "/all" { usize::MAX } else { limit };
    match request.into_body().collect(most).await {
        Ok(content) => format!("{} {fields:?}", content.len()).into_response(),
        Err(_) if path == "/own-error" => http::StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Err(_) if path == "/anyway" => "anyway".into_response(),
        Err(error) => error.into_response(),
    }
}

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn problem(&self) -> Value {
        assert!(self.head.contains("application/problem+json"), "{}", self.head);
        serde_json::from_str(&self.body).unwrap()
    }
}

async fn post(address: SocketAddr, path: &str, fields: &str, body: &[u8]) -> Answer {
    let mut client = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: a.example\r\nconnection: close\r\ncontent-length: {length}\r\n{fields}\r\n"
    );
    client.write_all(head.as_bytes()).await.unwrap();
    // The server may answer and close before it has read all.
    drop(client.write_all(body).await);
    let mut all = Vec::new();
    drop(client.read_to_end(&mut all).await);
    let all = String::from_utf8(all).unwrap();
    let (head, body) = all.split_once("\r\n\r\n").unwrap();
    Answer { status: head[9..12].parse().unwrap(), head: head.to_owned(), body: body.to_owned() }
}

fn served<F: Future>(config: &DecompressionConfig, client: impl FnOnce(SocketAddr) -> F) {
    let app = DecompressionLayer::try_new(config).unwrap().layer(app_fn(answer));
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
        timeout(Duration::from_secs(30), async { tokio::join!(client, server) }).await.unwrap();
    });
}

fn usual<F: Future>(client: impl FnOnce(SocketAddr) -> F) {
    served(&DecompressionConfig::new(), client);
}

fn coded(codings: &str) -> String {
    format!("content-encoding: {codings}\r\n")
}

fn numbers(length: usize) -> Vec<u8> {
    (0_u32..).flat_map(|number| format!("{number}, ").into_bytes()).take(length).collect()
}

#[test]
fn handlers_read_the_content_and_not_the_coding() {
    usual(async |address| {
        for length in [1, 1000, 300_000] {
            let content = numbers(length);
            for coding in CODINGS {
                let answer = post(address, "/", &coded(coding), &encoded(coding, &content)).await;
                assert_eq!(answer.body, format!("{length} [false, false]"), "{coding}");
            }
            let twice = encoded("br", &encoded("zstd", &content));
            let answer = post(address, "/", &coded("zstd, br"), &twice).await;
            assert_eq!(answer.body, format!("{length} [false, false]"));
            let answer =
                post(address, "/", "content-encoding: zstd\r\ncontent-encoding: br\r\n", &twice).await;
            assert_eq!(answer.body, format!("{length} [false, false]"));
        }
    });
}

#[test]
fn what_is_not_coded_passes() {
    usual(async |address| {
        assert_eq!(post(address, "/", "", b"hello").await.body, "5 [false, true]");
        assert_eq!(post(address, "/", &coded("identity"), b"hello").await.body, "5 [false, true]");
        assert_eq!(post(address, "/", &coded("gzip"), b"").await.body, "0 [true, true]");
        assert_eq!(post(address, "/unread", &coded("gzip"), b"not gzip").await.body, "unread");
    });
}

#[test]
fn codings_that_are_not_taken_are_415() {
    usual(async |address| {
        for codings in ["compress", "gzip, rot13", "gzip, gzip, gzip", "gzip;q=1"] {
            let answer = post(address, "/", &coded(codings), b"hello").await;
            assert_eq!((answer.status, &answer.problem()["status"]), (415, &415.into()), "{codings}");
            assert!(answer.head.contains("\r\naccept-encoding: gzip, deflate, br, zstd"), "{}", answer.head);
        }
    });
}

#[test]
fn bombs_are_413() {
    let zeros = vec![0; 8 * MIB];
    usual(async |address| {
        for coding in CODINGS {
            let bomb = encoded(coding, &zeros);
            assert!(bomb.len() < 80_000, "{coding}: {}", bomb.len());
            for path in ["/", "/all", "/own-error"] {
                let answer = post(address, path, &coded(coding), &bomb).await;
                assert_eq!(answer.status, 413, "{coding} {path}");
                let problem = answer.problem();
                assert!(problem["ratio"] == 100 || problem["limit"] == 2 * MIB, "{problem}");
            }
            let twice = encoded(coding, &bomb);
            let answer = post(address, "/all", &coded(&format!("{coding}, {coding}")), &twice).await;
            assert_eq!(answer.status, 413, "{coding} twice");
        }
    });
}

#[test]
fn the_limit_holds_for_what_shrinks_in_good_faith() {
    let content = numbers(3 * MIB);
    usual(async |address| {
        for coding in CODINGS {
            let answer = post(address, "/all", &coded(coding), &encoded(coding, &content)).await;
            assert_eq!((answer.status, &answer.problem()["limit"]), (413, &(2 * MIB).into()), "{coding}");
        }
    });
    served(&DecompressionConfig::new().with_limit(3 * MIB as u64), async |address| {
        for coding in CODINGS {
            let answer = post(address, "/all", &coded(coding), &encoded(coding, &content)).await;
            assert_eq!(answer.body, format!("{} [false, false]", 3 * MIB), "{coding}");
        }
    });
}

#[test]
fn broken_data_is_400_and_says_how() {
    usual(async |address| {
        for coding in CODINGS {
            let data = encoded(coding, &numbers(1000));
            let garbage = [&data[..], b"PK\x03\x04"].concat();
            for (data, word) in [
                (&data[..data.len() / 2], "too early"),
                (&data[..data.len() - 1], "too early"),
                (&garbage[..], "followed by"),
                (b"hello, this is plain text", "valid"),
            ] {
                for path in ["/", "/own-error"] {
                    let answer = post(address, path, &coded(coding), data).await;
                    assert_eq!(answer.status, 400, "{coding} {word} {path}");
                    let detail = answer.problem()["detail"].as_str().unwrap().to_owned();
                    assert!(detail.contains(word) || word == "valid", "{coding} {word}: {detail}");
                }
            }
        }
        // A handler that can do without is believed.
        assert_eq!(post(address, "/anyway", &coded("gzip"), b"not gzip at all").await.body, "anyway");
    });
}

#[test]
fn the_server_goes_on_after_all_that() {
    let bomb = encoded("zstd", &vec![0; 8 * MIB]);
    usual(async |address| {
        for _ in 0..20 {
            assert_eq!(post(address, "/", &coded("zstd"), &bomb).await.status, 413);
            let answer = post(address, "/", &coded("gzip"), &encoded("gzip", b"hello")).await;
            assert_eq!(answer.body, "5 [false, false]");
        }
    });
}
