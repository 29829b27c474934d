//! [`Exporter`]: an exporter of OpenTelemetry's that runs on our thread and tells how it does.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use opentelemetry_otlp::tonic_types::metadata::MetadataMap;
use opentelemetry_otlp::{
    ExporterBuildError, MetricExporter, Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _,
    WithTonicConfig as _,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::Temporality;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::trace::SpanData;

use super::config::{OtlpConfig, OtlpError, OtlpProtocol};
use super::runtime::{Runtime, on};

/// How exports go.
#[derive(Debug, Default)]
pub(super) struct Delivery {
    failing: AtomicBool,
    failures: AtomicU64,
}

impl Delivery {
    pub(super) fn failures(&self) -> u64 {
        self.failures.load(Relaxed)
    }

    /// A change is logged, not each export.
    pub(super) fn note<E: std::fmt::Display>(&self, what: &'static str, result: &Result<(), E>) {
        match result {
            Ok(()) => {
                if self.failing.swap(false, Relaxed) {
                    tracing::info!(what, "the collector takes what is exported again");
                }
            }
            Err(error) => {
                self.failures.fetch_add(1, Relaxed);
                if !self.failing.swap(true, Relaxed) {
                    let error = error.to_string();
                    tracing::warn!(what, error = ?error, "an export failed; further ones that do are counted only");
                }
            }
        }
    }
}

#[derive(Debug)]
pub(super) struct Exporter<E> {
    inner: E,
    /// Lives for as long as anything is exported: a timer of a runtime that has ended panics.
    runtime: Arc<Runtime>,
    delivery: Arc<Delivery>,
}

impl<E> Exporter<E> {
    pub(super) fn new(inner: E, runtime: &Arc<Runtime>, delivery: &Arc<Delivery>) -> Self {
        Self { inner, runtime: Arc::clone(runtime), delivery: Arc::clone(delivery) }
    }
}

impl<E: opentelemetry_sdk::trace::SpanExporter> opentelemetry_sdk::trace::SpanExporter for Exporter<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let result = on(self.runtime.handle(), self.inner.export(batch)).await;
        self.delivery.note("spans", &result);
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

impl<E: PushMetricExporter> PushMetricExporter for Exporter<E> {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let result = on(self.runtime.handle(), self.inner.export(metrics)).await;
        self.delivery.note("metrics", &result);
        result
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn temporality(&self) -> Temporality {
        self.inner.temporality()
    }
}

/// Called within the runtime, as [`metrics`] is.
pub(super) fn spans(config: &OtlpConfig) -> Result<SpanExporter, OtlpError> {
    let base = config.base()?;
    match config.protocol {
        OtlpProtocol::Grpc => SpanExporter::builder()
            .with_tonic()
            .with_endpoint(base)
            .with_timeout(config.timeout)
            .with_metadata(metadata(config)?)
            .build(),
        OtlpProtocol::Http => SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{base}/v1/traces"))
            .with_timeout(config.timeout)
            .with_headers(headers(config)?)
            .build(),
    }
    .map_err(|error| refused(&error))
}

pub(super) fn metrics(config: &OtlpConfig) -> Result<MetricExporter, OtlpError> {
    let base = config.base()?;
    match config.protocol {
        OtlpProtocol::Grpc => MetricExporter::builder()
            .with_tonic()
            .with_endpoint(base)
            .with_timeout(config.timeout)
            .with_metadata(metadata(config)?)
            .build(),
        OtlpProtocol::Http => MetricExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{base}/v1/metrics"))
            .with_timeout(config.timeout)
            .with_headers(headers(config)?)
            .build(),
    }
    .map_err(|error| refused(&error))
}

fn refused(error: &ExporterBuildError) -> OtlpError {
    OtlpError::new(format!("the exporter cannot be set up: {error}"))
}

pub(super) fn metadata(config: &OtlpConfig) -> Result<MetadataMap, OtlpError> {
    Ok(MetadataMap::from_headers(config.header_map()?))
}

fn headers(config: &OtlpConfig) -> Result<HashMap<String, String>, OtlpError> {
    let map = config.header_map()?;
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Ok(map.iter().map(|(name, value)| (name.to_string(), text(value))).collect())
}
