//! [`Router`]: collects routes; and the service that it becomes.

mod error;
mod method;
mod nest;
mod service;
mod unbound;
mod url_for;

use std::any::type_name;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use self::unbound::Unbound;
use crate::endpoint::{Route, RouteLayer, RouteService, Step, from_service, mounted};
use crate::handler::{Handler, Shared};
use crate::table::{Builder, RouteInfo, Table};

pub use self::error::{RouteError, RouteErrors};
pub use self::method::{
    MethodRouter, any, any_service, delete, delete_service, get, get_service, head, head_service, on,
    options, options_service, patch, patch_service, post, post_service, put, put_service, query,
    query_service,
};
pub use self::service::{RouterFuture, RouterService};
pub use self::url_for::UrlFor;

#[doc = include_str!("../docs/router.md")]
#[must_use = "a router does nothing until it is built"]
pub struct Router<S = ()> {
    routes: Vec<Registered<S>>,
    fallbacks: Vec<RegisteredFallback<S>>,
    /// Outermost last; around what no route and no fallback answers.
    around: Vec<Step>,
    /// Before routing, outermost last.
    pre: Vec<(Arc<dyn RouteLayer>, &'static Location<'static>)>,
    faults: Vec<RouteError>,
    slash_redirect: bool,
}

struct Registered<S> {
    host: Option<String>,
    pattern: String,
    methods: MethodRouter<S>,
    site: &'static Location<'static>,
}

struct RegisteredFallback<S> {
    host: Option<String>,
    /// Of the nesting; empty at the root.
    prefix: String,
    endpoint: Unbound<S>,
    steps: Vec<Step>,
    site: &'static Location<'static>,
}

impl<S: Clone + Send + Sync + 'static> Router<S> {
    /// Answers nothing but 404.
    pub const fn new() -> Self {
        Self {
            routes: Vec::new(),
            fallbacks: Vec::new(),
            around: Vec::new(),
            pre: Vec::new(),
            faults: Vec::new(),
            slash_redirect: false,
        }
    }

    /// Adds a route. Routes of the same pattern may be added one by one as long as their methods differ.
    #[track_caller]
    pub fn route(mut self, pattern: &str, methods: MethodRouter<S>) -> Self {
        let site = Location::caller();
        if methods.entries.is_empty() {
            self.faults.push(RouteError::new(format!("`{pattern}` answers no method"), site, None));
        }
        self.routes.push(Registered { host: None, pattern: pattern.to_owned(), methods, site });
        self
    }

    /// Hands everything at and beneath a prefix to a service, which sees the rest of the path as the whole: what is at
    /// `/files/a.txt` is `/a.txt` to a service mounted at `/files`. [`OriginalUri`](crate::OriginalUri) still is what the client sent.
    ///
    /// Routes beneath the prefix come before it. A service may be mounted at `/`.
    #[track_caller]
    pub fn mount<T: RouteService>(self, prefix: &str, service: T) -> Self {
        // A closure does not hand on who called.
        let site = Location::caller();
        let prefix = prefix.trim_end_matches('/');
        let endpoint = mounted(from_service(service));
        let rest = format!("{prefix}/{{*rest}}");
        let slash = format!("{prefix}/");
        let patterns = [prefix, &slash, &rest];
        let patterns = patterns.into_iter().filter(|pattern| !pattern.is_empty());
        patterns
            .fold(self, |router, pattern| router.mount_at(pattern, endpoint.clone(), type_name::<T>(), site))
    }

    fn mount_at(
        mut self,
        pattern: &str,
        endpoint: Route,
        handler: &'static str,
        site: &'static Location<'static>,
    ) -> Self {
        let endpoint = Unbound::Ready(endpoint);
        let entry = method::Entry { method: None, endpoint, handler, steps: Vec::new(), site };
        let methods = MethodRouter { entries: vec![entry], name: None };
        self.routes.push(Registered { host: None, pattern: pattern.to_owned(), methods, site });
        self
    }

    /// Answers what no route does. For a nested router this is what is at or beneath its prefix.
    #[track_caller]
    pub fn fallback<H, M>(self, handler: H) -> Self
    where
        H: Handler<M, S>,
    {
        self.with_fallback(Unbound::handler(handler).0)
    }

    /// Answers what no route does, with a service.
    #[track_caller]
    pub fn fallback_service<T: RouteService>(self, service: T) -> Self {
        self.with_fallback(Unbound::Ready(from_service(service)))
    }

    #[track_caller]
    fn with_fallback(mut self, endpoint: Unbound<S>) -> Self {
        let (prefix, site) = (String::new(), Location::caller());
        self.fallbacks.push(RegisteredFallback { host: None, prefix, endpoint, steps: Vec::new(), site });
        self
    }

    /// Puts a layer around all routes and fallbacks added so far, and around the answers of the router itself (404, 405,
    /// OPTIONS). The layer added last is the outermost. It runs after routing: [`MatchedPath`](crate::MatchedPath) is known.
    pub fn layer<L: RouteLayer>(self, layer: L) -> Self {
        self.step(Step::layer(layer))
    }

    /// The most bytes of a body that extractors of the routes added so far read; `usize::MAX` lifts the limit. A limit
    /// further inside counts before it.
    pub fn body_limit(self, bytes: usize) -> Self {
        self.step(Step::BodyLimit(bytes))
    }

    fn step(mut self, step: Step) -> Self {
        let entries = self.routes.iter_mut().flat_map(|route| &mut route.methods.entries);
        entries.for_each(|entry| entry.steps.push(step.clone()));
        self.fallbacks.iter_mut().for_each(|fallback| fallback.steps.push(step.clone()));
        self.around.push(step);
        self
    }

    /// Puts a layer before routing: what it makes of the request's method, URI and headers is what is routed by. Only the
    /// router that is built can have one. The layer added last is the outermost.
    #[track_caller]
    pub fn pre<L: RouteLayer>(mut self, layer: L) -> Self {
        self.pre.push((Arc::new(layer), Location::caller()));
        self
    }

    /// Whether a path that is no route, but is one with or without a slash at its end, is answered with 308 to that one. Off
    /// by default: `/a` and `/a/` are two resources.
    pub const fn with_slash_redirect(mut self, on: bool) -> Self {
        self.slash_redirect = on;
        self
    }

    /// Gives the handlers their state. The router needs none any more, or another, for routes that are still to come.
    pub fn with_state<S2>(self, state: S) -> Router<S2> {
        let state = Shared::new(state);
        let route = |route: Registered<S>| Registered {
            methods: route.methods.bind(&state),
            host: route.host,
            pattern: route.pattern,
            site: route.site,
        };
        let fallback = |fallback: RegisteredFallback<S>| RegisteredFallback {
            endpoint: Unbound::Ready(fallback.endpoint.bind(&state)),
            host: fallback.host,
            prefix: fallback.prefix,
            steps: fallback.steps,
            site: fallback.site,
        };
        Router {
            routes: self.routes.into_iter().map(route).collect(),
            fallbacks: self.fallbacks.into_iter().map(fallback).collect(),
            around: self.around,
            pre: self.pre,
            faults: self.faults,
            slash_redirect: self.slash_redirect,
        }
    }

    /// The table of routes, in the order of registration.
    #[must_use]
    pub fn routes(&self) -> Vec<RouteInfo> {
        let entries = self
            .routes
            .iter()
            .flat_map(|route| route.methods.entries.iter().map(move |entry| (route, entry)));
        let info = |(route, entry): (&Registered<S>, &method::Entry<S>)| RouteInfo {
            method: entry.method.clone(),
            host: route.host.as_deref().map(Into::into),
            pattern: route.pattern.as_str().into(),
            name: route.methods.name.clone(),
            handler: entry.handler,
            site: route.site,
        };
        entries.map(info).collect()
    }
}

