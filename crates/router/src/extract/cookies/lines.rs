//! Cookies on the wire: the pairs of `Cookie` lines, and `Set-Cookie` lines.

use cookie::{Cookie, CookieJar};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use hyperserve_core::{Problem, ResponseParts};
use percent_encoding::percent_decode;

/// The cookies of a request; pairs that are malformed are passed over.
///
/// Of several cookies of one name the first counts: it is the one with the longest path (RFC 6265 §5.4). HTTP/2 may
/// send a line for each pair (RFC 9113 §8.2.3).
pub(super) fn read(headers: &HeaderMap) -> CookieJar {
    let mut jar = CookieJar::new();
    for line in headers.get_all(header::COOKIE) {
        for cookie in line.as_bytes().split(|byte| *byte == b';').filter_map(pair) {
            if jar.get(cookie.name()).is_none() {
                jar.add_original(cookie);
            }
        }
    }
    jar
}

/// Only values are percent-decoded: a decoded name could pass for one with the prefix `__Host-` or `__Secure-`, which
/// browsers guard as it is written.
fn pair(pair: &[u8]) -> Option<Cookie<'static>> {
    let equals = pair.iter().position(|byte| *byte == b'=')?;
    let name = std::str::from_utf8(pair[..equals].trim_ascii()).ok().filter(|name| !name.is_empty())?;
    let value = percent_decode(pair[equals + 1..].trim_ascii()).decode_utf8().ok()?;
    Some(Cookie::new(name.to_owned(), value.into_owned()))
}

/// Adds a `Set-Cookie` line for each cookie that was added or removed (RFC 6265 §4.1), in the order of their names.
pub(super) fn write(jar: &CookieJar, mut parts: ResponseParts) -> Result<ResponseParts, Problem> {
    let mut changed: Vec<_> = jar.delta().collect();
    changed.sort_unstable_by_key(|cookie| cookie.name());
    for cookie in changed {
        parts.headers_mut().append(header::SET_COOKIE, line(cookie)?);
    }
    Ok(parts)
}

/// Name and value are percent-encoded where they have to be; the other texts have no such form.
fn line(cookie: &Cookie<'_>) -> Result<HeaderValue, Problem> {
    let attributes = [cookie.path(), cookie.domain()];
    let whole = attributes.iter().flatten().all(|text| !text.contains(';'));
    let value = HeaderValue::try_from(cookie.encoded().to_string()).ok().filter(|_| whole);
    value.ok_or_else(|| {
        let cause = format!("the cookie {:?} has an attribute that no header can hold", cookie.name());
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR).with_cause(cause)
    })
}
