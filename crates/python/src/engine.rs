//! The server, as a worker runs it: from options to connections that are served.

use self::beside::Beside;
use self::offload::Remote;
use self::place::Place;
use self::service::Service;
use self::watch::Watch;
use crate::asgi::{Application, Bridge, Settings};
use crate::command::Options;
use crate::event_loop::Guest;
use crate::supervisor::{Control, Order, PidFile};
use crate::task::Environment;
use hyperserve::Config;
use hyperserve::stack::Stack;
use hyperserve_core::Shutdown;
use hyperserve_middleware::access_log::AccessLog;
use hyperserve_server::system::Notifier;
use hyperserve_server::{Acceptor, BoundServer, Handle, Report, ServerError};
use pyo3::exceptions::{PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::time::Timespec;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

mod beside;
mod offload;
mod place;
mod service;
mod settings;
mod watch;

/// The server of one worker. Its addresses are open from the start; it serves once it is started on a running loop.
#[pyclass(frozen, module = "hyperserve")]
#[derive(Debug)]
pub(crate) struct Engine {
    bound: Mutex<Option<BoundServer>>,
    handle: Handle,
    urls: Vec<String>,
    settings: Settings,
    late_tasks: bool,
    io_threads: usize,
    acceptors: Vec<Acceptor>,
    log: Option<AccessLog>,
    stack: Stack,
    /// The listening sockets, where the loop is not ours; until the server stops.
    doors: Arc<Mutex<Vec<OwnedFd>>>,
    watch: Watch,
    /// The listeners for probes and counters, and the file with this process's number: those of a worker are the supervisor's.
    beside: Beside,
    _pid_file: Option<PidFile>,
}

#[pymethods]
impl Engine {
    /// Opens the addresses.
    ///
    /// Raises `OSError` when one cannot be opened, or a certificate cannot be read.
    #[new]
    #[pyo3(signature = (options, control = None))]
    fn new(options: &Options, control: Option<&Control>) -> PyResult<Self> {
        let config = options.config();
        let server = config.server().map_err(|error| PyValueError::new_err(error.to_string()))?;
        let io_threads = settings::count(config, "io_threads");
        // Signals are Python's.
        let server = server.with_workers(io_threads.max(1)).with_signals(false);
        let bound = server.bind().map_err(|error| PyOSError::new_err(error.to_string()))?;
        let stack = config.stack().map_err(|error| PyValueError::new_err(error.to_string()))?;
        let (handle, log) = (bound.handle(), access_log(config, control)?);
        let watch = Watch::new(config, &handle, &stack, log.as_ref(), control.is_none())?;
        let (mut beside, mut pid_file) = (Beside::default(), None);
        if control.is_none() {
            beside = Beside::start(config, &watch)?;
            pid_file = config.list("pid_file").first().map(PidFile::write).transpose()?;
        }
        Ok(Self {
            doors: Arc::default(),
            beside,
            _pid_file: pid_file,
            stack: watch.fill(stack, log.as_ref(), config.is_on("health_paths")),
            watch,
            log,
            handle,
            urls: bound.addresses().iter().map(hyperserve_server::Address::url).collect(),
            acceptors: bound.acceptors().to_vec(),
            bound: Mutex::new(Some(bound)),
            settings: settings::of(config)?,
            io_threads,
            late_tasks: config.text("task") != "real",
        })
    }

    /// What is listened on, as URLs; port 0 has become a real port.
    #[getter]
    fn urls(&self) -> Vec<String> {
        self.urls.clone()
    }

    /// Where probes are answered, from the start until [`close`](Self::close).
    #[getter]
    fn health_urls(&self) -> Vec<String> {
        self.beside.health_urls.clone()
    }

    /// Where the counters are told, as long.
    #[getter]
    fn metrics_urls(&self) -> Vec<String> {
        self.beside.metrics_urls.clone()
    }

    /// Serves `application` on the running loop, until [`stop`](Self::stop) and the end of the drain; then `on_end` is
    /// called with the numbers of connections cut and of requests unfinished. `on_limit` is called when
    /// `limit_max_requests` is reached. Requests start from the context this is called in.
    /// `guest` is the runtime, where the loop is not ours.
    #[pyo3(signature = (application, event_loop, guest, state, on_limit, on_end))]
    fn start(
        &self,
        application: &Bound<'_, PyAny>,
        event_loop: &Bound<'_, PyAny>,
        guest: Option<&Guest>,
        state: Option<&Bound<'_, PyDict>>,
        on_limit: &Bound<'_, PyAny>,
        on_end: Py<PyAny>,
    ) -> PyResult<()> {
        let bound = lock(&self.bound).take();
        let bound = bound.ok_or_else(|| PyRuntimeError::new_err("the server has been started before"))?;
        let runtime = runtime(guest)?;
        if guest.is_some() && self.io_threads == 0 {
            *lock(&self.doors) = bound.duplicate_sockets()?;
        }
        let environment = Environment::new(event_loop, !self.late_tasks)?;
        let bridge = Arc::new(Bridge::new(
            application,
            environment,
            self.settings.clone(),
            state,
            on_limit,
            runtime.clone(),
        )?);
        let log = self.log.clone();
        let application = Application::new(bridge);
        let serving = if self.io_threads == 0 {
            let service = Service::new(Place::Here(application), &self.stack);
            runtime.spawn(async move { bound.serve(service).await })
        } else {
            let service = Service::new(Place::There(Remote::new(application, &runtime)), &self.stack);
            // Its control thread; those of the connections are its own.
            runtime.spawn_blocking(move || bound.run(service).unwrap_or_else(|error| failed(&error)))
        };
        drop(runtime.spawn(async move {
            let report = serving.await.unwrap_or_default();
            if let Some(log) = log {
                log.flush();
            }
            Python::attach(|py| {
                if let Err(error) = on_end.call1(py, (report.cut, report.unfinished)) {
                    error.write_unraisable(py, None);
                }
            });
        }));
        Ok(())
    }

    /// Listens to the supervisor, on the same runtime: that it is answered tells that this thread is not stuck.
    fn attend(&self, control: &Control, guest: Option<&Guest>) -> PyResult<()> {
        let (handle, watch) = (self.handle.clone(), self.watch.clone());
        let doors = Arc::clone(&self.doors);
        let on_order = move |order| {
            lock(&doors).clear();
            match order {
                Order::Drain => handle.stop(),
                Order::Cut => handle.force(),
            }
        };
        drop(runtime(guest)?.spawn(control.attend(on_order, move || watch.counters())));
        Ok(())
    }

    /// Tells the service manager that the server is ready, and that it is alive, where one asked to be told. For the only
    /// process: workers have a supervisor that does so.
    fn announce(&self, guest: Option<&Guest>) -> PyResult<()> {
        // With threads of its own the server does so itself.
        if self.io_threads > 0 {
            return Ok(());
        }
        if let Some(notifier) = Notifier::from_env()? {
            notifier.ready()?;
            drop(runtime(guest)?.spawn(async move { notifier.feed_watchdog(Shutdown::never()).await }));
        }
        Ok(())
    }

    /// Begins the drain.
    fn stop(&self) {
        lock(&self.doors).clear();
        self.handle.stop();
    }

    /// Cuts what is open.
    fn force(&self) {
        lock(&self.doors).clear();
        self.handle.force();
    }

    /// Ends what listens beside the application, once nobody is served any more.
    fn close(&self, py: Python<'_>) {
        py.detach(|| self.beside.stop());
    }

    /// Reads the certificates again. Those that cannot be used are logged, and the old ones stay.
    fn reload(&self) {
        for acceptor in &self.acceptors {
            if let Err(error) = acceptor.reload() {
                tracing::error!(%error, "the certificates were not reloaded; the old ones stay in use");
            }
        }
    }

    /// Whether a client waits to be accepted, as far as this is watched.
    fn has_callers(&self) -> bool {
        lock(&self.doors).iter().any(|door| {
            let mut door = [PollFd::new(door, PollFlags::IN)];
            poll(&mut door, Some(&Timespec::default())).is_ok_and(|ready| ready > 0)
        })
    }

    /// Connections that are open.
    #[getter]
    fn connections(&self) -> usize {
        usize::try_from(self.handle.metrics().snapshot().connections_open).unwrap_or(usize::MAX)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The log of this process, which has a number if it is one of several.
fn access_log(config: &Config, control: Option<&Control>) -> PyResult<Option<AccessLog>> {
    let worker = control.and_then(|control| u32::try_from(control.index()).ok());
    config.access_log(worker).map_err(|error| PyOSError::new_err(error.to_string()))
}

fn failed(error: &ServerError) -> Report {
    tracing::error!(%error, "the server cannot run");
    Report::default()
}

/// The runtime of the loop that is running here, or of the guest of another.
fn runtime(guest: Option<&Guest>) -> PyResult<tokio::runtime::Handle> {
    match guest {
        Some(guest) => guest.handle(),
        None => tokio::runtime::Handle::try_current()
            .map_err(|_| PyRuntimeError::new_err("the server must be started on its running loop")),
    }
}
