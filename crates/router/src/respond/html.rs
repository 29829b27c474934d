//! [`Html`]: pages.

use http::{HeaderValue, header};
use hyperserve_core::{Body, IntoResponse, Response};

/// A page, answered as `text/html; charset=utf-8`.
///
/// Nothing is escaped: what comes from elsewhere must be, before it gets into the page; template engines do.
///
/// ```
/// use hyperserve_core::IntoResponse;
/// use hyperserve_router::Html;
///
/// let response = Html("<h1>Hello</h1>").into_response();
/// assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Html<T>(pub T);

impl<T: Into<Body>> IntoResponse for Html<T> {
    fn into_response(self) -> Response {
        let mut response = Response::new(self.0.into());
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        response
    }
}

impl<T> From<T> for Html<T> {
    fn from(page: T) -> Self {
        Self(page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_any_kind_is_a_page() {
        for response in [Html("<p>é").into_response(), Html(String::from("<p>é")).into_response()] {
            assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
            assert_eq!(response.body().as_bytes().unwrap(), "<p>é");
        }
    }
}
