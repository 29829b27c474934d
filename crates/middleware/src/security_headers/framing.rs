//! [`Framing`]: who may put a page into a frame.

use super::csp::{Csp, NONE, SELF};

/// Who may put a page into a frame (clickjacking). Said twice: as `frame-ancestors` of the policy (CSP 3 §6.4.2), unless that
/// has one of its own, and as `X-Frame-Options` (RFC 7034) where that can say the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Framing {
    /// Nobody.
    #[default]
    Deny,
    /// Pages of this origin.
    SameOrigin,
    /// Pages of these origins, as sources of a policy: `https://portal.example`, `'self'`.
    Origins(Vec<String>),
    /// Everybody: nothing is said.
    Any,
}

impl Framing {
    /// Completes the policy that goes out.
    pub(super) fn added_to(&self, csp: Option<Csp>) -> Option<Csp> {
        const NAME: &str = "frame-ancestors";
        if csp.as_ref().is_some_and(|csp| csp.values(NAME).is_some()) {
            return csp;
        }
        match (self, csp) {
            (Self::Any, csp) => csp,
            // Without a policy `X-Frame-Options` is enough, if it can say it.
            (Self::Deny | Self::SameOrigin, None) => None,
            (Self::Deny, Some(csp)) => Some(csp.with_frame_ancestors([NONE])),
            (Self::SameOrigin, Some(csp)) => Some(csp.with_frame_ancestors([SELF])),
            (Self::Origins(origins), csp) => {
                Some(csp.unwrap_or_default().with_frame_ancestors(origins.clone()))
            }
        }
    }

    /// The value of `X-Frame-Options` beside that policy.
    pub(super) fn option(&self, csp: Option<&Csp>) -> Option<&'static str> {
        match csp.and_then(|csp| csp.values("frame-ancestors")) {
            Some([only]) if only == NONE => Some("DENY"),
            Some([only]) if only == SELF => Some("SAMEORIGIN"),
            Some(_) => None,
            None => match self {
                Self::Deny => Some("DENY"),
                Self::SameOrigin => Some("SAMEORIGIN"),
                Self::Origins(_) | Self::Any => None,
            },
        }
    }
}
