//! Allocations of a request, counted end to end and after warm-up: plain hyper against the server, with more and more of
//! the router in it. Both ends of the connection run on the thread that counts, and the client allocates nothing.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::convert::Infallible;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyperserve_core::ConnInfo;
use hyperserve_router::{Json, Path, Router, RouterService, get};
use hyperserve_server::{App, Limits, app_fn, serve_connection};
use serde::Serialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::runtime;

const WARM_UP: usize = 50;
const COUNTED: usize = 200;

/// A request, the content of its answer, and what it may cost beyond plain hyper that answers the same.
#[derive(Clone, Copy)]
struct Case {
    name: &'static str,
    request: &'static [u8],
    content: &'static str,
    most_more: f64,
}

const TEXT: Case = Case {
    name: "a static route",
    request: b"GET /plaintext HTTP/1.1\r\nHost: localhost\r\n\r\n",
    content: "Hello, World!",
    most_more: 4.0,
};
const CAPTURE: Case = Case {
    name: "one capture",
    request: b"GET /users/12345 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    content: "12345",
    most_more: 4.0,
};
const JSON: Case = Case {
    name: "Json",
    request: b"GET /json HTTP/1.1\r\nHost: localhost\r\n\r\n",
    content: r#"{"message":"Hello, World!"}"#,
    most_more: 4.0,
};

#[derive(Serialize)]
struct Message {
    message: &'static str,
}

const MESSAGE: Message = Message { message: TEXT.content };

#[test]
fn a_route_allocates_little_more_than_hyper_does() {
    let function = app_fn(async |_| TEXT.content);
    let server = per_request(TEXT, |stream| served(stream, function));
    println!("allocations of a request: {}, the server with a function: {server}", TEXT.name);
    for case in [TEXT, CAPTURE, JSON] {
        let hyper = per_request(case, plain);
        let router = per_request(case, |stream| served(stream, routes()));
        println!(
            "allocations of a request: {}, hyper: {hyper}, the server with the router: {router}",
            case.name
        );
        let more = router - hyper;
        assert!(more <= case.most_more, "{}: {more} more than hyper's {hyper}", case.name);
    }
}

/// What a connection allocates for each of many requests, in the middle of its life.
fn per_request<F>(case: Case, serve: impl FnOnce(DuplexStream) -> F) -> f64
where
    F: Future<Output = ()> + Send + 'static,
{
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (mut client, server) = tokio::io::duplex(4096);
    let connection = runtime.spawn(serve(server));
    let length = runtime.block_on(first_answer(&mut client, case));
    runtime.block_on(ask(&mut client, case, length, WARM_UP));
    let counted = allocation_counter::measure(|| runtime.block_on(ask(&mut client, case, length, COUNTED)));
    assert!(!connection.is_finished());
    counted.count_total as f64 / COUNTED as f64
}

/// The length of an answer, which is the same for all, `Date` included (RFC 9110 §5.6.7).
async fn first_answer(client: &mut DuplexStream, case: Case) -> usize {
    client.write_all(case.request).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(case.content.as_bytes()) {
        assert_ne!(client.read_buf(&mut answer).await.unwrap(), 0, "{}", answer.escape_ascii());
    }
    let head = std::str::from_utf8(&answer).unwrap().to_ascii_lowercase();
    assert!(head.starts_with("http/1.1 200 ok\r\n"), "{head}");
    let mut fields: Vec<_> =
        head.lines().filter_map(|line| line.split_once(": ")).map(|(name, _)| name).collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        ["content-length", "content-type", "date"],
        "a server that says more cannot be compared"
    );
    answer.len()
}

async fn ask(client: &mut DuplexStream, case: Case, length: usize, times: usize) {
    let mut answer = [0; 512];
    for _ in 0..times {
        client.write_all(case.request).await.unwrap();
        client.read_exact(&mut answer[..length]).await.unwrap();
        assert!(answer[..length].ends_with(case.content.as_bytes()));
    }
}

/// The server as it comes, every limit on.
async fn served(stream: DuplexStream, app: impl App) {
    serve_connection(stream, ConnInfo::default(), app, Limits::default()).await;
}

fn routes() -> RouterService {
    Router::new()
        .route("/plaintext", get(async || TEXT.content))
        .route("/users/{id}", get(async |Path(id): Path<u64>| id.to_string()))
        .route("/json", get(async || Json(MESSAGE)))
        .build()
}

/// hyper's own connection with a function that does the same work.
async fn plain(stream: DuplexStream) {
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(by_match));
    connection.await.unwrap();
}

async fn by_match(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(match request.uri().path() {
        "/plaintext" => answer("text/plain; charset=utf-8", Bytes::from_static(TEXT.content.as_bytes())),
        "/json" => answer("application/json", serde_json::to_vec(&MESSAGE).unwrap().into()),
        path => match path.strip_prefix("/users/").and_then(|id| id.parse::<u64>().ok()) {
            Some(id) => answer("text/plain; charset=utf-8", id.to_string().into()),
            None => not_found(),
        },
    })
}

fn answer(content_type: &'static str, content: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(content));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

fn not_found() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}
