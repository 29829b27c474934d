//! [`Link`]: one connection to Redis, kept by a thread of its own, and made anew when it is lost.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use ::redis::{
    AsyncConnectionConfig, Client, Cmd, ErrorKind, IntoConnectionInfo as _, RedisError, ServerErrorKind,
};
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use super::options::RedisOptions;
use super::warning::Warning;
use crate::RateLimitError;

pub(super) const SCRIPT: &str = include_str!("gcra.lua");

/// The waits between tries to connect double from the first to the last.
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LAST_WAIT: Duration = Duration::from_secs(1);

/// Requests come from workers with runtimes of their own, which may be busy with a handler or end; the connection belongs
/// to none of them.
#[derive(Debug)]
pub(super) struct Link {
    shared: Arc<Shared>,
    runtime: Handle,
    /// Dropping it ends the thread.
    _stop: oneshot::Sender<()>,
}

/// What the link and what runs on its thread both see.
struct Shared {
    client: Client,
    /// For people: without name and password.
    address: String,
    timeout: Duration,
    connect_timeout: Duration,
    connected: Mutex<Option<Connected>>,
    connecting: AtomicBool,
    warning: Warning,
}

/// A connection that has answered, and the script's name there.
#[derive(Clone)]
struct Connected {
    connection: MultiplexedConnection,
    script: Arc<str>,
}

/// What the script is called with: its key, and its arguments.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) key: Vec<u8>,
    pub(super) take: bool,
    pub(super) cost: i64,
    /// For each quota its name, the microseconds of a unit, and its burst.
    pub(super) quotas: Arc<[(Box<str>, u64, u32)]>,
}

impl Link {
    /// Connects, and waits for that as long as one try may take. Without success it goes on trying.
    pub(super) fn open(options: &RedisOptions) -> Result<Self, RateLimitError> {
        let shared = Arc::new(Shared::new(options)?);
        let failed = |error| RateLimitError::new("the thread for Redis does not start").with_source(error);
        let runtime = Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let (tried, wait) = std::sync::mpsc::channel::<()>();
        let first = Arc::clone(&shared);
        let run = move || {
            runtime.block_on(async {
                first.connect_first(tried).await;
                drop(stopped.await);
            });
        };
        thread::Builder::new().name("hyperserve-ratelimit".to_owned()).spawn(run).map_err(failed)?;
        // Nothing is sent: it ends when the first try has.
        wait.recv().unwrap_or_default();
        Ok(Self { shared, runtime: handle, _stop: stop })
    }

    /// Has the question asked; `None` if Redis is away. The answer comes, or else none, within the timeout.
    pub(super) fn ask(&self, question: Question) -> Option<tokio::task::JoinHandle<Option<Vec<i64>>>> {
        let connected = self.shared.connected()?;
        let shared = Arc::clone(&self.shared);
        Some(self.runtime.spawn(async move { shared.answer(connected, question).await }))
    }
}

impl Shared {
    fn new(options: &RedisOptions) -> Result<Self, RateLimitError> {
        let unusable = |error: RedisError| {
            RateLimitError::new("the address of Redis cannot be used: write redis://host:port")
                .with_source(error)
        };
        let info = options.url.as_str().into_connection_info().map_err(unusable)?;
        let address = info.addr().to_string();
        Ok(Self {
            client: Client::open(info).map_err(unusable)?,
            address,
            timeout: options.timeout,
            connect_timeout: options.connect_timeout,
            connected: Mutex::new(None),
            connecting: AtomicBool::new(false),
            warning: Warning::default(),
        })
    }

    fn connected(&self) -> Option<Connected> {
        self.slot().clone()
    }

    fn slot(&self) -> std::sync::MutexGuard<'_, Option<Connected>> {
        self.connected.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(self: &Arc<Self>, connected: Connected, question: Question) -> Option<Vec<i64>> {
        let asked = timeout(self.timeout, connected.ask(&question)).await;
        let error = match asked {
            Ok(Ok(answer)) => return Some(answer),
            Ok(Err(error)) => error,
            Err(_) => RedisError::from((ErrorKind::Io, "no answer in time")),
        };
        self.warn(&error);
        // What Redis refuses with a word of its own it would refuse on another connection as well.
        if error.code().is_none() {
            self.lost(&connected);
        }
        None
    }

    /// Gives up a connection, once, and makes another.
    fn lost(self: &Arc<Self>, connected: &Connected) {
        let mut slot = self.slot();
        // Every connection has a name of its own for the script.
        if slot.as_ref().is_some_and(|current| Arc::ptr_eq(&current.script, &connected.script)) {
            *slot = None;
            drop(slot);
            self.reconnect();
        }
    }

    fn reconnect(self: &Arc<Self>) {
        if !self.connecting.swap(true, Relaxed) {
            tokio::spawn(Arc::clone(self).connect());
        }
    }

    /// Tries once; whoever waits for `tried` goes on then.
    async fn connect_first(self: &Arc<Self>, tried: std::sync::mpsc::Sender<()>) {
        if let Err(error) = self.try_connect().await {
            self.warn(&error);
            self.reconnect();
        }
        drop(tried);
    }

    async fn connect(self: Arc<Self>) {
        let mut wait = FIRST_WAIT;
        while let Err(error) = self.try_connect().await {
            self.warn(&error);
            sleep(wait).await;
            wait = (wait * 2).min(LAST_WAIT);
        }
        // Nothing else has run on this thread since the connection was put in its place: none was lost unseen.
        self.connecting.store(false, Relaxed);
        tracing::info!(address = self.address, "the rate limits are in Redis again");
    }

    async fn try_connect(&self) -> Result<(), RedisError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.connect_timeout))
            .set_response_timeout(Some(self.connect_timeout));
        let connect = async {
            let mut connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
            let script: String =
                ::redis::cmd("SCRIPT").arg("LOAD").arg(SCRIPT).query_async(&mut connection).await?;
            Ok::<_, RedisError>(Connected { connection, script: script.into() })
        };
        let late = |_| RedisError::from((ErrorKind::Io, "no connection in time"));
        let connected = timeout(self.connect_timeout, connect).await.map_err(late)??;
        *self.slot() = Some(connected);
        Ok(())
    }

    fn warn(&self, error: &RedisError) {
        if let Some(kept_silent) = self.warning.due() {
            tracing::warn!(
                address = self.address,
                error = ?error.to_string(),
                kept_silent,
                "the rate limits in Redis cannot be reached"
            );
        }
    }
}

impl Connected {
    async fn ask(&self, question: &Question) -> Result<Vec<i64>, RedisError> {
        let mut connection = self.connection.clone();
        match question.command("EVALSHA", &self.script).query_async(&mut connection).await {
            // Somebody has thrown the scripts away; EVAL keeps it anew.
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                question.command("EVAL", SCRIPT).query_async(&mut connection).await
            }
            other => other,
        }
    }
}

impl Question {
    fn command(&self, name: &str, script: &str) -> Cmd {
        let mut command = ::redis::cmd(name);
        command.arg(script).arg(1).arg(&self.key);
        command.arg(if self.take { "take" } else { "settle" }).arg(self.cost);
        for (name, interval, burst) in &*self.quotas {
            command.arg(&**name).arg(*interval).arg(*burst);
        }
        command
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared")
            .field("address", &self.address)
            .field("connected", &self.slot().is_some())
            .finish_non_exhaustive()
    }
}
