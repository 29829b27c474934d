//! The connection scope of a request (ASGI, "HTTP connection scope").
//!
//! What all requests of a connection share is a template that each request's scope is a copy of; copying a dictionary
//! costs a quarter of filling one. Fields that are the same as in the request before, as a browser's are, are taken from it.

use super::bridge::Bridge;
use super::cycle::Start;
use super::exchange::{Exchange, Last};
use super::known;
use super::tls;
use http::header::{COOKIE, HOST};
use http::request::Parts;
use http::{HeaderMap, HeaderName, Version};
use hyperserve_core::proxy_protocol::{ProxyAddr, ProxyHeader};
use hyperserve_core::{ClientIp, ConnInfo, PeerAddr, RequestContext};
use percent_encoding::percent_decode_str;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// What the scopes of one connection begin with; made with its first request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Template(Arc<Mutex<Option<Made>>>);

#[derive(Debug)]
struct Made {
    scope: Py<PyDict>,
    extensions: Option<Py<PyDict>>,
    /// The fields of the last request.
    fields: Vec<Py<PyTuple>>,
    /// Its `receive` and `send`.
    last: Last,
}

impl Template {
    /// `receive` and `send` for a request whose scope was built.
    pub(super) fn exchange(&self, py: Python<'_>, start: Start) -> PyResult<Exchange> {
        match &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(made) => made.last.begin(py, start),
            None => Last::default().begin(py, start),
        }
    }
}

/// The scope of an HTTP request.
pub(super) fn build<'py>(
    py: Python<'py>,
    bridge: &Bridge,
    template: &Template,
    parts: &Parts,
) -> PyResult<Bound<'py, PyDict>> {
    let context = RequestContext::of(&parts.extensions);
    let mut made = template.0.lock().unwrap_or_else(PoisonError::into_inner);
    if made.is_none() {
        *made = Some(make(py, bridge, context)?);
    }
    let Some(made) = made.as_mut() else { return Ok(PyDict::new(py)) };
    let scope = made.scope.bind(py).copy()?;
    set_target(py, bridge, parts, &scope)?;
    if parts.method != http::Method::GET {
        scope.set_item(intern!(py, "method"), known::method(py, &parts.method))?;
    }
    if parts.version != Version::HTTP_11 {
        scope.set_item(intern!(py, "http_version"), version(parts.version))?;
    }
    let (listed, is_forwarded) = fields(py, parts, &mut made.fields)?;
    scope.set_item(intern!(py, "headers"), listed)?;
    // Applications write into these: each request has its own.
    scope.set_item(intern!(py, "asgi"), bridge.versions.bind(py).copy()?)?;
    let extensions = made.extensions.as_ref().unwrap_or_else(|| bridge.extensions.of(context));
    scope.set_item(intern!(py, "extensions"), extensions.bind(py).copy()?)?;
    if let Some(state) = &bridge.state {
        scope.set_item(intern!(py, "state"), state.bind(py).copy()?)?;
    }
    if let Some(context) = context
        && is_forwarded
        && bridge.settings.proxy_headers
        && context.trusted().trusts(context.conn())
    {
        set_forwarded(py, &parts.headers, context, &scope)?;
    }
    Ok(scope)
}

/// The scope of a WebSocket (ASGI, "WebSocket connection scope").
pub(crate) fn of_websocket<'a, 'py>(
    py: Python<'py>,
    bridge: &Bridge,
    template: &Template,
    parts: &Parts,
    subprotocols: impl Iterator<Item = &'a str>,
) -> PyResult<Bound<'py, PyDict>> {
    let scope = build(py, bridge, template, parts)?;
    scope.set_item(intern!(py, "type"), intern!(py, "websocket"))?;
    scope.del_item(intern!(py, "method"))?;
    let scheme = scope.as_any().get_item(intern!(py, "scheme"))?;
    let scheme = if scheme.eq(intern!(py, "https"))? { "wss" } else { "ws" };
    scope.set_item(intern!(py, "scheme"), PyString::intern(py, scheme))?;
    scope.set_item(intern!(py, "subprotocols"), PyList::new(py, subprotocols.collect::<Vec<_>>())?)?;
    let extensions = PyDict::new(py);
    extensions.set_item(intern!(py, "websocket.http.response"), PyDict::new(py))?;
    let tls = scope.as_any().get_item(intern!(py, "extensions"))?.cast_into::<PyDict>()?;
    if let Some(tls) = tls.get_item(intern!(py, "tls"))? {
        extensions.set_item(intern!(py, "tls"), tls)?;
    }
    scope.set_item(intern!(py, "extensions"), extensions)?;
    Ok(scope)
}

