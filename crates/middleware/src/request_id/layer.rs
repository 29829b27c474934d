//! [`RequestIdLayer`] and its service.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::{HeaderName, HeaderValue};
use hyperserve_core::{Body, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::{MakeRequestId, RequestId, RequestIdFuture, UuidV7};
use crate::AcceptIncoming;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives every request an id, in a header of the request and of its response, and in the request's extensions.
///
/// Put it outermost, so that every other layer knows the id, and every response has it.
#[derive(Debug)]
#[must_use]
pub struct RequestIdLayer<M = UuidV7> {
    header: HeaderName,
    incoming: AcceptIncoming,
    make: Arc<M>,
}

impl RequestIdLayer {
    /// A layer that makes [`UuidV7`]s, accepts `X-Request-Id` from trusted proxies, and answers with it.
    pub fn new() -> Self {
        Self { header: X_REQUEST_ID, incoming: AcceptIncoming::Trusted, make: Arc::new(UuidV7) }
    }
}

impl Default for RequestIdLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<M> RequestIdLayer<M> {
    /// Sets the header. `X-Request-Id` by default.
    pub fn with_header(mut self, name: HeaderName) -> Self {
        self.header = name;
        self
    }

    /// Sets whose ids are accepted. Those of trusted proxies by default.
    pub fn with_incoming(mut self, incoming: AcceptIncoming) -> Self {
        self.incoming = incoming;
        self
    }

    /// Sets what makes new ids. [`UuidV7`] by default.
    pub fn with_make<N: MakeRequestId>(self, make: N) -> RequestIdLayer<N> {
        RequestIdLayer { header: self.header, incoming: self.incoming, make: Arc::new(make) }
    }
}

impl<M> Clone for RequestIdLayer<M> {
    fn clone(&self) -> Self {
        Self { header: self.header.clone(), incoming: self.incoming, make: Arc::clone(&self.make) }
    }
}

impl<S, M> Layer<S> for RequestIdLayer<M> {
    type Service = RequestIdService<S, M>;

    fn layer(&self, inner: S) -> Self::Service {
        RequestIdService { inner, layer: self.clone() }
    }
}

/// The service that [`RequestIdLayer`] makes.
#[derive(Debug)]
pub struct RequestIdService<S, M = UuidV7> {
    inner: S,
    layer: RequestIdLayer<M>,
}

impl<S: Clone, M> Clone for RequestIdService<S, M> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), layer: self.layer.clone() }
    }
}

impl<S, M, B> Service<Request<B>> for RequestIdService<S, M>
where
    S: Service<Request<B>, Response = Response<Body>>,
    M: MakeRequestId,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = RequestIdFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let answer = self.layer.identify(&mut request).map(|id| (self.layer.header.clone(), id));
        RequestIdFuture::new(self.inner.call(request), answer)
    }
}

impl<M: MakeRequestId> RequestIdLayer<M> {
    /// Gives the request an id, and gives the value of the response's header.
    fn identify<B>(&self, request: &mut Request<B>) -> Option<HeaderValue> {
        if let Some(known) = RequestId::of(request.extensions()) {
            // Of a layer further out: there is one id a request.
            let value = known.as_header().clone();
            request.headers_mut().insert(self.header.clone(), value.clone());
            return Some(value);
        }
        let Some(id) = self.incoming(request).or_else(|| self.make(request)) else {
            request.headers_mut().remove(&self.header);
            return None;
        };
        let value = id.as_header().clone();
        request.extensions_mut().insert(id);
        Some(value)
    }

    /// The id that came with the request, if it is accepted. Several are none, since nobody could tell which counts.
    fn incoming<B>(&self, request: &Request<B>) -> Option<RequestId> {
        let mut values = request.headers().get_all(&self.header).iter();
        let (value, None) = (values.next()?, values.next()) else { return None };
        let accepted = RequestId::is_one(value.as_bytes()) && self.incoming.takes(request);
        accepted.then(|| value.clone().try_into().ok()).flatten()
    }

