//! [`Watch`]: what operators are told of this process.

use hyperserve::Config;
use hyperserve::aside::Figures;
use hyperserve::stack::Stack;
use hyperserve_middleware::access_log::{AccessLog, AccessLogLayer};
use hyperserve_middleware::health::{Health, HealthError, HealthLayer};
use hyperserve_middleware::metrics::{HttpMetrics, MetricsEndpoint, MetricsFormat, MetricsLayer};
use hyperserve_server::Handle;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// Its counters and its state. Clones are of the same process.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    /// `None` unless somebody is to read them.
    metrics: Option<HttpMetrics>,
    health: Health,
}

impl Watch {
    /// For the process of this server, which is alone or one of several.
    pub(super) fn new(
        config: &Config,
        server: &Handle,
        stack: &Stack,
        log: Option<&AccessLog>,
        is_alone: bool,
    ) -> PyResult<Self> {
        let fault = |error: &dyn std::fmt::Display| PyValueError::new_err(error.to_string());
        let health = health(server, is_alone).map_err(|error| fault(&error))?;
        let mut metrics = None;
        if !config.list("metrics").is_empty() {
            // The supervisor itself reads what a worker takes of the machine: it can when the worker is stuck.
            let counted = HttpMetrics::builder().with_process(is_alone).build();
            let counted = counted.map_err(|error| fault(&error))?;
            let mut figures = Figures::new().with_server(server.clone());
            if let Some(log) = log {
                figures = figures.with_log(log);
            }
            if let Some(gate) = stack.gate() {
                figures = figures.with_gate(gate);
            }
            counted.append(move |page| figures.write(page));
            metrics = Some(counted);
        }
        Ok(Self { metrics, health })
    }

    /// Fills the places of a stack that tell what passes, and that of probes if the main addresses have their paths.
    pub(super) fn fill(&self, mut stack: Stack, log: Option<&AccessLog>, has_paths: bool) -> Stack {
        if let Some(log) = log {
            stack = stack.with_access_log(AccessLogLayer::new(log.clone()));
        }
        if let Some(metrics) = &self.metrics {
            stack = stack.with_metrics(MetricsLayer::new(metrics));
        }
        if has_paths {
            stack = stack.with_health(HealthLayer::new(self.health.clone()));
        }
        stack
    }

    /// The counters in the text format of Prometheus, for a supervisor that joins those of all workers.
    pub(super) fn counters(&self) -> String {
        let metrics = self.metrics.as_ref();
        metrics.map_or_else(String::new, |metrics| metrics.render(MetricsFormat::Prometheus))
    }

    pub(super) fn health(&self) -> Health {
        self.health.clone()
    }

    /// The page of the counters.
    pub(super) fn page(&self) -> MetricsEndpoint {
        self.metrics.clone().unwrap_or_default().endpoint()
    }
}

/// Ready while the server takes requests. A worker says nothing of how many there are.
fn health(server: &Handle, is_alone: bool) -> Result<Health, HealthError> {
    let [condition, ready, counted] = [(); 3].map(|()| server.clone());
    let health = Health::builder().with_ready(move || condition.is_ready());
    if !is_alone {
        return health.build();
    }
    health
        .with_figure("workers_ready", move || u64::from(ready.is_ready()))
        .with_figure("workers", || 1)
        .with_figure("total_requests", move || counted.metrics().snapshot().requests())
        .build()
}
