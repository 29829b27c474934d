//! Cookies (RFC 6265): jars that hold what the client sent and what it is told, plain, signed or private.

mod jar;
mod key;
mod lines;
mod private;
mod signed;

use std::borrow::Cow;

pub use self::jar::CookieJar;
pub use self::key::{KeyTextError, key_from_hex};
pub use self::private::PrivateCookieJar;
pub use self::signed::SignedCookieJar;

/// A cookie with its attributes. Its durations are of the crate `time`: `duration.try_into()` makes one of a
/// [`std::time::Duration`].
pub use cookie::Cookie;

/// Builds a [`Cookie`] attribute by attribute.
pub use cookie::CookieBuilder;

/// The secret of [`SignedCookieJar`] and [`PrivateCookieJar`]: at least 64 bytes of randomness, of which 32 sign and
/// 32 encrypt.
///
/// Make one with `openssl rand -hex 64`, keep it in the environment and read it with [`key_from_hex`], so that
/// cookies outlive a restart and all instances agree. `Key::generate()` makes a new one at every start, which is good
/// for tests. `Key::from(bytes)` panics when there are too few; `Key::try_from(bytes)` does not.
pub use cookie::Key;

/// Whether a cookie goes along with requests from other sites.
pub use cookie::SameSite;

/// A cookie with the attributes that one wants unless there is a reason: `HttpOnly`, so that scripts cannot read it
/// (RFC 6265 §4.1.2.6), `Secure`, so that it is sent over TLS only (§4.1.2.5; browsers make an exception for
/// `localhost`), `SameSite=Lax` against forged requests, and `Path=/`.
///
/// To remove such a cookie, say the same: a cookie is known by its name, domain and path (§5.3).
///
/// ```
/// use hyperserve_core::IntoResponse;
/// use hyperserve_router::{CookieJar, secure_cookie};
///
/// let response = CookieJar::new().add(secure_cookie("theme", "dark").permanent()).into_response();
/// let line = response.headers()["set-cookie"].to_str().unwrap();
/// assert!(line.starts_with("theme=dark; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age="));
/// ```
pub fn secure_cookie(
    name: impl Into<Cow<'static, str>>,
    value: impl Into<Cow<'static, str>>,
) -> CookieBuilder<'static> {
    Cookie::build((name, value)).http_only(true).secure(true).same_site(SameSite::Lax).path("/")
}

#[cfg(test)]
mod tests;
