//! How requests are handed over, from the configuration.

use crate::asgi::Settings;
use http::header::SERVER;
use http::{HeaderName, HeaderValue};
use hyperserve::Config;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

pub(super) fn of(config: &Config) -> PyResult<Settings> {
    let mut fields = Vec::new();
    if config.is_on("server_header") {
        fields.push((SERVER, HeaderValue::from_static("hyperserve")));
    }
    for entry in config.list("header") {
        fields.push(field(&entry)?);
    }
    Ok(Settings {
        root_path: config.text("root_path").trim_end_matches('/').to_owned(),
        proxy_headers: config.is_on("proxy_headers"),
        fields,
        websockets: config.text("ws") != "none",
        cancel_on_disconnect: config.is_on("cancel_on_disconnect"),
        limit_concurrency: count(config, "limit_concurrency"),
        limit_requests: count(config, "limit_max_requests"),
    })
}

pub(super) fn count(config: &Config, name: &str) -> usize {
    usize::try_from(config.number(name)).unwrap_or(usize::MAX)
}

/// `Name: value`
fn field(entry: &str) -> PyResult<(HeaderName, HeaderValue)> {
    let read = entry.split_once(':').and_then(|(name, value)| {
        Some((name.trim().parse().ok()?, HeaderValue::from_str(value.trim()).ok()?))
    });
    read.ok_or_else(|| PyValueError::new_err(format!("header: `{entry}` is not `Name: value`")))
}
