//! What an application has for its operators: probes, metrics, and a start that takes its time.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::Poll;

use hyperserve_core::{BoxError, Shutdown, ShutdownTrigger};
use hyperserve_middleware::access_log::{AccessLog, AccessLogLayer};
use hyperserve_middleware::health::{Deferred, DeferredLayer, Health, HealthBuilder, HealthLayer};
use hyperserve_middleware::metrics::{HttpMetrics, MetricsLayer};
use hyperserve_server::{Handle, Report};
use tokio::task::JoinSet;

use super::serve::Stop;
use super::{App, AppError};
use crate::Config;
use crate::aside::{Aside, AsideThread, Figures};
use crate::stack::Stack;

type Start = Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>>;

/// What becomes of a server whose [start](App::with_start) fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum StartFailure {
    /// It drains, and running it ends with the error: whoever watches the process starts it again.
    #[default]
    Stop,
    /// It goes on to answer with 503, and probes tell so: for somebody to look into it.
    Stay,
}

/// What was asked for by code.
#[derive(Default)]
pub(super) struct Operations {
    health: HealthBuilder,
    metrics: Option<HttpMetrics>,
    start: Option<Start>,
    failure: StartFailure,
}

/// What runs beside the workers.
#[derive(Debug)]
pub(super) struct Operating {
    health: Health,
    metrics: Option<HttpMetrics>,
    figures: Figures,
    log: Option<AccessLog>,
    starting: Option<Starting>,
    /// Of the server, once there is one.
    server: Arc<OnceLock<Handle>>,
}

/// What runs beside workers that run.
#[derive(Debug)]
pub(super) struct Watch {
    aside: AsideThread,
    start: Option<(AsideThread, Fault)>,
    log: Option<AccessLog>,
}

/// A start that is not over.
pub(super) struct Starting {
    deferred: Deferred,
    start: Start,
    failure: StartFailure,
    fault: Fault,
}

/// Why a start failed.
#[derive(Clone, Debug, Default)]
pub(super) struct Fault(Arc<Mutex<Option<String>>>);

impl<S: Clone + Send + Sync + 'static> App<S> {
    /// Adds checks and figures to what probes are told, on the listener of `health_listen` and, with `health_paths`, on the
    /// main addresses. The server's own readiness and `total_requests` are there already.
    ///
    /// ```
    /// use hyperserve::middleware::health::{Health, HealthCheck};
    /// use hyperserve::prelude::*;
    ///
    /// async fn ping() -> Result<(), hyperserve::core::BoxError> {
    ///     Ok(()) // ask the database
    /// }
    ///
    /// let health = Health::builder().with_check(HealthCheck::new("database", ping));
    /// let app = App::new().with_health(health).route("/", get(async || "Hello"));
    /// # let _ = app;
    /// ```
    pub fn with_health(mut self, health: HealthBuilder) -> Self {
        self.operations.health = health;
        self
    }

    /// Counts requests with these metrics, whether or not `metrics` tells where they are to be read: for labels, buckets and
    /// registries of your own. Without it the key alone decides.
    pub fn with_metrics(mut self, metrics: &HttpMetrics) -> Self {
        self.operations.metrics = Some(metrics.clone());
        self
    }

    /// Serves at once, and answers with 503 and `Retry-After` until `start` is over: for what loads, migrates or warms up.
    /// Probes tell that the service is alive, and not ready.
    ///
    /// It runs on a thread and a runtime of its own, which last as long as the server: what it spawns goes on. A drain that
    /// begins before it is over ends it.
    ///
    /// ```
    /// use hyperserve::prelude::*;
    /// use std::sync::{Arc, OnceLock};
    ///
    /// let cache = Arc::new(OnceLock::new());
    /// let filled = Arc::clone(&cache);
    /// let app = App::with_state(cache)
    ///     .with_start(async move {
    ///         let text = tokio::fs::read_to_string("words.txt").await?;
    ///         filled.set(text).map_err(|_| "filled before".into())
    ///     })
    ///     .route("/", get(async |State(words): State<Arc<OnceLock<String>>>| words.get().cloned().unwrap_or_default()));
    /// # let _ = app;
    /// ```
    ///
    /// [`into_service`](Self::into_service) has no runtime and waits for nothing.
    pub fn with_start(mut self, start: impl Future<Output = Result<(), BoxError>> + Send + 'static) -> Self {
        self.operations.start = Some(Box::pin(start));
        self
    }

    /// Sets what becomes of the server if the [start](Self::with_start) fails. It stops by default.
    pub const fn with_start_failure(mut self, failure: StartFailure) -> Self {
        self.operations.failure = failure;
        self
    }
}

impl Operations {
    /// Nothing will run it.
    pub(super) fn forget_start(&mut self) {
        self.start = None;
    }

