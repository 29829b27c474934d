//! [`Record`]: what a line tells of, one request and what became of it.

use std::time::Instant;

use http::header::UPGRADE;
use http::{Method, StatusCode, Uri, Version};
use hyperserve_core::{Request, RequestContext, Response};

use super::client::Client;
use super::log::Log;
use super::wanted::Picked;

/// nginx's number for a client that left before there was a response.
pub(super) const CLIENT_CLOSED_REQUEST: u16 = 499;

#[derive(Debug)]
pub(super) struct Record {
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) version: Version,
    pub(super) client: Client,
    /// Asks for a WebSocket (RFC 6455 §4.1, RFC 8441 §4); only some formats want to know.
    pub(super) websocket: bool,
    pub(super) started: Instant,
    pub(super) asked: Picked,
    pub(super) answered: Picked,
    pub(super) status: u16,
    pub(super) bytes: u64,
    /// The body did not come to its end.
    pub(super) cut: bool,
}

impl Record {
    pub(super) fn of<B>(request: &Request<B>, log: &Log) -> Self {
        let context = RequestContext::of(request.extensions());
        Self {
            method: request.method().clone(),
            uri: request.uri().clone(),
            version: request.version(),
            client: Client::of(request),
            websocket: log.format.tells_websockets() && asks_for_websocket(request, context),
            started: context.and_then(RequestContext::started).unwrap_or_else(Instant::now),
            asked: log.format.asked().pick(request.headers()),
            answered: None,
            status: CLIENT_CLOSED_REQUEST,
            bytes: 0,
            cut: false,
        }
    }

    pub(super) fn answer<B>(&mut self, response: &Response<B>, log: &Log) {
        self.status = response.status().as_u16();
        self.answered = log.format.answered().pick(response.headers());
    }

    /// Whether the response has content at all (RFC 9110 §6.4.1).
    pub(super) fn has_content(&self) -> bool {
        let without = [StatusCode::NO_CONTENT, StatusCode::RESET_CONTENT, StatusCode::NOT_MODIFIED];
        self.method != Method::HEAD && self.status >= 200 && !without.iter().any(|code| *code == self.status)
    }

    pub(super) const fn is_success(&self) -> bool {
        self.status / 100 == 2
    }

    /// Whether it is one of the many that a sample of stands for.
    pub(super) const fn is_ordinary(&self) -> bool {
        self.is_success() && !self.cut
    }

    /// The request's target as it stands in a request line.
    pub(super) fn target(&self) -> &str {
        match (self.uri.path_and_query(), self.uri.authority()) {
            (Some(path), _) => path.as_str(),
            (None, Some(authority)) => authority.as_str(),
            (None, None) => "",
        }
    }

    /// The protocol as it stands in a request line.
    pub(super) const fn protocol(&self) -> &'static str {
        match self.version {
            Version::HTTP_10 => "HTTP/1.0",
            Version::HTTP_2 => "HTTP/2.0",
            Version::HTTP_3 => "HTTP/3.0",
            Version::HTTP_09 => "HTTP/0.9",
            _ => "HTTP/1.1",
        }
    }

    /// The reason phrase of the status; empty if it has none.
    pub(super) fn phrase(&self) -> &'static str {
        if self.status == CLIENT_CLOSED_REQUEST {
            return "Client Closed Request";
        }
        let status = StatusCode::from_u16(self.status).ok();
        status.and_then(|status| status.canonical_reason()).unwrap_or_default()
    }
}

fn asks_for_websocket<B>(request: &Request<B>, context: Option<&RequestContext>) -> bool {
    let upgrade = request.headers().get(UPGRADE);
    upgrade.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
        || context.is_some_and(RequestContext::connects_to_websocket)
}
