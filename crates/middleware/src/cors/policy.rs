//! A configuration made ready: which headers go to whom.

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use hyperserve_core::{Body, IntoResponse as _, Problem, Response};

use super::CorsConfig;
use super::error::{CorsError, Kind};
use crate::Paths;
use crate::origin::Origins;

const REQUEST_PRIVATE_NETWORK: HeaderName = HeaderName::from_static("access-control-request-private-network");
const ALLOW_PRIVATE_NETWORK: HeaderName = HeaderName::from_static("access-control-allow-private-network");

const STAR: HeaderValue = HeaderValue::from_static("*");
const TRUE: HeaderValue = HeaderValue::from_static("true");
const VARY_ORIGIN: HeaderValue = HeaderValue::from_static("Origin");
const VARY_PREFLIGHT: HeaderValue =
    HeaderValue::from_static("Origin, Access-Control-Request-Method, Access-Control-Request-Headers");
const VARY_PREFLIGHT_AND_NETWORK: HeaderValue = HeaderValue::from_static(
    "Origin, Access-Control-Request-Method, Access-Control-Request-Headers, Access-Control-Request-Private-Network",
);

#[derive(Clone, Debug)]
pub(super) struct Policy {
    /// `None` for all.
    origins: Option<Origins>,
    credentials: bool,
    private_network: bool,
    methods: Option<HeaderValue>,
    headers: Option<HeaderValue>,
    exposed: Option<HeaderValue>,
    max_age: Option<HeaderValue>,
    pub(super) paths: Paths,
}

impl Policy {
    pub(super) fn new(config: &CorsConfig) -> Result<Self, CorsError> {
        check_credentials(config)?;
        Ok(Self {
            origins: origins(&config.origins)?,
            credentials: config.credentials,
            private_network: config.private_network,
            methods: joined(&config.methods, is_method, Kind::Method)?,
            headers: joined(&config.headers, is_header, Kind::Header)?,
            exposed: joined(&config.exposed, is_header, Kind::Header)?,
            max_age: config.max_age.map(|age| HeaderValue::from(age.as_secs())),
            paths: Paths::all(),
        })
    }

    /// Whether answers depend on who asks.
    pub(super) const fn varies(&self) -> bool {
        self.origins.is_some()
    }

    /// What `Access-Control-Allow-Origin` says to this origin. `*` is said to everybody.
    pub(super) fn grant(&self, origin: Option<&HeaderValue>) -> Option<HeaderValue> {
        match &self.origins {
            None => Some(STAR),
            Some(origins) => origin.filter(|origin| origins.contains(origin.as_bytes())).cloned(),
        }
    }

    /// The answer to a preflight.
    pub(super) fn preflight(&self, origin: &HeaderValue, asked: &HeaderMap) -> Response {
        let Some(grant) = self.grant(Some(origin)) else { return refusal() };
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        let headers = response.headers_mut();
        self.allow(headers, grant);
        for (name, value) in [
            (ACCESS_CONTROL_ALLOW_METHODS, &self.methods),
            (ACCESS_CONTROL_ALLOW_HEADERS, &self.headers),
            (ACCESS_CONTROL_MAX_AGE, &self.max_age),
        ] {
            headers.extend(value.clone().map(|value| (name, value)));
        }
        if self.private_network && asked.get(REQUEST_PRIVATE_NETWORK).is_some_and(|asked| asked == TRUE) {
            headers.insert(ALLOW_PRIVATE_NETWORK, TRUE);
        }
        let vary = if self.private_network { VARY_PREFLIGHT_AND_NETWORK } else { VARY_PREFLIGHT };
        headers.insert(VARY, vary);
        response
    }

    /// Puts onto a response what lets the page read it, unless the service has done so itself.
    pub(super) fn decorate(&self, headers: &mut HeaderMap, grant: HeaderValue) {
        if headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN) {
            return;
        }
        self.allow(headers, grant);
        if let Some(exposed) = &self.exposed {
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed.clone());
        }
        if self.varies() {
            vary_by_origin(headers);
        }
    }

    fn allow(&self, headers: &mut HeaderMap, grant: HeaderValue) {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, grant);
        if self.credentials {
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
        }
    }
}

/// Adds `Vary: Origin` unless it is there.
pub(super) fn vary_by_origin(headers: &mut HeaderMap) {
    let mut values = headers.get_all(VARY).iter().filter_map(|value| value.to_str().ok());
    let names = |value: &str| {
        value.split(',').map(str::trim_ascii).any(|name| name == "*" || name.eq_ignore_ascii_case("origin"))
    };
    if !values.any(names) {
        headers.append(VARY, VARY_ORIGIN);
    }
}

fn refusal() -> Response {
    let detail = "Pages of this origin may not use this service.";
    let problem = Problem::new(StatusCode::FORBIDDEN).with_detail(detail);
    problem.with_header(VARY, VARY_PREFLIGHT).into_response()
}

/// The standard has `*` mean all when there are no credentials, and itself when there are.
fn check_credentials(config: &CorsConfig) -> Result<(), CorsError> {
    let has = |list: &[String], text: &str| list.iter().any(|entry| entry.trim_ascii() == text);
    let wrong = if !config.credentials {
        return Ok(());
    } else if has(&config.origins, "*") {
        Kind::CredentialsToAll
    } else if has(&config.origins, "null") {
        Kind::CredentialsToNull
    } else if has(&config.methods, "*") {
        Kind::LiteralStar("methods")
    } else if has(&config.headers, "*") {
        Kind::LiteralStar("headers")
    } else if has(&config.exposed, "*") {
        Kind::LiteralStar("exposed headers")
    } else {
        return Ok(());
    };
    Err(wrong.into())
}

fn origins(entries: &[String]) -> Result<Option<Origins>, CorsError> {
    let mut origins = Origins::default();
    let mut all = false;
    for entry in entries.iter().map(|entry| entry.trim_ascii()) {
        if entry == "*" {
            all = true;
        } else {
            origins.add(entry).map_err(|why| Kind::Origin(entry.into(), why))?;
        }
    }
    if !all && origins.is_empty() { Err(Kind::NoOrigin.into()) } else { Ok((!all).then_some(origins)) }
}

/// The entries with commas, `*` for all if it is among them, `None` if there are none.
fn joined(
    entries: &[String],
    is_valid: impl Fn(&str) -> bool,
    wrong: impl Fn(Box<str>) -> Kind,
) -> Result<Option<HeaderValue>, CorsError> {
    let mut text = String::new();
    for entry in entries.iter().map(|entry| entry.trim_ascii()) {
        if !is_valid(entry) {
            return Err(wrong(entry.into()).into());
        }
        text.push_str(if text.is_empty() { "" } else { ", " });
        text.push_str(entry);
    }
    if text.is_empty() {
        return Ok(None);
    }
    HeaderValue::try_from(&*text).map(Some).map_err(|_| wrong(text.into()).into())
}

/// Methods are case-sensitive (RFC 9110 §9.1), and browsers write few of them large by themselves.
fn is_method(text: &str) -> bool {
    Method::from_bytes(text.as_bytes()).is_ok() && !text.bytes().any(|byte| byte.is_ascii_lowercase())
}

fn is_header(text: &str) -> bool {
    HeaderName::from_bytes(text.as_bytes()).is_ok()
}
