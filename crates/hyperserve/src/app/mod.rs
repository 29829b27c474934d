//! [`App`]: routes, state and configuration in one value that runs.

mod bound;
mod error;
#[cfg(feature = "stack")]
mod operations;
mod routing;
mod serve;
mod service;
mod startup;
#[cfg(test)]
mod tests;

use std::fmt;

use hyperserve_router::{Router, RouterService};
use hyperserve_server::{AnyListener, Report};

pub use self::bound::BoundApp;
pub use self::error::AppError;
#[cfg(feature = "stack")]
pub use self::operations::StartFailure;
#[cfg(feature = "stack")]
use self::operations::{Operating, Operations};
use self::serve::Prepared;
pub use self::serve::Serve;
pub use self::service::{AppFuture, AppService};
pub use self::startup::Startup;
use crate::Config;

/// An application: routes, the state they share, and the configuration of its server.
///
/// ```no_run
/// use hyperserve::prelude::*;
///
/// async fn greet(Path(name): Path<String>) -> String {
///     format!("Hello, {name}!\n")
/// }
///
/// fn main() -> Result<(), AppError> {
///     App::new().route("/hello/{name}", get(greet)).run()?;
///     Ok(())
/// }
/// ```
///
/// It is a [`Router`] that can run: [`route`](Self::route), [`nest`](Self::nest), [`mount`](Self::mount) and the others do what
/// they do there. State goes in first:
///
/// ```
/// use hyperserve::prelude::*;
/// use std::sync::{Arc, atomic::{AtomicU64, Ordering}};
///
/// let app = App::with_state(Arc::new(AtomicU64::new(0)))
///     .route("/", get(async |State(visits): State<Arc<AtomicU64>>| {
///         format!("visit number {}", visits.fetch_add(1, Ordering::Relaxed) + 1)
///     }));
/// ```
///
/// | to run it | |
/// |---|---|
/// | [`run`](Self::run) | on workers of its own, one a core, until SIGTERM or Ctrl+C |
/// | [`bind`](Self::bind) | the same in two steps, for those who need to know the addresses |
#[cfg_attr(
    feature = "command",
    doc = "| [`run_cli`](Self::run_cli) | the same behind a command line: `my-app --listen :80`, `my-app routes` |"
)]
/// | [`serve`](Self::serve) | on a runtime and a listener of yours |
/// | [`into_service`](Self::into_service) | no server at all: a tower service that answers requests in process |
#[must_use = "an app does nothing until it is run"]
pub struct App<S = ()> {
    router: Router<S>,
    state: S,
    config: Option<Config>,
    starts: Vec<startup::Hook>,
    #[cfg(feature = "stack")]
    operations: Operations,
}

/// What is served, and what runs beside it.
#[derive(Debug)]
struct Built {
    router: RouterService,
    #[cfg(feature = "stack")]
    operating: Operating,
}

impl App {
    /// An application without routes and without state.
    pub fn new() -> Self {
        Self::with_state(())
    }
}

impl Default for App {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Clone + Send + Sync + 'static> App<S> {
    /// An application without routes, with the state that its handlers take as `State<S>` or, by `FromRef`, parts of it.
    pub fn with_state(state: S) -> Self {
        Self {
            router: Router::new(),
            state,
            config: None,
            starts: Vec::new(),
            #[cfg(feature = "stack")]
            operations: Operations::default(),
        }
    }

    /// Sets the configuration. Without one, [`run`](Self::run) and [`serve`](Self::serve) load that of the process
    /// ([`Config::load`]), and [`into_service`](Self::into_service) takes the built-in one.
    pub fn with_config(mut self, config: Config) -> Self {
        self.config = Some(config);
        self
    }

    /// Calls `hook` once the addresses are bound and before the first request is taken: the way to the server's
    /// [`Handle`](hyperserve_server::Handle), to its counters and to the addresses, for state that wants them.
    ///
    /// [`serve`](Self::serve) and [`into_service`](Self::into_service) bind nothing and call nothing.
    pub fn on_start(mut self, hook: impl FnOnce(&Startup<'_>) + Send + 'static) -> Self {
        self.starts.push(Box::new(hook));
        self
    }

    /// Binds and serves on workers of its own until SIGTERM or Ctrl+C, drains, and says how that went. Blocks the thread.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the routes or with the configuration, an address that cannot be had, a certificate that
    /// cannot be used.
    pub fn run(self) -> Result<Report, AppError> {
        self.bind()?.run()
    }

    /// Builds the routes, opens the listeners and reads the certificates, without serving yet.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    pub fn bind(mut self) -> Result<BoundApp, AppError> {
        let config = match self.config.take() {
            Some(config) => config,
            None => Config::load()?,
        };
        let (server, starts) = (config.server()?, std::mem::take(&mut self.starts));
        BoundApp::new(server, self.build(&config)?, &config, starts)
    }

