//! [`Otlp`]: what makes spans and metrics, and sends them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::Builder;
use std::time::{Duration, Instant};

use opentelemetry::metrics::{Meter, MeterProvider as _};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracer, SdkTracerProvider,
};
use tracing::Subscriber;
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{Filtered, LevelFilter, Targets};
use tracing_subscriber::registry::LookupSpan;

use super::config::{OtlpConfig, OtlpError};
use super::exporting::{self, Delivery, Exporter};
use super::pushing::Pushed;
use super::runtime::Runtime;
use super::sending::Sender;
use crate::metrics::HttpMetrics;

/// The layer for a [`tracing`] subscriber that [`Otlp::layer`] makes.
pub type OtlpLayer<S> = Filtered<OpenTelemetryLayer<S, SdkTracer>, Targets, S>;

/// Libraries that an export runs through: a span of theirs would make another one, with each export, for ever. They are
/// compared as the beginnings of targets, and `hyper` alone would be that of `hyperserve` too.
const OWN: [&str; 6] = ["h2::", "hyper::", "hyper_util::", "opentelemetry", "tonic::", "tower::"];

/// Traces and metrics on their way to a collector.
///
/// When it is dropped it sends for two seconds what is still there; [`shutdown`](Self::shutdown) lets you choose.
#[derive(Debug)]
pub struct Otlp {
    tracers: SdkTracerProvider,
    meters: SdkMeterProvider,
    pushed: Arc<Pushed>,
    delivery: Arc<Delivery>,
    level: LevelFilter,
    ended: AtomicBool,
    runtime: Arc<Runtime>,
}

impl Otlp {
    /// Begins to export. Whether the collector is there shows only later.
    ///
    /// # Errors
    ///
    /// Settings that cannot be, or no thread to be had.
    pub fn start(config: &OtlpConfig) -> Result<Self, OtlpError> {
        config.validate()?;
        let runtime = Runtime::start().map_err(|error| OtlpError::new(format!("no runtime: {error}")))?;
        let runtime = Arc::new(runtime);
        let (delivery, resource) = (Arc::<Delivery>::default(), config.resource());
        let handle = runtime.handle();
        let _entered = handle.enter();
        let spans = Exporter::new(exporting::spans(config)?, &runtime, &delivery);
        let metrics = Exporter::new(exporting::metrics(config)?, &runtime, &delivery);
        let reader = PeriodicReader::builder(metrics).with_interval(config.interval).build();
        let meters = SdkMeterProvider::builder().with_resource(resource.clone()).with_reader(reader).build();
        let pushed = Pushed::new(Sender::new(config)?, resource.clone(), &delivery);
        pushed.begin(handle, config.interval);
        let batches = BatchConfigBuilder::default()
            .with_max_queue_size(config.queue)
            .with_max_export_batch_size(config.queue.min(512))
            .with_scheduled_delay(config.delay)
            .build();
        let tracers = SdkTracerProvider::builder()
            .with_resource(resource)
            .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(config.sampling))))
            .with_span_processor(BatchSpanProcessor::builder(spans).with_batch_config(batches).build())
            .build();
        let (level, ended) = (config.level, AtomicBool::new(false));
        Ok(Self { tracers, meters, pushed, delivery, level, ended, runtime })
    }

    /// The layer for the subscriber of the process, which makes spans of `tracing` spans to export.
    pub fn layer<S>(&self) -> OtlpLayer<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let targets = OWN.map(|target| (target, LevelFilter::OFF));
        let targets = Targets::new().with_default(self.level).with_targets(targets);
        let tracer = self.tracers.tracer(env!("CARGO_PKG_NAME"));
        let layer = tracing_opentelemetry::layer().with_tracer(tracer);
        // What says where in the source costs time for each span, and bytes.
        layer.with_location(false).with_threads(false).with_tracked_inactivity(false).with_filter(targets)
    }

    /// Makes instruments for metrics of one's own. `name` is that of the library or program that counts.
    #[must_use]
    pub fn meter(&self, name: &'static str) -> Meter {
        self.meters.meter(name)
    }

    /// Exports these request metrics too.
    pub fn export(&self, metrics: &HttpMetrics) {
        self.pushed.add(metrics);
    }

    /// How many exports failed so far.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.delivery.failures()
    }

    /// Sends what is still there, and ends. It blocks the thread, until the deadline at most: call it when the server has
    /// stopped. A second call does nothing.
    ///
    /// # Errors
    ///
    /// The collector did not take everything, or not in time.
    pub fn shutdown(&self, deadline: Duration) -> Result<(), OtlpError> {
        if self.ended.swap(true, Ordering::AcqRel) {
            return Ok(());
        }
        let (tracers, meters, pushed) = (self.tracers.clone(), self.meters.clone(), Arc::clone(&self.pushed));
        let (runtime, until) = (Arc::clone(&self.runtime), Instant::now() + deadline);
        let (say, told) = mpsc::channel();
        // The SDK's own deadlines do not hold everywhere: its shutdown of metrics knows none.
        let end = move || {
            let left = || until.saturating_duration_since(Instant::now());
            let spans = tracers.shutdown_with_timeout(left());
            runtime.handle().block_on(pushed.send());
            let metrics = meters.shutdown_with_timeout(left());
            // Nobody listens after the deadline.
            drop(say.send(spans.and(metrics)));
        };
        let begun = Builder::new().name("otlp-end".to_owned()).spawn(end);
        drop(begun.map_err(|error| OtlpError::new(format!("no thread to send what is left: {error}")))?);
        let failures = self.failures();
        match told.recv_timeout(deadline) {
            Ok(Ok(())) if self.failures() == failures => Ok(()),
            Ok(Ok(())) => Err(OtlpError::new("the collector did not take everything")),
            Ok(Err(error)) => Err(OtlpError::new(format!("the collector did not take everything: {error}"))),
            Err(_) => {
                Err(OtlpError::new(format!("the collector did not take everything within {deadline:?}")))
            }
        }
    }
}

impl Drop for Otlp {
    fn drop(&mut self) {
        if let Err(error) = self.shutdown(Duration::from_secs(2)) {
            tracing::warn!(%error, "traces and metrics are lost");
        }
    }
}
