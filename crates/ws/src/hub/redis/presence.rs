//! Who is there, in Redis' hashes.

use std::collections::HashSet;

use ::redis::aio::MultiplexedConnection;
use ::redis::{Cmd, Pipeline, RedisResult, cmd};
use bytes::Bytes;

use super::super::member::MemberId;
use super::keys::{Keys, SessionId, field, read_field};

/// Commands that go out together.
const AT_ONCE: usize = 512;

/// Commands without an answer that matters, sent many at a time.
pub(super) struct Batch<'a> {
    redis: &'a mut MultiplexedConnection,
    commands: Pipeline,
}

impl<'a> Batch<'a> {
    pub(super) fn new(redis: &'a mut MultiplexedConnection) -> Self {
        Self { redis, commands: Pipeline::new() }
    }

    pub(super) fn add(&mut self, command: Cmd) {
        self.commands.add_command(command).ignore();
    }

    pub(super) async fn send_if_full(&mut self) -> RedisResult<()> {
        if self.commands.len() >= AT_ONCE { self.send().await } else { Ok(()) }
    }

    pub(super) async fn send(&mut self) -> RedisResult<()> {
        if self.commands.is_empty() {
            return Ok(());
        }
        let sent = self.commands.exec_async(self.redis).await;
        self.commands.clear();
        sent
    }
}

/// The commands that keep what one session says of its members.
#[derive(Clone, Debug)]
pub(super) struct Presences {
    pub(super) keys: Keys,
    pub(super) session: SessionId,
    pub(super) ttl_millis: u64,
}

impl Presences {
    /// The session lives for one more `ttl`.
    pub(super) fn begin(&self) -> Cmd {
        let mut command = cmd("SET");
        command.arg(self.keys.session(self.session)).arg(1).arg("PX").arg(self.ttl_millis);
        command
    }

    /// The same for a session that lives; the answer is nothing if it does not any more.
    pub(super) fn go_on(&self) -> Cmd {
        let mut command = self.begin();
        command.arg("XX");
        command
    }

    /// All that the session said counts no more.
    pub(super) fn end(&self) -> Cmd {
        let mut command = cmd("DEL");
        command.arg(self.keys.session(self.session));
        command
    }

    pub(super) fn show(&self, room: &str, member: MemberId, presence: &[u8]) -> Cmd {
        let mut command = cmd("HSET");
        command.arg(self.keys.presence(room)).arg(field(self.session, member)).arg(presence);
        command
    }

    pub(super) fn hide(&self, room: &str, member: MemberId) -> Cmd {
        let mut command = cmd("HDEL");
        command.arg(self.keys.presence(room)).arg(field(self.session, member));
        command
    }

    /// A room that nobody keeps vanishes, some time after its last session.
    pub(super) fn keep(&self, room: &str) -> Cmd {
        let mut command = cmd("PEXPIRE");
        command.arg(self.keys.presence(room)).arg(self.ttl_millis.saturating_mul(2));
        command
    }
}

/// The members of a room on all machines. Fields of sessions that are dead are removed on the way.
pub(super) async fn read(
    redis: &mut MultiplexedConnection,
    keys: &Keys,
    room: &str,
) -> RedisResult<Vec<(MemberId, Bytes)>> {
    let key = keys.presence(room);
    let fields: Vec<(String, Vec<u8>)> = cmd("HGETALL").arg(&key).query_async(redis).await?;
    let known = fields.iter().filter_map(|(field, _)| read_field(field)).map(|(session, _)| session);
    let living = living(redis, keys, known.collect()).await?;
    let mut members = Vec::with_capacity(fields.len());
    let mut dead = Vec::new();
    for (field, presence) in fields {
        match read_field(&field) {
            Some((session, member)) if living.contains(&session) => members.push((member, presence.into())),
            _ => dead.push(field),
        }
    }
    remove(redis, &key, &dead).await?;
    Ok(members)
}

/// Sessions never come back to life, so what belongs to none of these may go.
async fn living(
    redis: &mut MultiplexedConnection,
    keys: &Keys,
    known: HashSet<SessionId>,
) -> RedisResult<HashSet<SessionId>> {
    if known.is_empty() {
        return Ok(known);
    }
    let known: Vec<_> = known.into_iter().collect();
    let names: Vec<_> = known.iter().map(|session| keys.session(*session)).collect();
    let found: Vec<Option<Vec<u8>>> = cmd("MGET").arg(names).query_async(redis).await?;
    Ok(known
        .into_iter()
        .zip(found)
        .filter(|(_, found)| found.is_some())
        .map(|(session, _)| session)
        .collect())
}

async fn remove(redis: &mut MultiplexedConnection, key: &str, fields: &[String]) -> RedisResult<()> {
    for some in fields.chunks(AT_ONCE) {
        cmd("HDEL").arg(key).arg(some).exec_async(redis).await?;
    }
    Ok(())
}
