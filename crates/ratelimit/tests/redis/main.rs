//! Gates that share their quotas by a real Redis.
#![cfg(feature = "redis")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is how a test fails")]

mod losses;
#[path = "../../../ws/tests/redis_server/mod.rs"]
mod redis_server;
mod shared;

use std::time::{Duration, Instant};

use hyperserve_ratelimit::{Charge, Check, Gate, Key, Quota, RedisOptions, Verdict};
use redis_server::RedisServer;

/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// A slow machine must not look like a Redis that is away.
fn options(server: &RedisServer) -> RedisOptions {
    RedisOptions::new(server.url(), "test").with_timeout(Duration::from_secs(5))
}

fn gate(quotas: impl IntoIterator<Item = Quota>, options: RedisOptions) -> Gate {
    let builder = Gate::builder().with_redis(options);
    quotas.into_iter().fold(builder, |builder, quota| builder.with_quota(quota)).build().unwrap()
}

async fn charge(gate: &Gate, key: &str, charge: Charge) -> Verdict {
    match gate.charge(&Key::text(key), charge) {
        Check::Now(verdict) => verdict,
        Check::Later(verdict) => verdict.await,
    }
}

async fn take(gate: &Gate, key: &str, cost: u32) -> Verdict {
    charge(gate, key, Charge::Take(cost)).await
}

/// Waits until it is so.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so().await {
        assert!(Instant::now() < deadline, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
