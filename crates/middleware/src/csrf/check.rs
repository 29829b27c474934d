//! Whether a request comes from elsewhere.

use http::header::ORIGIN;
use http::{HeaderName, Method};
use hyperserve_core::{Request, RequestContext, origin};

use super::CsrfError;
use crate::origin::Origins;
use crate::{Paths, asked};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

#[derive(Clone, Debug, Default)]
pub(super) struct Check {
    trusted: Origins,
    pub(super) exempt: Paths,
}

/// What the browser says of where the request comes from.
#[derive(Debug, PartialEq, Eq)]
enum Site {
    Here,
    Elsewhere,
    Unsaid,
}

impl Site {
    /// Of several values the worst counts.
    fn of<B>(request: &Request<B>) -> Self {
        let mut site = Self::Unsaid;
        for value in request.headers().get_all(SEC_FETCH_SITE) {
            match value.as_bytes() {
                b"same-origin" | b"none" => site = Self::Here,
                b"" => {}
                _ => return Self::Elsewhere,
            }
        }
        site
    }
}

impl Check {
    pub(super) fn trust(&mut self, origin: &str) -> Result<(), CsrfError> {
        if origin == "null" {
            let why = "every sandboxed frame of every site has this origin, so it cannot be trusted";
            return Err(CsrfError::new(origin, why));
        }
        self.trusted.add(origin).map_err(|why| CsrfError::new(origin, why))
    }

    pub(super) fn passes<B>(&self, request: &Request<B>) -> bool {
        is_safe(request)
            || self.exempt.matches(request.uri().path())
            || match Site::of(request) {
                Site::Here => true,
                Site::Elsewhere => origin(request).is_ok_and(|origin| self.trusts(origin)),
                Site::Unsaid => origin(request)
                    .is_ok_and(|origin| origin.is_empty() || is_own(origin, request) || self.trusts(origin)),
            }
    }

    fn trusts(&self, origin: &[u8]) -> bool {
        self.trusted.contains(origin)
    }
}

fn is_safe<B>(request: &Request<B>) -> bool {
    match *request.method() {
        Method::GET | Method::HEAD | Method::OPTIONS => true,
        Method::CONNECT => {
            RequestContext::of(request.extensions()).is_some_and(RequestContext::connects_to_websocket)
        }
        // RFC 10008 §2.
        ref other => other.as_str() == "QUERY",
    }
}

/// The origin, empty if there is none; two of them are an error.
fn origin<B>(request: &Request<B>) -> Result<&[u8], ()> {
    let mut values = request.headers().get_all(ORIGIN).iter();
    let first = values.next().map_or(&b""[..], |value| value.as_bytes());
    if values.next().is_some() { Err(()) } else { Ok(first) }
}

/// Whether the page is one of the host that the request is for.
fn is_own<B>(origin: &[u8], request: &Request<B>) -> bool {
    let Ok(origin) = str::from_utf8(origin) else { return false };
    let client = asked::client(request);
    let own = client.host().or_else(|| asked::own_authority(request)).unwrap_or_default();
    origin::is_own(origin, own, client.is_secure())
}
