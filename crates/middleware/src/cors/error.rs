//! [`CorsError`].

use std::error::Error;
use std::fmt;

/// A configuration that cannot work: says why, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorsError {
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    NoOrigin,
    Origin(Box<str>, &'static str),
    Method(Box<str>),
    Header(Box<str>),
    CredentialsToAll,
    CredentialsToNull,
    /// `*` in this list, which browsers take literally when there are credentials.
    LiteralStar(&'static str),
}

impl From<Kind> for CorsError {
    fn from(kind: Kind) -> Self {
        Self { kind }
    }
}

impl fmt::Display for CorsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::NoOrigin => {
                f.write_str("CORS allows no origin: name some, as `https://app.example`, or `*` for every page")
            }
            Kind::Origin(origin, why) => write!(f, "CORS origin {origin:?}: {why}"),
            Kind::Method(method) => write!(
                f,
                "CORS method {method:?}: write the method as it is sent, in capitals if it is (`PATCH`), or `*`"
            ),
            Kind::Header(name) => write!(f, "CORS header {name:?}: it is not the name of a header"),
            Kind::CredentialsToAll => {
                f.write_str("CORS cannot allow credentials to every origin: name the origins instead of `*`")
            }
            Kind::CredentialsToNull => f.write_str(
                "CORS cannot allow credentials to `null`: every sandboxed frame of every site has this origin",
            ),
            Kind::LiteralStar(what) => write!(
                f,
                "CORS cannot allow credentials and `*` as {what}, which browsers then take literally: name the {what}"
            ),
        }
    }
}

impl Error for CorsError {}
