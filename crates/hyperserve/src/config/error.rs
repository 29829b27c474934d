//! What is wrong with a configuration: all of it, not the first fault alone.

use std::error::Error;
use std::fmt;

use super::Origin;

/// One fault: where, and what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFault {
    origin: Origin,
    message: String,
}

impl ConfigFault {
    pub(super) fn new(origin: Origin, message: impl Into<String>) -> Self {
        Self { origin, message: message.into() }
    }

    /// Where the value or key at fault was written.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }
}

/// `hyperserve.toml:3: there is no key …`
impl fmt::Display for ConfigFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            // A default is at fault only together with another value, which the message names.
            Origin::Default | Origin::Code => f.write_str(&self.message),
            origin => write!(f, "{origin}: {}", self.message),
        }
    }
}

/// Every fault of a configuration, a line each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// Never empty.
    faults: Vec<ConfigFault>,
}

impl ConfigError {
    /// `Err` if there is any fault.
    pub(super) fn of(faults: Vec<ConfigFault>) -> Result<(), Self> {
        if faults.is_empty() { Ok(()) } else { Err(Self { faults }) }
    }

    /// These, of which there is one at least.
    #[cfg(feature = "stack")]
    pub(super) const fn of_faults(faults: Vec<ConfigFault>) -> Self {
        Self { faults }
    }

    /// The faults, one at least, in the order in which they were found.
    #[must_use]
    pub fn faults(&self) -> &[ConfigFault] {
        &self.faults
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, fault) in self.faults.iter().enumerate() {
            let separator = if nth == 0 { "" } else { "\n" };
            write!(f, "{separator}{fault}")?;
        }
        Ok(())
    }
}

impl Error for ConfigError {}
