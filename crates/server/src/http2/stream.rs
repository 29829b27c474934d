//! The task of one HTTP/2 stream: counted, and ended when the peer does not take its response.

use crate::conn::{Deadline, Link, Pace, within};
use hyper::rt::Executor;
use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// Spawns the streams of one connection on the ambient tokio runtime.
#[derive(Clone, Debug)]
pub(crate) struct StreamExecutor {
    link: Arc<Link>,
}

impl StreamExecutor {
    pub(crate) fn new(link: Arc<Link>) -> Self {
        Self { link }
    }
}

impl<F: Future<Output: Send> + Send + 'static> Executor<F> for StreamExecutor {
    fn execute(&self, future: F) {
        self.link.stream_opened();
        let counted = Counted(Arc::clone(&self.link));
        let deadline = Deadline::new(Arc::clone(&self.link.scope));
        let task = StreamTask { future: Some(future), counted, deadline, pace: Arc::default(), seen: None };
        drop(tokio::spawn(task));
    }
}

/// One open stream of the connection.
#[derive(Debug)]
struct Counted(Arc<Link>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.stream_closed();
    }
}

pin_project! {
    struct StreamTask<F> {
        #[pin]
        future: Option<F>,
        counted: Counted,
        deadline: Deadline,
        pace: Arc<Pace>,
        seen: Option<u32>,
    }
}

impl<F: Future> Future for StreamTask<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        let Some(future) = this.future.as_mut().as_pin_mut() else { return Poll::Ready(()) };
        if within(this.pace, || future.poll(cx)).is_ready() {
            return Poll::Ready(());
        }
        if this.pace.is_reset() {
            // The response has begun already.
            this.future.set(None);
            return Poll::Ready(());
        }
        let waits = this.pace.waits_for_peer();
        match waits {
            None => this.deadline.clear(),
            Some(_) if *this.seen == waits && this.deadline.is_due() => {
                this.counted.0.scope.metrics.write_stalled();
                // Dropping the stream makes h2 reset it with CANCEL.
                this.future.set(None);
                return Poll::Ready(());
            }
            Some(_) if *this.seen == waits && this.deadline.is_armed() => {}
            Some(_) => this.deadline.arm(this.counted.0.scope.limits.write_stall_timeout, cx.waker()),
        }
        *this.seen = waits;
        Poll::Pending
    }
}
