//! [`AccessLogConfig`]: what is logged, how, and where to.

use std::convert::Infallible;
use std::fmt;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use http::HeaderName;

use super::format::AccessLogFormat;
use super::secrets::DEFAULT_SECRETS;

/// Where lines go.
///
/// Written `stdout` or `-`, `stderr`, or the path of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccessLogOutput {
    /// Standard output.
    #[default]
    Stdout,
    /// Standard error.
    Stderr,
    /// A file, to whose end lines are added. It is made if need be, readable to its owner and group.
    File(PathBuf),
}

impl AccessLogOutput {
    fn is_terminal(&self) -> bool {
        match self {
            Self::Stdout => io::stdout().is_terminal(),
            Self::Stderr => io::stderr().is_terminal(),
            Self::File(_) => false,
        }
    }
}

impl FromStr for AccessLogOutput {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "stdout" | "-" => Self::Stdout,
            "stderr" => Self::Stderr,
            path => Self::File(path.into()),
        })
    }
}

impl fmt::Display for AccessLogOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdout => f.write_str("stdout"),
            Self::Stderr => f.write_str("stderr"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// What is logged, how, and where to.
///
/// ```
/// use hyperserve_middleware::access_log::{AccessLogConfig, AccessLogFormat};
///
/// let config = AccessLogConfig::new()
///     .with_format(AccessLogFormat::json())
///     .with_sample(100)
///     .with_excluded(["/healthz", "/internal/*"]);
/// assert_eq!(config.sample, 100);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use]
pub struct AccessLogConfig {
    /// What a line looks like. [`AccessLogFormat::uvicorn`] by default.
    pub format: AccessLogFormat,
    /// Where lines go. Standard output by default.
    pub output: AccessLogOutput,
    /// Whether the `uvicorn` format has colours. By default if the output is a terminal and `NO_COLOR` is not set.
    pub colors: Option<bool>,
    /// Of so many responses with a 2xx status, one is logged; others always are. 1 by default.
    pub sample: u32,
    /// Paths that are not logged; one that ends in `*` stands for all that begin with what is before. None by default.
    pub excluded: Vec<String>,
    /// Words in the names of query parameters and headers whose values are redacted. [`DEFAULT_SECRETS`] by default.
    pub secrets: Vec<String>,
    /// Request headers that the `json` format shows as well. None by default.
    pub headers: Vec<HeaderName>,
    /// The header with a request's id, of the request or else of its response, for the `json` format. `X-Request-Id` by
    /// default.
    pub request_id: Option<HeaderName>,
    /// The index of the worker that this process is, for the `json` format and `%(w)s`. None by default.
    pub worker: Option<u32>,
    /// Bytes that may wait to be written; lines beyond are dropped. 8 MiB by default.
    pub buffer: usize,
}

impl AccessLogConfig {
    /// The defaults.
    pub fn new() -> Self {
        Self {
            format: AccessLogFormat::default(),
            output: AccessLogOutput::default(),
            colors: None,
            sample: 1,
            excluded: Vec::new(),
            secrets: DEFAULT_SECRETS.map(String::from).into(),
            headers: Vec::new(),
            request_id: Some(HeaderName::from_static("x-request-id")),
            worker: None,
            buffer: 8 * 1024 * 1024,
        }
    }

    /// Sets what a line looks like.
    pub fn with_format(mut self, format: AccessLogFormat) -> Self {
        self.format = format;
        self
    }

    /// Sets where lines go.
    pub fn with_output(mut self, output: AccessLogOutput) -> Self {
        self.output = output;
        self
    }

    /// Lets lines go to a file.
    pub fn with_file(self, path: impl AsRef<Path>) -> Self {
        self.with_output(AccessLogOutput::File(path.as_ref().into()))
    }

    /// Sets whether the `uvicorn` format has colours; `None` leaves it to the output.
    pub fn with_colors(mut self, colors: impl Into<Option<bool>>) -> Self {
        self.colors = colors.into();
        self
    }

    /// Logs one of so many responses with a 2xx status; zero counts as one.
    pub const fn with_sample(mut self, of: u32) -> Self {
        self.sample = if of == 0 { 1 } else { of };
        self
    }

    /// Sets the paths that are not logged; one that ends in `*` stands for all that begin with what is before.
    pub fn with_excluded<T: Into<String>>(mut self, paths: impl IntoIterator<Item = T>) -> Self {
        self.excluded = paths.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the words in the names of secrets, in place of [`DEFAULT_SECRETS`].
    pub fn with_secrets<T: Into<String>>(mut self, words: impl IntoIterator<Item = T>) -> Self {
        self.secrets = words.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the request headers that the `json` format shows as well.
    pub fn with_headers(mut self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        self.headers = names.into_iter().collect();
        self
    }

    /// Sets the header with a request's id.
    pub fn with_request_id(mut self, name: impl Into<Option<HeaderName>>) -> Self {
        self.request_id = name.into();
        self
    }

    /// Sets the index of this worker.
    pub fn with_worker(mut self, index: impl Into<Option<u32>>) -> Self {
        self.worker = index.into();
        self
    }

    /// Sets how many bytes may wait to be written.
    pub const fn with_buffer(mut self, bytes: usize) -> Self {
        self.buffer = bytes;
        self
    }

    /// Whether lines have colours when nobody said: see <https://no-color.org>.
    pub(super) fn wants_colors(&self) -> bool {
        let unwanted = || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        self.colors.unwrap_or_else(|| self.output.is_terminal() && !unwanted())
    }
}

impl Default for AccessLogConfig {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_read_as_they_are_written() {
        for text in ["stdout", "stderr", "logs/access.log"] {
            let output: AccessLogOutput = text.parse().unwrap();
            assert_eq!(output.to_string(), text);
        }
        assert_eq!("-".parse(), Ok(AccessLogOutput::Stdout));
    }

    #[test]
    fn a_file_has_no_colors_unless_told() {
        let config = AccessLogConfig::new().with_file("access.log");
        assert!(!config.wants_colors());
        assert!(config.with_colors(true).wants_colors());
    }
}
