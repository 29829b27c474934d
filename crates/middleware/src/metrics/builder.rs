//! [`HttpMetricsBuilder`]: how [`HttpMetrics`] are set up.

use std::fmt;
use std::time::Duration;

use super::cells::MAX_BUCKETS;
use super::handle::HttpMetrics;
use super::page::{escape_label, is_label};
use super::pool::Pool;

/// Upper bounds of the duration histogram unless told otherwise, in microseconds: 100 µs to 10 s. Finer at the lower end than
/// those of Prometheus' own libraries, which begin at 5 ms: most answers of this server would be in the first bucket.
pub const DEFAULT_BUCKETS: [u64; 16] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
    2_500_000, 5_000_000, 10_000_000,
];

pub(super) const DEFAULT_SERIES: usize = 2_000;

/// Labels that samples of the page have of their own.
const TAKEN: [&str; 5] = ["method", "route", "status", "le", "quantile"];

pub(super) fn default_bounds() -> Box<[u64]> {
    DEFAULT_BUCKETS.iter().map(|microseconds| microseconds * 1_000).collect()
}

/// Settings of [`HttpMetrics`].
#[derive(Clone, Debug)]
#[must_use]
pub struct HttpMetricsBuilder {
    buckets: Option<Vec<Duration>>,
    series: usize,
    labels: Vec<(String, String)>,
    process: bool,
    exemplars: bool,
}

impl HttpMetricsBuilder {
    pub(super) const fn new() -> Self {
        Self { buckets: None, series: DEFAULT_SERIES, labels: Vec::new(), process: true, exemplars: false }
    }

    /// Sets the upper bounds of the duration histogram, ascending, at most 32; a last bucket holds the rest.
    /// [`DEFAULT_BUCKETS`] by default.
    pub fn with_buckets(mut self, bounds: impl IntoIterator<Item = Duration>) -> Self {
        self.buckets = Some(bounds.into_iter().collect());
        self
    }

    /// Sets how many pairs of method and route are kept apart; further routes are `other`. 2 000 by default.
    pub const fn with_max_series(mut self, pairs: usize) -> Self {
        self.series = pairs;
        self
    }

    /// Adds a label to every sample of requests and of the process: `("worker", "0")` where several processes serve.
    pub fn with_label(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.labels.push((name.into(), value.into()));
        self
    }

    /// Whether the page has the figures of the process. It does by default, on Linux.
    pub const fn with_process(mut self, on: bool) -> Self {
        self.process = on;
        self
    }

    /// Whether buckets of the durations name the trace of the last request in them that is part of a recorded one, which its
    /// [`TraceContext`](crate::trace_context::TraceContext) says. Off by default.
    ///
    /// Only OpenMetrics has room for that. What a thread keeps for it is 2 KiB at most for each method and route.
    ///
    /// ```
    /// use hyperserve_core::{Body, Request};
    /// use hyperserve_middleware::metrics::{HttpMetrics, MetricsFormat, MetricsLayer};
    /// use hyperserve_middleware::trace_context::TraceContextLayer;
    /// use hyperserve_server::app_fn;
    /// use tower_layer::Layer as _;
    /// use tower_service::Service as _;
    ///
    /// let metrics = HttpMetrics::builder().with_exemplars(true).build()?;
    /// let hello = MetricsLayer::new(&metrics).layer(app_fn(async |_: Request| "hello"));
    /// let mut app = TraceContextLayer::new().layer(hello);
    ///
    /// let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    /// let request = Request::get("/").header("traceparent", parent).body(Body::empty())?;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    /// # runtime.block_on(app.call(request))?;
    /// let page = metrics.render(MetricsFormat::OpenMetrics);
    /// assert!(page.contains(" 1 # {trace_id=\"0af7651916cd43dd8448eb211c80319c\"} "), "{page}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn with_exemplars(mut self, on: bool) -> Self {
        self.exemplars = on;
        self
    }

    /// Makes the metrics.
    ///
    /// # Errors
    ///
    /// Bounds that do not ascend, or too many; a label that Prometheus does not allow, that is taken (`method`, `route`,
    /// `status`, `le`, `quantile`) or there twice; more series than 1 000 000.
    pub fn build(self) -> Result<HttpMetrics, MetricsError> {
        let bounds = self.buckets.as_deref().map_or_else(|| Ok(default_bounds()), bounds)?;
        let labels = rendered(&self.labels)?;
        if self.series > MAX_SERIES {
            return Err(MetricsError::new(format!(
                "{} series are too many: at most {MAX_SERIES}",
                self.series
            )));
        }
        Ok(HttpMetrics::of(Pool::new(bounds, self.series), labels, self.process, self.exemplars))
    }
}

const MAX_SERIES: usize = 1_000_000;

fn bounds(bounds: &[Duration]) -> Result<Box<[u64]>, MetricsError> {
    if bounds.len() > MAX_BUCKETS {
        return Err(MetricsError::new(format!(
            "{} buckets are too many: at most {MAX_BUCKETS}",
            bounds.len()
        )));
    }
    if !bounds.is_sorted_by(|one, next| one < next) {
        return Err(MetricsError::new("bounds of buckets must ascend, each above the one before".to_owned()));
    }
    let nanoseconds = bounds.iter().map(|bound| u64::try_from(bound.as_nanos()).ok());
    nanoseconds
        .collect::<Option<_>>()
        .ok_or_else(|| MetricsError::new("a bound of a bucket is too long: at most 584 years".to_owned()))
}

fn rendered(labels: &[(String, String)]) -> Result<String, MetricsError> {
    let mut text = String::new();
    for (place, (name, value)) in labels.iter().enumerate() {
        let twice = labels[..place].iter().any(|(other, _)| other == name);
        if !is_label(name) || TAKEN.contains(&&**name) || twice {
            let why = if twice { "is there twice" } else { "cannot be a label of one's own" };
            return Err(MetricsError::new(format!("`{}` {why}: choose another name", name.escape_debug())));
        }
        text.push_str(name);
        text.push_str("=\"");
        escape_label(&mut text, value);
        text.push_str("\",");
    }
    Ok(text)
}

/// Settings of metrics that cannot be.
#[derive(Clone, Debug)]
pub struct MetricsError {
    message: String,
}

impl MetricsError {
    const fn new(message: String) -> Self {
        Self { message }
    }
}

impl fmt::Display for MetricsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for MetricsError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(builder: HttpMetricsBuilder) -> String {
        builder.build().unwrap_err().to_string()
    }

    #[test]
    fn what_cannot_be_is_told_when_built() {
        let builder = HttpMetrics::builder;
        let second = Duration::from_secs(1);
        assert!(fault(builder().with_buckets([second, second])).contains("ascend"));
        assert!(fault(builder().with_buckets((0..33).map(Duration::from_secs))).contains("at most 32"));
        assert!(fault(builder().with_buckets([Duration::MAX])).contains("too long"));
        for name in ["", "0a", "a-b", "le", "route", "__name", "a\n"] {
            assert!(fault(builder().with_label(name, "")).contains("another name"), "{name}");
        }
        assert!(fault(builder().with_label("a", "").with_label("a", "")).contains("twice"));
        assert!(fault(builder().with_max_series(1_000_001)).contains("too many"));
        assert!(builder().with_buckets([]).with_label("_a0", "\"\n").with_max_series(0).build().is_ok());
    }
}
