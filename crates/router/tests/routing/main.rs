//! What a built router answers, asked as any tower service is.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod captures;
mod detached;
mod errors;
mod fallbacks;
mod handlers;
mod hosts;
mod layers;
mod matching;
mod methods;
mod mounts;
mod nesting;
mod urls;

use std::future::Future;

use hyperserve_core::{Body, FromRequestParts, Request, RequestContext, Response};
use hyperserve_router::{RouterService, UrlFor};
use tower::ServiceExt as _;

/// What came back: status, header fields, text.
struct Answer {
    status: u16,
    headers: http::HeaderMap,
    text: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// Runs a future on a runtime of its own.
fn wait<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn request(method: &str, uri: &str) -> Request {
    http::Request::builder().method(method).uri(uri).body(Body::empty()).unwrap()
}

async fn read(response: Response) -> Answer {
    let (parts, body) = response.into_parts();
    let bytes = body.collect(usize::MAX).await.unwrap();
    let text = String::from_utf8(bytes.into()).unwrap();
    Answer { status: parts.status.as_u16(), headers: parts.headers, text }
}

fn send(app: &RouterService, request: Request) -> Answer {
    wait(async { read(app.clone().oneshot(request).await.unwrap()).await })
}

fn ask(app: &RouterService, method: &str, uri: &str) -> Answer {
    send(app, request(method, uri))
}

/// The text of a 200 to GET, else the status.
fn get_text(app: &RouterService, uri: &str) -> String {
    let answer = ask(app, "GET", uri);
    if answer.status == 200 { answer.text } else { answer.status.to_string() }
}

/// An extractor that says which route was found: `pattern name=raw,name=raw`.
struct Found(String);

impl<S: Sync> FromRequestParts<S> for Found {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut http::request::Parts, _: &S) -> Result<Self, Self::Rejection> {
        let route = RequestContext::of(&parts.extensions).and_then(RequestContext::route);
        let captures = |route: &hyperserve_core::RouteMatch| {
            let captures: Vec<_> = route.captures().map(|(name, text)| format!("{name}={text}")).collect();
            format!("{} {}", route.pattern(), captures.join(",")).trim_end().to_owned()
        };
        Ok(Self(route.map_or_else(|| "none".to_owned(), captures)))
    }
}

async fn found(Found(text): Found) -> String {
    text
}

fn says(text: &'static str) -> impl Fn() -> std::future::Ready<&'static str> + Clone + Send + Sync + 'static {
    move || std::future::ready(text)
}

async fn url_of_item(urls: UrlFor) -> String {
    urls.path("item", [("id", 7)]).unwrap()
}
