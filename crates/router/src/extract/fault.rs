//! [`Rejection`]: why an extractor could not take its value, and the problem that is answered then.

#![cfg_attr(
    not(all(feature = "json", feature = "form", feature = "multipart", feature = "typed-header")),
    allow(dead_code, reason = "each feature fails in ways of its own")
)]

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::io;

use http::{StatusCode, header};
use hyperserve_core::{BodyError, BoxError, IntoResponse, Problem, Response};

use super::location::{Location, shortened};

/// Why an extractor of this crate could not take its value.
///
/// As a response it is a [`Problem`]:
///
/// | what happened | status | predicate |
/// |---|---|---|
/// | it could not be read: syntax, UTF-8, percent-encoding, framing | 400 | [`is_malformed`](Self::is_malformed) |
/// | the body did not arrive in time, or not at all | 408, 400 | [`is_body`](Self::is_body) |
/// | it is larger than the limit | 413 | [`is_too_large`](Self::is_too_large) |
/// | the media type of the body is another one, or missing | 415 | [`is_media_type`](Self::is_media_type) |
/// | it was read, and is not of the wanted shape, or is missing | 422 | [`is_shape`](Self::is_shape) |
/// | a file that it was to be written to could not be; there was no room for it | 500, 507 | [`is_storage`](Self::is_storage) |
/// | the application asks for what it never provides | 500 | [`is_misuse`](Self::is_misuse) |
///
/// Where a place in the request can be named, the problem has an extension member `errors`, a list of
/// `{"loc": ["body", "user", "tags", 0], "msg": "…"}`: `loc` begins with `body`, `query`, `path` or
/// `header` and goes on with names, and numbers for the elements of lists. What a 500 or a 507 is about goes to the log only.
///
/// To answer in another way, take `Result<T, Rejection>` for `T` in the handler.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use hyperserve_core::{Body, FromRequest, IntoResponse, Problem, Request};
/// use hyperserve_router::{Json, Rejection};
///
/// let request = Request::new(Body::from("[1, 2]"));
/// let rejection: Rejection = Json::<Vec<u8>>::from_request(request, &()).await.unwrap_err();
/// assert!(rejection.is_media_type());
/// let problem = Problem::from(rejection);
/// assert_eq!(problem.status(), 415);
/// assert_eq!(problem.detail(), Some("The request body must be of type application/json."));
/// # }
/// ```
pub struct Rejection {
    kind: Kind,
}

