//! Hosts and schemes: who is sent to HTTPS, and a service that is for this machine alone.

use hyperserve::middleware::{Paths, https_redirect::HttpsRedirectLayer, trusted_hosts::TrustedHostsLayer};
use hyperserve_router::{Router, any, get};

use super::{made, messages};

pub(super) fn router() -> Router {
    let open = made(Paths::try_new(["/layers/https/open"]));
    let https = HttpsRedirectLayer::new().with_exempt(open);
    let listed = made(HttpsRedirectLayer::new().try_with_hosts(["a.example", "*.b.example"]));
    let fixed = made(HttpsRedirectLayer::new().try_with_host("www.example"));
    let plain = || any(async || messages::text("plain"));
    let local = get(async || messages::text("local"));
    let probes = made(Paths::try_new(["/layers/loopback/open"]));
    Router::new()
        .route("/layers/https/{*rest}", plain().layer(https))
        .route("/layers/https-port", plain().layer(HttpsRedirectLayer::new().with_port(8443)))
        .route("/layers/https-listed", plain().layer(listed))
        .route("/layers/https-fixed", plain().layer(fixed))
        .route("/.well-known/acme-challenge/{token}", plain().layer(HttpsRedirectLayer::new()))
        .route("/.well-known/acme-challenged", plain().layer(HttpsRedirectLayer::new()))
        .route("/layers/loopback/{*rest}", local.layer(TrustedHostsLayer::loopback().with_exempt(probes)))
}