fn make(py: Python<'_>, bridge: &Bridge, context: Option<&RequestContext>) -> PyResult<Made> {
    let conn = context.map(|context| &**context.conn());
    let scope = PyDict::new(py);
    scope.set_item(intern!(py, "type"), intern!(py, "http"))?;
    scope.set_item(intern!(py, "asgi"), py.None())?;
    scope.set_item(intern!(py, "http_version"), intern!(py, "1.1"))?;
    scope.set_item(intern!(py, "server"), conn.map(|conn| server(py, conn.local())).transpose()?)?;
    scope.set_item(intern!(py, "client"), conn.map(|conn| client(py, conn)).transpose()?)?;
    let scheme = if conn.is_some_and(ConnInfo::is_secure) { "https" } else { "http" };
    scope.set_item(intern!(py, "scheme"), PyString::intern(py, scheme))?;
    scope.set_item(intern!(py, "method"), intern!(py, "GET"))?;
    scope.set_item(intern!(py, "root_path"), &bridge.settings.root_path)?;
    scope.set_item(intern!(py, "path"), py.None())?;
    scope.set_item(intern!(py, "raw_path"), py.None())?;
    scope.set_item(intern!(py, "query_string"), known::no_bytes(py))?;
    scope.set_item(intern!(py, "headers"), py.None())?;
    let extensions = match conn.and_then(ConnInfo::tls) {
        Some(facts) => {
            let extensions = bridge.extensions.of(context).bind(py).copy()?;
            extensions.set_item(intern!(py, "tls"), tls::describe(py, facts)?)?;
            Some(extensions.unbind())
        }
        None => None,
    };
    Ok(Made { scope: scope.unbind(), extensions, fields: Vec::new(), last: Last::default() })
}

fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "1.0",
        Version::HTTP_2 => "2",
        Version::HTTP_3 => "3",
        _ => "1.1",
    }
}

/// `("127.0.0.1", 8000)`, or `("/run/app.sock", None)`.
fn server<'py>(py: Python<'py>, local: &PeerAddr) -> PyResult<Option<Bound<'py, PyTuple>>> {
    match local {
        PeerAddr::Tcp(address) => socket_address(py, *address).map(Some),
        PeerAddr::Unix(Some(path)) => (path.display().to_string(), py.None()).into_pyobject(py).map(Some),
        _ => Ok(None),
    }
}

fn client<'py>(py: Python<'py>, conn: &ConnInfo) -> PyResult<Option<Bound<'py, PyTuple>>> {
    if let Some(ProxyAddr::Ip(source)) = conn.proxied().map(ProxyHeader::source) {
        return socket_address(py, *source).map(Some);
    }
    match conn.peer() {
        PeerAddr::Tcp(address) => socket_address(py, *address).map(Some),
        _ => Ok(None),
    }
}

fn socket_address<'py>(py: Python<'py>, address: SocketAddr) -> PyResult<Bound<'py, PyTuple>> {
    (address.ip().to_canonical().to_string(), address.port()).into_pyobject(py)
}

/// `path` is decoded, `raw_path` is as it came, without the query.
fn set_target(py: Python<'_>, bridge: &Bridge, parts: &Parts, scope: &Bound<'_, PyDict>) -> PyResult<()> {
    let raw = parts.uri.path();
    let root = bridge.settings.root_path.as_str();
    let decoded = if raw.contains('%') { percent_decode_str(raw).decode_utf8_lossy() } else { raw.into() };
    if root.is_empty() {
        scope.set_item(intern!(py, "path"), PyString::new(py, &decoded))?;
        scope.set_item(intern!(py, "raw_path"), PyBytes::new(py, raw.as_bytes()))?;
    } else {
        scope.set_item(intern!(py, "path"), format!("{root}{decoded}"))?;
        scope.set_item(intern!(py, "raw_path"), PyBytes::new(py, format!("{root}{raw}").as_bytes()))?;
    }
    if let Some(query) = parts.uri.query().filter(|query| !query.is_empty()) {
        scope.set_item(intern!(py, "query_string"), PyBytes::new(py, query.as_bytes()))?;
    }
    Ok(())
}

