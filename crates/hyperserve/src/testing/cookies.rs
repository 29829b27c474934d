//! [`Cookies`]: the names and values that a client holds.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cookie::Cookie;
use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue};

/// By name; domain and path are not looked at, since a test asks one application.
#[derive(Debug, Default)]
pub(super) struct Cookies {
    held: Mutex<BTreeMap<String, String>>,
}

impl Cookies {
    fn held(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what an answer sets (RFC 6265 §5.2). What cannot be read is left out, as browsers do.
    pub(super) fn keep(&self, headers: &HeaderMap) {
        let lines = headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
        for cookie in lines.filter_map(|line| Cookie::parse(line).ok()) {
            if is_over(&cookie) {
                self.held().remove(cookie.name());
            } else {
                self.held().insert(cookie.name().to_owned(), cookie.value().to_owned());
            }
        }
    }

    /// For the field `Cookie`; `None` when nothing is held.
    pub(super) fn line(&self) -> Option<HeaderValue> {
        let pairs: Vec<_> = self.held().iter().map(|(name, value)| format!("{name}={value}")).collect();
        HeaderValue::try_from(pairs.join("; ")).ok().filter(|line| !line.is_empty())
    }
}

/// `Max-Age` counts before `Expires` (RFC 6265 §5.3); one that lies ahead is kept for as long as the test.
fn is_over(cookie: &Cookie<'_>) -> bool {
    match (cookie.max_age(), cookie.expires_datetime()) {
        (Some(age), _) => !age.is_positive(),
        (None, Some(expires)) => expires.unix_timestamp() <= now(),
        (None, None) => false,
    }
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(lines: &[&'static str]) -> String {
        let cookies = Cookies::default();
        for line in lines {
            let mut headers = HeaderMap::new();
            headers.append(SET_COOKIE, HeaderValue::from_static(line));
            cookies.keep(&headers);
        }
        cookies.line().map(|line| line.to_str().unwrap().to_owned()).unwrap_or_default()
    }

    #[test]
    fn later_values_replace_and_expired_ones_go() {
        assert_eq!(after(&["b=2; Path=/", "a=1", "b=3; HttpOnly"]), "a=1; b=3");
        assert_eq!(after(&["a=1", "a=; Max-Age=0"]), "");
        assert_eq!(after(&["a=1", "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"]), "");
        assert_eq!(after(&["a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT"]), "a=1");
        assert_eq!(after(&["=nameless", "no pair"]), "");
    }
}
