//! Which requests are answered.

use http::StatusCode;
use http::header::HOST;
use hyperserve_core::authority::{Host, HostPattern, Port};
use hyperserve_core::{Problem, Request};

use super::TrustedHostsError;
use crate::Paths;
use crate::asked;

#[derive(Clone, Debug, Default)]
pub(super) struct Rules {
    hosts: Vec<HostPattern>,
    /// Whether the names of this machine count on connections to a loopback address.
    pub(super) loopback_names: bool,
    /// Whether other connections are not looked at.
    loopback_only: bool,
    pub(super) exempt: Paths,
}

impl Rules {
    /// Those of [`TrustedHostsLayer::loopback`](super::TrustedHostsLayer::loopback).
    pub(super) fn loopback() -> Self {
        Self { loopback_names: true, loopback_only: true, ..Self::default() }
    }

    pub(super) fn add(&mut self, entry: &str) -> Result<(), TrustedHostsError> {
        let pattern = HostPattern::parse(entry, Port::Any)
            .map_err(|error| TrustedHostsError::new(entry, error.reason()))?;
        self.hosts.push(pattern);
        Ok(())
    }

    /// Why the request is not answered.
    pub(super) fn refusal<B>(&self, request: &Request<B>) -> Option<Problem> {
        let loopback = (self.loopback_names || self.loopback_only) && asked::is_on_loopback(request);
        if (self.loopback_only && !loopback) || self.exempt.matches(request.uri().path()) {
            return None;
        }
        let names = Names { rules: self, local: loopback && self.loopback_names };
        names.of(request).err().map(Refusal::problem)
    }
}

#[derive(Debug)]
enum Refusal {
    NoHost,
    /// A host, so that its characters are harmless.
    Other(String),
}

impl Refusal {
    fn problem(self) -> Problem {
        match self {
            Self::NoHost => Problem::new(StatusCode::BAD_REQUEST)
                .with_detail("The request does not name the host that it is for."),
            Self::Other(host) => Problem::new(StatusCode::MISDIRECTED_REQUEST)
                .with_detail(format!("This server does not answer for the host {host}.")),
        }
    }
}

struct Names<'a> {
    rules: &'a Rules,
    local: bool,
}

impl Names<'_> {
    /// Every host that the request names has to be one of ours. A page that rebinds its name may set
    /// `X-Forwarded-Host`, and may not set `Host`: what a proxy forwards adds to the one and does not replace it.
    fn of<B>(&self, request: &Request<B>) -> Result<(), Refusal> {
        let target = request.uri().authority().map(|authority| authority.as_str());
        let mut fields = request.headers().get_all(HOST).iter();
        let field = fields.next().map(|value| value.to_str().map_err(|_| Refusal::NoHost)).transpose()?;
        if fields.next().is_some() || target.or(field).is_none() {
            return Err(Refusal::NoHost);
        }
        for host in [target, field].into_iter().flatten() {
            self.check(host)?;
        }
        asked::client(request).host().map_or(Ok(()), |host| self.check(host))
    }

    fn check(&self, text: &str) -> Result<(), Refusal> {
        let host = Host::parse(text).ok_or(Refusal::NoHost)?;
        let known = self.rules.hosts.iter().any(|pattern| pattern.covers(&host, None));
        if known || (self.local && host.is_loopback()) {
            Ok(())
        } else {
            Err(Refusal::Other(host.name().into()))
        }
    }
}
