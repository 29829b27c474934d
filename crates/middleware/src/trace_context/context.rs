//! [`TraceContext`]: where a request stands in a trace, and how a handler takes it.

use std::convert::Infallible;
use std::error::Error;
use std::fmt;

use http::request::Parts;
use http::{Extensions, HeaderMap, HeaderValue, StatusCode};
use hyperserve_core::{FromRequestParts, IntoResponse, OptionalFromRequestParts, Problem, Response};

use super::ids::{SpanId, TraceFlags, TraceId, write_hex};
use super::parent::{Parent, TRACEPARENT};
use super::state::{TRACESTATE, state_of};

/// Where a request stands in a trace: the trace, the request's own span in it, and the span that it came from.
///
/// A handler takes it as an argument, or as `Option<TraceContext>` where there may be none.
///
/// ```
/// use http::HeaderMap;
/// use hyperserve_middleware::trace_context::TraceContext;
///
/// let mut headers = HeaderMap::new();
/// headers.insert("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse()?);
/// let context = TraceContext::from_headers(&headers).unwrap();
/// assert_eq!(context.trace_id().to_string(), "0af7651916cd43dd8448eb211c80319c");
/// assert_eq!(context.parent_id().unwrap().to_string(), "b7ad6b7169203331");
///
/// let mut outgoing = HeaderMap::new();
/// context.inject(&mut outgoing);
/// let expected = format!("00-0af7651916cd43dd8448eb211c80319c-{}-01", context.span_id());
/// assert_eq!(outgoing["traceparent"], expected);
/// # Ok::<(), http::header::InvalidHeaderValue>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct TraceContext {
    trace: TraceId,
    span: SpanId,
    parent: Option<SpanId>,
    flags: TraceFlags,
    state: Option<HeaderValue>,
}

impl TraceContext {
    /// A span of this trace without a parent.
    pub const fn new(trace: TraceId, span: SpanId, flags: TraceFlags) -> Self {
        Self { trace, span, parent: None, flags, state: None }
    }

    /// A new trace with its first span.
    pub fn start(sampled: bool) -> Self {
        Self::new(TraceId::random(), SpanId::random(), TraceFlags::RANDOM.with_sampled(sampled))
    }

    /// A new span of the trace that these headers tell of. `None` if they have no `traceparent`, several, or a malformed
    /// one. A malformed `tracestate` is left out.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let Parent { trace, span: parent, flags } = Parent::of(headers)?;
        let state = state_of(headers);
        Some(Self { trace, span: SpanId::random(), parent: Some(parent), flags, state })
    }

    /// The context of the request with these extensions, if it has one.
    #[must_use]
    pub fn of(extensions: &Extensions) -> Option<&Self> {
        extensions.get()
    }

    /// A new span whose parent is this one: for an outgoing call that is a span by itself.
    pub fn child(&self) -> Self {
        Self { span: SpanId::random(), parent: Some(self.span), ..self.clone() }
    }

    /// The same trace and state with another span, as a tracer has made it for the same request.
    pub fn with_span(mut self, trace: TraceId, span: SpanId, sampled: bool) -> Self {
        (self.trace, self.span, self.flags) = (trace, span, self.flags.with_sampled(sampled));
        self
    }

    /// The trace.
    #[must_use]
    pub const fn trace_id(&self) -> TraceId {
        self.trace
    }

    /// The span of this request.
    #[must_use]
    pub const fn span_id(&self) -> SpanId {
        self.span
    }

    /// The span that the request came from; `None` if the trace starts here.
    #[must_use]
    pub const fn parent_id(&self) -> Option<SpanId> {
        self.parent
    }

    /// The flags.
    #[must_use]
    pub const fn flags(&self) -> TraceFlags {
        self.flags
    }

    /// Whether the trace is recorded, as far as the caller knows.
    #[must_use]
    pub const fn is_sampled(&self) -> bool {
        self.flags.is_sampled()
    }

    /// What tracing systems along the way have added: at most 32 members and 512 characters.
    #[must_use]
    pub fn tracestate(&self) -> Option<&str> {
        self.state.as_ref().and_then(|state| state.to_str().ok())
    }

    /// The `traceparent` of calls made on behalf of this request.
    #[must_use]
    pub fn traceparent(&self) -> String {
        self.to_string()
    }

    /// The same without an allocation, and without the machinery of `fmt`: every request has one.
    fn text(&self) -> [u8; 55] {
        let mut text = *b"00-00000000000000000000000000000000-0000000000000000-00";
        write_hex(&self.trace.to_bytes(), &mut text[3..35]);
        write_hex(&self.span.to_bytes(), &mut text[36..52]);
        write_hex(&[self.flags.bits()], &mut text[53..]);
        text
    }

    /// Puts `traceparent` and, if there is one, `tracestate` into the headers of a call made on behalf of this request, in
    /// place of those that are there.
    pub fn inject(&self, headers: &mut HeaderMap) {
        if let Ok(parent) = HeaderValue::from_bytes(&self.text()) {
            headers.insert(TRACEPARENT, parent);
        }
        match &self.state {
            Some(state) => drop(headers.insert(TRACESTATE, state.clone())),
            None => drop(headers.remove(TRACESTATE)),
        }
    }
}

