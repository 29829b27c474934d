//! [`TestRequest`]: a request while it is put together.

use std::panic::Location;

use http::header::{CONTENT_TYPE, COOKIE};
use http::uri::PathAndQuery;
use http::{HeaderName, HeaderValue, Method, Uri};
use hyperserve_core::{Body, Request};
use serde::Serialize;

use super::client::TestClient;
use super::response::TestResponse;

/// A request that is sent by [`send`](Self::send). Setters panic, at the line that calls them, on what HTTP does not allow.
#[derive(Debug)]
#[must_use = "a request is sent by `send`"]
pub struct TestRequest {
    client: TestClient,
    request: Request,
}

impl TestRequest {
    #[track_caller]
    pub(super) fn new(client: TestClient, method: Method, target: &str) -> Self {
        let uri = target.parse::<Uri>().ok().filter(|uri| target == "*" || uri.path().starts_with('/'));
        let Some(uri) = uri else { panic!("{target:?} is no path: write `/path` or `/path?query`") };
        let mut request = Request::new(Body::empty());
        (*request.method_mut(), *request.uri_mut()) = (method, uri);
        Self { client, request }
    }

    /// Adds a header.
    ///
    /// # Panics
    ///
    /// When HTTP allows no such name or value.
    #[track_caller]
    pub fn header(mut self, name: impl AsRef<str>, value: impl AsRef<[u8]>) -> Self {
        let (name, value) = (name.as_ref(), value.as_ref());
        let Ok(header) = HeaderName::from_bytes(name.as_bytes()) else {
            panic!("{name:?} is no header name")
        };
        let Ok(value) = HeaderValue::from_bytes(value) else {
            panic!("the value of {name:?} is no header value")
        };
        self.request.headers_mut().append(header, value);
        self
    }

    /// Adds to the query: a struct, a map or a list of pairs, as a form writes them.
    ///
    /// # Panics
    ///
    /// When the value is none of these.
    #[track_caller]
    pub fn query(mut self, query: &(impl Serialize + ?Sized)) -> Self {
        let added = serde_html_form::to_string(query).unwrap_or_else(|error| panic!("no query: {error}"));
        let (path, before) = (self.request.uri().path(), self.request.uri().query());
        let target = match before {
            Some(before) => format!("{path}?{before}&{added}"),
            None => format!("{path}?{added}"),
        };
        let target = PathAndQuery::try_from(target).unwrap_or_else(|error| panic!("no query: {error}"));
        *self.request.uri_mut() = Uri::from(target);
        self
    }

    /// Sets the body: text, bytes, or a stream.
    pub fn body(mut self, body: impl Into<Body>) -> Self {
        *self.request.body_mut() = body.into();
        self
    }

    /// Sets the body to a value as JSON, and its media type unless there is one.
    ///
    /// # Panics
    ///
    /// When JSON has no form for the value.
    #[track_caller]
    pub fn json(self, value: &(impl Serialize + ?Sized)) -> Self {
        let text = serde_json::to_vec(value).unwrap_or_else(|error| panic!("no JSON: {error}"));
        self.typed("application/json", text)
    }

    /// Sets the body to a value as a form, and its media type unless there is one.
    ///
    /// # Panics
    ///
    /// When a form has no form for the value.
    #[track_caller]
    pub fn form(self, value: &(impl Serialize + ?Sized)) -> Self {
        let text = serde_html_form::to_string(value).unwrap_or_else(|error| panic!("no form: {error}"));
        self.typed("application/x-www-form-urlencoded", text)
    }

    fn typed(mut self, kind: &'static str, body: impl Into<Body>) -> Self {
        self.request.headers_mut().entry(CONTENT_TYPE).or_insert(HeaderValue::from_static(kind));
        self.body(body)
    }

    /// Sends the request and waits for the head of the answer.
    ///
    /// # Panics
    ///
    /// When there is no answer: the connection was refused or lost.
    #[track_caller]
    pub fn send(self) -> impl Future<Output = TestResponse> + Send {
        self.send_from(Location::caller())
    }

    async fn send_from(mut self, site: &'static Location<'static>) -> TestResponse {
        let cookies = self.client.cookies.clone();
        if let Some(line) = cookies.as_ref().and_then(|cookies| cookies.line()) {
            self.request.headers_mut().append(COOKIE, line);
        }
        let asked = format!("{} {}", self.request.method(), self.request.uri());
        match self.client.transport.ask(self.request).await {
            Ok(response) => {
                cookies.iter().for_each(|cookies| cookies.keep(response.headers()));
                TestResponse::new(response, asked, self.client)
            }
            Err(error) => panic!("{asked} was not answered: {error} ({site})"),
        }
    }
}
