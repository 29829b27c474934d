//! [`DecompressionLayer`] and its service.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::{StatusCode, header};
use http_body::Body as _;
use hyperserve_core::{
    Body, DEFAULT_BODY_LIMIT, IntoResponse as _, Problem, Request, RequestContext, Response,
};
use tower_layer::Layer;
use tower_service::Service;

use super::body::DecodedBody;
use super::coding::{NotTaken, Stack};
use super::config::Settings;
use super::future::DecompressionFuture;
use super::meter::Meter;
use super::{Coding, DecompressionConfig, DecompressionError};

/// Decodes the content of requests; see the [module](super) for what and how.
#[derive(Clone, Debug)]
#[must_use]
pub struct DecompressionLayer {
    settings: Arc<Settings>,
}

impl DecompressionLayer {
    /// A layer of this configuration.
    ///
    /// # Errors
    ///
    /// [`DecompressionError`] if no coding is taken or one is named twice, or the ratio is 0.
    pub fn try_new(config: &DecompressionConfig) -> Result<Self, DecompressionError> {
        Ok(Self { settings: Arc::new(Settings::try_from(config)?) })
    }
}

impl<S> Layer<S> for DecompressionLayer {
    type Service = DecompressionService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        DecompressionService { inner, settings: Arc::clone(&self.settings) }
    }
}

/// The service that [`DecompressionLayer`] makes.
#[derive(Clone, Debug)]
pub struct DecompressionService<S> {
    inner: S,
    settings: Arc<Settings>,
}

impl<S> Service<Request<Body>> for DecompressionService<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = DecompressionFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let is_coded = request.headers().contains_key(header::CONTENT_ENCODING);
        if !is_coded || request.body().is_end_stream() {
            return DecompressionFuture::called(self.inner.call(request), None);
        }
        match self.settings.decode(&mut request) {
            Ok(meter) => DecompressionFuture::called(self.inner.call(request), meter),
            Err(refusal) => DecompressionFuture::refused(refusal),
        }
    }
}

type Refusal = Box<Response<Body>>;

impl Settings {
    /// Puts decoders round the body. `None` if there was nothing to decode.
    fn decode(&self, request: &mut Request<Body>) -> Result<Option<Arc<Meter>>, Refusal> {
        let stack = Stack::of(request.headers(), &self.codings).map_err(|reason| self.refuse(reason))?;
        request.headers_mut().remove(header::CONTENT_ENCODING);
        let Some(first) = stack.first else { return Ok(None) };
        let meter = Arc::new(Meter::new(self.limit_of(request), self.ratio));
        // The last that was applied is the first to come off.
        let mut body = std::mem::take(request.body_mut());
        if let Some(second) = stack.second {
            body = decoded(body, second, &meter, true)?;
        }
        *request.body_mut() = decoded(body, first, &meter, stack.second.is_none())?;
        request.headers_mut().remove(header::CONTENT_LENGTH);
        Ok(Some(meter))
    }

    fn limit_of(&self, request: &Request<Body>) -> u64 {
        let of_request = || {
            RequestContext::of(request.extensions()).map_or(DEFAULT_BODY_LIMIT, RequestContext::body_limit)
        };
        self.limit.unwrap_or_else(|| of_request() as u64)
    }

    fn refuse(&self, reason: NotTaken) -> Refusal {
        let detail = match reason {
            NotTaken::Unknown => "The content coding of the request body is not taken here.",
            NotTaken::TooMany => "The request body has more than two content codings.",
        };
        let problem = Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE)
            .with_detail(detail)
            .with_header(header::ACCEPT_ENCODING, self.accept.clone());
        Box::new(problem.into_response())
    }
}

fn decoded(body: Body, coding: Coding, meter: &Arc<Meter>, is_wire: bool) -> Result<Body, Refusal> {
    let no_memory =
        |error| Box::new(Problem::new(StatusCode::INTERNAL_SERVER_ERROR).with_cause(error).into_response());
    DecodedBody::try_new(body, coding, Arc::clone(meter), is_wire).map(Body::new).map_err(no_memory)
}
