//! The access log, from the configuration.

use hyperserve::Config;
use hyperserve_middleware::access_log::{AccessLog, AccessLogConfig, AccessLogFormatError};
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;

/// The log of this process, `worker` of the supervisor's; `None` when it is off.
pub(super) fn open(config: &Config, worker: Option<usize>) -> PyResult<Option<AccessLog>> {
    if !config.is_on("access_log") {
        return Ok(None);
    }
    let format = config
        .text("access_log_format")
        .parse()
        .map_err(|error: AccessLogFormatError| PyValueError::new_err(error.to_string()))?;
    let colors = match config.text("use_colors").as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    };
    let wanted = AccessLogConfig::new()
        .with_format(format)
        .with_colors(colors)
        .with_worker(worker.and_then(|index| u32::try_from(index).ok()));
    let log = AccessLog::open(&wanted).map_err(|error| PyOSError::new_err(format!("access log: {error}")))?;
    Ok(Some(log))
}
