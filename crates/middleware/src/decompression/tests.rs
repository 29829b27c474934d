//! The layer in front of a mock: who is called, with what, and what becomes of the answers.

use std::sync::Arc;

use http::{HeaderValue, StatusCode, header};
use hyperserve_core::{Body, ConnInfo, Request, RequestContext, Response};
use tower_test::mock;
use tower_test::mock::spawn::Spawn;

use super::decoder::tests::encoded;
use super::*;

type Mock = mock::Mock<Request<Body>, Response<Body>>;
type Handle = mock::Handle<Request<Body>, Response<Body>>;

fn layered(config: &DecompressionConfig) -> (Spawn<DecompressionService<Mock>>, Handle) {
    mock::spawn_layer(DecompressionLayer::try_new(config).unwrap())
}

fn request(codings: &'static str, body: Vec<u8>) -> Request<Body> {
    let length = body.len();
    let mut request = Request::new(Body::from(body));
    request.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(codings));
    request.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    request
}

fn zeros(length: usize) -> Request<Body> {
    request("zstd", encoded(Coding::Zstd, &vec![0; length]))
}

/// What the client gets of a handler that reads the body and answers with this status; and what the handler read.
async fn answered(
    config: &DecompressionConfig,
    request: Request<Body>,
    status: StatusCode,
) -> (Response<Body>, Result<usize, hyperserve_core::BodyError>) {
    let (mut service, mut handle) = layered(config);
    assert!(service.poll_ready().is_ready());
    let answer = service.call(request);
    let (request, send) = handle.next_request().await.unwrap();
    assert!(!request.headers().contains_key(header::CONTENT_ENCODING));
    let read = request.into_body().collect(usize::MAX).await.map(|content| content.len());
    let mut response = Response::new(Body::from("own"));
    *response.status_mut() = status;
    send.send_response(response);
    (answer.await.unwrap(), read)
}

#[tokio::test]
async fn readiness_and_errors_are_those_of_the_inner_service() {
    let (mut service, mut handle) = layered(&DecompressionConfig::new());
    handle.allow(0);
    assert!(service.poll_ready().is_pending());
    handle.allow(1);
    assert!(service.poll_ready().is_ready());
    let answer = service.call(Request::new(Body::empty()));
    handle.next_request().await.unwrap().1.send_error("broken");
    assert_eq!(answer.await.unwrap_err().to_string(), "broken");
}

#[tokio::test]
async fn what_needs_nothing_is_untouched() {
    for request in
        [Request::new(Body::from("hello")), request("br", Vec::new()), request("rot13", Vec::new())]
    {
        let (mut service, mut handle) = layered(&DecompressionConfig::new());
        assert!(service.poll_ready().is_ready());
        let (fields, body) = (request.headers().clone(), request.body().as_bytes().cloned());
        let answer = service.call(request);
        let (request, send) = handle.next_request().await.unwrap();
        assert_eq!((request.headers(), request.body().as_bytes().cloned()), (&fields, body));
        send.send_response(Response::new(Body::empty()));
        answer.await.unwrap();
    }
}

#[tokio::test]
async fn what_is_not_taken_does_not_come_to_the_handler() {
    let (mut service, mut handle) =
        layered(&DecompressionConfig::new().with_codings([Coding::Zstd, Coding::Gzip]));
    assert!(service.poll_ready().is_ready());
    let response = service.call(request("br", b"any".to_vec())).await.unwrap();
    assert_eq!(
        (response.status(), &response.headers()["accept-encoding"]),
        (StatusCode::UNSUPPORTED_MEDIA_TYPE, &HeaderValue::from_static("zstd, gzip"))
    );
    drop(service);
    assert!(handle.next_request().await.is_none());
}

#[tokio::test]
async fn the_limit_is_the_request_s_unless_told_otherwise() {
    let usual = DecompressionConfig::new().without_ratio();
    let of_own = |limit| {
        let mut request = zeros(100_000);
        let context = RequestContext::new(Arc::new(ConnInfo::default())).with_body_limit(limit);
        request.extensions_mut().insert(context);
        request
    };
    let (response, read) = answered(&usual, of_own(100_000), StatusCode::OK).await;
    assert_eq!((response.status(), read.unwrap()), (StatusCode::OK, 100_000));
    let (_, read) = answered(&usual, of_own(99_999), StatusCode::OK).await;
    assert!(read.unwrap_err().is_too_large());
    let (_, read) = answered(&usual.clone().with_limit(100_000), of_own(5), StatusCode::OK).await;
    assert_eq!(read.unwrap(), 100_000);
    // Without a context it is the default of extractors.
    let (_, read) = answered(&usual, zeros(2 * 1024 * 1024), StatusCode::OK).await;
    assert_eq!(read.unwrap(), 2 * 1024 * 1024);
    let (_, read) = answered(&usual, zeros(2 * 1024 * 1024 + 1), StatusCode::OK).await;
    assert!(read.unwrap_err().is_too_large());
}

#[tokio::test]
async fn answers_that_follow_from_a_fault_are_explained() {
    for (status, expected) in
        [(400, 413), (413, 413), (422, 413), (500, 413), (503, 413), (200, 200), (401, 401)]
    {
        let status = StatusCode::from_u16(status).unwrap();
        let (response, read) = answered(&DecompressionConfig::new(), zeros(1_000_000), status).await;
        assert!(read.unwrap_err().is_too_large());
        assert_eq!(response.status(), expected, "{status}");
    }
    let (response, read) =
        answered(&DecompressionConfig::new(), zeros(1000), StatusCode::INTERNAL_SERVER_ERROR).await;
    assert_eq!((response.status(), read.unwrap()), (StatusCode::INTERNAL_SERVER_ERROR, 1000));
}
