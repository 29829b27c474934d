//! The socket once it is there, with the task that keeps it alive.

use futures_sink::Sink as _;
use hyperserve_ws::{CloseFrame, Error, Message, WebSocket};
use std::future::Future as _;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// A socket that is open. Whoever polls it does so in the name of its task: what it waits for wakes that.
#[derive(Debug)]
pub(super) struct Live {
    socket: WebSocket,
    task: Waker,
}

impl Live {
    pub(super) const fn new(socket: WebSocket, task: Waker) -> Self {
        Self { socket, task }
    }

    /// The task that polls is this one.
    pub(super) fn know(&mut self, cx: &Context<'_>) {
        if !self.task.will_wake(cx.waker()) {
            self.task = cx.waker().clone();
        }
    }

    pub(super) fn wake(&self) {
        self.task.wake_by_ref();
    }

    /// The next message; `None` when the connection was closed in good order.
    pub(super) fn poll_recv(&mut self) -> Poll<Option<Result<Message, Error>>> {
        let Self { socket, task } = self;
        pin!(socket.recv()).poll(&mut Context::from_waker(task))
    }

    /// Adds a message to what goes out, whether there is room or not.
    pub(super) fn feed(&mut self, message: Message) -> Result<(), Error> {
        Pin::new(&mut self.socket).start_send(message)
    }

    /// Writes; ready when there is room for more.
    pub(super) fn poll_room(&mut self) -> Poll<Result<(), Error>> {
        let Self { socket, task } = self;
        let cx = &mut Context::from_waker(task);
        match Pin::new(&mut *socket).poll_flush(cx) {
            Poll::Pending => Pin::new(socket).poll_ready(cx),
            flushed @ Poll::Ready(_) => flushed,
        }
    }

    /// Has the socket closed behind what was sent before.
    pub(super) fn close(&mut self, frame: CloseFrame) {
        self.socket.sender().close(frame.code, frame.reason);
        self.wake();
    }

    /// The client's Close frame, once it has come.
    pub(super) fn close_frame(&self) -> Option<&CloseFrame> {
        self.socket.close_frame()
    }
}
