//! Faults on purpose.

use std::time::Duration;

use http::{HeaderName, HeaderValue, Method, StatusCode};
use hyperserve::middleware::chaos::{ChaosConfig, ChaosLayer, Latency};
use hyperserve_router::{Router, any};

use super::{made, messages};

pub(super) fn router() -> Router {
    let none = ChaosConfig::new;
    let errors = || none().with_errors(1.0, [StatusCode::BAD_GATEWAY]);
    let late = Latency::fixed(Duration::from_millis(50));
    let wanted = (HeaderName::from_static("x-fault"), HeaderValue::from_static("yes"));
    let below = made("/layers/chaos/path/below".parse());
    let faults = [
        ("error", errors()),
        ("latency", none().with_latency(1.0, late)),
        ("late-error", errors().with_latency(1.0, late)),
        ("throttle", none().with_throttle(1.0, 4000)),
        ("abort", none().with_seed(1).with_aborts(1.0)),
        ("panic", none().with_panics(1.0)),
        ("method", errors().with_methods([Method::POST])),
        ("header", errors().with_header(wanted.0, wanted.1)),
        ("path/{*rest}", errors().with_paths(below)),
        ("seeded", none().with_seed(42).with_errors(0.5, [StatusCode::BAD_GATEWAY])),
    ];
    faults.into_iter().fold(Router::new(), |router, (name, config)| {
        let layer = made(ChaosLayer::try_new(config.allow_in_release(true)));
        router.route(&format!("/layers/chaos/{name}"), any(async || messages::bytes(1000)).layer(layer))
    })
}
