//! [`SessionFuture`]: waits for the response, and then saves the session if it has changed.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::header::{CACHE_CONTROL, SET_COOKIE, VARY};
use http::{HeaderMap, HeaderValue};
use hyperserve_core::{Body, IntoResponse as _, Response};
use pin_project_lite::pin_project;

use super::layer::Save;
use super::{Session, SessionError};

/// In a box, since it is there for requests alone that change a session of a store, whose trait boxes its futures anyway.
type Saving = Pin<Box<dyn Future<Output = Result<Option<HeaderValue>, SessionError>> + Send>>;

pin_project! {
    /// The future of a [`SessionService`](super::SessionService).
    #[must_use = "futures do nothing unless polled"]
    pub struct SessionFuture<F> {
        #[pin]
        inner: F,
        session: Session,
        saving: Option<(Saving, Response)>,
    }
}

impl<F> SessionFuture<F> {
    pub(super) const fn new(inner: F, session: Session) -> Self {
        Self { inner, session, saving: None }
    }
}

impl<F, E> Future for SessionFuture<F>
where
    F: Future<Output = Result<Response<Body>, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if this.saving.is_none() {
            let mut response = ready!(this.inner.poll(cx))?;
            match this.session.inner.shared.settle(this.session) {
                Save::Untouched => return Poll::Ready(Ok(response)),
                Save::Unchanged => {
                    vary_by_cookie(response.headers_mut());
                    return Poll::Ready(Ok(response));
                }
                Save::Cookie(cookie) => return Poll::Ready(Ok(with_cookie(response, cookie))),
                Save::Store(work) => *this.saving = Some((Box::pin(work.run()), response)),
            }
        }
        let Some((saving, _)) = this.saving else { return Poll::Pending };
        let saved = ready!(saving.as_mut().poll(cx));
        let Some((_, response)) = this.saving.take() else { return Poll::Pending };
        Poll::Ready(Ok(match saved {
            Ok(cookie) => with_cookie(response, cookie),
            // The response would say that it was done.
            Err(error) => error.into_response(),
        }))
    }
}

fn with_cookie(mut response: Response, cookie: Option<HeaderValue>) -> Response {
    let headers = response.headers_mut();
    vary_by_cookie(headers);
    if let Some(cookie) = cookie {
        headers.append(SET_COOKIE, cookie);
        headers.entry(CACHE_CONTROL).or_insert(const { HeaderValue::from_static("private") });
    }
    response
}

fn vary_by_cookie(headers: &mut HeaderMap) {
    let names = |value: &HeaderValue| {
        let mut names = value.to_str().unwrap_or_default().split(',').map(str::trim_ascii);
        names.any(|name| name == "*" || name.eq_ignore_ascii_case("cookie"))
    };
    if !headers.get_all(VARY).iter().any(names) {
        headers.append(VARY, HeaderValue::from_static("cookie"));
    }
}

impl<F> fmt::Debug for SessionFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionFuture").field("session", &self.session).finish_non_exhaustive()
    }
}
