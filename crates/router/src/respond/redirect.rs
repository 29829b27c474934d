//! [`Redirect`]: answers that send the client elsewhere.

use http::{StatusCode, header};
use hyperserve_core::{IntoResponse, Response};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// What a URI reference is never made of (RFC 3986 §2); encoded, no text can end the field or begin another. A
/// backslash is among it, which browsers take for a slash.
const NEVER: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// A redirect (RFC 9110 §15.4), to a path of this site or to any URI.
///
/// What a `Location` may not hold, such as control characters, spaces, backslashes and whatever is not ASCII, is
/// percent-encoded; what is encoded already stays as it is. Do not redirect to where a client asks to be sent without
/// a look: `https://…`, and `//host` too, lead to other sites.
///
/// ```
/// use hyperserve_core::IntoResponse;
/// use hyperserve_router::Redirect;
///
/// let response = Redirect::to("/items/7").into_response();
/// assert_eq!(response.status(), 303);
/// assert_eq!(response.headers()["location"], "/items/7");
/// assert_eq!(Redirect::permanent("/café\r\nx: y").location(), "/caf%C3%A9%0D%0Ax:%20y");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a redirect does nothing until it is answered"]
pub struct Redirect {
    status: StatusCode,
    location: String,
}

impl Redirect {
    /// 303 See Other: what was asked for is done, and a GET of `uri` shows the outcome. The one to use after a POST.
    pub fn to(uri: &str) -> Self {
        Self::with_status(StatusCode::SEE_OTHER, uri)
    }

    /// 307 Temporary Redirect: the same request, body included, is to be sent to `uri`, this time.
    pub fn temporary(uri: &str) -> Self {
        Self::with_status(StatusCode::TEMPORARY_REDIRECT, uri)
    }

    /// 308 Permanent Redirect: the same request, body included, is to be sent to `uri`, from now on. Clients keep
    /// that in mind for a long time.
    pub fn permanent(uri: &str) -> Self {
        Self::with_status(StatusCode::PERMANENT_REDIRECT, uri)
    }

    fn with_status(status: StatusCode, uri: &str) -> Self {
        Self { status, location: utf8_percent_encode(uri, NEVER).to_string() }
    }

    /// The status that is answered.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// Where it leads, as it is sent.
    #[must_use]
    pub fn location(&self) -> &str {
        &self.location
    }
}

impl IntoResponse for Redirect {
    fn into_response(self) -> Response {
        (self.status, [(header::LOCATION, self.location)], ()).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses() {
        for (redirect, status) in
            [(Redirect::to("/"), 303), (Redirect::temporary("/"), 307), (Redirect::permanent("/"), 308)]
        {
            let response = redirect.into_response();
            assert_eq!(response.status(), status);
            assert_eq!(
                (response.headers().len(), &response.headers()["location"]),
                (1, &http::HeaderValue::from_static("/"))
            );
            assert_eq!(response.body().as_bytes().unwrap(), "");
        }
    }

    #[test]
    fn a_uri_stays_as_it_is() {
        for uri in ["/a?b=c&d=%20#e", "https://[::1]:8080/~a/;b,c'(d)*!$@", "//host/", "../up", "", "?q=[1]"]
        {
            assert_eq!(Redirect::to(uri).location(), uri);
        }
    }

    #[test]
    fn no_text_breaks_out_of_the_field() {
        let every: String = (0..=0x17f).filter_map(char::from_u32).collect();
        let response = Redirect::to(&every).into_response();
        assert_eq!(response.status(), 303);
        assert!(response.headers()["location"].as_bytes().iter().all(u8::is_ascii_graphic));
        assert_eq!(Redirect::to("/\\evil.example").location(), "/%5Cevil.example");
    }
}
