//! [`BoundApp`]: an application that holds its addresses.

use hyperserve_router::RouterService;
use hyperserve_server::{Address, BoundServer, Handle, Report, Server};

use super::health::Health;
use super::startup::Hook;
use super::{AppError, Startup};
use crate::Config;

/// An application that holds its addresses and has not begun to serve.
///
/// ```
/// use hyperserve::prelude::*;
///
/// let app = App::new().with_config(Config::new().with("listen", "127.0.0.1:0").with("workers", 1));
/// let bound = app.route("/", get(async || "Hello")).bind()?;
/// assert_ne!(bound.addresses()[0].tcp.unwrap().port(), 0);
/// // bound.run()? would serve now
/// # Ok::<(), AppError>(())
/// ```
#[derive(Debug)]
#[must_use = "an app does nothing until it is run"]
pub struct BoundApp {
    server: BoundServer,
    service: RouterService,
    health: Health,
}

impl BoundApp {
    pub(super) fn new(
        server: Server,
        service: RouterService,
        config: &Config,
        starts: Vec<Hook>,
    ) -> Result<Self, AppError> {
        let server = server.bind()?;
        let health =
            Health::bind(&config.health_addresses(), &config.unix_options()).map_err(AppError::health)?;
        let startup = Startup { server: &server, config };
        for start in starts {
            start(&startup);
        }
        Ok(Self { server, service, health })
    }

    /// What is listened on, in the order of the configuration, HTTPS last; port 0 has become a real port.
    #[must_use]
    pub fn addresses(&self) -> &[Address] {
        self.server.addresses()
    }

    /// Where probes are answered: `http://127.0.0.1:9080` and the like.
    #[must_use]
    pub fn health_urls(&self) -> Vec<String> {
        self.health.urls()
    }

    /// How many workers will run.
    #[must_use]
    pub fn workers(&self) -> usize {
        self.server.workers()
    }

    /// Stops the server from elsewhere, tells whether it is ready, and reads its counters.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.server.handle()
    }

    /// Serves until the server is told to stop and has drained. Blocks the thread.
    ///
    /// # Errors
    ///
    /// When the system gives no thread or no runtime.
    pub fn run(self) -> Result<Report, AppError> {
        let probes = self.health.start(self.server.handle()).map_err(AppError::health)?;
        let report = self.server.run(self.service);
        probes.stop();
        Ok(report?)
    }
}
