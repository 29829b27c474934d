//! The HTTPS redirect over a real socket.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod wire;

use hyperserve_core::Request;
use hyperserve_middleware::https_redirect::HttpsRedirectLayer;
use hyperserve_server::app_fn;
use tower_layer::Layer as _;
use wire::answers;

#[test]
fn plain_http_is_sent_to_https() {
    let app = HttpsRedirectLayer::new().with_port(8443).layer(app_fn(async |_: Request| "secret"));
    let [plain, proxied, challenge, nameless] = answers(
        app,
        [
            "POST /a/b?c=d HTTP/1.1|Host: a.example:8080|Content-Length: 0",
            "GET / HTTP/1.1|Host: a.example|X-Forwarded-Proto: https|X-Forwarded-For: 192.0.2.1",
            "GET /.well-known/acme-challenge/x HTTP/1.1|Host: a.example",
            "GET / HTTP/1.0",
        ],
    );
    assert!(plain.starts_with("HTTP/1.1 308 "), "{plain}");
    assert!(plain.contains("location: https://a.example:8443/a/b?c=d\r\n"), "{plain}");
    assert!(plain.contains("content-length: 0\r\n") && !plain.contains("secret"), "{plain}");
    assert!(proxied.ends_with("secret") && challenge.ends_with("secret"));
    assert!(nameless.starts_with("HTTP/1.0 400 ") || nameless.starts_with("HTTP/1.1 400 "), "{nameless}");
}
