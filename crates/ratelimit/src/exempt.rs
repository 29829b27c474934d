//! [`Exempt`]: requests that are not limited.

use std::collections::HashSet;

use hyperserve_core::TrustedProxies;

use crate::{Key, RateLimitError, RequestHead};

/// Paths, networks and keys; empty ones cost a comparison each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exempt {
    /// Without a slash at the end; each covers itself and what is below it.
    prefixes: Vec<Box<str>>,
    exact: Vec<Box<str>>,
    networks: TrustedProxies,
    keys: HashSet<Key<'static>>,
}

impl Exempt {
    /// Adds `/api` for a path and what is below it, `=/healthz` for a path alone.
    pub(crate) fn add_path(&mut self, entry: &str) -> Result<(), RateLimitError> {
        let (path, exact) = entry.strip_prefix('=').map_or((entry, false), |path| (path, true));
        let sound = |byte: u8| byte.is_ascii_graphic() && !b"?#*{}".contains(&byte);
        if !path.starts_with('/') || !path.bytes().all(sound) {
            return Err(RateLimitError::new(format!(
                "exempt path {entry:?}: write /path for it and what is below it, =/path for it alone, without wildcards"
            )));
        }
        match (exact, path.strip_suffix('/').unwrap_or(path)) {
            (true, _) => self.exact.push(path.into()),
            (false, prefix) => self.prefixes.push(prefix.into()),
        }
        Ok(())
    }

    /// Adds networks: `10.0.0.0/8`, `192.0.2.7`, `loopback`, `private`.
    pub(crate) fn set_networks(&mut self, entries: &[String]) -> Result<(), RateLimitError> {
        self.networks = TrustedProxies::from_entries(entries).map_err(|error| {
            let entry = error.entry();
            RateLimitError::new(format!(
                "exempt network {entry:?}: write an address (192.0.2.7), a network (10.0.0.0/8), loopback or private"
            ))
        })?;
        Ok(())
    }

    pub(crate) fn add_key(&mut self, key: Key<'static>) {
        self.keys.insert(key);
    }

    pub(crate) fn covers(&self, head: &RequestHead<'_>) -> bool {
        self.covers_path(head.uri.path())
            || (!self.networks.is_empty() && head.client_ip().is_some_and(|ip| self.networks.contains(ip)))
    }

    pub(crate) fn covers_key(&self, key: &Key<'_>) -> bool {
        !self.keys.is_empty() && self.keys.contains(key)
    }

    fn covers_path(&self, path: &str) -> bool {
        let below = |prefix: &str| {
            path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.prefixes.iter().any(|prefix| below(prefix)) || self.exact.iter().any(|exact| **exact == *path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(entries: &[&str]) -> Exempt {
        let mut exempt = Exempt::default();
        for entry in entries {
            exempt.add_path(entry).unwrap();
        }
        exempt
    }

    #[test]
    fn a_path_covers_what_is_below_it_and_nothing_beside_it() {
        let exempt = paths(&["/api", "/static/", "=/healthz"]);
        for path in ["/api", "/api/", "/api/x", "/static/a", "/static", "/healthz"] {
            assert!(exempt.covers_path(path), "{path}");
        }
        for path in ["/", "/apix", "/ap", "/healthz/", "/healthz/x", "*", "/x/api", "/API"] {
            assert!(!exempt.covers_path(path), "{path}");
        }
        assert!(paths(&["/"]).covers_path("/anything") && !Exempt::default().covers_path("/"));
    }

    #[test]
    fn what_no_path_and_no_network_is_is_an_error() {
        for entry in ["api", "", "=", "/api/*", "/a b", "/{id}", "/a?b"] {
            assert!(Exempt::default().add_path(entry).is_err(), "{entry}");
        }
        let error = Exempt::default().set_networks(&["10.0.0.1/8".to_owned()]).unwrap_err();
        assert!(error.to_string().contains("10.0.0.1/8"), "{error}");
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
