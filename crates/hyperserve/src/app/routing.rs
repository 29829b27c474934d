//! What an [`App`] has of a router.

use hyperserve_router::{Handler, MethodRouter, RouteInfo, RouteLayer, RouteService, Router};

use super::App;

impl<S: Clone + Send + Sync + 'static> App<S> {
    fn map(mut self, change: impl FnOnce(Router<S>) -> Router<S>) -> Self {
        self.router = change(self.router);
        self
    }

    /// Adds a route, as [`Router::route`].
    #[track_caller]
    pub fn route(mut self, pattern: &str, methods: MethodRouter<S>) -> Self {
        self.router = self.router.route(pattern, methods);
        self
    }

    /// Hands everything at and beneath a prefix to a tower service, as [`Router::mount`].
    #[track_caller]
    pub fn mount<T: RouteService>(mut self, prefix: &str, service: T) -> Self {
        self.router = self.router.mount(prefix, service);
        self
    }

    /// Puts the routes of a router beneath a prefix, as [`Router::nest`].
    #[track_caller]
    pub fn nest(mut self, prefix: &str, router: Router<S>) -> Self {
        self.router = self.router.nest(prefix, router);
        self
    }

    /// Takes the routes of a router over, as [`Router::merge`].
    #[track_caller]
    pub fn merge(mut self, router: Router<S>) -> Self {
        self.router = self.router.merge(router);
        self
    }

    /// Lets a router answer for a host, as [`Router::host`].
    #[track_caller]
    pub fn host(mut self, host: &str, router: Router<S>) -> Self {
        self.router = self.router.host(host, router);
        self
    }

    /// Answers what no route does, as [`Router::fallback`].
    #[track_caller]
    pub fn fallback<H, M>(mut self, handler: H) -> Self
    where
        H: Handler<M, S>,
    {
        self.router = self.router.fallback(handler);
        self
    }

    /// Answers what no route does, with a service, as [`Router::fallback_service`].
    #[track_caller]
    pub fn fallback_service<T: RouteService>(mut self, service: T) -> Self {
        self.router = self.router.fallback_service(service);
        self
    }

    /// Puts a layer around what was added so far, as [`Router::layer`].
    pub fn layer<L: RouteLayer>(self, layer: L) -> Self {
        self.map(|router| router.layer(layer))
    }

    /// Puts a layer before routing, as [`Router::pre`].
    #[track_caller]
    pub fn pre<L: RouteLayer>(mut self, layer: L) -> Self {
        self.router = self.router.pre(layer);
        self
    }

    /// The most bytes of a body that extractors of the routes added so far read, as [`Router::body_limit`].
    pub fn body_limit(self, bytes: usize) -> Self {
        self.map(|router| router.body_limit(bytes))
    }

    /// Whether a path that is a route but for the slash at its end is redirected, as [`Router::with_slash_redirect`].
    pub fn with_slash_redirect(self, on: bool) -> Self {
        self.map(|router| router.with_slash_redirect(on))
    }

    /// The table of routes, as [`Router::routes`].
    #[must_use]
    pub fn routes(&self) -> Vec<RouteInfo> {
        self.router.routes()
    }
}
