//! From registrations to a table, or to every fault in them.

use std::collections::HashMap;
use std::panic::Location;

use http::{Method, StatusCode};
use hyperserve_core::{IntoResponse, Problem, Request};

use super::host::{HostPattern, HostTable, Hosts};
use super::methods::Slot;
use super::tree::Refusal;
use super::{Entry, RouteInfo, Table};
use crate::endpoint::{Endpoint, EndpointFuture, Route, Step};
use crate::pattern::Pattern;
use crate::router::{RouteError, RouteErrors};

/// One endpoint that is to be found.
pub(crate) struct Registration {
    pub(crate) method: Option<Method>,
    pub(crate) host: Option<String>,
    pub(crate) pattern: String,
    pub(crate) name: Option<Box<str>>,
    pub(crate) handler: &'static str,
    pub(crate) site: &'static Location<'static>,
    pub(crate) endpoint: Route,
    /// Put around automatic answers at the same pattern.
    pub(crate) steps: Vec<Step>,
}

/// A fallback for what is beneath a prefix.
pub(crate) struct FallbackRegistration {
    pub(crate) host: Option<String>,
    pub(crate) prefix: String,
    pub(crate) site: &'static Location<'static>,
    pub(crate) endpoint: Route,
}

/// Collects registrations and their faults.
pub(crate) struct Builder {
    hosts: Hosts,
    routes: Vec<Entry>,
    steps: Vec<Vec<Step>>,
    names: HashMap<Box<str>, usize>,
    /// Host and prefix of the fallbacks so far.
    prefixes: HashMap<(Option<Box<str>>, String), &'static Location<'static>>,
    faults: Vec<RouteError>,
}

impl Builder {
    pub(crate) fn new(faults: Vec<RouteError>) -> Self {
        Self {
            hosts: Hosts::default(),
            routes: Vec::new(),
            steps: Vec::new(),
            names: HashMap::new(),
            prefixes: HashMap::new(),
            faults,
        }
    }

    pub(crate) fn add(&mut self, registration: Registration) {
        let site = registration.site;
        let pattern = match Pattern::parse(&registration.pattern) {
            Ok(pattern) => pattern,
            Err(fault) => return self.fault(format!("`{}`: {fault}", registration.pattern), site, None),
        };
        let Ok(host) = self.host(registration.host.as_deref(), site) else { return };
        let route = self.routes.len();
        let info = RouteInfo {
            method: registration.method,
            host: host.as_ref().map(|host| host.text.clone()),
            pattern: pattern.text.clone(),
            name: registration.name,
            handler: registration.handler,
            site,
        };
        let slot = Slot { endpoint: registration.endpoint, route };
        self.place(host.as_ref(), &pattern, &info, slot);
        self.name(&info, &pattern, route);
        let host_name = host.as_ref().and_then(HostPattern::capture);
        let names = host_name.into_iter().chain(pattern.names()).map(Into::into).collect();
        self.routes.push(Entry { names, pattern, info });
        self.steps.push(registration.steps);
    }

    /// Reads a host; `Err` means that its fault is noted.
    fn host(
        &mut self,
        host: Option<&str>,
        site: &'static Location<'static>,
    ) -> Result<Option<HostPattern>, ()> {
        host.map(HostPattern::parse).transpose().map_err(|fault| self.fault(fault, site, None))
    }

    fn place(&mut self, host: Option<&HostPattern>, pattern: &Pattern, info: &RouteInfo, slot: Slot) {
        let route = slot.route;
        let table = self.hosts.table(host);
        let outcome = table.tree.candidate(pattern, route);
        let earlier = match outcome {
            Ok(candidate) => match candidate.methods.insert(info.method.as_ref(), slot) {
                Ok(()) => return,
                Err(earlier) => earlier,
            },
            Err(Refusal::Invalid(fault)) => {
                return self.fault(format!("`{}`: {fault}", info.pattern), info.site, None);
            }
            Err(Refusal::Ambiguous(earlier)) => {
                let other =
                    self.routes.get(earlier).map(|entry| (entry.info.pattern.clone(), entry.info.site));
                let Some((other, site)) = other else { return };
                let fault = format!("`{}` cannot be told from `{other}`", info.pattern);
                return self.fault(fault, site, Some(info.site));
            }
        };
        let Some(first) = self.routes.get(earlier).map(|entry| entry.info.site) else { return };
        let method = info.method.as_ref().map_or("any method", Method::as_str);
        let host = info.host.as_deref().unwrap_or_default();
        self.fault(format!("{method} `{host}{}` is registered twice", info.pattern), first, Some(info.site));
    }

