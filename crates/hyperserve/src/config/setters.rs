//! Setters of the values that programs set most, with their types.

use std::path::Path;

use hyperserve_server::{Bind, Limits};

use super::Config;
use crate::config::Origin;

impl Config {
    /// Sets where to listen for HTTP, in the place of what was set before. See [`Bind`] for the forms.
    pub fn with_listen<A: AsRef<str>>(self, addresses: impl IntoIterator<Item = A>) -> Self {
        let listed: Vec<_> = addresses.into_iter().map(|address| address.as_ref().to_owned()).collect();
        self.with("listen", listed.join(","))
    }

    /// Sets where to answer probes.
    pub fn with_health_listen(self, address: &Bind) -> Self {
        self.with("health_listen", address)
    }

    /// Sets how many workers there are; 0 is one a core.
    pub fn with_workers(self, workers: usize) -> Self {
        self.with("workers", workers)
    }

    /// Sets whose word about the client counts, as a [written list](hyperserve_core::TrustedProxies).
    pub fn with_trusted_proxies(self, networks: &str) -> Self {
        self.with("trusted_proxies", networks)
    }

    /// Serves HTTPS on a certificate chain and its private key, each in a PEM file.
    pub fn with_tls_files(self, certificate: impl AsRef<Path>, key: impl AsRef<Path>) -> Self {
        let (certificate, key) = (certificate.as_ref().display(), key.as_ref().display());
        self.with("tls_cert", certificate).with("tls_key", key)
    }

    /// Sets the limits that differ from the defaults.
    pub fn with_limits(mut self, limits: &Limits) -> Self {
        let defaults = Limits::default().entries();
        for entry in limits.entries().into_iter().filter(|entry| !defaults.contains(entry)) {
            self.set(entry.name, &entry.value, Origin::Code);
        }
        self
    }
}
