//! The one task of a socket: it opens it, reads ahead, writes what could not be written at once, and says goodbye.

use super::live::Live;
use super::socket::Socket;
use hyperserve_ws::WebSocket;
use pyo3::prelude::*;
use std::future::poll_fn;
use std::task::Poll;

/// What becomes the task once the connection has become a socket. Dropped before its end, it tells the application that
/// there is none.
#[derive(Debug)]
pub(super) struct Keeper(Py<Socket>);

impl Keeper {
    pub(super) const fn new(socket: Py<Socket>) -> Self {
        Self(socket)
    }

    /// Runs to the end of the connection, which may come after the application's.
    pub(super) async fn keep(self, socket: WebSocket) {
        let mut socket = Some(socket);
        poll_fn(|cx| {
            if let Some(socket) = socket.take() {
                self.0.get().open(Live::new(socket, cx.waker().clone()));
            }
            self.0.get().poll(cx)
        })
        .await;
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.0.get().lose();
    }
}

/// The value of a future that never waits.
pub(super) fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut cx) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}
