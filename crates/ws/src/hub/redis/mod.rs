//! [`Redis`]: hubs of many machines joined by Redis pub/sub, with who is there in Redis hashes.

mod backoff;
mod changes;
mod connecting;
mod keys;
mod options;
mod presence;
mod session;
mod worker;

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc::{self, UnboundedSender};
use tokio::sync::oneshot;

pub use self::options::RedisOptions;

use self::changes::Changes;
use self::connecting::Target;
use self::keys::Keys;
use self::worker::Running;
use super::backplane::{Backplane, BackplaneError, Node, PresenceFuture};
use super::member::MemberId;

/// How long a hub that is dropped waits for what it has to say.
const GOODBYE: Duration = Duration::from_secs(1);

/// Joins hubs by Redis 6 or later: each message goes to every machine that has members in its room.
///
/// ```no_run
/// use hyperserve_ws::Hub;
/// use hyperserve_ws::hub::{Redis, RedisOptions};
///
/// # fn main() -> Result<(), hyperserve_ws::hub::BackplaneError> {
/// let hub: Hub<String> = Hub::with_backplane(Redis::connect("redis://127.0.0.1:6379", RedisOptions::default())?);
/// # Ok(())
/// # }
/// ```
///
/// It lives in a thread of its own, with one connection, and ends with its hub: dropping the hub waits until what was
/// broadcast is out and its members are gone, 1 s at most.
///
/// - **Delivery** is that of Redis pub/sub: at most once. When the connection breaks it is made anew, with waits from 0.1 to
///   5 s; what is published meanwhile reaches this machine's members alone, is not sent later, and is counted
///   ([`HubStats::unpublished`](super::HubStats::unpublished)). The same holds for what does not fit into the queue
///   ([`RedisOptions::queue_bytes`]). The loss and the return of the connection are logged.
/// - **Order**: messages of one machine arrive in the order in which it published them. What a member publishes after it
///   joined can be answered by other machines: the room is subscribed to first.
/// - **Presence** is written when members come, go and change, and again after Redis lost its data. The members of a machine
///   that dies are gone after [`RedisOptions::presence_ttl`].
pub struct Redis {
    commands: UnboundedSender<Command>,
    shared: Arc<Shared>,
    lazy: bool,
    thread: Running,
}

type Answer = oneshot::Sender<Result<Vec<(MemberId, Bytes)>, BackplaneError>>;

/// What the hub asks of the worker.
enum Command {
    /// The hub is there.
    Attached,
    Publish {
        channel: String,
        envelope: Bytes,
    },
    /// There are [`Changes`].
    Changed,
    Presence {
        room: String,
        answer: Answer,
    },
    /// The connection of this number has ended.
    Ended(u64),
    /// The hub is gone.
    Close,
}

/// What the hub's side and the worker both see.
#[derive(Debug)]
struct Shared {
    node: OnceLock<Node>,
    keys: Keys,
    changes: Changes,
    /// Bytes that wait to be published.
    queued: AtomicUsize,
    max_queued: usize,
}

impl Shared {
    /// Takes room in the queue.
    fn reserve(&self, bytes: usize) -> bool {
        let more = |queued: usize| queued.checked_add(bytes).filter(|sum| *sum <= self.max_queued);
        self.queued.fetch_update(Relaxed, Relaxed, more).is_ok()
    }

    fn release(&self, bytes: usize) {
        self.queued.fetch_sub(bytes, Relaxed);
    }
}

/// What a publication takes in the queue: its bytes, and about what keeping it costs.
fn weight(channel: &str, envelope: &Bytes) -> usize {
    channel.len() + envelope.len() + 128
}

impl Redis {
    /// Connects to Redis. The address is `redis://[user][:password@]host[:port]`, or `unix:path`.
    ///
    /// It blocks until Redis has answered, 5 s at most unless [`RedisOptions::connect_timeout`] says otherwise: call it
    /// while the program starts. With [`RedisOptions::lazy`] it returns at once.
    ///
    /// # Errors
    ///
    /// The address is none, Redis cannot be reached, does not answer in time, refuses the password, or is older than
    /// version 6. The error does not show the password.
    pub fn connect(url: &str, options: RedisOptions) -> Result<Self, BackplaneError> {
        let target = Target::new(url, &options)?;
        let (commands, received) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            node: OnceLock::new(),
            keys: Keys::new(&options.prefix),
            changes: Changes::default(),
            queued: AtomicUsize::new(0),
            max_queued: options.queue_bytes,
        });
        let lazy = options.lazy;
        let thread = worker::start(target, options, Arc::clone(&shared), commands.downgrade(), received)?;
        Ok(Self { commands, shared, lazy, thread })
    }
}

impl Backplane for Redis {
    fn attach(&self, node: Node) {
        if self.shared.node.set(node).is_ok() {
            if !self.lazy {
                // The connection is there: what comes before the worker gets going waits for it.
                self.shared.changes.begin();
            }
            self.send(Command::Attached);
        }
    }

    fn publish(&self, room: &str, envelope: Bytes) -> bool {
        let channel = self.shared.keys.channel(room);
        let weight = weight(&channel, &envelope);
        if !self.shared.changes.are_noted() || !self.shared.reserve(weight) {
            return false;
        }
        self.send(Command::Publish { channel, envelope })
    }

    fn changed(&self, room: &Arc<str>, member: MemberId) {
        if self.shared.changes.note(room, member) {
            self.send(Command::Changed);
        }
    }

    fn presence<'a>(&'a self, room: &'a str) -> PresenceFuture<'a> {
        let (answer, answered) = oneshot::channel();
        self.send(Command::Presence { room: room.to_owned(), answer });
        Box::pin(async {
            answered.await.unwrap_or_else(|_| Err(BackplaneError::new("the thread of Redis has ended")))
        })
    }
}

impl Redis {
    fn send(&self, command: Command) -> bool {
        self.commands.send(command).is_ok()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // A program that ends now would end the thread in the middle of what it has to say.
        self.send(Command::Close);
        self.thread.wait(GOODBYE);
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").field("queued", &self.shared.queued.load(Relaxed)).finish_non_exhaustive()
    }
}
