//! [`Options`]: the configuration as Python sees it.

use std::collections::BTreeMap;

use hyperserve::Config;
use hyperserve::ConfigEntry;
use pyo3::exceptions::{PyKeyError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::keyword::Keyword;
use super::settle::settled;

/// What `listen` and `tls_listen` are made of. A worker has their sockets, and none of these.
const PUT_TOGETHER: [&str; 5] = ["host", "port", "uds", "fd", "bind"];

/// Every setting of a server. It does not change.
///
/// A name is that of a key, or another that the command line takes for it: `log_level` is `log`.
#[pyclass(frozen, name = "Options", module = "hyperserve._core")]
#[derive(Debug)]
pub(crate) struct Options {
    config: Config,
    /// Given by code instead of a name.
    application: Option<Py<PyAny>>,
}

impl Options {
    pub(super) const fn new(config: Config) -> Self {
        Self { config, application: None }
    }

    pub(crate) const fn config(&self) -> &Config {
        &self.config
    }

    pub(super) const fn has_application(&self) -> bool {
        self.application.is_some()
    }

    /// Those of a worker: what its supervisor had from [`to_dict`](Self::to_dict), and nothing else.
    pub(super) fn inherited(options: BTreeMap<String, String>) -> Self {
        let config = Config::for_python();
        Self::new(options.into_iter().fold(config, |config, (name, text)| config.with(&name, text)))
    }

    /// Every value for a worker.
    pub(crate) fn texts(&self) -> BTreeMap<String, String> {
        let entries = self.config.entries().into_iter();
        let entries = entries.filter(|entry| !PUT_TOGETHER.contains(&entry.name));
        entries.map(|entry| (entry.name.to_owned(), entry.value)).collect()
    }

    fn entry(&self, name: &str) -> PyResult<ConfigEntry> {
        self.config.get(name).ok_or_else(|| PyKeyError::new_err(format!("there is no key `{name}`")))
    }

    fn checked(config: Config, application: Option<Py<PyAny>>) -> PyResult<Self> {
        config.check().map_err(|error| PyValueError::new_err(error.to_string()))?;
        Ok(Self { config, application })
    }
}

#[pymethods]
impl Options {
    /// These values, and the built-in defaults for the rest.
    ///
    /// Raises ValueError, one sentence for each fault.
    #[staticmethod]
    #[pyo3(signature = (options, application = None))]
    fn from_dict(options: &Bound<'_, PyDict>, application: Option<Py<PyAny>>) -> PyResult<Self> {
        let keywords = read(options)?;
        Self::checked(applied(Config::for_python(), &keywords), application)
    }

    /// The same over the file and the environment of this process.
    #[staticmethod]
    #[pyo3(signature = (options, application = None))]
    fn load(py: Python<'_>, options: &Bound<'_, PyDict>, application: Option<Py<PyAny>>) -> PyResult<Self> {
        let keywords = read(options)?;
        let configure = || applied(Config::for_python().with_sources(None), &keywords);
        let config = settled(py, configure).map_err(|failure| PyValueError::new_err(failure.to_string()))?;
        Self::checked(config, application)
    }

    /// A value in its canonical form; empty for a list without entries and for what is not given.
    fn get(&self, name: &str) -> PyResult<String> {
        self.entry(name).map(|entry| entry.value)
    }

    /// Whether a switch is on.
    fn is_on(&self, name: &str) -> PyResult<bool> {
        self.entry(name).map(|entry| self.config.is_on(entry.name))
    }

    /// A time in seconds; None when it is off.
    fn seconds(&self, name: &str) -> PyResult<Option<f64>> {
        self.entry(name).map(|entry| self.config.duration(entry.name).map(|time| time.as_secs_f64()))
    }

    /// A number, or a size in bytes; 0 when it is off.
    fn number(&self, name: &str) -> PyResult<u64> {
        self.entry(name).map(|entry| self.config.number(entry.name))
    }

    /// The entries of a list.
    fn list(&self, name: &str) -> PyResult<Vec<String>> {
        self.entry(name).map(|entry| self.config.list(entry.name))
    }

    /// Every value in its canonical form, for a worker: `listen` and `tls_listen` are put together, and what they were made
    /// of is left out.
    fn to_dict(&self) -> BTreeMap<String, String> {
        self.texts()
    }

    /// The application, where it was given as an object.
    #[getter]
    fn application(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.application.as_ref().map(|application| application.clone_ref(py))
    }
}

/// All keywords, or all sentences about them.
fn read(options: &Bound<'_, PyDict>) -> PyResult<Vec<Keyword>> {
    let (mut keywords, mut wrong) = (Vec::new(), Vec::new());
    for (name, value) in options {
        match Keyword::new(name.extract()?, &value) {
            Ok(keyword) => keywords.extend(keyword),
            Err(sentence) => wrong.push(sentence),
        }
    }
    if wrong.is_empty() { Ok(keywords) } else { Err(PyValueError::new_err(wrong.join("\n"))) }
}

fn applied(config: Config, keywords: &[Keyword]) -> Config {
    keywords.iter().fold(config, |config, keyword| keyword.apply(config))
}
