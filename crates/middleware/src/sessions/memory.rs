//! [`MemoryStore`]: sessions in this process's memory, as many as fit.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use moka::Expiry;
use moka::ops::compute::Op;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use time::OffsetDateTime;
use tower_sessions_core::SessionStore;
use tower_sessions_core::session::{Id, Record};
use tower_sessions_core::session_store::{Error, Result};

/// What is held unless told otherwise: 64 MiB.
const BYTES: u64 = 64 * 1024 * 1024;

/// About what an entry takes beside its text.
const OVERHEAD: usize = 200;

/// How often an id is drawn anew when it is taken. That it is once happens to nobody.
const DRAWS: usize = 8;

/// Sessions in memory. They are gone when the process ends, and other processes do not see them.
///
/// It holds 64 MiB unless told otherwise; when that is full, the sessions that were not used for the longest time go. Clones
/// share their sessions.
#[derive(Clone)]
pub struct MemoryStore {
    sessions: Cache<i128, Entry>,
}

/// As JSON: of known size, and of nobody's.
#[derive(Clone)]
struct Entry {
    json: Box<[u8]>,
    ends: OffsetDateTime,
}

struct AtItsEnd;

impl Expiry<i128, Entry> for AtItsEnd {
    fn expire_after_create(&self, _: &i128, entry: &Entry, _: Instant) -> Option<Duration> {
        Some(entry.left())
    }

    fn expire_after_update(
        &self,
        _: &i128,
        entry: &Entry,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(entry.left())
    }
}

impl Entry {
    fn of(record: &Record) -> Result<Self> {
        let json = serde_json::to_vec(record).map_err(|error| Error::Encode(error.to_string()))?;
        Ok(Self { json: json.into_boxed_slice(), ends: record.expiry_date })
    }

    fn left(&self) -> Duration {
        Duration::try_from(self.ends - OffsetDateTime::now_utc()).unwrap_or_default()
    }
}

impl MemoryStore {
    /// One that holds 64 MiB.
    #[must_use]
    pub fn new() -> Self {
        Self::with_capacity(BYTES)
    }

    /// One that holds so many bytes, about.
    #[must_use]
    pub fn with_capacity(bytes: u64) -> Self {
        let weight = |_: &i128, entry: &Entry| u32::try_from(entry.json.len() + OVERHEAD).unwrap_or(u32::MAX);
        let sessions = Cache::builder()
            .max_capacity(bytes)
            .weigher(weight)
            // The default would turn away new sessions when it is full.
            .eviction_policy(EvictionPolicy::lru())
            .expire_after(AtItsEnd)
            .build();
        Self { sessions }
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryStore").field("sessions", &self.sessions.entry_count()).finish()
    }
}

#[async_trait]
impl SessionStore for MemoryStore {
    async fn create(&self, record: &mut Record) -> Result<()> {
        for _ in 0..DRAWS {
            let entry = Entry::of(record)?;
            if self.sessions.entry(record.id.0).or_insert(entry).is_fresh() {
                return Ok(());
            }
            record.id = Id::default();
        }
        Err(Error::Backend("no free id was found".to_owned()))
    }

    /// Saves over what is there. One that was deleted meanwhile stays so: a request that began before somebody logged out does
    /// not bring the session back.
    async fn save(&self, record: &Record) -> Result<()> {
        let entry = Entry::of(record)?;
        let put = |known: Option<_>| known.map_or(Op::Nop, |_: moka::Entry<_, _>| Op::Put(entry));
        self.sessions.entry(record.id.0).and_compute_with(put);
        Ok(())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let Some(entry) = self.sessions.get(&id.0) else { return Ok(None) };
        if entry.ends <= OffsetDateTime::now_utc() {
            return Ok(None);
        }
        serde_json::from_slice(&entry.json).map(Some).map_err(|error| Error::Decode(error.to_string()))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.sessions.invalidate(&id.0);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(seconds: i64) -> Record {
        let mut record = Record {
            id: Id::default(),
            data: Default::default(),
            expiry_date: OffsetDateTime::now_utc() + time::Duration::seconds(seconds),
        };
        record.data.insert("a".to_owned(), 1.into());
        record
    }

    #[tokio::test(flavor = "current_thread")]
    async fn sessions_are_created_saved_loaded_and_deleted() {
        let (store, mut first) = (MemoryStore::new(), record(60));
        store.create(&mut first).await.unwrap();
        assert_eq!(store.clone().load(&first.id).await.unwrap(), Some(first.clone()));
        first.data.insert("a".to_owned(), 2.into());
        store.save(&first).await.unwrap();
        assert_eq!(store.load(&first.id).await.unwrap(), Some(first.clone()));
        store.delete(&first.id).await.unwrap();
        store.save(&first).await.unwrap();
        assert_eq!(store.load(&first.id).await.unwrap(), None, "it stays deleted");
    }

    #[tokio::test(flavor = "current_thread")]
    async fn an_id_that_is_taken_is_drawn_anew() {
        let (store, mut first) = (MemoryStore::new(), record(60));
        store.create(&mut first).await.unwrap();
        let mut second = Record { id: first.id, ..record(60) };
        store.create(&mut second).await.unwrap();
        assert_ne!(first.id, second.id);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn they_end() {
        let (store, mut gone) = (MemoryStore::new(), record(-1));
        store.create(&mut gone).await.unwrap();
        assert_eq!(store.load(&gone.id).await.unwrap(), None);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_full_store_forgets_the_oldest_and_takes_new_ones() {
        let store = MemoryStore::with_capacity(100 * 1024);
        let mut last = record(60);
        for _ in 0..10_000 {
            last = record(60);
            store.create(&mut last).await.unwrap();
        }
        store.sessions.run_pending_tasks();
        assert!(store.sessions.weighted_size() <= 100 * 1024);
        assert_eq!(store.load(&last.id).await.unwrap(), Some(last));
    }
}
