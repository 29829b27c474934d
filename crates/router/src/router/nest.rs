//! Putting routers into routers.

use std::panic::Location;

use super::{Registered, RegisteredFallback, RouteError, Router};
use crate::endpoint::Step;
use crate::handler::Shared;
use crate::table::{FallbackRegistration, Registration};

impl<S: Clone + Send + Sync + 'static> Router<S> {
    /// Adds the routes of another router beneath a prefix, which may have captures. Its handlers see the whole URI.
    ///
    /// Its route `/` is the prefix itself: at `/api` that is `/api`, at `/api/` it is `/api/`. Its layers are around its own
    /// routes alone, its fallback answers beneath the prefix alone; without one the fallback of this router does.
    #[track_caller]
    pub fn nest(mut self, prefix: &str, router: Self) -> Self {
        let site = Location::caller();
        if !(prefix.is_empty() || prefix.starts_with('/')) || prefix.contains("{*") {
            let fault = format!("`{prefix}`: a prefix begins with `/` and captures no rest");
            self.faults.push(RouteError::new(fault, site, None));
            return self;
        }
        self.absorb(router, site, |pattern| joined(prefix, pattern), prefix)
    }

    /// Adds the routes of another router as they are.
    #[track_caller]
    pub fn merge(self, router: Self) -> Self {
        self.absorb(router, Location::caller(), str::to_owned, "")
    }

    /// Adds the routes of another router for one host: `api.example.com`, `*.example.com` (one or more labels), or
    /// `{tenant}.example.com` (one label, which is a capture like those of the path).
    ///
    /// A request is looked up among the routes of its exact host, then of the wildcards that fit, the longest first, then
    /// among those without a host. Ports do not matter.
    #[track_caller]
    pub fn host(mut self, host: &str, mut router: Self) -> Self {
        let site = Location::caller();
        if router.hosts().any(|inner| inner.is_some()) {
            let fault = format!("the routes for `{host}` name a host already");
            self.faults.push(RouteError::new(fault, site, None));
            return self;
        }
        router.routes.iter_mut().for_each(|route| route.host = Some(host.to_owned()));
        router.fallbacks.iter_mut().for_each(|fallback| fallback.host = Some(host.to_owned()));
        self.absorb(router, site, str::to_owned, "")
    }

    fn hosts(&self) -> impl Iterator<Item = Option<&str>> {
        let fallbacks = self.fallbacks.iter().map(|fallback| fallback.host.as_deref());
        self.routes.iter().map(|route| route.host.as_deref()).chain(fallbacks)
    }

    fn absorb(
        mut self,
        router: Self,
        site: &'static Location<'static>,
        pattern: impl Fn(&str) -> String,
        prefix: &str,
    ) -> Self {
        if let Some((_, pre)) = router.pre.first() {
            let fault = "only the router that is built can have layers before routing".to_owned();
            self.faults.push(RouteError::new(fault, pre, Some(site)));
        }
        self.faults.extend(router.faults);
        let route = |route: Registered<S>| Registered { pattern: pattern(&route.pattern), ..route };
        self.routes.extend(router.routes.into_iter().map(route));
        let fallback = |fallback: RegisteredFallback<S>| {
            let prefix = format!("{}{}", prefix.trim_end_matches('/'), fallback.prefix);
            RegisteredFallback { prefix, ..fallback }
        };
        self.fallbacks.extend(router.fallbacks.into_iter().map(fallback));
        self.slash_redirect |= router.slash_redirect;
        self
    }
}

fn joined(prefix: &str, pattern: &str) -> String {
    match prefix.strip_suffix('/') {
        Some(prefix) => format!("{prefix}{pattern}"),
        None if pattern == "/" && !prefix.is_empty() => prefix.to_owned(),
        None => format!("{prefix}{pattern}"),
    }
}

pub(super) fn registrations<S: Clone + 'static>(
    route: Registered<S>,
    state: &Shared<S>,
) -> impl Iterator<Item = Registration> {
    let Registered { host, pattern, methods, site } = route;
    let name = methods.name;
    methods.entries.into_iter().map(move |entry| Registration {
        method: entry.method,
        host: host.clone(),
        pattern: pattern.clone(),
        name: name.clone(),
        handler: entry.handler,
        site,
        endpoint: Step::apply_all(&entry.steps, entry.endpoint.bind(state)),
        steps: entry.steps,
    })
}

pub(super) fn fallback<S: Clone + 'static>(
    fallback: RegisteredFallback<S>,
    state: &Shared<S>,
) -> FallbackRegistration {
    FallbackRegistration {
        endpoint: Step::apply_all(&fallback.steps, fallback.endpoint.bind(state)),
        host: fallback.host,
        prefix: fallback.prefix,
        site: fallback.site,
    }
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn the_inner_root_is_the_prefix() {
        for (prefix, pattern, whole) in [
            ("/api", "/", "/api"),
            ("/api/", "/", "/api/"),
            ("/api", "/x", "/api/x"),
            ("/api/", "/x", "/api/x"),
            ("/", "/x", "/x"),
            ("", "/", "/"),
            ("/", "/", "/"),
        ] {
            assert_eq!(joined(prefix, pattern), whole, "{prefix} {pattern}");
        }
    }
}
