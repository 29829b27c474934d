//! For tests: one request through a layer, the service behind it being tower-test's mock.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use hyperserve_core::{BoxError, Request, Response};
use tower_layer::Layer;
use tower_service::Service;
use tower_test::mock::{self, Mock};

/// What the service behind the layer saw, if it was called, and what the layer answered.
pub(crate) async fn exchange<L>(layer: L, request: Request, answer: Response) -> (Option<Request>, Response)
where
    L: Layer<Mock<Request, Response>>,
    L::Service: Service<Request, Response = Response, Error = BoxError>,
{
    let (mut service, mut handle) = mock::spawn_layer(layer);
    assert!(service.poll_ready::<Request>().is_ready());
    let answered = service.call(request);
    let seen = match handle.poll_request() {
        std::task::Poll::Ready(Some((seen, reply))) => {
            reply.send_response(answer);
            Some(seen)
        }
        _ => None,
    };
    (seen, answered.await.unwrap())
}
