//! [`ProxyError`]: why bytes are not a PROXY header.

use std::fmt;

/// Why the beginning of a connection is not a PROXY header. The connection should be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProxyError {
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    NotProxy,
    TooLong,
    Checksum,
    Malformed(&'static str),
}

impl ProxyError {
    pub(super) const fn not_proxy() -> Self {
        Self { kind: Kind::NotProxy }
    }

    pub(super) const fn too_long() -> Self {
        Self { kind: Kind::TooLong }
    }

    pub(super) const fn checksum() -> Self {
        Self { kind: Kind::Checksum }
    }

    pub(super) const fn malformed(what: &'static str) -> Self {
        Self { kind: Kind::Malformed(what) }
    }

    /// The bytes begin like neither version: most likely a client without a proxy.
    #[must_use]
    pub const fn is_not_proxy(&self) -> bool {
        matches!(self.kind, Kind::NotProxy)
    }

    /// The header is longer than its version or [`MAX_HEADER_LEN`](super::MAX_HEADER_LEN) allows.
    #[must_use]
    pub const fn is_too_long(&self) -> bool {
        matches!(self.kind, Kind::TooLong)
    }

    /// The checksum of a version 2 header does not match.
    #[must_use]
    pub const fn is_checksum(&self) -> bool {
        matches!(self.kind, Kind::Checksum)
    }
}

impl fmt::Display for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::NotProxy => f.write_str("connection does not begin with a PROXY header"),
            Kind::TooLong => f.write_str("PROXY header is too long"),
            Kind::Checksum => f.write_str("PROXY header fails its checksum"),
            Kind::Malformed(what) => write!(f, "PROXY header is malformed: {what}"),
        }
    }
}

impl std::error::Error for ProxyError {}