/// A router that can be built: its handlers have their state.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` still needs its state",
    label = "its handlers take a state that was not given",
    note = "give it with `.with_state(value)` before the router is built, or start the application with `App::with_state(value)`"
)]
pub trait NothingMissing: sealed::Complete {}

impl NothingMissing for Router<()> {}

mod sealed {
    use super::Router;

    pub trait Complete {
        fn complete(self) -> Router<()>;
    }

    impl Complete for Router<()> {
        fn complete(self) -> Self {
            self
        }
    }
}

impl<S: Clone + Send + Sync + 'static> Router<S> {
    /// Makes the service.
    ///
    /// # Errors
    ///
    /// Every fault at once, each with the places in the source that it is about: patterns that cannot be read, routes that are
    /// registered twice or cannot be told apart, names and fallbacks that are given twice.
    pub fn try_build(self) -> Result<RouterService, RouteErrors>
    where
        Self: NothingMissing,
    {
        sealed::Complete::complete(self).into_service()
    }

    /// Makes the service.
    ///
    /// # Panics
    ///
    /// Where [`try_build`](Self::try_build) fails, with the list of faults.
    #[must_use = "a router does nothing until it is served"]
    #[track_caller]
    #[expect(clippy::panic, reason = "documented; `try_build` does not")]
    pub fn build(self) -> RouterService
    where
        Self: NothingMissing,
    {
        self.try_build().unwrap_or_else(|faults| panic!("{faults}"))
    }
}

impl Router<()> {
    fn into_service(self) -> Result<RouterService, RouteErrors> {
        let pre: Vec<_> = self.pre.iter().map(|(layer, _)| Arc::clone(layer)).collect();
        self.table(&Shared::new(())).map(|table| RouterService::new(table, &pre))
    }

    fn table(self, state: &Shared<()>) -> Result<Table, RouteErrors> {
        let mut builder = Builder::new(self.faults);
        for route in self.routes {
            for registration in nest::registrations(route, state) {
                builder.add(registration);
            }
        }
        for fallback in self.fallbacks {
            builder.add_fallback(nest::fallback(fallback, state));
        }
        builder.finish(self.slash_redirect, &self.around)
    }
}

impl<S: Clone + Send + Sync + 'static> Default for Router<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> fmt::Debug for Router<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let routes: Vec<_> = self.routes.iter().map(|route| (&route.pattern, &route.methods)).collect();
        f.debug_struct("Router").field("routes", &routes).finish_non_exhaustive()
    }
}
