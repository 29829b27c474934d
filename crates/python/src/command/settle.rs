//! A configuration with the variables of `env_file`, which may change what the rest of it is.

use hyperserve::command::Failure;
use hyperserve::{Config, Origin};
use pyo3::prelude::*;

use super::env_file::load;

/// What `configure` makes once the variables of the file that it names are set.
pub(super) fn settled(py: Python<'_>, configure: impl Fn() -> Config) -> Result<Config, Failure> {
    let config = configure();
    let Some(path) = config.list("env_file").into_iter().next() else { return Ok(config) };
    match load(py, &path) {
        Ok(()) => Ok(configure()),
        Err(sentence) => Err(told(&config, &sentence)),
    }
}

fn told(config: &Config, sentence: &str) -> Failure {
    match config.get("env_file").map(|entry| entry.origin) {
        Some(Origin::CommandLine(flag)) => Failure::usage(format!("{flag}: {sentence}")),
        _ => Failure::new(format!("env_file: {sentence}")),
    }
}
