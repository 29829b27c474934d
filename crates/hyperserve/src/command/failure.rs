//! Why the command ends with exit code 1, in one sentence.

use std::fmt;
use std::io;

use hyperserve_server::ServerError;

/// One sentence for the person at the terminal.
#[derive(Debug)]
pub(super) struct Failure(String);

impl Failure {
    #[cfg(feature = "tls")]
    pub(super) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<ServerError> for Failure {
    fn from(error: ServerError) -> Self {
        let taken = if error.is_address_in_use() { HOW_TO_CHOOSE } else { "" };
        Self(format!("{error}{taken}"))
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self(format!("standard output: {error}"))
    }
}

#[cfg(feature = "tls")]
const HOW_TO_CHOOSE: &str = " with --listen (HTTP) or --tls-listen (HTTPS)";
#[cfg(not(feature = "tls"))]
const HOW_TO_CHOOSE: &str = " with --listen";

#[cfg(feature = "tls")]
impl From<hyperserve_server::TlsError> for Failure {
    fn from(error: hyperserve_server::TlsError) -> Self {
        Self(error.to_string())
    }
}