/// Its `traceparent`, of version `00`.
impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(str::from_utf8(&self.text()).unwrap_or_default())
    }
}

/// The request has no trace context: no [`TraceContextLayer`](super::TraceContextLayer) is around its handler. Answers 500.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissingTraceContext;

impl fmt::Display for MissingTraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request has no trace context: put a TraceContextLayer around the handler")
    }
}

impl Error for MissingTraceContext {}

impl IntoResponse for MissingTraceContext {
    fn into_response(self) -> Response {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR).with_cause(self).into_response()
    }
}

impl<S: Sync> FromRequestParts<S> for TraceContext {
    type Rejection = MissingTraceContext;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, MissingTraceContext> {
        Self::of(&parts.extensions).cloned().ok_or(MissingTraceContext)
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for TraceContext {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, Infallible> {
        Ok(Self::of(&parts.extensions).cloned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_trace_says_that_its_id_is_random() {
        let context = TraceContext::start(true);
        assert!(context.traceparent().ends_with("-03"));
        assert_eq!((context.parent_id(), context.tracestate()), (None, None));
        assert!(TraceContext::start(false).traceparent().ends_with("-02"));
        assert_ne!(TraceContext::start(true).trace_id(), context.trace_id());
    }

    #[test]
    fn a_child_belongs_to_its_parent() {
        let context = TraceContext::start(true);
        let child = context.child();
        assert_eq!((child.trace_id(), child.parent_id()), (context.trace_id(), Some(context.span_id())));
        assert_ne!(child.span_id(), context.span_id());
        assert_eq!(child.flags(), context.flags());
    }

    #[test]
    fn it_is_written_as_its_parts_are() {
        let (trace, span) =
            (TraceId::from_bytes([0xa7; 16]).unwrap(), SpanId::from_bytes([0x0c; 8]).unwrap());
        let context = TraceContext::new(trace, span, TraceFlags::SAMPLED);
        assert_eq!(context.traceparent(), format!("00-{trace}-{span}-01"));
        let mut headers = HeaderMap::new();
        context.inject(&mut headers);
        assert_eq!(headers[TRACEPARENT], context.traceparent());
    }

    #[test]
    fn no_state_takes_the_place_of_another() {
        let mut headers = HeaderMap::new();
        headers.insert(TRACESTATE, HeaderValue::from_static("old=1"));
        TraceContext::start(false).inject(&mut headers);
        assert!(headers.contains_key(TRACEPARENT) && !headers.contains_key(TRACESTATE));
    }
}
