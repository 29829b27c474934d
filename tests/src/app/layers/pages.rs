//! What operators ask for: probes, a service that has not started yet, and metrics.

use std::time::Duration;

use hyperserve::middleware::{
    health::{Deferred, DeferredLayer, Health, HealthCheck},
    metrics::{HttpMetrics, MetricsLayer},
};
use hyperserve_core::BoxError;
use hyperserve_router::{Router, any};

use super::{made, messages};

pub(super) fn router() -> Router {
    let good = HealthCheck::new("database", async || Ok::<_, BoxError>(()));
    let bad = HealthCheck::new("database", async || Err::<(), BoxError>("the password is x".into()));
    let unneeded = HealthCheck::new("cache", async || Err::<(), BoxError>("away".into())).optional();
    let starting = Deferred::new().with_retry_after(Duration::from_secs(3));
    let probes =
        |check: HealthCheck| made(Health::builder().with_check(check).with_check(unneeded.clone()).build());
    Router::new()
        .mount("/layers/probes/good", probes(good))
        .mount("/layers/probes/bad", probes(bad))
        .mount("/layers/probes/starting", made(Health::builder().with_deferred(&starting).build()))
        .route("/layers/starting", any(async || messages::text("OK")).layer(DeferredLayer::new(&starting)))
        .merge(metrics())
}

fn metrics() -> Router {
    let metrics = made(HttpMetrics::builder().with_process(false).build());
    let counted = MetricsLayer::new(&metrics);
    Router::new()
        .route("/layers/counted/{id}", any(async || messages::text("OK")).layer(counted))
        .mount("/layers/metrics", metrics.endpoint())
}
