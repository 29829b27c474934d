//! Request ids over real sockets.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use hyperserve_core::{Request, RequestContext, RequestExt as _, TrustedProxies};
use hyperserve_middleware::AcceptIncoming;
use hyperserve_middleware::request_id::{RequestId, RequestIdLayer};
use hyperserve_server::{Limits, app_fn, serve};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tower_layer::Layer as _;

/// Tells the id as the header and the extractor have it.
async fn tell(request: Request) -> String {
    let header = request.headers()["x-request-id"].to_str().unwrap().to_owned();
    let id: RequestId = request.extract().await.unwrap();
    format!("{header} {id}")
}

/// What is answered to each of these field lines, on one connection: the id in the header, and the body.
fn answers(layer: &RequestIdLayer, trusted: &str, fields: &[&str]) -> Vec<(String, String)> {
    let trusted: TrustedProxies = trusted.parse().unwrap();
    let app = Trusting { inner: layer.layer(app_fn(tell)), trusted: Arc::new(trusted) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let exchange = async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let server = serve(listener, app, Limits::default(), async { drop(stopped.await) });
        let client = async {
            let mut client = TcpStream::connect(address).await.unwrap();
            let mut answers = Vec::new();
            for fields in fields {
                let head = format!("GET / HTTP/1.1\r\nhost: a.example\r\n{fields}\r\n");
                client.write_all(head.as_bytes()).await.unwrap();
                answers.push(answer(&mut client).await);
            }
            drop(stop);
            answers
        };
        tokio::join!(client, server).0
    };
    runtime.block_on(async { timeout(Duration::from_secs(10), exchange).await.unwrap() })
}

/// Reads one answer: the value of its `x-request-id`, and its body.
async fn answer(client: &mut TcpStream) -> (String, String) {
    let mut read = Vec::new();
    loop {
        let mut more = [0; 1024];
        let count = client.read(&mut more).await.unwrap();
        assert!(count > 0, "the connection closed");
        read.extend_from_slice(&more[..count]);
        let text = std::str::from_utf8(&read).unwrap().to_ascii_lowercase();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let field =
            |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
        if body.len() == field("content-length:").parse::<usize>().unwrap() {
            return (field("x-request-id:"), body.to_owned());
        }
    }
}

/// Trusts these networks, as a server does that is told to.
#[derive(Clone)]
struct Trusting<S> {
    inner: S,
    trusted: Arc<TrustedProxies>,
}

impl<S: tower_service::Service<Request>> tower_service::Service<Request> for Trusting<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request) -> S::Future {
        let context = RequestContext::of(request.extensions()).unwrap().clone();
        request.extensions_mut().insert(context.with_trusted(Arc::clone(&self.trusted)));
        self.inner.call(request)
    }
}

#[test]
fn every_request_has_an_id_of_its_own() {
    let answers = answers(&RequestIdLayer::new(), "", &["", "", "x-request-id: mine\r\n"]);
    for (header, body) in &answers {
        assert_eq!(body, &format!("{header} {header}"));
        assert_eq!((header.len(), &header[14..15]), (36, "7"));
    }
    let ids: HashSet<_> = answers.iter().map(|(header, _)| header).collect();
    assert_eq!(ids.len(), 3);
}

#[test]
fn a_trusted_proxy_gives_ids() {
    let fields =
        ["X-Request-Id: proxy-1\r\n", "x-request-id: a\r\nx-request-id: b\r\n", "x-request-id: a b\r\n"];
    let answers = answers(&RequestIdLayer::new(), "loopback", &fields);
    assert_eq!(answers[0], ("proxy-1".into(), "proxy-1 proxy-1".into()));
    assert!(answers[1..].iter().all(|(header, _)| header.len() == 36), "{answers:?}");
}

#[test]
fn whose_ids_count_can_be_told() {
    let mine = ["x-request-id: mine\r\n"];
    let never = RequestIdLayer::new().with_incoming(AcceptIncoming::Never);
    assert_ne!(answers(&never, "loopback", &mine)[0].0, "mine");
    let always = RequestIdLayer::new().with_incoming(AcceptIncoming::Always);
    assert_eq!(answers(&always, "", &mine)[0].0, "mine");
}
