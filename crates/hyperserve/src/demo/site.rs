//! [`Site`]: what the page knows of the server that serves it.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyperserve_server::{Handle, Limits, MetricsSnapshot};

use super::assets;
use crate::Startup;

/// Knows nothing until the server starts.
#[derive(Debug, Default)]
pub(crate) struct Site {
    running: OnceLock<Running>,
}

#[derive(Debug)]
struct Running {
    handle: Handle,
    workers: usize,
    started: Instant,
    limits: Vec<(&'static str, String)>,
    page: Bytes,
}

impl Site {
    pub(super) fn start(&self, startup: &Startup<'_>) {
        let entries = startup.config().limits_as_they_are().entries();
        let running = Running {
            handle: startup.handle(),
            workers: startup.workers(),
            started: Instant::now(),
            page: assets::page_with(&entries),
            limits: entries.into_iter().map(|entry| (entry.name, entry.value)).collect(),
        };
        // An application starts once.
        drop(self.running.set(running));
    }

    /// The page with the limits in force.
    pub(super) fn page(&self) -> Bytes {
        let default = || assets::page_with(&Limits::default().entries());
        self.running.get().map_or_else(default, |running| running.page.clone())
    }

    pub(super) fn is_ready(&self) -> bool {
        self.running.get().is_some_and(|running| running.handle.is_ready())
    }

    pub(super) fn snapshot(&self) -> MetricsSnapshot {
        self.running
            .get()
            .map_or_else(MetricsSnapshot::default, |running| running.handle.metrics().snapshot())
    }

    pub(super) fn workers(&self) -> usize {
        self.running.get().map_or(0, |running| running.workers)
    }

    pub(super) fn uptime(&self) -> Duration {
        self.running.get().map_or(Duration::ZERO, |running| running.started.elapsed())
    }

    pub(super) fn limits(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.running
            .get()
            .into_iter()
            .flat_map(|running| &running.limits)
            .map(|(name, value)| (*name, value.as_str()))
    }
}
