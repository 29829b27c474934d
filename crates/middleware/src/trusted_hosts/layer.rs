//! [`TrustedHostsLayer`] and its service.

use std::sync::Arc;
use std::task::{Context, Poll};

use hyperserve_core::{Body, IntoResponse as _, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::rules::Rules;
use super::{TrustedHostsError, TrustedHostsFuture};
use crate::Paths;

/// Answers only for hosts on a list; others are 421.
///
/// | written | covers |
/// |---|---|
/// | `example.com` | this name, at any port |
/// | `*.example.com` | the names below it, at any depth; not itself |
/// | `example.com:8080`, `[::1]:8080` | at this port alone |
///
/// Names are compared without regard to case and to a dot at the end, IPv6 addresses by value. All that the request names
/// has to be on the list: its target, `Host`, and the host that a trusted proxy forwards. Behind a proxy that puts
/// a name of its own into `Host`, list that name as well.
#[derive(Clone, Debug)]
#[must_use]
pub struct TrustedHostsLayer {
    rules: Arc<Rules>,
}

impl TrustedHostsLayer {
    /// A layer that answers for these hosts.
    ///
    /// # Errors
    ///
    /// The first entry that is no host, and an empty list, which would refuse everything.
    pub fn try_new<T: AsRef<str>>(hosts: impl IntoIterator<Item = T>) -> Result<Self, TrustedHostsError> {
        let mut rules = Rules::default();
        let mut any = false;
        for entry in hosts {
            rules.add(entry.as_ref().trim_ascii())?;
            any = true;
        }
        if any {
            Ok(Self { rules: Arc::new(rules) })
        } else {
            Err(TrustedHostsError::new("", "the list is empty, and every request would be refused"))
        }
    }

    /// A layer for programs on one's own machine: on connections to a loopback address it answers for `localhost`, names
    /// below it, 127.0.0.0/8 and `[::1]`, at any port. Other connections, Unix sockets and calls within the process are
    /// not looked at: no page can be made to come to them under a name of its own.
    pub fn loopback() -> Self {
        Self { rules: Arc::new(Rules::loopback()) }
    }

    /// Adds hosts to the list.
    ///
    /// # Errors
    ///
    /// The first entry that is no host.
    pub fn try_with_hosts<T: AsRef<str>>(
        mut self,
        hosts: impl IntoIterator<Item = T>,
    ) -> Result<Self, TrustedHostsError> {
        let rules = Arc::make_mut(&mut self.rules);
        for entry in hosts {
            rules.add(entry.as_ref().trim_ascii())?;
        }
        Ok(self)
    }

    /// Sets whether connections to a loopback address may name this machine, `localhost` and the like, as probes do. Off
    /// by default.
    pub fn with_loopback_names(mut self, allowed: bool) -> Self {
        Arc::make_mut(&mut self.rules).loopback_names = allowed;
        self
    }

    /// Sets paths that are answered for every host, and without one: those of probes.
    pub fn with_exempt(mut self, paths: Paths) -> Self {
        Arc::make_mut(&mut self.rules).exempt = paths;
        self
    }
}

impl<S> Layer<S> for TrustedHostsLayer {
    type Service = TrustedHostsService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        TrustedHostsService { inner, rules: Arc::clone(&self.rules) }
    }
}

/// The service that [`TrustedHostsLayer`] makes.
#[derive(Clone, Debug)]
pub struct TrustedHostsService<S> {
    inner: S,
    rules: Arc<Rules>,
}

impl<S, B> Service<Request<B>> for TrustedHostsService<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = TrustedHostsFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        match self.rules.refusal(&request) {
            Some(problem) => TrustedHostsFuture::answered(problem.into_response()),
            None => TrustedHostsFuture::inner(self.inner.call(request)),
        }
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
