//! [`OtlpConfig`]: where to, and how much.

use std::fmt;
use std::time::Duration;

use http::uri::Scheme;
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use tracing_subscriber::filter::LevelFilter;

/// How the collector is spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OtlpProtocol {
    /// gRPC, on port 4317 unless told otherwise.
    #[default]
    Grpc,
    /// Protocol buffers in the bodies of HTTP/1.1 requests, to `/v1/traces` and `/v1/metrics` below the endpoint, on port
    /// 4318 unless told otherwise.
    Http,
}

/// Settings of [`Otlp`](super::Otlp).
#[derive(Clone, Debug)]
#[must_use]
pub struct OtlpConfig {
    service: String,
    endpoint: Option<String>,
    pub(super) protocol: OtlpProtocol,
    headers: Vec<(String, String)>,
    attributes: Vec<KeyValue>,
    pub(super) timeout: Duration,
    pub(super) interval: Duration,
    pub(super) delay: Duration,
    pub(super) sampling: f64,
    pub(super) queue: usize,
    pub(super) level: LevelFilter,
}

impl OtlpConfig {
    /// For a service of this name (`service.name`): gRPC to `http://127.0.0.1:4317`.
    pub fn new(service: impl Into<String>) -> Self {
        Self {
            service: service.into(),
            endpoint: None,
            protocol: OtlpProtocol::Grpc,
            headers: Vec::new(),
            attributes: Vec::new(),
            timeout: Duration::from_secs(10),
            interval: Duration::from_secs(60),
            delay: Duration::from_secs(5),
            sampling: 1.0,
            queue: 2048,
            level: LevelFilter::INFO,
        }
    }

    /// Sets the collector: `http://host:port`, for HTTP perhaps with a path.
    pub fn with_endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// Sets how the collector is spoken to.
    pub const fn with_protocol(mut self, protocol: OtlpProtocol) -> Self {
        self.protocol = protocol;
        self
    }

    /// Adds a header to every export, such as a key of the collector's owner.
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Adds an attribute of the service, such as `deployment.environment.name`. Those of `OTEL_RESOURCE_ATTRIBUTES` count,
    /// too; of two with one name, this one.
    pub fn with_attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.attributes.push(KeyValue::new(name.into(), value.into()));
        self
    }

    /// Sets how long an export may take. 10 s by default.
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how often metrics are sent. 60 s by default.
    pub const fn with_interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// Sets how long spans wait for others, at most. 5 s by default.
    pub const fn with_delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Sets the share of the traces beginning here that is recorded, 0 to 1. All by default. Others are recorded if their
    /// caller records them.
    pub const fn with_sampling(mut self, share: f64) -> Self {
        self.sampling = share;
        self
    }

    /// Sets how many spans wait at most. 2 048 by default.
    pub const fn with_queue(mut self, spans: usize) -> Self {
        self.queue = spans;
        self
    }

    /// Sets the least level of spans and events that go out. `INFO` by default.
    pub const fn with_level(mut self, level: LevelFilter) -> Self {
        self.level = level;
        self
    }

    /// Refuses what would fail with each export.
    pub(super) fn validate(&self) -> Result<(), OtlpError> {
        self.base()?;
        self.header_map()?;
        let fault = match () {
            () if self.service.is_empty() => "the service has no name: give it one",
            () if !(0.0..=1.0).contains(&self.sampling) => "sampling is a share: give it 0 to 1",
            () if self.timeout.is_zero() => "an export has no time: give it a timeout",
            () if self.interval.is_zero() || self.delay.is_zero() => {
                "exports would never end: give them an interval"
            }
            () if self.queue == 0 => "no span can wait: give the queue room for one",
            () => return Ok(()),
        };
        Err(OtlpError::new(fault))
    }

    /// The endpoint without a slash at its end.
    pub(super) fn base(&self) -> Result<String, OtlpError> {
        let usual = match self.protocol {
            OtlpProtocol::Grpc => "http://127.0.0.1:4317",
            OtlpProtocol::Http => "http://127.0.0.1:4318",
        };
        let text = self.endpoint.as_deref().unwrap_or(usual).trim_end_matches('/');
        let uri: Option<Uri> = text.parse().ok();
        let uri = uri.filter(|uri| uri.host().is_some() && uri.query().is_none());
        match uri.as_ref().and_then(Uri::scheme) {
            Some(scheme) if *scheme == Scheme::HTTP => Ok(text.to_owned()),
            Some(scheme) if *scheme == Scheme::HTTPS => Err(OtlpError::new(
                "the collector is reached over plain HTTP alone: run one beside the service, and let it speak TLS",
            )),
            _ => Err(OtlpError::new(format!(
                "`{}` is no endpoint: write http://host:port",
                text.escape_debug()
            ))),
        }
    }

    pub(super) fn header_map(&self) -> Result<HeaderMap, OtlpError> {
        let mut map = HeaderMap::new();
        for (name, value) in &self.headers {
            // The value may be a secret.
            let fault = || OtlpError::new(format!("`{}` is no header that can be sent", name.escape_debug()));
            let name = HeaderName::try_from(name).map_err(|_| fault())?;
            let mut value = HeaderValue::try_from(value).map_err(|_| fault())?;
            value.set_sensitive(true);
            map.insert(name, value);
        }
        Ok(map)
    }

    pub(super) fn resource(&self) -> Resource {
        let service = self.service.clone();
        Resource::builder()
            .with_service_name(service)
            .with_attributes(self.attributes.iter().cloned())
            .build()
    }
}

/// Settings that cannot be, or an export that was not to be had.
#[derive(Clone, Debug)]
pub struct OtlpError {
    message: String,
}

impl OtlpError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

impl fmt::Display for OtlpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for OtlpError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(config: &OtlpConfig) -> String {
        config.validate().unwrap_err().to_string()
    }

    #[test]
    fn what_cannot_be_is_told_before_the_first_export() {
        let config = || OtlpConfig::new("shop");
        assert!(config().validate().is_ok());
        assert!(fault(&OtlpConfig::new("")).contains("no name"));
        assert!(fault(&config().with_endpoint("https://a.example")).contains("TLS"));
        for endpoint in ["", "localhost:4317", "ftp://a", "http://a/?b", "/v1"] {
            assert!(fault(&config().with_endpoint(endpoint)).contains("http://host:port"), "{endpoint}");
        }
        assert!(fault(&config().with_header("a b", "")).contains("no header"));
        assert!(!fault(&config().with_header("key", "s3cr3t\n")).contains("s3cr3t"));
        assert!(fault(&config().with_sampling(1.5)).contains("0 to 1"));
        assert!(fault(&config().with_sampling(f64::NAN)).contains("0 to 1"));
        assert!(fault(&config().with_timeout(Duration::ZERO)).contains("timeout"));
        assert!(fault(&config().with_interval(Duration::ZERO)).contains("interval"));
        assert!(fault(&config().with_queue(0)).contains("queue"));
    }

    #[test]
    fn endpoints_have_no_slash_at_the_end() {
        let base = |endpoint: &str| OtlpConfig::new("a").with_endpoint(endpoint).base().unwrap();
        assert_eq!(base("http://a:1/"), "http://a:1");
        assert_eq!(base("http://[::1]:1/otlp/"), "http://[::1]:1/otlp");
        assert!(OtlpConfig::new("a").with_protocol(OtlpProtocol::Http).base().unwrap().ends_with(":4318"));
    }
}