enum Kind {
    Malformed { detail: Cow<'static, str>, at: Option<Location>, source: Option<BoxError> },
    MediaType { accept: &'static str },
    TooLarge { detail: Cow<'static, str>, at: Option<Location>, limit: u64 },
    Shape { at: Location, message: String },
    Body(BodyError),
    Storage(io::Error),
    Misuse(Cow<'static, str>),
}

impl Rejection {
    /// 400. `detail` is a whole sentence for the client.
    pub(crate) fn malformed(detail: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: Kind::Malformed { detail: detail.into(), at: None, source: None } }
    }

    /// 415. `accept` is the media type that is wanted.
    pub(crate) const fn media_type(accept: &'static str) -> Self {
        Self { kind: Kind::MediaType { accept } }
    }

    /// 413. `detail` is a whole sentence for the client.
    pub(crate) fn too_large(detail: impl Into<Cow<'static, str>>, limit: u64) -> Self {
        Self { kind: Kind::TooLarge { detail: detail.into(), at: None, limit } }
    }

    /// 422. `message` says what is wrong with the value at that place, as serde words it.
    pub(crate) fn shape(at: Location, message: &str) -> Self {
        Self { kind: Kind::Shape { at, message: shortened(message) } }
    }

    /// 507 when there is no room, otherwise 500.
    pub(crate) const fn storage(error: io::Error) -> Self {
        Self { kind: Kind::Storage(error) }
    }

    /// 500. `cause` tells the programmer, in the log, what to mend.
    pub(crate) fn misuse(cause: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: Kind::Misuse(cause.into()) }
    }

    /// Names the place in the request, of a malformed or too large value.
    #[must_use]
    pub(crate) fn with_location(mut self, location: Location) -> Self {
        if let Kind::Malformed { at, .. } | Kind::TooLarge { at, .. } = &mut self.kind {
            *at = Some(location);
        }
        self
    }

    /// Sets the error behind a malformed value: logged, and not shown to clients.
    #[must_use]
    pub(crate) fn with_source(mut self, error: impl Into<BoxError>) -> Self {
        if let Kind::Malformed { source, .. } = &mut self.kind {
            *source = Some(error.into());
        }
        self
    }

    /// The status that is answered.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match &self.kind {
            Kind::MediaType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Kind::Shape { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Kind::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Kind::Body(error) if error.is_timed_out() => StatusCode::REQUEST_TIMEOUT,
            Kind::Body(error) if error.is_too_large() => StatusCode::PAYLOAD_TOO_LARGE,
            Kind::Malformed { .. } | Kind::Body(_) => StatusCode::BAD_REQUEST,
            Kind::Storage(error) => storage_status(error),
            Kind::Misuse(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The value could not be read, though all of it arrived.
    #[must_use]
    pub const fn is_malformed(&self) -> bool {
        matches!(self.kind, Kind::Malformed { .. })
    }

    /// The body is of another media type, or of none.
    #[must_use]
    pub const fn is_media_type(&self) -> bool {
        matches!(self.kind, Kind::MediaType { .. })
    }

    /// The body, or a part of it, is larger than allowed.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        match &self.kind {
            Kind::TooLarge { .. } => true,
            Kind::Body(error) => error.is_too_large(),
            _ => false,
        }
    }

    /// The value was read, and is not of the wanted shape, or is missing.
    #[must_use]
    pub const fn is_shape(&self) -> bool {
        matches!(self.kind, Kind::Shape { .. })
    }

    /// The body could not be read to its end; [`source`](Error::source) is the [`BodyError`].
    #[must_use]
    pub const fn is_body(&self) -> bool {
        matches!(self.kind, Kind::Body(_))
    }

    /// A file could not be written; [`source`](Error::source) is the [`io::Error`].
    #[must_use]
    pub const fn is_storage(&self) -> bool {
        matches!(self.kind, Kind::Storage(_))
    }

    /// A mistake of the application, such as an extension that nothing inserts.
    #[must_use]
    pub const fn is_misuse(&self) -> bool {
        matches!(self.kind, Kind::Misuse(_))
    }
}

/// 507 is WebDAV's (RFC 4918 §11.5), and says more than 500: that the same may do well later, or elsewhere.
pub(crate) fn storage_status(error: &io::Error) -> StatusCode {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            StatusCode::INSUFFICIENT_STORAGE
        }
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl From<BodyError> for Rejection {
    fn from(error: BodyError) -> Self {
        Self { kind: Kind::Body(error) }
    }
}

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Self {
        let problem = Self::new(rejection.status());
        match rejection.kind {
            Kind::Malformed { detail, at, source } => {
                let problem = located(problem, at, &detail).with_detail(detail);
                source.map_or(problem.clone(), |source| problem.with_cause(source))
            }
            Kind::MediaType { accept } => problem
                .with_detail(format!("The request body must be of type {accept}."))
                .with_header(header::ACCEPT, accept), // RFC 9110 §12.5.1: in a response, what is preferred next time
            Kind::TooLarge { detail, at, limit } => {
                located(problem, at, &detail).with_detail(detail).with_extension("limit", limit)
            }
            Kind::Shape { at, message } => {
                let detail = format!("{} is not as expected: {message}.", at.subject());
                located(problem, Some(at), &message).with_detail(detail)
            }
            Kind::Body(error) => Self::from(error),
            Kind::Storage(cause) => problem.with_cause(cause),
            Kind::Misuse(cause) => problem.with_cause(cause),
        }
    }
}

fn located(problem: Problem, at: Option<Location>, message: &str) -> Problem {
    match at {
        Some(at) => problem.with_extension("errors", vec![at.into_error(message)]),
        None => problem,
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Malformed { detail, .. } | Kind::TooLarge { detail, .. } => f.write_str(detail),
            Kind::MediaType { accept } => write!(f, "request body is not of type {accept}"),
            Kind::Shape { at, message } => write!(f, "{at}: {message}"),
            Kind::Body(error) => error.fmt(f),
            Kind::Storage(_) => f.write_str("file could not be written"),
            Kind::Misuse(cause) => f.write_str(cause),
        }
    }
}

