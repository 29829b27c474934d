//! Who makes a request: Basic, bearer tokens and API keys; and what it may do: [`require()`].
//!
//! An [`AuthLayer`] asks an [`Authenticator`]. What that finds out is the request's
//! [`Principal`](hyperserve_core::Principal): handlers take it as an argument, and [`RequireLayer`] asks for its scopes.
//!
//! ```
//! use hyperserve_core::{Body, Principal, Request, RequestExt as _};
//! use hyperserve_middleware::auth::{ApiKeyAuth, ApiKeys, AuthLayer, require};
//! use hyperserve_server::app_fn;
//! use tower_layer::Layer as _;
//! use tower_service::Service as _;
//!
//! let keys = ApiKeys::new().with_key("k-3f9a5c1e8b7d2460", Principal::new("robot").with_scopes(["jobs:run"]))?;
//! let hello = app_fn(async |request: Request| {
//!     let robot = request.extract::<Principal, _>().await?;
//!     Ok::<_, hyperserve_core::Problem>(format!("hello {}", robot.subject()))
//! });
//! let mut app = AuthLayer::new(ApiKeyAuth::new(keys)).layer(require("jobs:run").layer(hello));
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
//! # runtime.block_on(async {
//! let request = Request::get("/").header("x-api-key", "k-3f9a5c1e8b7d2460").body(Body::empty())?;
//! let Ok(answer) = app.call(request).await;
//! assert_eq!(answer.body().as_bytes().unwrap(), "hello robot");
//!
//! let Ok(answer) = app.call(Request::get("/").body(Body::empty())?).await;
//! assert_eq!(answer.status(), 401);
//! assert_eq!(answer.headers()["www-authenticate"], "ApiKey realm=\"api\", header=\"x-api-key\"");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is answered
//!
//! | case | answer |
//! |---|---|
//! | no credentials of the scheme | 401 and the challenge (RFC 9110 §11.6.1) |
//! | credentials that are wrong | 401 and the challenge; for bearer tokens with `error="invalid_token"` (RFC 6750 §3.1) |
//! | credentials that cannot be read, or two `Authorization` fields | 400; for bearer tokens with `error="invalid_request"` |
//! | too many are being checked, or what they are checked with cannot be reached | 503 and `Retry-After` |
//! | a principal without the scope | 403; for bearer tokens with `error="insufficient_scope"` |
//!
//! A layer that is [optional](AuthLayer::with_optional) lets a request without credentials pass, and never one with wrong
//! credentials. So several schemes go in front of one service: all but the innermost are optional. A request for which
//! somebody further out has found a principal is not asked again.
//!
//! # Why not tower-http's
//!
//! Its `validate_request` and `async_require_authorization` answer in plain text without RFC 6750's attributes, its `basic`
//! knows one user with a password in clear text, and its async form boxes a future a request.

mod api_key;
mod authenticator;
#[cfg(feature = "auth-basic")]
mod basic;
mod bearer;
mod challenge;
mod credentials;
mod error;
mod future;
mod layer;
mod refusal;
mod require;
#[cfg(test)]
mod testing;

pub use self::api_key::{ApiKeyAuth, ApiKeys};
pub use self::authenticator::{Authenticator, Check};
#[cfg(feature = "auth-basic")]
pub use self::basic::{BasicAuth, BasicFuture, Users};
pub use self::bearer::{BearerAuth, BearerFuture, BearerToken, BearerVerifier};
pub use self::challenge::Challenge;
pub use self::error::AuthError;
pub use self::future::AuthFuture;
pub use self::layer::{AuthLayer, AuthService};
pub use self::refusal::Refusal;
pub use self::require::{RequireFuture, RequireLayer, RequireService, require, require_all, require_any};

/// The guide's examples, compiled.
#[cfg(all(doctest, feature = "auth-basic", feature = "jwt"))]
#[doc = include_str!("../../../../docs/guide/authentication.md")]
mod guide {}
