//! Security headers over a real socket: those of refusals as well, and a nonce that reaches its page.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod wire;

use hyperserve_core::{Request, RequestExt as _};
use hyperserve_middleware::security_headers::csp::{self, Csp};
use hyperserve_middleware::security_headers::{CspNonce, SecurityHeaders};
use hyperserve_server::app_fn;
use tower_layer::Layer as _;
use wire::answers;

async fn page(request: Request) -> String {
    let nonce: CspNonce = request.extract().await.unwrap();
    format!("<script nonce={nonce}>")
}

#[test]
fn a_page_and_its_policy_have_one_nonce() {
    let config = SecurityHeaders::web().with_csp(Csp::web().with_script_src([csp::NONCE]).with_web_workers());
    let [plain, secure, local] = answers(
        config.build().unwrap().layer(app_fn(page)),
        [
            "GET / HTTP/1.1|Host: a.example",
            "GET / HTTP/1.1|Host: a.example|X-Forwarded-Proto: https",
            "GET / HTTP/1.1|Host: localhost|X-Forwarded-Proto: https",
        ],
    );
    let nonce = |answer: &str| answer.split_once("'nonce-").unwrap().1.split_once('\'').unwrap().0.to_owned();
    assert!(plain.ends_with(&format!("<script nonce={}>", nonce(&plain))), "{plain}");
    assert_ne!(nonce(&plain), nonce(&secure));
    assert!(plain.contains("worker-src 'self' blob:; frame-ancestors 'none'\r\n"), "{plain}");
    assert!(
        plain.contains("x-content-type-options: nosniff\r\n") && plain.contains("x-frame-options: DENY\r\n")
    );
    let hsts = "strict-transport-security: max-age=31536000; includeSubDomains\r\n";
    assert!(secure.contains(hsts) && !plain.contains(hsts) && !local.contains(hsts), "{secure}");
}