    /// Serves on a listener of yours, on the runtime you are on. What the configuration says of limits and trusted proxies
    /// counts; addresses, workers, TLS and probes are yours.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use hyperserve::prelude::*;
    ///
    /// let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    /// let app = App::new().with_config(Config::new()).route("/", get(async || "Hello"));
    /// let report = app.serve(listener).until(async { /* a signal comes */ }).await?;
    /// assert_eq!(report.cut, 0);
    /// # Ok(()) }
    /// ```
    pub fn serve(mut self, listener: impl Into<AnyListener>) -> Serve {
        let prepare = || {
            let config = self.config.take().map_or_else(Config::load, Ok)?;
            let limits = config.limits()?;
            Ok(Prepared { limits, trusted: config.trusted_proxies(), built: self.build(&config)? })
        };
        Serve::new(listener.into(), prepare())
    }

    /// Becomes a tower service that answers requests without a server: what tests call, or a desktop shell.
    ///
    /// Answers are those of the server: problems in the format that `Accept` likes best, 500 where a handler panics, the
    /// limits on collected bodies. Only what is about connections is missing.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), hyperserve::AppError> {
    /// use hyperserve::prelude::*;
    /// use tower_service::Service;
    ///
    /// let app = App::new().with_config(Config::new()).route("/", get(async || "Hello"));
    /// let mut service = app.into_service()?;
    /// let Ok(response) = service.call(Request::new(Body::empty())).await;
    /// assert_eq!(response.into_body().as_bytes().unwrap(), "Hello");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the routes or with the configuration, which is the built-in one unless
    /// [`with_config`](Self::with_config) gave another.
    pub fn into_service(mut self) -> Result<AppService, AppError> {
        let config = self.config.take().unwrap_or_default();
        config.check()?;
        #[cfg(feature = "stack")]
        self.operations.forget_start();
        Ok(AppService::new(self.build(&config)?.router, &config))
    }

    /// The command line of a program whose heart this application is: serving, `routes`, `check-config`, `completions`,
    /// and every setting as a flag. It ends with an exit code for `main` to return.
    ///
    /// A configuration that was given keeps what code and [`Config::with_defaults`] set; the file, the environment and the
    /// flags are read beside it.
    ///
    /// ```no_run
    /// use hyperserve::prelude::*;
    ///
    /// fn main() -> std::process::ExitCode {
    ///     let config = Config::new().with_defaults([("listen", "127.0.0.1:3000")]);
    ///     App::new().with_config(config).route("/", get(async || "Hello")).run_cli()
    /// }
    /// ```
    #[cfg(feature = "command")]
    pub fn run_cli(self) -> std::process::ExitCode {
        crate::command::run_app(self)
    }

    #[cfg(feature = "command")]
    pub(crate) fn take_config(&mut self) -> Config {
        self.config.take().unwrap_or_default()
    }

    /// A test depends on no file and no environment.
    #[cfg(feature = "testing")]
    pub(crate) fn with_built_in_config(mut self) -> Self {
        self.config.get_or_insert_default();
        self
    }

    /// The routes, within the layers that the configuration and the code ask for.
    #[cfg(feature = "stack")]
    fn build(self, config: &Config) -> Result<Built, AppError> {
        let (stack, operating) = self.operations.prepare(config)?;
        let router = if stack.is_empty() { self.router } else { self.router.layer(stack) };
        Ok(Built { router: router.with_state::<()>(self.state).try_build()?, operating })
    }

    #[cfg(not(feature = "stack"))]
    fn build(self, _: &Config) -> Result<Built, AppError> {
        Ok(Built { router: self.router.with_state::<()>(self.state).try_build()? })
    }
}

impl<S> fmt::Debug for App<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("router", &self.router)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
