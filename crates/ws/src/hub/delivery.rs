//! A broadcast on its way into the members' queues.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::coop::consume_budget;
use tokio::time::{Instant, timeout_at};

use super::member::MemberId;
use super::room::Receiver;
use crate::{Prepared, Pushed, SlowConsumer};

/// Members that one unit of a task's budget is spent on. Between broadcasts that come one after the other the members' own
/// tasks do not run, so that several messages leave in one write; the budget ends before their queues are full.
const AT_ONCE: usize = 4096;

/// What became of a broadcast on this machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivery {
    /// Members whose queue has the message now.
    pub sent: usize,
    /// Members of these whose queue was full and lost its oldest message for this one.
    pub dropped: usize,
    /// Members that were disconnected, with 1013, because their queue was full.
    pub disconnected: usize,
}

/// A broadcast under way: what came of it so far. It allocates for those alone that are gone or full.
pub(super) struct Round {
    message: Arc<Prepared>,
    except: Option<MemberId>,
    pub(super) delivery: Delivery,
    /// Members whose socket is closed, to be taken out of the room.
    pub(super) gone: Vec<MemberId>,
    full: Vec<Receiver>,
}

impl Round {
    pub(super) const fn new(message: Arc<Prepared>, except: Option<MemberId>) -> Self {
        let delivery = Delivery { sent: 0, dropped: 0, disconnected: 0 };
        Self { message, except, delivery, gone: Vec::new(), full: Vec::new() }
    }

    /// Puts the message into the queues of all, in turns, and waits for those that are full if that is the policy.
    pub(super) async fn run(&mut self, receivers: &[Receiver], slow: SlowConsumer, patience: Duration) {
        for turn in receivers.chunks(AT_ONCE) {
            consume_budget().await;
            self.push_all(turn, slow);
        }
        if !self.full.is_empty() {
            self.wait_for_full(patience).await;
        }
    }

    /// The same without a pause.
    pub(super) fn push_all(&mut self, receivers: &[Receiver], slow: SlowConsumer) {
        let except = self.except;
        for receiver in receivers.iter().filter(|receiver| Some(receiver.id) != except) {
            if self.push(receiver, slow) == Pushed::Full {
                self.full.push(receiver.clone());
            }
        }
    }

    fn push(&mut self, receiver: &Receiver, slow: SlowConsumer) -> Pushed {
        let pushed = receiver.sender.push(&self.message, slow);
        match pushed {
            Pushed::Queued => self.delivery.sent += 1,
            Pushed::DroppedOldest => {
                self.delivery.sent += 1;
                self.delivery.dropped += 1;
            }
            Pushed::Disconnected => {
                self.delivery.disconnected += 1;
                self.gone.push(receiver.id);
            }
            Pushed::Closed => self.gone.push(receiver.id),
            Pushed::Full => {}
        }
        pushed
    }

    /// All of them wait at the same time: whoever has not made room by the deadline is disconnected.
    async fn wait_for_full(&mut self, patience: Duration) {
        let deadline = Instant::now().checked_add(patience);
        for receiver in std::mem::take(&mut self.full) {
            self.wait_for(&receiver, deadline).await;
        }
    }

    async fn wait_for(&mut self, receiver: &Receiver, deadline: Option<Instant>) {
        while self.push(receiver, SlowConsumer::Wait) == Pushed::Full {
            let Some(deadline) = deadline else {
                receiver.sender.room().await;
                continue;
            };
            if timeout_at(deadline, receiver.sender.room()).await.is_err() {
                self.push(receiver, SlowConsumer::Disconnect);
                return;
            }
        }
    }
}
