//! The error that a service answered with, as the problem that the client is told of.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::HeaderMap;
use http::header::{
    CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_LOCATION, CONTENT_TYPE, ETAG, HeaderName,
    LAST_MODIFIED, TRAILER, TRANSFER_ENCODING,
};
use http_body::Body as _;
use hyperserve_core::problem::rerender;
use hyperserve_core::{Body, IntoResponse as _, Problem, Response};

use super::ErrorContent;
use super::layer::Asked;

/// Fields that tell of the content (RFC 9110 §8), and how it is framed.
const OF_CONTENT: [HeaderName; 9] = [
    CONTENT_ENCODING,
    CONTENT_LANGUAGE,
    CONTENT_LENGTH,
    CONTENT_LOCATION,
    CONTENT_TYPE,
    ETAG,
    LAST_MODIFIED,
    TRAILER,
    TRANSFER_ENCODING,
];

/// The longest plain text that becomes a detail.
const LONGEST_DETAIL: usize = 1024;

pub(super) fn rewrite(mut response: Response, asked: &Asked) -> Response {
    let is_problem = response.extensions().get::<Problem>().is_some();
    if !is_problem && !is_told_anew(&response, asked) {
        return response;
    }
    if !is_problem {
        response = as_problem(response);
    }
    rerender(response, asked.accept.format())
}

fn is_told_anew(response: &Response, asked: &Asked) -> bool {
    if is_bare(response, asked.head) {
        return true;
    }
    match asked.content {
        ErrorContent::Keep => false,
        ErrorContent::ReplaceText => is_text(response.headers()),
        ErrorContent::ReplaceAll => true,
    }
}

/// Whether there is no content, and for HEAD none that GET would show.
fn is_bare(response: &Response, head: bool) -> bool {
    let headers = response.headers();
    let told = || {
        let length = headers.get(CONTENT_LENGTH).is_some_and(|length| length.as_bytes() != b"0");
        length || headers.contains_key(CONTENT_TYPE)
    };
    is_empty(response.body()) && !(head && told())
}

fn is_empty(body: &Body) -> bool {
    body.is_end_stream() || body.size_hint().exact() == Some(0)
}

/// Text whose bytes are not those of a coding.
fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).map_or(&b""[..], |kind| kind.as_bytes());
    let essence = kind.split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii();
    essence.eq_ignore_ascii_case(b"text/plain") && !headers.contains_key(CONTENT_ENCODING)
}

fn as_problem(mut response: Response) -> Response {
    let mut problem = Problem::new(response.status());
    if response.status().is_client_error()
        && is_text(response.headers())
        && let Some(detail) = text_at_once(std::mem::take(response.body_mut()))
    {
        problem = problem.with_detail(detail);
    }
    for name in OF_CONTENT {
        response.headers_mut().remove(name);
    }
    let (told, body) = problem.into_response().into_parts();
    for (name, value) in told.headers {
        if let Some(name) = name {
            response.headers_mut().entry(name).or_insert(value);
        }
    }
    response.extensions_mut().extend(told.extensions);
    *response.body_mut() = body;
    response
}

/// The whole body, if it is text and need not be waited for.
fn text_at_once(mut body: Body) -> Option<String> {
    let bytes = body.take_bytes().or_else(|| only_frame(&mut body))?;
    let text = std::str::from_utf8(&bytes).ok()?.trim();
    (!text.is_empty() && text.len() <= LONGEST_DETAIL).then(|| text.to_owned())
}

