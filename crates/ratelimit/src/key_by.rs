//! [`KeyBy`]: how the key of a request is found.

use std::fmt;
use std::sync::Arc;

use http::HeaderName;
use hyperserve_core::Principal;

use crate::{Key, RequestHead};

type Rule = dyn for<'a> Fn(&RequestHead<'a>) -> Option<Key<'a>> + Send + Sync;

/// How the key of a request is found: what is limited is the use of each key.
///
/// | | key | when that is not there |
/// |---|---|---|
/// | [`client_ip`](Self::client_ip), the default | the client's address behind trusted proxies; IPv6 by /64 | one key for all of whom nothing is known |
/// | [`header`](Self::header) | the value of a header field | the client's address |
/// | [`principal`](Self::principal) | whom an authentication layer has found | the client's address |
/// | [`route`](Self::route) | the pattern of the route | one key for all such requests |
/// | [`everyone`](Self::everyone) | one for all requests | |
/// | [`custom`](Self::custom) | what a closure says | no limit |
///
/// A header's value is the client's choice: whoever sends another each time is never limited. Use it where something in
/// front has checked the value.
#[derive(Clone)]
#[must_use]
pub struct KeyBy(Source);

#[derive(Clone)]
enum Source {
    ClientIp,
    Header(HeaderName),
    Principal,
    Route,
    Everyone,
    Custom(Arc<Rule>),
    Both(Arc<(KeyBy, KeyBy)>),
}

impl KeyBy {
    /// By the client's address.
    pub const fn client_ip() -> Self {
        Self(Source::ClientIp)
    }

    /// By the value of a header field, the first if there are several.
    pub const fn header(name: HeaderName) -> Self {
        Self(Source::Header(name))
    }

    /// By the [`Principal`] that a layer in front has put into the request.
    pub const fn principal() -> Self {
        Self(Source::Principal)
    }

    /// By the route that answers. The layer must stand behind the routing: round a route or a router's routes, not round
    /// the router.
    pub const fn route() -> Self {
        Self(Source::Route)
    }

    /// One key for all requests.
    pub const fn everyone() -> Self {
        Self(Source::Everyone)
    }

    /// By a rule of your own. Requests for which it has no key are not limited.
    ///
    /// ```
    /// use hyperserve_ratelimit::{Key, KeyBy};
    ///
    /// let by_tenant = KeyBy::custom(|head| {
    ///     let tenant = head.uri.path().strip_prefix("/tenants/")?.split('/').next()?;
    ///     Some(Key::text(tenant))
    /// });
    /// ```
    pub fn custom<F>(rule: F) -> Self
    where
        F: for<'a> Fn(&RequestHead<'a>) -> Option<Key<'a>> + Send + Sync + 'static,
    {
        Self(Source::Custom(Arc::new(rule)))
    }

    /// By this and another: `KeyBy::client_ip().and(KeyBy::route())` counts each client on each route. No limit when one of
    /// them is a rule that has no key.
    pub fn and(self, other: Self) -> Self {
        Self(Source::Both(Arc::new((self, other))))
    }

    pub(crate) fn of<'a>(&self, head: &RequestHead<'a>) -> Option<Key<'a>> {
        match &self.0 {
            Source::ClientIp => Some(client(head)),
            Source::Header(name) => match head.headers.get(name) {
                Some(value) => Some(Key::bytes(value.as_bytes())),
                None => Some(client(head)),
            },
            Source::Principal => Some(Principal::of(head.extensions).map_or_else(|| client(head), principal)),
            Source::Route => Some(head.route().map_or(Key::unknown(), Key::text)),
            Source::Everyone => Some(Key::unknown()),
            Source::Custom(rule) => rule(head),
            Source::Both(both) => Some(both.0.of(head)?.joined(&both.1.of(head)?)),
        }
    }
}

fn client<'a>(head: &RequestHead<'a>) -> Key<'a> {
    head.client_ip().map_or(Key::unknown(), Key::ip)
}

/// Subjects are unique among those of one scheme.
fn principal<'a>(principal: &'a Principal) -> Key<'a> {
    match principal.scheme() {
        "" => Key::text(principal.subject()),
        scheme => Key::text(scheme).joined(&Key::text(principal.subject())),
    }
}

impl Default for KeyBy {
    fn default() -> Self {
        Self::client_ip()
    }
}

