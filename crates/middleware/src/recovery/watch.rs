//! [`Watch`]: what one request keeps at hand, in case that it panics.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::{Method, StatusCode, Uri};
use hyperserve_core::problem::is_debug;
use hyperserve_core::{IntoResponse as _, Problem, Request, Response};

use super::hook::{self, Panic};
use super::report::{PanicReport, PanicStage};
use crate::counted::Counted;

pub(super) type OnPanic = Arc<dyn Fn(&PanicReport<'_>) + Send + Sync>;

/// What all requests under a layer share.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) backtraces: bool,
    pub(super) on_panic: Option<OnPanic>,
    pub(super) panics: Arc<AtomicU64>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("backtraces", &self.backtraces)
            .field("on_panic", &self.on_panic.is_some())
            .field("panics", &self.panics)
            .finish()
    }
}

#[derive(Debug)]
pub(super) struct Watch {
    shared: Counted<Shared>,
    method: Method,
    uri: Uri,
}

impl Watch {
    pub(super) fn new<B>(shared: &Counted<Shared>, request: &Request<B>) -> Self {
        Self { shared: shared.clone(), method: request.method().clone(), uri: request.uri().clone() }
    }

    /// Runs what may panic.
    pub(super) fn over<T>(&self, run: impl FnOnce() -> T) -> Result<T, Panic> {
        hook::catch(self.shared.backtraces, run)
    }

    /// Counts, logs and tells of a panic.
    pub(super) fn report(&self, stage: PanicStage, panic: &Panic) {
        self.shared.panics.fetch_add(1, Ordering::Relaxed);
        let report = PanicReport { method: &self.method, uri: &self.uri, stage, panic };
        report.log();
        if let Some(on_panic) = &self.shared.on_panic {
            hook::contain(|| on_panic(&report));
        }
    }

    /// The response in place of the one that will not come.
    pub(super) fn answer(&self, panic: Panic) -> Response {
        self.report(PanicStage::Response, &panic);
        let problem = Problem::new(StatusCode::INTERNAL_SERVER_ERROR);
        let problem = if is_debug() { problem.with_cause(Panicked(panic.message)) } else { problem };
        problem.into_response()
    }
}

#[derive(Debug)]
struct Panicked(Box<str>);

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "panicked: {}", self.0)
    }
}

impl Error for Panicked {}
