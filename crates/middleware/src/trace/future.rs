//! [`TraceFuture`]: waits for the response, inside the span.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyperserve_core::{Body, Response};
use pin_project_lite::pin_project;

use super::traced::Traced;

pin_project! {
    /// The future of a [`TraceService`](super::TraceService).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct TraceFuture<F> {
        // Taken when it is done or dropped, so that it is dropped inside the span.
        #[pin]
        inner: Option<F>,
        traced: Option<Box<Traced>>,
    }

    impl<F> PinnedDrop for TraceFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(traced) = this.traced {
                traced.drop_inside(|| this.inner.set(None));
            }
        }
    }
}

impl<F> TraceFuture<F> {
    pub(super) const fn untraced(inner: F) -> Self {
        Self { inner: Some(inner), traced: None }
    }

    pub(super) fn traced(mut traced: Box<Traced>, call: impl FnOnce() -> F) -> Self {
        let inner = traced.inside(call);
        Self { inner: Some(inner), traced: Some(traced) }
    }
}

impl<F, E> Future for TraceFuture<F>
where
    F: Future<Output = Result<Response<Body>, E>>,
{
    type Output = Result<Response<Body>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(inner) = this.inner.as_mut().as_pin_mut() else { return Poll::Pending };
        let Some(traced) = this.traced.as_mut() else { return inner.poll(cx) };
        let answer = ready!(traced.inside(|| inner.poll(cx)));
        traced.drop_inside(|| this.inner.set(None));
        let Some(mut traced) = this.traced.take() else { return Poll::Ready(answer) };
        Poll::Ready(match answer {
            Ok(response) => Ok(traced.answered(response)),
            Err(error) => {
                traced.fail();
                Err(error)
            }
        })
    }
}
