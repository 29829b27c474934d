//! [`Traced`]: the span of a request, from its start to the end of the response's body.

use http::{Method, StatusCode};
use hyperserve_core::{Body, BodyError, Response};
use tracing::{Level, Span};

use super::TARGET;
use super::body::TracedBody;

/// A request that has a span. When it is dropped before it is done, either the service panicked or the client left.
#[derive(Debug)]
pub(super) struct Traced {
    span: Span,
    otel: bool,
    is_head: bool,
    /// Set while the service runs; if it still is when this is dropped, the service panicked.
    inside: bool,
    done: bool,
}

impl Traced {
    pub(super) fn new(span: Span, method: &Method, otel: bool) -> Box<Self> {
        Box::new(Self { span, otel, is_head: method == Method::HEAD, inside: false, done: false })
    }

    /// Runs a part of the service in the span.
    pub(super) fn inside<T>(&mut self, run: impl FnOnce() -> T) -> T {
        self.inside = true;
        let value = self.span.in_scope(run);
        self.inside = false;
        value
    }

    /// Drops a part of the service in the span.
    pub(super) fn drop_inside(&self, part: impl FnOnce()) {
        self.span.in_scope(part);
    }

    /// Goes on in the response's body, if that is still to come.
    pub(super) fn answered(mut self: Box<Self>, mut response: Response<Body>) -> Response<Body> {
        self.tell_status(response.status());
        let has_content = self.has_content(response.status());
        match response.body().as_bytes().map(|bytes| bytes.len()) {
            Some(length) if has_content => self.finish(length as u64),
            None if has_content => {
                let body = std::mem::take(response.body_mut());
                *response.body_mut() = Body::of_file(TracedBody::new(body, response.headers(), self));
            }
            Some(_) | None => self.done = true,
        }
        response
    }

    fn tell_status(&self, status: StatusCode) {
        self.span.record("http.response.status_code", status.as_u16());
        if status.is_server_error() {
            self.record_error(status.as_str());
            let code = status.as_u16();
            tracing::event!(
                target: TARGET,
                parent: &self.span,
                Level::ERROR,
                http.response.status_code = code,
                "the response is a server error"
            );
        }
    }

    /// Whether the response has content at all (RFC 9110 §6.4.1).
    fn has_content(&self, status: StatusCode) -> bool {
        let without = [StatusCode::NO_CONTENT, StatusCode::RESET_CONTENT, StatusCode::NOT_MODIFIED];
        !self.is_head && !status.is_informational() && !without.contains(&status)
    }

    pub(super) fn finish(&mut self, bytes: u64) {
        if !self.done {
            self.done = true;
            self.span.record("http.response.body.size", bytes);
        }
    }

    /// The service has no response and never will.
    pub(super) fn fail(&mut self) {
        self.done = true;
        self.record_error("_OTHER");
        tracing::error!(target: TARGET, parent: &self.span, "the service failed without a response");
    }

    /// The body broke off by itself.
    pub(super) fn break_off(&mut self, error: &BodyError) {
        self.done = true;
        self.record_error("body");
        tracing::error!(target: TARGET, parent: &self.span, %error, "the response's body failed");
    }

    fn record_error(&self, kind: &str) {
        self.span.record("error.type", kind);
        if self.otel {
            self.span.record("otel.status_code", "ERROR");
        }
    }
}

impl Drop for Traced {
    fn drop(&mut self) {
        if self.inside {
            self.record_error("panic");
            tracing::error!(target: TARGET, parent: &self.span, "the service panicked");
        } else if !self.done {
            // No fault of the server's, so not an error to OpenTelemetry.
            self.span.record("error.type", "cancelled");
            tracing::info!(target: TARGET, parent: &self.span, "the client left before the response was complete");
        }
    }
}