    /// Fills the places of a stack that need something to look at, and gives what is to run beside it.
    pub(super) fn prepare(self, config: &Config) -> Result<(Stack, Operating), AppError> {
        let mut stack = config.stack()?;
        let mut figures = Figures::new();
        let log = config.access_log(None)?;
        if let Some(log) = &log {
            figures = figures.with_log(log);
            stack = stack.with_access_log(AccessLogLayer::new(log.clone()));
        }
        if let Some(gate) = stack.gate() {
            figures = figures.with_gate(gate);
        }
        let wanted = !config.list("metrics").is_empty();
        let metrics = self.metrics.or_else(|| wanted.then(HttpMetrics::new));
        if let Some(metrics) = &metrics {
            stack = stack.with_metrics(MetricsLayer::new(metrics));
        }
        let starting = self.start.map(|start| Starting::new(start, self.failure));
        let server = Arc::<OnceLock<Handle>>::default();
        let health = ready(self.health, &server, starting.as_ref()).build();
        let health = health.map_err(|error| AppError::other(error.to_string()))?;
        if let Some(starting) = &starting {
            stack = stack.with_deferred(DeferredLayer::new(&starting.deferred));
        }
        if config.is_on("health_paths") {
            stack = stack.with_health(HealthLayer::new(health.clone()));
        }
        Ok((stack, Operating { health, metrics, figures, log, starting, server }))
    }
}

/// A server that is not there yet takes requests; one that is may have begun to drain.
fn ready(
    health: HealthBuilder,
    server: &Arc<OnceLock<Handle>>,
    starting: Option<&Starting>,
) -> HealthBuilder {
    let (asked, counted) = (Arc::clone(server), Arc::clone(server));
    let health = health
        .with_ready(move || asked.get().is_none_or(Handle::is_ready))
        .with_figure("total_requests", move || {
            counted.get().map_or(0, |server| server.metrics().snapshot().requests())
        });
    match starting {
        Some(starting) => health.with_deferred(&starting.deferred),
        None => health,
    }
}

impl Operating {
    /// Tells probes and metrics of the server.
    pub(super) fn observe(&mut self, handle: Handle) {
        // Nothing was there before.
        let _ = self.server.set(handle.clone());
        if let Some(metrics) = &self.metrics {
            let figures = self.figures.clone().with_server(handle);
            metrics.append(move |page| figures.write(page));
        }
    }

    /// Lets the start begin, and those who watch look.
    pub(super) fn begin(mut self, aside: Aside, handle: Handle) -> io::Result<Watch> {
        let metrics = self.metrics.unwrap_or_default().endpoint();
        let mut watch = Watch { aside: aside.start(self.health, metrics)?, start: None, log: self.log };
        if let Some(starting) = self.starting.take() {
            let fault = starting.fault();
            let run = move |shutdown| starting.run(move || handle.stop(), shutdown);
            watch.start = Some((AsideThread::start("start", run)?, fault));
        }
        Ok(watch)
    }

    /// The same on the runtime this is called on, while a server runs that `serve` makes, until `stop`.
    pub(super) async fn during<F: Future<Output = Report>>(
        self,
        mut stop: Stop,
        serve: impl FnOnce(Stop) -> F,
    ) -> Result<Report, AppError> {
        let Some(starting) = self.starting else { return Ok(serve(stop).await) };
        let fault = starting.fault();
        let (failed, gave_up) = ShutdownTrigger::new();
        // Dropped with this, it ends the start.
        let mut beside = JoinSet::new();
        beside.spawn(starting.run(move || failed.trigger(), Shutdown::never()));
        let mut gave_up = Box::pin(gave_up.triggered());
        let until = poll_fn(move |cx| {
            let over = stop.as_mut().poll(cx).is_ready() || gave_up.as_mut().poll(cx).is_ready();
            if over { Poll::Ready(()) } else { Poll::Pending }
        });
        let report = serve(Box::pin(until)).await;
        fault.result().map(|()| report)
    }
}

impl Watch {
    /// The server has ended: so does the rest. Says whether it was the start that failed.
    pub(super) fn end(self) -> Result<(), AppError> {
        let started = self.start.map_or(Ok(()), |(thread, fault)| {
            thread.stop();
            fault.result()
        });
        self.aside.stop();
        if let Some(log) = self.log {
            log.flush();
        }
        started
    }
}

impl Starting {
    fn new(start: Start, failure: StartFailure) -> Self {
        Self { deferred: Deferred::new(), start, failure, fault: Fault::default() }
    }

    pub(super) fn fault(&self) -> Fault {
        self.fault.clone()
    }

    /// Runs the start, and keeps the runtime until the server has ended.
    pub(super) async fn run(self, stop: impl FnOnce() + Send + 'static, shutdown: Shutdown) {
        let Self { deferred, start, failure, fault } = self;
        if failure == StartFailure::Stop {
            let fault = fault.clone();
            deferred.on_failure(move || {
                fault.set("it panicked".to_owned());
                stop();
            });
        }
        let start = async move {
            let over = start.await;
            if let (Err(error), StartFailure::Stop) = (&over, failure) {
                fault.set(error.to_string());
            }
            over
        };
        // A task of its own, so that a panic is no more than a failure; it ends when the set is dropped.
        let mut starting = JoinSet::new();
        starting.spawn(async move { deferred.run(start).await });
        shutdown.triggered().await;
    }
}

impl Fault {
    /// The first one stays.
    fn set(&self, fault: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(fault);
    }

    /// The error, if there is one.
    pub(super) fn result(&self) -> Result<(), AppError> {
        let fault = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        fault.map_or(Ok(()), |fault| Err(AppError::other(format!("the start failed: {fault}"))))
    }
}

impl std::fmt::Debug for Starting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Starting").field("deferred", &self.deferred).finish_non_exhaustive()
    }
}
