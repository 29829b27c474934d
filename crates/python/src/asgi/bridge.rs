//! What all requests of one application share.

use super::message::Message;
use crate::task::Environment;
use http::{HeaderMap, HeaderName, HeaderValue};
use hyperserve_core::RequestContext;
use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::AcqRel};
use std::thread::{self, ThreadId};
use tokio::runtime::Handle;

/// How requests are handed to the application.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) root_path: String,
    /// Forwarded fields of trusted proxies tell the client and the scheme.
    pub(crate) proxy_headers: bool,
    /// Fields that every response has, unless the application sets them.
    pub(crate) fields: Vec<(HeaderName, HeaderValue)>,
    /// Requests for a WebSocket are the application's; when not, they are requests like any other.
    pub(crate) websockets: bool,
    /// A client that leaves cancels its request's task.
    pub(crate) cancel_on_disconnect: bool,
    /// Requests at a time, above which the answer is 503; 0 is no bound.
    pub(crate) limit_concurrency: usize,
    /// Requests after which `on_limit` is called; 0 is never.
    pub(crate) limit_requests: usize,
}

/// The application and everything its requests need.
pub(crate) struct Bridge {
    pub(crate) application: Py<PyAny>,
    pub(crate) environment: Arc<Environment>,
    pub(crate) settings: Settings,
    /// What the lifespan left for requests; each has a copy of its own.
    pub(super) state: Option<Py<PyDict>>,
    /// `scope["asgi"]`
    pub(super) versions: Py<PyDict>,
    /// `scope["extensions"]`, where the connection has interim responses and where it has none.
    pub(super) extensions: Extensions,
    pub(crate) runtime: Handle,
    /// The thread that the loop runs on.
    home: ThreadId,
    logger: Py<PyAny>,
    on_limit: Py<PyAny>,
    active: AtomicUsize,
    served: AtomicUsize,
}

/// What connections of either kind can do.
pub(super) struct Extensions {
    pub(super) with_interim: Py<PyDict>,
    pub(super) without: Py<PyDict>,
}

impl Extensions {
    fn new(py: Python<'_>) -> PyResult<Self> {
        let without = PyDict::new(py);
        without.set_item("http.response.trailers", PyDict::new(py))?;
        without.set_item("http.response.pathsend", PyDict::new(py))?;
        let with_interim = without.copy()?;
        with_interim.set_item("http.response.early_hint", PyDict::new(py))?;
        Ok(Self { with_interim: with_interim.unbind(), without: without.unbind() })
    }

    pub(super) fn of(&self, context: Option<&RequestContext>) -> &Py<PyDict> {
        if context.is_some_and(RequestContext::has_interim) { &self.with_interim } else { &self.without }
    }
}

