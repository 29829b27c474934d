//! Where a request is sent.

use http::header::LOCATION;
use http::{HeaderValue, Method, StatusCode};
use hyperserve_core::authority::{Host, HostPattern, Port};
use hyperserve_core::{
    Body, ClientIp, IntoResponse as _, Problem, Request, RequestContext, Response, authority,
};

use super::HttpsRedirectError;
use crate::{Paths, asked};

#[derive(Clone, Debug)]
pub(super) struct Target {
    /// Empty for every host.
    hosts: Vec<HostPattern>,
    /// In the place of the request's own.
    fixed: Option<Box<str>>,
    /// Appended to the host, empty for 443.
    port: Box<str>,
    pub(super) exempt: Paths,
}

impl Target {
    pub(super) fn new(exempt: Paths) -> Self {
        Self { hosts: Vec::new(), fixed: None, port: "".into(), exempt }
    }

    pub(super) fn set_port(&mut self, port: u16) {
        self.port = if port == 443 { "".into() } else { format!(":{port}").into() };
    }

    pub(super) fn add(&mut self, entry: &str) -> Result<(), HttpsRedirectError> {
        let pattern = HostPattern::parse(entry, Port::Any)
            .map_err(|error| HttpsRedirectError::new(entry, error.reason()))?;
        self.hosts.push(pattern);
        Ok(())
    }

    pub(super) fn fix(&mut self, host: &str) -> Result<(), HttpsRedirectError> {
        if authority::host(host) != Some(host) {
            let why = "write one host without scheme, port and path; the port is set apart";
            return Err(HttpsRedirectError::new(host, why));
        }
        self.fixed = Some(host.into());
        Ok(())
    }

    /// What is answered instead of the service; `None` for what came over HTTPS or may come without.
    ///
    /// CONNECT asks for a tunnel and not for a place, and has no path to be sent to.
    pub(super) fn answer<B>(&self, request: &Request<B>) -> Option<Response<Body>> {
        let client = asked::client(request);
        let passes = client.is_secure()
            || request.method() == Method::CONNECT
            || self.exempt.matches(request.uri().path());
        (!passes).then(|| self.redirect(request, &client).unwrap_or_else(|problem| problem.into_response()))
    }

    fn redirect<B>(&self, request: &Request<B>, client: &ClientIp) -> Result<Response<Body>, Problem> {
        let host = match &self.fixed {
            Some(host) => host,
            None => self.known(client.host().or_else(|| asked::own_authority(request)))?,
        };
        // Routers that nest services cut the path.
        let original = RequestContext::of(request.extensions()).and_then(RequestContext::original_uri);
        let uri = original.unwrap_or_else(|| request.uri());
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let path = if path.starts_with('/') { path } else { "/" };
        let location = HeaderValue::try_from(format!("https://{host}{}{path}", self.port))
            .map_err(|_| Problem::new(StatusCode::BAD_REQUEST))?;
        Ok((StatusCode::PERMANENT_REDIRECT, [(LOCATION, location)]).into_response())
    }

    /// The host without its port, if it is one, and one of those that are known.
    fn known<'a>(&self, text: Option<&'a str>) -> Result<&'a str, Problem> {
        let nameless = || {
            let detail = "This address is served over HTTPS only, and the request names no host to go to.";
            Problem::new(StatusCode::BAD_REQUEST).with_detail(detail)
        };
        let text = text.ok_or_else(nameless)?;
        let host = Host::parse(text).ok_or_else(nameless)?;
        if self.hosts.is_empty() || self.hosts.iter().any(|pattern| pattern.covers(&host, Some(80))) {
            return Ok(host.name());
        }
        let detail = format!("This server does not answer for the host {}.", host.name());
        Err(Problem::new(StatusCode::MISDIRECTED_REQUEST).with_detail(detail))
    }
}
