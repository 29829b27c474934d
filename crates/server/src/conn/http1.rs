//! Drives hyper's HTTP/1 connection.

use super::link::Link;
use super::stall::Stall;
use super::transport::Transport;
use crate::App;
use crate::http1::{Guard, Http1Service};
use crate::redirect::Redirect;
use hyper::server::conn::http1::Builder;
use hyper_util::rt::TokioIo;
use hyperserve_core::RequestContext;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Poll, Waker};

pub(super) async fn serve<A: App>(
    io: Stall<Transport>,
    link: Arc<Link>,
    context: RequestContext,
    redirect: Option<Arc<Redirect>>,
    app: A,
) {
    let guard = TokioIo::new(Guard::new(io, Arc::clone(&link)));
    let service = Http1Service::new(app, Arc::clone(&link), context, redirect);
    let connection = Builder::new()
        .writev(false)
        .half_close(link.scope.limits.half_close)
        .max_buf_size(link.scope.rules.max_head + 1024)
        .serve_connection(guard, service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let mut waker: Option<Waker> = None;
    let outcome = poll_fn(|cx| {
        if !waker.as_ref().is_some_and(|known| known.will_wake(cx.waker())) {
            waker = Some(cx.waker().clone());
            link.register(cx);
        }
        if link.scope.drain.is_cutting() {
            return Poll::Ready(Ok(()));
        }
        connection.as_mut().poll(cx)
    })
    .await;
    if let Err(error) = outcome {
        tracing::debug!(%error, "HTTP/1 connection ended with an error");
    }
}
