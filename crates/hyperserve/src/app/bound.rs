//! [`BoundApp`]: an application that holds its addresses.

use hyperserve_server::{Address, BoundServer, Handle, Report, Server};

use super::startup::Hook;
use super::{AppError, Built, Startup};
use crate::Config;
#[cfg(feature = "stack")]
use crate::aside::Aside;

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
    built: Built,
    #[cfg(feature = "stack")]
    aside: Aside,
}

impl BoundApp {
    pub(super) fn new(
        server: Server,
        #[cfg_attr(not(feature = "stack"), expect(unused_mut, reason = "nothing observes the server"))]
        mut built: Built,
        config: &Config,
        starts: Vec<Hook>,
    ) -> Result<Self, AppError> {
        let server = server.bind()?;
        #[cfg(feature = "stack")]
        let aside = Aside::bind(config).map_err(AppError::aside)?;
        #[cfg(feature = "stack")]
        built.operating.observe(server.handle());
        let startup = Startup { server: &server, config };
        for start in starts {
            start(&startup);
        }
        Ok(Self {
            server,
            built,
            #[cfg(feature = "stack")]
            aside,
        })
    }

    /// What is listened on, in the order of the configuration, HTTPS last; port 0 has become a real port.
    #[must_use]
    pub fn addresses(&self) -> &[Address] {
        self.server.addresses()
    }

    /// Where probes are answered: `http://127.0.0.1:9080` and the like.
    #[cfg(feature = "stack")]
    #[must_use]
    pub fn health_urls(&self) -> Vec<String> {
        self.aside.health_urls()
    }

    /// Where the page of metrics is: `http://127.0.0.1:9090/metrics` and the like.
    #[cfg(feature = "stack")]
    #[must_use]
    pub fn metrics_urls(&self) -> Vec<String> {
        self.aside.metrics_urls()
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
    /// When the system gives no thread or no runtime, and when the application's [start](crate::App::with_start) failed.
    pub fn run(self) -> Result<Report, AppError> {
        #[cfg(feature = "stack")]
        let watch = self.built.operating.begin(self.aside, self.server.handle()).map_err(AppError::aside)?;
        let report = self.server.run(self.built.router);
        #[cfg(feature = "stack")]
        let started = watch.end();
        #[cfg(not(feature = "stack"))]
        let started = Ok(());
        let report = report?;
        started.map(|()| report)
    }
}
