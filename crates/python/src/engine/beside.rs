//! [`Beside`]: the listeners for operators of a process that is alone.
//!
//! They have a thread of their own that never takes the interpreter, so they answer however busy Python is.

use super::watch::Watch;
use hyperserve::Config;
use hyperserve::aside::{Aside, AsideThread};
use std::io;
use std::sync::{Mutex, PoisonError};

#[derive(Debug, Default)]
pub(super) struct Beside {
    pub(super) health_urls: Vec<String>,
    pub(super) metrics_urls: Vec<String>,
    thread: Mutex<Option<AsideThread>>,
}

impl Beside {
    /// Opens the addresses, and answers.
    pub(super) fn start(config: &Config, watch: &Watch) -> io::Result<Self> {
        let aside = Aside::bind(config)?;
        Ok(Self {
            health_urls: aside.health_urls(),
            metrics_urls: aside.metrics_urls(),
            thread: Mutex::new(Some(aside.start(watch.health(), watch.page())?)),
        })
    }

    /// Ends within the second that is left to those who are being answered.
    pub(super) fn stop(&self) {
        if let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            thread.stop();
        }
    }
}

/// Nothing else would end the thread of a server that never served.
impl Drop for Beside {
    fn drop(&mut self) {
        self.stop();
    }
}
