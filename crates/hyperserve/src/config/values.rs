//! Values in force as the types that the server takes. All of them were read once, when they were set.

use std::time::Duration;

use hyperserve_server::Limits;

use super::kind::{entries, mode};
use super::{Config, Origin, key};

impl Config {
    /// In canonical form; empty for lists without entries and files that are not given.
    pub(super) fn text(&self, name: &str) -> &str {
        match self.winner(name) {
            Some(setting) => &setting.text,
            None => key::find(name).map_or("", |key| &key.default),
        }
    }

    pub(super) fn origin(&self, name: &str) -> Origin {
        self.winner(name).map_or(Origin::Default, |setting| setting.origin.clone())
    }

    pub(super) fn is_default(&self, name: &str) -> bool {
        key::find(name).is_some_and(|key| self.text(name) == key.default)
    }

    pub(super) fn is_given(&self, name: &str) -> bool {
        !self.text(name).is_empty()
    }

    pub(super) fn is_on(&self, name: &str) -> bool {
        self.text(name) == "true"
    }

    pub(super) fn list(&self, name: &str) -> impl Iterator<Item = &str> {
        entries(self.text(name))
    }

    /// `None` when off.
    pub(super) fn duration(&self, name: &str) -> Option<Duration> {
        let mut scratch = Limits::default();
        let read = scratch.set("drain_delay", self.text(name)).map(|()| scratch.drain_delay);
        read.ok().filter(|duration| !duration.is_zero())
    }

    pub(super) fn number(&self, name: &str) -> u32 {
        let mut scratch = Limits::default();
        scratch.set("h2_max_streams", self.text(name)).map_or(0, |()| scratch.h2_max_streams)
    }

    pub(super) fn bits(&self, name: &str) -> u32 {
        mode(self.text(name)).unwrap_or_default()
    }

    /// 0 stands for one a core.
    pub(super) fn worker_count(&self) -> usize {
        self.text("workers").parse().unwrap_or_default()
    }
}
