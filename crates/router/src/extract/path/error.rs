//! Why captures cannot be read as the wanted type: the client's fault, or the route's.

use std::fmt;

use serde::de::{Error as _, Unexpected};

use crate::extract::Rejection;
use crate::extract::location::{Location, Part};
use crate::extract::percent::Broken;

#[derive(Debug)]
pub(super) struct PathError {
    kind: Kind,
    /// The capture that it is about.
    name: Option<String>,
}

#[derive(Debug)]
enum Kind {
    /// The value does not fit.
    Shape(String),
    /// The value cannot be decoded.
    Broken(Broken),
    /// No value ever fits: the type asks for what the route has not.
    Misuse(String),
}

impl PathError {
    pub(super) const fn broken(broken: Broken) -> Self {
        Self { kind: Kind::Broken(broken), name: None }
    }

    pub(super) const fn misuse(cause: String) -> Self {
        Self { kind: Kind::Misuse(cause), name: None }
    }

    /// `expected` is the name of a type.
    pub(super) fn unfit(text: &str, expected: &str) -> Self {
        Self::invalid_value(Unexpected::Str(text), &expected)
    }

    /// Says which capture it is about.
    pub(super) fn of(mut self, name: &str) -> Self {
        self.name.get_or_insert_with(|| name.to_owned());
        self
    }

    fn location(&self) -> Location {
        let path = Location::new(Part::Path);
        self.name.iter().fold(path, |path, name| path.name(name))
    }
}

impl From<PathError> for Rejection {
    fn from(error: PathError) -> Self {
        let location = error.location();
        match error.kind {
            Kind::Shape(message) => Self::shape(location, &message),
            Kind::Broken(broken) => {
                let name = error.name.unwrap_or_default();
                Self::malformed(format!("The part `{name}` of the path {broken}.")).with_location(location)
            }
            Kind::Misuse(cause) => Self::misuse(cause),
        }
    }
}

impl serde::de::Error for PathError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { kind: Kind::Shape(message.to_string()), name: None }
    }

    fn missing_field(field: &'static str) -> Self {
        Self::misuse(format!(
            "`Path` is to fill the field `{field}`, and the route has no capture of that name"
        ))
    }

    fn unknown_field(field: &str, _expected: &'static [&'static str]) -> Self {
        Self::misuse(format!("the route has a capture `{field}`, and the type in `Path` has no field for it"))
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Shape(message) | Kind::Misuse(message) => f.write_str(message),
            Kind::Broken(broken) => broken.fmt(f),
        }
    }
}

impl std::error::Error for PathError {}
