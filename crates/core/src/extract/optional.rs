//! `Option<T>` as an extractor: the extractor itself says what absence is, and a bad value is still rejected.

use std::future::Future;

use http::request::Parts;

use super::{FromRequest, FromRequestParts};
use crate::{IntoResponse, Request};

/// A value that the head of a request may lack: implement it to make `Option<T>` an extractor.
#[diagnostic::on_unimplemented(
    message = "`Option<{Self}>` cannot be taken from the head of a request",
    label = "does not implement `OptionalFromRequestParts<{S}>`",
    note = "take `Result<{Self}, _>` to handle any rejection yourself, or write `impl OptionalFromRequestParts<{S}> for {Self}`"
)]
pub trait OptionalFromRequestParts<S>: Sized {
    /// What is answered when the value is there but cannot be taken.
    type Rejection: IntoResponse;

    /// Takes the value, `None` if there is none.
    fn from_request_parts(
        parts: &mut Parts,
        state: &S,
    ) -> impl Future<Output = Result<Option<Self>, Self::Rejection>> + Send;
}

/// A value that a request may lack: implement it to make `Option<T>` an extractor.
#[diagnostic::on_unimplemented(
    message = "`Option<{Self}>` cannot be taken from a request",
    label = "does not implement `OptionalFromRequest<{S}>`",
    note = "take `Result<{Self}, _>` to handle any rejection yourself, or write `impl OptionalFromRequest<{S}> for {Self}`"
)]
pub trait OptionalFromRequest<S>: Sized {
    /// What is answered when the value is there but cannot be taken.
    type Rejection: IntoResponse;

    /// Takes the value, `None` if there is none.
    fn from_request(
        request: Request,
        state: &S,
    ) -> impl Future<Output = Result<Option<Self>, Self::Rejection>> + Send;
}

impl<S, T> FromRequestParts<S> for Option<T>
where
    S: Sync,
    T: OptionalFromRequestParts<S>,
{
    type Rejection = T::Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        T::from_request_parts(parts, state).await
    }
}

impl<S, T> FromRequest<S> for Option<T>
where
    S: Sync,
    T: OptionalFromRequest<S>,
{
    type Rejection = T::Rejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        T::from_request(request, state).await
    }
}
