//! One connection to Redis: what the hub asks for goes out, and signs of life, until it breaks.

use std::collections::HashSet;
use std::sync::Arc;

use ::redis::aio::MultiplexedConnection;
use ::redis::{Pipeline, RedisError, RedisResult};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Duration, Instant, timeout_at};

use super::changes::Changed;
use super::presence::{self, Batch, Presences};
use super::{Command, Shared, weight};
use crate::hub::{BackplaneError, Node};

/// Commands that are taken at a time, and names in one subscription.
const AT_ONCE: usize = 256;

/// Signs of life between two times that a room is written anew, in case that Redis threw it out for want of memory.
const ROUNDS: usize = 8;

/// Why a session is over.
pub(super) enum End {
    /// The hub is gone.
    Closed,
    Lost(BackplaneError),
}

pub(super) struct Session<'a> {
    pub(super) redis: MultiplexedConnection,
    /// The connection's number.
    pub(super) number: u64,
    pub(super) shared: &'a Shared,
    pub(super) node: &'a Node,
    pub(super) presences: Presences,
    pub(super) heartbeat: Duration,
    pub(super) subscribed: HashSet<Arc<str>>,
    pub(super) beats: usize,
}

impl Session<'_> {
    /// Tells Redis all that is true, then serves the hub.
    pub(super) async fn run(
        &mut self,
        received: &mut UnboundedReceiver<Command>,
        opened: impl FnOnce(),
    ) -> End {
        // Noted first and looked at then: what changes in between is told twice, but not lost.
        self.shared.changes.begin();
        if let Err(error) = self.open().await {
            return lost(error);
        }
        opened();
        match self.serve(received).await {
            Ok(()) => End::Closed,
            Err(error) => lost(error),
        }
    }

    async fn open(&mut self) -> RedisResult<()> {
        self.presences.begin().exec_async(&mut self.redis).await?;
        let rooms = self.node.rooms();
        self.subscribe(&rooms).await?;
        self.write(&rooms).await
    }

    async fn serve(&mut self, received: &mut UnboundedReceiver<Command>) -> RedisResult<()> {
        let mut commands = Vec::with_capacity(AT_ONCE);
        let mut next_beat = Instant::now() + self.heartbeat;
        loop {
            if timeout_at(next_beat, received.recv_many(&mut commands, AT_ONCE)).await.is_ok() {
                let is_last = commands.iter().any(|command| matches!(command, Command::Close));
                self.handle(&mut commands).await?;
                if is_last {
                    return self.presences.end().exec_async(&mut self.redis).await;
                }
            }
            if Instant::now() >= next_beat {
                next_beat = Instant::now() + self.heartbeat;
                self.beat().await?;
            }
        }
    }

    /// Members come before messages: who is answered has to be subscribed.
    async fn handle(&mut self, commands: &mut Vec<Command>) -> RedisResult<()> {
        let mut messages = Messages::default();
        let mut ended = false;
        for command in commands.drain(..) {
            match command {
                Command::Publish { channel, envelope } => messages.add(&channel, &envelope),
                Command::Presence { room, answer } => self.answer(room, answer),
                Command::Ended(number) => ended |= number == self.number,
                Command::Attached | Command::Changed | Command::Close => {}
            }
        }
        let sent = if ended { Err(gone()) } else { self.send(&messages).await };
        self.shared.release(messages.weight);
        if sent.is_err() {
            self.node.lost(messages.commands.len());
        }
        sent
    }

    async fn send(&mut self, messages: &Messages) -> RedisResult<()> {
        self.sync(self.shared.changes.take()).await?;
        if messages.commands.is_empty() {
            return Ok(());
        }
        messages.commands.exec_async(&mut self.redis).await
    }

    /// Reads for somebody who waits, without making others wait.
    fn answer(&self, room: String, answer: super::Answer) {
        let (mut redis, keys) = (self.redis.clone(), self.presences.keys.clone());
        tokio::spawn(async move {
            let members = presence::read(&mut redis, &keys, &room).await;
            let failed = |error| BackplaneError::new("Redis did not tell who is there").with_source(error);
            drop(answer.send(members.map_err(failed)));
        });
    }

    async fn sync(&mut self, changed: Changed) -> RedisResult<()> {
        let (here, gone): (Vec<_>, Vec<_>) = changed.keys().cloned().partition(|room| self.node.has(room));
        self.subscribe(&here).await?;
        let mut batch = Batch::new(&mut self.redis);
        for (room, members) in changed {
            for member in members {
                batch.add(match self.node.member(&room, member) {
                    Some(presence) => self.presences.show(&room, member, &presence),
                    None => self.presences.hide(&room, member),
                });
                batch.send_if_full().await?;
            }
            batch.add(self.presences.keep(&room));
        }
        batch.send().await?;
        self.unsubscribe(&gone).await
    }

    async fn subscribe(&mut self, rooms: &[Arc<str>]) -> RedisResult<()> {
        let new: Vec<_> = rooms.iter().filter(|room| !self.subscribed.contains(*room)).collect();
        for some in new.chunks(AT_ONCE) {
            self.redis.subscribe(self.channels(some)).await?;
            self.subscribed.extend(some.iter().map(|room| Arc::clone(room)));
        }
        Ok(())
    }

    async fn unsubscribe(&mut self, rooms: &[Arc<str>]) -> RedisResult<()> {
        let old: Vec<_> = rooms.iter().filter(|room| self.subscribed.contains(*room)).collect();
        for some in old.chunks(AT_ONCE) {
            self.redis.unsubscribe(self.channels(some)).await?;
            some.iter().for_each(|room| _ = self.subscribed.remove(*room));
        }
        Ok(())
    }

    fn channels(&self, rooms: &[&Arc<str>]) -> Vec<String> {
        rooms.iter().map(|room| self.presences.keys.channel(room)).collect()
    }

    /// Writes all members of these rooms.
    async fn write(&mut self, rooms: &[Arc<str>]) -> RedisResult<()> {
        let mut batch = Batch::new(&mut self.redis);
        for room in rooms {
            for (member, presence) in self.node.members(room) {
                batch.add(self.presences.show(room, member, &presence));
                batch.send_if_full().await?;
            }
            batch.add(self.presences.keep(room));
        }
        batch.send().await
    }

    /// A sign of life; and by turns some rooms are written anew, and one is rid of dead sessions.
    async fn beat(&mut self) -> RedisResult<()> {
        let alive: Option<String> = self.presences.go_on().query_async(&mut self.redis).await?;
        if alive.is_none() {
            // Redis lost its data, or this machine stood still: others count it as dead, and it begins anew.
            return Err(RedisError::from((::redis::ErrorKind::Client, "the session ran out")));
        }
        self.beats += 1;
        let rooms: Vec<_> = self.subscribed.iter().cloned().collect();
        let mut batch = Batch::new(&mut self.redis);
        for room in &rooms {
            batch.add(self.presences.keep(room));
            batch.send_if_full().await?;
        }
        batch.send().await?;
        let due: Vec<_> = rooms.iter().skip(self.beats % ROUNDS).step_by(ROUNDS).cloned().collect();
        self.write(&due).await?;
        match rooms.get(self.beats % rooms.len().max(1)) {
            Some(room) => presence::read(&mut self.redis, &self.presences.keys, room).await.map(drop),
            None => Ok(()),
        }
    }
}

fn lost(error: RedisError) -> End {
    End::Lost(BackplaneError::new("the connection to Redis ended").with_source(error))
}

fn gone() -> RedisError {
    RedisError::from((::redis::ErrorKind::Io, "Redis closed it"))
}

/// Messages on their way out together.
#[derive(Default)]
struct Messages {
    commands: Pipeline,
    weight: usize,
}

impl Messages {
    fn add(&mut self, channel: &str, envelope: &bytes::Bytes) {
        self.weight += weight(channel, envelope);
        self.commands.cmd("PUBLISH").arg(channel).arg(&envelope[..]).ignore();
    }
}
