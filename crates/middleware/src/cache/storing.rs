//! What may be stored (RFC 9111 §3), and in which form.

use std::time::Duration;

use http::header::{
    AGE, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_RANGE, COOKIE, ETAG, HeaderName,
    PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, SET_COOKIE, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, StatusCode};
use hyperserve_core::fields::{Quotes, members};
use hyperserve_core::{Request, RequestContext};

use super::conditional::has_validator;
use super::config::CacheConfig;
use super::directives::ResponseDirectives;
use super::freshness::{Times, initial_age, lifetime};
use super::label::CACHE_STATUS;
use super::vary::Nominated;

/// How long a response may be used, and for whom.
#[derive(Debug)]
pub(super) struct Terms {
    pub(super) said: ResponseDirectives,
    pub(super) lifetime: Duration,
    pub(super) initial_age: Duration,
    pub(super) nominated: Nominated,
}

/// Whether a response to GET may be stored, and on which terms. `asked` is what the client sent.
pub(super) fn terms(
    config: &CacheConfig,
    asked: &HeaderMap,
    status: StatusCode,
    headers: &HeaderMap,
    times: &Times,
) -> Option<Terms> {
    let said = ResponseDirectives::of(headers);
    let allowed =
        is_whole(status) && !said.no_store && !said.private && shares(config, asked, headers, &said);
    // RFC 9111 §3 would store some statuses that say nothing of it; they would never be fresh.
    let lifetime = lifetime(status, headers, &said, times, config.heuristic).filter(|_| allowed)?;
    let nominated = Nominated::of(headers, asked)?;
    let terms = Terms { said, lifetime, initial_age: initial_age(headers, times), nominated };
    terms.is_worth_it(headers).then_some(terms)
}

impl Terms {
    /// Of what is not used again.
    pub(super) fn expired() -> Self {
        Self {
            said: ResponseDirectives::default(),
            lifetime: Duration::ZERO,
            initial_age: Duration::ZERO,
            nominated: Nominated::default(),
        }
    }

    /// Whether the response could ever be used again: while it is fresh, stale, or after validation.
    fn is_worth_it(&self, headers: &HeaderMap) -> bool {
        let stale = self.said.stale_while_revalidate.max(self.said.stale_if_error).unwrap_or(0);
        let usable = Duration::from_secs(if self.said.forbids_stale() { 0 } else { stale });
        has_validator(headers) || (!self.said.no_cache && self.lifetime + usable > self.initial_age)
    }
}

/// Final, and not a part nor an answer to a condition (RFC 9111 §3.3, §4.3.4): 206 and 304 need more than this cache has.
fn is_whole(status: StatusCode) -> bool {
    !status.is_informational() && status != StatusCode::PARTIAL_CONTENT && status != StatusCode::NOT_MODIFIED
}

/// Whether the response may be for others than the one who asked (RFC 9111 §3.5, §7.2, §7.3).
fn shares(config: &CacheConfig, asked: &HeaderMap, headers: &HeaderMap, said: &ResponseDirectives) -> bool {
    let cookie_set = headers.contains_key(SET_COOKIE) && !(config.set_cookie && said.public);
    let authorized = asked.contains_key(AUTHORIZATION) && !(config.authorized && said.shares_authorized());
    let cookie = asked.contains_key(COOKIE) && !config.cookies && !said.is_shared();
    !cookie_set && !authorized && !cookie
}

/// Whether a request says who asks, by `Authorization` or the certificate of its connection.
pub(super) fn has_credentials<B>(request: &Request<B>) -> bool {
    let certificate =
        |context: &RequestContext| context.conn().tls().is_some_and(|tls| tls.peer_certificate().is_some());
    request.headers().contains_key(AUTHORIZATION)
        || RequestContext::of(request.extensions()).is_some_and(certificate)
}

/// Fields that are of one message, and never stored (RFC 9111 §3.1); `Age` is counted anew, and what inner caches did for one
/// request is not true of the next.
const OF_ONE_MESSAGE: [HeaderName; 11] = [
    AGE,
    CACHE_STATUS,
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    PROXY_AUTHENTICATE,
    HeaderName::from_static("proxy-authentication-info"),
    PROXY_AUTHORIZATION,
    HeaderName::from_static("proxy-connection"),
    TE,
    TRAILER,
    TRANSFER_ENCODING,
];

/// The fields to store.
pub(super) fn stored_fields(headers: &HeaderMap) -> HeaderMap {
    let mut stored = headers.clone();
    for line in headers.get_all(CONNECTION) {
        for name in members(line.as_bytes(), Quotes::QuotedString)
            .filter_map(|name| HeaderName::from_bytes(name).ok())
        {
            stored.remove(name);
        }
    }
    for name in &OF_ONE_MESSAGE {
        stored.remove(name);
    }
    stored.remove(UPGRADE);
    stored
}

/// Fields that are about a body, and stay those of the stored one (RFC 9111 §3.2).
const OF_THE_BODY: [HeaderName; 4] =
    [CONTENT_LENGTH, CONTENT_RANGE, http::header::CONTENT_ENCODING, http::header::CONTENT_TYPE];

/// The stored fields with those of a 304 in their place (RFC 9111 §3.2, §4.3.4). A weak tag that comes back for a strong one
/// does not replace it.
pub(super) fn freshened_fields(stored: &HeaderMap, answer: &HeaderMap) -> HeaderMap {
    let (mut fields, answer) = (stored.clone(), stored_fields(answer));
    let kept = |name: &HeaderName| OF_THE_BODY.contains(name) || (name == ETAG && stored.contains_key(ETAG));
    for name in answer.keys().filter(|name| !kept(name)) {
        fields.remove(name);
    }
    for (name, value) in answer.iter().filter(|(name, _)| !kept(name)) {
        fields.append(name.clone(), value.clone());
    }
    fields
}

#[cfg(test)]
mod tests;
