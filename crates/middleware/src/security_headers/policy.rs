//! A configuration made ready: values that are there already, and what is to be filled in.

use http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY_REPORT_ONLY, REFERRER_POLICY, SERVER,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

use super::csp::{Csp, NONCE};
use super::{CspNonce, SecurityHeaders, SecurityHeadersError};
use crate::Paths;

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const EMBEDDER_POLICY: HeaderName = HeaderName::from_static("cross-origin-embedder-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const REPORTING_ENDPOINTS: HeaderName = HeaderName::from_static("reporting-endpoints");
const X_POWERED_BY: HeaderName = HeaderName::from_static("x-powered-by");

/// What the presets say. Values of the program's own text are cloned without a count of references, which all workers would
/// share.
const KNOWN: [&str; 4] = [
    "default-src 'self'; base-uri 'self'; form-action 'self'; object-src 'none'; frame-ancestors 'none'",
    "default-src 'none'; frame-ancestors 'none'",
    "max-age=31536000; includeSubDomains",
    "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
];

#[derive(Clone, Debug)]
pub(super) struct Policy {
    fixed: Vec<(HeaderName, HeaderValue)>,
    hsts: Option<HeaderValue>,
    nonced: Vec<(HeaderName, Template)>,
    server_hidden: bool,
    pub(super) paths: Paths,
}

impl Policy {
    pub(super) fn new(config: &SecurityHeaders) -> Result<Self, SecurityHeadersError> {
        let hsts = config.hsts.map(|hsts| hsts.value().and_then(|text| value("HSTS", text))).transpose()?;
        let mut policy = Self {
            fixed: Vec::new(),
            hsts,
            nonced: Vec::new(),
            server_hidden: config.server_hidden,
            paths: Paths::all(),
        };
        let csp = config.framing.added_to(config.csp.clone());
        policy.add_csp(CONTENT_SECURITY_POLICY, csp.as_ref())?;
        policy.add_csp(CONTENT_SECURITY_POLICY_REPORT_ONLY, config.csp_report_only.as_ref())?;
        policy.add_words(config, csp.as_ref());
        let permissions = config.permissions.as_ref().map(|policy| policy.value()).transpose()?.flatten();
        policy.add_text(PERMISSIONS_POLICY, permissions)?;
        policy.add_text(REPORTING_ENDPOINTS, endpoints(&config.endpoints)?)?;
        policy.add_others(&config.others)?;
        Ok(policy)
    }

    fn add_csp(&mut self, name: HeaderName, csp: Option<&Csp>) -> Result<(), SecurityHeadersError> {
        let text = csp.map(Csp::value).transpose()?.flatten();
        match text.as_deref().and_then(Template::of) {
            Some(template) => self.nonced.push((name, template)),
            None => self.add_text(name, text)?,
        }
        Ok(())
    }

    fn add_words(&mut self, config: &SecurityHeaders, csp: Option<&Csp>) {
        for (name, word) in [
            (X_CONTENT_TYPE_OPTIONS, config.nosniff.then_some("nosniff")),
            (X_FRAME_OPTIONS, config.framing.option(csp)),
            (REFERRER_POLICY, config.referrer.map(|policy| policy.as_str())),
            (OPENER_POLICY, config.opener.map(|policy| policy.as_str())),
            (EMBEDDER_POLICY, config.embedder.map(|policy| policy.as_str())),
            (RESOURCE_POLICY, config.resource.map(|policy| policy.as_str())),
        ] {
            self.fixed.extend(word.map(|word| (name, HeaderValue::from_static(word))));
        }
    }

    fn add_text(&mut self, name: HeaderName, text: Option<String>) -> Result<(), SecurityHeadersError> {
        if let Some(text) = text {
            let value = value(name.as_str(), text)?;
            self.fixed.push((name, value));
        }
        Ok(())
    }

    fn add_others(&mut self, others: &[(String, String)]) -> Result<(), SecurityHeadersError> {
        for (name, text) in others {
            let name = HeaderName::try_from(name).map_err(|_| {
                SecurityHeadersError::new(format!("security header {name:?}: it is not the name of a header"))
            })?;
            self.add_text(name, Some(text.clone()))?;
        }
        Ok(())
    }

    pub(super) const fn has_nonce(&self) -> bool {
        !self.nonced.is_empty()
    }

    pub(super) const fn has_hsts(&self) -> bool {
        self.hsts.is_some()
    }

    /// Adds what the service has not said itself. What is no answer yet (1xx) is left alone.
    pub(super) fn add_to<B>(&self, response: &mut Response<B>, hsts: bool, nonce: Option<CspNonce>) {
        let status = response.status();
        if status.is_informational() {
            return;
        }
        let headers = response.headers_mut();
        headers.reserve(self.fixed.len() + self.nonced.len() + usize::from(hsts));
        if self.server_hidden {
            headers.remove(SERVER);
            headers.remove(X_POWERED_BY);
        }
        for (name, value) in &self.fixed {
            headers.entry(name).or_insert_with(|| value.clone());
        }
        if let Some(value) = self.hsts.as_ref().filter(|_| hsts) {
            headers.entry(STRICT_TRANSPORT_SECURITY).or_insert_with(|| value.clone());
        }
        // A 304 renews the headers of the response that is kept (RFC 9111 §4.3.4), whose page has another nonce.
        if status != StatusCode::NOT_MODIFIED {
            self.add_nonced(headers, nonce);
        }
    }

    fn add_nonced(&self, headers: &mut HeaderMap, nonce: Option<CspNonce>) {
        for (name, template) in &self.nonced {
            if !headers.contains_key(name)
                && let Ok(value) = HeaderValue::try_from(template.filled(nonce))
            {
                headers.insert(name, value);
            }
        }
    }
}

fn value(what: &str, text: String) -> Result<HeaderValue, SecurityHeadersError> {
    if let Some(known) = KNOWN.iter().find(|known| **known == text) {
        return Ok(HeaderValue::from_static(known));
    }
    HeaderValue::try_from(text).map_err(|error| {
        SecurityHeadersError::new(format!("{what} has a value that no header can have: {error}"))
    })
}

/// `csp="https://a.example/reports", other="…"` (RFC 9651 §3.2). Browsers take `https` alone.
fn endpoints(endpoints: &[(String, String)]) -> Result<Option<String>, SecurityHeadersError> {
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_lowercase())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-.*".contains(&byte))
    };
    let is_url = |url: &str| {
        (url.starts_with("https://") || url.starts_with('/'))
            && url.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"\\".contains(&byte))
    };
    let mut members = Vec::new();
    for (name, url) in endpoints {
        if !is_name(name) || !is_url(url) {
            let sentence = format!(
                "reporting endpoint {name:?}: write a name in small letters, and a URL of https or a path of this \
                 host instead of {url:?}"
            );
            return Err(SecurityHeadersError::new(sentence));
        }
        members.push(format!("{name}=\"{url}\""));
    }
    Ok((!members.is_empty()).then(|| members.join(", ")))
}

/// A text with places for a nonce.
#[derive(Clone, Debug)]
struct Template {
    first: Box<str>,
    /// What follows each nonce.
    after: Vec<Box<str>>,
}

impl Template {
    /// `None` for a text that has no such place.
    fn of(text: &str) -> Option<Self> {
        let mut parts = text.split(NONCE);
        let first = parts.next()?.into();
        let after: Vec<Box<str>> = parts.map(Into::into).collect();
        (!after.is_empty()).then_some(Self { first, after })
    }

    /// Without a nonce nothing has it.
    fn filled(&self, nonce: Option<CspNonce>) -> String {
        const OPEN: &str = "'nonce-";
        let width = |part: &str| OPEN.len() + 23 + part.len();
        let mut text = String::with_capacity(
            self.first.len() + self.after.iter().map(|part| width(part)).sum::<usize>(),
        );
        text.push_str(&self.first);
        for part in &self.after {
            if let Some(nonce) = &nonce {
                text.extend([OPEN, nonce.as_str(), "'"]);
            }
            text.push_str(part);
        }
        text
    }
}
