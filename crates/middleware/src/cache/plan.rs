//! [`Plan`]: what becomes of a request, before anything is asked of the service.

use std::sync::Arc;

use http::header::{IF_MATCH, IF_UNMODIFIED_SINCE, RANGE, UPGRADE};
use http::{Method, StatusCode};
use http_body::Body as _;
use hyperserve_core::{Interim, IntoResponse as _, Problem, Request, RequestContext, Response};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::conditional::{ask_about, has_validator, is_conditional, strip};
use super::directives::RequestDirectives;
use super::fetch::{After, Fetch};
use super::flight::{Landing, Seat};
use super::key::{CacheKey, Lookup};
use super::label::{self, Forward, Outcome};
use super::reuse::Reuse;
use super::store::{Resource, Shared};
use super::stored::Stored;
use super::storing::has_credentials;

/// What becomes of a request.
#[derive(Debug)]
pub(super) enum Plan {
    /// The store answers.
    Answer(Response),
    /// The store answers, and this request goes to the service on its own.
    AnswerAndFetch(Response, Request, Box<Fetch>),
    /// The service answers, and nothing is stored.
    Pass(Request, After),
    /// The service answers.
    Fetch(Request, Box<Fetch>),
    /// Somebody else fetches it.
    Wait(Request, oneshot::Receiver<Landing>, Forward),
}

pub(super) fn plan(shared: &Arc<Shared>, request: Request) -> Plan {
    let method = request.method();
    if shared.config.excluded.matches(request.uri().path()) {
        return Plan::Pass(request, After::Nothing);
    }
    if *method != Method::GET && *method != Method::HEAD {
        // CONNECT is not safe, and has nothing to invalidate either: its target is no resource.
        let after = if method.is_safe() || *method == Method::CONNECT {
            After::Nothing
        } else {
            after_unsafe(shared, &request)
        };
        return Plan::Pass(request, after);
    }
    if request.headers().contains_key(UPGRADE) {
        return Plan::Pass(request, After::Nothing);
    }
    let directives = directives(shared, &request);
    if is_bypassed(shared, &request) || directives.no_store {
        let label = shared.labels.forward(Forward::Bypass, Outcome::Passed);
        return Plan::Pass(request, After::Label(label));
    }
    look_up(shared, request, directives)
}

pub(super) fn directives(shared: &Shared, request: &Request) -> RequestDirectives {
    if shared.config.request_directives {
        RequestDirectives::of(request.headers())
    } else {
        RequestDirectives::default()
    }
}

fn after_unsafe(shared: &Arc<Shared>, request: &Request) -> After {
    After::Invalidate { shared: Arc::clone(shared), key: Lookup::of(request).to_key() }
}

/// What the store is not for: parts, conditions that only the service can judge (RFC 9111 §4.3.2), credentials, and content
/// that is no part of the key.
fn is_bypassed(shared: &Shared, request: &Request) -> bool {
    let headers = request.headers();
    [RANGE, IF_MATCH, IF_UNMODIFIED_SINCE].iter().any(|name| headers.contains_key(name))
        || (!shared.config.authorized && has_credentials(request))
        || !request.body().is_end_stream()
}

fn look_up(shared: &Arc<Shared>, request: Request, directives: RequestDirectives) -> Plan {
    let now = Instant::now();
    let lookup = Lookup::of(&request);
    let known = shared.find(&lookup);
    let Some(stored) = known.as_deref().and_then(|known| known.select(request.headers())) else {
        if is_passed(known.as_deref(), now) && !directives.only_if_cached {
            let label = shared.labels.forward(Forward::UriMiss, Outcome::Passed);
            return Plan::Pass(request, After::Label(label));
        }
        let key = lookup.to_key();
        return miss(shared, request, directives, key, known.as_deref());
    };
    let why = match stored.reuse(&directives, now) {
        Reuse::Answer => return Plan::Answer(hit(shared, &request, stored, now)),
        Reuse::AnswerAndFetch => {
            let key = lookup.to_key();
            return answer_and_fetch(shared, request, key, known.as_deref(), stored);
        }
        Reuse::Stale => Forward::Stale,
        Reuse::Unwanted => Forward::Request,
    };
    if directives.only_if_cached {
        return Plan::Answer(unsatisfied(shared));
    }
    let key = lookup.to_key();
    if request.method() == Method::HEAD {
        let (shared, stored) = (Arc::clone(shared), Arc::clone(stored));
        return Plan::Pass(request, After::Compare { shared, key, stored, why });
    }
    let flight = shared.flight(&key, known.as_deref(), request.headers());
    let fetch = Fetching { shared, key, directives, why, previous: Some(Arc::clone(stored)) };
    match shared.flights.join(flight) {
        Seat::Wait(receiver) if may_wait() => Plan::Wait(request, receiver, why),
        seat => fetch.take(request, seat),
    }
}

