//! [`TraceContextLayer`] and its service.

use std::task::{Context, Poll};

use hyperserve_core::{Body, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::TraceContext;
use super::ids::{SpanId, TraceFlags, TraceId};
use crate::AcceptIncoming;

/// Carries on the trace that a request belongs to, or starts one, and gives the request a span of it.
#[derive(Clone, Debug)]
#[must_use]
pub struct TraceContextLayer {
    incoming: AcceptIncoming,
    sample: u32,
    request_headers: bool,
}

impl TraceContextLayer {
    /// A layer that carries on everybody's traces, and samples all that start here.
    pub const fn new() -> Self {
        Self { incoming: AcceptIncoming::Always, sample: 1, request_headers: true }
    }

    /// Sets whose traces are carried on. Everybody's by default; others are answered under a trace of their own.
    pub const fn with_incoming(mut self, incoming: AcceptIncoming) -> Self {
        self.incoming = incoming;
        self
    }

    /// Samples one of so many traces that start here, and none if it is zero. All (1) by default. A trace that is carried
    /// on keeps the caller's word.
    pub const fn with_sample(mut self, of: u32) -> Self {
        self.sample = of;
        self
    }

    /// Sets whether the request's own `traceparent` and `tracestate` become those of its new span. `true` by default: then
    /// applications of any kind, and logs, find them in the headers. Otherwise the headers stay as they came.
    pub const fn with_request_headers(mut self, on: bool) -> Self {
        self.request_headers = on;
        self
    }

    fn context<B>(&self, request: &Request<B>) -> TraceContext {
        let carried = self.incoming.takes(request).then(|| TraceContext::from_headers(request.headers()));
        carried.flatten().unwrap_or_else(|| self.start())
    }

    fn start(&self) -> TraceContext {
        let trace = TraceId::random();
        let sampled = self.sample > 0 && trace.random_bits().is_multiple_of(u64::from(self.sample));
        TraceContext::new(trace, SpanId::random(), TraceFlags::RANDOM.with_sampled(sampled))
    }
}

impl Default for TraceContextLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for TraceContextLayer {
    type Service = TraceContextService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        TraceContextService { inner, layer: self.clone() }
    }
}

/// The service that [`TraceContextLayer`] makes. Its future is that of the service inside.
#[derive(Clone, Debug)]
pub struct TraceContextService<S> {
    inner: S,
    layer: TraceContextLayer,
}

impl<S, B> Service<Request<B>> for TraceContextService<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        // Under another such layer the request has its span already.
        if TraceContext::of(request.extensions()).is_none() {
            let context = self.layer.context(&request);
            if self.layer.request_headers {
                context.inject(request.headers_mut());
            }
            request.extensions_mut().insert(context);
        }
        self.inner.call(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderMap;
    use tower_test::mock;

    const PARENT: &str = "00-12345678901234567890123456789012-1234567890123456-00";

    /// What the service inside is asked, for a request with these headers.
    async fn inside(layer: &TraceContextLayer, headers: &[(&'static str, &'static str)]) -> Request<()> {
        let (inner, mut handle) = mock::pair::<Request<()>, Response<Body>>();
        let mut service = layer.layer(layer.layer(inner));
        let mut request = Request::new(());
        for (name, value) in headers {
            request.headers_mut().append(*name, value.parse().unwrap());
        }
        handle.allow(1);
        std::future::poll_fn(|cx| service.poll_ready(cx)).await.unwrap();
        let answer = service.call(request);
        let (seen, respond) = handle.next_request().await.unwrap();
        respond.send_response(Response::new(Body::empty()));
        answer.await.unwrap();
        seen
    }

    fn found(request: &Request<()>) -> (&TraceContext, &HeaderMap) {
        (TraceContext::of(request.extensions()).unwrap(), request.headers())
    }

    #[tokio::test]
    async fn a_trace_is_carried_on_under_a_new_span() {
        let headers = [("traceparent", PARENT), ("tracestate", "a=1"), ("tracestate", "b=2")];
        let seen = inside(&TraceContextLayer::new(), &headers).await;
        let (context, headers) = found(&seen);
        assert_eq!(context.trace_id().to_string(), "12345678901234567890123456789012");
        assert_eq!(context.parent_id().unwrap().to_string(), "1234567890123456");
        assert_ne!(context.parent_id(), Some(context.span_id()));
        assert!(!context.is_sampled());
        assert_eq!(headers["traceparent"], context.traceparent());
        assert_eq!(headers.get_all("tracestate").iter().collect::<Vec<_>>(), ["a=1,b=2"]);
    }

    #[tokio::test]
    async fn what_cannot_be_carried_on_starts_a_trace() {
        let malformed = [("traceparent", "00-1-2-3"), ("tracestate", "a=1")];
        let seen = inside(&TraceContextLayer::new(), &malformed).await;
        let (context, headers) = found(&seen);
        assert_eq!((context.parent_id(), context.is_sampled()), (None, true));
        assert_eq!(headers["traceparent"], context.traceparent());
        assert!(!headers.contains_key("tracestate"));
        let strangers = TraceContextLayer::new().with_incoming(AcceptIncoming::Trusted);
        assert_eq!(found(&inside(&strangers, &[("traceparent", PARENT)]).await).0.parent_id(), None);
    }

    #[tokio::test]
    async fn a_bad_state_does_not_spoil_the_trace() {
        let headers = [("traceparent", PARENT), ("tracestate", "nonsense")];
        let seen = inside(&TraceContextLayer::new(), &headers).await;
        assert!(found(&seen).0.parent_id().is_some() && found(&seen).0.tracestate().is_none());
    }

    #[tokio::test]
    async fn headers_can_stay_as_they_came() {
        let layer = TraceContextLayer::new().with_request_headers(false);
        let seen = inside(&layer, &[("traceparent", PARENT), ("tracestate", "nonsense")]).await;
        assert_eq!(seen.headers()["traceparent"], PARENT);
        assert_eq!(seen.headers()["tracestate"], "nonsense");
        assert!(found(&seen).0.parent_id().is_some());
        assert!(inside(&layer, &[]).await.headers().is_empty());
    }

    #[test]
    fn a_sample_is_one_of_so_many() {
        let sampled = |of| {
            let layer = TraceContextLayer::new().with_sample(of);
            (0..4000).filter(|_| layer.start().is_sampled()).count()
        };
        assert_eq!((sampled(0), sampled(1)), (0, 4000));
        // A thousand are expected; 27 is one standard deviation.
        assert!((800..1200).contains(&sampled(4)));
    }
}
