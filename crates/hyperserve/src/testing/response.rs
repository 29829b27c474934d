//! [`TestResponse`]: an answer as a test looks at it.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use hyperserve_core::{Body, Response};
use serde::de::DeserializeOwned;

use super::client::TestClient;

/// An answer whose body has not been read yet.
#[derive(Debug)]
pub struct TestResponse {
    response: Response,
    /// Method and target, for messages.
    asked: String,
    /// The server lives for as long as its answer is read.
    client: TestClient,
}

impl TestResponse {
    pub(super) const fn new(response: Response, asked: String, client: TestClient) -> Self {
        Self { response, asked, client }
    }

    /// The status code.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// A header as text; `None` if there is none of this name, or if it is no text. Of several, the first.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers().get(name).and_then(|value| value.to_str().ok())
    }

    /// The whole body.
    ///
    /// # Panics
    ///
    /// When the body breaks off.
    pub async fn bytes(self) -> Bytes {
        let Self { response, asked, client } = self;
        let bytes = response.into_body().collect(usize::MAX).await;
        drop(client);
        bytes.unwrap_or_else(|error| panic!("the answer to {asked} broke off: {error}"))
    }

    /// The whole body as text.
    ///
    /// # Panics
    ///
    /// When the body breaks off, or is not UTF-8.
    pub async fn text(self) -> String {
        let asked = self.asked.clone();
        let bytes = self.bytes().await;
        String::from_utf8(bytes.into())
            .unwrap_or_else(|error| panic!("the answer to {asked} is no text: {error}"))
    }

    /// The whole body, read as JSON.
    ///
    /// # Panics
    ///
    /// When the body breaks off, or is not JSON of this shape: then with the body.
    pub async fn json<T: DeserializeOwned>(self) -> T {
        let (asked, status) = (self.asked.clone(), self.status());
        let bytes = self.bytes().await;
        serde_json::from_slice(&bytes).unwrap_or_else(|error| {
            let body = String::from_utf8_lossy(&bytes);
            panic!("the answer to {asked} ({status}) is not of the wanted shape: {error}\n{body}")
        })
    }

    /// The body as it comes, for streams that do not end. A client over a socket must be kept for as long.
    pub fn into_body(self) -> Body {
        self.response.into_body()
    }

    /// The answer as the application or the connection gave it.
    #[must_use]
    pub fn into_inner(self) -> Response {
        self.response
    }
}
