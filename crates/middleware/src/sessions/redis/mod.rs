//! [`RedisStore`]: sessions that all processes of a service see, in Redis 6.2 or later.

mod connections;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ::redis::{Cmd, ExistenceCheck, FromRedisValue, SetExpiry, SetOptions};
use async_trait::async_trait;
use time::OffsetDateTime;
use tower_sessions_core::SessionStore;
use tower_sessions_core::session::{Id, Record};
use tower_sessions_core::session_store::{Error, Result};

use self::connections::Connections;
use super::SessionConfigError;

/// How often an id is drawn anew when it is taken. That it is once happens to nobody.
const DRAWS: usize = 8;

/// How a [`RedisStore`] names its keys and how long it waits.
#[derive(Clone, Debug)]
#[must_use]
pub struct RedisStoreOptions {
    prefix: String,
    connect_timeout: Duration,
    timeout: Duration,
}

impl Default for RedisStoreOptions {
    fn default() -> Self {
        Self {
            prefix: "hyperserve:session:".to_owned(),
            connect_timeout: Duration::from_secs(2),
            timeout: Duration::from_secs(1),
        }
    }
}

impl RedisStoreOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets what the names of keys begin with. `hyperserve:session:` by default.
    pub fn with_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets how long a connection may take to come about. 2 s by default.
    pub const fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets how long Redis may take to answer. 1 s by default.
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

/// Sessions in Redis: one text a session, JSON, with its expiry.
///
/// Each runtime has one connection, which is made when it is first needed and made anew when it is lost. While Redis is away,
/// whoever needs a session is answered 503 at once, with one try to connect a second; requests that need none go on.
///
/// ```no_run
/// use hyperserve_middleware::sessions::{RedisStore, RedisStoreOptions, SessionConfig, SessionLayer};
///
/// let store = RedisStore::open("redis://127.0.0.1:6379", RedisStoreOptions::new())?;
/// let layer = SessionLayer::with_store(store, &SessionConfig::new())?;
/// # Ok::<(), hyperserve_middleware::sessions::SessionConfigError>(())
/// ```
#[derive(Clone)]
pub struct RedisStore {
    connections: Arc<Connections>,
    prefix: Arc<str>,
}

impl RedisStore {
    /// A store at this address, `redis://user:password@host:port/database`. Nothing is connected yet.
    ///
    /// # Errors
    ///
    /// [`SessionConfigError`] for what is no such address.
    pub fn open(url: &str, options: RedisStoreOptions) -> std::result::Result<Self, SessionConfigError> {
        let connections = Connections::open(url, options.connect_timeout, options.timeout)?;
        Ok(Self { connections: Arc::new(connections), prefix: options.prefix.into() })
    }

    fn key(&self, id: &Id) -> String {
        format!("{}{id}", self.prefix)
    }

    async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T> {
        self.connections.ask(command).await.map_err(|error| Error::Backend(error.to_string()))
    }

    /// `SET` where there is nothing yet, or where there is something; says whether it was done.
    async fn set(&self, record: &Record, existence: ExistenceCheck) -> Result<bool> {
        let json = serde_json::to_vec(record).map_err(|error| Error::Encode(error.to_string()))?;
        let left = (record.expiry_date - OffsetDateTime::now_utc()).whole_milliseconds();
        let left = u64::try_from(left).unwrap_or_default().max(1);
        let options = SetOptions::default().conditional_set(existence).with_expiration(SetExpiry::PX(left));
        let done: Option<String> = self.ask(&Cmd::set_options(self.key(&record.id), json, options)).await?;
        Ok(done.is_some())
    }
}

#[async_trait]
impl SessionStore for RedisStore {
    async fn create(&self, record: &mut Record) -> Result<()> {
        for _ in 0..DRAWS {
            if self.set(record, ExistenceCheck::NX).await? {
                return Ok(());
            }
            record.id = Id::default();
        }
        Err(Error::Backend("no free id was found".to_owned()))
    }

    /// Saves over what is there. One that was deleted meanwhile stays so.
    async fn save(&self, record: &Record) -> Result<()> {
        self.set(record, ExistenceCheck::XX).await.map(|_| ())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let json: Option<Vec<u8>> = self.ask(&Cmd::get(self.key(id))).await?;
        let Some(json) = json else { return Ok(None) };
        let record: Record =
            serde_json::from_slice(&json).map_err(|error| Error::Decode(error.to_string()))?;
        Ok(Some(record).filter(|record| record.id == *id && record.expiry_date > OffsetDateTime::now_utc()))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.ask(&Cmd::del(self.key(id))).await
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").field("address", &self.connections.address).finish_non_exhaustive()
    }
}
