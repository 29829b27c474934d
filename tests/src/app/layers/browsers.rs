//! What browsers are told: policies with nonces, frames, and pages of the network behind.

use hyperserve::middleware::{
    cors::CorsConfig,
    security_headers::{
        CspNonce, Framing, SecurityHeaders,
        csp::{self, Csp},
    },
};
use hyperserve_core::Response;
use hyperserve_router::{MethodRouter, Router, get};

use super::{made, messages};

pub(super) fn router() -> Router {
    let scripts = || Csp::new().with_script_src([csp::SELF, csp::NONCE]);
    let nonce = SecurityHeaders::none().with_csp(scripts()).with_csp_report_only(scripts());
    let workers = SecurityHeaders::none().with_csp(Csp::new().with_web_workers());
    let portal = Framing::Origins(vec!["https://portal.example".to_owned()]);
    let near = CorsConfig::new().with_origins(["https://app.example"]).with_private_network(true);
    Router::new()
        .route("/layers/nonce", get(said).layer(made(nonce.build())))
        .route("/layers/nonce/304", get(async || messages::not_modified()).layer(made(nonce.build())))
        .route("/layers/workers", with(&workers))
        .route("/layers/framing/same", with(&SecurityHeaders::web().with_framing(Framing::SameOrigin)))
        .route("/layers/framing/listed", with(&SecurityHeaders::web().with_framing(portal)))
        .route("/layers/framing/any", with(&SecurityHeaders::web().with_framing(Framing::Any)))
        .route("/layers/private-network", plain().layer(made(near.build())))
}

fn plain() -> MethodRouter {
    get(async || messages::text("OK"))
}

fn with(headers: &SecurityHeaders) -> MethodRouter {
    plain().layer(made(headers.build()))
}

/// The nonce of this answer's policies.
async fn said(nonce: CspNonce) -> Response {
    messages::text(format!("nonce-{nonce}"))
}
