//! What people and the service manager are told: addresses on standard output, sentences on standard error, sd_notify(3).

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;

use hyperserve_server::system::Notifier;

/// Everything there is to tell, kept until it is true.
#[derive(Debug)]
pub(super) struct Announcement {
    urls: Vec<String>,
    probes: Vec<String>,
    metrics: Vec<String>,
    notifier: Option<Arc<Notifier>>,
}

impl Announcement {
    /// For a server on these addresses, with its probes and its counters on those.
    pub(super) fn new(urls: Vec<String>, probes: Vec<String>, metrics: Vec<String>) -> Self {
        let notifier = Notifier::from_env().unwrap_or_else(|error| {
            tracing::warn!(%error, "the service manager cannot be notified");
            None
        });
        Self { urls, probes, metrics, notifier: notifier.map(Arc::new) }
    }

    /// The service manager, if there is one.
    pub(super) fn notifier(&self) -> Option<Arc<Notifier>> {
        self.notifier.clone()
    }

    /// The first worker serves: one line `listening on URL` an address, and a line above them for people alone.
    pub(super) fn ready(&self, workers: usize) {
        if let Err(error) = self.print(workers) {
            tracing::debug!(%error, "standard output does not take the addresses");
        }
        self.notify(Notifier::ready);
    }

    fn print(&self, workers: usize) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if out.is_terminal() {
            let plural = if workers == 1 { "" } else { "s" };
            let version = env!("CARGO_PKG_VERSION");
            writeln!(out, "HyperServe {version} with {workers} worker{plural}; Ctrl+C stops it")?;
        }
        for url in &self.urls {
            writeln!(out, "listening on {url}")?;
        }
        for url in &self.probes {
            writeln!(out, "probes on {url}")?;
        }
        for url in &self.metrics {
            writeln!(out, "metrics on {url}")?;
        }
        out.flush()
    }

    pub(super) fn reloading(&self) {
        self.notify(Notifier::reloading);
    }

    pub(super) fn reloaded(&self) {
        self.notify(Notifier::ready);
    }

    pub(super) fn stopping(&self) {
        self.notify(Notifier::stopping);
    }

    fn notify(&self, what: impl Fn(&Notifier) -> io::Result<()>) {
        if let Some(Err(error)) = self.notifier.as_deref().map(what) {
            tracing::warn!(%error, "the service manager was not notified");
        }
    }
}

/// A sentence on standard error. That nobody reads it is no reason to fail once more.
pub(super) fn fail(sentence: &str) {
    drop(writeln!(io::stderr(), "hyperserve: {sentence}"));
}
