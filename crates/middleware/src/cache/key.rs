//! [`CacheKey`]: scheme, authority, path and query, as the client asked for them.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use http::Uri;
use http::header::HOST;
use hyperserve_core::{ClientIp, Request, RequestContext};
use moka::Equivalent;

/// What a stored response is found by, beside the fields of its `Vary`.
///
/// Scheme and host are those that [`ClientIp`] finds: what a trusted proxy says, else those of the connection and of the
/// request. The path is the one that the client sent, though the layer be mounted below a prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheKey {
    secure: bool,
    /// In lower case, without the scheme's own port.
    authority: Box<str>,
    target: Box<str>,
    rest: Rest<Box<str>>,
}

/// What a layer outside changed, so that the service may answer by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Rest<T> {
    /// The path and query that the service sees, if more than a prefix is gone.
    seen: Option<T>,
    /// `Host`, if a trusted proxy says that the client asked for another one.
    via: Option<T>,
}

impl CacheKey {
    /// `http` or `https`.
    #[must_use]
    pub const fn scheme(&self) -> &'static str {
        if self.secure { "https" } else { "http" }
    }

    /// Host and port, in lower case, without a port that the scheme implies; empty if the request had none.
    #[must_use]
    pub const fn authority(&self) -> &str {
        &self.authority
    }

    /// The path, as it stood in the request.
    #[must_use]
    pub fn path(&self) -> &str {
        self.target.split_once('?').map_or(&*self.target, |(path, _)| path)
    }

    /// The query, without `?`.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.target.split_once('?').map(|(_, query)| query)
    }

    pub(super) fn weight(&self) -> usize {
        let length = |text: &Option<Box<str>>| text.as_ref().map_or(0, |text| text.len());
        128 + self.authority.len() + self.target.len() + length(&self.rest.seen) + length(&self.rest.via)
    }

    /// Whether it is for the URI, an absolute one.
    pub(super) fn is_for(&self, uri: &Uri) -> bool {
        let secure = uri.scheme_str() == Some("https");
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        self.secure == secure
            && without_default_port(authority, secure).eq_ignore_ascii_case(&self.authority)
            && uri.path_and_query().is_some_and(|target| target.as_str() == &*self.target)
    }

    /// The keys of what `reference`, of a `Location` or `Content-Location` of a response to this key, names on this host
    /// (RFC 9111 §4.4).
    pub(super) fn named_by(&self, reference: &str) -> Vec<Self> {
        let Some(target) = self.resolve(reference) else { return Vec::new() };
        let rest = |seen: Option<&str>| Rest { seen: seen.map(Box::from), via: self.rest.via.clone() };
        let key = |seen| Self { target: target.clone(), rest: rest(seen), ..self.clone() };
        // Below a prefix the prefix itself is seen as `/`.
        vec![key(None), key(Some("/"))]
    }

    fn resolve(&self, reference: &str) -> Option<Box<str>> {
        let reference = reference.split('#').next().unwrap_or_default();
        if let Some(authority_and_on) = reference.strip_prefix("//") {
            return self.resolve(&format!("{}://{authority_and_on}", self.scheme()));
        }
        if reference.starts_with('/') {
            return Some(reference.into());
        }
        if let Some(uri) = reference.parse::<Uri>().ok().filter(|uri| uri.scheme().is_some()) {
            let target = uri.path_and_query().map_or("/", |target| target.as_str()).into();
            return self.is_same_origin(&uri).then_some(target);
        }
        let folder = self.path().rfind('/').map_or("/", |end| &self.path()[..=end]);
        let plain = !reference.is_empty() && !reference.starts_with(['?', '.']) && !reference.contains("/.");
        plain.then(|| format!("{folder}{reference}").into())
    }

    fn is_same_origin(&self, uri: &Uri) -> bool {
        let secure = uri.scheme_str() == Some("https");
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        secure == self.secure && without_default_port(authority, secure).eq_ignore_ascii_case(&self.authority)
    }
}

/// As `Lookup`'s, since one is looked for with the other.
impl Hash for CacheKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash(state, self.secure, &self.authority, &self.target, self.rest());
    }
}

