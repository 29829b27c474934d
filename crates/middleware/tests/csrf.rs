//! CSRF over a real socket: what a browser sends, and what another site makes it send.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod wire;

use hyperserve_core::Request;
use hyperserve_middleware::csrf::CsrfLayer;
use hyperserve_server::app_fn;
use tower_layer::Layer as _;
use wire::answers;

#[test]
fn only_what_this_site_sends_is_done() {
    let app = CsrfLayer::new().layer(app_fn(async |_: Request| "done"));
    let [own, other, old, forwarded, program, page] = answers(
        app,
        [
            "POST / HTTP/1.1|Host: a.example|Sec-Fetch-Site: same-origin|Content-Length: 0",
            "POST / HTTP/1.1|Host: a.example|Sec-Fetch-Site: cross-site|Content-Length: 0",
            "POST / HTTP/1.1|Host: a.example|Origin: http://evil.example|Content-Length: 0",
            "POST / HTTP/1.1|Host: h|Forwarded: for=192.0.2.1;proto=https;host=a.example|Origin: https://a.example|Content-Length: 0",
            "POST / HTTP/1.1|Host: a.example|Content-Length: 0",
            "GET / HTTP/1.1|Host: a.example|Sec-Fetch-Site: cross-site",
        ],
    );
    for done in [own, forwarded, program, page] {
        assert!(done.starts_with("HTTP/1.1 200 ") && done.ends_with("done"), "{done}");
    }
    for refused in [other, old] {
        assert!(refused.starts_with("HTTP/1.1 403 "), "{refused}");
        assert!(
            refused.contains("application/problem+json") && refused.contains("another origin"),
            "{refused}"
        );
    }
}
