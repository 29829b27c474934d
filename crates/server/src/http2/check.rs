//! The rules for HTTP/2 requests that h2 leaves to its users.

use crate::http1::{Fault, Rules};
use http::header::{EXPECT, HOST};
use http::{HeaderMap, Method, request::Parts};
use hyperserve_core::authority;

/// A request that is not answered as asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Malformed: the stream is reset (RFC 9113 §8.1.1).
    Reset,
    /// Understood and refused with a problem.
    Refuse(Fault),
}

impl From<Fault> for Verdict {
    fn from(fault: Fault) -> Self {
        Self::Refuse(fault)
    }
}

pub(super) fn check(parts: &Parts, rules: &Rules) -> Result<(), Verdict> {
    check_method(parts, rules)?;
    check_host(parts)?;
    if has_edge_space(&parts.headers) {
        return Err(Verdict::Reset);
    }
    let target = parts.uri.path_and_query().map_or(0, |target| target.as_str().len());
    if target > rules.max_target {
        return Err(Fault::TargetTooLong.into());
    }
    match parts.headers.get(EXPECT) {
        Some(value) if !value.as_bytes().eq_ignore_ascii_case(b"100-continue") => {
            Err(Fault::Expectation.into())
        }
        _ => Ok(()),
    }
}

fn check_method(parts: &Parts, rules: &Rules) -> Result<(), Verdict> {
    if parts.method == Method::CONNECT {
        let extended = parts.extensions.get::<hyper::ext::Protocol>().is_some();
        if parts.uri.authority().is_none() {
            return Err(Verdict::Reset);
        }
        return if rules.allow_connect || extended { Ok(()) } else { Err(Fault::Connect.into()) };
    }
    if rules.knows(parts.method.as_str().as_bytes()) {
        return Ok(());
    }
    Err(Fault::Method.into())
}

/// `:authority` and `Host` must be valid, and agree where both are there (RFC 9113 §8.3.1).
fn check_host(parts: &Parts) -> Result<(), Verdict> {
    let mut hosts = parts.headers.get_all(HOST).iter().map(http::HeaderValue::as_bytes);
    let host = hosts.next();
    if hosts.next().is_some() {
        return Err(Verdict::Reset);
    }
    let authority_field = parts.uri.authority().map(|authority| authority.as_str().as_bytes());
    let Some(named) = authority_field.or(host) else { return Err(Fault::MissingHost.into()) };
    if !authority::is_valid(named) {
        return Err(Fault::Host.into());
    }
    match (authority_field, host) {
        (Some(named), Some(host)) if !authority::is_same(named, host, b"") => Err(Verdict::Reset),
        _ => Ok(()),
    }
}

/// RFC 9113 §8.2.1: a field value must not start or end with white space.
pub(super) fn has_edge_space(headers: &HeaderMap) -> bool {
    let is_space = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
    headers.values().any(|value| is_space(value.as_bytes().first()) || is_space(value.as_bytes().last()))
}
