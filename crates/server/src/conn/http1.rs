//! Drives hyper's HTTP/1 connection.

use super::drive::Manners;
use super::link::Link;
use super::stall::Stall;
use super::transport::Transport;
use super::windows::Windows;
use crate::App;
use crate::http1::{Guard, Http1Service};
use hyper::server::conn::http1::{Builder, UpgradeableConnection};
use hyper_util::rt::TokioIo;
use hyperserve_core::{Interim, RequestContext};
use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

type Connection<A> = UpgradeableConnection<TokioIo<Guard<Stall<Transport>>>, Http1Service<A>>;

pin_project! {
    /// One HTTP/1 connection until it closes or becomes another protocol's.
    #[must_use = "futures do nothing unless polled"]
    pub(super) struct Http1Connection<A: App> {
        #[pin]
        connection: Connection<A>,
        link: Arc<Link>,
        windows: Option<Arc<Windows>>,
        waker: Option<Waker>,
    }
}

pub(super) fn serve<A: App>(
    io: Stall<Transport>,
    link: Arc<Link>,
    context: RequestContext,
    manners: &Manners,
    app: A,
) -> Http1Connection<A> {
    let context = context.with_interim(Arc::clone(&link.hints) as Arc<dyn Interim>);
    let guard = TokioIo::new(Guard::new(io, Arc::clone(&link)));
    let service = Http1Service::new(app, Arc::clone(&link), context, manners.redirect.clone());
    let windows = link.windows().cloned();
    let connection = Builder::new()
        // One flat buffer: what leaves is small and batched, or comes in pieces of a bounded size. But what stands for a file
        // must not be copied.
        .writev(windows.is_some())
        .auto_date_header(!manners.without_date)
        .half_close(link.scope.limits.half_close)
        .max_buf_size(link.scope.rules.max_head + 1024)
        .serve_connection(guard, service)
        .with_upgrades();
    Http1Connection { connection, link, windows, waker: None }
}

impl<A: App> Future for Http1Connection<A> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        if !this.waker.as_ref().is_some_and(|known| known.will_wake(cx.waker())) {
            *this.waker = Some(cx.waker().clone());
            this.link.register(cx);
        }
        if let Some(windows) = this.windows {
            windows.renew();
        }
        if this.link.scope.drain.is_cutting() {
            return Poll::Ready(());
        }
        this.connection.poll(cx).map(|outcome| {
            if let Err(error) = outcome {
                tracing::debug!(%error, "HTTP/1 connection ended with an error");
            }
        })
    }
}
