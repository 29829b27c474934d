//! JSON Web Tokens.

use hyperserve::middleware::{
    auth::{AuthLayer, BearerAuth},
    jwt::{Algorithm, JwtConfig, JwtKeys},
};
use hyperserve_core::{Principal, Response};
use hyperserve_router::{MethodRouter, Router, get};

use super::{made, messages};

const SECRET: [u8; 32] = *b"0123456789abcdef0123456789abcdef";

/// A key of ES256. The tokens of the cases were signed with its private half, which nobody has kept.
const PUBLIC: &str = "\
-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE6scQ6FxOv9S2GRKFVNSfgEjvtjgP
vJp7AYdoN0Q7ngMeEzrbjjfVX+f60+1shXTP/dzEUDJLcZv9MM1RSseS+Q==
-----END PUBLIC KEY-----
";

/// The same as a set, and a key that is for encryption alone.
const SET: &str = r#"{"keys":[
{"kty":"EC","crv":"P-256","use":"sig","alg":"ES256","kid":"one","x":"6scQ6FxOv9S2GRKFVNSfgEjvtjgPvJp7AYdoN0Q7ngM","y":"HhM624431V_n-tPtbIV0z_3cxFAyS3Gb_TDNUUrHkvk"},
{"kty":"EC","crv":"P-256","use":"enc","kid":"two","x":"6scQ6FxOv9S2GRKFVNSfgEjvtjgPvJp7AYdoN0Q7ngM","y":"HhM624431V_n-tPtbIV0z_3cxFAyS3Gb_TDNUUrHkvk"}
]}"#;

pub(super) fn router() -> Router {
    let secret = made(JwtKeys::secret(Algorithm::HS256, SECRET));
    let public = made(JwtKeys::pem(Algorithm::ES256, PUBLIC));
    Router::new()
        .route("/layers/jwt", checked(shop(secret)))
        .route("/layers/jwt/public", checked(shop(public)))
        .route("/layers/jwt/set", checked(shop(made(JwtKeys::set(SET)))))
}

fn shop(keys: JwtKeys) -> JwtConfig {
    JwtConfig::new(keys).with_issuer("https://id.example").with_audience("shop")
}

fn checked(config: JwtConfig) -> MethodRouter {
    get(named).layer(AuthLayer::new(BearerAuth::new(made(config.build()))))
}

/// The subject and the scopes.
async fn named(principal: Principal) -> Response {
    messages::text(format!("{} {}", principal.subject(), principal.scopes().join("+")))
}