fn is_passed(known: Option<&Resource>, now: Instant) -> bool {
    matches!(known, Some(Resource::Passed(until)) if *until > now)
}

fn hit(shared: &Shared, request: &Request, stored: &Stored, now: Instant) -> Response {
    stored.hit(request.headers(), request.method() == Method::HEAD, &shared.labels, now)
}

fn miss(
    shared: &Arc<Shared>,
    request: Request,
    directives: RequestDirectives,
    key: Arc<CacheKey>,
    known: Option<&Resource>,
) -> Plan {
    if directives.only_if_cached {
        return Plan::Answer(unsatisfied(shared));
    }
    let why = if matches!(known, Some(Resource::Stored(_))) { Forward::VaryMiss } else { Forward::UriMiss };
    if request.method() == Method::HEAD {
        let label = shared.labels.forward(why, Outcome::Passed);
        return Plan::Pass(request, After::Label(label));
    }
    let flight = shared.flight(&key, known, request.headers());
    // An answer to a condition may be a 304, which is of no use to others.
    let conditional = is_conditional(request.headers());
    let seat = if conditional { shared.flights.follow(&flight) } else { shared.flights.join(flight) };
    match seat {
        Seat::Wait(receiver) if may_wait() => Plan::Wait(request, receiver, why),
        seat => Fetching { shared, key, directives, why, previous: None }.take(request, seat),
    }
}

/// A request that goes to the service whatever others do: the wait was in vain.
pub(super) fn alone(shared: &Arc<Shared>, request: Request) -> Plan {
    let directives = directives(shared, &request);
    let (key, known) = {
        let lookup = Lookup::of(&request);
        (lookup.to_key(), shared.find(&lookup))
    };
    let previous = known.as_deref().and_then(|known| known.select(request.headers())).cloned();
    let why = if previous.is_some() { Forward::Stale } else { Forward::UriMiss };
    Fetching { shared, key, directives, why, previous }.take(request, Seat::Alone)
}

struct Fetching<'a> {
    shared: &'a Arc<Shared>,
    key: Arc<CacheKey>,
    directives: RequestDirectives,
    why: Forward,
    previous: Option<Arc<Stored>>,
}

impl Fetching<'_> {
    fn take(self, mut request: Request, seat: Seat) -> Plan {
        let guard = if let Seat::Lead(guard) = seat { Some(guard) } else { None };
        let asked = request.headers().clone();
        let validators = self.previous.as_deref().filter(|previous| has_validator(previous.headers()));
        if let Some(previous) = validators {
            ask_about(previous.headers(), request.headers_mut());
        }
        let fetch = Fetch {
            epoch: self.shared.epoch(&self.key),
            requested: Instant::now(),
            validates: validators.is_some(),
            shared: Arc::clone(self.shared),
            key: self.key,
            guard,
            asked,
            directives: self.directives,
            why: self.why,
            previous: self.previous,
        };
        Plan::Fetch(request, Box::new(fetch))
    }
}

fn answer_and_fetch(
    shared: &Arc<Shared>,
    mut request: Request,
    key: Arc<CacheKey>,
    known: Option<&Resource>,
    stored: &Arc<Stored>,
) -> Plan {
    let response = hit(shared, &request, stored, Instant::now());
    let flight = shared.flight(&key, known, request.headers());
    // Without a runtime there is nobody to fetch; then the response grows older, until it must be.
    let Ok(_) = Handle::try_current() else { return Plan::Answer(response) };
    let Seat::Lead(guard) = shared.flights.lead(flight) else { return Plan::Answer(response) };
    *request.method_mut() = Method::GET;
    strip(request.headers_mut());
    quieten(&mut request);
    let directives = RequestDirectives::default();
    let fetching =
        Fetching { shared, key, directives, why: Forward::Stale, previous: Some(Arc::clone(stored)) };
    match fetching.take(request, Seat::Lead(guard)) {
        Plan::Fetch(request, fetch) => Plan::AnswerAndFetch(response, request, fetch),
        other => other,
    }
}

/// The connection may be at another request by then: no interim response of this one may go there.
fn quieten(request: &mut Request) {
    if let Some(context) = request.extensions_mut().get_mut::<RequestContext>()
        && context.has_interim()
    {
        *context = context.clone().with_interim(Arc::new(Silence));
    }
}

#[derive(Debug)]
struct Silence;

impl Interim for Silence {
    fn early_hints(&self, _: &http::HeaderMap) -> bool {
        false
    }
}

/// Who waits has a clock: that of a runtime.
fn may_wait() -> bool {
    Handle::try_current().is_ok()
}

fn unsatisfied(shared: &Shared) -> Response {
    let problem = Problem::new(StatusCode::GATEWAY_TIMEOUT).with_detail(
        "Nothing that is stored may answer, and the request wants nothing else (only-if-cached).",
    );
    let mut response = problem.into_response();
    label::add(response.headers_mut(), shared.labels.unsatisfied());
    response
}
