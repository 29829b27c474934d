//! [`RouteErrors`]: everything that is wrong with a set of routes, told at once.

use std::fmt;
use std::panic::Location;

/// One fault in the routes. Displays as one sentence with the places in the source that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteError {
    message: String,
    first: &'static Location<'static>,
    second: Option<&'static Location<'static>>,
}

impl RouteError {
    pub(crate) fn new(
        message: String,
        first: &'static Location<'static>,
        second: Option<&'static Location<'static>>,
    ) -> Self {
        Self { message, first, second }
    }

    /// What is wrong, without the places.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Where it was written: one place, or two for a conflict, the earlier registration first.
    pub fn sites(&self) -> impl Iterator<Item = &'static Location<'static>> {
        std::iter::once(self.first).chain(self.second)
    }
}

impl fmt::Display for RouteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}:{}", self.message, self.first.file(), self.first.line())?;
        if let Some(second) = self.second {
            write!(f, " and {}:{}", second.file(), second.line())?;
        }
        f.write_str(")")
    }
}

impl std::error::Error for RouteError {}

/// Every fault in the routes of a router. Displays one line for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteErrors {
    faults: Vec<RouteError>,
}

impl RouteErrors {
    /// `faults` is not empty.
    pub(crate) fn new(faults: Vec<RouteError>) -> Self {
        Self { faults }
    }

    /// The faults, in the order of registration.
    pub fn iter(&self) -> impl Iterator<Item = &RouteError> {
        self.faults.iter()
    }
}

impl fmt::Display for RouteErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.faults {
            [fault] => write!(f, "{fault}"),
            faults => {
                write!(f, "the routes have {} faults:", faults.len())?;
                faults.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
            }
        }
    }
}

impl std::error::Error for RouteErrors {}
