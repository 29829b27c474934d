//! The checks of a handshake's request (RFC 6455 §4.2.1, RFC 8441 §5).

use crate::handshake::{has_token, is_key};
use http::header::{ALLOW, CONNECTION, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode, Version};
use hyperserve_core::{Problem, RequestContext};

/// How the request asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// HTTP/1.1, with this key.
    Upgrade(HeaderValue),
    /// HTTP/2 and later: extended CONNECT.
    Connect,
}

pub(super) fn check(parts: &Parts) -> Result<Asked, Problem> {
    if parts.version >= Version::HTTP_2 {
        check_connect(parts)?;
        check_version(parts, StatusCode::BAD_REQUEST)?;
        return Ok(Asked::Connect);
    }
    check_upgrade(parts)?;
    check_version(parts, StatusCode::UPGRADE_REQUIRED)?;
    key(parts).map(|key| Asked::Upgrade(key.clone()))
}

fn check_upgrade(parts: &Parts) -> Result<(), Problem> {
    if !has_token(&parts.headers, UPGRADE, "websocket") || !has_token(&parts.headers, CONNECTION, "upgrade") {
        return Err(wanted(StatusCode::UPGRADE_REQUIRED, "Only WebSocket is spoken here."));
    }
    if parts.method != Method::GET {
        let detail = "A WebSocket is asked for with GET.";
        return Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED)
            .with_detail(detail)
            .with_header(ALLOW, "GET"));
    }
    Ok(())
}

/// RFC 6455 §4.4: before the key, which another version may have otherwise.
fn check_version(parts: &Parts, status: StatusCode) -> Result<(), Problem> {
    let mut versions = parts.headers.get_all(SEC_WEBSOCKET_VERSION).iter();
    if versions.next().is_some_and(|version| version == "13") && versions.next().is_none() {
        return Ok(());
    }
    let detail = "The version of the WebSocket protocol has to be 13.";
    Err(wanted(status, detail).with_header(SEC_WEBSOCKET_VERSION, "13"))
}

fn key(parts: &Parts) -> Result<&HeaderValue, Problem> {
    let mut keys = parts.headers.get_all(SEC_WEBSOCKET_KEY).iter();
    match (keys.next(), keys.next()) {
        (Some(key), None) if is_key(key.as_bytes()) => Ok(key),
        _ => Err(Problem::new(StatusCode::BAD_REQUEST)
            .with_detail("One `Sec-WebSocket-Key` is needed: sixteen bytes in base64.")),
    }
}

fn check_connect(parts: &Parts) -> Result<(), Problem> {
    if parts.method == Method::CONNECT && connects(parts) {
        return Ok(());
    }
    let detail = "Only WebSocket is spoken here: CONNECT with `:protocol` set to `websocket`.";
    Err(wanted(StatusCode::UPGRADE_REQUIRED, detail))
}

/// Whether it is an extended CONNECT to a WebSocket.
pub(super) fn connects(parts: &Parts) -> bool {
    RequestContext::of(&parts.extensions).is_some_and(RequestContext::connects_to_websocket)
}

/// RFC 9110 §15.5.22: 426 names what is wanted.
fn wanted(status: StatusCode, detail: &'static str) -> Problem {
    let problem = Problem::new(status).with_detail(detail);
    if status == StatusCode::UPGRADE_REQUIRED {
        problem.with_header(UPGRADE, "websocket").with_header(CONNECTION, "upgrade")
    } else {
        problem
    }
}
