//! The server that the Python suites of `tests/e2e` run against: the conformance app's endpoints, and some more that show
//! the connection, the counters and the course of a drain.
//!
//! `e2e-app --listen 127.0.0.1:0 --tls cert.pem key.pem --listen 127.0.0.1:0 --redirect 8443 --set head_timeout=1s` prints
//! `listening on URL` for each address once it is ready, serves until it is told to stop, and says on standard error what
//! it had to cut.

mod arguments;
mod sockets;
mod spool;

use std::{
    error::Error,
    io,
    process::ExitCode,
    sync::{Arc, LazyLock},
    thread,
    time::Duration,
};

use bytes::Bytes;
use http::StatusCode;
use http_body_util::BodyExt as _;
use hyperserve_core::{
    Body, BodyError, ConnInfo, IntoResponse as _, PeerAddr, Problem, Request, RequestContext, Response,
    TlsInfo,
};
use hyperserve_server::{Handle, MetricsSnapshot, Server, app_fn};
use hyperserve_tests::app::{self, Piece, Pieces, number};
use serde_json::{Value, json};

use self::{arguments::Arguments, sockets::Sockets, spool::Uploads};

fn main() -> ExitCode {
    let outcome = Arguments::parse(std::env::args().skip(1)).and_then(serve);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&mut io::stderr(), &format!("error: {error}"));
            ExitCode::from(2)
        }
    }
}

/// One line. A reader who has gone away is no reason to stop serving.
fn say(to: &mut impl io::Write, line: &str) {
    let _gone = writeln!(to, "{line}").and_then(|()| to.flush());
}

type Outcome<T> = Result<T, Box<dyn Error>>;

fn serve(arguments: Arguments) -> Outcome<()> {
    let mut server = Server::new()
        .with_limits(arguments.limits)
        .with_workers(arguments.workers)
        .with_trusted_proxies(arguments.trusted)
        .with_unix_options(arguments.unix);
    for address in arguments.addresses {
        server = server.listen(address.listener());
    }
    let server = server.bind()?;
    let urls: Vec<_> = server.addresses().iter().map(hyperserve_server::Address::url).collect();
    let handle = server.handle();
    let ready = handle.clone();
    thread::spawn(move || announce(&urls, &ready));
    let (sockets, uploads) = (Arc::new(Sockets::default()), Arc::new(Uploads::default()));
    let app = app_fn(move |request: Request| {
        answer(request, handle.clone(), Arc::clone(&sockets), Arc::clone(&uploads))
    });
    let report = server.run(app)?;
    let (cut, stuck, unfinished) = (report.cut, report.stuck, report.unfinished);
    say(&mut io::stderr(), &format!("stopped: {cut} cut, {stuck} stuck, {unfinished} unfinished"));
    Ok(())
}

fn announce(urls: &[String], handle: &Handle) {
    while !handle.is_ready() {
        thread::sleep(Duration::from_millis(1));
    }
    urls.iter().for_each(|url| say(&mut io::stdout(), &format!("listening on {url}")));
}

async fn answer(request: Request, handle: Handle, sockets: Arc<Sockets>, uploads: Arc<Uploads>) -> Response {
    if request.uri().path().starts_with("/ws/") {
        return sockets.answer(request).await;
    }
    if request.uri().path().starts_with("/spool") {
        return uploads.answer(request).await;
    }
    let time = Duration::from_millis(number(&request, "ms", 100));
    match request.uri().path() {
        "/conn" => app::json(&connection(&request)),
        "/metrics.json" => app::json(&counters(&handle.metrics().snapshot())),
        "/ready" => ready(&handle),
        "/count" => count(request).await,
        "/shared" => shared(number(&request, "n", 0)),
        "/drip" => drip(number(&request, "n", 10), time),
        "/until-shutdown" => until_shutdown(request).await,
        "/block" => {
            thread::sleep(time);
            app::text("blocked")
        }
        _ => app::answer(request).await,
    }
}

