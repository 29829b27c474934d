//! [`continue_trace`]: a request's span becomes part of the caller's trace.

use std::str::FromStr as _;

use http::request::Parts;
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::trace_context::{self, TraceContext};

/// Makes the span a child of the caller's, for [`TraceLayer::with_on_start`](crate::trace::TraceLayer::with_on_start); the
/// request's [`TraceContext`] gets the ids that the tracer has drawn, so that calls made on behalf of the request are its
/// children.
///
/// The caller's context is what a [`TraceContextLayer`](crate::trace_context::TraceContextLayer) outside has accepted. Without
/// one it is that of the `traceparent` header.
pub fn continue_trace(span: &Span, parts: &mut Parts) {
    let known = TraceContext::of(&parts.extensions).cloned();
    let context = known.or_else(|| TraceContext::from_headers(&parts.headers));
    if let Some(parent) = context.as_ref().and_then(parent) {
        // An error says that the span is not recorded here.
        drop(span.set_parent(Context::new().with_remote_span_context(parent)));
    }
    let drawn = span.context();
    if let Some(own) = own(context, drawn.span().span_context()) {
        parts.extensions.insert(own);
    }
}

fn parent(context: &TraceContext) -> Option<SpanContext> {
    let state = context.tracestate().and_then(|state| TraceState::from_str(state).ok());
    Some(SpanContext::new(
        TraceId::from_bytes(context.trace_id().to_bytes()),
        SpanId::from_bytes(context.parent_id()?.to_bytes()),
        TraceFlags::new(context.flags().bits()),
        true,
        state.unwrap_or_default(),
    ))
}

/// `None` if the span is no span of the tracer's.
fn own(context: Option<TraceContext>, drawn: &SpanContext) -> Option<TraceContext> {
    let trace = trace_context::TraceId::from_bytes(drawn.trace_id().to_bytes())?;
    let span = trace_context::SpanId::from_bytes(drawn.span_id().to_bytes())?;
    let sampled = drawn.is_sampled();
    Some(context.unwrap_or_else(|| TraceContext::start(sampled)).with_span(trace, span, sampled))
}
