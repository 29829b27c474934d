//! Opening the span of a request.

use http::Extensions;
use hyperserve_core::Request;
use tracing::field::Empty;
use tracing::{Level, Span};

use super::TARGET;
use super::asked::{Asked, trace_of};
use super::layer::Config;

/// The level is part of what is static about a span, so there is one place in the code for each. What a field is made of is
/// looked at only if a subscriber wants the span.
macro_rules! request_span {
    ($level:expr, $asked:ident) => {
        tracing::span!(
            target: TARGET,
            $level,
            "request",
            otel.name = $asked.otel_name(),
            otel.kind = $asked.otel_kind(),
            http.request.method = $asked.method(),
            http.request.method_original = $asked.original_method(),
            http.route = $asked.route(),
            url.scheme = $asked.scheme(),
            url.path = $asked.path(),
            url.query = $asked.query(),
            network.protocol.version = $asked.protocol_version(),
            client.address = $asked.client_address(),
            user_agent.original = $asked.user_agent(),
            request_id = $asked.request_id(),
            trace_id = $asked.trace_id(),
            span_id = $asked.span_id(),
            http.response.status_code = Empty,
            http.response.body.size = Empty,
            error.type = Empty,
            otel.status_code = Empty,
        )
    };
}

pub(super) fn open<B>(request: &Request<B>, config: &Config) -> Span {
    let asked = Asked::new(request, config);
    match config.level {
        Level::ERROR => request_span!(Level::ERROR, asked),
        Level::WARN => request_span!(Level::WARN, asked),
        Level::INFO => request_span!(Level::INFO, asked),
        Level::DEBUG => request_span!(Level::DEBUG, asked),
        Level::TRACE => request_span!(Level::TRACE, asked),
    }
}

/// Records the trace once whoever may change it has done so.
pub(super) fn record_trace(span: &Span, extensions: &Extensions) {
    let (trace, own) = trace_of(extensions);
    span.record("trace_id", trace).record("span_id", own);
}