/// 200 while the server serves, 503 from the moment that it is told to stop.
fn ready(handle: &Handle) -> Response {
    if handle.is_ready() {
        return app::text("ready");
    }
    Problem::new(StatusCode::SERVICE_UNAVAILABLE).into_response()
}

/// How many bytes the request's body has, whatever their number: none is kept.
async fn count(request: Request) -> Response {
    match length(request.into_body()).await {
        Ok(length) => app::text(length.to_string()),
        Err(error) => error.into_response(),
    }
}

async fn length(mut body: Body) -> Result<usize, BodyError> {
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        length += frame?.data_ref().map_or(0, Bytes::len);
    }
    Ok(length)
}

/// `n` bytes, at most 32 MiB, of one buffer that all such answers share: the memory that grows is not the app's.
fn shared(n: usize) -> Response {
    static BUFFER: LazyLock<Bytes> = LazyLock::new(|| Bytes::from(vec![b's'; 32 << 20]));
    Response::new(Body::from(BUFFER.slice(..n.min(BUFFER.len()))))
}

/// `n` lines, each after `gap`.
fn drip(n: usize, gap: Duration) -> Response {
    let line = || Piece::Data(Bytes::from_static(b"drop\n"));
    Response::new(Body::new(Pieces::new((0..n).map(|_| line()).collect(), gap)))
}

/// Answers once the server is told to stop.
async fn until_shutdown(request: Request) -> Response {
    if let Some(context) = RequestContext::of(request.extensions()) {
        context.shutdown().triggered().await;
    }
    app::text("shutdown")
}

/// What the app is told of the connection, and the worker that serves it.
fn connection(request: &Request) -> Value {
    let Some(context) = RequestContext::of(request.extensions()) else { return Value::Null };
    let conn: &ConnInfo = context.conn();
    json!({
        "id": conn.id(),
        "peer": end(conn.peer()),
        "local": end(conn.local()),
        "remote_ip": conn.remote_ip().map(|ip| ip.to_string()),
        "proxied": conn.proxied().is_some(),
        "secure": conn.is_secure(),
        "version": format!("{:?}", request.version()),
        "worker": thread::current().name(),
        "tls": conn.tls().map(session),
    })
}

fn end(address: &PeerAddr) -> String {
    match address {
        PeerAddr::Tcp(address) => address.to_string(),
        PeerAddr::Unix(path) => format!("unix:{}", path.as_deref().unwrap_or("".as_ref()).display()),
        _ => "unknown".to_owned(),
    }
}

fn session(tls: &TlsInfo) -> Value {
    let hex = |der: &Bytes| der.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    json!({
        "sni": tls.sni(),
        "alpn": tls.alpn().map(String::from_utf8_lossy),
        "version": tls.version(),
        "cipher": tls.cipher(),
        "key_exchange": tls.key_exchange(),
        "peer_certificates": tls.peer_certificates().iter().map(hex).collect::<Vec<_>>(),
    })
}

fn counters(metrics: &MetricsSnapshot) -> Value {
    let refused: serde_json::Map<_, _> =
        metrics.requests_refused.iter().map(|(reason, n)| ((*reason).to_owned(), json!(n))).collect();
    json!({
        "connections_accepted": metrics.connections_accepted,
        "connections_open": metrics.connections_open,
        "connections_refused_per_ip": metrics.connections_refused_per_ip,
        "connections_at_cap": metrics.connections_at_cap,
        "connections_idle_closed": metrics.connections_idle_closed,
        "connections_cut": metrics.connections_cut,
        "accept_errors": metrics.accept_errors,
        "handshakes_failed": metrics.handshakes_failed,
        "bodies_timed_out": metrics.bodies_timed_out,
        "bodies_refused": metrics.bodies_refused,
        "writes_stalled": metrics.writes_stalled,
        "http2_floods": metrics.http2_floods,
        "bytes_received": metrics.bytes_received,
        "bytes_sent": metrics.bytes_sent,
        "responses": metrics.responses,
        "requests_refused": refused,
    })
}