/// A body of one block in a box, as a foreign service makes it.
fn only_frame(body: &mut Body) -> Option<Bytes> {
    let frame = Pin::new(&mut *body).poll_frame(&mut Context::from_waker(Waker::noop()));
    let Poll::Ready(Some(Ok(frame))) = frame else { return None };
    if is_empty(body) { frame.into_data().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use http::{Method, StatusCode};
    use hyperserve_core::{BoxError, Request};
    use serde_json::Value;
    use tower_test::mock::{self, Mock};

    use super::super::{ErrorPagesLayer, ErrorPagesService};
    use super::*;

    async fn through(layer: ErrorPagesLayer, request: Request, answer: Response) -> Response {
        let (mut service, mut handle): (mock::Spawn<ErrorPagesService<Mock<Request, Response>>>, _) =
            mock::spawn_layer(layer);
        assert!(service.poll_ready::<Request>().is_ready());
        let answered = service.call(request);
        let (_, reply) = handle.next_request().await.unwrap();
        reply.send_response(answer);
        let answered: Result<Response, BoxError> = answered.await;
        answered.unwrap()
    }

    fn get(accept: &str) -> Request {
        Request::get("/").header("accept", accept).body(Body::empty()).unwrap()
    }

    fn answer(status: u16, fields: &[(&str, &str)], body: impl Into<Body>) -> Response {
        let mut response = Response::builder().status(status);
        for (name, value) in fields {
            response = response.header(*name, *value);
        }
        response.body(body.into()).unwrap()
    }

    fn text(response: &Response) -> &str {
        std::str::from_utf8(response.body().as_bytes().unwrap()).unwrap()
    }

    fn detail(response: &Response) -> Value {
        let problem: Value = serde_json::from_str(text(response)).unwrap();
        problem["detail"].clone()
    }

    #[tokio::test]
    async fn a_bare_error_is_told_in_the_accepted_form() {
        let forms = [("", "application/problem+json"), ("text/plain", "text/plain; charset=utf-8")];
        for (accept, kind) in forms {
            let fields = [("www-authenticate", "Basic"), ("etag", "\"1\""), ("content-length", "0")];
            let response = through(ErrorPagesLayer::new(), get(accept), answer(401, &fields, ())).await;
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
            let headers = response.headers();
            assert_eq!(
                (&headers["content-type"], &headers["vary"]),
                (&kind.parse().unwrap(), &"accept".parse().unwrap())
            );
            assert_eq!(
                (&headers["www-authenticate"], &headers["cache-control"]),
                (&"Basic".parse().unwrap(), &"no-store".parse().unwrap())
            );
            assert_eq!(headers["content-length"], text(&response).len().to_string());
            assert!(!headers.contains_key("etag") && text(&response).contains("Unauthorized"));
        }
    }

    #[tokio::test]
    async fn what_the_response_says_of_caching_stays() {
        let fields = [("cache-control", "max-age=60"), ("vary", "origin")];
        let response = through(ErrorPagesLayer::new(), get("*/*"), answer(404, &fields, ())).await;
        assert_eq!(response.headers()["cache-control"], "max-age=60");
        let vary: Vec<_> = response.headers().get_all("vary").iter().collect();
        assert_eq!(vary, ["origin", "accept"]);
    }

    #[tokio::test]
    async fn content_and_successes_are_left_alone() {
        let all = ErrorPagesLayer::new().with_content(ErrorContent::ReplaceAll);
        for (layer, status, body) in [(ErrorPagesLayer::new(), 404, "no"), (all, 200, ""), (all, 304, "")] {
            let response = through(layer, get("text/html"), answer(status, &[("etag", "\"1\"")], body)).await;
            assert_eq!((text(&response), response.headers().len()), (body, 1));
        }
        let coded = [("content-type", "text/plain"), ("content-encoding", "gzip")];
        let layer = ErrorPagesLayer::new().with_content(ErrorContent::ReplaceText);
        assert_eq!(text(&through(layer, get(""), answer(400, &coded, "zipped")).await), "zipped");
        let html = [("content-type", "text/html")];
        assert_eq!(text(&through(layer, get(""), answer(400, &html, "<p>")).await), "<p>");
    }

    #[tokio::test]
    async fn text_becomes_the_detail_of_a_client_error() {
        let layer = ErrorPagesLayer::new().with_content(ErrorContent::ReplaceText);
        let plain = [("content-type", "Text/Plain; charset=utf-8"), ("content-length", "5")];
        let told =
            async |status, body: Body| detail(&through(layer, get(""), answer(status, &plain, body)).await);
        assert_eq!(told(413, Body::from(" five\n")).await, "five");
        assert_eq!(told(413, Body::new(Boxed(Some("boxed")))).await, "boxed");
        assert_eq!(told(500, Body::from("secret")).await, Value::Null);
        assert_eq!(told(400, Body::from(vec![b'x'; 1025])).await, Value::Null);
        assert_eq!(told(400, Body::from(vec![0xff])).await, Value::Null);
    }

    #[tokio::test]
    async fn all_content_can_be_replaced() {
        let layer = ErrorPagesLayer::new().with_content(ErrorContent::ReplaceAll);
        let coded = [("content-type", "text/html"), ("content-encoding", "gzip")];
        let response = through(layer, get(""), answer(502, &coded, "zipped")).await;
        assert!(!response.headers().contains_key("content-encoding"));
        assert_eq!(detail(&response), Value::Null);
    }

    #[tokio::test]
    async fn a_problem_is_told_in_the_accepted_form() {
        let problem = Problem::new(StatusCode::CONFLICT).with_detail("Taken.").into_response();
        let response = through(ErrorPagesLayer::new(), get("text/plain"), problem).await;
        assert_eq!(text(&response), "409 Conflict\nTaken.\n");
    }

    #[tokio::test]
    async fn head_is_answered_as_get_is() {
        let head = || {
            let mut request = get("");
            *request.method_mut() = Method::HEAD;
            request
        };
        let like_get = [("content-length", "9"), ("content-type", "text/html")];
        for field in like_get {
            let response = through(ErrorPagesLayer::new(), head(), answer(404, &[field], ())).await;
            assert_eq!((response.headers().len(), text(&response)), (1, ""));
        }
        let response =
            through(ErrorPagesLayer::new(), head(), answer(404, &[("content-length", "0")], ())).await;
        assert_eq!(response.headers()["content-type"], "application/problem+json");
    }

    /// One block, in a box as of another framework.
    struct Boxed(Option<&'static str>);

    impl http_body::Body for Boxed {
        type Data = Bytes;
        type Error = BoxError;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<http_body::Frame<Bytes>, BoxError>>> {
            Poll::Ready(self.0.take().map(|text| Ok(http_body::Frame::data(Bytes::from(text)))))
        }

        fn is_end_stream(&self) -> bool {
            self.0.is_none()
        }
    }
}
