//! The layer in front of a mock: readiness, errors, and what is left untouched.

use http::{HeaderValue, StatusCode, header};
use http_body::Body as _;
use hyperserve_core::{Body, Request, Response};
use tower_test::mock;
use tower_test::mock::spawn::Spawn;

use super::*;

type Mock = mock::Mock<Request<Body>, Response<Body>>;
type Handle = mock::Handle<Request<Body>, Response<Body>>;

fn layered() -> (Spawn<CompressionService<Mock>>, Handle) {
    mock::spawn_layer(CompressionLayer::try_new(&CompressionConfig::new()).unwrap())
}

fn request(method: &str, accept: &'static str) -> Request<Body> {
    http::Request::builder().method(method).header("accept-encoding", accept).body(Body::empty()).unwrap()
}

fn text(length: usize) -> Response<Body> {
    let mut response = Response::new(Body::from("text ".repeat(length / 5)));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}

async fn answered(request: Request<Body>, response: Response<Body>) -> Response<Body> {
    let (mut service, mut handle) = layered();
    assert!(service.poll_ready().is_ready());
    let answer = service.call(request);
    let (_, send) = handle.next_request().await.unwrap();
    send.send_response(response);
    answer.await.unwrap()
}

#[tokio::test]
async fn readiness_is_that_of_the_inner_service() {
    let (mut service, mut handle) = layered();
    handle.allow(0);
    assert!(service.poll_ready().is_pending());
    handle.allow(1);
    assert!(service.poll_ready().is_ready());
}

#[tokio::test]
async fn an_error_passes() {
    let (mut service, mut handle) = layered();
    assert!(service.poll_ready().is_ready());
    let answer = service.call(request("GET", "gzip"));
    handle.next_request().await.unwrap().1.send_error("broken");
    assert_eq!(answer.await.unwrap_err().to_string(), "broken");
}

#[tokio::test]
async fn a_body_in_memory_stays_one_with_its_length() {
    let response = answered(request("GET", "gzip"), text(50_000)).await;
    let length = response.body().as_bytes().unwrap().len();
    assert_eq!(response.headers()["content-length"], length.to_string());
    let streamed = answered(request("GET", "gzip"), text(100_000)).await;
    assert!(streamed.body().as_bytes().is_none() && !streamed.headers().contains_key("content-length"));
}

#[tokio::test]
async fn what_needs_nothing_is_untouched() {
    for accept in ["gzip", "identity"] {
        let response = answered(request("GET", accept), text(1000)).await;
        assert_eq!((response.headers().len(), response.body().size_hint().exact()), (1, Some(1000)));
    }
    let tunnel = answered(request("CONNECT", "gzip"), text(5000)).await;
    assert_eq!((tunnel.headers().len(), tunnel.body().size_hint().exact()), (1, Some(5000)));
}

#[tokio::test]
async fn head_does_not_say_a_length_that_is_not_known() {
    let mut stripped = text(0);
    stripped.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from_static("5000"));
    for response in [text(5000), stripped, text(0)] {
        let response = answered(request("HEAD", "gzip"), response).await;
        assert_eq!(response.headers()["content-encoding"], "gzip");
        assert!(!response.headers().contains_key("content-length"));
        assert!(response.body().is_end_stream() && response.body().size_hint().exact().is_none());
    }
    let mut short = text(0);
    short.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from_static("1000"));
    let short = answered(request("HEAD", "gzip"), short).await;
    assert_eq!(
        (&short.headers()["content-length"], short.headers().len()),
        (&HeaderValue::from_static("1000"), 2)
    );
}

#[tokio::test]
async fn a_304_is_told_by_what_the_client_holds() {
    let unchanged = || {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response.headers_mut().insert(header::ETAG, HeaderValue::from_static("\"7\""));
        response
    };
    for (accept, held, expected) in
        [("gzip", "W/\"7\"", "W/\"7\""), ("gzip", "\"7\"", "\"7\""), ("identity", "W/\"7\"", "\"7\"")]
    {
        let mut request = request("GET", accept);
        request.headers_mut().insert(header::IF_NONE_MATCH, HeaderValue::from_static(held));
        let response = answered(request, unchanged()).await;
        assert_eq!(response.headers()["etag"], expected, "{accept} {held}");
    }
}

#[test]
fn the_service_is_light() {
    assert!(size_of::<CompressionFuture<()>>() <= 64, "{}", size_of::<CompressionFuture<()>>());
}
