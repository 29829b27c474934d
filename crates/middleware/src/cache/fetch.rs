//! [`Fetch`]: one request to the service, and what its response means for the store.

use std::sync::Arc;

use http::header::{CONTENT_LENGTH, CONTENT_LOCATION, ETAG, LAST_MODIFIED, LOCATION};
use http::{HeaderMap, StatusCode};
use hyperserve_core::{IntoResponse as _, Problem, Response};
use tokio::time::Instant;

use super::directives::RequestDirectives;
use super::flight::{Guard, Landing};
use super::freshness::Times;
use super::key::CacheKey;
use super::label::{self, Forward, Outcome};
use super::record::Filling;
use super::store::Shared;
use super::stored::{Head, Stored};
use super::storing::terms;

/// A GET on its way to the service.
#[derive(Debug)]
pub(super) struct Fetch {
    pub(super) shared: Arc<Shared>,
    pub(super) key: Arc<CacheKey>,
    pub(super) epoch: u64,
    pub(super) requested: Instant,
    /// Held by the one for whom others wait.
    pub(super) guard: Option<Guard>,
    /// The fields that the client sent.
    pub(super) asked: HeaderMap,
    pub(super) directives: RequestDirectives,
    pub(super) why: Forward,
    /// Stored, and not to be used without the service's word.
    pub(super) previous: Option<Arc<Stored>>,
    /// Whether the request has the validators of [`previous`](Self::previous).
    pub(super) validates: bool,
}

/// Failures that a stale response may stand in for (RFC 5861 §4).
const FAILURES: [StatusCode; 4] = [
    StatusCode::INTERNAL_SERVER_ERROR,
    StatusCode::BAD_GATEWAY,
    StatusCode::SERVICE_UNAVAILABLE,
    StatusCode::GATEWAY_TIMEOUT,
];

impl Fetch {
    /// What the client gets for what the service said.
    pub(super) fn settle(mut self, response: Response) -> Response {
        if FAILURES.contains(&response.status()) {
            return self.cover().unwrap_or_else(|| self.keep_or_pass(response));
        }
        match self.previous.take().filter(|_| self.validates && response.status() == StatusCode::NOT_MODIFIED)
        {
            Some(previous) => self.validated(&previous, &response),
            None => self.keep_or_pass(response),
        }
    }

    /// The stale response that may stand in for a failure.
    pub(super) fn cover(&mut self) -> Option<Response> {
        let now = Instant::now();
        let previous =
            self.previous.as_ref().filter(|previous| previous.covers_failure(&self.directives, now))?;
        if let Some(guard) = self.guard.take() {
            guard.land(&Landing::Failed(Arc::clone(previous)));
        }
        let label = self.shared.labels.forward(self.why, Outcome::Covered);
        Some(previous.answer_with(&self.asked, false, label, now))
    }

    /// A 304 to our own condition (RFC 9111 §4.3.3 and §4.3.4).
    fn validated(self, previous: &Arc<Stored>, answer: &Response) -> Response {
        if !super::conditional::is_about(answer.headers(), previous.headers()) {
            self.shared.remove(&self.key, previous);
            return Problem::new(StatusCode::BAD_GATEWAY)
                .with_detail(
                    "The service said that something else than what was asked about has not changed.",
                )
                .into_response();
        }
        let times = Times::since(self.requested);
        let headers = previous.fields_after(answer.headers(), &times);
        let terms = terms(&self.shared.config, &self.asked, previous.status(), &headers, &times);
        let label = self.shared.labels.forward(self.why, Outcome::Validated);
        let Some(terms) = terms else {
            self.shared.remove(&self.key, previous);
            let once = previous.answering(headers, times.received);
            return once.answer_with(&self.asked, false, label, times.received);
        };
        let stored = Arc::new(previous.freshened(headers, terms, times.received));
        self.shared.insert(&self.key, self.epoch, &stored);
        if let Some(guard) = self.guard {
            guard.land(&Landing::Stored(Arc::clone(&stored)));
        }
        stored.answer_with(&self.asked, false, label, times.received)
    }

    /// A response of its own: stored if it may be.
    fn keep_or_pass(self, mut response: Response) -> Response {
        let times = Times::since(self.requested);
        let terms = terms(&self.shared.config, &self.asked, response.status(), response.headers(), &times);
        let Some(terms) = terms else { return self.pass(response) };
        let label = self.shared.labels.forward(self.why, Outcome::Stored);
        let filling = Filling {
            head: Head::of(&response, &times),
            shared: self.shared,
            key: self.key,
            epoch: self.epoch,
            guard: self.guard,
            terms,
            received: times.received,
            previous: self.previous,
        };
        label::add(response.headers_mut(), label);
        filling.record(response)
    }

    /// Nobody waits for what is for one client. A failure or an answer to the client's own condition says nothing of others.
    fn pass(self, mut response: Response) -> Response {
        let says_something =
            !response.status().is_server_error() && response.status() != StatusCode::NOT_MODIFIED;
        if says_something {
            if let Some(previous) = &self.previous {
                self.shared.remove(&self.key, previous);
            }
            self.shared.remember_pass(&self.key);
        }
        if let Some(guard) = self.guard {
            guard.land(&Landing::Pass);
        }
        label::add(response.headers_mut(), self.shared.labels.forward(self.why, Outcome::Passed));
        response
    }
}

/// What else is done with a response that is not stored.
#[derive(Debug)]
pub(super) enum After {
    Nothing,
    Label(Option<http::HeaderValue>),
    /// The response to a method that is not safe (RFC 9111 §4.4).
    Invalidate {
        shared: Arc<Shared>,
        key: Arc<CacheKey>,
    },
    /// The response to HEAD, when one to GET is stored (RFC 9111 §4.3.5).
    Compare {
        shared: Arc<Shared>,
        key: Arc<CacheKey>,
        stored: Arc<Stored>,
        why: Forward,
    },
}

impl After {
    pub(super) fn apply(&self, response: &mut Response) {
        match self {
            Self::Nothing => {}
            Self::Label(label) => label::add(response.headers_mut(), label.clone()),
            Self::Invalidate { shared, key } => invalidate(shared, key, response),
            Self::Compare { shared, key, stored, why } => {
                if response.status() == stored.status() && differs(response.headers(), stored.headers()) {
                    shared.remove(key, stored);
                }
                label::add(response.headers_mut(), shared.labels.forward(*why, Outcome::Passed));
            }
        }
    }
}

/// An error changes nothing; what succeeds changes its URI, and those of this host that it names.
fn invalidate(shared: &Shared, key: &CacheKey, response: &Response) {
    if !response.status().is_success() && !response.status().is_redirection() {
        return;
    }
    shared.invalidate(key);
    let named = [LOCATION, CONTENT_LOCATION];
    let named = named.iter().filter_map(|name| response.headers().get(name)?.to_str().ok());
    named.flat_map(|reference| key.named_by(reference)).for_each(|key| shared.invalidate(&key));
}

fn differs(head: &HeaderMap, stored: &HeaderMap) -> bool {
    let other = |name: &http::HeaderName| head.get(name).is_some_and(|value| stored.get(name) != Some(value));
    other(&ETAG) || other(&LAST_MODIFIED) || other(&CONTENT_LENGTH)
}
