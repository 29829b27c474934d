//! [`HttpMetrics`]: what the layer counts into, and the page is made of.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use hyperserve_core::{Request, RequestContext};
use prometheus_client::registry::Registry;

use super::builder::{DEFAULT_SERIES, HttpMetricsBuilder, default_bounds};
use super::catalog::Series;
use super::endpoint::MetricsEndpoint;
use super::exemplar::sampled_trace;
use super::local::with_local;
use super::method::MethodLabel;
use super::page::{self, MetricsFormat};
use super::pool::{Pool, PoolId, locked};
use super::snapshot::MetricsSnapshot;
use crate::trace_context::TraceId;

/// The metrics of a service's requests. Cheap to clone: clones are the same metrics.
///
/// Threads that have counted keep what they counted with, until they end or until they count for other metrics.
#[derive(Clone)]
pub struct HttpMetrics {
    inner: Arc<Inner>,
}

struct Inner {
    pool: Arc<Pool>,
    since: SystemTime,
    /// As they stand between braces, a comma behind each.
    labels: String,
    process: bool,
    exemplars: bool,
    sections: Mutex<Vec<Section>>,
}

/// What others add to the page.
#[derive(Clone)]
pub(super) enum Section {
    Registry(Arc<Registry>),
    Text(Arc<dyn Fn(&mut String) + Send + Sync>),
}

impl HttpMetrics {
    /// Metrics with the defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::of(Pool::new(default_bounds(), DEFAULT_SERIES), String::new(), true, false)
    }

    /// Metrics that are to be set up.
    pub fn builder() -> HttpMetricsBuilder {
        HttpMetricsBuilder::new()
    }

    pub(super) fn of(pool: Arc<Pool>, labels: String, process: bool, exemplars: bool) -> Self {
        Self {
            inner: Arc::new(Inner {
                pool,
                since: SystemTime::now(),
                labels,
                process,
                exemplars,
                sections: Mutex::default(),
            }),
        }
    }

    /// Adds the metrics of a `prometheus-client` registry to the page.
    ///
    /// Its names must not be those of the page's other metrics: nothing checks that, and a scraper refuses the whole page.
    /// The same holds for [`append`](Self::append). Help texts must be one line, as that crate does not escape them.
    ///
    /// ```
    /// use hyperserve_middleware::metrics::{HttpMetrics, MetricsFormat};
    /// use prometheus_client::{metrics::counter::Counter, registry::Registry};
    ///
    /// let orders = Counter::<u64>::default();
    /// let mut registry = Registry::with_prefix("shop");
    /// registry.register("orders", "Orders taken", orders.clone());
    ///
    /// let metrics = HttpMetrics::new();
    /// metrics.register(registry);
    /// orders.inc();
    /// assert!(metrics.render(MetricsFormat::Prometheus).contains("\nshop_orders_total 1\n"));
    /// ```
    pub fn register(&self, registry: impl Into<Arc<Registry>>) {
        locked(&self.inner.sections).push(Section::Registry(registry.into()));
    }

    /// Lets a function append its own metrics to the page each time, in the text format of Prometheus, version 0.0.4: whole
    /// lines. Where OpenMetrics is asked for they are translated; timestamps are left out.
    ///
    /// ```
    /// # use hyperserve_middleware::metrics::{HttpMetrics, MetricsFormat};
    /// use hyperserve_server::MetricsSnapshot;
    ///
    /// let metrics = HttpMetrics::new();
    /// let server = MetricsSnapshot::default(); // of a server's handle
    /// metrics.append(move |page| page.push_str(&server.to_prometheus(&[])));
    /// let page = metrics.render(MetricsFormat::OpenMetrics);
    /// assert!(page.contains("# TYPE hyperserve_connections_accepted counter\n"));
    /// ```
    pub fn append(&self, section: impl Fn(&mut String) + Send + Sync + 'static) {
        locked(&self.inner.sections).push(Section::Text(Arc::new(section)));
    }

    /// The service that answers with the page.
    #[must_use]
    pub fn endpoint(&self) -> MetricsEndpoint {
        MetricsEndpoint::new(self.clone())
    }

    /// The page. Making it takes as long as it takes to add up, and to read a few files of `/proc`.
    #[must_use]
    pub fn render(&self, format: MetricsFormat) -> String {
        // Foreign code runs without the lock.
        let sections = locked(&self.inner.sections).clone();
        page::render(&self.snapshot(), &sections, &self.inner.labels, self.inner.process, format)
    }

    /// The figures, for those who want them otherwise.
    #[must_use]
    pub fn snapshot(&self) -> MetricsSnapshot {
        MetricsSnapshot::of(&self.inner.pool)
    }

    /// When they began to count.
    #[must_use]
    pub fn since(&self) -> SystemTime {
        self.inner.since
    }

    #[cfg(test)]
    pub(super) fn threads(&self) -> usize {
        self.inner.pool.threads()
    }

    pub(super) fn counter(&self) -> Counter {
        Counter { pool: self.inner.pool.id(), exemplars: self.inner.exemplars }
    }
}

/// Counts into [`HttpMetrics`], for as long as somebody holds these.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counter {
    pool: PoolId,
    exemplars: bool,
}

impl Counter {
    /// Counts a request in, and finds its series. `None` if nobody holds the metrics any more.
    pub(super) fn begin<B>(self, request: &Request<B>) -> Option<Series> {
        let route = RequestContext::of(request.extensions()).and_then(RequestContext::route);
        let (method, pattern) = (MethodLabel::of(request.method()), route.map(|route| route.pattern()));
        with_local(self.pool, |local| local.begin(method, pattern))
    }

    /// The trace that an exemplar is to name, if there are to be exemplars.
    pub(super) fn trace<B>(self, request: &Request<B>) -> Option<TraceId> {
        if self.exemplars { sampled_trace(request) } else { None }
    }

    pub(super) fn end(self, series: Series, status: u16, took: Duration, sent: u64, trace: Option<TraceId>) {
        with_local(self.pool, |local| local.end(series, status, took, sent, trace));
    }

    pub(super) fn received(self, series: Series, bytes: u64) {
        if bytes > 0 {
            with_local(self.pool, |local| local.received(series, bytes));
        }
    }
}

impl Default for HttpMetrics {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for HttpMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpMetrics").field("snapshot", &self.snapshot()).finish_non_exhaustive()
    }
}
