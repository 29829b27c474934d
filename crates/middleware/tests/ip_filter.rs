//! The IP filter over a real socket: rules that change while a server runs.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod wire;

use hyperserve_core::Request;
use hyperserve_middleware::ip_filter::{IpFilterLayer, IpRules};
use hyperserve_server::app_fn;
use tower_layer::Layer as _;
use wire::answers;

#[test]
fn the_next_request_is_judged_by_the_new_rules() {
    let layer = IpFilterLayer::new(IpRules::try_new(["loopback", "192.0.2.0/24"], ["192.0.2.66"]).unwrap());
    let rules = layer.handle();
    let close = move |request: Request| {
        if request.uri().path() == "/close" {
            rules.replace(IpRules::try_new(["192.0.2.0/24"], []).unwrap());
        }
        std::future::ready("secret")
    };
    let [local, denied, stranger, closing, closed, still] = answers(
        layer.layer(app_fn(close)),
        [
            "GET / HTTP/1.1|Host: h",
            "GET / HTTP/1.1|Host: h|X-Forwarded-For: 192.0.2.66",
            "GET / HTTP/1.1|Host: h|X-Forwarded-For: 198.51.100.1",
            "GET /close HTTP/1.1|Host: h",
            "GET / HTTP/1.1|Host: h",
            "GET / HTTP/1.1|Host: h|X-Forwarded-For: 192.0.2.66",
        ],
    );
    for open in [local, closing, still] {
        assert!(open.starts_with("HTTP/1.1 200 ") && open.ends_with("secret"), "{open}");
    }
    for refused in [denied, stranger, closed] {
        assert!(refused.starts_with("HTTP/1.1 403 ") && refused.contains("this address"), "{refused}");
        assert!(!refused.contains("secret"), "{refused}");
    }
}
