//! The way of a request through what is known and what has to be looked up.

use std::borrow::Cow;
use std::io;
use std::sync::Arc;

use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION, VARY};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use hyperserve_core::{IntoResponse as _, Problem, RequestContext, Response};

use crate::answer::{answer, whole};
use crate::cache::{Looked, Slot};
use crate::lookup::Found;
use crate::path::decode;
use crate::shared::Shared;
use crate::{listing, redirect};

/// What has to be looked up first: a name, and what was known of it.
#[derive(Debug)]
pub(crate) enum First {
    Name(String, Option<Arc<Slot>>),
    /// It names nothing that could be served.
    Nothing,
}

/// The answer, if all it takes is in memory; else where to begin.
pub(crate) fn answered(shared: &Arc<Shared>, parts: &Parts) -> Result<Response, First> {
    let Some(name) = named(shared, parts) else {
        return if shared.settings.has_pages() { Err(First::Nothing) } else { Ok(nothing()) };
    };
    if let Some(location) = redirect::to_the_mount(parts, &name) {
        return Ok(moved(&location));
    }
    match shared.known(&name) {
        Looked::Fresh(slot) => match &slot.found {
            Found::File(resource) => Ok(answer(resource, &parts.method, &parts.headers)),
            // What is kept is a file, or that there is none.
            _ if shared.settings.has_pages() => Err(First::Nothing),
            _ => Ok(nothing()),
        },
        Looked::Stale(slot) => Err(First::Name(name.into_owned(), Some(slot))),
        Looked::Unknown => Err(First::Name(name.into_owned(), None)),
    }
}

/// What a request names beneath the root.
fn named<'a>(shared: &Shared, parts: &'a Parts) -> Option<Cow<'a, str>> {
    let rest = parts.uri.path().strip_prefix(&*shared.settings.prefix)?;
    decode(if rest.is_empty() { "/" } else { rest }, shared.settings.dotfiles)
}

/// A request whose answer takes the file system.
#[derive(Debug)]
pub(crate) struct Visit {
    shared: Arc<Shared>,
    parts: Box<Parts>,
}

impl Visit {
    pub(crate) fn new(shared: &Arc<Shared>, parts: Box<Parts>) -> Self {
        Self { shared: Arc::clone(shared), parts }
    }

    pub(crate) async fn answer(self, first: First) -> Response {
        self.answered(first).await.unwrap_or_else(|error| unavailable(&error))
    }

    async fn answered(&self, first: First) -> io::Result<Response> {
        let First::Name(name, stale) = first else { return self.missing().await };
        let slot = self.shared.found(name.clone(), stale).await?;
        match &slot.found {
            Found::File(resource) => Ok(answer(resource, &self.parts.method, &self.parts.headers)),
            Found::Redirect => Ok(moved(&redirect::to_the_directory(&self.parts.uri))),
            Found::Directory if self.shared.settings.listing => self.listed(name).await,
            Found::Directory | Found::Nothing => self.missing().await,
        }
    }

    async fn listed(&self, name: String) -> io::Result<Response> {
        match self.shared.listed(name).await? {
            Some(listing) => Ok(listing::answer(&listing, &self.parts)),
            None => self.missing().await,
        }
    }

    /// The page for what is not there.
    async fn missing(&self) -> io::Result<Response> {
        let settings = &self.shared.settings;
        if let Some(page) = settings.fallback.as_ref().filter(|_| is_page(&self.parts))
            && let Found::File(resource) = &self.page(page).await?.found
        {
            let mut response = answer(resource, &self.parts.method, &self.parts.headers);
            if names_a_kind(&self.parts) {
                response.headers_mut().append(VARY, HeaderValue::from_name(ACCEPT));
            }
            return Ok(response);
        }
        if let Some(page) = &settings.not_found
            && let Found::File(resource) = &self.page(page).await?.found
        {
            let mut response = whole(resource.plain(), &self.parts.method);
            *response.status_mut() = StatusCode::NOT_FOUND;
            as_an_error(response.headers_mut());
            return Ok(response);
        }
        Ok(nothing())
    }

    async fn page(&self, name: &str) -> io::Result<Arc<Slot>> {
        match self.shared.known(name) {
            Looked::Fresh(slot) => Ok(slot),
            Looked::Stale(slot) => self.shared.found(name.to_owned(), Some(slot)).await,
            Looked::Unknown => self.shared.found(name.to_owned(), None).await,
        }
    }
}

/// Whether a request may be one for a page of an application that makes its pages itself: a browser that opens one says so, and
/// a path that names no kind of file is none of the application's parts.
fn is_page(parts: &Parts) -> bool {
    let names_html = |value: &HeaderValue| value.to_str().is_ok_and(|value| value.contains("text/html"));
    !names_a_kind(parts) || parts.headers.get_all(ACCEPT).iter().any(names_html)
}

/// Whether a path names a kind of file. Then what is answered in its place depends on what the client accepts.
fn names_a_kind(parts: &Parts) -> bool {
    parts.uri.path().rsplit('/').next().unwrap_or_default().contains('.')
}

/// The fields of a page are those of a file; of an error there is nothing to keep or to ask for in parts.
fn as_an_error(headers: &mut HeaderMap) {
    use http::header::{ACCEPT_RANGES, ETAG, LAST_MODIFIED};
    for name in [ACCEPT_RANGES, ETAG, LAST_MODIFIED, VARY] {
        headers.remove(name);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
}

fn nothing() -> Response {
    Problem::new(StatusCode::NOT_FOUND).with_detail("There is no such file.").into_response()
}

fn moved(location: &str) -> Response {
    let mut response = StatusCode::MOVED_PERMANENTLY.into_response();
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

/// The file system cannot say now: descriptors or memory are used up, a disk fails, or a file is written all the time.
fn unavailable(error: &io::Error) -> Response {
    tracing::error!(%error, "a file could not be read");
    let mut response = Problem::new(StatusCode::SERVICE_UNAVAILABLE)
        .with_detail("The file cannot be read at the moment. Try again.")
        .into_response();
    response.headers_mut().insert(http::header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// What a page that the service makes itself may do.
pub(crate) fn restrict(headers: &mut HeaderMap) {
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'"),
    );
    headers.insert(http::header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
}

/// The path that the client asked for, beneath whatever this is mounted at.
pub(crate) fn asked_path(parts: &Parts) -> &str {
    let original = RequestContext::of(&parts.extensions).and_then(RequestContext::original_uri);
    original.unwrap_or(&parts.uri).path()
}
