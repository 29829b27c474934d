//! What one pattern answers, by method.

use http::{HeaderValue, Method, StatusCode, header};
use hyperserve_core::{IntoResponse, Problem, Request};

use crate::endpoint::{Endpoint, EndpointFuture, Route};

/// Methods that have a place of their own; others are looked for one by one.
const COMMON: [Method; 8] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::DELETE,
    Method::PATCH,
    Method::OPTIONS,
    Method::QUERY,
];

const GET: usize = 0;
const HEAD: usize = 1;
const OPTIONS: usize = 6;

fn place(method: &Method) -> Option<usize> {
    Some(match *method {
        Method::GET => GET,
        Method::HEAD => HEAD,
        Method::POST => 2,
        Method::PUT => 3,
        Method::DELETE => 4,
        Method::PATCH => 5,
        Method::OPTIONS => OPTIONS,
        Method::QUERY => 7,
        _ => return None,
    })
}

/// An endpoint and the index of its route.
#[derive(Clone)]
pub(crate) struct Slot {
    pub(crate) endpoint: Route,
    pub(crate) route: usize,
}

/// The endpoints of one pattern.
#[derive(Default)]
pub(crate) struct MethodTable {
    common: [Option<Slot>; COMMON.len()],
    others: Vec<(Method, Slot)>,
    /// For methods that are not named.
    any: Option<Slot>,
    /// Answers OPTIONS and what is not allowed, where no endpoint does.
    automatic: Option<Automatic>,
}

#[derive(Clone)]
struct Automatic {
    options: Slot,
    not_allowed: Slot,
}

impl MethodTable {
    /// Adds an endpoint. When the method has one already that one stays, and is returned.
    pub(crate) fn insert(&mut self, method: Option<&Method>, slot: Slot) -> Result<(), usize> {
        let taken = match method {
            None => &mut self.any,
            Some(method) => match place(method).and_then(|place| self.common.get_mut(place)) {
                Some(common) => common,
                None => return self.insert_other(method, slot),
            },
        };
        match taken {
            Some(earlier) => Err(earlier.route),
            None => {
                *taken = Some(slot);
                Ok(())
            }
        }
    }

    fn insert_other(&mut self, method: &Method, slot: Slot) -> Result<(), usize> {
        match self.others.iter().find(|(known, _)| known == method) {
            Some((_, earlier)) => Err(earlier.route),
            None => {
                self.others.push((method.clone(), slot));
                Ok(())
            }
        }
    }

    /// Prepares the answers to OPTIONS and to methods that are not allowed; `wrap` puts the layers of the routes around them.
    pub(crate) fn finish(&mut self, route: usize, wrap: impl Fn(Route) -> Route) {
        if self.any.is_some() {
            return;
        }
        let allow = self.allow();
        let slot = |endpoint| Slot { endpoint: wrap(endpoint), route };
        let options = slot(Route::new(Options(allow.clone())));
        self.automatic = Some(Automatic { options, not_allowed: slot(Route::new(NotAllowed(allow))) });
    }

    /// The endpoint for a method. GET also answers HEAD, and CONNECT when it `connects` to another protocol.
    pub(crate) fn get(&self, method: &Method, connects: bool) -> Option<&Slot> {
        let place = place(method);
        let own = match place {
            Some(place) => self.common.get(place).and_then(Option::as_ref),
            None => self.others.iter().find(|(known, _)| known == method).map(|(_, slot)| slot),
        };
        own.or_else(|| {
            let by_get = connects || place == Some(HEAD);
            self.common.first().filter(|_| by_get).and_then(Option::as_ref)
        })
        .or(self.any.as_ref())
        .or_else(|| {
            let automatic = self.automatic.as_ref()?;
            Some(if place == Some(OPTIONS) { &automatic.options } else { &automatic.not_allowed })
        })
    }

    /// `Allow` (RFC 9110 §10.2.1): what is registered, HEAD with GET, and OPTIONS always.
    fn allow(&self) -> HeaderValue {
        let has = |place: usize| self.common.get(place).is_some_and(Option::is_some);
        let common = COMMON
            .iter()
            .enumerate()
            .filter(|&(place, _)| has(place) || place == OPTIONS || place == HEAD && has(GET));
        let names = common.map(|(_, method)| method).chain(self.others.iter().map(|(method, _)| method));
        joined(names)
    }
}

fn joined<'a>(methods: impl Iterator<Item = &'a Method>) -> HeaderValue {
    let names: Vec<_> = methods.map(Method::as_str).collect();
    // Method names are tokens, which every header value may hold.
    HeaderValue::try_from(names.join(", ")).unwrap_or(HeaderValue::from_static(""))
}

/// Answers `OPTIONS *`: what the server as a whole knows (RFC 9110 §9.3.7).
pub(crate) fn allow_all() -> Route {
    Route::new(Options(joined(COMMON.iter())))
}

struct Options(HeaderValue);

impl Endpoint for Options {
    fn call(&self, _request: Request) -> EndpointFuture {
        let allow = [(header::ALLOW, self.0.clone())];
        EndpointFuture::ready((StatusCode::NO_CONTENT, allow).into_response())
    }
}

struct NotAllowed(HeaderValue);

impl Endpoint for NotAllowed {
    fn call(&self, _request: Request) -> EndpointFuture {
        let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED).with_header(header::ALLOW, self.0.clone());
        EndpointFuture::ready(problem.into_response())
    }
}
