//! The thread that keeps a connection to Redis.

use std::collections::HashSet;
use std::sync::mpsc::{self as report, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, ThreadId};

use ::redis::aio::MultiplexedConnection;
use ::redis::{PushInfo, PushKind, Value};
use tokio::runtime;
use tokio::sync::mpsc::{UnboundedReceiver, WeakUnboundedSender};
use tokio::time::{Duration, Instant, timeout_at};

use super::backoff::Backoff;
use super::connecting::Target;
use super::keys::SessionId;
use super::options::RedisOptions;
use super::presence::Presences;
use super::session::{End, Session};
use super::{Command, Shared, weight};
use crate::hub::{BackplaneError, Node};

type Outcome = Result<(), BackplaneError>;

/// The thread, for whoever waits for its end.
pub(super) struct Running {
    id: ThreadId,
    /// Closed when the thread ends.
    reported: Mutex<Receiver<Outcome>>,
}

impl Running {
    pub(super) fn wait(&self, at_most: Duration) {
        // The thread itself may be the last that holds the hub.
        if thread::current().id() != self.id {
            let reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
            while reported.recv_timeout(at_most).is_ok() {}
        }
    }
}

/// Starts the thread and, unless it is lazy, waits for the first connection.
pub(super) fn start(
    target: Target,
    options: RedisOptions,
    shared: Arc<Shared>,
    commands: WeakUnboundedSender<Command>,
    received: UnboundedReceiver<Command>,
) -> Result<Running, BackplaneError> {
    let lazy = options.lazy;
    let (reporter, reported) = report::channel();
    let worker = Worker { target, options, shared, commands, received, connections: 0, last_session: None };
    let failed = |error| BackplaneError::new("no thread can be started for Redis").with_source(error);
    let builder = thread::Builder::new().name("hyperserve-redis".to_owned());
    let handle = builder.spawn(move || worker.live(&reporter)).map_err(failed)?;
    if !lazy {
        reported.recv().unwrap_or_else(|_| Err(BackplaneError::new("the thread of Redis has ended")))?;
    }
    Ok(Running { id: handle.thread().id(), reported: Mutex::new(reported) })
}

struct Worker {
    target: Target,
    options: RedisOptions,
    shared: Arc<Shared>,
    commands: WeakUnboundedSender<Command>,
    received: UnboundedReceiver<Command>,
    connections: u64,
    /// What an earlier connection said, if it may not have ended well.
    last_session: Option<Presences>,
}

impl Worker {
    fn live(self, reporter: &Sender<Outcome>) {
        // A runtime of its own: what comes from other machines goes on however busy those are that serve sockets, and
        // a program may connect before it has one.
        match runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime.block_on(self.run(reporter)),
            Err(error) => {
                let error = BackplaneError::new("no runtime can be made for Redis").with_source(error);
                drop(reporter.send(Err(error)));
            }
        }
    }

    async fn run(mut self, reporter: &Sender<Outcome>) {
        let first = match self.connect().await {
            Err(error) if !self.options.lazy => {
                drop(reporter.send(Err(error)));
                return;
            }
            first => first,
        };
        drop(reporter.send(Ok(())));
        // Nothing comes before the hub, unless it was never made.
        if !matches!(self.received.recv().await, Some(Command::Attached)) {
            return;
        }
        let shared = Arc::clone(&self.shared);
        if let Some(node) = shared.node.get() {
            self.serve(node, first).await;
        }
    }

    /// Sessions, one after another, until the hub is gone.
    async fn serve(&mut self, node: &Node, first: Result<MultiplexedConnection, BackplaneError>) {
        let mut tried = first;
        let mut backoff = Backoff::new();
        let mut away = None;
        loop {
            let error = match tried {
                Ok(redis) => match self.session(node, redis, &mut backoff, &mut away).await {
                    End::Closed => return,
                    End::Lost(error) => error,
                },
                Err(error) => error,
            };
            self.shared.changes.end();
            self.tell_loss(&error, &mut away);
            if self.pause(node, backoff.next()).await.is_none() {
                return;
            }
            tried = self.connect().await;
        }
    }

    /// Once for each time that Redis is away, however many tries fail.
    fn tell_loss(&self, error: &BackplaneError, away: &mut Option<Instant>) {
        if away.is_none() {
            *away = Some(Instant::now());
            tracing::warn!(
                "other machines cannot be reached, Redis at {} is tried again: {error}",
                self.target.address
            );
        }
    }

    async fn session(
        &mut self,
        node: &Node,
        mut redis: MultiplexedConnection,
        backoff: &mut Backoff,
        away: &mut Option<Instant>,
    ) -> End {
        if let Some(last) = &self.last_session {
            // If this fails, so does what follows.
            drop(last.end().exec_async(&mut redis).await);
        }
        let presences = Presences {
            keys: self.shared.keys.clone(),
            session: SessionId::random(),
            ttl_millis: self.options.ttl_millis(),
        };
        self.last_session = Some(presences.clone());
        let mut session = Session {
            redis,
            number: self.connections,
            shared: &self.shared,
            node,
            presences,
            heartbeat: self.options.heartbeat(),
            subscribed: HashSet::new(),
            beats: 0,
        };
        let address = &self.target.address;
        let opened = || {
            backoff.reset();
            if let Some(since) = away.take() {
                let seconds = since.elapsed().as_secs_f32();
                tracing::info!(
                    "Redis at {address} is back after {seconds:.1} s; what was broadcast meanwhile has not reached other machines"
                );
            }
        };
        session.run(&mut self.received, opened).await
    }

    async fn connect(&mut self) -> Result<MultiplexedConnection, BackplaneError> {
        self.connections += 1;
        let (number, shared, commands) = (self.connections, Arc::clone(&self.shared), self.commands.clone());
        let pushed = move |push: PushInfo| -> Result<(), ()> {
            match push.kind {
                PushKind::Message => hand_over(&shared, push.data),
                PushKind::Disconnection => {
                    commands.upgrade().map(|commands| commands.send(Command::Ended(number)));
                }
                _ => {}
            }
            Ok(())
        };
        self.target.connect(pushed).await
    }

    /// Refuses all that is asked for, for a while; `None` if the hub is gone.
    async fn pause(&mut self, node: &Node, wait: Duration) -> Option<()> {
        let end = Instant::now() + wait;
        while let Ok(command) = timeout_at(end, self.received.recv()).await {
            match command? {
                Command::Publish { channel, envelope } => {
                    self.shared.release(weight(&channel, &envelope));
                    node.lost(1);
                }
                Command::Presence { answer, .. } => {
                    let away = format!("Redis at {} is away", self.target.address);
                    drop(answer.send(Err(BackplaneError::new(away))));
                }
                Command::Close => return None,
                Command::Attached | Command::Changed | Command::Ended(_) => {}
            }
        }
        Some(())
    }
}

/// What others published goes into the members' queues at once, in the task that reads the connection: nothing piles up
/// here, and if this machine is too slow it is Redis that waits, or cuts it off.
fn hand_over(shared: &Shared, data: Vec<Value>) {
    let mut data = data.into_iter();
    if let (Some(Value::BulkString(channel)), Some(Value::BulkString(envelope))) = (data.next(), data.next())
        && let (Some(room), Some(node)) = (shared.keys.room(&channel), shared.node.get())
    {
        node.receive(room, envelope.into());
    }
}
