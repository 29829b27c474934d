//! [`AuthLayer`] and its service.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{HeaderValue, Request, StatusCode, header};
use hyperserve_core::{Body, Challenges, Principal, Problem, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::future::AuthFuture;
use super::refusal::challenged;
use super::{Authenticator, Check, Refusal};
use crate::Paths;

/// Lets requests pass whose credentials an [`Authenticator`] accepts, with a [`Principal`].
///
/// Put it inside CORS (preflights carry no credentials) and inside a rate limit by address.
#[derive(Debug)]
#[must_use]
pub struct AuthLayer<A> {
    authenticator: Arc<A>,
    optional: bool,
    public: Paths,
}

impl<A> Clone for AuthLayer<A> {
    fn clone(&self) -> Self {
        let (authenticator, public) = (Arc::clone(&self.authenticator), self.public.clone());
        Self { authenticator, optional: self.optional, public }
    }
}

impl<A: Authenticator> AuthLayer<A> {
    /// Asks this authenticator, for every request.
    pub fn new(authenticator: A) -> Self {
        Self { authenticator: Arc::new(authenticator), optional: false, public: Paths::none() }
    }

    /// Lets requests without credentials pass, without a principal. Wrong credentials are refused all the same.
    pub const fn with_optional(mut self, optional: bool) -> Self {
        self.optional = optional;
        self
    }

    /// Sets paths for which nobody is asked, and credentials are not looked at. None by default.
    pub fn with_public(mut self, paths: Paths) -> Self {
        self.public = paths;
        self
    }
}

impl<S, A> Layer<S> for AuthLayer<A> {
    type Service = AuthService<S, A>;

    fn layer(&self, inner: S) -> Self::Service {
        AuthService { inner, shared: Arc::new(self.clone()) }
    }
}

impl<A: Authenticator> AuthLayer<A> {
    /// What comes of a check: the request may pass, or why not.
    pub(super) fn settle<B>(
        &self,
        outcome: Result<Option<Principal>, Refusal>,
        request: &mut Request<B>,
    ) -> Result<(), Problem> {
        match outcome {
            Ok(Some(principal)) => {
                if let Some(value) = request.headers_mut().get_mut(self.authenticator.header()) {
                    value.set_sensitive(true);
                }
                principal.insert_into(request.extensions_mut());
                Ok(())
            }
            Ok(None) if self.optional => {
                let challenge = self.authenticator.challenge().value().clone();
                Challenges::add(request.extensions_mut(), challenge);
                Ok(())
            }
            Ok(None) => Err(self.ask(request)),
            Err(refusal) => Err(refusal.into_problem(self.authenticator.challenge(), before(request))),
        }
    }

    fn ask<B>(&self, request: &Request<B>) -> Problem {
        let problem = Problem::new(StatusCode::UNAUTHORIZED).with_detail("Credentials are needed.");
        let own = self.authenticator.challenge().value().clone();
        challenged(problem, before(request)).with_header(header::WWW_AUTHENTICATE, own)
    }

    /// Whether responses must be kept out of shared caches by a word of ours.
    pub(super) fn marks_private(&self) -> bool {
        self.authenticator.header() != header::AUTHORIZATION
    }
}

fn before<B>(request: &Request<B>) -> &[HeaderValue] {
    request.extensions().get().map_or(&[], Challenges::as_slice)
}

/// The service that [`AuthLayer`] makes.
pub struct AuthService<S, A> {
    inner: S,
    shared: Arc<AuthLayer<A>>,
}

impl<S: Clone, A> Clone for AuthService<S, A> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), shared: Arc::clone(&self.shared) }
    }
}

impl<S: fmt::Debug, A> fmt::Debug for AuthService<S, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthService").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl<S, A, B> Service<Request<B>> for AuthService<S, A>
where
    S: Service<Request<B>, Response = Response<Body>> + Clone,
    A: Authenticator,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = AuthFuture<S, A, B>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let known = Principal::of(request.extensions()).is_some();
        if known || self.shared.public.matches(request.uri().path()) {
            return AuthFuture::calling(self.inner.call(request), false);
        }
        match self.shared.authenticator.authenticate(request.headers(), request.extensions()) {
            Check::Done(outcome) => match self.shared.settle(outcome, &mut request) {
                Ok(()) => AuthFuture::calling(self.inner.call(request), self.shared.marks_private()),
                Err(problem) => AuthFuture::refused(problem),
            },
            Check::Waiting(check) => {
                // The one that is ready goes with the request; the other has to become ready anew.
                let inner = self.inner.clone();
                let ready = std::mem::replace(&mut self.inner, inner);
                AuthFuture::checking(check, ready, request, Arc::clone(&self.shared))
            }
        }
    }
}