impl fmt::Debug for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.status().as_u16();
        f.debug_struct("Rejection").field("status", &status).field("message", &self.to_string()).finish()
    }
}

impl Error for Rejection {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.kind {
            Kind::Malformed { source, .. } => source.as_ref().map(|source| &**source as _),
            Kind::Body(error) => Some(error),
            Kind::Storage(error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::location::Part;

    fn body_of(rejection: Rejection) -> String {
        let bytes = rejection.into_response().body().as_bytes().cloned().unwrap();
        String::from_utf8(bytes.into()).unwrap()
    }

    #[test]
    fn each_kind_has_its_status_and_its_predicate() {
        let place = || Location::new(Part::Body);
        let kinds: [(Rejection, u16, fn(&Rejection) -> bool); 6] = [
            (Rejection::malformed("A."), 400, Rejection::is_malformed),
            (Rejection::media_type("a/b"), 415, Rejection::is_media_type),
            (Rejection::shape(place(), "b"), 422, Rejection::is_shape),
            (BodyError::too_large(1).into(), 413, Rejection::is_too_large),
            (Rejection::storage(io::ErrorKind::PermissionDenied.into()), 500, Rejection::is_storage),
            (Rejection::misuse("c"), 500, Rejection::is_misuse),
        ];
        let predicates = kinds.each_ref().map(|(_, _, predicate)| *predicate);
        for (at, (rejection, status, _)) in kinds.into_iter().enumerate() {
            let holds: Vec<_> =
                (0..predicates.len()).filter(|other| predicates[*other](&rejection)).collect();
            assert_eq!((rejection.status().as_u16(), holds), (status, vec![at]), "{rejection}");
            assert_eq!(rejection.into_response().status(), status);
        }
    }

    #[test]
    fn no_room_is_507() {
        for kind in [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded, io::ErrorKind::FileTooLarge] {
            let rejection = Rejection::storage(kind.into());
            assert!(
                rejection.is_storage() && rejection.source().is_some_and(|source| source.is::<io::Error>())
            );
            assert_eq!(rejection.into_response().status(), 507);
        }
    }

    #[test]
    fn the_problem_names_the_place() {
        let place = Location::new(Part::Body).name("user").name("tags").index(0);
        let body = body_of(Rejection::shape(place, "invalid type"));
        assert_eq!(
            body,
            r#"{"type":"about:blank","title":"Unprocessable Entity","status":422,"detail":"The request body is not as expected: invalid type.","errors":[{"loc":["body","user","tags",0],"msg":"invalid type"}]}"#
        );
        let body =
            body_of(Rejection::malformed("No.").with_location(Location::new(Part::Header).name("etag")));
        assert!(
            body.ends_with(r#""detail":"No.","errors":[{"loc":["header","etag"],"msg":"No."}]}"#),
            "{body}"
        );
    }

    #[test]
    fn causes_are_kept_from_clients() {
        let rejection = Rejection::malformed("Broken.").with_source("a secret");
        assert_eq!(rejection.source().unwrap().to_string(), "a secret");
        let problem = Problem::from(rejection);
        assert_eq!(problem.cause().unwrap().to_string(), "a secret");
        for rejection in [
            Rejection::malformed("Broken.").with_source("a secret"),
            Rejection::misuse("a secret"),
            Rejection::storage(io::Error::other("a secret")),
        ] {
            assert!(!body_of(rejection).contains("secret"));
        }
    }

    #[test]
    fn a_body_s_own_problem_is_kept() {
        let problem = Problem::from(Rejection::from(BodyError::too_large(7)));
        assert_eq!(problem.detail(), Some("The request body is longer than 7 bytes."));
        assert_eq!(Rejection::from(BodyError::too_large(7)).into_response().status(), 413);
        let gone = Rejection::from(BodyError::new("gone"));
        assert!(gone.is_body() && gone.source().is_some_and(|source| source.is::<BodyError>()));
    }
}
