//! Extractors of what the [`RequestContext`] holds.

use std::fmt;
use std::sync::Arc;

use http::StatusCode;
use http::request::Parts;

use super::FromRequestParts;
use crate::{ClientIp, ConnInfo, IntoResponse, Problem, RequestContext, Response, Shutdown};

/// The request carries no [`RequestContext`]: it did not come through a server that inserts one.
///
/// Answers 500. In a test or an in-process call, insert a context into the request's extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissingContext;

impl fmt::Display for MissingContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request has no RequestContext in its extensions")
    }
}

impl std::error::Error for MissingContext {}

impl IntoResponse for MissingContext {
    fn into_response(self) -> Response {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR).with_cause(self).into_response()
    }
}

fn context(parts: &Parts) -> Result<&RequestContext, MissingContext> {
    RequestContext::of(&parts.extensions).ok_or(MissingContext)
}

impl<S: Sync> FromRequestParts<S> for RequestContext {
    type Rejection = MissingContext;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        context(parts).cloned()
    }
}

impl<S: Sync> FromRequestParts<S> for Arc<ConnInfo> {
    type Rejection = MissingContext;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        context(parts).map(|context| Arc::clone(context.conn()))
    }
}

impl<S: Sync> FromRequestParts<S> for Shutdown {
    type Rejection = MissingContext;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        context(parts).map(|context| context.shutdown().clone())
    }
}

impl<S: Sync> FromRequestParts<S> for ClientIp {
    type Rejection = MissingContext;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        let context = context(parts)?;
        Ok(Self::resolve(&parts.headers, context.conn(), context.trusted()))
    }
}
