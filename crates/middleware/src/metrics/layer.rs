//! [`MetricsLayer`] and its service.

use std::task::{Context, Poll};

use hyperserve_core::{Body, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::future::{Entry, MetricsFuture};
use super::handle::{Counter, HttpMetrics};

/// Counts requests into [`HttpMetrics`].
///
/// Put it where the route is known: `App::layer` and `Router::layer` run after routing, and see 404 and 405 too. Once only: a
/// request that passes two of them is counted twice.
#[derive(Clone, Debug)]
#[must_use]
pub struct MetricsLayer {
    metrics: HttpMetrics,
}

impl MetricsLayer {
    /// A layer that counts into these metrics.
    pub fn new(metrics: &HttpMetrics) -> Self {
        Self { metrics: metrics.clone() }
    }
}

impl<S> Layer<S> for MetricsLayer {
    type Service = MetricsService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        MetricsService { inner, counter: self.metrics.counter() }
    }
}

/// The service that [`MetricsLayer`] makes. It counts for as long as somebody holds the layer or its metrics.
#[derive(Clone, Debug)]
pub struct MetricsService<S> {
    inner: S,
    counter: Counter,
}

impl<S> Service<Request<Body>> for MetricsService<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = MetricsFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let entry = Entry::begin(self.counter, &request);
        let request = match &entry {
            Some(entry) => entry.counting(request),
            None => request,
        };
        MetricsFuture::new(entry, || self.inner.call(request))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{MetricsFormat, MetricsSnapshot};
    use crate::trace_context::TraceContext;
    use std::future::poll_fn;
    use std::thread;

    use hyperserve_core::{IntoResponse as _, RequestContext, RouteMatch, RouteTable};
    use tower_test::mock::{Mock, SendResponse, pair};

    type Inner = Mock<Request, Response>;

    /// The request `/N` is of the route `/N`.
    struct Numbers(String);

    impl RouteTable for Numbers {
        fn pattern(&self, _: usize) -> &str {
            &self.0
        }

        fn names(&self, _: usize) -> &[Box<str>] {
            &[]
        }
    }

    fn routed(route: &str) -> Request {
        let mut request = Request::new(Body::empty());
        let found = RouteMatch::new(std::sync::Arc::new(Numbers(route.to_owned())), 0);
        RequestContext::of_mut(request.extensions_mut()).set_route(found);
        request
    }

    /// One request through a mock that does `with` it.
    async fn one(metrics: &HttpMetrics, request: Request, with: impl FnOnce(SendResponse<Response>)) -> bool {
        let (mock, mut handle) = pair::<Request, Response>();
        let mut service: MetricsService<Inner> = MetricsLayer::new(metrics).layer(mock);
        handle.allow(0);
        let mut cx = Context::from_waker(std::task::Waker::noop());
        assert!(service.poll_ready(&mut cx).is_pending(), "readiness is the inner service's");
        handle.allow(1);
        assert!(poll_fn(|cx| service.poll_ready(cx)).await.is_ok());
        let answer = service.call(request);
        assert_eq!(metrics.snapshot().in_flight, 1);
        let (_, send) = handle.next_request().await.unwrap();
        with(send);
        answer.await.is_ok()
    }

    fn blocking(metrics: &HttpMetrics, request: Request) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let respond = |send: SendResponse<Response>| send.send_response("hi".into_response());
        assert!(runtime.block_on(one(metrics, request, respond)));
    }

    fn counts(snapshot: &MetricsSnapshot) -> Vec<(&str, u64)> {
        snapshot.series.iter().map(|series| (series.route.as_str(), series.count())).collect()
    }

    #[tokio::test]
    async fn an_answer_an_error_and_a_client_that_leaves() {
        let metrics = HttpMetrics::new();
        assert!(one(&metrics, routed("/a"), |send| send.send_response("hi".into_response())).await);
        assert!(!one(&metrics, routed("/a"), |send| send.send_error("no")).await);
        let (mock, mut handle) = pair::<Request, Response>();
        handle.allow(1);
        let mut service = MetricsLayer::new(&metrics).layer(mock);
        assert!(poll_fn(|cx| service.poll_ready(cx)).await.is_ok());
        drop(service.call(routed("/a")));
        let snapshot = metrics.snapshot();
        assert_eq!(snapshot.series[0].statuses, [(200, 1), (499, 1), (500, 1)]);
        assert_eq!((snapshot.series[0].sent, snapshot.in_flight), (2, 0));
    }

    #[test]
    fn threads_add_up_and_leave_their_counters_to_others() {
        let metrics = HttpMetrics::new();
        for _ in 0..8 {
            thread::scope(|scope| drop(scope.spawn(|| blocking(&metrics, routed("/a"))).join()));
        }
        assert_eq!(metrics.threads(), 1);
        let both = std::sync::Barrier::new(2);
        thread::scope(|scope| {
            for route in ["/a", "/b"] {
                let (both, metrics) = (&both, &metrics);
                scope.spawn(move || {
                    let counter = metrics.counter();
                    let series = counter.begin(&routed(route)).unwrap();
                    both.wait();
                    counter.end(series, 200, std::time::Duration::ZERO, 0, None);
                    both.wait();
                });
            }
        });
        assert_eq!(metrics.threads(), 2);
        let snapshot = metrics.snapshot();
        let mut counts = counts(&snapshot);
        counts.sort_unstable();
        assert_eq!((counts, snapshot.in_flight), (vec![("/a", 9), ("/b", 1)], 0));
    }

    #[test]
    fn routes_beyond_the_bound_are_one() {
        let metrics = HttpMetrics::builder().with_max_series(2).build().unwrap();
        // A thread that has met nothing yet must find those that have a number.
        let rounds = [["/1", "/2", "/3"], ["/4", "/2", "/1"]];
        for routes in rounds {
            thread::scope(|scope| {
                scope.spawn(|| routes.into_iter().for_each(|route| blocking(&metrics, routed(route))));
            });
        }
        let snapshot = metrics.snapshot();
        let mut counts = counts(&snapshot);
        counts.sort_unstable();
        assert_eq!(counts, [("/1", 2), ("/2", 2), ("other", 2)]);
    }

    #[tokio::test]
    async fn exemplars_are_for_those_who_ask() {
        let context = TraceContext::start(true);
        let exemplar = format!("# {{trace_id=\"{}\"}} ", context.trace_id());
        let asked = HttpMetrics::builder().with_exemplars(true).build().unwrap();
        for (metrics, expected) in [(asked, 1..=2), (HttpMetrics::new(), 0..=0)] {
            for _ in 0..2 {
                let mut request = routed("/a");
                request.extensions_mut().insert(context.clone());
                assert!(one(&metrics, request, |send| send.send_response("hi".into_response())).await);
            }
            assert!(one(&metrics, routed("/b"), |send| send.send_response("hi".into_response())).await);
            let marked = |format| metrics.render(format).matches(&exemplar).count();
            // One bucket or two, as fast as the two requests were.
            let found = marked(MetricsFormat::OpenMetrics);
            assert!(expected.contains(&found), "{found}");
            assert_eq!(marked(MetricsFormat::Prometheus), 0);
        }
    }

    #[tokio::test]
    async fn a_service_outlives_its_metrics() {
        let metrics = HttpMetrics::new();
        let (mock, mut handle) = pair::<Request, Response>();
        handle.allow(2);
        let mut service = MetricsLayer::new(&metrics).layer(mock);
        drop(metrics);
        assert!(poll_fn(|cx| service.poll_ready(cx)).await.is_ok());
        let answer = service.call(routed("/a"));
        let (_, send) = handle.next_request().await.unwrap();
        send.send_response("hi".into_response());
        assert!(answer.await.is_ok());
    }
}
