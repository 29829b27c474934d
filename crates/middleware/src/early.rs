//! A response that is there at once, or else the inner service's: the future of layers that may answer themselves.

#![cfg_attr(
    not(all(
        feature = "cors",
        feature = "csrf",
        feature = "https-redirect",
        feature = "security-headers",
        feature = "trusted-hosts"
    )),
    allow(dead_code, unused_imports, unused_macros, reason = "each layer needs a part of it")
)]

use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

use hyperserve_core::{Body, Response};
use pin_project_lite::pin_project;

pin_project! {
    /// Either of the two.
    #[project = EarlyProjection]
    #[derive(Debug)]
    pub(crate) enum Early<F> {
        Answered { response: Ready<Response<Body>> },
        Inner { #[pin] inner: F },
    }
}

impl<F> Early<F> {
    pub(crate) fn answered(response: Response<Body>) -> Self {
        Self::Answered { response: ready(response) }
    }

    pub(crate) const fn inner(inner: F) -> Self {
        Self::Inner { inner }
    }
}

impl<F, E> Future for Early<F>
where
    F: Future<Output = Result<Response<Body>, E>>,
{
    type Output = Result<Response<Body>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            EarlyProjection::Answered { response } => Pin::new(response).poll(cx).map(Ok),
            EarlyProjection::Inner { inner } => inner.poll(cx),
        }
    }
}

/// The future of one layer: [`Early`] under a name of its own.
macro_rules! early_future {
    ($(#[$doc:meta])* $name:ident) => {
        pin_project_lite::pin_project! {
            $(#[$doc])*
            #[derive(Debug)]
            #[must_use = "futures do nothing unless polled"]
            pub struct $name<F> {
                #[pin]
                early: crate::early::Early<F>,
            }
        }

        impl<F> $name<F> {
            fn answered(response: hyperserve_core::Response) -> Self {
                Self { early: crate::early::Early::answered(response) }
            }

            const fn inner(inner: F) -> Self {
                Self { early: crate::early::Early::inner(inner) }
            }
        }

        impl<F, E> std::future::Future for $name<F>
        where
            F: std::future::Future<Output = Result<hyperserve_core::Response, E>>,
        {
            type Output = Result<hyperserve_core::Response, E>;

            fn poll(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
            ) -> std::task::Poll<Self::Output> {
                self.project().early.poll(cx)
            }
        }
    };
}

pub(crate) use early_future;
