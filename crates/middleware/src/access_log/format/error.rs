//! [`AccessLogFormatError`].

use std::fmt;

use super::NAMES;

/// A format of the access log that is neither a name nor a good template; its text is one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessLogFormatError {
    text: String,
}

impl AccessLogFormatError {
    pub(super) fn unknown(name: &str, nearest: Option<&str>) -> Self {
        let known = NAMES.join(", ");
        let nearest = nearest.unwrap_or_default();
        Self {
            text: format!("the access log format {name:?} is none of {known}, nor a template; {nearest}?"),
        }
    }

    /// `reason` continues the sentence.
    pub(super) fn template(reason: impl fmt::Display) -> Self {
        Self { text: format!("the access log format {reason}") }
    }
}

impl fmt::Display for AccessLogFormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for AccessLogFormatError {}
