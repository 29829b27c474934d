//! [`FromRequest`] and [`FromRequestParts`]: taking typed values out of a request.

mod body;
mod context;
mod optional;
mod parts;
mod request_ext;
mod tuples;

use std::future::Future;

use http::request::Parts;

use crate::{IntoResponse, Request};

pub use self::context::MissingContext;
pub use self::optional::{OptionalFromRequest, OptionalFromRequestParts};
pub use self::request_ext::{RequestExt, RequestPartsExt};

/// Markers that tell the two ways of implementing [`FromRequest`] apart; not for use by name.
#[doc(hidden)]
pub mod marker {
    /// The extractor needs the head only.
    #[derive(Debug, Clone, Copy)]
    pub enum ViaParts {}

    /// The extractor takes the whole request.
    #[derive(Debug, Clone, Copy)]
    pub enum ViaRequest {}
}

/// A value taken from the head of a request; any number of them can be.
///
/// `S` is the application's state.
///
/// ```
/// use http::{StatusCode, header, request::Parts};
/// use hyperserve_core::{FromRequestParts, Problem};
///
/// struct Bearer(String);
///
/// impl<S: Sync> FromRequestParts<S> for Bearer {
///     type Rejection = Problem;
///
///     async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
///         let value = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
///         let token = value.and_then(|value| value.strip_prefix("Bearer "));
///         token.map(|token| Bearer(token.into())).ok_or_else(|| {
///             Problem::new(StatusCode::UNAUTHORIZED).with_header(header::WWW_AUTHENTICATE, "Bearer")
///         })
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be taken from the head of a request",
    label = "does not implement `FromRequestParts<{S}>`",
    note = "if it takes the body, as `Bytes`, `String`, `Json`, `Form`, `Multipart`, `Body` and `Request` do, make it the last argument of the handler: only that one may",
    note = "if it needs the application's state, see that the state's type is `{S}`",
    note = "or write `impl FromRequestParts<{S}> for {Self}`"
)]
pub trait FromRequestParts<S>: Sized {
    /// What is answered when the value cannot be taken.
    type Rejection: IntoResponse;

    /// Takes the value.
    fn from_request_parts(
        parts: &mut Parts,
        state: &S,
    ) -> impl Future<Output = Result<Self, Self::Rejection>> + Send;
}

/// A value taken from a whole request, its body included; only one can be, the last.
///
/// Everything that implements [`FromRequestParts`] implements this as well: implement that one unless you need
/// the body. `S` is the application's state; leave `M` to its default.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be taken from a request",
    label = "does not implement `FromRequest<{S}>`",
    note = "extractors are `Bytes`, `String`, `Body`, `Request`, `HeaderMap`, `Method`, `Uri`, `ClientIp`, and types with a `FromRequest` of their own",
    note = "if it needs the application's state, see that the state's type is `{S}`",
    note = "or write `impl FromRequest<{S}> for {Self}`, or `FromRequestParts` if the head of the request is enough"
)]
pub trait FromRequest<S, M = marker::ViaRequest>: Sized {
    /// What is answered when the value cannot be taken.
    type Rejection: IntoResponse;

    /// Takes the value.
    fn from_request(
        request: Request,
        state: &S,
    ) -> impl Future<Output = Result<Self, Self::Rejection>> + Send;
}

impl<S, T> FromRequest<S, marker::ViaParts> for T
where
    S: Sync,
    T: FromRequestParts<S>,
{
    type Rejection = T::Rejection;

    fn from_request(
        request: Request,
        state: &S,
    ) -> impl Future<Output = Result<Self, Self::Rejection>> + Send {
        // Taken apart before the future is made: it holds the head alone.
        let (mut parts, _) = request.into_parts();
        async move { T::from_request_parts(&mut parts, state).await }
    }
}

/// Hands the rejection to the handler instead of answering it.
impl<S, T> FromRequestParts<S> for Result<T, T::Rejection>
where
    S: Sync,
    T: FromRequestParts<S>,
{
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        Ok(T::from_request_parts(parts, state).await)
    }
}

/// Hands the rejection to the handler instead of answering it.
impl<S, T> FromRequest<S> for Result<T, T::Rejection>
where
    S: Sync,
    T: FromRequest<S>,
{
    type Rejection = std::convert::Infallible;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        Ok(T::from_request(request, state).await)
    }
}

#[cfg(test)]
mod tests;