/// The fields as a list of pairs of bytes, and whether some of them may tell of a proxy. `last` are those of the request
/// before, and become these.
fn fields<'py>(
    py: Python<'py>,
    parts: &Parts,
    last: &mut Vec<Py<PyTuple>>,
) -> PyResult<(Bound<'py, PyList>, bool)> {
    // HTTP/2 names the host in a pseudo-header field, which applications look for as `host`.
    let authority = match parts.uri.authority() {
        Some(authority) if parts.version == Version::HTTP_2 && !parts.headers.contains_key(HOST) => {
            Some((&HOST, authority.as_str().as_bytes()))
        }
        _ => None,
    };
    let crumbs = joined_cookies(parts);
    let is_crumb = |name: &HeaderName| crumbs.is_some() && *name == COOKIE;
    let fields = parts.headers.iter().filter(|(name, _)| !is_crumb(name));
    let all = authority
        .into_iter()
        .chain(fields.map(|(name, value)| (name, value.as_bytes())))
        .chain(crumbs.as_deref().map(|crumbs| (&COOKIE, crumbs)));
    let (mut count, mut is_forwarded) = (0, false);
    for (name, value) in all {
        is_forwarded |= matches!(name.as_str().as_bytes(), [b'f', b'o', ..] | [b'x', b'-', b'f', ..]);
        match last.get(count).map(|known| known.bind(py)) {
            Some(known) if is_same(known, name.as_str().as_bytes(), value) => {}
            Some(_) => last[count] = pair(py, name, value)?,
            None => last.push(pair(py, name, value)?),
        }
        count += 1;
    }
    last.truncate(count);
    Ok((PyList::new(py, last.iter().map(|pair| pair.bind(py)))?, is_forwarded))
}

/// Cookies that an HTTP/2 client has sent apart are joined for applications that know one field (RFC 9113 §8.2.3).
fn joined_cookies(parts: &Parts) -> Option<Vec<u8>> {
    if parts.version != Version::HTTP_2 {
        return None;
    }
    let crumbs: Vec<_> = parts.headers.get_all(COOKIE).iter().map(http::HeaderValue::as_bytes).collect();
    (crumbs.len() > 1).then(|| crumbs.join(&b"; "[..]))
}

fn pair(py: Python<'_>, name: &http::HeaderName, value: &[u8]) -> PyResult<Py<PyTuple>> {
    let pair = PyTuple::new(py, [known::name(py, name), PyBytes::new(py, value)])?;
    Ok(pair.unbind())
}

fn is_same(pair: &Bound<'_, PyTuple>, name: &[u8], value: &[u8]) -> bool {
    let is = |index: usize, bytes: &[u8]| {
        pair.get_borrowed_item(index)
            .is_ok_and(|item| item.cast::<PyBytes>().is_ok_and(|item| item.as_bytes() == bytes))
    };
    is(1, value) && is(0, name)
}

/// What trusted proxies say of the client and the scheme.
fn set_forwarded(
    py: Python<'_>,
    fields: &HeaderMap,
    context: &RequestContext,
    scope: &Bound<'_, PyDict>,
) -> PyResult<()> {
    let conn = context.conn();
    let client = ClientIp::resolve(fields, conn, context.trusted());
    if let Some(ip) = client.ip().filter(|ip| Some(*ip) != conn.remote_ip().map(|ip| ip.to_canonical())) {
        // The port of a client behind a proxy is not known.
        scope.set_item(intern!(py, "client"), (ip.to_string(), 0))?;
    }
    if client.is_secure() != conn.is_secure() {
        scope.set_item(intern!(py, "scheme"), client.scheme())?;
    }
    Ok(())
}