    fn make<B>(&self, request: &mut Request<B>) -> Option<RequestId> {
        let id = self.make.make_request_id(request)?;
        request.headers_mut().insert(self.header.clone(), id.as_header().clone());
        Some(id)
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use tower_test::mock;

    use super::*;

    type Exchange = (Request<()>, Response<Body>);

    /// What the service inside is asked and what is answered, for a request with these `X-Request-Id`s.
    async fn exchange<L, S>(layer: L, ids: &[&str], inside: Response<Body>) -> Exchange
    where
        L: Layer<mock::Mock<Request<()>, Response<Body>>, Service = S>,
        S: Service<Request<()>, Response = Response<Body>, Error: std::fmt::Debug>,
    {
        let (inner, mut handle) = mock::pair();
        let mut service = layer.layer(inner);
        let mut request = Request::new(());
        for id in ids {
            request.headers_mut().append(X_REQUEST_ID, id.parse().unwrap());
        }
        handle.allow(1);
        std::future::poll_fn(|cx| service.poll_ready(cx)).await.unwrap();
        let answer = service.call(request);
        let (seen, respond) = handle.next_request().await.unwrap();
        respond.send_response(inside);
        (seen, answer.await.unwrap())
    }

    fn empty() -> Response<Body> {
        Response::new(Body::empty())
    }

    /// The ids in the headers of both, and in the request's extensions.
    fn ids((request, response): &Exchange) -> [Vec<&str>; 3] {
        let known = RequestId::of(request.extensions()).map(RequestId::as_str);
        [sent(request.headers()), sent(response.headers()), known.into_iter().collect()]
    }

    fn sent(headers: &HeaderMap) -> Vec<&str> {
        headers.get_all(X_REQUEST_ID).iter().map(|id| id.to_str().unwrap()).collect()
    }

    #[tokio::test]
    async fn a_strangers_id_is_replaced() {
        let exchange = exchange(RequestIdLayer::new(), &["mine"], empty()).await;
        let [asked, answered, known] = ids(&exchange);
        assert_eq!((&asked, &answered), (&known, &known));
        assert!(known.len() == 1 && known != ["mine"]);
    }

    #[tokio::test]
    async fn an_id_is_accepted_if_it_is_one() {
        let always = || RequestIdLayer::new().with_incoming(AcceptIncoming::Always);
        assert_eq!(ids(&exchange(always(), &["mine"], empty()).await), [["mine"]; 3]);
        let long = "x".repeat(129);
        for refused in [&[""][..], &["a b"], &[&long], &["one", "two"], &["one", "one"]] {
            let exchange = exchange(always(), refused, empty()).await;
            let [asked, answered, known] = ids(&exchange);
            assert_eq!((&asked, &answered), (&known, &known));
            assert_eq!(known[0].len(), 36, "{refused:?}");
        }
    }

    #[tokio::test]
    async fn what_the_handler_answers_stays() {
        let mut response = empty();
        response.headers_mut().insert(X_REQUEST_ID, HeaderValue::from_static("upstream"));
        let exchange = exchange(RequestIdLayer::new(), &[], response).await;
        let [asked, answered, known] = ids(&exchange);
        assert_eq!(answered, ["upstream"]);
        assert!(asked == known && known != ["upstream"]);
    }

    #[tokio::test]
    async fn a_maker_may_make_none() {
        let none = RequestIdLayer::new().with_make(|| None);
        let exchange = exchange(none, &["mine"], empty()).await;
        assert!(ids(&exchange).iter().all(Vec::is_empty));
    }

    #[tokio::test]
    async fn the_outermost_layer_gives_the_id() {
        struct Twice;
        impl<S> Layer<S> for Twice {
            type Service = RequestIdService<RequestIdService<S>>;
            fn layer(&self, inner: S) -> Self::Service {
                let correlation = HeaderName::from_static("x-correlation-id");
                RequestIdLayer::new().layer(RequestIdLayer::new().with_header(correlation).layer(inner))
            }
        }
        let (request, response) = exchange(Twice, &[], empty()).await;
        let id = RequestId::of(request.extensions()).unwrap();
        for headers in [request.headers(), response.headers()] {
            assert_eq!(
                (&headers["x-request-id"], &headers["x-correlation-id"]),
                (id.as_header(), id.as_header())
            );
        }
    }
}
