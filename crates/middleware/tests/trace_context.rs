//! W3C Trace Context over a real socket: what a handler would send on.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use hyperserve_core::{Request, RequestExt as _};
use hyperserve_middleware::trace_context::{TraceContext, TraceContextLayer};
use hyperserve_server::{Limits, app_fn, serve};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tower_layer::Layer as _;

/// Sends on what a call to another service would carry.
async fn send_on(request: Request) -> String {
    let header = request.headers()["traceparent"].to_str().unwrap().to_owned();
    let context: TraceContext = request.extract().await.unwrap();
    assert_eq!(header, context.traceparent());
    format!("{header};{}", context.tracestate().unwrap_or_default())
}

/// The `traceparent` and `tracestate` that are sent on for a request with these field lines.
fn sent_on(fields: &str) -> (String, String) {
    let app = TraceContextLayer::new().layer(app_fn(send_on));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let exchange = async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let server = serve(listener, app, Limits::default(), async { drop(stopped.await) });
        let client = async {
            let mut client = TcpStream::connect(address).await.unwrap();
            let head = format!("GET / HTTP/1.1\r\nhost: a.example\r\nconnection: close\r\n{fields}\r\n");
            client.write_all(head.as_bytes()).await.unwrap();
            let mut answer = String::new();
            client.read_to_string(&mut answer).await.unwrap();
            drop(stop);
            answer
        };
        tokio::join!(client, server).0
    };
    let answer = runtime.block_on(async { timeout(Duration::from_secs(10), exchange).await.unwrap() });
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let (parent, state) = body.split_once(';').unwrap();
    (parent.into(), state.into())
}

const TRACE: &str = "12345678901234567890123456789012";

#[test]
fn a_trace_is_carried_on() {
    let fields = format!(
        "TraceParent: \t00-{TRACE}-1234567890123456-01 \r\nTraceState: a=1 , b=2\r\ntracestate: c=3\r\n"
    );
    let (parent, state) = sent_on(&fields);
    assert!(parent.starts_with(&format!("00-{TRACE}-")) && parent.ends_with("-01"), "{parent}");
    assert!(!parent.contains("1234567890123456-01"), "{parent}");
    assert_eq!(state, "a=1,b=2,c=3");
}

#[test]
fn a_later_version_is_answered_with_ours() {
    let (parent, _) = sent_on(&format!("traceparent: cc-{TRACE}-1234567890123456-ff-more\r\n"));
    assert!(parent.starts_with(&format!("00-{TRACE}-")) && parent.ends_with("-03"), "{parent}");
}

#[test]
fn a_trace_starts_where_none_can_be_carried_on() {
    let good = format!("traceparent: 00-{TRACE}-1234567890123456-01\r\n");
    let upper = "traceparent: 00-ABCDEF78901234567890123456789012-1234567890123456-01\r\ntracestate: a=1\r\n";
    let cases = ["", "traceparent: \r\n", "tracestate: a=1\r\n", upper, &format!("{good}{good}")];
    for fields in cases {
        let (parent, state) = sent_on(fields);
        assert!(parent.len() == 55 && parent.starts_with("00-") && parent.ends_with("-03"), "{parent}");
        assert!(!parent.contains(TRACE) && state.is_empty(), "{fields}: {parent} {state}");
    }
}
