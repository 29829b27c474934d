//! Where Redis is, and connecting to it.

use ::redis::aio::{AsyncPushSender, MultiplexedConnection};
use ::redis::{AsyncConnectionConfig, Client, IntoConnectionInfo, ProtocolVersion, RedisError};

use super::super::backplane::BackplaneError;
use super::options::RedisOptions;

pub(super) struct Target {
    client: Client,
    config: AsyncConnectionConfig,
    /// For people: without name and password.
    pub(super) address: String,
}

impl Target {
    pub(super) fn new(url: &str, options: &RedisOptions) -> Result<Self, BackplaneError> {
        let unusable =
            |error: RedisError| BackplaneError::new("the address of Redis cannot be used").with_source(error);
        let info = url.into_connection_info().map_err(unusable)?;
        let address = info.addr().to_string();
        // With version 3 of the protocol one connection serves for publishing and for what others publish.
        let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        let client = Client::open(info.set_redis_settings(settings)).map_err(unusable)?;
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(options.connect_timeout))
            .set_response_timeout(Some(options.timeout));
        Ok(Self { client, config, address })
    }

    /// What others publish, and the connection's end, go to `pushed`.
    pub(super) async fn connect(
        &self,
        pushed: impl AsyncPushSender,
    ) -> Result<MultiplexedConnection, BackplaneError> {
        let config = self.config.clone().set_push_sender(pushed);
        let connected = self.client.get_multiplexed_async_connection_with_config(&config).await;
        connected.map_err(|error| {
            BackplaneError::new(format!("no connection to Redis at {}", self.address)).with_source(error)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{RedisOptions, Target};

    #[test]
    fn addresses_are_told_without_passwords() {
        let target =
            Target::new("redis://user:secret@cache.example:7000/2", &RedisOptions::default()).unwrap();
        assert_eq!(target.address, "cache.example:7000");
    }

    #[test]
    fn other_addresses_are_errors_that_keep_the_password() {
        for url in [
            "",
            "rediss://user:secret@cache.example",
            "cache.example:6379",
            "http://user:secret@cache.example",
            "redis://user:secret@cache.example:port",
        ] {
            let error = Target::new(url, &RedisOptions::default()).err().expect(url).to_string();
            assert!(error.starts_with("the address of Redis cannot be used: "), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
