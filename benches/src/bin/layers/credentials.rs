//! What finds out who asks: authentication and sessions, which have no place in a `Stack`.

use std::time::Duration;

use hyperserve::App;
use hyperserve::core::{BoxError, Principal};
use hyperserve::middleware::auth::{
    ApiKeyAuth, ApiKeys, AuthLayer, Authenticator, BasicAuth, BearerAuth, BearerToken, Refusal, Users,
};
use hyperserve::middleware::jwt::{Algorithm, JwtConfig, JwtKeys, JwtVerifier};
use hyperserve::middleware::sessions::{
    MemoryStore, Session, SessionConfig, SessionError, SessionKey, SessionLayer,
};
use hyperserve::prelude::get;

use crate::TEXT;

/// What belongs to the credentials that `layers.py` sends.
const API_KEY: &str = "k-3f9a5c1e8b7d2460";
const USER: &str = "ada";
const PASSWORD_HASH: &str = "$2y$05$Zk3vPq8TnX1yRb6LwEhC2eCO2f/Bl3ZGOFTnWwJykjJcAtssFv7qC";
const SECRET: [u8; 32] = [7; 32];

/// The app within the layer of this name, if it is one of these.
pub(crate) fn layered(name: &str, app: App) -> Result<Option<App>, BoxError> {
    let sessions = SessionConfig::new();
    Ok(Some(match name {
        "auth-api-key" => app.layer(auth(ApiKeyAuth::new(keys()?))),
        "auth-basic" => app.layer(auth(BasicAuth::new(users()?).with_remembering(Duration::from_secs(3600)))),
        "auth-bearer" => app.layer(auth(BearerAuth::new(verify))),
        "auth-jwt" => app.layer(auth(BearerAuth::new(jwt()?))),
        "sessions" => visited(app).layer(SessionLayer::with_store(MemoryStore::new(), &sessions)?),
        "sessions-cookie" => {
            let key = SessionKey::from_bytes(SECRET)?;
            visited(app).layer(SessionLayer::with_cookie([key], &sessions)?)
        }
        _ => return Ok(None),
    }))
}

fn auth<A: Authenticator>(authenticator: A) -> AuthLayer<A> {
    AuthLayer::new(authenticator)
}

fn keys() -> Result<ApiKeys, BoxError> {
    Ok(ApiKeys::new().with_key(API_KEY, Principal::new(USER))?)
}

fn users() -> Result<Users, BoxError> {
    Ok(Users::new().with_user(USER, PASSWORD_HASH)?)
}

/// A function, as most programs would write it: its future is waited for.
async fn verify(token: BearerToken) -> Result<Principal, Refusal> {
    if token.as_str().is_empty() {
        Err(Refusal::wrong("The token is empty."))
    } else {
        Ok(Principal::new(USER))
    }
}

fn jwt() -> Result<JwtVerifier, BoxError> {
    let keys = JwtKeys::secret(Algorithm::HS256, SECRET)?;
    Ok(JwtConfig::new(keys).with_issuer("https://id.example").with_audience("shop").build()?)
}

/// With a route that reads the session, and begins one where there is none.
fn visited(app: App) -> App {
    app.route("/visited", get(visit))
}

async fn visit(session: Session) -> Result<&'static str, SessionError> {
    if session.get::<u64>("user").await?.is_none() {
        session.insert("user", 7_u64).await?;
    }
    Ok(TEXT)
}
