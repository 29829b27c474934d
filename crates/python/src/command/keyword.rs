//! [`Keyword`]: a Python value given for a key, as the text that a command line would have.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyString, PyTuple};

use hyperserve::Config;

/// What was given for one name.
pub(super) struct Keyword {
    name: String,
    values: Vec<String>,
}

impl Keyword {
    /// `None` for Python's None, which leaves the key as it is. The sentence says what is wrong.
    pub(super) fn new(name: String, value: &Bound<'_, PyAny>) -> Result<Option<Self>, String> {
        if value.is_none() {
            // To uvicorn this one word switches pings off.
            let is_off = matches!(name.as_str(), "ws_ping_interval" | "ws_ping_timeout");
            return Ok(is_off.then(|| Self { name, values: vec!["off".to_owned()] }));
        }
        let entry = Config::for_python().get(&name);
        let (is_list, is_duration) =
            entry.map_or((false, false), |entry| (entry.is_list(), entry.is_duration()));
        let values = match entries(value).filter(|_| is_list) {
            Some(entries) => entries.iter().map(|entry| text(&name, entry)).collect::<Result<_, _>>()?,
            None if is_duration => vec![time(&name, value)?],
            None => vec![text(&name, value)?],
        };
        Ok(Some(Self { name, values }))
    }

    /// The configuration with it, as code says it.
    pub(super) fn apply(&self, config: Config) -> Config {
        config.with_list(&self.name, &self.values)
    }
}

/// The entries of a list or tuple, or of anything alike that is no text.
fn entries<'py>(value: &Bound<'py, PyAny>) -> Option<Vec<Bound<'py, PyAny>>> {
    let is_one = value.is_instance_of::<PyString>() || value.is_instance_of::<PyDict>();
    if is_one { None } else { value.try_iter().ok()?.collect::<PyResult<_>>().ok() }
}

/// Numbers of Python are seconds.
fn time(name: &str, value: &Bound<'_, PyAny>) -> Result<String, String> {
    let is_number = value.is_instance_of::<PyInt>() || value.is_instance_of::<PyFloat>();
    let seconds = value.extract::<f64>().ok().filter(|seconds| *seconds > 0.0 && is_number);
    match seconds {
        Some(seconds) if !value.is_instance_of::<PyBool>() => {
            Ok(format!("{}ms", (seconds * 1000.0).round().max(1.0)))
        }
        _ => text(name, value),
    }
}

fn text(name: &str, value: &Bound<'_, PyAny>) -> Result<String, String> {
    let wrong = || format!("`{name}`: a value of type {}, where text is wanted", type_of(value));
    if let Ok(on) = value.extract::<bool>().map(|on| on.to_string()) {
        return Ok(on);
    }
    if value.is_instance_of::<PyInt>() {
        return value.extract::<i64>().map(|number| number.to_string()).map_err(|_| wrong());
    }
    if let Ok(pair) = value.cast::<PyTuple>() {
        return field(pair).ok_or_else(wrong);
    }
    if let Ok(object) = value.cast::<PyDict>() {
        return json(object).map_err(|error| format!("`{name}`: {error}"));
    }
    if value.is_instance_of::<PyFloat>() {
        return value.str().map(|text| text.to_string()).map_err(|_| wrong());
    }
    let path = value.call_method0("__fspath__");
    path.as_ref().unwrap_or(value).extract::<String>().map_err(|_| wrong())
}

/// A name and a value, each text or bytes.
fn field(pair: &Bound<'_, PyTuple>) -> Option<String> {
    let (name, value) = pair.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>().ok()?;
    let read = |part: &Bound<'_, PyAny>| match part.cast::<PyBytes>() {
        Ok(bytes) => str::from_utf8(bytes.as_bytes()).ok().map(str::to_owned),
        Err(_) => part.extract::<String>().ok(),
    };
    Some(format!("{}: {}", read(&name)?, read(&value)?))
}

/// As `log_config` takes it. Workers are told it as text.
fn json(object: &Bound<'_, PyDict>) -> PyResult<String> {
    object.py().import("json")?.call_method1("dumps", (object,))?.extract()
}

fn type_of(value: &Bound<'_, PyAny>) -> String {
    value.get_type().name().map_or_else(|_| "unknown".to_owned(), |name| name.to_string())
}
