//! [`Connections`]: one connection to Redis for each runtime.
//!
//! A connection is driven by the runtime it was made in. With one for each worker, no request waits for another thread to
//! wake up, and a runtime that ends takes its connection along and nobody else's.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use ::redis::{
    AsyncConnectionConfig, Client, Cmd, ErrorKind, FromRedisValue, IntoConnectionInfo, RedisError,
    RedisResult,
};
use tokio::runtime::{Handle, Id};
use tokio::time::Instant;

use crate::sessions::SessionConfigError;

/// After a try to connect that failed, there is none for so long.
const PAUSE: Duration = Duration::from_secs(1);

pub(super) struct Connections {
    client: Client,
    config: AsyncConnectionConfig,
    /// For people: without name and password.
    pub(super) address: String,
    of: Mutex<HashMap<Id, Arc<Slot>>>,
}

#[derive(Default)]
struct Slot(tokio::sync::Mutex<State>);

#[derive(Default)]
struct State {
    connection: Option<MultiplexedConnection>,
    /// Counts connections, so that who was told of a lost one does not throw away its successor.
    number: u64,
    failed: Option<Instant>,
}

impl Connections {
    pub(super) fn open(url: &str, connect: Duration, answer: Duration) -> Result<Self, SessionConfigError> {
        // What is wrong is told without the address, which may have a password.
        let bad = |error: RedisError| {
            SessionConfigError::new(format!("the address of Redis cannot be used: {}", error.category()))
        };
        let info = url.into_connection_info().map_err(bad)?;
        let address = info.addr().to_string();
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(connect))
            .set_response_timeout(Some(answer));
        Ok(Self { client: Client::open(info).map_err(bad)?, config, address, of: Mutex::default() })
    }

    /// Asks, and asks once more on a new connection if the one at hand was lost. Every command of a store can be repeated.
    pub(super) async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> RedisResult<T> {
        let slot = self.slot();
        let (mut connection, number) = self.connection(&slot).await?;
        match command.query_async(&mut connection).await {
            Err(error) if error.is_connection_dropped() || error.is_io_error() => {
                slot.lost(number).await;
                if error.is_timeout() {
                    return Err(error);
                }
                let (mut connection, _) = self.connection(&slot).await?;
                command.query_async(&mut connection).await
            }
            answered => answered,
        }
    }

    fn slot(&self) -> Arc<Slot> {
        let mut all = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(Handle::current().id()).or_default())
    }

    async fn connection(&self, slot: &Slot) -> RedisResult<(MultiplexedConnection, u64)> {
        let mut state = slot.0.lock().await;
        if let Some(connection) = &state.connection {
            return Ok((connection.clone(), state.number));
        }
        if state.failed.is_some_and(|failed| failed.elapsed() < PAUSE) {
            return Err(RedisError::from((ErrorKind::Io, "no connection to Redis a moment ago")));
        }
        match self.client.get_multiplexed_async_connection_with_config(&self.config).await {
            Ok(connection) => {
                state.number += 1;
                state.failed = None;
                state.connection = Some(connection.clone());
                Ok((connection, state.number))
            }
            Err(error) => {
                state.failed = Some(Instant::now());
                tracing::warn!(address = %self.address, %error, "no connection to the store of sessions");
                Err(error)
            }
        }
    }
}

impl Slot {
    async fn lost(&self, number: u64) {
        let mut state = self.0.lock().await;
        if state.number == number {
            state.connection = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(url: &str) -> Result<Connections, SessionConfigError> {
        Connections::open(url, PAUSE, PAUSE)
    }

    #[test]
    fn addresses_are_told_without_passwords() {
        let connections = open("redis://user:secret@cache.example:7000/2").unwrap();
        assert_eq!(connections.address, "cache.example:7000");
        for url in ["", "cache.example", "http://user:secret@cache.example", "redis://user:secret@cache:port"]
        {
            let error = open(url).err().expect(url).to_string();
            assert!(error.starts_with("the address of Redis cannot be used: "), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[tokio::test(flavor = "current_thread")]
    async fn after_a_failure_there_is_a_pause() {
        // A port of the loopback that nobody listens to.
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let connections = open(&format!("redis://{free}")).unwrap();
        let first = connections.ask::<()>(&Cmd::new()).await.unwrap_err().to_string();
        let second = connections.ask::<()>(&Cmd::new()).await.unwrap_err().to_string();
        assert_ne!(first, second);
        assert!(second.contains("a moment ago"), "{second}");
    }
}
