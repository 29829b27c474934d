//! The queue of messages that other tasks want sent.

use super::prepared::Prepared;
use crate::{CloseFrame, Message};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};
use tokio::sync::Notify;

#[derive(Debug)]
pub(crate) enum Item {
    Message(Message),
    Prepared(Arc<Prepared>),
}

/// What became of an item.
#[derive(Debug)]
pub(crate) enum Put {
    Queued,
    /// There is no room; the item comes back.
    Full(Item),
    /// The socket takes nothing more; the item comes back.
    Closed(Item),
}

impl Item {
    pub(crate) fn into_message(self) -> Message {
        match self {
            Self::Message(message) => message,
            Self::Prepared(prepared) => prepared.message().clone(),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Outbox {
    queue: Mutex<Queue>,
    capacity: usize,
    /// Told when there is room again, and when the socket is gone.
    changed: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    items: VecDeque<Item>,
    /// The socket is to close, once the items are written.
    close: Option<CloseFrame>,
    closed: bool,
    /// The task that writes.
    waker: Option<Waker>,
}

impl Outbox {
    pub(super) fn new(capacity: usize) -> Arc<Self> {
        Arc::new(Self { queue: Mutex::default(), capacity: capacity.max(1), changed: Notify::new() })
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn put(&self, item: Item) -> Put {
        let mut queue = self.queue();
        if queue.closed || queue.close.is_some() {
            return Put::Closed(item);
        }
        if queue.items.len() >= self.capacity {
            return Put::Full(item);
        }
        queue.items.push_back(item);
        wake(queue);
        Put::Queued
    }

    /// Puts the item in, and throws the oldest away if there is no room.
    pub(crate) fn force(&self, item: Item) {
        let mut queue = self.queue();
        if queue.closed || queue.close.is_some() {
            return;
        }
        queue.items.pop_front();
        queue.items.push_back(item);
        wake(queue);
    }

    /// Asks for the socket to be closed, after what is queued already or, `at_once`, in its place.
    pub(crate) fn close(&self, frame: CloseFrame, at_once: bool) {
        let mut queue = self.queue();
        if at_once {
            queue.items.clear();
        }
        queue.close.get_or_insert(frame);
        wake(queue);
    }

    /// Whether the socket takes nothing more.
    pub(crate) fn is_closed(&self) -> bool {
        let queue = self.queue();
        queue.closed || queue.close.is_some()
    }

    /// Completes when the socket is gone.
    pub(crate) async fn closed(&self) {
        self.until(|queue| queue.closed).await;
    }

    /// Completes when there is room, or the socket takes nothing more.
    pub(crate) async fn room(&self) {
        self.until(|queue| queue.closed || queue.close.is_some() || queue.items.len() < self.capacity).await;
    }

    async fn until(&self, reached: impl Fn(&Queue) -> bool) {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            // Registered before the look, so that a change between the two is not missed.
            changed.as_mut().enable();
            if reached(&self.queue()) {
                return;
            }
            changed.await;
        }
    }

    /// For the task that writes: the next item. With none, the task is woken when there is one.
    pub(super) fn take(&self, cx: &Context<'_>) -> Taken {
        let mut queue = self.queue();
        if let Some(item) = queue.items.pop_front() {
            let was_full = queue.items.len() + 1 >= self.capacity;
            drop(queue);
            if was_full {
                self.changed.notify_waiters();
            }
            return Taken::Item(item);
        }
        if let Some(frame) = &queue.close {
            return Taken::Close(frame.clone());
        }
        if queue.waker.as_ref().is_none_or(|waker| !waker.will_wake(cx.waker())) {
            queue.waker = Some(cx.waker().clone());
        }
        Taken::Nothing
    }

    /// The socket is gone.
    pub(super) fn end(&self) {
        let mut queue = self.queue();
        queue.closed = true;
        queue.items = VecDeque::new();
        queue.waker = None;
        drop(queue);
        self.changed.notify_waiters();
    }
}

/// What the writing task finds.
#[derive(Debug)]
pub(super) enum Taken {
    Item(Item),
    Close(CloseFrame),
    Nothing,
}

fn wake(mut queue: MutexGuard<'_, Queue>) {
    let waker = queue.waker.take();
    drop(queue);
    if let Some(waker) = waker {
        waker.wake();
    }
}
