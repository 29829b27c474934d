//! Names that come with nearly every request, as Python bytes and strings made once.

use http::header::{self, HeaderName};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyString};
use std::collections::HashMap;

/// The names that `http` has constants for, which point to the same text each time.
const STANDARD: &[HeaderName] = &[
    header::ACCEPT,
    header::ACCEPT_CHARSET,
    header::ACCEPT_ENCODING,
    header::ACCEPT_LANGUAGE,
    header::ACCESS_CONTROL_REQUEST_HEADERS,
    header::ACCESS_CONTROL_REQUEST_METHOD,
    header::AUTHORIZATION,
    header::CACHE_CONTROL,
    header::CONNECTION,
    header::CONTENT_DISPOSITION,
    header::CONTENT_ENCODING,
    header::CONTENT_LANGUAGE,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::COOKIE,
    header::DATE,
    header::DNT,
    header::EXPECT,
    header::FORWARDED,
    header::FROM,
    header::HOST,
    header::IF_MATCH,
    header::IF_MODIFIED_SINCE,
    header::IF_NONE_MATCH,
    header::IF_RANGE,
    header::IF_UNMODIFIED_SINCE,
    header::MAX_FORWARDS,
    header::ORIGIN,
    header::PRAGMA,
    header::PROXY_AUTHORIZATION,
    header::RANGE,
    header::REFERER,
    header::SEC_WEBSOCKET_EXTENSIONS,
    header::SEC_WEBSOCKET_KEY,
    header::SEC_WEBSOCKET_PROTOCOL,
    header::SEC_WEBSOCKET_VERSION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::UPGRADE_INSECURE_REQUESTS,
    header::USER_AGENT,
    header::VIA,
    header::WARNING,
];

/// By address: the text of a name that is not in the list lies elsewhere.
static NAMES: PyOnceLock<HashMap<usize, Py<PyBytes>>> = PyOnceLock::new();

/// A field's name as bytes.
pub(super) fn name<'py>(py: Python<'py>, name: &HeaderName) -> Bound<'py, PyBytes> {
    let names = NAMES.get_or_init(py, || {
        let entry = |name: &HeaderName| {
            (name.as_str().as_ptr().addr(), PyBytes::new(py, name.as_str().as_bytes()).unbind())
        };
        STANDARD.iter().map(entry).collect()
    });
    let text = name.as_str();
    match names.get(&text.as_ptr().addr()) {
        Some(known) => known.bind(py).clone(),
        None => PyBytes::new(py, text.as_bytes()),
    }
}

/// `b""`, which Python has one of.
pub(super) fn no_bytes(py: Python<'_>) -> Bound<'_, PyBytes> {
    PyBytes::new(py, b"")
}

/// A method's name; the common ones are interned.
pub(super) fn method<'py>(py: Python<'py>, method: &http::Method) -> Bound<'py, PyString> {
    PyString::intern(py, method.as_str())
}
