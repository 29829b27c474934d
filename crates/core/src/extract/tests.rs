use super::*;

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, Uri, Version};

use crate::{
    Body, BodyError, ClientIp, ConnInfo, Problem, RequestContext, Response, Shutdown, ShutdownTrigger,
};

fn request(body: impl Into<Body>) -> Request {
    http::Request::builder().method("PUT").uri("/a?b").header("x-a", "1").body(body.into()).unwrap()
}

fn with_context(body: impl Into<Body>, context: RequestContext) -> Request {
    let mut request = request(body);
    request.extensions_mut().insert(context);
    request
}

fn context() -> RequestContext {
    RequestContext::new(Arc::new(ConnInfo::default()))
}

#[tokio::test]
async fn pieces_of_the_head() {
    let taken: (Method, Uri, Version, HeaderMap, String) = request("text").extract().await.unwrap();
    let (method, uri, version, headers, body) = taken;
    assert_eq!((method, uri), (Method::PUT, Uri::from_static("/a?b")));
    assert_eq!((version, headers["x-a"].as_bytes(), &*body), (Version::HTTP_11, &b"1"[..], "text"));
    let () = request("").extract().await.unwrap();
    let (mut parts, _) = request("").into_parts();
    let (method, ()): (Method, ()) = parts.extract().await.unwrap();
    assert_eq!(method, Method::PUT);
}

#[tokio::test]
async fn the_body_and_the_request_as_they_are() {
    let body: Body = request("text").extract().await.unwrap();
    assert_eq!(body.as_bytes().unwrap(), "text");
    let whole: Request = request("text").extract().await.unwrap();
    assert_eq!(whole.body().as_bytes().unwrap(), "text");
}

#[tokio::test]
async fn bodies_keep_to_the_limit_of_the_context() {
    let tight = || context().with_body_limit(3);
    assert_eq!(with_context("abc", tight()).extract::<Bytes, _>().await.unwrap(), "abc");
    for error in [
        with_context("abcd", tight()).extract::<Bytes, _>().await.unwrap_err(),
        with_context("abcd", tight()).extract::<String, _>().await.unwrap_err(),
        with_context("abcd", tight()).extract::<bytes::BytesMut, _>().await.unwrap_err(),
    ] {
        assert!(error.is_too_large());
        assert_eq!(error.into_response().status(), 413);
    }
    let free = with_context(vec![0; 3 << 20], context().with_body_limit(usize::MAX));
    assert_eq!(free.extract::<Bytes, _>().await.unwrap().len(), 3 << 20);
}

#[tokio::test]
async fn without_a_context_the_limit_is_the_default() {
    assert!(request(vec![0; crate::DEFAULT_BODY_LIMIT]).extract::<Bytes, _>().await.is_ok());
    let error = request(vec![0; crate::DEFAULT_BODY_LIMIT + 1]).extract::<Bytes, _>().await.unwrap_err();
    assert!(error.is_too_large());
}

#[tokio::test]
async fn text_must_be_utf8() {
    assert_eq!(request("é").extract::<String, _>().await.unwrap(), "é");
    let error = request(vec![0xff]).extract::<String, _>().await.unwrap_err();
    assert!(error.is_not_utf8());
    assert_eq!(error.into_response().status(), 400);
}

#[tokio::test]
async fn what_the_context_holds() {
    let (trigger, shutdown) = ShutdownTrigger::new();
    let context = context().with_shutdown(shutdown);
    let taken: (Shutdown, Arc<ConnInfo>, ClientIp, RequestContext) =
        with_context("", context.clone()).extract().await.unwrap();
    trigger.trigger();
    assert!(taken.0.is_triggered());
    assert_eq!(taken.1.id(), context.conn().id());
    assert_eq!(taken.2.ip(), None);
    assert_eq!(taken.3.conn().id(), context.conn().id());
    assert_eq!(request("").extract::<Shutdown, _>().await.unwrap_err(), MissingContext);
    let response: Response = request("").extract::<(ClientIp, Bytes), _>().await.unwrap_err();
    assert_eq!(response.status(), 500);
}

#[test]
fn a_context_costs_a_count_and_changes_apart() {
    let first = context();
    let second = first.clone().with_body_limit(1).with_started(std::time::Instant::now());
    assert!(std::ptr::eq(first.conn(), second.conn()));
    assert_eq!((first.body_limit(), second.body_limit()), (crate::DEFAULT_BODY_LIMIT, 1));
    assert!(first.started().is_none() && second.started().is_some());
    let trusting = first.clone().with_trusted(Arc::new("loopback".parse().unwrap()));
    assert!(first.trusted().is_empty() && !trusting.trusted().is_empty());
}

/// An extractor by hand: the number in `x-a`.
struct Number(u32);

impl<S: Sync> FromRequestParts<S> for Number {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let number = <Self as OptionalFromRequestParts<S>>::from_request_parts(parts, state).await?;
        number.ok_or_else(|| Problem::new(http::StatusCode::NOT_FOUND))
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for Number {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, Problem> {
        let Some(value) = parts.headers.get("x-a") else { return Ok(None) };
        let number = value.to_str().ok().and_then(|text| text.parse().ok());
        number.map(|number| Some(Self(number))).ok_or_else(|| Problem::new(http::StatusCode::BAD_REQUEST))
    }
}

#[tokio::test]
async fn absence_is_none_and_nonsense_is_rejected() {
    assert_eq!(request("").extract::<Option<Number>, _>().await.unwrap().unwrap().0, 1);
    let mut without = request("");
    without.headers_mut().clear();
    assert!(without.extract::<Option<Number>, _>().await.unwrap().is_none());
    let mut nonsense = request("");
    nonsense.headers_mut().insert("x-a", http::HeaderValue::from_static("one"));
    assert_eq!(nonsense.extract::<Option<Number>, _>().await.err().unwrap().status(), 400);
}

#[tokio::test]
async fn a_result_hands_the_rejection_over() {
    let mut without = request("");
    without.headers_mut().clear();
    let taken: (Result<Number, Problem>, Result<String, BodyError>) = without.extract().await.unwrap();
    assert_eq!(taken.0.err().unwrap().status(), 404);
    assert_eq!(taken.1.unwrap(), "");
    let never: Result<_, Infallible> = request(vec![0xff]).extract::<Result<String, BodyError>, _>().await;
    assert!(never.unwrap().is_err());
}

#[tokio::test]
async fn state_reaches_extractors() {
    struct State(u8);
    struct Seven(u8);
    impl FromRequestParts<State> for Seven {
        type Rejection = Infallible;
        async fn from_request_parts(_parts: &mut Parts, state: &State) -> Result<Self, Infallible> {
            Ok(Self(state.0))
        }
    }
    let seven: Seven = request("").extract_with_state(&State(7)).await.unwrap();
    assert_eq!(seven.0, 7);
    let (mut parts, _) = request("").into_parts();
    assert_eq!(parts.extract_with_state::<Seven, _>(&State(8)).await.unwrap().0, 8);
}
