//! Basic authentication, bearer tokens, API keys, scopes.

use hyperserve::middleware::{
    Paths,
    auth::{
        ApiKeyAuth, ApiKeys, AuthLayer, BasicAuth, BearerAuth, BearerToken, BearerVerifier, Refusal, Users,
        require, require_all, require_any,
    },
};
use hyperserve_core::Principal;
use hyperserve_router::{MethodRouter, Router, get};

use super::{made, who};

const KEY: &str = "k-3f9a5c1e8b7d2460";

/// `ada` with `open sesame`, `zoë` with `pa:ß`; bcrypt with as little work as it can have.
const USERS: [(&str, &str); 2] = [
    ("ada", "$2b$04$abcdefghijklmnopqrstuu/LVz6MZlItEy42I2juLihZ66HnQx/cy"),
    ("zoë", "$2b$04$bcdefghijklmnopqrstuuu8Yxg6WQb7czC9KraaI.M665qgwcEG4S"),
];

pub(super) fn router() -> Router {
    let public = made(Paths::try_new(["/layers/open/public"]));
    Router::new()
        .route("/layers/basic", get(who).layer(AuthLayer::new(basic())))
        .route("/layers/key", get(who).layer(AuthLayer::new(keys())))
        .route("/layers/optional", get(who).layer(AuthLayer::new(bearer()).with_optional(true)))
        .route("/layers/several", several())
        .route("/layers/open/{*rest}", get(who).layer(AuthLayer::new(bearer()).with_public(public)))
        .merge(scopes())
}

fn scopes() -> Router {
    let asked = || AuthLayer::new(bearer());
    Router::new()
        .route("/layers/bearer", get(who).layer(asked()))
        .route("/layers/bearer/write", get(who).layer(require("write")).layer(asked()))
        .route("/layers/bearer/all", get(who).layer(require_all(["read", "admin"])).layer(asked()))
        .route("/layers/bearer/any", get(who).layer(require_any(["admin", "support"])).layer(asked()))
        .route("/layers/key/admin", get(who).layer(require("admin")).layer(AuthLayer::new(keys())))
}

/// All three; the innermost insists.
fn several() -> MethodRouter {
    get(who)
        .layer(AuthLayer::new(keys()))
        .layer(AuthLayer::new(basic()).with_optional(true))
        .layer(AuthLayer::new(bearer()).with_optional(true))
}

fn basic() -> BasicAuth {
    BasicAuth::new(USERS.iter().fold(Users::new(), |users, (name, hash)| made(users.with_user(*name, hash))))
}

fn bearer() -> BearerAuth<impl BearerVerifier> {
    BearerAuth::new(verify)
}

async fn verify(token: BearerToken) -> Result<Principal, Refusal> {
    match token.as_str() {
        "reader" => Ok(Principal::new("ada").with_scopes(["read"])),
        "writer" => Ok(Principal::new("bob").with_scopes(["read", "write"])),
        "away" => Err(Refusal::unavailable("the conformance suite asked for it")),
        _ => Err(Refusal::wrong("The token is not known.")),
    }
}

fn keys() -> ApiKeyAuth {
    ApiKeyAuth::new(made(ApiKeys::new().with_key(KEY, Principal::new("robot"))))
}
