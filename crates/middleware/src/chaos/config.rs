//! [`ChaosConfig`]: which faults, how often, and for which requests.

use std::error::Error;
use std::fmt;

use http::{HeaderName, HeaderValue, Method, StatusCode};

use super::latency::Latency;
use crate::Paths;

/// Which faults, how often, and for which requests. None by default, and every request.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use]
pub struct ChaosConfig {
    /// What all drawing begins with. Random by default, and then logged.
    pub seed: Option<u64>,
    /// The paths that faults are for. All by default.
    pub paths: Paths,
    /// The methods that faults are for; none means all. None by default.
    pub methods: Vec<Method>,
    /// A header that a request must have, with this value if there is one. None by default.
    pub header: Option<(HeaderName, Option<HeaderValue>)>,
    /// The rate of late answers, and how late they are.
    pub latency: Option<(f64, Latency)>,
    /// The rate of errors, and their statuses, all alike.
    pub errors: Option<(f64, Vec<StatusCode>)>,
    /// The rate of slow bodies, and their bytes a second.
    pub throttle: Option<(f64, u32)>,
    /// The rate of bodies that break off.
    pub aborts: f64,
    /// The rate of panics.
    pub panics: f64,
    /// Whether a build without debug assertions may have the layer. False by default.
    pub in_release: bool,
}

impl ChaosConfig {
    /// No fault at all.
    pub fn new() -> Self {
        Self {
            seed: None,
            paths: Paths::all(),
            methods: Vec::new(),
            header: None,
            latency: None,
            errors: None,
            throttle: None,
            aborts: 0.0,
            panics: 0.0,
            in_release: false,
        }
    }

    /// Sets the seed.
    pub fn with_seed(mut self, seed: impl Into<Option<u64>>) -> Self {
        self.seed = seed.into();
        self
    }

    /// Sets the paths that faults are for.
    pub fn with_paths(mut self, paths: Paths) -> Self {
        self.paths = paths;
        self
    }

    /// Sets the methods that faults are for; none means all.
    pub fn with_methods(mut self, methods: impl IntoIterator<Item = Method>) -> Self {
        self.methods = methods.into_iter().collect();
        self
    }

    /// Leaves requests without this header alone, and those with another value of it if there is one.
    pub fn with_header(mut self, name: HeaderName, value: impl Into<Option<HeaderValue>>) -> Self {
        self.header = Some((name, value.into()));
        self
    }

    /// Holds answers back, at a rate between 0 and 1.
    pub const fn with_latency(mut self, rate: f64, latency: Latency) -> Self {
        self.latency = Some((rate, latency));
        self
    }

    /// Answers with one of these statuses, at a rate between 0 and 1.
    pub fn with_errors(mut self, rate: f64, statuses: impl IntoIterator<Item = StatusCode>) -> Self {
        self.errors = Some((rate, statuses.into_iter().collect()));
        self
    }

    /// Sends bodies at so many bytes a second, at a rate between 0 and 1.
    pub const fn with_throttle(mut self, rate: f64, bytes_a_second: u32) -> Self {
        self.throttle = Some((rate, bytes_a_second));
        self
    }

    /// Breaks bodies off, at a rate between 0 and 1.
    pub const fn with_aborts(mut self, rate: f64) -> Self {
        self.aborts = rate;
        self
    }

    /// Panics, at a rate between 0 and 1.
    pub const fn with_panics(mut self, rate: f64) -> Self {
        self.panics = rate;
        self
    }

    /// Sets whether a build without debug assertions may have the layer.
    pub const fn allow_in_release(mut self, allowed: bool) -> Self {
        self.in_release = allowed;
        self
    }

    /// What is wrong, in a build of this kind.
    pub(super) fn check(&self, debug: bool) -> Result<(), ChaosError> {
        if !debug && !self.in_release {
            return Err(ChaosError::new(
                "chaos is not for release builds: leave the layer out, or say `allow_in_release(true)` if it is meant",
            ));
        }
        let rates = [
            ("latency", self.latency.map_or(0.0, |(rate, _)| rate)),
            ("errors", self.errors.as_ref().map_or(0.0, |(rate, _)| *rate)),
            ("throttle", self.throttle.map_or(0.0, |(rate, _)| rate)),
            ("aborts", self.aborts),
            ("panics", self.panics),
        ];
        if let Some((name, rate)) = rates.iter().find(|(_, rate)| !(0.0..=1.0).contains(rate)) {
            return Err(ChaosError(format!("the rate of {name} is {rate}; write one between 0 and 1")));
        }
        if self.throttle.is_some_and(|(_, bytes)| bytes == 0) {
            return Err(ChaosError::new(
                "`throttle` needs at least 1 byte a second; use aborts for bodies that never end",
            ));
        }
        self.check_statuses()
    }

    fn check_statuses(&self) -> Result<(), ChaosError> {
        let Some((_, statuses)) = &self.errors else { return Ok(()) };
        if statuses.is_empty() {
            return Err(ChaosError::new("`errors` names no status; name one, 503 for instance"));
        }
        match statuses.iter().find(|status| !status.is_client_error() && !status.is_server_error()) {
            Some(status) => Err(ChaosError(format!(
                "{} is the status of no error; name one from 400 to 599",
                status.as_u16()
            ))),
            None => Ok(()),
        }
    }
}

impl Default for ChaosConfig {
    fn default() -> Self {
        Self::new()
    }
}

/// What is wrong with a [`ChaosConfig`], and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChaosError(String);

impl ChaosError {
    fn new(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for ChaosError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for ChaosError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_build_has_none_unless_told() {
        assert_eq!(ChaosConfig::new().check(true), Ok(()));
        assert!(ChaosConfig::new().check(false).unwrap_err().to_string().contains("allow_in_release"));
        assert_eq!(ChaosConfig::new().allow_in_release(true).check(false), Ok(()));
    }

    #[test]
    fn what_cannot_be_is_an_error() {
        let usual = ChaosConfig::new;
        for (config, word) in [
            (usual().with_aborts(1.1), "aborts"),
            (usual().with_panics(f64::NAN), "panics"),
            (usual().with_latency(-0.1, Latency::fixed(std::time::Duration::ZERO)), "latency"),
            (usual().with_throttle(0.5, 0), "throttle"),
            (usual().with_throttle(2.0, 9), "throttle"),
            (usual().with_errors(0.5, []), "errors"),
            (usual().with_errors(0.5, [StatusCode::OK]), "200"),
        ] {
            let error = config.check(true).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}
