//! Messages that have come and were not received yet.

use hyperserve_ws::Message;
use std::collections::VecDeque;

/// Messages that may wait; uvicorn's `ws_max_queue`.
const MESSAGES: usize = 32;
/// Bytes that may wait before no further message is read.
const BYTES: usize = 64 * 1024;

#[derive(Debug, Default)]
pub(super) struct Inbox {
    queue: VecDeque<Message>,
    bytes: usize,
    /// Nothing is read until there is room.
    paused: bool,
}

impl Inbox {
    pub(super) fn push(&mut self, message: Message) {
        self.bytes += message.len();
        self.queue.push_back(message);
    }

    pub(super) fn pop(&mut self) -> Option<Message> {
        let message = self.queue.pop_front()?;
        self.bytes -= message.len();
        Some(message)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Whether reading has to pause.
    pub(super) fn is_full(&self) -> bool {
        self.queue.len() >= MESSAGES || self.bytes >= BYTES
    }

    pub(super) fn pause(&mut self) {
        self.paused = true;
    }

    /// Whether reading had paused and can go on: half is free again, so that it is not woken for each message.
    pub(super) fn resumes(&mut self) -> bool {
        let resumes = self.paused && self.queue.len() <= MESSAGES / 2 && self.bytes <= BYTES / 2;
        self.paused &= !resumes;
        resumes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_full_by_count_and_by_bytes() {
        let mut inbox = Inbox::default();
        (0..MESSAGES).for_each(|_| inbox.push("a".into()));
        assert!(inbox.is_full());
        let mut inbox = Inbox::default();
        inbox.push(vec![0; BYTES].into());
        assert!(inbox.is_full());
    }

    #[test]
    fn reading_goes_on_once_half_is_free() {
        let mut inbox = Inbox::default();
        (0..MESSAGES).for_each(|_| inbox.push("a".into()));
        inbox.pause();
        let popped = std::iter::from_fn(|| (!inbox.resumes()).then(|| inbox.pop())).count();
        assert_eq!(popped, MESSAGES / 2);
        assert!(!inbox.resumes());
    }
}
