//! Drives hyper's HTTP/2 connection and keeps its deadlines.

use super::link::Link;
use super::stall::Stall;
use super::timers::Side;
use super::transport::Transport;
use crate::App;
use crate::http2::{FrameWatch, Http2Service, StreamExecutor, Watched};
use hyper::server::conn::http2::Builder;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyperserve_core::RequestContext;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

/// Boxed: its state is large, and HTTP/1 connections share the task's type.
pub(super) fn serve<A: App>(
    io: Stall<Transport>,
    link: Arc<Link>,
    context: RequestContext,
    has_date: bool,
    app: A,
) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(run(io, link, context, has_date, app))
}

async fn run<A: App>(io: Stall<Transport>, link: Arc<Link>, context: RequestContext, has_date: bool, app: A) {
    let (io, watched) = FrameWatch::new(io, Arc::clone(&link));
    let service = Http2Service::new(app, Arc::clone(&link), context);
    let connection = builder(&link).auto_date_header(has_date).serve_connection(TokioIo::new(io), service);
    let mut connection = pin!(connection);
    let mut deadlines = Deadlines { link: &link, watched, owed: Owed::Nothing, closing: false };
    let outcome = poll_fn(|cx| {
        link.register(cx);
        if link.scope.drain.is_cutting() {
            return Poll::Ready(Ok(()));
        }
        if link.scope.drain.is_draining() && !deadlines.closing {
            deadlines.closing = true;
            connection.as_mut().graceful_shutdown();
        }
        loop {
            if let Poll::Ready(outcome) = connection.as_mut().poll(cx) {
                return Poll::Ready(outcome);
            }
            match deadlines.check() {
                Check::Wait => return Poll::Pending,
                Check::Close => connection.as_mut().graceful_shutdown(),
                Check::Cut => return Poll::Ready(Ok(())),
            }
        }
    })
    .await;
    if let Err(error) = outcome {
        tracing::debug!(%error, "HTTP/2 connection ended with an error");
    }
}

fn builder(link: &Arc<Link>) -> Builder<StreamExecutor> {
    let limits = &link.scope.limits;
    let interval = (!limits.h2_ping_interval.is_zero()).then_some(limits.h2_ping_interval);
    let mut builder = Builder::new(StreamExecutor::new(Arc::clone(link)));
    builder
        .timer(TokioTimer::new())
        .enable_connect_protocol()
        .keep_alive_interval(interval)
        .keep_alive_timeout(limits.h2_ping_timeout)
        .max_concurrent_streams(limits.h2_max_streams)
        .max_header_list_size(limits.h2_max_header_list)
        .max_pending_accept_reset_streams(limits.h2_max_pending_resets)
        .max_local_error_reset_streams(limits.h2_max_local_resets)
        .max_send_buf_size(limits.h2_send_buffer)
        .initial_stream_window_size(limits.h2_stream_window)
        .initial_connection_window_size(limits.h2_connection_window);
    builder
}

/// What the peer owes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owed {
    Nothing,
    /// The preface, or the rest of a header block.
    Head,
    /// A request, some time.
    Request,
    /// The end, after GOAWAY.
    End,
}

enum Check {
    Wait,
    Close,
    Cut,
}

struct Deadlines<'a> {
    link: &'a Link,
    watched: Arc<Watched>,
    owed: Owed,
    closing: bool,
}

impl Deadlines<'_> {
    fn owed(&self) -> Owed {
        if self.watched.is_in_head() {
            Owed::Head
        } else if self.link.has_streams() {
            Owed::Nothing
        } else if self.closing {
            Owed::End
        } else {
            Owed::Request
        }
    }

    fn timeout(&self, owed: Owed) -> Duration {
        let limits = &self.link.scope.limits;
        match owed {
            Owed::Nothing => Duration::ZERO,
            Owed::Head => limits.head_timeout,
            Owed::Request => limits.keep_alive_timeout,
            Owed::End => limits.write_stall_timeout,
        }
    }

    /// Called when the connection waits.
    fn check(&mut self) -> Check {
        let owed = self.owed();
        if owed != self.owed || !self.link.timers.is_set(Side::Read) {
            self.owed = owed;
            self.link.arm(Side::Read, self.timeout(owed));
        }
        if !self.link.timers.is_due(Side::Read) {
            return Check::Wait;
        }
        match owed {
            Owed::Nothing => Check::Wait,
            Owed::Request => {
                self.closing = true;
                self.link.scope.metrics.idle_closed();
                Check::Close
            }
            Owed::Head | Owed::End => Check::Cut,
        }
    }
}
