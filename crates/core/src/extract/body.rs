//! Extractors of the body, under the request's body limit.

use std::convert::Infallible;

use bytes::{Bytes, BytesMut};

use super::FromRequest;
use crate::{Body, BodyDataStream, BodyError, DEFAULT_BODY_LIMIT, Request, RequestContext};

fn limit_of(request: &Request) -> usize {
    RequestContext::of(request.extensions()).map_or(DEFAULT_BODY_LIMIT, RequestContext::body_limit)
}

impl<S: Sync> FromRequest<S> for Request {
    type Rejection = Infallible;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(request)
    }
}

/// The body as it is, unread and without a limit.
impl<S: Sync> FromRequest<S> for Body {
    type Rejection = Infallible;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(request.into_body())
    }
}

/// The data of the body as it comes, without a limit.
impl<S: Sync> FromRequest<S> for BodyDataStream {
    type Rejection = Infallible;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(request.into_body().into_data_stream())
    }
}

/// The whole body, at most [`RequestContext::body_limit`] bytes ([`DEFAULT_BODY_LIMIT`] without a context).
impl<S: Sync> FromRequest<S> for Bytes {
    type Rejection = BodyError;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Self::Rejection> {
        let limit = limit_of(&request);
        request.into_body().collect(limit).await
    }
}

/// Like [`Bytes`], to be written to.
impl<S: Sync> FromRequest<S> for BytesMut {
    type Rejection = BodyError;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        Bytes::from_request(request, state).await.map(Self::from)
    }
}

/// Like [`Bytes`], and UTF-8; the `charset` of the content type is not looked at.
impl<S: Sync> FromRequest<S> for String {
    type Rejection = BodyError;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let bytes = Bytes::from_request(request, state).await?;
        Self::from_utf8(bytes.into()).map_err(|error| BodyError::not_utf8(error.utf8_error()))
    }
}