impl fmt::Debug for Bridge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bridge").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Bridge {
    /// In the context that requests start from, on the thread that runs the loop.
    pub(crate) fn new(
        application: &Bound<'_, PyAny>,
        environment: Environment,
        settings: Settings,
        state: Option<&Bound<'_, PyDict>>,
        on_limit: &Bound<'_, PyAny>,
        runtime: Handle,
    ) -> PyResult<Self> {
        let py = application.py();
        let versions = PyDict::new(py);
        versions.set_item("version", "3.0")?;
        versions.set_item("spec_version", "2.5")?;
        let logger = py.import("logging")?.call_method1("getLogger", ("hyperserve.error",))?;
        Ok(Self {
            application: application.clone().unbind(),
            environment: Arc::new(environment),
            settings,
            state: state.map(|state| state.clone().unbind()),
            versions: versions.unbind(),
            extensions: Extensions::new(py)?,
            runtime,
            home: thread::current().id(),
            logger: logger.unbind(),
            on_limit: on_limit.clone().unbind(),
            active: AtomicUsize::new(0),
            served: AtomicUsize::new(0),
        })
    }

    /// Runs `work` on the loop's own thread: at once, or soon if this is another, which is not to take the interpreter.
    pub(super) fn at_home(&self, work: impl FnOnce() + Send + 'static) {
        if thread::current().id() == self.home {
            work();
        } else {
            drop(self.runtime.spawn(async move { work() }));
        }
    }

    /// Counts a request in; `None` when there are too many.
    pub(super) fn admit(self: &Arc<Self>) -> Option<Admission> {
        let limit = self.settings.limit_concurrency;
        if limit == 0 && self.settings.limit_requests == 0 {
            return Some(Admission(None));
        }
        if self.active.fetch_add(1, AcqRel) >= limit && limit > 0 {
            self.active.fetch_sub(1, AcqRel);
            return None;
        }
        if self.served.fetch_add(1, AcqRel) + 1 == self.settings.limit_requests {
            Python::attach(|py| self.tell_limit(py));
        }
        Some(Admission(Some(Arc::clone(self))))
    }

    /// The header fields that answer a WebSocket's handshake: those of the message, and those that every response has.
    pub(crate) fn response_fields(&self, message: &Bound<'_, PyDict>) -> PyResult<HeaderMap> {
        let py = message.py();
        let response = PyDict::new(py);
        response.set_item(intern!(py, "type"), intern!(py, "http.response.start"))?;
        response.set_item(intern!(py, "status"), 200)?;
        if let Some(headers) = message.get_item(intern!(py, "headers"))?.filter(|headers| !headers.is_none())
        {
            response.set_item(intern!(py, "headers"), headers)?;
        }
        let Message::Start(head) = Message::read(response.as_any(), &self.settings, HeaderMap::new)? else {
            return Ok(HeaderMap::new());
        };
        Ok(head.fields)
    }

    /// A future of the loop.
    pub(crate) fn future<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.environment.event_loop(py).call_method0(intern!(py, "create_future"))
    }

    fn tell_limit(&self, py: Python<'_>) {
        if let Err(error) = self.on_limit.call0(py) {
            error.write_unraisable(py, None);
        }
    }

    /// Logs what a handler raised, with its traceback.
    pub(crate) fn log_exception(&self, py: Python<'_>, error: &PyErr) {
        let options = PyDict::new(py);
        let logged = options
            .set_item(intern!(py, "exc_info"), error.clone_ref(py).into_value(py))
            .and_then(|()| self.log(py, "Exception in ASGI application", &options));
        if let Err(failed) = logged {
            failed.write_unraisable(py, None);
            error.clone_ref(py).write_unraisable(py, None);
        }
    }

    /// Logs that a handler broke the protocol.
    pub(crate) fn log_misuse(&self, py: Python<'_>, sentence: &str) {
        if let Err(failed) = self.log(py, sentence, &PyDict::new(py)) {
            failed.write_unraisable(py, None);
        }
    }

    fn log(&self, py: Python<'_>, message: &str, options: &Bound<'_, PyDict>) -> PyResult<()> {
        self.logger.bind(py).call_method(intern!(py, "error"), (message,), Some(options)).map(drop)
    }

    /// Ctrl+C is raised in the loop, which it then ends. (`SystemExit` is one request's: it is logged like any other.)
    pub(crate) fn raise_in_loop(&self, py: Python<'_>, error: &PyErr) {
        if !error.is_instance_of::<PyKeyboardInterrupt>(py) {
            return;
        }
        let event_loop = self.environment.event_loop(py);
        let raised = py
            .import(intern!(py, "hyperserve._worker"))
            .and_then(|worker| worker.getattr(intern!(py, "raise_")))
            .and_then(|raise| event_loop.call_method1(intern!(py, "call_soon"), (raise, error.value(py))));
        if let Err(failed) = raised {
            failed.write_unraisable(py, None);
        }
    }
}

/// A request that is counted while this lives.
#[derive(Debug)]
pub(crate) struct Admission(Option<Arc<Bridge>>);

impl Drop for Admission {
    fn drop(&mut self) {
        if let Some(bridge) = &self.0 {
            bridge.active.fetch_sub(1, AcqRel);
        }
    }
}
