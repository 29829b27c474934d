//! Connections that stop being HTTP: an upgrade to `echo`, and CONNECT. Both give every byte back.

use http::{HeaderValue, Method, StatusCode, header};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use hyperserve_core::{Body, IntoResponse, Problem, Request, RequestContext, Response};
use tokio::io::AsyncWriteExt as _;

/// 101 when the request asks for `echo`, else 426.
pub(crate) fn upgrade(request: Request) -> Response {
    let asked = request
        .headers()
        .get(header::UPGRADE)
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"echo"));
    if !asked {
        return Problem::new(StatusCode::UPGRADE_REQUIRED)
            .with_header(header::UPGRADE, "echo")
            .with_header(header::CONNECTION, "upgrade")
            .into_response();
    }
    tokio::spawn(echo(hyper::upgrade::on(request)));
    let mut answer = StatusCode::SWITCHING_PROTOCOLS.into_response();
    answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    answer.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("echo"));
    answer
}

/// Whether a request asks for a tunnel. CONNECT with `:protocol` (RFC 8441) asks for something else, and has a route.
pub(crate) fn is_asked_for(request: &Request) -> bool {
    let context = RequestContext::of(request.extensions());
    request.method() == Method::CONNECT && context.and_then(RequestContext::connect_protocol).is_none()
}

/// 200 to every CONNECT that the server lets through.
pub(crate) fn connect(request: Request) -> Response {
    tokio::spawn(echo(hyper::upgrade::on(request)));
    Response::new(Body::empty())
}

async fn echo(upgrade: OnUpgrade) {
    // A client that goes away ends its own tunnel and nothing else.
    if let Ok(tunnel) = upgrade.await {
        let _bytes = give_back(tunnel).await;
    }
}

async fn give_back(tunnel: Upgraded) -> std::io::Result<u64> {
    let (mut from, mut to) = tokio::io::split(TokioIo::new(tunnel));
    let count = tokio::io::copy(&mut from, &mut to).await?;
    to.shutdown().await?;
    Ok(count)
}
