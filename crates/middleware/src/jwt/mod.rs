//! JSON Web Tokens (RFC 7519) as bearer tokens: [`JwtVerifier`].
//!
//! ```
//! use hyperserve_middleware::auth::{AuthLayer, BearerAuth};
//! use hyperserve_middleware::jwt::{Algorithm, JwtConfig, JwtKeys};
//!
//! # let secret = [7; 32];
//! let keys = JwtKeys::secret(Algorithm::HS256, secret)?;
//! let verifier = JwtConfig::new(keys).with_issuer("https://id.example").with_audience("shop").build()?;
//! let layer = AuthLayer::new(BearerAuth::new(verifier));
//! # Ok::<(), hyperserve_middleware::jwt::JwtError>(())
//! ```
//!
//! What a token says is the request's [`Principal`](hyperserve_core::Principal): `sub` its subject, the words of `scope` and
//! `scp` its scopes, and all its claims.
//!
//! # What a token must be (RFC 8725)
//!
//! - Signed by an algorithm that the configuration names, with a key of that algorithm. `none` is not among them, and a public
//!   key is never taken for a secret: each key knows its algorithms.
//! - Valid now: `exp` is required, `exp` and `nbf` are heeded with a leeway of 60 s.
//! - From the issuer and for the audience that the configuration names. Whoever takes published keys has to name both, or to
//!   say that any will do: an identity provider signs tokens for all its clients.
//! - Without `crit`, since no extension is known here, and of a `typ` that is for access: none, `JWT` or `at+jwt`.
//! - At most 8 KiB long.
//!
//! Keys, addresses and certificates that a token brings along (`jwk`, `jku`, `x5u`, `x5c`) are not looked at, and its `kid` is
//! compared and nothing else.
//!
//! # Published keys (RFC 7517)
//!
//! [`JwtKeys::file`] and [`JwtKeys::url`] take a JWK Set and look again every 10 minutes, in the background. A `kid` that is
//! not there has them look at once, once a minute at most, however many such tokens come. While they cannot be had, those
//! known are used for up to 24 hours; where none are known, the answer is 503. A set is read up to 256 KiB and 100 keys;
//! secrets in it, keys for other uses, and RSA keys of less than 2048 bits are passed over.

mod claims;
mod config;
mod error;
mod key;
mod key_set;
mod keys;
mod published;
mod token;
mod verifier;

pub use jsonwebtoken::Algorithm;

pub use self::config::JwtConfig;
pub use self::error::JwtError;
pub use self::keys::JwtKeys;
pub use self::verifier::{JwtFuture, JwtVerifier};