    fn name(&mut self, info: &RouteInfo, pattern: &Pattern, route: usize) {
        let Some(name) = &info.name else { return };
        let earlier = *self.names.entry(name.clone()).or_insert(route);
        let other = self.routes.get(earlier);
        if let Some(other) = other.filter(|other| *other.pattern.text != *pattern.text) {
            let fault =
                format!("two routes are called `{name}`: `{}` and `{}`", other.pattern.text, pattern.text);
            let first = other.info.site;
            self.fault(fault, first, Some(info.site));
        }
    }

    pub(crate) fn add_fallback(&mut self, fallback: FallbackRegistration) {
        let FallbackRegistration { host, prefix, site, endpoint } = fallback;
        let Ok(host) = self.host(host.as_deref(), site) else { return };
        let prefix = prefix.trim_end_matches('/').to_owned();
        let key = (host.as_ref().map(|host| host.text.clone()), prefix.clone());
        if let Some(&first) = self.prefixes.get(&key) {
            let place = if prefix.is_empty() { "`/`" } else { &format!("`{prefix}`") };
            let fault = format!(
                "there are two fallbacks for {place}; nest one of the routers, or leave one fallback out"
            );
            return self.fault(fault, first, Some(site));
        }
        self.prefixes.insert(key, site);
        // A prefix that cannot be read is told by the routes beneath it, or here.
        let shape = match Pattern::parse(&format!("{prefix}/")) {
            Ok(pattern) => pattern.shape(),
            Err(fault) => return self.fault(format!("`{prefix}`: {fault}"), site, None),
        };
        if let Err(fault) = insert_fallback(self.hosts.table(host.as_ref()), &shape, endpoint) {
            self.fault(format!("the fallback for `{prefix}`: {fault}"), site, None);
        }
    }

    fn fault(
        &mut self,
        fault: String,
        first: &'static Location<'static>,
        second: Option<&'static Location<'static>>,
    ) {
        self.faults.push(RouteError::new(fault, first, second));
    }

    pub(crate) fn finish(mut self, slash_redirect: bool, around: &[Step]) -> Result<Table, RouteErrors> {
        if !self.faults.is_empty() {
            return Err(RouteErrors::new(self.faults));
        }
        for table in self.hosts.tables() {
            table.tree.finish();
            for candidate in table.tree.candidates() {
                let route = candidate.first;
                let steps = self.steps.get(route).map_or(&[][..], Vec::as_slice);
                candidate.methods.finish(route, |endpoint| Step::apply_all(steps, endpoint));
            }
        }
        let not_found = Step::apply_all(around, Route::new(NotFound));
        Ok(Table { hosts: self.hosts, slash_redirect, not_found, routes: self.routes, names: self.names })
    }
}

/// `shape` ends with a slash: the prefix itself, and everything beneath.
fn insert_fallback(table: &mut HostTable, shape: &str, endpoint: Route) -> Result<(), matchit::InsertError> {
    let fallbacks = &mut table.fallbacks;
    let index = fallbacks.routes.len();
    fallbacks.routes.push(endpoint);
    if let Some(itself) = shape.strip_suffix('/').filter(|itself| !itself.is_empty()) {
        fallbacks.tree.insert(itself, index)?;
    }
    fallbacks.tree.insert(shape, index)?;
    fallbacks.tree.insert(format!("{shape}{{*rest}}"), index)
}

struct NotFound;

impl Endpoint for NotFound {
    fn call(&self, _request: Request) -> EndpointFuture {
        EndpointFuture::ready(Problem::new(StatusCode::NOT_FOUND).into_response())
    }
}