impl fmt::Debug for KeyBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::ClientIp => f.write_str("ClientIp"),
            Source::Header(name) => f.debug_tuple("Header").field(name).finish(),
            Source::Principal => f.write_str("Principal"),
            Source::Route => f.write_str("Route"),
            Source::Everyone => f.write_str("Everyone"),
            Source::Custom(_) => f.write_str("Custom"),
            Source::Both(both) => f.debug_tuple("Both").field(&both.0).field(&both.1).finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use http::Request;
    use http::uri::PathAndQuery;
    use hyperserve_core::{Captures, ConnInfo, PeerAddr, RequestContext, RouteMatch, RouteTable};

    use super::*;

    struct OneRoute;

    impl RouteTable for OneRoute {
        fn pattern(&self, _: usize) -> &str {
            "/users/{id}"
        }

        fn names(&self, _: usize) -> &[Box<str>] {
            &[]
        }
    }

    fn request(peer: Option<&str>) -> Request<()> {
        let peer = peer.map_or(PeerAddr::Unknown, |peer| PeerAddr::Tcp(peer.parse().unwrap()));
        let conn = ConnInfo::new(peer, PeerAddr::Unknown);
        let mut request = Request::new(());
        request.extensions_mut().insert(RequestContext::new(Arc::new(conn)));
        request
    }

    fn key(by: &KeyBy, request: &Request<()>) -> Option<Key<'static>> {
        by.of(&RequestHead::of(request)).map(Key::into_owned)
    }

    #[test]
    fn clients_are_told_apart_by_address() {
        let ip = |text: &str| Some(Key::ip(text.parse().unwrap()));
        let by = KeyBy::default();
        assert_eq!(key(&by, &request(Some("192.0.2.1:5000"))), ip("192.0.2.1"));
        assert_eq!(key(&by, &request(Some("[2001:db8::9]:5000"))), ip("2001:db8::1"));
        assert_eq!(key(&by, &request(None)), Some(Key::unknown()));
        assert_eq!(key(&by, &Request::new(())), Some(Key::unknown()), "without a context too");
    }

    #[test]
    fn a_client_without_the_header_is_counted_by_address() {
        let by = KeyBy::header(HeaderName::from_static("x-api-key"));
        let mut request = request(Some("192.0.2.1:5000"));
        assert_eq!(key(&by, &request), Some(Key::ip("192.0.2.1".parse().unwrap())));
        request.headers_mut().insert("x-api-key", "192.0.2.1".parse().unwrap());
        assert_eq!(key(&by, &request), Some(Key::text("192.0.2.1")));
    }

    #[test]
    fn a_principal_is_known_by_scheme_and_subject() {
        let mut request = request(Some("192.0.2.1:5000"));
        assert_eq!(key(&KeyBy::principal(), &request), Some(Key::ip("192.0.2.1".parse().unwrap())));
        let mut keys = Vec::new();
        for scheme in ["", "Basic", "Bearer"] {
            Principal::new("ada").with_scheme(scheme).insert_into(request.extensions_mut());
            keys.push(key(&KeyBy::principal(), &request).unwrap());
        }
        assert!(keys[0] == Key::text("ada") && keys[0] != keys[1] && keys[1] != keys[2]);
    }

    #[test]
    fn a_route_is_its_pattern() {
        let mut request = request(None);
        assert_eq!(key(&KeyBy::route(), &request), Some(Key::unknown()));
        let found = RouteMatch::new(Arc::new(OneRoute), 0);
        let captures = Captures::new(PathAndQuery::from_static("/users/7"));
        RequestContext::of_mut(request.extensions_mut()).set_route(found.with_captures(captures));
        assert_eq!(key(&KeyBy::route(), &request), Some(Key::text("/users/{id}")));
    }

    #[test]
    fn two_make_one() {
        let by = KeyBy::client_ip().and(KeyBy::header(http::header::HOST));
        let (mut here, mut there) = (request(Some("192.0.2.1:1")), request(Some("192.0.2.2:1")));
        here.headers_mut().insert("host", "a".parse().unwrap());
        there.headers_mut().insert("host", "a".parse().unwrap());
        assert_ne!(key(&by, &here), key(&by, &there));
        there = request(Some("192.0.2.1:2"));
        there.headers_mut().insert("host", "a".parse().unwrap());
        assert_eq!(key(&by, &here), key(&by, &there));
        let none = KeyBy::client_ip().and(KeyBy::custom(|_| None));
        assert_eq!(key(&none, &here), None);
        assert_eq!(key(&KeyBy::everyone(), &here), key(&KeyBy::everyone(), &there));
    }
}
