//! [`Health`]: the probes as a service.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::StatusCode;
use hyperserve_core::{Request, Response};
use tower_service::Service;

use super::answer::{Manner, checked, not_ready, refused, well};
use super::probe::{Probe, may_probe};
use super::registry::{HealthBuilder, Registry};
use super::watch::{Checked, Watched};

/// Answers `/livez`, `/readyz` and `/healthz`; any other path is 404. Clones are cheap, and share the results of the checks.
///
/// With checks it has to be called within a tokio runtime.
#[derive(Clone)]
pub struct Health {
    registry: Arc<Registry>,
}

impl Health {
    /// Probes that are to be set up.
    pub const fn builder() -> HealthBuilder {
        HealthBuilder::new()
    }

    pub(super) fn new(registry: Registry) -> Self {
        Self { registry: Arc::new(registry) }
    }

    pub(super) fn answer<B>(&self, probe: Probe, request: &Request<B>) -> HealthFuture {
        let manner = Manner::of(request);
        if !may_probe(request) {
            return HealthFuture::ready(manner.problem(refused(StatusCode::METHOD_NOT_ALLOWED)));
        }
        if probe == Probe::Live {
            return HealthFuture::ready(well(probe, probe.word(), &self.registry, &[], manner));
        }
        if let Some(problem) = not_ready(&self.registry, request) {
            return HealthFuture::ready(manner.problem(problem));
        }
        let checks = &self.registry.checks;
        let fresh: Option<Vec<_>> = checks.iter().map(|check| Some((check, check.fresh()?))).collect();
        match fresh {
            Some(results) => HealthFuture::ready(checked(probe, &self.registry, &results, manner)),
            None => HealthFuture::checking(probe, Arc::clone(&self.registry), manner),
        }
    }
}

impl<B> Service<Request<B>> for Health {
    type Response = Response;
    type Error = Infallible;
    type Future = HealthFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> HealthFuture {
        match Probe::of(request.uri().path()) {
            Some(probe) => self.answer(probe, &request),
            None => HealthFuture::ready(Manner::of(&request).problem(refused(StatusCode::NOT_FOUND))),
        }
    }
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Health").field("checks", &self.registry.checks).finish_non_exhaustive()
    }
}

/// The future of [`Health`]: an answer that is there, or one that waits for checks.
#[must_use = "futures do nothing unless polled"]
pub struct HealthFuture {
    state: State,
}

enum State {
    Answered(Option<Box<Response>>),
    Checking(Pin<Box<dyn Future<Output = Response> + Send>>),
}

impl HealthFuture {
    fn ready(response: Response) -> Self {
        Self { state: State::Answered(Some(Box::new(response))) }
    }

    fn checking(probe: Probe, registry: Arc<Registry>, manner: Manner) -> Self {
        Self {
            state: State::Checking(Box::pin(async move {
                let results = run_all(&registry).await;
                checked(probe, &registry, &results, manner)
            })),
        }
    }
}

/// All at once: the time is that of the slowest.
async fn run_all(registry: &Registry) -> Vec<(&Arc<Watched>, Checked)> {
    let runs = registry.checks.iter().map(|check| (check, tokio::spawn(Arc::clone(check).result())));
    let mut results = Vec::with_capacity(registry.checks.len());
    for (check, run) in runs.collect::<Vec<_>>() {
        // What a check panics with is caught further inside; a runtime that ends is the end of this future as well.
        if let Ok(result) = run.await {
            results.push((check, result));
        }
    }
    results
}

impl Future for HealthFuture {
    type Output = Result<Response, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.state {
            State::Answered(response) => {
                response.take().map_or(Poll::Pending, |response| Poll::Ready(Ok(*response)))
            }
            State::Checking(checking) => checking.as_mut().poll(cx).map(Ok),
        }
    }
}

impl fmt::Debug for HealthFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HealthFuture").finish_non_exhaustive()
    }
}