impl CacheKey {
    fn rest(&self) -> Rest<&str> {
        Rest { seen: self.rest.seen.as_deref(), via: self.rest.via.as_deref() }
    }
}

/// The key of a request, borrowed from it.
#[derive(Debug)]
pub(super) struct Lookup<'a> {
    secure: bool,
    /// The host that a trusted proxy says; else [`host`](Self::host) counts.
    forwarded: Option<Box<str>>,
    host: &'a str,
    target: &'a str,
    seen: Option<&'a str>,
}

impl<'a> Lookup<'a> {
    pub(super) fn of<B>(request: &'a Request<B>) -> Self {
        let context = RequestContext::of(request.extensions());
        let uri = request.uri();
        let (secure, forwarded) = asked_for(request, context);
        let original = context.and_then(RequestContext::original_uri);
        Self {
            secure,
            forwarded,
            host: host(request),
            target: target(original.unwrap_or(uri)),
            seen: original.filter(|original| !is_prefixed(original, uri)).map(|_| target(uri)),
        }
    }

    fn authority(&self) -> &str {
        without_default_port(self.forwarded.as_deref().unwrap_or(self.host), self.secure)
    }

    fn rest(&self) -> Rest<&str> {
        let via = self.forwarded.as_deref().filter(|forwarded| !forwarded.eq_ignore_ascii_case(self.host));
        Rest { seen: self.seen, via: via.map(|_| self.host) }
    }

    pub(super) fn to_key(&self) -> Arc<CacheKey> {
        let rest = self.rest();
        Arc::new(CacheKey {
            secure: self.secure,
            authority: self.authority().to_ascii_lowercase().into(),
            target: self.target.into(),
            rest: Rest { seen: rest.seen.map(Box::from), via: rest.via.map(Box::from) },
        })
    }
}

impl Hash for Lookup<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash(state, self.secure, self.authority(), self.target, self.rest());
    }
}

impl Equivalent<Arc<CacheKey>> for Lookup<'_> {
    fn equivalent(&self, key: &Arc<CacheKey>) -> bool {
        self.secure == key.secure
            && *self.target == *key.target
            && self.authority().eq_ignore_ascii_case(&key.authority)
            && self.rest() == key.rest()
    }
}

fn hash<H: Hasher>(state: &mut H, secure: bool, authority: &str, target: &str, rest: Rest<&str>) {
    state.write_u8(u8::from(secure));
    // A block at a time, since a byte at a time is slow.
    let mut block = [0; 64];
    for bytes in authority.as_bytes().chunks(block.len()) {
        let block = &mut block[..bytes.len()];
        block.copy_from_slice(bytes);
        block.make_ascii_lowercase();
        state.write(block);
    }
    state.write_u8(0xff);
    target.hash(state);
    rest.hash(state);
}

fn asked_for<B>(request: &Request<B>, context: Option<&RequestContext>) -> (bool, Option<Box<str>>) {
    let Some(context) = context else {
        return (request.uri().scheme_str() == Some("https"), None);
    };
    let conn = context.conn();
    if !context.trusted().trusts(conn) {
        return (conn.is_secure(), None);
    }
    let client = ClientIp::resolve(request.headers(), conn, context.trusted());
    (client.is_secure(), client.host().map(Box::from))
}

fn host<B>(request: &Request<B>) -> &str {
    let field = || request.headers().get(HOST).and_then(|host| host.to_str().ok());
    request.uri().authority().map(|authority| authority.as_str()).or_else(field).unwrap_or_default()
}

fn target(uri: &Uri) -> &str {
    uri.path_and_query().map_or("", |target| target.as_str())
}

/// Whether a URI is what is left of another one without the beginning of its path.
fn is_prefixed(original: &Uri, seen: &Uri) -> bool {
    original.path().ends_with(seen.path()) && original.query() == seen.query()
}

fn without_default_port(authority: &str, secure: bool) -> &str {
    let port = if secure { ":443" } else { ":80" };
    authority.strip_suffix(port).or_else(|| authority.strip_suffix(':')).unwrap_or(authority)
}

#[cfg(test)]
mod tests;
