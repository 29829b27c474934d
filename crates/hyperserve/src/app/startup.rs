//! [`Startup`]: what an application learns of its server before the first request.

use hyperserve_server::{Address, BoundServer, Handle};

use crate::Config;

pub(super) type Hook = Box<dyn FnOnce(&Startup<'_>) + Send>;

/// A server that is bound and about to serve; see [`App::on_start`](crate::App::on_start).
#[derive(Debug)]
pub struct Startup<'a> {
    pub(super) server: &'a BoundServer,
    pub(super) config: &'a Config,
}

impl Startup<'_> {
    /// Stops the server from elsewhere, tells whether it is ready, and reads its counters.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.server.handle()
    }

    /// What is listened on; port 0 has become a real port.
    #[must_use]
    pub fn addresses(&self) -> &[Address] {
        self.server.addresses()
    }

    /// How many workers will run.
    #[must_use]
    pub fn workers(&self) -> usize {
        self.server.workers()
    }

    /// The configuration in force.
    pub const fn config(&self) -> &Config {
        self.config
    }
}
