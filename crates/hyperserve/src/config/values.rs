//! Values in force as the types that the server takes. All of them were read once, when they were set.

use std::time::Duration;

use hyperserve_server::Limits;
use hyperserve_server::system::available_cores;

use super::forms::mode;
use super::key::Key;
use super::{Config, Face, Origin, key};

/// Values by their names. Of a name that is no key of this face there is nothing: it is off, 0, and empty.
impl Config {
    /// A value in its canonical form; empty for lists without entries and for what is not given.
    #[must_use]
    pub fn text(&self, name: &str) -> String {
        self.key_of(name).map_or_else(String::new, |key| self.value_of(key).0)
    }

    /// Whether a switch is on.
    #[must_use]
    pub fn is_on(&self, name: &str) -> bool {
        self.raw(self.known(name)) == "true"
    }

    /// A time; `None` when it is off.
    #[must_use]
    pub fn duration(&self, name: &str) -> Option<Duration> {
        let mut scratch = Limits::default();
        let read = scratch.set("drain_delay", self.raw(self.known(name))).map(|()| scratch.drain_delay);
        read.ok().filter(|duration| !duration.is_zero())
    }

    /// A number, or a size in bytes; 0 when it is off. As many `workers` as there are cores when those are `auto`.
    #[must_use]
    pub fn number(&self, name: &str) -> u64 {
        let (name, mut scratch) = (self.known(name), Limits::default());
        let number = match self.raw(name) {
            "auto" if name == "workers" => available_cores().get(),
            text => scratch.set("body_limit", text).map_or(0, |()| scratch.body_limit),
        };
        // No machine has wider ones.
        number.try_into().unwrap_or(u64::MAX)
    }

    /// The entries of a list; of anything else its one value, if there is one.
    #[must_use]
    pub fn list(&self, name: &str) -> Vec<String> {
        let Some(key) = self.key_of(name) else { return Vec::new() };
        key.kind.entries(&self.value_of(key).0).map(str::to_owned).collect()
    }

    /// The name of the key that a name stands for.
    fn known<'a>(&self, name: &'a str) -> &'a str {
        self.key_of(name).map_or(name, |key| key.name)
    }

    /// A value with where it comes from, put together where several keys make it.
    pub(super) fn value_of(&self, key: &Key) -> (String, Origin) {
        match (self.face, key.name) {
            (Face::Python, "listen" | "tls_listen") => self.put_together(key.name),
            (Face::Python, "tls_key") if self.is_one_file() => {
                (self.raw("tls_cert").to_owned(), self.origin("tls_cert"))
            }
            // A worker has sockets in the place of addresses, which do not tell the port.
            (Face::Python, "https_redirect") if self.raw("https_redirect") == "on" => {
                let port = self.redirect_port().map(|port| port.to_string());
                (port.unwrap_or_else(|| "on".to_owned()), self.origin(key.name))
            }
            _ => (self.raw(key.name).to_owned(), self.origin(key.name)),
        }
    }

    /// What one key alone says, in canonical form.
    pub(super) fn raw(&self, name: &str) -> &str {
        match self.winner(name) {
            Some(setting) => &setting.text,
            None => {
                key::find(name).filter(|key| key.is_of(self.face)).map_or("", |key| key.default(self.face))
            }
        }
    }

    pub(super) fn origin(&self, name: &str) -> Origin {
        self.winner(name).map_or(Origin::Default, |setting| setting.origin.clone())
    }

    pub(super) fn is_default(&self, name: &str) -> bool {
        key::find(name).is_some_and(|key| self.raw(name) == key.default(self.face))
    }

    pub(super) fn is_given(&self, name: &str) -> bool {
        !self.raw(name).is_empty()
    }

    pub(super) fn bits(&self, name: &str) -> u32 {
        mode(self.raw(name)).unwrap_or_default()
    }

    /// The threads of a server; 0 stands for one a core. The workers of the Python face are processes, of one thread each.
    pub(super) fn worker_count(&self) -> usize {
        match self.face {
            Face::Rust => self.raw("workers").parse().unwrap_or_default(),
            Face::Python => 1,
        }
    }

    /// A number of the kernel's, which counts in 32 bits.
    pub(super) fn small_number(&self, name: &str) -> u32 {
        u32::try_from(self.number(name)).unwrap_or(u32::MAX)
    }
}
