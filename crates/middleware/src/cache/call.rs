//! [`Call`]: a service that is waited for and then called, once.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyperserve_core::Request;
use pin_project_lite::pin_project;
use tower_service::Service;

pin_project! {
    /// The call of a service, which may have to become ready before.
    #[project = CallProjection]
    pub(super) enum Call<S>
    where
        S: Service<Request>,
    {
        Waiting { service: Option<Box<(S, Request)>> },
        Called { #[pin] future: S::Future },
    }
}

impl<S: Service<Request>> Call<S> {
    pub(super) const fn called(future: S::Future) -> Self {
        Self::Called { future }
    }

    pub(super) fn when_ready(service: S, request: Request) -> Self {
        Self::Waiting { service: Some(Box::new((service, request))) }
    }
}

impl<S: Service<Request>> Future for Call<S> {
    type Output = Result<S::Response, S::Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            let service = match self.as_mut().project() {
                CallProjection::Called { future } => return future.poll(cx),
                CallProjection::Waiting { service } => service,
            };
            let Some(waiting) = service.as_deref_mut() else { return Poll::Pending };
            if let Err(error) = ready!(waiting.0.poll_ready(cx)) {
                *service = None;
                return Poll::Ready(Err(error));
            }
            if let Some((mut service, request)) = service.take().map(|waiting| *waiting) {
                let future = service.call(request);
                self.set(Self::Called { future });
            }
        }
    }
}
