//! Trusted hosts over a real socket, which is one of this machine.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod wire;

use hyperserve_core::Request;
use hyperserve_middleware::trusted_hosts::TrustedHostsLayer;
use hyperserve_server::app_fn;
use tower_layer::Layer as _;
use wire::answers;

#[test]
fn a_page_that_rebinds_its_name_is_not_answered() {
    let app = TrustedHostsLayer::loopback().layer(app_fn(async |_: Request| "secret"));
    let [local, rebound, claimed, nameless] = answers(
        app,
        [
            "GET / HTTP/1.1|Host: localhost:8080",
            "GET / HTTP/1.1|Host: evil.example:8080",
            "GET / HTTP/1.1|Host: evil.example|X-Forwarded-Host: localhost|X-Forwarded-For: 127.0.0.1",
            "GET / HTTP/1.0",
        ],
    );
    assert!(local.starts_with("HTTP/1.1 200 ") && local.ends_with("secret"), "{local}");
    for refused in [rebound, claimed] {
        assert!(refused.starts_with("HTTP/1.1 421 ") && refused.contains("host evil.example."), "{refused}");
    }
    assert!(nameless.contains(" 400 "), "{nameless}");
}

#[test]
fn a_list_holds_for_the_target_as_well() {
    let app = TrustedHostsLayer::try_new(["a.example"]).unwrap().layer(app_fn(async |_: Request| "secret"));
    let [known, absolute, other] = answers(
        app,
        [
            "GET / HTTP/1.1|Host: A.example.:80",
            "GET http://b.example/ HTTP/1.1|Host: b.example",
            "GET / HTTP/1.1|Host: localhost",
        ],
    );
    assert!(known.ends_with("secret"), "{known}");
    assert!(absolute.starts_with("HTTP/1.1 421 ") && other.starts_with("HTTP/1.1 421 "), "{absolute}{other}");
}
