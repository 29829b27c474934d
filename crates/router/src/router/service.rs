//! [`RouterService`]: a built router at work.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use http_body::Body as HttpBody;
use hyperserve_core::{Body, BoxError, IntoResponse, Problem, Request, RequestContext, Response, RouteMatch};
use tower_service::Service;

use crate::endpoint::{Endpoint, EndpointFuture, Route, RouteLayer};
use crate::pattern::UrlError;
use crate::table::{LocalTable, Outcome, RouteInfo, Table, allow_all, other_slash};

/// A built router: a tower service from request to response that does not fail.
///
/// It takes any body. A clone shares the table of routes, and costs one small allocation.
pub struct RouterService {
    local: Arc<LocalTable>,
    /// The layers before routing, with the routing inside.
    pre: Option<Route>,
}

impl RouterService {
    pub(super) fn new(table: Table, pre: &[Arc<dyn RouteLayer>]) -> Self {
        let local = LocalTable::new(Arc::new(table));
        let inner = || Route::new(Routing { local: Arc::clone(&local) });
        let pre = (!pre.is_empty())
            .then(|| Route::new(KeepUri(pre.iter().fold(inner(), |inner, layer| layer.wrap(inner)))));
        Self { local, pre }
    }

    /// The table of routes, in the order of registration.
    pub fn routes(&self) -> impl Iterator<Item = &RouteInfo> {
        self.local.table().routes.iter().map(|entry| &entry.info)
    }

    /// The path of a named route with these values for its captures, as [`UrlFor::path`](crate::UrlFor::path).
    ///
    /// # Errors
    ///
    /// No such route, a capture without a value, a value without a capture, or one that does not fit.
    pub fn url_for<'n, V: ToString>(
        &self,
        name: &str,
        values: impl IntoIterator<Item = (&'n str, V)>,
    ) -> Result<String, UrlError> {
        let values: Vec<_> = values.into_iter().map(|(name, value)| (name, value.to_string())).collect();
        self.local.table().url(name, &values)
    }
}

impl Clone for RouterService {
    fn clone(&self) -> Self {
        Self { local: LocalTable::new(Arc::clone(self.local.table())), pre: self.pre.clone() }
    }
}

impl<B> Service<Request<B>> for RouterService
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = RouterFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> RouterFuture {
        let request = request.map(Body::new);
        let is_head = request.method() == Method::HEAD;
        let answer = match &self.pre {
            None => route(&self.local, request),
            Some(pre) => pre.answer(request),
        };
        RouterFuture { answer, is_head }
    }
}

impl fmt::Debug for RouterService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RouterService").field("routes", &self.routes().collect::<Vec<_>>()).finish()
    }
}

fn route(local: &Arc<LocalTable>, mut request: Request) -> EndpointFuture {
    let table = local.table();
    match table.find(&request) {
        Outcome::Found(slot, captures) => {
            let mut found = RouteMatch::new(Arc::<LocalTable>::clone(local), slot.route);
            if let Some(captures) = captures {
                found = found.with_captures(captures);
            }
            RequestContext::of_mut(request.extensions_mut()).set_route(found);
            slot.endpoint.answer(request)
        }
        Outcome::Fallback(_) if asks_for_all(&request) => allow_all().answer(request),
        Outcome::Fallback(endpoint) => endpoint.answer(request),
        Outcome::OtherSlash => EndpointFuture::ready(redirected(&request)),
    }
}

/// `OPTIONS *` (RFC 9112 §3.2.4).
fn asks_for_all(request: &Request) -> bool {
    request.uri().path() == "*" && request.method() == Method::OPTIONS
}

/// 308, so that the method and the body come again (RFC 9110 §15.4.9).
fn redirected(request: &Request) -> Response {
    let path = other_slash(request.uri().path()).unwrap_or_default();
    let target = match request.uri().query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    match HeaderValue::try_from(target) {
        Ok(location) => (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, location)]).into_response(),
        Err(_) => Problem::new(StatusCode::NOT_FOUND).into_response(),
    }
}

/// The routing as what the layers before it wrap.
struct Routing {
    local: Arc<LocalTable>,
}

impl Endpoint for Routing {
    fn call(&self, request: Request) -> EndpointFuture {
        route(&self.local, request)
    }
}

/// Keeps the URI as the client sent it, before a layer can change it.
struct KeepUri(Route);

impl Endpoint for KeepUri {
    fn call(&self, mut request: Request) -> EndpointFuture {
        let uri = request.uri().clone();
        RequestContext::of_mut(request.extensions_mut()).keep_original_uri(&uri);
        self.0.answer(request)
    }
}

/// The future of a [`RouterService`].
#[must_use = "futures do nothing unless polled"]
pub struct RouterFuture {
    answer: EndpointFuture,
    is_head: bool,
}

impl Future for RouterFuture {
    type Output = Result<Response, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let is_head = self.is_head;
        Pin::new(&mut self.answer).poll(cx).map(|mut response| {
            if is_head {
                strip_content(&mut response);
            }
            Ok(response)
        })
    }
}

/// HEAD has the fields of GET (RFC 9110 §9.3.2), the length included where it is known.
fn strip_content(response: &mut Response) {
    let may_have_length =
        !response.status().is_informational() && response.status() != StatusCode::NO_CONTENT;
    if let Some(length) = response.body().size_hint().exact().filter(|_| may_have_length) {
        let is_chunked = response.headers().contains_key(header::TRANSFER_ENCODING);
        if !is_chunked && length > 0 {
            response.headers_mut().entry(header::CONTENT_LENGTH).or_insert(HeaderValue::from(length));
        }
    }
    *response.body_mut() = Body::empty();
}

impl fmt::Debug for RouterFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RouterFuture").finish_non_exhaustive()
    }
}
