//! [`TraceLayer`] and its service.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::request::Parts;
use hyperserve_core::{Body, Request, Response};
use tower_layer::Layer;
use tower_service::Service;
use tracing::{Level, Span};

use super::future::TraceFuture;
use super::span::open;
use super::traced::Traced;
use crate::Paths;

/// Opens a span for every request. See the [module](super) for its fields.
#[derive(Clone, Debug)]
#[must_use]
pub struct TraceLayer {
    config: Arc<Config>,
}

#[derive(Clone)]
pub(super) struct Config {
    pub(super) level: Level,
    pub(super) query: Box<[Box<str>]>,
    pub(super) user_agent: bool,
    pub(super) otel: bool,
    excluded: Paths,
    pub(super) on_start: Option<Arc<OnStart>>,
}

type OnStart = dyn Fn(&Span, &mut Parts) + Send + Sync;

impl TraceLayer {
    /// A layer with spans at level `INFO`, for all paths.
    pub fn new() -> Self {
        let config = Config {
            level: Level::INFO,
            query: Box::default(),
            user_agent: false,
            otel: false,
            excluded: Paths::none(),
            on_start: None,
        };
        Self { config: Arc::new(config) }
    }

    /// Sets the level of the spans. `INFO` by default.
    pub fn with_level(self, level: Level) -> Self {
        self.with(|config| config.level = level)
    }

    /// Records the parameters of the query that have these names, as they stand in the target. None by default, since a
    /// query may hold secrets.
    pub fn with_query<T: Into<Box<str>>>(self, names: impl IntoIterator<Item = T>) -> Self {
        self.with(|config| config.query = names.into_iter().map(Into::into).collect())
    }

    /// Sets whether `User-Agent` is recorded. `false` by default.
    pub fn with_user_agent(self, on: bool) -> Self {
        self.with(|config| config.user_agent = on)
    }

    /// Sets whether there are `otel.name`, `otel.kind` and `otel.status_code`, by which `tracing-opentelemetry` makes the
    /// span one of a server. `false` by default.
    pub fn with_otel(self, on: bool) -> Self {
        self.with(|config| config.otel = on)
    }

    /// Sets the paths that have no span. None by default.
    pub fn with_excluded(self, paths: Paths) -> Self {
        self.with(|config| config.excluded = paths)
    }

    /// Sets what is done with each span before the request is handed on; a tracer gives it the caller's span as its parent
    /// here, and the request the ids that it has drawn. Called only if a subscriber is interested in the span.
    pub fn with_on_start(self, run: impl Fn(&Span, &mut Parts) + Send + Sync + 'static) -> Self {
        self.with(|config| config.on_start = Some(Arc::new(run)))
    }

    fn with(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(Arc::make_mut(&mut self.config));
        self
    }
}

impl Default for TraceLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("level", &self.level)
            .field("query", &self.query)
            .field("user_agent", &self.user_agent)
            .field("otel", &self.otel)
            .field("excluded", &self.excluded)
            .field("on_start", &self.on_start.is_some())
            .finish()
    }
}

impl<S> Layer<S> for TraceLayer {
    type Service = TraceService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        TraceService { inner, config: Arc::clone(&self.config) }
    }
}

/// The service that [`TraceLayer`] makes.
#[derive(Clone, Debug)]
pub struct TraceService<S> {
    inner: S,
    config: Arc<Config>,
}

impl<S, B> Service<Request<B>> for TraceService<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = TraceFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        if self.config.excluded.matches(request.uri().path()) {
            return TraceFuture::untraced(self.inner.call(request));
        }
        let span = open(&request, &self.config);
        if span.is_disabled() {
            return TraceFuture::untraced(self.inner.call(request));
        }
        if let Some(run) = &self.config.on_start {
            request = started(request, &span, &**run);
        }
        let traced = Traced::new(span, request.method(), self.config.otel);
        TraceFuture::traced(traced, || self.inner.call(request))
    }
}

fn started<B>(request: Request<B>, span: &Span, run: &OnStart) -> Request<B> {
    let (mut parts, body) = request.into_parts();
    run(span, &mut parts);
    super::span::record_trace(span, &parts.extensions);
    Request::from_parts(parts, body)
}
