//! Why the command ends with another exit code than 0: sentences, and the code.

use std::fmt;
use std::io;
use std::process::ExitCode;

use crate::{AppError, ConfigError, ConfigFault, Origin};

/// Why a command ends with another exit code than 0: sentences for the person at the terminal, a line each.
#[derive(Debug)]
pub struct Failure {
    sentences: String,
    /// Whether a flag is at fault.
    is_usage: bool,
}

impl Failure {
    /// Anything but a mistake on the command line.
    #[must_use]
    pub fn new(sentence: impl Into<String>) -> Self {
        Self { sentences: sentence.into(), is_usage: false }
    }

    /// A mistake on the command line.
    #[must_use]
    pub fn usage(sentence: impl Into<String>) -> Self {
        Self { sentences: sentence.into(), is_usage: true }
    }

    /// 2 when an argument is wrong, as clap has it; 1 for everything else.
    #[must_use]
    pub const fn code(&self) -> u8 {
        if self.is_usage { 2 } else { 1 }
    }

    pub(super) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code())
    }

    /// The same with exit code 1.
    pub(super) fn with_plain_code(self) -> Self {
        Self { is_usage: false, ..self }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentences)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let is_flag = |fault: &ConfigFault| matches!(fault.origin(), Origin::CommandLine(_));
        Self { sentences: error.to_string(), is_usage: error.faults().iter().any(is_flag) }
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        if let Some(config) = error.config() {
            return config.clone().into();
        }
        let taken = if error.is_address_in_use() { HOW_TO_CHOOSE } else { "" };
        Self { sentences: format!("{error}{taken}"), is_usage: false }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self { sentences: format!("standard output: {error}"), is_usage: false }
    }
}

#[cfg(feature = "tls")]
impl From<hyperserve_server::TlsError> for Failure {
    fn from(error: hyperserve_server::TlsError) -> Self {
        Self { sentences: error.to_string(), is_usage: false }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self { sentences: error.to_string(), is_usage: false }
    }
}

const HOW_TO_CHOOSE: &str = " with --listen (HTTP) or --tls-listen (HTTPS)";
