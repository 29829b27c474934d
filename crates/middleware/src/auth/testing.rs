//! A service behind a layer under test, and what it answers.

use http::{HeaderMap, Request};
use hyperserve_core::{Body, Principal, Response};
use tower_layer::Layer;
use tower_service::Service;
use tower_test::mock;

use super::{AuthLayer, Authenticator};

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
    /// What the service saw, as `subject by scheme`; none if it was not called or saw nobody.
    pub(super) principal: Option<String>,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// Sends a request with these headers through a layer to a mock.
pub(super) async fn ask<A: Authenticator>(layer: &AuthLayer<A>, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get("/x").body(Body::empty()).unwrap();
    for (name, value) in headers {
        let name: http::HeaderName = name.parse().unwrap();
        request.headers_mut().append(name, value.parse().unwrap());
    }
    send(layer, request).await
}

/// The same with any layer and request.
pub(super) async fn send<L>(layer: &L, request: Request<Body>) -> Answer
where
    L: Layer<mock::Mock<Request<Body>, Response>>,
    L::Service: Service<Request<Body>, Response = Response, Error: std::fmt::Debug>,
{
    let (inner, mut handle) = mock::pair();
    let mut service = layer.layer(inner);
    std::future::poll_fn(|cx| service.poll_ready(cx)).await.unwrap();
    let called = service.call(request);
    let serve = async {
        let (request, reply): (Request<Body>, _) = handle.next_request().await?;
        let seen = Principal::of(request.extensions()).map(|p| format!("{} by {}", p.subject(), p.scheme()));
        reply.send_response(Response::new(Body::from("served")));
        seen
    };
    tokio::pin!(called, serve);
    let (response, principal) = tokio::select! {
        biased;
        response = &mut called => (response.unwrap(), None),
        seen = &mut serve => (called.await.unwrap(), seen),
    };
    let body = response.body().as_bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: body.unwrap_or_default(),
        principal,
    }
}
