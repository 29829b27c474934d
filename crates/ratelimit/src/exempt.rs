//! [`Exempt`]: requests that are not limited.

use std::collections::HashSet;
use std::mem::take;

use hyperserve_core::{Networks, Paths};

use crate::{Key, RateLimitError, RequestHead};

/// Paths, networks and keys; empty ones cost a comparison each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exempt {
    paths: Paths,
    networks: Networks,
    keys: HashSet<Key<'static>>,
}

impl Exempt {
    pub(crate) fn add_paths<T: AsRef<str>>(
        &mut self,
        entries: impl IntoIterator<Item = T>,
    ) -> Result<(), RateLimitError> {
        let paths =
            Paths::try_new(entries).map_err(|error| RateLimitError::new(format!("exempt path {error}")))?;
        self.paths = take(&mut self.paths).union(paths);
        Ok(())
    }

    pub(crate) fn set_networks<T: AsRef<str>>(
        &mut self,
        entries: impl IntoIterator<Item = T>,
    ) -> Result<(), RateLimitError> {
        self.networks = Networks::try_new(entries)
            .map_err(|error| RateLimitError::new(format!("exempt network {error}")))?;
        Ok(())
    }

    pub(crate) fn add_key(&mut self, key: Key<'static>) {
        self.keys.insert(key);
    }

    pub(crate) fn covers(&self, head: &RequestHead<'_>) -> bool {
        self.paths.matches(head.uri.path())
            || (!self.networks.is_empty() && head.client_ip().is_some_and(|ip| self.networks.contains(ip)))
    }

    pub(crate) fn covers_key(&self, key: &Key<'_>) -> bool {
        !self.keys.is_empty() && self.keys.contains(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_add_up_and_networks_do_not() {
        let mut exempt = Exempt::default();
        exempt.add_paths(["/api", "/static/"]).unwrap();
        exempt.add_paths(["=/healthz"]).unwrap();
        for path in ["/api", "/api/x", "/static/a", "/static", "/healthz"] {
            assert!(exempt.paths.matches(path), "{path}");
        }
        for path in ["/", "/apix", "/healthz/"] {
            assert!(!exempt.paths.matches(path), "{path}");
        }
        exempt.set_networks(["10.0.0.0/8"]).unwrap();
        exempt.set_networks(["loopback"]).unwrap();
        assert_eq!(exempt.networks, "loopback".parse().unwrap());
    }

    #[test]
    fn what_no_path_and_no_network_is_is_an_error() {
        for entry in ["api", "", "=", "/api/*", "/a b", "/{id}", "/a?b"] {
            let error = Exempt::default().add_paths([entry]).unwrap_err().to_string();
            assert!(error.starts_with(&format!("exempt path {entry:?}")), "{error}");
        }
        for entry in ["10.0.0.1/8", "unix"] {
            let error = Exempt::default().set_networks([entry]).unwrap_err().to_string();
            assert!(error.starts_with(&format!("exempt network {entry:?}")), "{error}");
        }
    }

    #[test]
    fn keys_are_compared_as_they_are_counted() {
        let mut exempt = Exempt::default();
        assert!(!exempt.covers_key(&Key::unknown()));
        exempt.add_key(Key::ip("2001:db8::1".parse().unwrap()));
        assert!(exempt.covers_key(&Key::ip("2001:db8::2".parse().unwrap())));
        assert!(!exempt.covers_key(&Key::text("2001:db8::1")));
    }
}
